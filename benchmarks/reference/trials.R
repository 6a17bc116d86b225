# Successes out of trials, by R's glm; the lasso by glmnet.
#
#   Rscript benchmarks/reference/trials.R data/diabetes.csv crates/skiplayer/tests/fixtures/losses/trials.json
#
# Inputs are standardised (mean 0, population sd). Row i, counted from 0, has 1 + (i mod 9) trials t, the weight 1 + (i mod 4) / 2 and the
# offset ((i mod 5) - 2) / 4. The successes are floor(t y / 347 + ((7 i) mod 10) / 10), t at most, with the progression y.
# Weights are divided by their mean over trials, as only their ratios matter here. Standard errors are HC3: scores over 1 - leverage,
# between two inverses of the information. The lasso is at the penalty `lambda` of columns as they are, of the mean loss of a trial.

suppressPackageStartupMessages({
  library(glmnet)
  library(jsonlite)
})

args <- commandArgs(trailingOnly = TRUE)
d <- read.csv(args[1])
y <- d$progression
i <- seq_along(y) - 1
x <- scale(as.matrix(d[, -ncol(d)]), scale = FALSE)
x <- sweep(x, 2, sqrt(colMeans(x^2)), "/")
trials <- 1 + i %% 9
successes <- pmin(floor(trials * y / 347 + ((7 * i) %% 10) / 10), trials)
weight <- 1 + (i %% 4) / 2
weight <- weight / (sum(weight * trials) / sum(trials))
known <- ((i %% 5) - 2) / 4
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "glm_more.R"))

of_glm <- function(formula, weights = rep(1, length(y))) {
  fit <- suppressWarnings(do.call(glm, list(formula, family = binomial(), weights = weights, control = control)))
  list(
    coef = unname(coef(fit)), hc3 = hc3(fit), deviance = deviance(fit), null_deviance = fit$null.deviance, df = fit$df.residual,
    pearson = sum(residuals(fit, "pearson")^2)
  )
}

plain <- glm(cbind(successes, trials - successes) ~ x, family = binomial(), control = control)
lambda <- 0.02
lasso <- glmnet(x, cbind(trials - successes, successes), family = "binomial", lambda = lambda, standardize = FALSE, thresh = 1e-22, maxit = 1e6)

answer <- list(
  made_by = "benchmarks/reference/trials.R",
  versions = list(R = paste(R.version$major, R.version$minor, sep = "."), glmnet = as.character(packageVersion("glmnet"))),
  plain = c(of_glm(cbind(successes, trials - successes) ~ x), list(log_likelihood = as.numeric(logLik(plain)), aic = AIC(plain))),
  weighted = of_glm(cbind(successes, trials - successes) ~ x, weight),
  offset = of_glm(cbind(successes, trials - successes) ~ x + offset(known)),
  lasso = list(lambda = lambda, coef = unname(as.vector(coef(lasso))))
)
writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE, pretty = TRUE), args[2])
