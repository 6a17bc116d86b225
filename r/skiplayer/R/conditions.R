# Errors and warnings as conditions with a class, so that callers can tell bad input from a failure.

# Input that cannot be used as it is: what was found, what is expected, what to try.
input_error <- function(..., column = NULL, call = NULL) {
  stop(errorCondition(paste0(...), class = c("skiplayer_input_error", "skiplayer_error"), column = column, call = call))
}

# Computation that did not come to an end.
failure <- function(..., call = NULL) {
  stop(errorCondition(paste0(...), class = c("skiplayer_failure", "skiplayer_error"), call = call))
}

tell_warning <- function(text) {
  warning(warningCondition(text, class = "skiplayer_warning", call = NULL))
}

# The value that the compiled half returned, or its error as a condition.
checked <- function(value) {
  if (!is.list(value) || is.null(value$skiplayer_fault)) {
    return(value)
  }
  if (identical(value$kind, "input")) {
    input_error(value$skiplayer_fault, column = value$column)
  }
  failure(value$skiplayer_fault)
}

# Evaluates `code`; what R itself has to say against the input becomes an error of input.
as_input_error <- function(code) {
  tryCatch(code, skiplayer_error = stop, error = function(error) input_error(conditionMessage(error)))
}
