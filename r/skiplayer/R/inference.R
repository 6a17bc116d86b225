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
  if (is_durations(object)) {
    found$values <- found$values[!is.na(feature), !is.na(feature), drop = FALSE]
    feature <- feature[!is.na(feature)]
  }
  names <- ifelse(is.na(feature), "(Intercept)", feature_labels(record)[feature])
  if (length(record$outputs) > 1) {
    names <- paste0(found$output, ":", names)
  }
  dimnames(found$values) <- list(names, names)
  found$values
}

# Of a linear model: with hidden units the number of weights is no number of degrees of freedom.
logLik.skiplayer <- function(object, ...) {
  data <- fitted_table(object)
  found <- checked(.Call(C_Model_log_likelihood, pointer_of(object), data$columns, data$roles))
  structure(found$value, df = found$df, nobs = found$nobs, class = "logLik")
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
