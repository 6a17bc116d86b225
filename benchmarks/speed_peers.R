# R's side of speed.py: nnet with a skip layer, and glmnet's path of the lasso. One JSON object a line.
#
#   Rscript speed_peers.R nnet FILE UNITS DECAY MAXIT SEEDS
#   Rscript speed_peers.R glmnet FILE THRESH REPEATS
#
# FILE: numbers with a header line, target last; everything is standardised here.

suppressPackageStartupMessages(library(jsonlite))
args <- commandArgs(trailingOnly = TRUE)
say <- function(...) cat(toJSON(list(...), auto_unbox = TRUE, digits = 12), "\n", sep = "")
data <- as.matrix(read.csv(args[2]))
n <- nrow(data)
scaled <- scale(data) * sqrt(n / (n - 1))
x <- scaled[, -ncol(scaled), drop = FALSE]
y <- scaled[, ncol(scaled)]

if (args[1] == "nnet") {
  suppressPackageStartupMessages(library(nnet))
  for (seed in seq_len(as.integer(args[6]))) {
    set.seed(seed)
    seconds <- system.time(fit <- nnet(x, y, size = as.integer(args[3]), skip = TRUE, linout = TRUE, decay = as.numeric(args[4]),
                                       maxit = as.integer(args[5]), trace = FALSE, MaxNWts = 1e6))[["elapsed"]]
    say(seconds = seconds, value = fit$value, version = as.character(packageVersion("nnet")))
  }
} else {
  suppressPackageStartupMessages(library(glmnet))
  run <- function() glmnet(x, y, thresh = as.numeric(args[3]), standardize = FALSE,
                            lambda.min.ratio = if (n > ncol(x)) 1e-3 else 1e-2)
  fit <- run()
  seconds <- replicate(as.integer(args[4]), system.time(run())[["elapsed"]])
  worst <- 0
  for (i in seq_along(fit$lambda)) {
    b <- as.numeric(fit$beta[, i])
    slope <- as.numeric(crossprod(x, y - fit$a0[i] - x %*% b)) / n
    off <- ifelse(b == 0, pmax(abs(slope) - fit$lambda[i], 0), abs(slope - fit$lambda[i] * sign(b)))
    worst <- max(worst, off)
  }
  say(seconds = seconds, kkt = worst / fit$lambda[1], lambdas = length(fit$lambda), last = fit$lambda[length(fit$lambda)] / fit$lambda[1],
      version = as.character(packageVersion("glmnet")))
}
