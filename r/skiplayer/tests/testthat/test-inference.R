test_that("standard errors are the roots of vcov()", {
  fit <- linear(mpg ~ wt + hp + qsec, mtcars)
  errors <- sqrt(diag(vcov(fit)))
  told <- tidy(fit)
  told <- told[told$estimate != 0 & told$term != "(Intercept)", ]
  expect_equal(unname(errors[told$term]), told$std.error)
  expect_identical(rownames(confint(fit)), names(coef(fit)))
})

test_that("vcov() is of the loss that was minimised", {
  set.seed(3)
  frame <- data.frame(x = rnorm(90))
  frame$y <- floor(exp(1 + frame$x / 2 + rnorm(90)))
  for (family in c("huber", "negative_binomial", "tweedie", "poisson")) {
    fit <- linear(y ~ x, frame, family = family)
    expect_equal(sqrt(vcov(fit)["x", "x"]), tidy(fit)$std.error[2], info = family)
  }
})

test_that("robust standard errors of a linear model are those of HC3", {
  fit <- linear(mpg ~ wt + hp, mtcars)
  x <- model.matrix(~ wt + hp, mtcars)
  bread <- solve(crossprod(x))
  leverage <- diag(x %*% bread %*% t(x))
  meat <- crossprod(x * (residuals(fit) / (1 - leverage)))
  expect_equal(unname(vcov(fit)), unname(bread %*% meat %*% bread), tolerance = 1e-6)
})

test_that("the likelihood of a linear model is that of its residuals", {
  fit <- linear(mpg ~ wt + hp, mtcars)
  value <- logLik(fit)
  expect_lte(as.numeric(value), as.numeric(logLik(lm(mpg ~ wt + hp, mtcars))))
  expect_equal(as.numeric(value), as.numeric(logLik(lm(mpg ~ wt + hp, mtcars))), tolerance = 0.01)
  expect_equal(attr(value, "df"), 4)
  expect_equal(AIC(fit), -2 * as.numeric(value) + 8)
  classes <- linear(am ~ wt, mtcars, family = binomial())
  p <- predict(classes)
  expect_equal(as.numeric(logLik(classes)), sum(dbinom(mtcars$am, 1, p, log = TRUE)))
  species <- linear(Species ~ Petal.Width, iris)
  chosen <- cbind(seq_len(150), as.integer(iris$Species))
  expect_equal(as.numeric(logLik(species)), sum(log(predict(species, type = "prob")[chosen])))
  counts <- linear(breaks ~ wool + tension, warpbreaks, family = poisson())
  expect_equal(as.numeric(logLik(counts)), sum(dpois(warpbreaks$breaks, fitted(counts), log = TRUE)))
  frame <- data.frame(x = seq(-3, 3, length.out = 90))
  frame$y <- sin(2 * frame$x) + 0.05 * cos(50 * frame$x)
  bent <- quick(y ~ x, frame)
  expect_gt(length(bent$record$explanation$units), 0)
  expect_error(logLik(bent), "hidden units", class = "skiplayer_input_error")
})

test_that("the likelihood of counts that vary more is near that of glm.nb()", {
  skip_if_not_installed("MASS")
  fit <- linear(Days ~ Sex + Age, MASS::quine, family = "negative_binomial")
  other <- MASS::glm.nb(Days ~ Sex + Age, MASS::quine)
  expect_equal(as.numeric(logLik(fit)), as.numeric(logLik(other)), tolerance = 0.01)
  expect_lte(as.numeric(logLik(fit)), as.numeric(logLik(other)) + 1e-6)
})

test_that("there is no likelihood where weights or the family do not fix one", {
  expect_error(logLik(linear(mpg ~ wt, mtcars, weights = hp)), "weights", class = "skiplayer_input_error")
  expect_error(logLik(linear(mpg ~ wt, mtcars, family = "huber")), 'a fit by `family = "huber"`', class = "skiplayer_input_error")
})

test_that("anova() asks whether a line misses something", {
  frame <- data.frame(x = seq(-3, 3, length.out = 90))
  frame$y <- frame$x^2 + 0.3 * cos(50 * frame$x)
  frame$z <- frame$x + 0.3 * cos(50 * frame$x)
  p <- function(...) anova(linear(...))["combined", "Pr(>Statistic)"]
  expect_lt(p(y ~ x, frame), 0.01)
  expect_gt(p(z ~ x, frame), 0.05)
  expect_output(print(anova(linear(y ~ x, frame))), "does a linear model miss something")
  expect_error(anova(linear(y ~ x, frame), linear(z ~ x, frame)), class = "skiplayer_input_error")
})

test_that("update() fits again by another formula", {
  fit <- linear(mpg ~ wt + hp, mtcars)
  suppressWarnings(again <- update(fit, . ~ . - hp))
  expect_identical(names(coef(again)), c("(Intercept)", "wt"))
  expect_equal(formula(again), mpg ~ wt, ignore_attr = TRUE)
})
