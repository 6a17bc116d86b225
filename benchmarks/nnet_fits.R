# Fit R's nnet (skip layer, linear output) for the benchmark scripts.
#
#   Rscript nnet_fits.R REQUEST.json ANSWER.json
#
# A job: x, y (training rows), x_new, size, decay, maxit, seeds (one random start each), standardise (inputs and target to
# mean 0, sd 1 by the training rows, and predictions back). The answer: predictions per seed, seconds per seed, RSS per seed.

suppressPackageStartupMessages({
  library(nnet)
  library(jsonlite)
})

args <- commandArgs(trailingOnly = TRUE)
request <- fromJSON(args[1], simplifyDataFrame = FALSE)

as_rows <- function(x) if (is.matrix(x)) x else matrix(x, nrow = 1)

run_job <- function(job) {
  x <- as_rows(job$x)
  x_new <- as_rows(job$x_new)
  y <- job$y
  mx <- rep(0, ncol(x)); sx <- rep(1, ncol(x)); my <- 0; sy <- 1
  if (job$standardise) {
    mx <- colMeans(x); sx <- apply(x, 2, sd); sx[sx == 0] <- 1
    my <- mean(y); sy <- sd(y)
  }
  scaled <- function(m) sweep(sweep(m, 2, mx), 2, sx, "/")
  fits <- lapply(job$seeds, function(seed) {
    set.seed(seed)
    seconds <- system.time(
      fit <- nnet(scaled(x), (y - my) / sy, size = job$size, decay = job$decay, maxit = job$maxit, skip = TRUE,
                  linout = TRUE, trace = FALSE, MaxNWts = 1e5)
    )[["elapsed"]]
    list(prediction = as.vector(predict(fit, scaled(x_new))) * sy + my, seconds = seconds,
         rss = sum((as.vector(fit$fitted.values) * sy + my - y)^2))
  })
  list(predictions = lapply(fits, `[[`, "prediction"), seconds = sapply(fits, `[[`, "seconds"), rss = sapply(fits, `[[`, "rss"))
}

answer <- list(
  versions = list(R = paste(R.version$major, R.version$minor, sep = "."), nnet = as.character(packageVersion("nnet"))),
  answers = lapply(request$jobs, run_job)
)
# I() keeps vectors of length 1 as arrays
answer$answers <- lapply(answer$answers, function(a) list(predictions = lapply(a$predictions, I), seconds = I(a$seconds), rss = I(a$rss)))
writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE), args[2])
