# Small tables with everything that a data frame may hold; fits of them take a fraction of a second.

houses <- function(n = 80) {
  set.seed(7)
  area <- round(runif(n, 40, 200), 1)
  heating <- sample(c("gas", "oil", "pump"), n, replace = TRUE)
  frame <- data.frame(
    area = area,
    rooms = as.integer(1 + area %/% 30),
    heating = factor(heating),
    grade = factor(sample(c("low", "mid", "high"), n, replace = TRUE), levels = c("low", "mid", "high"), ordered = TRUE),
    garden = sample(c(TRUE, FALSE), n, replace = TRUE),
    town = sample(c("A", "B", "C"), n, replace = TRUE),
    built = as.Date("1990-01-01") + sample(10000, n),
    stringsAsFactors = FALSE
  )
  frame$price <- 20 + 2 * frame$area + ifelse(heating == "pump", 30, 0) + rnorm(n, sd = 10)
  frame$price_high <- factor(ifelse(frame$price > 260, "yes", "no"))
  frame$area[c(3, 9)] <- NA
  frame
}

# A fit of a fixed seed, without warnings that the test does not ask for.
quick <- function(...) fit_in(parent.frame(), match.call(), list(seed = 1))

linear <- function(...) fit_in(parent.frame(), match.call(), list(seed = 1, method = "linear"))

# Weights and the like are names in the data: the call is made where the test stands.
fit_in <- function(scope, call, more) {
  call[[1L]] <- quote(skiplayer::skiplayer)
  call[names(more)] <- more
  suppressWarnings(eval(call, scope))
}
