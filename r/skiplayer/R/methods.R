# What R's models answer to.

coef.skiplayer <- function(object, ...) {
  record <- object$record
  values <- lapply(seq_along(record$outputs), function(o) {
    found <- vapply(record$coefficients[[o]], function(pair) as.double(pair[[1]]), 0)
    c(record$explanation$intercept[o], found)
  })
  names <- c("(Intercept)", feature_labels(record))
  if (length(values) == 1) {
    values <- stats::setNames(values[[1]], names)
    # The hazard of rows is relative: an intercept is no parameter.
    return(if (is_durations(object)) values[-1] else values)
  }
  matrix(unlist(values), nrow = length(values), byrow = TRUE, dimnames = list(record$outputs, names))
}

# Standard errors of coef(), NA where there are none; the intercept has none of its own.
standard_errors <- function(object) {
  record <- object$record
  errors <- lapply(record$coefficients, function(of_output) {
    c(NA_real_, vapply(of_output, function(pair) if (is.null(pair[[2]])) NA_real_ else as.double(pair[[2]]), 0))
  })
  found <- matrix(unlist(errors), nrow = length(errors), byrow = TRUE)
  if (is_durations(object)) found[, -1, drop = FALSE] else found
}

# The network's inputs by names such as R's contrasts have: `groupB`, `flagTRUE`; `is.na(x)` is the indicator of a missing cell.
feature_labels <- function(record) {
  labels <- character(length(record$features))
  truths <- truth_columns(record)
  for (term in record$terms) {
    if (is.null(term$feature)) next
    column <- record$columns[term$column + 1]
    name <- if (is.null(term$part) || startsWith(term$part, "days")) column else paste(column, term$part)
    level <- if (column %in% truths && !is.null(term$level)) toupper(term$level) else term$level
    labels[term$feature + 1] <- switch(term$kind,
      number = name,
      level = paste0(name, level),
      other = paste0(name, "(other)"),
      missing = paste0("is.na(", name, ")")
    )
  }
  labels
}

truth_columns <- function(record) {
  column <- vapply(record$terms, function(term) record$columns[term$column + 1], "")
  level <- vapply(record$terms, function(term) if (is.null(term$level)) NA_character_ else term$level, "")
  found <- split(level[!is.na(level)], column[!is.na(level)])
  names(found)[vapply(found, setequal, NA, y = c("true", "false"))]
}

fitted.skiplayer <- function(object, ...) stats::predict(object, type = "response", ...)

residuals.skiplayer <- function(object, ...) {
  refuse_dots(..., .of = "residuals.skiplayer", .method = residuals.skiplayer)
  response <- object$response
  if (is_durations(object)) {
    input_error("object: found a model of durations, expected another: how far off a row is that was censored is not known")
  }
  if (is.null(response)) {
    without_rows()
  }
  if (is_classification(object)) {
    classes <- class_labels(object)
    response <- outer(as.character(response), classes, "==") + 0
    colnames(response) <- classes
    if (length(classes) == 2) response <- response[, 2]
  } else if (object$family == "successes") {
    response <- response[, 1] / rowSums(response)
  }
  # Rows that were left out of the fit by na.exclude are there again in both.
  if (is.null(object$na.action)) {
    response - fitted.skiplayer(object)
  } else {
    stats::naresid(object$na.action, response) - fitted.skiplayer(object)
  }
}

formula.skiplayer <- function(x, ...) {
  if (is.null(x$formula)) {
    input_error("x: found a model without a formula, expected one that was fitted by a formula")
  }
  x$formula
}

nobs.skiplayer <- function(object, ...) object$record$summary$n_rows

weights.skiplayer <- function(object, ...) object$weights

family.skiplayer <- function(object, ...) {
  if (object$family == "successes") {
    return(stats::binomial())
  }
  if (object$family %in% c("gaussian", "binomial", "poisson", "Gamma")) {
    return(get(object$family, envir = asNamespace("stats"))(link = FAMILIES[[object$family]]$link))
  }
  structure(list(family = object$family, link = FAMILIES[[object$family]]$link), class = "family")
}

model.frame.skiplayer <- function(formula, ...) formula$frame
