# Solve the cases listed in a request file with glmnet at full precision.
#
#   Rscript make_fixtures.R REQUEST.json ANSWER.json
#
# make_fixtures.py writes the request, calls this script and checks every answer. The matrix is read from the
# CSV and standardised here too (mean 0, population sd 1), so that the two programs share nothing but the file,
# the target and the lambdas. glmnet then runs with standardize = FALSE and the thresh of the request.

suppressPackageStartupMessages({
  library(glmnet)
  library(jsonlite)
})

args <- commandArgs(trailingOnly = TRUE)
request <- fromJSON(args[1], simplifyVector = FALSE)

standardised <- function(path) {
  d <- read.csv(path)
  x <- as.matrix(d[, -ncol(d)])
  x <- sweep(x, 2, colMeans(x))
  sweep(x, 2, sqrt(colMeans(x^2)), "/")
}

solve_case <- function(case) {
  x <- standardised(case$csv)
  y <- unlist(case$y)
  if (case$family == "multinomial") y <- factor(y)
  fit <- glmnet(x, y, family = case$family, alpha = case$alpha, lambda = unlist(case$lambdas), standardize = FALSE,
                thresh = case$thresh, maxit = 1e8, type.multinomial = "ungrouped")
  stopifnot(length(fit$lambda) == length(case$lambdas))
  if (case$family == "multinomial") {
    coef <- lapply(seq_along(fit$lambda), function(i) lapply(fit$beta, function(b) unname(b[, i])))
    intercept <- lapply(seq_along(fit$lambda), function(i) unname(fit$a0[, i]))
  } else {
    coef <- lapply(seq_along(fit$lambda), function(i) list(unname(fit$beta[, i])))
    intercept <- lapply(seq_along(fit$lambda), function(i) list(unname(fit$a0[i])))
  }
  list(coef = unname(lapply(coef, unname)), intercept = intercept)
}

answer <- list(
  versions = list(R = paste(R.version$major, R.version$minor, sep = "."), glmnet = as.character(packageVersion("glmnet"))),
  cases = lapply(request$cases, solve_case)
)
writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE), args[2])
