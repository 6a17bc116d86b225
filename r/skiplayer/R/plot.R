# Pictures: effects of inputs, the path of the penalty, the starts.

plot.skiplayer <- function(x, which = c("effects", "path", "starts"), newdata, inputs = NULL, output = 1, ...) {
  switch(one_of("which", which, c("effects", "path", "starts")),
    effects = plot_effects(x, chosen_effects(x, if (missing(newdata)) NULL else newdata, inputs, output), ...),
    path = plot_path(x, ...),
    starts = plot_starts(x, ...)
  )
  invisible(x)
}

# The effects of one output: of `inputs`, or the six strongest.
chosen_effects <- function(object, newdata, inputs, output) {
  found <- if (is.null(newdata)) effects.skiplayer(object) else effects.skiplayer(object, newdata)
  outputs <- object$record$outputs
  at <- if (is_number(output)) output else match(output, outputs)[1]
  if (!at %in% seq_along(outputs)) {
    input_error("output: found ", shown(output), ", expected a number up to ", length(outputs), ", or one of ", quoted(outputs))
  }
  output <- outputs[at]
  if (length(outputs) > 1) {
    found$inputs <- Filter(function(effect) identical(effect$output, output), found$inputs)
  }
  names <- field(found$inputs, "input", "")
  if (!length(names)) {
    input_error("object: found a model in which no input has an effect, expected one to draw")
  }
  if (is.null(inputs)) {
    inputs <- utils::head(names, 6)
  }
  unknown <- setdiff(inputs, names)
  if (length(unknown)) {
    input_error("inputs: found ", quoted(unknown), ", expected inputs that the model uses: ", quoted(names))
  }
  found$inputs[match(inputs, names)]
}

plot_effects <- function(object, effects, ...) {
  old <- graphics::par(mfrow = grDevices::n2mfrow(length(effects)), mar = c(4, 4, 1, 1) + 0.1)
  on.exit(graphics::par(old))
  for (effect in effects) {
    curve <- effect$curve
    label <- paste("effect on", effect$unit)
    if (curve$kind == "levels") {
      at <- seq_along(curve$levels)
      graphics::plot(
        at, curve$partial, xaxt = "n", xlab = effect$input, ylab = label, pch = 19, xlim = c(0.5, length(at) + 0.5),
        ylim = range(curve$partial, curve$line), ...
      )
      graphics::points(at, curve$line, pch = 3)
      graphics::axis(1, at, curve$levels)
    } else {
      graphics::plot(
        curve$at, curve$accumulated, type = "l", lwd = 2, xlab = effect$input, ylab = label,
        ylim = range(curve$accumulated, curve$line), ...
      )
      graphics::lines(curve$at, curve$line, lty = 2)
      graphics::rug(curve$deciles)
    }
  }
}

plot_path <- function(object, ...) {
  points <- object$record$summary$path
  if (!length(points)) {
    input_error('which: found "path" for a fit by another method, expected one with method = "path" or "linear"')
  }
  lambda <- field(points, "lambda", 0)
  loss <- field(points, "cv_loss", 0)
  error <- field(points, "cv_standard_error", 0)
  graphics::plot(
    lambda, loss, log = "x", pch = 19, xlab = "lambda", ylab = "mean loss", ylim = range(loss - error, loss + error, na.rm = TRUE), ...
  )
  graphics::segments(lambda, loss - error, lambda, loss + error)
  graphics::lines(lambda, field(points, "train_loss", 0), lty = 2)
  chosen <- object$record$summary$lambda
  if (!is.null(chosen)) {
    graphics::abline(v = chosen, lty = 3)
  }
}

plot_starts <- function(object, ...) {
  starts <- object$record$summary$members
  if (!length(starts)) {
    input_error('which: found "starts" for a fit without random starts, expected one with method = "auto" or "evidence"')
  }
  graphics::plot(
    field(starts, "n_units", 0), field(starts, "evidence", 0), pch = 19, xlab = "hidden units that are left", ylab = "-log evidence", ...
  )
}

autoplot.skiplayer <- function(object, newdata, inputs = NULL, output = 1, ...) {
  chosen <- chosen_effects(object, if (missing(newdata)) NULL else newdata, inputs, output)
  chosen <- Filter(function(effect) effect$curve$kind == "numeric", chosen)
  if (!length(chosen)) {
    input_error("inputs: found factors only, expected a number to draw")
  }
  curve_of <- function(effect, part) {
    data.frame(input = effect$input, part = part, at = effect$curve$at, effect = effect$curve[[if (part == "line") "line" else "accumulated"]])
  }
  table <- do.call(rbind, lapply(chosen, function(effect) rbind(curve_of(effect, "line"), curve_of(effect, "network"))))
  ggplot2::ggplot(table, ggplot2::aes(.data$at, .data$effect, linetype = .data$part)) +
    ggplot2::geom_line() +
    ggplot2::facet_wrap("input", scales = "free_x") +
    ggplot2::scale_linetype_manual(values = c(line = "dashed", network = "solid")) +
    ggplot2::labs(x = NULL, y = paste("effect on", chosen[[1]]$unit), linetype = NULL)
}
