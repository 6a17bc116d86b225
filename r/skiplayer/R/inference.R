# Covariances, likelihood and the test of curvature.

vcov.skiplayer <- function(object, ...) {
  data <- fitted_table(object)
  found <- checked(.Call(C_Model_covariance, pointer_of(object), data$columns, data$roles))
  record <- object$record
  if (is.null(found)) {
    names <- if (length(record$outputs) == 1) names(stats::coef(object)) else character()
    return(matrix(NA_real_, length(names), length(names), dimnames = list(names, names)))
  }
  feature <- match(found$feature, record$features)
  names <- ifelse(is.na(feature), "(Intercept)", feature_labels(record)[feature])
  if (length(record$outputs) > 1) {
    names <- paste0(found$output, ":", names)
  }
  dimnames(found$values) <- list(names, names)
  found$values
}

# Of a linear model: with hidden units the number of weights is no number of degrees of freedom.
logLik.skiplayer <- function(object, ...) {
  if (length(object$record$explanation$units)) {
    input_error("object: found a model with hidden units, expected a linear one: weights of a network are no degrees of freedom")
  }
  if (!object$family %in% c("gaussian", "binomial", "multinomial", "poisson")) {
    input_error("object: found the family ", object$family, ', expected "gaussian", "binomial", "multinomial" or "poisson"')
  }
  if (!is.null(object$weights)) {
    input_error("object: found a fit with weights, expected one without: only their ratios matter, which fixes no likelihood")
  }
  if (is.null(object$response)) {
    without_rows()
  }
  response <- object$response
  used <- !is.na(response)
  fitted <- stats::predict(object, type = if (is_classification(object)) "prob" else "response")
  residual <- if (object$family == "gaussian") response - fitted
  value <- switch(object$family,
    gaussian = sum(stats::dnorm(residual[used], sd = sqrt(mean(residual[used]^2)), log = TRUE)),
    poisson = sum(stats::dpois(response[used], fitted[used], log = TRUE)),
    sum(log(fitted[cbind(seq_along(response), match(as.character(response), class_labels(object)))][used]))
  )
  # Weights that are not zero are the degrees of freedom of a lasso (Zou, Hastie and Tibshirani 2007); the noise is one more.
  coefficients <- as.matrix(stats::coef(object))
  df <- sum(coefficients != 0) + NCOL(residual) * (object$family == "gaussian")
  structure(value, df = df, nobs = sum(used), class = "logLik")
}

anova.skiplayer <- function(object, ...) {
  if (...length()) {
    input_error("anova: found several models, expected one: the test asks whether a linear model of its data misses something")
  }
  data <- fitted_table(object)
  threads <- threads(object$options$control$n_threads)
  found <- checked(.Call(C_curvature_of, data$columns, data$roles, as.double(object$seed), threads))
  if (!length(found$tests)) {
    input_error("anova: the test of curvature could not be made: ", found$note)
  }
  table <- data.frame(
    Statistic = c(field(found$tests, "statistic", 0), NA),
    "Pr(>Statistic)" = c(field(found$tests, "p_value", 0), found$p_value),
    check.names = FALSE, row.names = c(field(found$tests, "name", ""), "combined")
  )
  heading <- c(
    "Wild-bootstrap tests of curvature: does a linear model miss something?\n",
    paste0("Response: ", paste(object$record$targets, collapse = ", "), "; ", found$n_bootstrap, " bootstrap samples\n")
  )
  structure(table, heading = heading, class = c("anova", "data.frame"))
}
