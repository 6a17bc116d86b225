# What inputs and hidden units do: for single rows, and over the rows.

explain.skiplayer <- function(x, newdata, newoffset = NULL, n_threads = NULL, ...) {
  refuse_dots(..., .of = "explain.skiplayer", .method = explain.skiplayer)
  rows <- rows_of(x, if (missing(newdata)) NULL else newdata, stats::na.pass)
  rows$columns <- c(rows$columns, offset_of(x, if (missing(newdata)) NULL else newdata, newoffset, rows))
  found <- checked(.Call(C_Model_explain, pointer_of(x), rows$columns, threads(n_threads)))
  tell_warnings(found$notes)
  tables <- lapply(found$outputs, function(output) {
    columns <- lapply(c(output$inputs, output$units), function(part) as.double(part$values))
    names(columns) <- vapply(c(output$inputs, output$units), function(part) part$name, "")
    table <- data.frame(
      c(list(baseline = rep(output$baseline, rows$n)), columns, list(
        linear_predictor = as.double(output$linear_predictor), prediction = as.double(output$prediction)
      )),
      check.names = FALSE
    )
    attr(table, "unit") <- output$unit
    with_row_names(table, rows$names)
  })
  if (length(tables) == 1) {
    return(tables[[1]])
  }
  stats::setNames(tables, x$record$outputs)
}

# Effects of the inputs over the rows, strongest first.
effects.skiplayer <- function(object, newdata, n_threads = NULL, ...) {
  refuse_dots(..., .of = "effects.skiplayer", .method = effects.skiplayer)
  rows <- rows_of(object, if (missing(newdata)) NULL else newdata, stats::na.pass)
  weight <- if (missing(newdata) && !is.null(object$weights)) as.double(object$weights) else rep(1, rows$n)
  found <- checked(.Call(C_Model_effects, pointer_of(object), rows$columns, weight, threads(n_threads)))
  structure(found, class = "skiplayer_effects")
}

print.skiplayer_effects <- function(x, digits = max(3L, getOption("digits") - 3L), ...) {
  if (!length(x$inputs)) {
    cat("No input has an effect.\n")
    return(invisible(x))
  }
  cat("Effects of the inputs (standard deviations over the rows):\n")
  print(effect_sizes(x), digits = digits, row.names = FALSE)
  if (length(x$interactions)) {
    cat("\nStrongest interactions of the nonlinear part:\n")
    table <- data.frame(a = field(x$interactions, "a", ""), b = field(x$interactions, "b", ""), size = field(x$interactions, "size", 0))
    print(table, digits = digits, row.names = FALSE)
  }
  invisible(x)
}

effect_sizes <- function(effects) {
  output <- field(effects$inputs, "output", "")
  table <- data.frame(
    input = field(effects$inputs, "input", ""), linear = field(effects$inputs, "linear_size", 0),
    nonlinear = field(effects$inputs, "nonlinear_size", 0)
  )
  if (all(is.na(output))) table else cbind(output = output, table)
}
