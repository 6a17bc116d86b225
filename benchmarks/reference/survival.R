# Cox models, concordance, Brier scores and tests of proportional hazards, by R's survival; the lasso by glmnet.
#
#   Rscript benchmarks/reference/survival.R data/diabetes.csv crates/skiplayer/tests/fixtures/losses/survival.json
#
# Inputs are standardised (mean 0, population sd), without `sex`, which is the stratum where there are strata. Of row i, counted from 0,
# the duration is the progression over 10, rounded (many ties); it ends with an event unless i mod 3 is 0; the weight is 1 + (i mod 4) / 2,
# the offset ((i mod 5) - 2) / 4, the group i mod 50. Brier scores are those of Graf et al. (1999), with the censoring distribution of all
# rows, written out here.

suppressPackageStartupMessages({
  library(survival)
  library(jsonlite)
})

args <- commandArgs(trailingOnly = TRUE)
d <- read.csv(args[1])
i <- seq_len(nrow(d)) - 1
sex <- d$sex
x <- scale(as.matrix(d[, setdiff(names(d), c("sex", "progression"))]), scale = FALSE)
x <- sweep(x, 2, sqrt(colMeans(x^2)), "/")
time <- round(d$progression / 10)
event <- as.numeric(i %% 3 != 0)
weight <- 1 + (i %% 4) / 2
known <- ((i %% 5) - 2) / 4
group <- i %% 50
exact <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)

of <- function(formula, ties, weights = rep(1, length(time))) {
  fit <- do.call(coxph, list(formula, ties = ties, control = exact, weights = weights))
  list(coef = unname(coef(fit)), se = unname(sqrt(diag(if (is.null(fit$naive.var)) fit$var else fit$naive.var))),
       log_likelihood = fit$loglik[2])
}
each <- function(ties) {
  plain <- coxph(Surv(time, event) ~ x, ties = ties, control = exact)
  clustered <- coxph(Surv(time, event) ~ x, ties = ties, control = exact, cluster = group)
  apart <- coxph(Surv(time, event) ~ x + strata(sex), ties = ties, control = exact)
  base <- basehaz(plain, centered = TRUE)
  base <- base[base$hazard > c(0, head(base$hazard, -1)), ]
  curves <- survfit(plain, newdata = list(x = x[1:4, ]), se.fit = FALSE)
  at <- summary(curves, times = c(5, 10, 20), extend = TRUE)$surv
  zph <- function(transform) {
    test <- cox.zph(plain, transform = transform, terms = FALSE)$table
    list(chi_square = unname(test[, "chisq"]), p = unname(test[, "p"]))
  }
  list(
    plain = of(Surv(time, event) ~ x, ties),
    weighted = of(Surv(time, event) ~ x, ties, weights = weight),
    offset = of(Surv(time, event) ~ x + offset(known), ties),
    strata = of(Surv(time, event) ~ x + strata(sex), ties),
    robust = unname(sqrt(diag(clustered$var))),
    log_hazard = unname(predict(plain, type = "lp")),
    strata_hazard = basehaz(apart, centered = TRUE)$hazard[nrow(basehaz(apart, centered = TRUE))],
    baseline = list(time = base$time, hazard = base$hazard),
    survival = unname(at),
    median = unname(quantile(curves, 0.5)),
    martingale = unname(residuals(plain, "martingale")),
    zph_identity = zph("identity"),
    zph_km = zph("km")
  )
}

plain <- coxph(Surv(time, event) ~ x, control = exact)
risk <- predict(plain, type = "lp")
horizon <- 20
harrell <- concordance(Surv(time, event) ~ risk, reverse = TRUE)
uno <- concordance(Surv(time, event) ~ risk, reverse = TRUE, timewt = "n/G2", ymax = horizon)

# Kaplan and Meier's curve of being censored: events at the same time come first.
censored_at <- sort(unique(time[event == 0]))
factors <- sapply(censored_at, function(t) {
  at_risk <- sum(time > t | (time == t & event == 0))
  1 - sum(time == t & event == 0) / at_risk
})
steps <- cumprod(factors)
g <- function(t, before) sapply(t, function(one) {
  k <- if (before) sum(censored_at < one) else sum(censored_at <= one)
  if (k == 0) 1 else steps[k]
})
curve <- survfit(plain, newdata = list(x = x), se.fit = FALSE)
brier_at <- function(t) {
  s <- as.numeric(summary(curve, times = t, extend = TRUE)$surv)
  died <- time <= t & event == 1
  later <- time > t
  mean(ifelse(died, s^2 / g(time, TRUE), ifelse(later, (1 - s)^2 / g(t, FALSE), 0)))
}
km <- survfit(Surv(time, event) ~ 1)

answer <- list(
  made_by = "benchmarks/reference/survival.R",
  versions = list(R = paste(R.version$major, R.version$minor, sep = "."), survival = as.character(packageVersion("survival"))),
  efron = each("efron"),
  breslow = each("breslow"),
  harrell = list(concordance = unname(harrell$concordance), se = sqrt(unname(harrell$var))),
  uno = list(horizon = horizon, concordance = unname(uno$concordance)),
  brier = list(time = c(5, 10, 15, 20), score = sapply(c(5, 10, 15, 20), brier_at)),
  kaplan_meier = list(time = km$time[km$n.event > 0], survival = km$surv[km$n.event > 0], se = (km$surv * km$std.err)[km$n.event > 0])
)
if (requireNamespace("glmnet", quietly = TRUE)) {
  fit <- glmnet::glmnet(x, Surv(time, event), family = "cox", standardize = FALSE, lambda = c(0.2, 0.1, 0.05, 0.01),
                        thresh = 1e-14, maxit = 1e7)
  answer$glmnet <- list(lambda = fit$lambda, coef = unname(t(as.matrix(fit$beta))))
  answer$versions$glmnet <- as.character(packageVersion("glmnet"))
}
writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE), args[2])
