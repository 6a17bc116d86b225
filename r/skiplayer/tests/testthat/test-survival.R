# Durations: Surv() and strata() in a formula, as coxph of survival has them.
skip_if_not_installed("survival")

# coxph() looks for them where its formula was made.
Surv <- survival::Surv
strata <- survival::strata

lung <- function() {
  frame <- survival::lung[c("time", "status", "age", "sex", "ph.karno", "wt.loss")]
  frame <- frame[stats::complete.cases(frame), ]
  frame$ward <- factor(c("east", "north", "west")[1 + seq_len(nrow(frame)) %% 3])
  frame
}

# A line without a penalty.
plain <- function(formula, data, ...) {
  inputs <- intersect(c("age", "sex", "ph.karno"), attr(stats::terms(formula), "term.labels"))
  suppressWarnings(skiplayer(formula, data, method = "evidence", size = 0, seed = 1, unpenalized = inputs, ...))
}

# Of a fit by coxph() the same.
agree <- function(fit, by_coxph) {
  expect_equal(coef(fit), coef(by_coxph), tolerance = 1e-6)
  expect_equal(vcov(fit), vcov(by_coxph), tolerance = 1e-6)
  expect_equal(as.numeric(logLik(fit)), as.numeric(logLik(by_coxph)), tolerance = 1e-8)
  expect_equal(AIC(fit), AIC(by_coxph), tolerance = 1e-8)
  expect_equal(confint(fit), confint(by_coxph), tolerance = 1e-6)
  # Of the mean row here, of the means of the inputs there.
  link <- predict(fit, type = "link")
  lp <- predict(by_coxph, type = "lp", reference = "sample")
  expect_equal(unname(link), unname(lp - mean(lp)), tolerance = 1e-6)
  expect_equal(mean(link), 0)
  expect_equal(predict(fit, type = "risk"), exp(link), tolerance = 1e-12)
}

test_that("coxph agrees on coefficients, covariances, likelihood and risks", {
  frame <- lung()
  formula <- Surv(time, status == 2) ~ age + sex + ph.karno
  agree(plain(formula, frame), survival::coxph(formula, frame))
  agree(plain(formula, frame, ties = "breslow"), survival::coxph(formula, frame, ties = "breslow"))
  apart <- Surv(time, status == 2) ~ age + sex + ph.karno + strata(ward)
  agree(plain(apart, frame), survival::coxph(apart, frame))
  two <- Surv(time, status == 2) ~ age + strata(ward) + ph.karno + strata(sex)
  agree(plain(two, frame), survival::coxph(two, frame))
  with_offset <- Surv(time, status == 2) ~ age + sex + offset(ph.karno / 50)
  expect_equal(coef(plain(with_offset, frame)), coef(survival::coxph(with_offset, frame)), tolerance = 1e-6)
})

test_that("survfit agrees on survival curves and medians", {
  frame <- lung()
  formula <- Surv(time, status == 2) ~ age + sex + strata(ward)
  fit <- plain(formula, frame)
  by_coxph <- survival::coxph(formula, frame)
  new <- data.frame(age = c(40, 60, 75), sex = c(2, 1, 1), ward = factor(c("west", "east", "north")))
  curves <- predict(fit, new, type = "survival", times = c(100, 365))
  expect_identical(dim(curves), c(3L, 2L))
  expect_identical(colnames(curves), c("100", "365"))
  medians <- predict(fit, new, type = "median")
  for (i in 1:3) {
    one <- survival::survfit(by_coxph, new[i, ])
    expect_equal(unname(curves[i, ]), as.vector(summary(one, times = c(100, 365))$surv), tolerance = 1e-6)
    expect_equal(unname(medians[i]), unname(summary(one)$table[["median"]]))
  }
  expect_true(is.na(predict(fit, new[1, ], type = "survival", times = 1e6)))
  by_matrix <- suppressWarnings(skiplayer(
    frame[c("age", "sex")], survival::Surv(frame$time, frame$status == 2), strata = frame$ward,
    method = "evidence", size = 0, seed = 1, unpenalized = c("age", "sex")
  ))
  expect_identical(unname(predict(by_matrix, new[1:2], type = "survival", times = 100, newstrata = new$ward)), unname(curves[, 1, drop = FALSE]))
  expect_identical(unname(predict(by_matrix, new[1:2], type = "risk")), unname(predict(fit, new, type = "risk")))
})

