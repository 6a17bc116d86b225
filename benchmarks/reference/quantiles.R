# Lines of quantiles by R's quantreg, and their standard errors by its kernel sandwich.
#
#   Rscript benchmarks/reference/quantiles.R data/diabetes.csv crates/skiplayer/tests/fixtures/losses/quantiles.json
#
# diabetes: inputs standardised (mean 0, population sd), the target is the progression; weighted: with weights 1 + (i mod 3), row i
# counted from 0. engel: food expenditure by income, data of quantreg (Koenker & Bassett 1982), which the answer holds.

suppressPackageStartupMessages({
  library(quantreg)
  library(jsonlite)
})

args <- commandArgs(trailingOnly = TRUE)
d <- read.csv(args[1])
y <- d$progression
w <- 1 + (seq_along(y) - 1) %% 3
x <- scale(as.matrix(d[, -ncol(d)]), scale = FALSE)
x <- sweep(x, 2, sqrt(colMeans(x^2)), "/")
data(engel)

levels <- c(0.1, 0.25, 0.5, 0.9)
of_level <- function(tau) {
  fit <- rq(y ~ x, tau = tau, method = "br")
  weighted <- rq(y ~ x, tau = tau, weights = w, method = "br")
  food <- rq(foodexp ~ income, tau = tau, data = engel, method = "br")
  error <- function(fit) unname(suppressWarnings(summary(fit, se = "ker"))$coefficients[, 2])
  list(
    level = tau,
    coef = unname(coef(fit)), rho = fit$rho, se_ker = error(fit),
    weighted = unname(coef(weighted)),
    engel = unname(coef(food)), engel_se_ker = error(food)
  )
}

answer <- list(
  made_by = "benchmarks/reference/quantiles.R",
  versions = list(R = paste(R.version$major, R.version$minor, sep = "."), quantreg = as.character(packageVersion("quantreg"))),
  levels = lapply(levels, of_level),
  engel = list(income = engel$income, foodexp = engel$foodexp)
)
writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE), args[2])
