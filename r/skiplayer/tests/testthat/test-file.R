saved <- function(fit) {
  file <- tempfile(fileext = ".safetensors")
  write_skiplayer(fit, file)
  read_skiplayer(file)
}

test_that("a model predicts the same bits after it was written and read", {
  frame <- houses()
  formulas <- list(
    price ~ area + heating + grade + garden + town + built,
    log(price) ~ poly(rooms, 2) + garden:heating + log(rooms),
    price_high ~ .,
    price ~ rooms + log(rooms)
  )
  library(splines)
  formulas <- c(formulas, price ~ ns(rooms, 2) + scale(rooms) + cut(rooms, c(0, 3, 9)))
  for (formula in formulas) {
    fit <- quick(formula, frame, size = 3, n_starts = 2, inner_folds = 2)
    read <- saved(fit)
    expect_identical(predict(read, frame), predict(fit, frame))
    expect_identical(coef(read), coef(fit))
    expect_identical(read$family, fit$family)
    expect_identical(read$seed, as.double(fit$seed))
  }
})

test_that("a formula with functions that a file may not call needs its columns by name", {
  double <- function(x) 2 * x
  fit <- linear(mpg ~ double(wt) + hp, mtcars)
  read <- saved(fit)
  expect_null(read$terms)
  expect_error(predict(read, mtcars), "no column `double(wt)`", class = "skiplayer_input_error", fixed = TRUE)
  new <- data.frame("double(wt)" = 2 * mtcars$wt, hp = mtcars$hp, check.names = FALSE)
  expect_identical(predict(read, new), unname(predict(fit, mtcars)))
})

test_that("a text that calls anything else than known functions is not evaluated", {
  design <- skiplayer:::design_of
  good <- 'list(formula = "~wt", predvars = "list(wt)", xlevels = NULL, contrasts = NULL)'
  expect_s3_class(design(good)$terms, "terms")
  for (bad in c(
    'list(formula = "~stop(1)", predvars = "list(wt)")', 'list(formula = "~wt", predvars = "list(base::stop(1))")',
    'stop("called")', 'list(formula = (stop)("called"))', 'list(formula = c(stop("called")))', "{", "3"
  )) {
    expect_null(design(bad))
  }
})

test_that("a saved workspace keeps the model", {
  fit <- linear(mpg ~ wt, mtcars)
  file <- tempfile()
  saveRDS(fit, file)
  expect_identical(predict(readRDS(file), mtcars), predict(fit, mtcars))
})

test_that("files that are no models are refused", {
  file <- tempfile()
  expect_error(read_skiplayer(file), "found no file", class = "skiplayer_input_error")
  writeLines("x,y", file)
  expect_error(read_skiplayer(file), "not in the safetensors format", class = "skiplayer_input_error")
  expect_error(write_skiplayer(lm(mpg ~ wt, mtcars), file), class = "skiplayer_input_error")
  fit <- linear(mpg ~ wt, mtcars)
  expect_error(write_skiplayer(fit, file.path(tempdir(), "no", "such", "folder")), class = "skiplayer_failure")
  write_skiplayer(fit, file)
  bytes <- readBin(file, "raw", 1e6)
  writeBin(bytes[seq_len(length(bytes) - 9)], file)
  expect_error(read_skiplayer(file), class = "skiplayer_input_error")
})
