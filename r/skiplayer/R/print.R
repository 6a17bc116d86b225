# What a model says of itself.

print.skiplayer <- function(x, digits = max(3L, getOption("digits") - 3L), ...) {
  record <- x$record
  if (!is.null(x$call)) {
    cat("\nCall:\n", paste(deparse(x$call), collapse = "\n"), "\n\n", sep = "")
  }
  paragraph(verdict_text(record))
  paragraph(record$summary$headline)
  cat("\nLinear part:\n")
  print(used_coefficients(x)[, 1L, drop = FALSE], digits = digits)
  units <- record$explanation$units
  if (length(units)) {
    cat(sprintf("\nHidden units: %d; summary() writes them as formulas\n", length(units)))
  }
  invisible(x)
}

summary.skiplayer <- function(object, ...) {
  refuse_dots(..., .of = "summary.skiplayer", .method = summary.skiplayer)
  record <- object$record
  structure(
    list(
      call = object$call, family = paste(c(object$family, record$loss_in_words), collapse = ": "), headline = record$summary$headline, verdict = record$evaluation$verdict,
      verdict_text = verdict_text(record),
      coefficients = used_coefficients(object), standard_errors = record$explanation$standard_errors,
      units = vapply(record$explanation$units, function(unit) unit$text, ""), formulas = record$explanation$formulas,
      contenders = contenders(record), evaluation = scores(record$evaluation),
      notes = c(record$explanation$reading, record$explanation$notes), n = record$summary$n_rows,
      inputs_used = record$summary$inputs_used, n_inputs = record$summary$n_inputs, converged = record$summary$converged
    ),
    class = "summary.skiplayer"
  )
}

print.summary.skiplayer <- function(x, digits = max(3L, getOption("digits") - 3L), ...) {
  if (!is.null(x$call)) {
    cat("\nCall:\n", paste(deparse(x$call), collapse = "\n"), "\n\n", sep = "")
  }
  paragraph(x$verdict_text)
  paragraph(x$headline)
  cat(sprintf("\nFamily: %s; %d rows; %d of %d inputs used\n", x$family, x$n, length(x$inputs_used), x$n_inputs))
  errors <- if (is.null(x$standard_errors)) "no standard errors" else paste(x$standard_errors, "standard errors")
  cat("\nLinear part (", errors, "):\n", sep = "")
  print(x$coefficients, digits = digits, na.print = "")
  if (length(x$units)) {
    cat("\nHidden units:\n", paste0("  ", x$units, "\n"), "\n", sep = "")
    cat("Formula:\n", paste0(strwrap(x$formulas, indent = 2, exdent = 4), "\n"), sep = "")
  }
  if (!is.null(x$contenders)) {
    cat("\nChoice by inner cross-validation (mean loss):\n")
    print(x$contenders, digits = digits, row.names = FALSE)
  }
  if (!is.null(x$evaluation)) {
    cat("\nOn held-out rows:\n")
    print(x$evaluation, digits = digits, row.names = FALSE)
    for (reason in x$verdict$reasons) paragraph(reason, "  - ")
  }
  for (note in x$notes) paragraph(note, "Note: ")
  if (!x$converged) {
    cat("The fit did not converge.\n")
  }
  invisible(x)
}

# The verdict, and whether the model is another one than the verdict is about.
verdict_text <- function(record) {
  if (!is.null(record$evaluation)) paste(c(record$evaluation$verdict$text, record$disagreement), collapse = " ")
}

# Coefficients that are not zero, with their standard errors; of several outputs one block after the other.
used_coefficients <- function(object) {
  record <- object$record
  values <- stats::coef(object)
  if (!is.matrix(values)) {
    values <- matrix(values, nrow = 1, dimnames = list(record$outputs, names(values)))
  }
  errors <- standard_errors(object)
  table <- cbind(Estimate = as.vector(t(values)), "Std. Error" = as.vector(t(errors)))
  names <- colnames(values)
  rownames(table) <- if (nrow(values) == 1) names else paste0(rep(rownames(values), each = length(names)), ": ", names)
  table[table[, 1L] != 0 | rep(names == "(Intercept)", nrow(values)), , drop = FALSE]
}

contenders <- function(record) {
  rows <- record$summary$contenders
  if (!length(rows)) {
    return(NULL)
  }
  data.frame(
    form = gsub("_", " ", field(rows, "form", "")), loss = field(rows, "cv_loss", 0),
    gain = field(rows, "gain_over_linear", 0), "std. error" = field(rows, "gain_standard_error", 0),
    chosen = ifelse(field(rows, "chosen", NA), "*", ""), check.names = FALSE
  )
}

scores <- function(evaluation) {
  rows <- evaluation$contenders
  if (!length(rows)) {
    return(NULL)
  }
  table <- data.frame(contender = field(rows, "name", ""), mean = field(rows, "mean", 0), "std. error" = field(rows, "se", 0), check.names = FALSE)
  names(table)[2] <- rows[[1]]$metric
  table
}

# One field of a list of records; missing numbers are NA.
field <- function(rows, name, like) {
  vapply(rows, function(row) if (is.null(row[[name]])) like[NA] else row[[name]], like)
}

paragraph <- function(text, initial = "") {
  if (!is.null(text)) {
    cat(strwrap(text, initial = initial, exdent = nchar(initial)), sep = "\n")
  }
}
