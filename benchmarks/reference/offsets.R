# Linear models with an offset, by R's glm and MASS.
#
#   Rscript benchmarks/reference/offsets.R data/diabetes.csv crates/skiplayer/tests/fixtures/losses/offsets.json
#
# Inputs are standardised (mean 0, population sd). Row i, counted from 0, has the exposure 1 + (i mod 7) / 2, whose logarithm is the
# offset. Targets are made of the progression y:
#   squared            y / 100
#   logistic           1 where y > 150, otherwise 0
#   poisson            round(y exposure / 50)
#   negative-binomial  round(y exposure / 50) + 9 where i mod 11 is 0; theta by likelihood (MASS::glm.nb)
#   gamma              y exposure
#   tweedie            max(y - 100, 0) exposure / 25, power 1.5
# Standard errors are HC3: scores over 1 - leverage, between two inverses of the information.

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
exposure <- 1 + (i %% 7) / 2
here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)))
source(file.path(here, "glm_more.R"))

of_glm <- function(y, family) {
  fit <- suppressWarnings(glm(y ~ x + offset(log(exposure)), family = family, control = control))
  null <- suppressWarnings(glm(y ~ 1 + offset(log(exposure)), family = family, control = control))
  list(coef = unname(coef(fit)), hc3 = hc3(fit), deviance = deviance(fit), null = unname(coef(null)))
}

many <- round(y * exposure / 50) + 9 * (i %% 11 == 0)
nb <- suppressWarnings(glm.nb(many ~ x + offset(log(exposure)), control = control))

answer <- list(
  made_by = "benchmarks/reference/offsets.R",
  versions = list(R = paste(R.version$major, R.version$minor, sep = "."), MASS = as.character(packageVersion("MASS"))),
  squared = of_glm(y / 100, gaussian()),
  logistic = of_glm(as.numeric(y > 150), binomial()),
  poisson = of_glm(round(y * exposure / 50), poisson()),
  `negative-binomial` = c(list(theta = nb$theta), of_glm(many, negative.binomial(nb$theta))),
  gamma = of_glm(y * exposure, Gamma("log")),
  tweedie = c(list(power = 1.5), of_glm(pmax(y - 100, 0) * exposure / 25, tweedie(1.5)))
)
writeLines(toJSON(answer, digits = NA, auto_unbox = TRUE, pretty = TRUE), args[2])
