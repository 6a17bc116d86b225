skiplayer <- function(x, ...) UseMethod("skiplayer")

skiplayer.formula <- function(formula, data, weights, subset, na.action = stats::na.pass, offset, groups, times,
                              family = NULL, power = NULL, quantiles = NULL, ties = "efron", size = NULL, method = "auto",
                              contrasts = NULL, keep = NULL, evaluate = FALSE, control = skiplayer_control(...), ...) {
  call <- match.call()
  call[[1L]] <- quote(skiplayer)
  frame_call <- match.call(expand.dots = FALSE)
  refuse_options(frame_call$..., skiplayer.formula, list("skiplayer(x, y)" = names(formals(skiplayer.default))), !missing(control))
  wanted <- c("formula", "data", "subset", "weights", "na.action", "offset", "groups", "times")
  frame_call <- frame_call[c(1L, match(wanted, names(frame_call), 0L))]
  if (!"na.action" %in% names(frame_call)) {
    frame_call$na.action <- quote(stats::na.pass)
  }
  frame_call$formula <- with_survival(as_input_error(stats::as.formula(formula)))
  frame_call[[1L]] <- quote(stats::model.frame)
  frame <- as_input_error(eval(frame_call, parent.frame()))
  terms <- attr(frame, "terms")
  check_terms(terms)
  inputs <- stats::delete.response(terms)
  variables <- frame[-attr(terms, "response")]
  xlevels <- stats::.getXlevels(inputs, variables)
  columns <- inputs_of(inputs, variables, xlevels, contrasts)
  object <- list(
    call = call, formula = stats::formula(terms), terms = terms, xlevels = xlevels, contrasts = contrasts,
    na.action = attr(frame, "na.action")
  )
  offset <- as_input_error(stats::model.offset(frame))
  strata <- strata_in(terms, frame)
  object$strata_name <- strata$name
  roles <- list(
    weights = stats::model.weights(frame), offset = offset, groups = frame[["(groups)"]], times = frame[["(times)"]], strata = strata$cells
  )
  loss <- list(family = family, power = power, quantiles = quantiles, ties = ties)
  # Inputs that the formula names are wanted, whatever they look like.
  named <- if ("." %in% all.vars(formula)) character() else names(columns)
  object <- fit_columns(
    object, columns, stats::model.response(frame), names(frame)[attr(terms, "response")], roles,
    loss, size, method, union(keep, named), evaluate, control
  )
  object$frame <- frame
  object
}

skiplayer.default <- function(x, y, weights = NULL, offset = NULL, groups = NULL, times = NULL, strata = NULL, family = NULL, power = NULL,
                              quantiles = NULL, ties = "efron", size = NULL, method = "auto", keep = NULL, evaluate = FALSE, control = skiplayer_control(...), ...) {
  call <- match.call()
  call[[1L]] <- quote(skiplayer)
  given <- match.call(expand.dots = FALSE)$...
  if ("formula" %in% names(given)) {
    input_error("skiplayer: found the formula after the data, expected it first: skiplayer(formula, data)")
  }
  refuse_options(given, skiplayer.default, list("skiplayer(formula, data)" = names(formals(skiplayer.formula))), !missing(control))
  x <- input_frame(x)
  object <- list(call = call, names = names(x))
  columns <- unlist(lapply(names(x), function(name) columns_of(x[[name]], name)), recursive = FALSE)
  given <- list(weights = weights, offset = offset, groups = groups, times = times, strata = strata)
  loss <- list(family = family, power = power, quantiles = quantiles, ties = ties)
  object <- fit_columns(
    object, columns, if (!missing(y)) y, free_name("y", names(columns)), given, loss, size, method, keep, evaluate, control
  )
  object$inputs <- x
  object
}

# Refuses `given`, the dots of `method`, where they are no options of a fit, or the options are in `control`.
refuse_options <- function(given, method, others, has_control) {
  refuse_arguments(given, "skiplayer", c(names(formals(method)), names(formals(skiplayer_control))), others)
  if (has_control && length(given)) {
    input_error("skiplayer: found control and also the argument `", names(given)[1], "`, expected all options in one place")
  }
}

