# Successes out of trials: cbind(successes, failures), as glm has it.
pots <- function() {
  set.seed(6)
  frame <- data.frame(x = rnorm(200), z = rnorm(200), sown = sample(1:20, 200, replace = TRUE))
  frame$up <- rbinom(200, frame$sown, plogis(0.3 + 0.8 * frame$x))
  frame
}

test_that("glm agrees on coefficients, likelihood and residuals", {
  frame <- pots()
  rules <- skiplayer_control(seed = 1, unpenalized = c("x", "z"))
  fit <- skiplayer(cbind(up, sown - up) ~ x + z, frame, family = binomial(), method = "evidence", size = 0, control = rules)
  by_glm <- glm(cbind(up, sown - up) ~ x + z, binomial(), frame)
  expect_equal(coef(fit), coef(by_glm), tolerance = 1e-4)
  expect_equal(as.numeric(logLik(fit)), as.numeric(logLik(by_glm)), tolerance = 1e-8)
  expect_equal(AIC(fit), AIC(by_glm), tolerance = 1e-8)
  expect_equal(unname(fitted(fit)), unname(fitted(by_glm)), tolerance = 1e-4)
  expect_equal(unname(residuals(fit)), unname(residuals(by_glm, "response")), tolerance = 1e-4)
  expect_equal(family(fit)$family, "binomial")
  expect_equal(predict(fit, data.frame(x = 1, z = 0), type = "link"), predict(by_glm, data.frame(x = 1, z = 0)), tolerance = 1e-4, ignore_attr = TRUE)
})

test_that("they are evaluated and kept in files", {
  frame <- pots()
  fit <- linear(cbind(up, sown - up) ~ x + z, frame, family = binomial())
  evaluated <- evaluate(fit, folds = 3)
  ends <- predict(evaluated, frame, type = "interval")
  expect_true(all(ends >= 0 & ends <= 1))
  file <- tempfile(fileext = ".safetensors")
  write_skiplayer(fit, file)
  expect_identical(unname(predict(read_skiplayer(file), frame)), unname(predict(fit, frame)))
})

test_that("counts that cannot be are named", {
  frame <- pots()
  expect_error(linear(cbind(up, sown - up - 30) ~ x, frame, family = binomial()), "trials", class = "skiplayer_input_error")
  expect_error(linear(cbind(up / 2, sown) ~ x, frame, family = binomial()), "row", class = "skiplayer_input_error")
})
