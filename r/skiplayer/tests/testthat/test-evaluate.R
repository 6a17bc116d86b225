evaluated <- suppressWarnings(evaluate(linear(mpg ~ wt + hp, mtcars), folds = 4, repeats = 1))

test_that("an evaluation gives a verdict and intervals", {
  expect_true(evaluated$record$evaluation$verdict$code %in% c("linear", "undecided", "nonlinear", "linear_plus_units", "no_signal"))
  expect_output(print(summary(evaluated)), "On held-out rows")
  ends <- predict(evaluated, mtcars, type = "interval", level = 0.8)
  expect_identical(colnames(ends), c("fit", "lwr", "upr"))
  expect_true(all(ends[, "lwr"] <= ends[, "upr"]))
  wider <- predict(evaluated, mtcars, type = "interval", level = 0.95)
  expect_true(all(wider[, "upr"] - wider[, "lwr"] >= ends[, "upr"] - ends[, "lwr"]))
  file <- tempfile()
  write_skiplayer(evaluated, file)
  expect_identical(predict(read_skiplayer(file), mtcars, type = "interval"), predict(evaluated, mtcars, type = "interval"))
})

test_that("a fit that is evaluated in one go is the same", {
  at_once <- linear(mpg ~ wt + hp, mtcars, evaluate = list(folds = 4, repeats = 1))
  expect_identical(at_once$record$evaluation, evaluated$record$evaluation)
})

test_that("sets of classes come with calibrated probabilities", {
  flowers <- suppressWarnings(evaluate(linear(Species ~ Petal.Width, iris), folds = 3, repeats = 1))
  sets <- predict(flowers, iris[c(1, 51, 101), ], type = "interval")
  expect_identical(row.names(sets), c("1", "51", "101"))
  expect_true("set" %in% names(sets))
})

test_that("options that cannot be meant are refused", {
  fit <- linear(mpg ~ wt, mtcars)
  expect_error(evaluate(fit, folds = 1), "folds", class = "skiplayer_input_error")
  expect_error(evaluate(fit, level = 2), "level", class = "skiplayer_input_error")
  expect_error(evaluate(fit, max_seconds = 1e-9), class = "skiplayer_failure")
  file <- tempfile()
  write_skiplayer(fit, file)
  expect_error(evaluate(read_skiplayer(file)), "does not hold the rows", class = "skiplayer_input_error")
})

test_that("an evaluation that has no time leaves a model, with a warning", {
  set.seed(1)
  x <- matrix(rnorm(12000), 600)
  y <- sin(2 * x[, 1]) + x[, 2] + rnorm(600)
  told <- character()
  fit <- withCallingHandlers(
    skiplayer(x, y, seed = 1, max_seconds = 0.05, evaluate = TRUE, verbose = FALSE),
    warning = function(condition) {
      told <<- c(told, conditionMessage(condition))
      invokeRestart("muffleWarning")
    }
  )
  expect_true(any(grepl("max_seconds ended", told)))
  expect_length(fitted(fit), 600)
})
