frame <- houses()
bent <- quick(sqrt(price) ~ area + heating + garden, frame, size = 3, method = "evidence", n_starts = 2)

test_that("contributions add up to the prediction", {
  parts <- explain(bent, frame[1:5, ])
  added <- rowSums(parts[setdiff(names(parts), c("linear_predictor", "prediction"))])
  expect_equal(unname(added), parts$linear_predictor)
  expect_equal(parts$prediction, unname(predict(bent, frame[1:5, ])))
  classes <- linear(heating ~ area + rooms, frame)
  expect_identical(names(explain(classes, frame[1:2, ])), levels(frame$heating))
})

test_that("effects are those of inputs in use", {
  found <- effects(bent)
  expect_s3_class(found, "skiplayer_effects")
  expect_output(print(found), "area")
})

test_that("pictures are drawn for every kind of fit", {
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  expect_silent(plot(bent))
  expect_silent(plot(bent, "starts"))
  path <- quick(price ~ rooms + garden, frame, method = "path", size = 2, inner_folds = 2)
  expect_silent(plot(path, "path"))
  expect_silent(plot(linear(heating ~ area + price, frame), output = "pump"))
  expect_error(plot(bent, "path"), class = "skiplayer_input_error")
  expect_error(plot(bent, inputs = "rooms"), class = "skiplayer_input_error")
  skip_if_not_installed("ggplot2")
  expect_s3_class(ggplot2::autoplot(bent), "ggplot")
})

test_that("tables have the shapes of broom", {
  told <- tidy(bent, conf.int = TRUE)
  expect_identical(names(told), c("term", "estimate", "std.error", "conf.low", "conf.high"))
  expect_identical(nrow(glance(bent)), 1L)
  expect_identical(glance(bent)$nobs, 80)
  full <- augment(bent)
  expect_equal(full$.fitted + full$.resid, unname(sqrt(frame$price)))
  new <- augment(bent, newdata = frame[1:3, ])
  expect_identical(new$.fitted, unname(predict(bent, frame[1:3, ])))
  expect_true(all(c(".fitted.class", ".prob.oil") %in% names(augment(linear(heating ~ rooms, frame)))))
})
