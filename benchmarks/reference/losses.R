# The linear model under the losses that have no lasso elsewhere, by R's glm and MASS.
#
#   Rscript benchmarks/reference/losses.R data/diabetes.csv crates/skiplayer/tests/fixtures/losses/diabetes.json
#
# Inputs are standardised (mean 0, population sd). Targets are made of the progression y, row i counted from 0:
#   gamma              y
#   tweedie            max(y - 100, 0) / 25, power 1.5
#   negative-binomial  round(y / 25) + 9 where i mod 11 is 0; theta by likelihood (MASS::glm.nb)
#   huber              y + 400 where i mod 17 is 0; delta = 1.345 s, s as MASS::rlm has it (median |r| / 0.6745)
# Standard errors are HC3 in the sense of MacKinnon & White: scores over 1 - leverage, between two inverses of the information.

suppressPackageStartupMessages({
  library(MASS)
  library(jsonlite)
})

args <- commandArgs(trailingOnly = TRUE)
d <- read.csv(args[1])
y <- d$progression
i <- seq_along(y) - 1
x <- scale(as.matrix(d[, -ncol(d)]), scale = FALSE)
x <- sweep(x, 2, sqrt(colMeans(x^2)), "/")

here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "glm_more.R"))

of_glm <- function(y, family) {
  fit <- suppressWarnings(glm(y ~ x, family = family, control = control))
  list(coef = unname(coef(fit)), hc3 = hc3(fit), deviance = deviance(fit))
}

counts <- round(y / 25) + 9 * (i %% 11 == 0)
nb <- suppressWarnings(glm.nb(counts ~ x, control = control))
wild <- y + 400 * (i %% 17 == 0)
line <- suppressWarnings(rlm(wild ~ x, maxit = 2000, acc = 1e-15))

answer <- list(
  made_by = "benchmarks/reference/losses.R",
  versions = list(R = paste(R.version$major, R.version$minor, sep = "."), MASS = as.character(packageVersion("MASS"))),
  gamma = of_glm(y, Gamma("log")),
  tweedie = c(list(power = 1.5), of_glm(pmax(y - 100, 0) / 25, tweedie(1.5))),
  `negative-binomial` = c(list(theta = nb$theta), of_glm(counts, negative.binomial(nb$theta))),
  huber = list(delta = 1.345 * line$s, coef = unname(coef(line)))
)
writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE, pretty = TRUE), args[2])
