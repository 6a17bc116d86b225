# Families: what R calls what the engine calls a task.

# A row a family: the link that it has here, and the roles that say it to the engine.
FAMILIES <- list(
  gaussian = list(link = "identity", roles = list(task = "regression")),
  binomial = list(link = "logit", roles = list(task = "binary")),
  multinomial = list(link = "logit", roles = list(task = "multiclass")),
  poisson = list(link = "log", roles = list(task = "count"))
)

# Families of classes.
CLASSES <- c("binomial", "multinomial")

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
  known <- names(FAMILIES)
  if (!is.character(family) || length(family) != 1 || !family %in% known) {
    found <- if (is.character(family)) paste0('"', family, '"', collapse = ", ") else class(family)[1]
    input_error("family: found ", found, ", expected one of ", quoted(known))
  }
  if (!is.null(link) && !identical(link, FAMILIES[[family]]$link)) {
    input_error(
      "family: found the link ", link, ", expected ", FAMILIES[[family]]$link, ", the only one that ", family, " has here"
    )
  }
  family
}

# Numbers are gaussian, two classes binomial, more of them multinomial; counts are never guessed.
family_of <- function(response) {
  if (is.numeric(response)) {
    return("gaussian")
  }
  n_classes <- if (is.logical(response)) 2 else length(unique(response[!is.na(response)]))
  if (n_classes > 2) "multinomial" else "binomial"
}

# The family of a task that a model file names.
family_of_task <- function(task) {
  tasks <- vapply(FAMILIES, function(row) row$roles$task, "")
  names(FAMILIES)[match(task, tasks)]
}

is_classification <- function(object) length(object$record$classes) > 0

quoted <- function(words) paste0('"', words, '"', collapse = ", ")
