# Directions, penalties and interactions of inputs.
bent <- function() {
  set.seed(3)
  frame <- data.frame(a = runif(150, -2, 2), b = runif(150, -2, 2), c = runif(150, -2, 2))
  frame$y <- 0.8 * frame$a + sin(2.5 * frame$a) + frame$b^2 + 0.7 * frame$a * frame$b + rnorm(150, sd = 0.2)
  frame
}

by_evidence <- function(...) fit_in(parent.frame(), match.call(), list(seed = 1, method = "evidence", size = 4, n_starts = 2))

test_that("directions hold everywhere", {
  frame <- bent()
  along <- data.frame(a = seq(-6, 6, length.out = 300), b = 1, c = 0)
  expect_lt(min(diff(predict(by_evidence(y ~ ., frame), along))), -1e-3)
  kept <- by_evidence(y ~ ., frame, monotone = c(a = 1, b = 0))
  expect_gt(kept$record$summary$n_units, 0)
  expect_gt(min(diff(predict(kept, along))), -1e-12)
  expect_identical(kept$record$summary$rules$monotone[[1]], c("a", "+"))
})

test_that("inputs that may not interact add up, and lines without a penalty are those of lm", {
  frame <- bent()
  corners <- expand.grid(a = c(-1, 1.5), b = c(-1.2, 0.9), c = 0.3)
  interaction <- function(fit) abs(sum(c(1, -1, -1, 1) * predict(fit, corners)))
  expect_lt(interaction(by_evidence(y ~ ., frame, interactions = "none")), 1e-10)
  expect_gt(interaction(by_evidence(y ~ ., frame, interactions = list(c("a", "b")))), 0.1)
  line <- quick(y ~ a + b + c, frame, size = 0, unpenalized = c("a", "b", "c"))
  expect_equal(coef(line)[c("a", "b", "c")], coef(lm(y ~ a + b + c, frame))[-1], tolerance = 1e-3)
  expect_false("a" %in% unlist(quick(y ~ ., frame, size = 0, penalty_factor = c(a = 1e4))$record$summary$inputs_used))
})

test_that("what cannot be meant is an error", {
  frame <- bent()
  expect_error(quick(y ~ ., frame, monotone = c(1, 0)), "named after inputs", class = "skiplayer_input_error")
  expect_error(quick(y ~ ., frame, monotone = c(aa = 1)), "did you mean `a`", class = "skiplayer_input_error")
  expect_error(quick(y ~ ., frame, monotone = c(a = 1), depth = 2), "depth", class = "skiplayer_input_error")
  expect_error(quick(y ~ ., frame, penalty_factor = c(a = 0)), "above 0", class = "skiplayer_input_error")
  expect_error(quick(y ~ ., frame, unpenalized = 1), "names of inputs", class = "skiplayer_input_error")
  expect_error(quick(y ~ ., frame, interactions = "all"), "none", class = "skiplayer_input_error")
})
