test_that("predict() of nnet gives the same numbers for the network as one of its own", {
  skip_if_not_installed("nnet")
  frame <- houses()
  check <- function(fit, type = "response") {
    net <- as.nnet(fit)
    expect_s3_class(net, "nnet")
    ours <- as.matrix(predict(fit, frame, type = type))
    expect_equal(unname(predict(net, nnet_inputs(fit, frame))), unname(ours), tolerance = 1e-9)
  }
  bent <- quick(sqrt(price) ~ area + heating, frame, size = 3, method = "evidence", n_starts = 2)
  check(bent)
  check(linear(price_high ~ area + heating, frame))
  check(linear(heating ~ area + rooms, frame))
  check(linear(rooms ~ area, frame, family = poisson()), type = "link")
  check(linear(price ~ area, frame, family = "gamma"), type = "link")
  file <- tempfile()
  write_skiplayer(bent, file)
  check(read_skiplayer(file))
  relu <- quick(price ~ area, frame, activation = "relu", size = 2, method = "path", inner_folds = 2)
  if (length(relu$record$explanation$units)) {
    expect_error(as.nnet(relu), "tanh", class = "skiplayer_input_error")
  }
})

test_that("caret trains it", {
  skip_if_not_installed("caret")
  control <- caret::trainControl(method = "cv", number = 3)
  method <- skiplayer_caret(seed = 1, method = "linear")
  numbers <- suppressWarnings(caret::train(mpg ~ wt + hp, mtcars, method = method, trControl = control, tuneGrid = data.frame(size = 0)))
  expect_length(predict(numbers, mtcars), 32)
  flowers <- suppressWarnings(caret::train(
    iris[1:4], iris$Species, method = method, trControl = control, tuneGrid = data.frame(size = 0)
  ))
  expect_identical(levels(predict(flowers, iris)), levels(iris$Species))
  expect_identical(dim(predict(flowers, iris, type = "prob")), c(150L, 3L))
})

test_that("parsnip is asked for where it is not installed", {
  skip_if(requireNamespace("parsnip", quietly = TRUE), "parsnip is installed")
  expect_error(skiplayer_parsnip(), "not installed", class = "skiplayer_input_error")
})
