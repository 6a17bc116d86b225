# What is known beforehand: offset() terms, the argument offset, and predictions with them.
claims <- function() {
  set.seed(4)
  frame <- data.frame(x = rnorm(300), z = rnorm(300), years = runif(300, 0.5, 4))
  frame$n <- rpois(300, frame$years * exp(0.6 * frame$x))
  frame
}

test_that("terms and argument are the same offset, and glm agrees on the line", {
  frame <- claims()
  by_term <- linear(n ~ x + z + offset(log(years)), frame, family = poisson())
  by_argument <- linear(n ~ x + z, frame, family = poisson(), offset = log(years))
  both <- linear(frame[c("x", "z")], frame$n, family = poisson(), offset = log(frame$years))
  expect_identical(fitted(by_term), fitted(by_argument))
  expect_equal(unname(fitted(by_term)), unname(fitted(both)), tolerance = 1e-12)
  expect_equal(coef(by_term)[["x"]], coef(glm(n ~ x + z + offset(log(years)), poisson(), frame))[["x"]], tolerance = 0.05)
  new <- data.frame(x = c(0, 1), z = 0, years = c(1, 2))
  expected <- predict(by_term, new)
  expect_equal(predict(by_argument, new), expected)
  expect_equal(unname(predict(both, new[c("x", "z")], newoffset = log(new$years))), unname(expected), tolerance = 1e-12)
  expect_equal(unname(predict(by_term, transform(new, years = 2 * years))), 2 * unname(expected), tolerance = 1e-12)
  expect_equal(unname(log(expected)), unname(predict(by_term, new, type = "link")), tolerance = 1e-12)
  told <- explain(by_term, new)
  expect_equal(unname(told$prediction), unname(expected), tolerance = 1e-12)
  expect_error(as.nnet(by_term), "offset", class = "skiplayer_input_error")
})

test_that("it is evaluated, updated, tested and kept in files", {
  frame <- claims()
  fit <- linear(n ~ x + z + offset(log(years)), frame, family = poisson())
  evaluated <- evaluate(fit, folds = 3)
  expect_true(all(is.finite(predict(evaluated, frame, type = "interval"))))
  expect_equal(unname(sqrt(diag(vcov(fit)))[["x"]]), tidy(fit)$std.error[tidy(fit)$term == "x"], tolerance = 1e-9)
  file <- tempfile(fileext = ".safetensors")
  write_skiplayer(fit, file)
  expect_identical(unname(predict(read_skiplayer(file), frame)), unname(predict(fit, frame)))
})
