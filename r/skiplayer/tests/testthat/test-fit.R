test_that("a formula and a matrix of the same columns are the same fit", {
  by_formula <- quick(log(perm) ~ area + peri + shape, rock)
  by_matrix <- quick(as.matrix(rock[1:3]), log(rock$perm))
  expect_equal(unname(coef(by_formula)), unname(coef(by_matrix)))
  expect_identical(unname(predict(by_formula, rock)), unname(predict(by_matrix, as.matrix(rock[1:3]))))
})

test_that("a linear fit of well-determined data is near lm()", {
  fit <- linear(mpg ~ wt + hp, mtcars)
  expect_equal(coef(fit), coef(lm(mpg ~ wt + hp, mtcars)), tolerance = 0.1)
  expect_identical(names(fitted(fit)), row.names(mtcars))
  expect_equal(residuals(fit), mtcars$mpg - fitted(fit))
  expect_identical(nobs(fit), 32)
})

test_that("the seed is drawn from R's stream unless it is given", {
  seed <- function(...) skiplayer(mpg ~ wt, mtcars, method = "linear", ...)$seed
  set.seed(3)
  first <- seed()
  second <- seed()
  set.seed(3)
  expect_identical(seed(), first)
  expect_false(first == second)
  before <- .Random.seed
  expect_identical(seed(seed = 5), 5)
  expect_identical(.Random.seed, before)
})

test_that("factors, text, truth values, dates and missing cells are taken as they are", {
  frame <- houses()
  # An indicator takes five missing cells; the table has two.
  expect_false("is.na(area)" %in% names(coef(linear(price ~ area, frame))))
  frame$area[c(21, 40, 66)] <- NA
  fit <- quick(price ~ area + heating + grade + garden + town + built, frame)
  expect_length(fitted(fit), 80)
  expect_false(anyNA(fitted(fit)))
  expect_true(all(c("is.na(area)", "built", "gradehigh") %in% names(coef(fit))))
  # The most frequent level is the reference.
  expect_length(grep("^heating", names(coef(fit))), 2)
  expect_match(grep("^garden", names(coef(fit)), value = TRUE), "^garden(TRUE|FALSE)$")
})

test_that("the reference of a factor does not depend on the order of its levels, its classes do", {
  frame <- houses()
  turned <- frame
  turned$heating <- factor(turned$heating, levels = rev(levels(turned$heating)))
  expect_identical(fitted(linear(price ~ heating + area, frame)), fitted(linear(price ~ heating + area, turned)))
  turned$price_high <- factor(turned$price_high, levels = c("yes", "no"))
  one <- predict(linear(price_high ~ area, frame))
  other <- predict(linear(price_high ~ area, turned))
  expect_equal(one, 1 - other, tolerance = 1e-6)
})

test_that("classes are predicted as R's classifiers do", {
  two <- linear(price_high ~ area, houses(), family = binomial())
  expect_true(all(predict(two) >= 0 & predict(two) <= 1))
  expect_equal(predict(two), plogis(predict(two, type = "link")))
  prob <- predict(two, type = "prob")
  expect_identical(colnames(prob), c("no", "yes"))
  expect_identical(unname(prob[, "yes"]), unname(predict(two)))
  expect_s3_class(predict(two, type = "class"), "factor")
  many <- linear(Species ~ ., iris)
  expect_identical(many$family, "multinomial")
  expect_equal(unname(rowSums(predict(many))), rep(1, 150))
  expect_identical(levels(predict(many, type = "class")), levels(iris$Species))
  expect_gt(mean(predict(many, type = "class") == iris$Species), 0.9)
  expect_identical(dim(coef(many)), c(3L, 5L))
  truth <- linear(garden ~ area + price, houses())
  expect_identical(levels(predict(truth, type = "class")), c("FALSE", "TRUE"))
})

test_that("counts have the log link", {
  fit <- linear(breaks ~ wool + tension, warpbreaks, family = poisson())
  expect_equal(predict(fit), exp(predict(fit, type = "link")))
  expect_identical(family(fit)$family, "poisson")
})

test_that("several numbers are several targets", {
  fit <- linear(cbind(mpg, qsec) ~ wt + hp, mtcars)
  expect_identical(colnames(predict(fit, mtcars)), c("mpg", "qsec"))
  expect_identical(rownames(coef(fit)), c("mpg", "qsec"))
})

test_that("interactions and bases are those of the model frame", {
  frame <- houses()
  frame <- frame[!is.na(frame$area), ]
  formula <- price ~ area * heating + splines::ns(rooms, 3) + poly(area, 2)
  fit <- linear(formula, frame)
  expect_true(all(c("area:heatingoil", "splines::ns(rooms, 3)2", "poly(area, 2)1") %in% names(coef(fit))))
  # New rows take the bases of the old ones.
  expect_equal(predict(fit, frame[1:7, ]), fitted(fit)[1:7])
})

