# Options of a fit, checked, and what the engine calls them.

CHOICES <- list(
  method = c("auto", "evidence", "path", "linear"),
  penalty = c("l1", "group", "hierarchical"),
  path_start = c("dense", "linear"),
  lambda_choice = c("min", "1se"),
  activation = c("tanh", "relu", "gelu"),
  inference = c("whole", "split")
)

skiplayer_control <- function(penalty = "l1", path_start = "dense", lambda_choice = "min", depth = 1, activation = "tanh",
                              skip = TRUE, n_starts = 8, inner_folds = 5, stochastic_above = 20000, inference = "whole",
                              monotone = NULL, unpenalized = NULL, penalty_factor = NULL, interactions = NULL,
                              max_seconds = Inf, seed = NULL, n_threads = NULL, verbose = interactive(), ...) {
  refuse_dots(..., .of = "skiplayer_control", .method = skiplayer_control)
  control <- list(
    penalty = choice("penalty", penalty),
    path_start = choice("path_start", path_start),
    lambda_choice = choice("lambda_choice", lambda_choice),
    depth = whole("depth", depth),
    activation = choice("activation", activation),
    skip = truth("skip", skip),
    n_starts = whole("n_starts", n_starts),
    inner_folds = whole("inner_folds", inner_folds),
    stochastic_above = whole("stochastic_above", stochastic_above),
    inference = choice("inference", inference),
    rules = column_rules(monotone, unpenalized, penalty_factor, interactions),
    max_seconds = seconds(max_seconds),
    seed = if (!is.null(seed)) whole("seed", seed),
    n_threads = threads(n_threads),
    verbose = truth("verbose", verbose)
  )
  structure(control, class = "skiplayer_control")
}

# Options of a fit, which may also come as a list.
control_of <- function(control) {
  if (inherits(control, "skiplayer_control")) {
    return(control)
  }
  if (!is.list(control)) {
    input_error("control: found ", shown(control), ", expected skiplayer_control() or a list of its arguments")
  }
  refuse_arguments(control, "skiplayer_control", names(formals(skiplayer_control)))
  do.call(skiplayer_control, control)
}

# The fields of the engine's configuration.
engine_options <- function(method, size, control, seed) {
  names <- c("penalty", "path_start", "lambda_choice", "depth", "activation", "skip", "n_starts", "inner_folds", "stochastic_above", "inference")
  size <- if (!is.null(size)) whole("size", size)
  c(list(method = choice("method", method), seed = seed), control[names], if (!is.null(size)) list(n_units = size))
}

# The options of an evaluation that goes with a fit; NULL for none.
evaluation_of <- function(evaluate) {
  if (is.list(evaluate)) {
    refuse_arguments(evaluate, "evaluate.skiplayer", names(formals(evaluation_options)))
    do.call(evaluation_options, evaluate)
  } else if (truth("evaluate", evaluate)) {
    evaluation_options()
  }
}

# The options of an evaluation, as evaluate() takes them.
evaluation_options <- function(folds = 10, repeats = NULL, rope = 0.01, level = 0.9, learning_curve = FALSE) {
  options <- list(
    folds = whole("folds", folds), rope = share("rope", rope), level = share("level", level),
    learning_curve = truth("learning_curve", learning_curve)
  )
  c(options, if (!is.null(repeats)) list(repeats = whole("repeats", repeats)))
}

# What is asked of single columns, as lists that the engine reads.
column_rules <- function(monotone, unpenalized, penalty_factor, interactions) {
  c(
    if (!is.null(monotone)) list(monotone = directions(monotone)),
    if (!is.null(unpenalized)) list(unpenalized = as.list(inputs_in("unpenalized", unpenalized))),
    if (!is.null(penalty_factor)) list(penalty_factor = factors(penalty_factor)),
    if (!is.null(interactions)) list(interactions = groups_of(interactions))
  )
}

# c(dose = 1, age = -1)
directions <- function(value) {
  if (!is_named_numbers(value) || !all(value %in% c(-1, 0, 1))) {
    input_error("monotone: found ", shown(value), ", expected numbers named after inputs, 1, -1 or 0, such as c(dose = 1)")
  }
  value <- value[value != 0]
  lapply(names(value), function(name) list(name, if (value[[name]] > 0) "+" else "-"))
}

