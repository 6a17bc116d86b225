# What it costs to call the engine from R: times for 1000 rows of 20 columns, and memory for a million rows.
#
#   python benchmarks/provenance.py benchmarks/records/r_binding.json -- Rscript benchmarks/r_binding.R
#
# Times are medians in milliseconds. Of a fit it is what R does beside the engine's own work, which goes on in another thread. Memory
# is in MB: the frame, the most that R's heap grew by, and the most that the process grew by, each measured in a process of its own.

library(skiplayer)

table_of <- function(n, p = 20) {
  set.seed(1)
  x <- as.data.frame(matrix(rnorm(n * p), n))
  list(x = x, y = x[[1]] - x[[2]] + rnorm(n))
}

# system.time() counts whole milliseconds only.
milliseconds <- function(code, repeats = 200) {
  call <- substitute(code)
  scope <- parent.frame()
  once <- function() {
    start <- Sys.time()
    eval(call, scope)
    1000 * as.numeric(Sys.time() - start, units = "secs")
  }
  for (warm in 1:10) once()
  median(replicate(repeats, once()))
}

waited <- 0
measure_waiting <- function() {
  original <- get("wait_for", asNamespace("skiplayer"))
  utils::assignInNamespace("wait_for", function(run, verbose) {
    start <- Sys.time()
    on.exit(waited <<- waited + 1000 * as.numeric(Sys.time() - start, units = "secs"))
    original(run, verbose)
  }, "skiplayer")
}

times <- function() {
  table <- table_of(1000)
  frame <- cbind(table$x, y = table$y)
  matrix <- as.matrix(table$x)
  by_matrix <- skiplayer(matrix, table$y, method = "linear", seed = 1)
  by_formula <- skiplayer(y ~ ., frame, method = "linear", seed = 1)
  measure_waiting()
  overhead <- function(code) {
    call <- substitute(code)
    scope <- parent.frame()
    median(replicate(50, {
      waited <<- 0
      start <- Sys.time()
      eval(call, scope)
      1000 * as.numeric(Sys.time() - start, units = "secs") - waited
    }))
  }
  list(
    predict_matrix = milliseconds(predict(by_matrix, matrix)),
    predict_frame = milliseconds(predict(by_formula, frame)),
    fit_matrix_beside_the_engine = overhead(skiplayer(matrix, table$y, method = "linear", seed = 1)),
    fit_formula_beside_the_engine = overhead(skiplayer(y ~ ., frame, method = "linear", seed = 1))
  )
}

resident <- function(field) {
  line <- grep(field, readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) / 1024
}

memory <- function(what) {
  table <- table_of(1e6)
  frame <- cbind(table$x, y = table$y)
  rm(table)
  small <- skiplayer(y ~ ., frame[1:500, ], method = "linear", seed = 1)
  invisible(gc(reset = TRUE))
  before <- c(resident("VmRSS"), sum(gc()[, 2]))
  # Counted from here.
  writeLines("5", "/proc/self/clear_refs")
  if (what == "predict") {
    predict(small, frame)
  } else {
    suppressWarnings(skiplayer(y ~ ., frame, method = "linear", seed = 1))
  }
  list(frame = as.numeric(object.size(frame)) / 2^20, heap = sum(gc()[, 6]) - before[2], process = resident("VmHWM") - before[1])
}

argument <- commandArgs(trailingOnly = TRUE)
if (length(argument)) {
  cat(jsonlite::toJSON(memory(argument), auto_unbox = TRUE, digits = 4))
} else {
  script <- sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))
  child <- function(what) jsonlite::fromJSON(system2(file.path(R.home("bin"), "Rscript"), c(shQuote(script), what), stdout = TRUE))
  told <- list(
    shape = c(1000, 20), milliseconds = times(), rows_of_memory = 1e6,
    megabytes = list(predict = child("predict"), linear_fit = child("fit"))
  )
  cat(jsonlite::toJSON(told, auto_unbox = TRUE, digits = 4, pretty = TRUE))
}
