# From a formula and a data frame to named columns: the model frame is R's, main effects are its variables as they are, and
# interactions are the columns of its model matrix.

# The columns of the inputs that `terms` has in `frame`, a model frame of them.
inputs_of <- function(terms, frame, xlevels, contrasts) {
  factors <- attr(terms, "factors")
  order <- attr(terms, "order")
  columns <- list()
  # strata() is no input.
  for (j in setdiff(which(order == 1), strata_terms(terms))) {
    at <- which(factors[, j] != 0)
    if (length(at) != 1) {
      input_error("formula: found `", attr(terms, "term.labels")[j], "` on both sides, expected the response on the left only")
    }
    columns <- c(columns, columns_of(frame[[at]], names(frame)[at]))
  }
  if (any(order > 1)) {
    columns <- c(columns, interactions(terms, frame, which(order > 1), xlevels, contrasts))
  }
  columns
}

# The columns of the interactions `which` among the terms.
interactions <- function(terms, frame, which, xlevels, contrasts) {
  for (name in intersect(names(xlevels), names(frame))) {
    frame[[name]] <- with_levels(frame[[name]], xlevels[[name]])
  }
  attr(frame, "terms") <- terms
  used <- contrasts[intersect(names(contrasts), names(frame))]
  matrix <- as_input_error(stats::model.matrix(terms, frame, contrasts.arg = if (length(used)) used))
  chosen <- attr(matrix, "assign") %in% which
  names <- colnames(matrix)[chosen]
  stats::setNames(lapply(which(chosen), function(j) as.vector(matrix[, j])), names)
}

# `value` as a factor of these levels: a level that is not among them is a missing cell.
with_levels <- function(value, levels) {
  factor(as.character(value), levels = levels, ordered = is.ordered(value))
}

# What can be asked of a formula here.
check_terms <- function(terms) {
  if (attr(terms, "response") == 0) {
    input_error("formula: found no response, expected one such as y ~ x")
  }
  if (attr(terms, "intercept") == 0) {
    input_error("formula: found a formula without an intercept, expected one with it: skiplayer has no other models; leave out `- 1` or `+ 0`")
  }
  if (length(attr(terms, "term.labels")) == length(strata_terms(terms))) {
    input_error("formula: found no input, expected at least one on the right-hand side")
  }
}

# Levels of `frame` beyond `xlevels`, by variable.
new_levels <- function(frame, xlevels) {
  found <- list()
  for (name in intersect(names(xlevels), names(frame))) {
    value <- frame[[name]]
    present <- if (is.factor(value)) levels(value)[tabulate(value, nlevels(value)) > 0] else unique(as.character(value))
    found[[name]] <- setdiff(present[!is.na(present)], xlevels[[name]])
  }
  found[lengths(found) > 0]
}

# The model frame of `newdata`. `na.action` decides what becomes of rows with missing cells or new levels.
new_frame <- function(terms, newdata, na.action, xlevels) {
  if (is.matrix(newdata)) {
    newdata <- input_frame(newdata)
  }
  frame <- as_input_error(stats::model.frame(stats::delete.response(terms), newdata, na.action = stats::na.pass))
  action <- action_of(na.action)
  if (identical(action, stats::na.pass)) {
    return(frame)
  }
  for (name in names(found <- new_levels(frame, xlevels))) {
    if (identical(action, stats::na.fail)) {
      input_error(
        "newdata: found new levels of `", name, "`, ", quoted(found[[name]]), ", expected those of the fit, ",
        quoted(xlevels[[name]]), "; na.action = na.pass predicts them as the most frequent level",
        column = name
      )
    }
    frame[[name]] <- with_levels(frame[[name]], xlevels[[name]])
  }
  as_input_error(action(frame))
}

action_of <- function(na.action) {
  if (is.null(na.action)) stats::na.pass else match.fun(na.action)
}

# How R makes the columns, as text for the model file: formula, bases with their knots, levels and contrasts.
design_text <- function(terms, xlevels, contrasts) {
  text <- function(language) paste(deparse(language, control = DEPARSE), collapse = " ")
  inputs <- stats::delete.response(terms)
  if (!is_safe(attr(inputs, "predvars"))) {
    return(NULL)
  }
  named <- contrasts[vapply(contrasts, is.character, NA)]
  text(list(
    formula = text(stats::formula(inputs)),
    predvars = text(attr(inputs, "predvars")),
    xlevels = if (length(xlevels)) xlevels,
    contrasts = if (length(named) && length(named) == length(contrasts)) named
  ))
}

# Every double is written so that it is read back as the same.
DEPARSE <- c("keepNA", "keepInteger", "niceNames", "showAttributes", "digits17")

# The terms, levels and contrasts of a text of design_text(); NULL where it is none, or names functions that a file may not call.
design_of <- function(text) {
  parsed <- function(text) tryCatch(str2lang(text), error = function(error) NULL)
  design <- parsed(text)
  if (!is_safe(design, c("list", "c"))) {
    return(NULL)
  }
  design <- eval(design, safe_scope())
  formula <- parsed(design$formula)
  predvars <- parsed(design$predvars)
  if (!is_safe(formula) || !is_safe(predvars) || !is.call(formula) || !identical(formula[[1]], as.name("~"))) {
    return(NULL)
  }
  terms <- stats::terms(eval(formula, safe_scope()))
  attr(terms, "predvars") <- predvars
  environment(terms) <- attr(terms, ".Environment") <- safe_scope()
  list(terms = terms, xlevels = design$xlevels, contrasts = design$contrasts)
}

# Functions that a formula in a model file may call: they compute, and do nothing else.
SAFE <- c(
  "~", "(", "+", "-", "*", "/", "^", ":", "%in%", "%%", "%/%", "==", "!=", "<", ">", "<=", ">=", "!", "&", "|",
  "list", "c", "I", "log", "log2", "log10", "log1p", "exp", "expm1", "sqrt", "abs", "sign", "floor", "ceiling", "round",
  "trunc", "sin", "cos", "tan", "tanh", "atan", "pmin", "pmax", "is.na", "ifelse", "scale", "cut", "factor", "ordered",
  "as.factor", "as.ordered", "as.numeric", "as.integer", "as.character", "as.logical", "relevel", "poly", "ns", "bs", "offset", "strata"
)

safe_scope <- function() {
  scope <- new.env(parent = emptyenv())
  for (name in SAFE) {
    scope[[name]] <- safe_function(name)
  }
  scope[["T"]] <- TRUE
  scope[["F"]] <- FALSE
  scope[["pi"]] <- pi
  scope
}

safe_function <- function(name) {
  if (name %in% c("ns", "bs")) {
    return(getExportedValue("splines", name))
  }
  if (name == "strata") {
    return(strata)
  }
  get(name, envir = asNamespace("stats"), mode = "function")
}

# Whether `language` calls nothing but functions of `known`, and only by their names.
is_safe <- function(language, known = SAFE) {
  if (is.list(language)) {
    # The coefficients of a basis, which R puts into its call as they are.
    return(all(vapply(language, is_safe, NA, known = known)))
  }
  if (!is.call(language)) {
    return(is.null(language) || is.symbol(language) || is.atomic(language))
  }
  is.symbol(language[[1]]) && as.character(language[[1]]) %in% known && all(vapply(as.list(language)[-1], is_safe, NA, known = known))
}
