# A method for caret::train(), and an engine for parsnip.

skiplayer_caret <- function(...) {
  fixed <- list(...)
  list(
    label = "Network with a skip layer", library = "skiplayer", type = c("Regression", "Classification"),
    parameters = data.frame(parameter = "size", class = "numeric", label = "hidden units that are offered"),
    grid = function(x, y, len = NULL, search = "grid") data.frame(size = unique(c(0, 10, 20)[seq_len(min(max(len, 1), 3))])),
    fit = function(x, y, wts, param, lev, last, classProbs, ...) {
      arguments <- c(list(x = as.data.frame(x), y = y, weights = wts, size = param$size, ...), fixed)
      do.call(skiplayer, arguments[!duplicated(names(arguments))])
    },
    predict = function(modelFit, newdata, submodels = NULL) {
      type <- if (is_classification(modelFit)) "class" else "response"
      unname(stats::predict(modelFit, as.data.frame(newdata), type = type))
    },
    prob = function(modelFit, newdata, submodels = NULL) {
      as.data.frame(stats::predict(modelFit, as.data.frame(newdata), type = "prob"))
    },
    levels = function(x) if (is_classification(x)) class_labels(x),
    sort = function(x) x[order(x$size), , drop = FALSE],
    tags = c("Neural Network", "Linear Regression", "Feature Selection")
  )
}

skiplayer_parsnip <- function() {
  if (!requireNamespace("parsnip", quietly = TRUE)) {
    input_error("skiplayer_parsnip: the package parsnip is not installed, expected it to be")
  }
  parsnip <- function(name, ...) getExportedValue("parsnip", name)(model = "mlp", eng = "skiplayer", ...)
  predicted <- function(type, post = NULL) {
    list(
      pre = NULL, post = post, func = c(pkg = "stats", fun = "predict"),
      args = list(object = quote(object$fit), newdata = quote(new_data), type = type)
    )
  }
  for (mode in c("regression", "classification")) {
    parsnip("set_model_engine", mode = mode)
    parsnip("set_fit", mode = mode, value = list(
      interface = "formula", protect = c("formula", "data", "weights"), func = c(pkg = "skiplayer", fun = "skiplayer"), defaults = list()
    ))
    # Factors and missing cells are the model's business.
    parsnip("set_encoding", mode = mode, options = list(
      predictor_indicators = "none", compute_intercept = FALSE, remove_intercept = FALSE, allow_sparse_x = FALSE
    ))
  }
  getExportedValue("parsnip", "set_dependency")("mlp", "skiplayer", "skiplayer")
  parsnip("set_model_arg", parsnip = "hidden_units", original = "size", func = list(pkg = "dials", fun = "hidden_units"), has_submodel = FALSE)
  parsnip("set_pred", mode = "regression", type = "numeric", value = predicted("response"))
  parsnip("set_pred", mode = "classification", type = "class", value = predicted("class"))
  parsnip("set_pred", mode = "classification", type = "prob", value = predicted("prob", function(result, object) as.data.frame(result)))
  invisible(TRUE)
}