# A matrix or frame of inputs as a data frame, by the names of its columns or x1, x2, ...
input_frame <- function(x) {
  if (is.data.frame(x)) {
    return(x)
  }
  if (!(is.matrix(x) && (is.numeric(x) || is.logical(x)))) {
    input_error("x: found an object of class ", class(x)[1], ", expected a formula, a matrix of numbers or a data frame")
  }
  names <- if (is.null(colnames(x))) paste0("x", seq_len(ncol(x))) else colnames(x)
  columns <- stats::setNames(lapply(seq_len(ncol(x)), function(j) as.vector(x[, j])), names)
  rows <- if (is.null(rownames(x)) || anyDuplicated(rownames(x))) .set_row_names(nrow(x)) else rownames(x)
  structure(columns, class = "data.frame", row.names = rows)
}

# Fits a model of `response` to `columns`, the inputs, and adds it to `object`.
fit_columns <- function(object, columns, response, name, given, loss, size, method, keep, evaluate, control) {
  if (is.null(response)) {
    input_error("y: found NULL, expected the response")
  }
  control <- control_of(control)
  n <- NROW(response)
  if (n == 0) {
    input_error("data: found no rows, expected at least 5")
  }
  for (input in names(columns)) {
    length <- n_cells(columns[[input]])
    if (length != n) {
      input_error("x: found ", length, " rows, expected ", n, ", as many as y has", column = input)
    }
  }
  object$family <- family_name(loss$family, response)
  object$power <- if (!is.null(loss$power)) power_of(loss$power)
  object$quantiles <- if (!is.null(loss$quantiles)) quantiles_of(loss$quantiles)
  object$ties <- if (is_durations(object)) one_of("ties", loss$ties, c("efron", "breslow"))
  object$response <- response
  object$response_name <- name
  object$given <- given[!vapply(given, is.null, NA)]
  object$weights <- given$weights
  unknown <- setdiff(keep, names(columns))
  if (length(unknown)) {
    input_error("keep: found ", quoted(unknown), ", expected names of inputs, such as ", quoted(utils::head(names(columns), 5)))
  }
  object$keep <- keep
  object$options <- list(method = method, size = size, control = control)
  object$seed <- seed_of(control)
  object <- structure(object, class = "skiplayer")
  data <- table_of(object, columns)
  about <- list(
    labels = label_kind(object),
    design = if (!is.null(object$terms)) design_text(object$terms, object$xlevels, object$contrasts)
  )
  evaluation <- evaluation_of(evaluate)
  run <- checked(.Call(
    C_Run_fit, data$columns, data$roles, engine_options(method, size, control, object$seed),
    evaluation, about, control$n_threads, control$max_seconds
  ))
  object <- with_model(object, wait_for(run, control$verbose))
  tell_warnings(list(object$record$summary$warnings, object$record$evaluation$warnings))
  if (!is.null(evaluation) && is.null(object$record$evaluation)) {
    tell_warning("the time of max_seconds ended before two folds were evaluated: there is a model, but no verdict and no intervals")
  }
  if (!object$record$summary$converged) {
    tell_warning(sprintf("the fit did not converge: optimality conditions hold to %.1e only", object$record$summary$kkt))
  }
  object
}

# The table that a model is fitted to, `inputs` and what else the fit was given, with the roles of its columns.
table_of <- function(object, inputs) {
  targets <- targets_of(object$response, object$response_name, object$family)
  columns <- c(inputs, targets)
  trials <- NULL
  if (object$family == "successes") {
    trials <- free_name("trials", names(columns))
    columns[[trials]] <- cells_of(as.vector(rowSums(object$response)), trials)
  }
  event <- NULL
  if (is_durations(object)) {
    event <- names(targets)[2]
    targets <- targets[1]
  }
  roles <- list(target = names(targets), trials = trials, event = event, ties = object$ties, classes = classes_of(object), keep = intersect(object$keep, names(inputs)))
  for (role in names(object$given)) {
    column <- free_name(if (role == "strata" && !is.null(object$strata_name)) object$strata_name else role, names(columns))
    columns[[column]] <- role_cells(role, object$given[[role]], NROW(object$response))
    roles[[c(weights = "weight", offset = "offset", groups = "group", times = "time", strata = "strata")[[role]]]] <- column
  }
  rules <- object$options$control$rules
  list(columns = columns, roles = c(roles, FAMILIES[[object$family]]$roles, list(power = object$power, quantiles = object$quantiles), if (length(rules)) list(rules = rules)))
}

