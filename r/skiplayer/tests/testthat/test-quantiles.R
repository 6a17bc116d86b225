# Quantiles: a column of predictions for each level, in order.
spread <- function() {
  set.seed(9)
  frame <- data.frame(x = runif(300), z = runif(300))
  frame$y <- 2 * frame$x + (0.2 + frame$x) * rnorm(300)
  frame
}

test_that("levels are named columns in order, with their share of rows below", {
  frame <- spread()
  levels <- c(0.1, 0.5, 0.9)
  fit <- linear(y ~ x + z, frame, family = "quantile", quantiles = levels)
  predicted <- predict(fit, frame)
  expect_identical(colnames(predicted), c("y q0.1", "y q0.5", "y q0.9"))
  expect_true(all(predicted[, 1] <= predicted[, 2] & predicted[, 2] <= predicted[, 3]))
  expect_lt(max(abs(colMeans(frame$y <= predicted) - levels)), 0.03)
  expect_identical(rownames(coef(fit)), colnames(predicted))
  expect_equal(residuals(fit), frame$y - predict(fit))
  expect_output(print(fit), "y q0.9")
  expect_output(print(summary(fit)), "Family: quantile")
  expect_length(predict(linear(y ~ x, frame, family = "quantile", quantiles = 0.3)), 300)
  expect_identical(ncol(predict(linear(y ~ x, frame, family = "quantile"))), 3L)
  covered <- predict(evaluate(fit, folds = 4, repeats = 1), frame, type = "interval", level = 0.8)
  expect_gt(mean(covered[, "lower"] <= frame$y & frame$y <= covered[, "upper"]), 0.75)
  pdf(NULL)
  on.exit(dev.off())
  expect_silent(plot(fit, output = "y q0.9"))
})

test_that("the test of curvature sees a bend, and none in a spread that grows", {
  frame <- spread()
  p_value <- function(frame) {
    table <- anova(linear(y ~ x + z, frame, family = "quantile"))
    table["combined", "Pr(>Statistic)"]
  }
  expect_gt(p_value(frame), 0.05)
  frame$y <- frame$y + 4 * (frame$z - 0.5)^2
  expect_lt(p_value(frame), 0.05)
})

test_that("a line without a penalty has the loss of rq's", {
  skip_if_not_installed("quantreg")
  frame <- spread()
  fit <- suppressWarnings(skiplayer(
    y ~ x + z, frame, family = "quantile", quantiles = c(0.25, 0.75), method = "evidence", size = 0, seed = 1, unpenalized = c("x", "z")
  ))
  best <- fitted(quantreg::rq(y ~ x + z, c(0.25, 0.75), frame))
  # What is minimised is smoothed a little.
  for (k in 1:2) {
    pinball <- function(predicted) mean(pmax(c(0.25, 0.75)[k] * (frame$y - predicted), (c(0.25, 0.75)[k] - 1) * (frame$y - predicted)))
    expect_lt(pinball(predict(fit)[, k]), 1.003 * pinball(best[, k]))
  }
})

test_that("they are kept in files", {
  frame <- spread()
  fit <- linear(y ~ x + z, frame, family = "quantile", quantiles = c(0.2, 0.8))
  file <- tempfile(fileext = ".safetensors")
  write_skiplayer(fit, file)
  again <- read_skiplayer(file)
  expect_identical(again$family, "quantile")
  expect_identical(predict(again, frame), predict(fit, frame))
})

test_that("what there is not is named", {
  frame <- spread()
  refused <- function(code, words) expect_error(code, words, class = "skiplayer_input_error", fixed = TRUE)
  refused(linear(y ~ x, frame, family = "quantile", quantiles = c(0.9, 0.1)), "each larger than the one before")
  refused(linear(y ~ x, frame, family = "quantile", quantiles = "half"), 'quantiles: found "half"')
  refused(linear(y ~ x, frame, quantiles = 0.5), "which is the only one with levels")
  fit <- linear(y ~ x, frame, family = "quantile")
  refused(logLik(fit), 'a fit by `family = "quantile"`')
})
