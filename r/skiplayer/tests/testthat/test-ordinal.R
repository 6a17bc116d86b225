# Classes in order: proportional odds, as polr of MASS has them.
grades <- function() {
  set.seed(8)
  frame <- data.frame(x = rnorm(300), z = rnorm(300))
  latent <- 1.2 * frame$x + rlogis(300)
  frame$grade <- cut(latent, c(-Inf, -1, 0.5, 2, Inf), c("poor", "fair", "good", "best"), ordered_result = TRUE)
  frame
}

test_that("polr agrees on coefficients, likelihood and probabilities", {
  skip_if_not_installed("MASS")
  frame <- grades()
  rules <- skiplayer_control(seed = 1, unpenalized = c("x", "z"))
  fit <- skiplayer(grade ~ x + z, frame, family = "ordinal", method = "evidence", size = 0, control = rules)
  by_polr <- MASS::polr(grade ~ x + z, frame)
  expect_equal(coef(fit)[c("x", "z")], coef(by_polr), tolerance = 1e-3)
  expect_equal(as.numeric(logLik(fit)), as.numeric(logLik(by_polr)), tolerance = 1e-6)
  expect_equal(unname(predict(fit, type = "prob")), unname(fitted(by_polr)), tolerance = 1e-3)
  expect_equal(levels(predict(fit, type = "class")), levels(frame$grade))
})

test_that("an order is asked for", {
  frame <- grades()
  frame$grade <- as.numeric(frame$grade) / 2
  expect_error(linear(grade ~ x, frame, family = "ordinal"), "whole numbers", class = "skiplayer_input_error")
})
