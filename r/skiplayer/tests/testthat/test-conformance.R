# The cases on which all front ends agree to the last bit, where the repository is at hand; with the command also its models.

cases <- Sys.getenv("SKIPLAYER_CONFORMANCE")
command <- Sys.getenv("SKIPLAYER_COMMAND")

# Our arguments for parameters of the Python estimators.
arguments <- function(python) {
  names <- c(n_units = "size", random_state = "seed", alpha_choice = "lambda_choice")
  renamed <- names(python) %in% names(names)
  names(python)[renamed] <- names[names(python)[renamed]]
  python$loss <- NULL
  # Levels of factors are in their order.
  python$classes <- NULL
  if (is.null(python$seed)) c(python, seed = 1) else python
}

read_table <- function(name) {
  frame <- utils::read.csv(file.path(cases, name), stringsAsFactors = TRUE)
  # A reader of files takes these for dates, times and truth values, R for text.
  if (!is.null(frame[["day"]])) {
    frame$day <- as.Date(frame$day)
    frame$opened <- as.POSIXct(frame$opened, tz = "UTC", format = "%Y-%m-%d %H:%M")
    frame$member <- as.logical(frame$member)
  }
  frame
}

# The fit of a case; durations by a formula, in which columns have their names.
fit_of <- function(case, frame) {
  targets <- strsplit(case$target, ",")[[1]]
  inputs <- setdiff(names(frame), c(targets, case$event, case$group, case$weight, case$strata))
  given <- list(
    groups = if (!is.null(case$group)) frame[[case$group]], weights = if (!is.null(case$weight)) frame[[case$weight]],
    family = if (!is.null(case$python$quantiles)) "quantile" else case$python$loss
  )
  what <- if (is.null(case$event)) {
    list(x = frame[inputs], y = if (length(targets) == 1) frame[[targets]] else as.matrix(frame[targets]))
  } else {
    durations <- paste0("Surv(", targets, ", ", case$event, ")")
    list(stats::reformulate(c(inputs, if (!is.null(case$strata)) paste0("strata(", case$strata, ")")), durations), frame)
  }
  suppressWarnings(do.call(skiplayer, c(what, given, arguments(case$python))))
}

# All that is predicted, without names.
predicted_of <- function(fit, case, frame) {
  if (is.null(case$event)) {
    return(unname(predict(fit, frame, type = if (case$classes) "prob" else "response")))
  }
  types <- c("risk", "median", "survival")
  unname(do.call(cbind, lapply(types, function(type) predict(fit, frame, type = type, times = if (type == "survival") c(5, 20)))))
}

columns_of_case <- function(fit, case) {
  targets <- strsplit(case$target, ",")[[1]]
  if (!is.null(case$event)) {
    c("hazard_ratio", "median", "survival_5", "survival_20")
  } else if (case$classes) {
    paste0("p_", fit$record$classes)
  } else if (length(targets) > 1) {
    paste0("prediction_", targets)
  } else {
    "prediction"
  }
}

test_that("the cases of all front ends are the same model in R", {
  skip_if(!nzchar(cases), "the repository is not at hand")
  skip_if_not_installed("jsonlite")
  skip_if_not_installed("survival")
  for (case in jsonlite::fromJSON(file.path(cases, "cases.json"), simplifyDataFrame = FALSE)) {
    frame <- read_table(case$table)
    fit <- fit_of(case, frame)
    file <- tempfile(fileext = ".safetensors")
    write_skiplayer(fit, file)
    predicted <- predicted_of(fit, case, frame)
    expect_identical(predicted_of(read_skiplayer(file), case, frame), predicted, info = case$name)
    # The command reads times of one zone where R has none without: another meaning, though the same model.
    if (nzchar(command)) {
      theirs <- tempfile(fileext = ".safetensors")
      roles <- unlist(lapply(intersect(c("group", "weight", "event", "strata"), names(case)), function(role) {
        c(paste0("--", role), case[[role]])
      }))
      table <- file.path(cases, case$table)
      fitting <- c("fit", table, "--target", case$target, "--no-evaluate", "-q", "-o", theirs, roles, unlist(case$command))
      expect_identical(system2(command, shQuote(fitting), stdout = FALSE, stderr = FALSE), 0L, info = case$name)
      if (is.null(frame[["day"]])) {
        expect_identical(predicted_of(read_skiplayer(theirs), case, frame), predicted, info = case$name)
        predicting <- c("predict", file, table, "--json", if (!is.null(case$event)) c("--times", "5,20"))
        told <- jsonlite::fromJSON(system2(command, shQuote(predicting), stdout = TRUE))
        told <- lapply(told[columns_of_case(fit, case)], as.double)
        expect_identical(unname(do.call(cbind, told)), as.matrix(predicted), info = case$name)
      }
    }
  }
})