# c(dose = 2)
factors <- function(value) {
  if (!is_named_numbers(value) || !all(value > 0)) {
    input_error("penalty_factor: found ", shown(value), ", expected numbers above 0 named after inputs, such as c(dose = 2)")
  }
  lapply(names(value), function(name) list(name, value[[name]]))
}

# "none", or list(c("dose", "age"))
groups_of <- function(value) {
  if (identical(value, "none")) {
    return(list())
  }
  if (!is.list(value) || !all(vapply(value, is.character, NA))) {
    input_error("interactions: found ", shown(value), ', expected "none" or a list of groups of inputs, such as list(c("dose", "age"))')
  }
  lapply(value, as.list)
}

inputs_in <- function(name, value) {
  if (!is.character(value) || anyNA(value)) {
    input_error(name, ": found ", shown(value), ", expected names of inputs")
  }
  value
}

is_named_numbers <- function(value) {
  is.numeric(value) && all(is.finite(value)) && !is.null(names(value)) && all(nzchar(names(value)))
}

# The seed of a fit: the one that was given, or one drawn from R's random numbers, so that set.seed() is honoured.
seed_of <- function(control) {
  if (is.null(control$seed)) sample.int(.Machine$integer.max, 1) else control$seed
}

choice <- function(name, value, words = CHOICES[[name]]) {
  if (!is.character(value) || length(value) != 1 || !value %in% words) {
    input_error(name, ": found ", shown(value), ", expected one of ", quoted(words))
  }
  value
}

# The same for an argument whose default is all of `words`, which may be shortened as for match.arg().
one_of <- function(name, value, words) {
  if (identical(value, words)) {
    return(words[1])
  }
  at <- if (is.character(value)) pmatch(value, words)
  if (length(at) == 1 && !is.na(at)) words[at] else choice(name, value, words)
}

whole <- function(name, value) {
  if (!is_number(value) || value < 0 || value != trunc(value)) {
    input_error(name, ": found ", shown(value), ", expected a whole number")
  }
  as.double(value)
}

power_of <- function(value) {
  if (!is_number(value)) {
    input_error("power: found ", shown(value), ", expected a number between 1 and 2")
  }
  as.double(value)
}

quantiles_of <- function(value) {
  if (!is.numeric(value) || !length(value)) {
    input_error("quantiles: found ", shown(value), ", expected increasing numbers between 0 and 1, such as c(0.1, 0.5, 0.9)")
  }
  as.double(value)
}

share <- function(name, value) {
  if (!is_number(value) || value < 0 || value >= 1) {
    input_error(name, ": found ", shown(value), ", expected a share between 0 and 1")
  }
  as.double(value)
}

truth <- function(name, value) {
  if (!(is.logical(value) && length(value) == 1 && !is.na(value))) {
    input_error(name, ": found ", shown(value), ", expected TRUE or FALSE")
  }
  value
}

seconds <- function(value) {
  if (!(is.numeric(value) && length(value) == 1 && !is.na(value) && value > 0)) {
    input_error("max_seconds: found ", shown(value), ", expected a number above 0, or Inf")
  }
  as.double(value)
}

# Threads: 0 is as many as there are processors. R CMD check allows two.
threads <- function(value) {
  if (!is.null(value)) {
    return(as.integer(whole("n_threads", value)))
  }
  limits <- suppressWarnings(as.integer(c(getOption("skiplayer.threads"), Sys.getenv(c("OMP_THREAD_LIMIT", "OMP_NUM_THREADS")))))
  checking <- Sys.getenv("_R_CHECK_LIMIT_CORES_")
  if (nzchar(checking) && !identical(tolower(checking), "false")) {
    limits <- c(limits, 2L)
  }
  limits <- limits[!is.na(limits) & limits > 0]
  if (length(limits)) min(limits) else 0L
}

is_number <- function(value) is.numeric(value) && length(value) == 1 && is.finite(value)

shown <- function(value) {
  text <- paste(deparse(value), collapse = " ")
  if (nchar(text) > 60) paste0(substr(text, 1, 57), "...") else text
}
