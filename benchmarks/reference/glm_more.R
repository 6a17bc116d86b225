# What R's glm does not have: a Tweedie family, and HC3 errors. Read by the scripts beside it.

# What glm needs to know of a Tweedie variance with a logarithmic link.
tweedie <- function(power) {
  link <- make.link("log")
  structure(list(
    family = "tweedie", link = "log", linkfun = link$linkfun, linkinv = link$linkinv, mu.eta = link$mu.eta,
    valideta = link$valideta, validmu = function(mu) all(mu > 0), variance = function(mu) mu^power,
    dev.resids = function(y, mu, wt) {
      2 * wt * (y^(2 - power) / ((1 - power) * (2 - power)) - y * mu^(1 - power) / (1 - power) + mu^(2 - power) / (2 - power))
    },
    aic = function(y, n, mu, wt, dev) NA,
    initialize = expression({ n <- rep(1, nobs); mustart <- y + 0.1 })
  ), class = "family")
}

hc3 <- function(fit) {
  X <- model.matrix(fit)
  mu <- fitted(fit)
  score <- X * (fit$prior.weights * (fit$y - mu) * fit$family$mu.eta(fit$linear.predictors) / fit$family$variance(mu) / (1 - hatvalues(fit)))
  bread <- summary(fit)$cov.unscaled
  unname(sqrt(diag(bread %*% crossprod(score) %*% bread)))
}

control <- glm.control(epsilon = 1e-15, maxit = 500)
