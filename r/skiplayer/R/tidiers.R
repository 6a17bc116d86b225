# Tables in the shapes of broom.

tidy.skiplayer <- function(x, conf.int = FALSE, conf.level = 0.95, ...) {
  refuse_dots(..., .of = "tidy.skiplayer", .method = tidy.skiplayer)
  record <- x$record
  values <- stats::coef(x)
  if (!is.matrix(values)) {
    values <- t(values)
  }
  table <- data.frame(
    term = rep(colnames(values), nrow(values)), estimate = as.vector(t(values)), std.error = as.vector(t(standard_errors(x))),
    stringsAsFactors = FALSE
  )
  if (length(record$outputs) > 1) {
    table <- cbind(response = rep(record$outputs, each = ncol(values)), table)
  }
  if (conf.int) {
    if (length(record$outputs) > 1) {
      input_error("conf.int: found TRUE for several outputs, expected FALSE")
    }
    ends <- stats::confint(x, level = conf.level)
    table$conf.low <- ends[, 1]
    table$conf.high <- ends[, 2]
  }
  table
}

glance.skiplayer <- function(x, ...) {
  summary <- x$record$summary
  evaluation <- x$record$evaluation
  data.frame(
    form = gsub("_", " ", summary$form), n_units = summary$n_units, n_inputs = length(summary$inputs_used),
    linear_share = summary$linear_share_in_sample, nonlinear_share = summary$nonlinear_share_in_sample,
    verdict = if (is.null(evaluation)) NA_character_ else gsub("_", " ", evaluation$verdict$code),
    curvature.p.value = if (is.null(evaluation$curvature$p_value)) NA_real_ else evaluation$curvature$p_value,
    converged = summary$converged, nobs = summary$n_rows, stringsAsFactors = FALSE
  )
}

augment.skiplayer <- function(x, data = NULL, newdata = NULL, interval = FALSE, level = 0.9, ...) {
  refuse_dots(..., .of = "augment.skiplayer", .method = augment.skiplayer)
  table <- if (!is.null(newdata)) newdata else if (!is.null(data)) data else if (is.null(x$terms)) x$inputs else x$frame
  if (is.null(table)) {
    without_rows()
  }
  predicted <- function(...) if (is.null(newdata)) stats::predict(x, ...) else stats::predict(x, newdata, ...)
  if (is_classification(x)) {
    probabilities <- predicted(type = "prob")
    table$.fitted.class <- predicted(type = "class")
    table[paste0(".prob.", colnames(probabilities))] <- as.data.frame(probabilities)
  } else {
    table$.fitted <- unname(predicted())
  }
  if (interval && !is_classification(x)) {
    ends <- predicted(type = "interval", level = level)
    table$.lower <- unname(ends[, "lwr"])
    table$.upper <- unname(ends[, "upr"])
  }
  if (is.null(newdata) && !is.null(x$response) && !is_classification(x) && !is_durations(x)) {
    table$.resid <- unname(stats::residuals(x))
  }
  table
}