test_that("the methods of other models are there", {
  frame <- lung()
  fit <- linear(Surv(time, status == 2) ~ age + sex + ph.karno + wt.loss + strata(ward), frame)
  expect_output(print(fit), "Linear part")
  expect_output(print(summary(fit)), "Family: cox")
  expect_false("(Intercept)" %in% names(coef(fit)))
  expect_identical(family(fit)$link, "log")
  told <- tidy(fit)
  expect_identical(told$term, names(coef(fit)))
  errors <- sqrt(diag(vcov(fit)))
  expect_equal(unname(errors[told$term[told$estimate != 0]]), told$std.error[told$estimate != 0])
  expect_identical(names(augment(fit))[ncol(augment(fit))], ".fitted")
  parts <- explain(fit)
  expect_equal(parts$linear_predictor, unname(predict(fit, type = "link")), tolerance = 1e-12)
  expect_gt(nrow(anova(fit)), 1)
  evaluated <- evaluate(fit, folds = 3, repeats = 1)
  bounds <- lapply(c(0.5, 0.9), function(level) predict(evaluated, frame, type = "interval", level = level))
  expect_identical(colnames(bounds[[1]]), c("fit", "lwr"))
  expect_equal(unname(bounds[[1]][, "fit"]), unname(predict(evaluated, frame, type = "median")))
  expect_true(all(bounds[[2]][, "lwr"] <= bounds[[1]][, "lwr"]))
  expect_true(nzchar(evaluated$record$evaluation$verdict$code))
  pdf(NULL)
  on.exit(dev.off())
  expect_silent(plot(fit))
  file <- tempfile(fileext = ".safetensors")
  write_skiplayer(fit, file)
  again <- read_skiplayer(file)
  expect_identical(predict(again, frame, type = "median"), predict(fit, frame, type = "median"))
  expect_identical(coef(again), coef(fit))
})

test_that("survival need not be attached, and rows without a time are left out", {
  frame <- lung()
  frame$time[3] <- NA
  fit <- linear(survival::Surv(time, status == 2) ~ age + survival::strata(ward), frame)
  expect_identical(nobs(fit) + 0, nrow(frame) - 1)
  expect_identical(fit$record$targets, "time")
  expect_identical(fit$record$event, "status == 2")
  elsewhere <- Surv(time, status == 2) ~ age + strata(ward)
  environment(elsewhere) <- globalenv()
  expect_equal(coef(fit), coef(linear(elsewhere, frame)))
})

test_that("what cannot be is named", {
  frame <- lung()
  refused <- function(code, words) expect_error(code, words, class = "skiplayer_input_error", fixed = TRUE)
  refused(linear(Surv(time, time + 1, status == 2) ~ age, frame), 'type counting')
  refused(linear(Surv(time, status == 2) ~ age, frame, family = poisson()), 'expected family = "cox"')
  refused(linear(time ~ age, frame, family = "cox"), "expected Surv(time, event)")
  refused(linear(Surv(time, status == 9) ~ age, frame), "all are censored")
  refused(linear(Surv(time, status == 2) ~ strata(ward), frame), "found no input")
  refused(linear(Surv(time, status == 2) ~ age + strata(ward):sex, frame), "expected strata() on its own")
  refused(linear(time ~ age + strata(ward), frame), "strata()")
  refused(linear(Surv(time, status == 2) ~ age, frame, ties = "exact"), 'ties: found "exact"')
  gaps <- frame
  gaps$ward[4] <- NA
  refused(linear(Surv(time, status == 2) ~ age + strata(ward), gaps), "strata: found NA in row 4")
  fit <- linear(Surv(time, status == 2) ~ age + sex + strata(ward), frame)
  refused(predict(fit, data.frame(age = 1, sex = 1, ward = "south"), type = "median"), "`south` in row 1, expected one of those of training")
  refused(predict(fit, frame, type = "survival"), "times: found NULL")
  refused(predict(fit, frame, type = "survival", times = -1), "times: found -1")
  refused(predict(fit, frame, type = "interval"), "a model that was not evaluated")
  refused(predict(fit, frame, type = "class"), "the response is a duration")
  refused(residuals(fit), "durations")
  refused(predict(linear(mpg ~ wt, mtcars), type = "risk"), "the response is not a duration")
  refused(predict(linear(mpg ~ wt, mtcars), newstrata = 1), "newstrata: found some")
})
