# Families: what R calls what the engine calls a task.

# A row a family: the link that it has here, and the roles that say it to the engine.
FAMILIES <- list(
  gaussian = list(link = "identity", roles = list(task = "regression", loss = "squared")),
  quantile = list(link = "identity", roles = list(task = "regression", loss = "quantile")),
  huber = list(link = "identity", roles = list(task = "regression", loss = "huber")),
  binomial = list(link = "logit", roles = list(task = "binary", loss = "logistic")),
  successes = list(link = "logit", roles = list(task = "successes", loss = "binomial")),
  multinomial = list(link = "logit", roles = list(task = "multiclass", loss = "softmax")),
  ordinal = list(link = "logit", roles = list(task = "ordinal", loss = "ordinal")),
  poisson = list(link = "log", roles = list(task = "count", loss = "poisson")),
  negative_binomial = list(link = "log", roles = list(task = "count", loss = "negative-binomial")),
  Gamma = list(link = "log", roles = list(task = "amount", loss = "gamma")),
  tweedie = list(link = "log", roles = list(task = "amount", loss = "tweedie")),
  cox = list(link = "log", roles = list(task = "survival", loss = "cox"))
)

# Families of classes.
CLASSES <- c("binomial", "multinomial", "ordinal")

# The name of `family`, which may be a family of R, a function that makes one, a name, or NULL: then the response decides.
family_name <- function(family, response) {
  if (is.null(family)) {
    return(family_of(response))
  }
  if (is.function(family)) {
    family <- family()
  }
  link <- NULL
  if (inherits(family, "family")) {
    link <- family$link
    family <- family$family
  }
  if (identical(family, "gamma")) {
    family <- "Gamma"
  }
  # Successes are the binomial family of a response of counts.
  known <- setdiff(names(FAMILIES), "successes")
  if (!is.character(family) || length(family) != 1 || !family %in% known) {
    found <- if (is.character(family)) paste0('"', family, '"', collapse = ", ") else class(family)[1]
    input_error("family: found ", found, ", expected one of ", quoted(known))
  }
  if (!is.null(link) && !identical(link, FAMILIES[[family]]$link)) {
    input_error(
      "family: found the link ", link, ", expected ", FAMILIES[[family]]$link, ", the only one that ", family, " has here: ",
      'family = "', family, '" has it'
    )
  }
  if ((family == "cox") != inherits(response, "Surv")) {
    found <- paste0("found ", class(response)[1], ' with family = "', family, '"')
    expected <- if (family == "cox") "Surv(time, event)" else 'family = "cox"'
    input_error("response: ", found, ", expected ", expected, ": durations are Surv(), and have that family")
  }
  if (family == "binomial" && is_counts(response)) "successes" else family
}

# Whether `response` is what glm takes for counts of successes and failures: a matrix of two columns of numbers.
is_counts <- function(response) length(dim(response)) == 2 && ncol(response) == 2 && is.numeric(response)

# Durations are those of Cox, numbers are gaussian, two classes binomial, more of them multinomial; counts are never guessed.
family_of <- function(response) {
  if (inherits(response, "Surv")) {
    return("cox")
  }
  if (is.numeric(response)) {
    return("gaussian")
  }
  n_classes <- if (is.logical(response)) 2 else length(unique(response[!is.na(response)]))
  if (n_classes > 2) "multinomial" else "binomial"
}

# The family of the loss that a model file names.
family_of_loss <- function(loss) {
  losses <- vapply(FAMILIES, function(row) row$roles$loss, "")
  names(FAMILIES)[match(loss, losses)]
}

has_log_link <- function(object) FAMILIES[[object$family]]$link == "log"

is_classification <- function(object) length(object$record$classes) > 0

quoted <- function(words) paste0('"', words, '"', collapse = ", ")