# The same for a model whose rows are at hand.
fitted_table <- function(object) {
  if (is.null(object$response)) {
    without_rows()
  }
  table_of(object, rows_of(object, NULL, NULL)$columns)
}

# The columns of the response.
targets_of <- function(response, name, family) {
  if (inherits(response, c("Date", "POSIXt", "difftime"))) {
    input_error("response: found ", class(response)[1], ", expected numbers or classes: as.numeric() says in which unit", column = name)
  }
  if (family == "cox") {
    return(duration_columns(response, name))
  }
  if (length(dim(response)) != 2) {
    return(stats::setNames(list(cells_of(response, name)), name))
  }
  if (family == "successes") {
    name <- c(colnames(response), name)[1]
    name <- if (nzchar(name)) name else "successes"
    return(stats::setNames(list(cells_of(as.vector(response[, 1]), name)), name))
  }
  if (family %in% CLASSES) {
    input_error(
      "response: found a matrix of ", ncol(response), " columns, expected one column of classes, or for family = binomial() two columns ",
      "of numbers, successes and failures"
    )
  }
  if (!(is.numeric(response) || is.logical(response))) {
    refuse_column(name, paste("a response of class", class(response)[1]))
  }
  inner <- colnames(response)
  names <- if (is.null(inner)) paste0(name, seq_len(ncol(response))) else inner
  stats::setNames(lapply(seq_along(names), function(j) cells_of(as.vector(response[, j]), names[j])), names)
}

# The classes in their order; those of numbers are left to the engine.
classes_of <- function(object) {
  response <- object$response
  if (!object$family %in% CLASSES) {
    NULL
  } else if (is.factor(response)) {
    # Ordered classes have thresholds between them, which those without rows do not.
    if (object$family == "ordinal") levels(droplevels(response)) else levels(response)
  } else if (is.character(response) && object$family != "ordinal") {
    sort(unique(response[!is.na(response)]))
  } else if (is.logical(response)) {
    c("false", "true")
  }
}

# What labels were before they became classes, in the words of model files.
label_kind <- function(object) {
  response <- object$response
  if (!object$family %in% CLASSES) {
    NULL
  } else if (is.logical(response)) {
    "truth_value"
  } else if (is.numeric(response)) {
    if (is.integer(response)) "integer" else "number"
  } else {
    "text"
  }
}

without_rows <- function() {
  input_error("object: found a model from a file, which does not hold the rows of its fit, expected one that was fitted here")
}

# Weights, offsets, groups, times or strata of the rows.
role_cells <- function(role, cells, n) {
  if (length(cells) != n) {
    input_error(role, ": found ", length(cells), " of them, expected one for each of ", n, " rows")
  }
  if (anyNA(cells)) {
    input_error(role, ": found NA in row ", which(is.na(cells))[1], ", expected a value in every row; subset leaves rows out")
  }
  if (role %in% c("weights", "offset", "newoffset")) {
    if (!is.numeric(cells)) {
      input_error(role, ": found an object of class ", class(cells)[1], ", expected numbers")
    }
    if (any(is.infinite(cells))) {
      expected <- if (role == "weights") "finite weights of zero or more" else "finite numbers"
      input_error(role, ": found ", cells[is.infinite(cells)][1], " in row ", which(is.infinite(cells))[1], ", expected ", expected)
    }
  }
  cells_of(cells, role)
}

n_cells <- function(cells) length(if (is.list(cells)) cells$values else cells)

# `name`, or something like it that is not taken.
free_name <- function(name, taken) {
  while (name %in% taken) name <- paste0(name, "_")
  name
}