test_that("subset, weights and na.action are those of the model frame", {
  frame <- houses()
  expect_identical(nobs(linear(price ~ area, frame, subset = garden)), as.double(sum(frame$garden)))
  omitted <- linear(price ~ area, frame, na.action = na.omit)
  expect_length(fitted(omitted), 78)
  excluded <- linear(price ~ area, frame, na.action = na.exclude)
  expect_identical(which(is.na(fitted(excluded))), which(is.na(frame$area)) |> setNames(c("3", "9")))
  expect_length(residuals(excluded), 80)
  frame$w <- rep(c(0, 1), 40)
  half <- linear(price ~ rooms, frame, weights = w)
  expect_equal(coef(half), coef(linear(price ~ rooms, frame[frame$w > 0, ])))
  expect_identical(weights(half), frame$w)
})

test_that("groups are names in the data and keep rows together", {
  fit <- quick(weight ~ Time, ChickWeight, groups = Chick, method = "linear")
  expect_identical(fit$record$summary$n_groups, 50)
})

test_that("a fit in a function finds what its formula means", {
  fit_it <- function(frame, k) {
    linear(price ~ I(rooms * k), frame)
  }
  expect_length(predict(fit_it(houses(), 2), houses()[1:4, ]), 4)
})

test_that("print and summary tell the result first", {
  fit <- linear(mpg ~ wt + hp, mtcars)
  expect_output(print(fit), "The fitted model is linear")
  expect_output(print(summary(fit)), "HC3 standard errors")
})

test_that("as many threads as R CMD check allows, and results do not depend on them", {
  old <- Sys.getenv("_R_CHECK_LIMIT_CORES_")
  on.exit(Sys.setenv("_R_CHECK_LIMIT_CORES_" = old))
  Sys.setenv("_R_CHECK_LIMIT_CORES_" = "TRUE")
  expect_lte(skiplayer_control()$n_threads, 2)
  expect_identical(
    fitted(quick(log(perm) ~ ., rock, n_threads = 1)),
    fitted(quick(log(perm) ~ ., rock, n_threads = 2))
  )
})

test_that("the stages of a fit are told on request only", {
  expect_message(quick(log(perm) ~ ., rock, verbose = TRUE))
  expect_silent(quick(log(perm) ~ ., rock, verbose = FALSE))
})

test_that("rows keep their names, of matrices too", {
  fit <- linear(mpg ~ wt, mtcars)
  expect_identical(names(predict(fit, mtcars[2:3, ])), row.names(mtcars)[2:3])
  expect_identical(names(predict(fit, as.matrix(mtcars[2:3, ]))), row.names(mtcars)[2:3])
})

test_that("amounts, wild numbers and counts that vary more have families", {
  set.seed(2)
  frame <- data.frame(x = runif(150), z = rnorm(150))
  frame$mean <- exp(1 + 2 * frame$x)
  frame$amount <- rgamma(150, shape = 4, rate = 4 / frame$mean)
  frame$visits <- rnbinom(150, mu = frame$mean, size = 2)
  gamma <- linear(amount ~ x, frame, family = Gamma(link = "log"))
  expect_equal(coef(gamma), coef(glm(amount ~ x, Gamma(link = "log"), frame)), tolerance = 0.05)
  expect_equal(predict(gamma), exp(predict(gamma, type = "link")))
  expect_identical(family(gamma)$link, "log")
  expect_identical(linear(amount ~ x, frame, family = "gamma")$record$loss, "gamma")
  frame$claims <- ifelse(frame$z > 1, 0, frame$amount)
  one <- linear(claims ~ x, frame, family = "tweedie", power = 1.3)
  other <- linear(claims ~ x, frame, family = "tweedie")
  expect_false(identical(coef(one), coef(other)))
  expect_output(print(summary(linear(visits ~ x, frame, family = "negative_binomial"))), "negative binomial")
  frame$wild <- 1 + 3 * frame$x + 0.1 * frame$z
  frame$wild[7] <- 1000
  expect_equal(unname(coef(linear(wild ~ x, frame, family = "huber"))), c(1, 3), tolerance = 0.1)
  file <- tempfile()
  write_skiplayer(one, file)
  expect_identical(read_skiplayer(file)$family, "tweedie")
  refused <- function(...) expect_error(linear(...), class = "skiplayer_input_error")
  expect_match(conditionMessage(refused(claims ~ x, frame, family = "Gamma")), 'family = "tweedie"', fixed = TRUE)
  expect_match(conditionMessage(refused(amount ~ x, frame, family = Gamma())), "found the link inverse, expected log", fixed = TRUE)
  refused(amount ~ x, frame, family = "tweedie", power = 3)
  refused(amount ~ x, frame, power = 1.5)
})
