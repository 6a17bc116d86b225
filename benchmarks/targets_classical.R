# The classical model of each kind of target, for targets.py: Rscript targets_classical.R REQUEST ANSWER
# The request has the design (words as columns of 0 and 1), the targets, and the fold of each row; the answer predictions for all rows by the
# model of each fold. Missing cells become the mean of the training rows, and columns that are linear combinations of others are left out.
suppressMessages({library(jsonlite); library(MASS); library(survival); library(quantreg)})
words <- commandArgs(TRUE)
ask <- fromJSON(words[1])
design <- as.matrix(ask$design)
storage.mode(design) <- "double"

fit <- function(x, y, rows) {
  off <- if (is.null(ask$exposure)) rep(0, length(ask$y)) else log(ask$exposure)
  off <- off[rows]
  switch(ask$loss,
    poisson = coef(glm(y ~ x + offset(off), family = poisson)),
    negative_binomial = coef(glm.nb(y ~ x + offset(off))),
    gamma = coef(glm(y ~ x + offset(off), family = Gamma("log"), control = glm.control(maxit = 200))),
    tweedie = coef(glm(y ~ x + offset(off), family = statmod::tweedie(var.power = 1.5, link.power = 0), control = glm.control(maxit = 200))),
    binomial = coef(glm(cbind(y, ask$trials[rows] - y) ~ x, family = binomial)),
    huber = coef(rlm(y ~ x, maxit = 200)),
    quantile = coef(rq(y ~ x, tau = ask$levels)),
    cox = c(0, coef(coxph(Surv(y, ask$event[rows]) ~ x))),
    ordinal = { p <- polr(ordered(y) ~ x); list(slopes = coef(p), thresholds = p$zeta, classes = sort(unique(y))) }
  )
}

predicted <- function(model, x) {
  one <- cbind(1, x)
  exposure <- if (is.null(ask$exposure)) 1 else ask$exposure
  switch(ask$loss,
    poisson =, negative_binomial =, gamma =, tweedie = exposure * exp(drop(one %*% model)),
    binomial = plogis(drop(one %*% model)),
    huber =, cox = drop(one %*% model),
    quantile = t(apply(one %*% model, 1, sort)),
    ordinal = {
      below <- cbind(plogis(outer(-drop(x %*% model$slopes), model$thresholds, `+`)), 1)
      shares <- matrix(0, nrow(x), ask$n_classes)
      shares[, model$classes + 1] <- below - cbind(0, below[, -ncol(below)])
      shares
    }
  )
}

one_fold <- function(fold) {
  rows <- ask$fold != fold
  x <- design
  for (j in seq_len(ncol(x))) x[is.na(x[, j]), j] <- mean(x[rows, j], na.rm = TRUE)
  ranked <- qr(cbind(1, scale(x[rows, , drop = FALSE], scale = FALSE)))
  kept <- setdiff(ranked$pivot[seq_len(ranked$rank)], 1) - 1
  x <- x[, sort(kept), drop = FALSE]
  warned <- character()
  seconds <- system.time(
    model <- withCallingHandlers(
      try(fit(x[rows, , drop = FALSE], ask$y[rows], rows), silent = TRUE),
      warning = function(w) { warned <<- c(warned, conditionMessage(w)); invokeRestart("muffleWarning") }
    )
  )
  if (inherits(model, "try-error")) return(list(failed = conditionMessage(attr(model, "condition"))))
  list(seconds = sum(seconds[c("user.self", "sys.self")]), prediction = predicted(model, x), warnings = unique(warned))
}

folds <- lapply(sort(unique(ask$fold)), one_fold)
versions <- lapply(c(MASS = "MASS", survival = "survival", quantreg = "quantreg", statmod = "statmod"), function(p) as.character(packageVersion(p)))
write_json(list(folds = folds, versions = c(versions, R = R.version.string)), words[2], digits = NA, auto_unbox = TRUE)
