# Input that cannot be used is refused as a condition with a class, in words that name it.
refused <- function(code, words) expect_error(code, words, class = "skiplayer_input_error", fixed = TRUE)

test_that("a formula that names what is not there", {
  refused(linear(mpg ~ weight, mtcars), "object 'weight' not found")
  refused(linear(~wt, mtcars), "found no response")
  refused(linear(mpg ~ 1, mtcars), "found no input")
  refused(linear(mpg ~ wt - 1, mtcars), "without an intercept")
  refused(linear(mpg ~ mpg, mtcars), "`mpg` on both sides")
})

test_that("offsets that cannot be are named", {
  refused(linear(mpg ~ wt, mtcars, offset = replace(hp, 3, NA)), "offset: found NA in row 3")
  refused(linear(mpg ~ wt, mtcars, offset = replace(hp, 3, Inf)), "Inf in row 3")
  refused(linear(Species ~ Sepal.Width, iris, offset = Sepal.Length), "several classes")
  fit <- linear(mtcars["wt"], mtcars$mpg, offset = mtcars$hp)
  refused(predict(fit, mtcars["wt"]), "newoffset: found none")
  refused(predict(fit, mtcars["wt"], newoffset = 1:3), "found 3 of them, expected one for each of 32 rows")
  refused(predict(linear(mpg ~ wt, mtcars), mtcars, newoffset = 1), "fitted without an offset")
})

test_that("a response that does not vary, or is of the wrong kind", {
  refused(linear(factor(rep("a", 32)) ~ wt, mtcars), "the value a in all 32 rows")
  refused(linear(mpg ~ wt, mtcars, family = poisson()), "counts: 0, 1, 2")
  refused(linear(Species ~ ., iris, family = gaussian()), "expected numbers for `family = gaussian()`")
  refused(linear(cbind(cyl, gear, carb) ~ wt, mtcars, family = binomial()), "successes and failures")
  refused(linear(cbind(cyl, gear - 4) ~ wt, mtcars, family = binomial()), "5 trials in row 4")
  refused(linear(mpg ~ wt, mtcars, family = binomial(link = "probit")), "found the link probit, expected logit")
  refused(linear(structure(cbind(wt, am), class = "Surv") ~ hp, mtcars), "found Surv() of no type")
  refused(linear(mpg ~ wt, mtcars, family = "weibull"), 'found "weibull"')
  refused(linear(built ~ area, houses()), "response: found Date, expected numbers or classes")
  refused(linear(as.difftime(wt, units = "mins") ~ hp, mtcars), "response: found difftime")
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
  frame$w[2] <- Inf
  refused(linear(mpg ~ wt, frame, weights = w), "weights: found Inf in row 2")
})

test_that("names of inputs and outputs that there are not", {
  refused(linear(mpg ~ wt, mtcars, keep = "year"), 'keep: found "year"')
  fit <- linear(mpg ~ wt, mtcars)
  refused(plot(fit, output = 9), "output: found 9")
  refused(plot(fit, output = "hp"), 'output: found "hp"')
})

test_that("a file that cannot be written is a failure", {
  fit <- linear(mpg ~ wt, mtcars)
  file <- file.path(tempfile(), "model.safetensors")
  expect_error(suppressWarnings(write_skiplayer(fit, file)), "cannot open file", class = "skiplayer_failure")
})

test_that("options of unknown names or values", {
  refused(linear(mpg ~ wt, mtcars, size = 2.5), "size: found 2.5")
  refused(linear(mpg ~ wt, mtcars, size = 5000), "size: found 5000")
  refused(quick(mpg ~ wt, mtcars, method = "best"), 'method: found "best"')
  refused(linear(mpg ~ wt, mtcars, activation = "cosine"), 'activation: found "cosine"')
})

test_that("arguments that nothing has are named, with the nearest that there is", {
  refused(skiplayer(mpg ~ wt, mtcars, n_unitz = 3), "found the argument `n_unitz`, expected one of ?skiplayer: did you mean `size`?")
  refused(skiplayer(mpg ~ wt, mtcars, sizes = 3), "did you mean `size`?")
  # Before R looks for what they are.
  refused(skiplayer(mpg ~ wt, mtcars, wieghts = hp), "did you mean `weights`?")
  refused(skiplayer(mtcars["wt"], mtcars$mpg, n_strats = 2), "did you mean `n_starts`?")
  refused(skiplayer(mpg ~ wt, mtcars, decay = 0.1), "the strength of the penalty is chosen from the data")
  refused(skiplayer(mpg ~ wt, mtcars, control = list(nstarts = 2)), "did you mean `n_starts`?")
  refused(skiplayer_control(detph = 2), "did you mean `depth`?")
  expect_false(grepl("did you mean", conditionMessage(refused(skiplayer(mpg ~ wt, mtcars, zzzz = 3), "`zzzz`"))))
  fit <- linear(mpg ~ wt, mtcars)
  refused(predict(fit, mtcars, tpye = "link"), "did you mean `type`?")
  refused(evaluate(fit, foldz = 3), "did you mean `folds`?")
  refused(linear(mpg ~ wt, mtcars, evaluate = list(fodls = 3)), "did you mean `folds`?")
  refused(residuals(fit, type = "pearson"), "`type`")
  refused(tidy(fit, conf.it = TRUE), "did you mean `conf.int`?")
})

test_that("arguments of the other method, or in two places, are refused", {
  refused(skiplayer(mtcars["wt"], mtcars$mpg, subset = 1:10), "which only skiplayer(formula, data) has")
  refused(skiplayer(mpg ~ wt, mtcars, y = mtcars$mpg), "which only skiplayer(x, y) has")
  refused(skiplayer(data = mtcars, formula = mpg ~ wt), "expected it first")
  refused(skiplayer(mtcars), "expected the response")
  refused(skiplayer(mpg ~ wt, mtcars, control = skiplayer_control(seed = 1), n_starts = 2), "all options in one place")
  refused(skiplayer(mpg ~ wt, mtcars, evaluate = "yes"), "expected TRUE or FALSE")
  refused(skiplayer(mpg ~ wt, mtcars, control = 3), "expected skiplayer_control()")
})

test_that("options may come as a list", {
  expect_identical(
    coef(linear(mpg ~ wt, mtcars, inner_folds = 3)),
    coef(suppressWarnings(skiplayer(mpg ~ wt, mtcars, method = "linear", control = list(inner_folds = 3, seed = 1))))
  )
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
  refused(predict(fit, type = "probs"), 'type: found "probs"')
  expect_identical(predict(fit, type = "resp"), predict(fit))
  refused(predict(fit, type = "interval"), "evaluate()")
})
