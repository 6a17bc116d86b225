# Input that cannot be used is refused as a condition with a class, in words that name it.
refused <- function(code, words) expect_error(code, words, class = "skiplayer_input_error", fixed = TRUE)

test_that("a formula that names what is not there", {
  refused(linear(mpg ~ weight, mtcars), "object 'weight' not found")
  refused(linear(~wt, mtcars), "found no response")
  refused(linear(mpg ~ 1, mtcars), "found no input")
  refused(linear(mpg ~ wt - 1, mtcars), "without an intercept")
  refused(linear(mpg ~ mpg, mtcars), "`mpg` on both sides")
})

test_that("offsets are refused, as there are none", {
  refused(linear(mpg ~ wt + offset(hp), mtcars), "skiplayer has no offsets")
  refused(linear(mpg ~ wt, mtcars, offset = hp), "skiplayer has no offsets")
})

test_that("a response that does not vary, or is of the wrong kind", {
  refused(linear(factor(rep("a", 32)) ~ wt, mtcars), "the value a in all 32 rows")
  refused(linear(mpg ~ wt, mtcars, family = poisson()), "counts: 0, 1, 2")
  refused(linear(Species ~ ., iris, family = gaussian()), "for the task regression")
  refused(linear(cbind(cyl, gear) ~ wt, mtcars, family = binomial()), "a row for each trial")
  refused(linear(mpg ~ wt, mtcars, family = binomial(link = "probit")), "found the link probit, expected logit")
  refused(linear(structure(cbind(wt, am), class = "Surv") ~ hp, mtcars), "a response of class Surv")
  refused(linear(mpg ~ wt, mtcars, family = "weibull"), 'found "weibull"')
})

test_that("cells that no model takes", {
  frame <- data.frame(y = rnorm(20), x = rnorm(20))
  frame$x[3] <- Inf
  refused(linear(y ~ x, frame), "Inf in row 3")
  frame$x <- as.list(seq_len(20))
  expect_error(linear(y ~ x, frame), class = "skiplayer_input_error")
  frame$x <- complex(real = 1:20, imaginary = 1)
  refused(linear(y ~ x, frame), "cells of class complex")
  refused(linear(frame["x"], frame$y), "column `x`")
})

test_that("no rows, too few rows, rows that do not fit together", {
  refused(linear(mpg ~ wt, mtcars[0, ]), "found no rows")
  expect_error(linear(mpg ~ wt, mtcars[1:3, ]), class = "skiplayer_input_error")
  refused(linear(mtcars["wt"], mtcars$mpg[1:9]), "found 32 rows, expected 9")
})

test_that("weights of NA or below zero", {
  frame <- cbind(mtcars, w = c(NA, rep(1, 31)))
  refused(linear(mpg ~ wt, frame, weights = w), "found NA in row 1")
  frame$w[1] <- -1
  expect_error(linear(mpg ~ wt, frame, weights = w), "weights", class = "skiplayer_input_error")
})

test_that("options of unknown names or values", {
  refused(linear(mpg ~ wt, mtcars, size = 2.5), "size: found 2.5")
  refused(linear(mpg ~ wt, mtcars, size = 5000), "size: found 5000")
  refused(quick(mpg ~ wt, mtcars, method = "best"), 'method: found "best"')
  refused(linear(mpg ~ wt, mtcars, activation = "cosine"), 'activation: found "cosine"')
  expect_error(linear(mpg ~ wt, mtcars, hidden = 3), "unused argument")
})

test_that("new levels are named, and na.action decides", {
  frame <- houses()
  fit <- linear(price ~ area + heating, frame)
  new <- data.frame(area = c(100, 120), heating = c("gas", "wood"))
  expect_warning(predict(fit, new), "wood", class = "skiplayer_warning")
  refused(predict(fit, new, na.action = na.fail), 'found new levels of `heating`, "wood"')
  expect_length(predict(fit, new, na.action = na.omit), 1)
  expect_identical(is.na(predict(fit, new, na.action = na.exclude)), c("1" = FALSE, "2" = TRUE), ignore_attr = TRUE)
})

test_that("new data that lack a column", {
  refused(predict(linear(mpg ~ wt, mtcars), mtcars["hp"]), "object 'wt' not found")
  refused(predict(linear(mtcars["wt"], mtcars$mpg), mtcars["hp"]), "found no column `wt`")
})

test_that("predictions of a type that the model does not have", {
  fit <- linear(mpg ~ wt, mtcars)
  refused(predict(fit, type = "class"), "the response is not a class")
  refused(predict(fit, type = "interval"), "evaluate()")
})
