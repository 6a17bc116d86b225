library(testthat)
library(skiplayer)

test_check("skiplayer")
