# Ordered classes, by clm of R's ordinal, beside polr of MASS.
#
#   Rscript benchmarks/reference/ordinal.R data/diabetes.csv crates/skiplayer/tests/fixtures/losses/ordinal.json
#
# Inputs are standardised (mean 0, population sd). The class of a row is the number of the limits 80, 110, 150 and 220 that are below its
# progression. Row i, counted from 0, has the weight 1 + (i mod 4) / 2 and the offset ((i mod 5) - 2) / 4. P(class <= k) is
# logistic(threshold_k - x'coef): clm and polr have the same signs. HC3 leaves out one row after another by a Newton step of coefficients
# and thresholds together: (I - I_i)^-1 s_i, with the second derivatives of the likelihood by the quotient rule.

suppressPackageStartupMessages({
  library(MASS)
  library(ordinal)
  library(jsonlite)
})

args <- commandArgs(trailingOnly = TRUE)
d <- read.csv(args[1])
i <- seq_len(nrow(d)) - 1
x <- scale(as.matrix(d[, -ncol(d)]), scale = FALSE)
x <- sweep(x, 2, sqrt(colMeans(x^2)), "/")
class <- factor(rowSums(outer(d$progression, c(80, 110, 150, 220), ">")), ordered = TRUE)
weight <- 1 + (i %% 4) / 2
known <- ((i %% 5) - 2) / 4
frame <- data.frame(class, x)
exact <- clm.control(gradTol = 1e-12, maxIter = 200)

# Scores (m + p) and minus the second derivatives of the log probability of row i.
of_row <- function(i, alpha, beta, offset) {
  m <- length(alpha)
  k <- as.integer(class[i])
  eta <- sum(x[i, ] * beta) + offset[i]
  ends <- c(-Inf, alpha, Inf)[k + 0:1] - eta
  # Derivatives of both ends with respect to thresholds and coefficients.
  along <- function(c) c(replace(rep(0, m), c, 1)[seq_len(m)], -x[i, ])
  lower <- if (k > 1) along(k - 1) else rep(0, m + ncol(x))
  upper <- if (k <= m) along(k) else rep(0, m + ncol(x))
  p <- diff(plogis(ends))
  f <- dlogis(ends)
  bend <- f * (1 - 2 * plogis(ends))
  slope <- f[2] * upper - f[1] * lower
  list(score = slope / p, curvature = tcrossprod(slope) / p^2 - (bend[2] * tcrossprod(upper) - bend[1] * tcrossprod(lower)) / p)
}

hc3 <- function(fit, weights, offset) {
  m <- length(fit$alpha)
  rows <- lapply(seq_len(nrow(d)), of_row, fit$alpha, fit$beta, offset)
  total <- Reduce(`+`, Map(function(row, w) w * row$curvature, rows, weights))
  stopifnot(max(abs(solve(total) - vcov(fit))) < 1e-6)
  changes <- mapply(function(row, w) solve(total - w * row$curvature, w * row$score), rows, weights)
  unname(sqrt(rowSums(changes^2))[-seq_len(m)])
}

of <- function(weights = rep(1, nrow(d)), offset = rep(0, nrow(d))) {
  fit <- clm(class ~ . , data = frame, weights = weights, control = exact)
  if (any(offset != 0)) {
    formula <- as.formula(paste("class ~", paste(colnames(x), collapse = " + "), "+ offset(known)"))
    fit <- clm(formula, data = cbind(frame, known), control = exact)
  }
  list(
    coef = unname(fit$beta), thresholds = unname(fit$alpha), hc3 = hc3(fit, weights, offset),
    deviance = -2 * as.numeric(logLik(fit)), df = length(coef(fit)),
    probabilities = unname(predict(fit, newdata = cbind(frame[1:4, -1], known = known[1:4]), type = "prob")$fit)
  )
}

by_polr <- polr(class ~ ., data = frame, Hess = TRUE, control = list(reltol = 1e-16, maxit = 1000))
plain <- of()
stopifnot(
  max(abs(coef(by_polr) - plain$coef)) < 1e-4, max(abs(by_polr$zeta - plain$thresholds)) < 1e-4,
  abs(deviance(by_polr) - plain$deviance) < 1e-6
)
answer <- list(
  made_by = "benchmarks/reference/ordinal.R",
  versions = list(
    R = paste(R.version$major, R.version$minor, sep = "."), ordinal = as.character(packageVersion("ordinal")),
    MASS = as.character(packageVersion("MASS"))
  ),
  polr = list(coef = unname(coef(by_polr)), thresholds = unname(by_polr$zeta), deviance = deviance(by_polr)),
  plain = plain,
  weighted = of(weights = weight),
  offset = of(offset = known),
  null_deviance = -2 * as.numeric(logLik(clm(class ~ 1, data = frame)))
)
writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE, pretty = TRUE), args[2])
