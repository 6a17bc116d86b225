# Names of arguments that no method has: in `...`, a misspelt option would do nothing.

# What other programs call arguments of ours.
ELSEWHERE <- c(
  n_units = "size", hidden = "size", hidden_units = "size", alpha_choice = "lambda_choice", random_state = "seed",
  n_jobs = "n_threads", trace = "verbose", nfolds = "folds"
)

# What nnet has arguments for and skiplayer has not.
OF_NNET <- c(
  decay = "the strength of the penalty is chosen from the data", linout = "family says what is predicted",
  entropy = "family = binomial() says so", softmax = 'family = "multinomial" says so',
  maxit = "a fit ends when it has converged, or after max_seconds", rang = "random starts have a scale of their own",
  Hess = "vcov() has the covariances of the linear part", MaxNWts = "the number of weights is not limited",
  abstol = "a fit ends when it has converged", reltol = "a fit ends when it has converged"
)

# Refuses what is left in the dots of `.method`, a function that users call `.of`.
refuse_dots <- function(..., .of, .method) {
  refuse_arguments(match.call(expand.dots = FALSE)$..., .of, names(formals(.method)))
}

# Refuses arguments of `given` that are not `known`. The names of `others` are methods, with the arguments that those have.
refuse_arguments <- function(given, of, known, others = list()) {
  if (!length(given)) {
    return(invisible())
  }
  names <- names(given)
  if (is.null(names) || !all(nzchar(names))) {
    input_error(of, ": found an argument without a name that is one too many, expected those of ?", of)
  }
  for (name in setdiff(names, known)) {
    input_error(of, ": found the argument `", name, "`, ", advice(name, of, known, others))
  }
}

# What to write instead of `name`.
advice <- function(name, of, known, others) {
  has <- vapply(others, function(arguments) name %in% arguments, NA)
  if (any(has)) {
    return(paste("which only", names(others)[has][1], "has"))
  }
  expected <- paste0("expected one of ?", of)
  if (name %in% names(OF_NNET)) {
    return(paste0(expected, ": ", OF_NNET[[name]]))
  }
  near <- nearest(name, known)
  if (is.na(near)) expected else paste0(expected, ": did you mean `", near, "`?")
}

# The argument that `name` may have been meant to be, NA if it is like none.
nearest <- function(name, known) {
  known <- setdiff(known, "...")
  customs <- ELSEWHERE[ELSEWHERE %in% known]
  words <- c(known, names(customs))
  slips <- utils::adist(name, words, ignore.case = TRUE)[1, ]
  best <- which.min(slips)
  # A third of the letters may be wrong; of short words one, or two that changed places.
  is_near <- slips[best] <= max(1, nchar(name) %/% 3) || letters_of(name) == letters_of(words[best])
  if (is_near) c(known, customs)[[best]] else NA_character_
}

letters_of <- function(word) paste(sort(strsplit(tolower(word), "")[[1]]), collapse = "")
