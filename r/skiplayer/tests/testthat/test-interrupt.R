test_that("an interrupt stops a fit, and the next one works", {
  skip_on_os("windows")
  skip_on_cran()
  script <- tempfile(fileext = ".R")
  writeLines(c(
    "library(skiplayer)",
    "set.seed(1); n <- 4000; x <- matrix(rnorm(20 * n), n); y <- sin(2 * x[, 1]) * x[, 2] + rnorm(n)",
    "system(sprintf('(sleep 1; kill -INT %d) &', Sys.getpid()))",
    "seconds <- system.time(found <- tryCatch(skiplayer(x, y, seed = 1), interrupt = function(condition) 'interrupted'))[['elapsed']]",
    "cat(identical(found, 'interrupted'), seconds < 10, class(skiplayer(x[1:60, ], y[1:60], seed = 1, method = 'linear')), sep = '\\n')"
  ), script)
  told <- system2(file.path(R.home("bin"), "Rscript"), shQuote(script), stdout = TRUE, stderr = TRUE)
  expect_identical(utils::tail(told, 3), c("TRUE", "TRUE", "skiplayer"))
})
