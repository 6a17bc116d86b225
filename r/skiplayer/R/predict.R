# Predictions of new rows or of those of the fit.

predict.skiplayer <- function(object, newdata, type = c("response", "link", "class", "prob", "interval", "risk", "survival", "median"),
                              level = 0.9, times = NULL, newoffset = NULL, newstrata = NULL, na.action = stats::na.pass, n_threads = NULL,
                              ...) {
  refuse_dots(..., .of = "predict.skiplayer", .method = predict.skiplayer)
  type <- one_of("type", type, c("response", "link", "class", "prob", "interval", "risk", "survival", "median"))
  of_durations <- c("risk", "survival", "median")
  if (type %in% of_durations && !is_durations(object)) {
    input_error('type: found "', type, '", expected "response", "link" or "interval": the response is not a duration, Surv(time, event)')
  }
  if (type %in% c("class", "prob") && is_durations(object)) {
    input_error('type: found "', type, '", expected "response", "link", "interval", ', quoted(of_durations), ": the response is a duration")
  }
  if (!is.null(times) && type != "survival") {
    input_error("times: found some for type = ", quoted(type), ', expected none: they are of type = "survival"')
  }
  newdata <- if (missing(newdata)) NULL else newdata
  rows <- rows_of(object, newdata, na.action)
  strata <- strata_of(object, newdata, newstrata, rows, is_needed = type %in% c("survival", "median", "interval"))
  rows$columns <- c(rows$columns, offset_of(object, newdata, newoffset, rows), strata)
  if (type %in% c("class", "prob") && !is_classification(object)) {
    input_error('type: found "', type, '", expected "response", "link" or "interval": the response is not a class')
  }
  found <- switch(type,
    interval = interval_of(object, rows$columns, level, n_threads),
    link = link_of(object, rows$columns, n_threads),
    survival = ,
    median = survival_of(object, rows$columns, type, times, n_threads),
    mean_of(object, rows$columns, type, n_threads)
  )
  found <- with_row_names(found, rows$names)
  if (is.null(rows$na.action)) found else stats::napredict(rows$na.action, found)
}

# The columns of `newdata`, or of the rows of the fit, with the names of the rows if they have any.
rows_of <- function(object, newdata, na.action) {
  if (is.null(newdata)) {
    frame <- if (is.null(object$terms)) object$inputs else object$frame
    if (is.null(frame)) {
      input_error("newdata: found none, expected a data frame: a model from a file does not hold the rows of its fit")
    }
    omitted <- object$na.action
    if (!is.null(object$terms)) {
      frame <- frame[-attr(object$terms, "response")]
    }
  } else if (is.null(object$terms)) {
    frame <- named_frame(object, newdata)
    omitted <- NULL
  } else {
    frame <- new_frame(object$terms, newdata, na.action, object$xlevels)
    omitted <- attr(frame, "na.action")
  }
  columns <- if (is.null(object$terms)) {
    unlist(lapply(names(frame), function(name) columns_of(frame[[name]], name)), recursive = FALSE)
  } else {
    inputs_of(stats::delete.response(object$terms), frame, object$xlevels, object$contrasts)
  }
  names <- if (.row_names_info(frame) > 0) row.names(frame)
  list(columns = columns, names = names, n = nrow(frame), na.action = omitted, frame = frame)
}

# The columns of what was known beforehand, where the model has an offset.
offset_of <- function(object, newdata, newoffset, rows) {
  names <- unlist(object$record$offset)
  if (!length(names)) {
    if (!is.null(newoffset)) {
      input_error("newoffset: found one, expected none: the model was fitted without an offset")
    }
    return(NULL)
  }
  known <- if (!is.null(newoffset)) {
    newoffset
  } else if (is.null(newdata)) {
    object$given$offset
  } else {
    offset_in(object, newdata, rows)
  }
  if (is.null(known) && all(names %in% names(newdata))) {
    # A model of another program calls its columns by their names.
    return(lapply(as.data.frame(newdata)[names], as.double))
  }
  if (length(names) > 1) {
    input_error("newoffset: found one, expected the columns ", quoted(names), " in newdata")
  }
  if (is.null(known)) {
    input_error("newoffset: found none, expected one for each of ", rows$n, " rows: the model was fitted with an offset")
  }
  if (length(known) == 1) {
    known <- rep(known, rows$n)
  }
  known <- role_cells("newoffset", known, rows$n)
  stats::setNames(list(if (names(names) == "exposure") exp(known) else known), names)
}

