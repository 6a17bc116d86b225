# The network as one of nnet, for the tools that read those.

as.nnet <- function(x, ...) UseMethod("as.nnet")

as.nnet.skiplayer <- function(x, ...) {
  if (!requireNamespace("nnet", quietly = TRUE)) {
    input_error("as.nnet: the package nnet is not installed, expected it to be")
  }
  weights <- checked(.Call(C_Model_nnet, pointer_of(x)))
  data <- nnet_data(x)
  inputs <- setdiff(names(data), "response")
  # The object is made by nnet itself, which takes no step.
  net <- nnet::nnet(
    stats::reformulate(paste0("`", inputs, "`"), "response"), data, size = weights$n[2], skip = TRUE, Wts = weights$wts,
    linout = !is_classification(x), maxit = 0, MaxNWts = Inf, trace = FALSE
  )
  net$coefnames <- inputs
  net$call$formula <- stats::formula(net$terms)
  net
}

# The rows of the fit as the network sees them, with the response; of a model from a file one row a class.
nnet_data <- function(object) {
  classes <- if (is_classification(object)) class_labels(object)
  if (is.null(object$response)) {
    rows <- max(length(classes), 1)
    labels <- feature_labels(object$record)
    inputs <- matrix(0, rows, length(labels), dimnames = list(NULL, labels))
    response <- if (is.null(classes)) matrix(0, rows, length(object$record$outputs)) else classes
  } else {
    inputs <- nnet_inputs(object)
    # Counts and amounts are predicted on the scale of the logarithm, which nnet does not undo.
    response <- if (has_log_link(object)) stats::predict(object, type = "link") else object$response
  }
  data <- as.data.frame(inputs)
  data$response <- if (is.null(classes)) unname(response) else factor(as.character(response), levels = classes)
  data
}

# The inputs of the network: standardised numbers, and indicators of levels.
nnet_inputs <- function(object, newdata) {
  rows <- rows_of(object, if (missing(newdata)) NULL else newdata, stats::na.pass)
  inputs <- checked(.Call(C_Model_features, pointer_of(object), rows$columns))
  dimnames(inputs) <- list(rows$names, feature_labels(object$record))
  inputs
}
