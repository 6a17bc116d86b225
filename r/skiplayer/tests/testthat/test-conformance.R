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
  if (!is.null(frame$day)) {
    frame$day <- as.Date(frame$day)
    frame$opened <- as.POSIXct(frame$opened, tz = "UTC", format = "%Y-%m-%d %H:%M")
    frame$member <- as.logical(frame$member)
  }
  frame
}

test_that("the cases of all front ends are the same model in R", {
  skip_if(!nzchar(cases), "the repository is not at hand")
  skip_if_not_installed("jsonlite")
  for (case in jsonlite::fromJSON(file.path(cases, "cases.json"), simplifyDataFrame = FALSE)) {
    frame <- read_table(case$table)
    targets <- strsplit(case$target, ",")[[1]]
    others <- c(targets, case$group, case$weight)
    inputs <- frame[setdiff(names(frame), others)]
    given <- list(
      x = inputs, y = if (length(targets) == 1) frame[[targets]] else as.matrix(frame[targets]),
      groups = if (!is.null(case$group)) frame[[case$group]], weights = if (!is.null(case$weight)) frame[[case$weight]],
      family = case$python$loss
    )
    fit <- suppressWarnings(do.call(skiplayer, c(given, arguments(case$python))))
    file <- tempfile(fileext = ".safetensors")
    write_skiplayer(fit, file)
    type <- if (case$classes) "prob" else "response"
    predicted <- unname(predict(fit, inputs, type = type))
    expect_identical(unname(predict(read_skiplayer(file), inputs, type = type)), predicted, info = case$name)
    # The command reads times of one zone where R has none without: another meaning, though the same model.
    if (nzchar(command)) {
      theirs <- tempfile(fileext = ".safetensors")
      roles <- c(if (!is.null(case$group)) c("--group", case$group), if (!is.null(case$weight)) c("--weight", case$weight))
      status <- system2(
        command,
        shQuote(c(
          "fit", file.path(cases, case$table), "--target", case$target, "--no-evaluate", "-q", "-o", theirs, roles, unlist(case$command)
        )),
        stdout = FALSE, stderr = FALSE
      )
      expect_identical(status, 0L, info = case$name)
      read <- read_skiplayer(theirs)
      if (is.null(frame$day)) {
        expect_identical(unname(predict(read, inputs, type = type)), predicted, info = case$name)
        told <- jsonlite::fromJSON(system2(command, shQuote(c("predict", file, file.path(cases, case$table), "--json")), stdout = TRUE))
        columns <- if (case$classes) paste0("p_", colnames(predict(fit, inputs, type = type))) else if (length(targets) > 1) paste0("prediction_", targets) else "prediction"
        expect_identical(unname(do.call(cbind, told[columns])), as.matrix(predicted), info = case$name)
      }
    }
  }
})
