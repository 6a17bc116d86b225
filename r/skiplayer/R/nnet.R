# The network as one of nnet, for the tools that read those.

as.nnet <- function(x, ...) UseMethod("as.nnet")

as.nnet.skiplayer <- function(x, ...) {
  if (!requireNamespace("nnet", quietly = TRUE)) {
    input_error("as.nnet: the package nnet is not installed, expected it to be")
  }
  weights <- checked(.Call(C_Model_nnet, pointer_of(x)))
  is_known <- !is.null(x$response)
  inputs <- if (is_known) nnet_inputs(x) else matrix(0, 1, length(x$record$features), dimnames = list(NULL, feature_labels(x$record)))
  several <- x$family == "multinomial"
  response <- if (is_known) nnet_response(x) else diag(1, length(x$record$outputs))[1, , drop = FALSE]
  used <- stats::complete.cases(response)
  # nnet itself makes the object; it takes no step.
  net <- nnet::nnet(
    inputs[used, , drop = FALSE], response[used, , drop = FALSE], size = weights$n[2], skip = TRUE, Wts = weights$wts,
    linout = !is_classification(x), entropy = x$family == "binomial", softmax = several, maxit = 0, MaxNWts = Inf, trace = FALSE
  )
  net$coefnames <- colnames(inputs)
  if (is_classification(x)) {
    net$lev <- class_labels(x)
  }
  net$call <- match.call()
  net
}

# The inputs of the network: standardised numbers, and indicators of levels.
nnet_inputs <- function(object, newdata) {
  rows <- rows_of(object, if (missing(newdata)) NULL else newdata, stats::na.pass)
  inputs <- checked(.Call(C_Model_features, pointer_of(object), rows$columns))
  dimnames(inputs) <- list(rows$names, feature_labels(object$record))
  inputs
}

nnet_response <- function(object) {
  if (is_classification(object)) {
    classes <- class_labels(object)
    indicators <- outer(as.character(object$response), classes, "==") + 0
    return(if (length(classes) == 2) indicators[, 2, drop = FALSE] else indicators)
  }
  # A count is predicted on the scale of its logarithm, which nnet does not undo.
  as.matrix(if (object$family == "poisson") stats::predict(object, type = "link") else object$response)
}
