# Durations: Surv() on the left of a formula, strata() on its right, and what is predicted of them.

# `formula` in a scope that knows Surv() and strata(), whether survival is attached or not.
with_survival <- function(formula) {
  if (!any(c("Surv", "strata") %in% all.names(formula))) {
    return(formula)
  }
  scope <- new.env(parent = environment(formula))
  scope$strata <- strata
  if ("Surv" %in% all.names(formula) && is.null(get0("Surv", environment(formula), mode = "function"))) {
    if (!requireNamespace("survival", quietly = TRUE)) {
      input_error("formula: found Surv(), which is of the package survival, expected it to be installed")
    }
    scope$Surv <- survival::Surv
  }
  environment(formula) <- scope
  formula
}

# The strata that a formula asks for: one variable as it is, several as their combinations. The arguments are those of survival.
strata <- function(..., na.group = FALSE, shortlabel = TRUE, sep = ", ") {
  parts <- list(...)
  if (length(parts) == 1 && !isTRUE(na.group)) {
    return(parts[[1]])
  }
  texts <- lapply(parts, as.character)
  gone <- Reduce(`|`, lapply(texts, is.na))
  combined <- do.call(paste, c(texts, sep = sep))
  if (!isTRUE(na.group)) combined[gone] <- NA
  combined
}

# The places of strata() among the variables of `terms`, and with that of the terms that have them.
strata_variables <- function(terms) {
  is_strata <- function(variable) is.call(variable) && deparse(variable[[1]])[1] %in% c("strata", "survival::strata")
  which(vapply(as.list(attr(terms, "variables"))[-1], is_strata, NA))
}

strata_terms <- function(terms) {
  variables <- strata_variables(terms)
  if (!length(variables)) {
    return(integer())
  }
  at <- which(colSums(attr(terms, "factors")[variables, , drop = FALSE] != 0) > 0)
  together <- at[attr(terms, "order")[at] > 1]
  if (length(together)) {
    input_error(
      "formula: found `", attr(terms, "term.labels")[together[1]], "`, expected strata() on its own: coefficients are the same in all strata"
    )
  }
  unname(at)
}

# The strata of `frame`, a model frame of `terms`, with the name of their column; NULL where there are none.
strata_in <- function(terms, frame) {
  at <- strata_variables(terms)
  if (!length(at)) {
    return(NULL)
  }
  values <- unname(as.list(frame[at]))
  only <- as.list(attr(terms, "variables"))[-1][[at[1]]]
  is_plain <- length(at) == 1 && length(only) == 2 && is.symbol(only[[2]])
  list(
    name = if (is_plain) as.character(only[[2]]) else paste(names(frame)[at], collapse = " + "),
    cells = if (length(at) == 1) values[[1]] else do.call(strata, values)
  )
}

# Of a response of durations its columns, time and event, by the names that Surv() was given, or "time" and "event".
duration_columns <- function(response, name) {
  type <- attr(response, "type")
  if (!identical(type, "right")) {
    input_error(
      "response: found Surv() of ", if (is.null(type)) "no type" else paste("type", type), ", expected durations of which some are ",
      'censored on the right, type "right": Surv(time, event)'
    )
  }
  cells <- unclass(response)
  time <- as.vector(cells[, 1])
  event <- as.vector(cells[, 2])
  gone <- is.na(time) | is.na(event)
  time[gone] <- NA
  event[gone] <- 0
  stats::setNames(list(time, event), duration_names(name))
}

duration_names <- function(name) {
  call <- tryCatch(str2lang(name), error = function(error) NULL)
  if (!is.call(call) || !deparse(call[[1]])[1] %in% c("Surv", "survival::Surv")) {
    return(c("time", "event"))
  }
  # As Surv() has them: the second of two without names is the event.
  given <- as.list(call)[-1]
  named <- if (is.null(names(given))) rep("", length(given)) else names(given)
  take <- function(known) {
    at <- c(which(named == known), which(named == ""))[1]
    part <- given[at]
    given <<- given[-at]
    named <<- named[-at]
    if (is.na(at)) known else paste(deparse(part[[1]]), collapse = " ")
  }
  c(take("time"), take("event"))
}

# The column of strata that predictions want; the same stratum in all rows where they do not depend on it and none is given.
strata_of <- function(object, newdata, newstrata, rows, is_needed) {
  name <- object$record$strata
  if (is.null(name)) {
    if (!is.null(newstrata)) {
      input_error("newstrata: found some, expected none: the model was fitted without strata")
    }
    return(NULL)
  }
  known <- if (!is.null(newstrata)) {
    newstrata
  } else if (!is.null(object$terms) && length(strata_variables(object$terms))) {
    strata_in(stats::delete.response(object$terms), rows$frame)$cells
  } else if (is.null(newdata)) {
    object$given$strata
  } else if (name %in% colnames(newdata)) {
    as.data.frame(newdata)[[name]]
  }
  if (is.null(known) && is_needed) {
    input_error(
      "newstrata: found none, expected one for each of ", rows$n, " rows, or the column `", name, "` in newdata: the model was fitted with strata"
    )
  }
  if (is.null(known)) {
    known <- rep(object$record$strata_levels[1], rows$n)
  }
  stats::setNames(list(role_cells("strata", known, rows$n)), name)
}

# Medians, or the probability of no event up to each of `times`, a column each.
survival_of <- function(object, columns, type, times, n_threads) {
  if (type == "survival" && !(is.numeric(times) && length(times) && all(is.finite(times) & times >= 0))) {
    input_error("times: found ", shown(times), ", expected numbers of 0 or more, at which survival is predicted")
  }
  at <- if (type == "survival") as.double(times) else numeric()
  found <- checked(.Call(C_Model_survival, pointer_of(object), columns, at, threads(n_threads)))
  tell_warnings(found$messages)
  if (type == "median") {
    return(found$median)
  }
  colnames(found$survival) <- format(times, trim = TRUE, digits = 15)
  found$survival
}

is_durations <- function(object) identical(object$family, "cox")