# The offset that the formula and the call of the fit give for `newdata`.
offset_in <- function(object, newdata, rows) {
  if (is.null(object$terms)) {
    return(NULL)
  }
  of_terms <- stats::model.offset(rows$frame)
  argument <- object$call$offset
  of_call <- if (!is.null(argument)) as_input_error(eval(argument, as.data.frame(newdata), environment(object$terms)))
  if (is.null(of_terms) || is.null(of_call)) c(of_terms, of_call) else of_terms + of_call
}

# The columns of `newdata` that a model without a formula wants, by their names; a matrix without names is taken by position.
named_frame <- function(object, newdata) {
  wanted <- if (is.null(object$names)) object$record$columns else object$names
  if (is.matrix(newdata) && is.null(colnames(newdata)) && ncol(newdata) == length(wanted)) {
    colnames(newdata) <- wanted
  }
  newdata <- input_frame(newdata)
  wanted <- intersect(wanted, object$record$columns)
  gone <- setdiff(wanted, names(newdata))
  if (length(gone)) {
    input_error(
      "newdata: found no column `", gone[1], "`, expected ", paste0("`", wanted, "`", collapse = ", "),
      column = gone[1]
    )
  }
  newdata[wanted]
}

mean_of <- function(object, columns, type, n_threads) {
  predicted <- checked(.Call(C_Model_predict, pointer_of(object), columns, threads(n_threads)))
  tell_warnings(predicted$messages)
  if (type == "class") {
    return(class_factor(object, predicted$class))
  }
  mean <- predicted$mean
  if (is_classification(object)) {
    names(mean) <- class_labels(object)
    if (type == "response" && length(mean) == 2) {
      return(mean[[2]])
    }
  }
  if (length(mean) == 1) mean[[1]] else do.call(cbind, mean)
}

link_of <- function(object, columns, n_threads) {
  link <- checked(.Call(C_Model_link, pointer_of(object), columns, threads(n_threads)))
  if (length(link) == 1) link[[1]] else do.call(cbind, link)
}

interval_of <- function(object, columns, level, n_threads) {
  if (!isTRUE(object$record$has_intervals)) {
    input_error('type: found "interval" for a model that was not evaluated, expected one that evaluate() returned')
  }
  if (!is_number(level)) {
    input_error("level: found ", shown(level), ", expected a share between 0 and 1, such as 0.9")
  }
  ends <- checked(.Call(C_Model_interval, pointer_of(object), columns, level, threads(n_threads)))
  if (is_classification(object)) {
    return(as.data.frame(ends, optional = TRUE))
  }
  if (is_durations(object)) {
    return(cbind(fit = survival_of(object, columns, "median", NULL, n_threads), lwr = ends$lower))
  }
  fit <- mean_of(object, columns, "response", n_threads)
  if (is.matrix(fit)) {
    return(cbind(fit, do.call(cbind, ends)))
  }
  cbind(fit = fit, lwr = ends$lower, upr = ends$upper)
}

# What the classes are called in R: truth values are TRUE and FALSE.
class_labels <- function(object) {
  classes <- object$record$classes
  if (setequal(classes, c("true", "false")) && !identical(object$record$labels, "text")) toupper(classes) else classes
}

class_factor <- function(object, codes) factor(codes, levels = seq_along(object$record$classes), labels = class_labels(object))

with_row_names <- function(found, names) {
  if (is.null(names)) {
    return(found)
  }
  if (is.data.frame(found)) {
    row.names(found) <- names
  } else if (is.matrix(found)) {
    rownames(found) <- names
  } else {
    names(found) <- names
  }
  found
}
