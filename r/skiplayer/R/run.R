# Work that the compiled half does in a thread of its own, while R waits and listens for Ctrl-C.

# How long Ctrl-C may wait: short to a person, long to a processor.
PATIENCE <- 0.05

# Waits for `run`, which is stopped if R leaves this function otherwise; returns what came out.
wait_for <- function(run, verbose) {
  finished <- FALSE
  on.exit(if (!finished) .Call(C_Run_stop, run))
  tell <- if (verbose) teller() else function(event) NULL
  repeat {
    heard <- .Call(C_Run_wait, run, PATIENCE)
    .Call(C_check_interrupt)
    lapply(heard$events, tell)
    if (heard$done) break
  }
  finished <- TRUE
  checked(.Call(C_Run_join, run))
}

# Tells the stages of a piece of work as messages, and to a person also how far it is with one of several steps.
teller <- function() {
  bar <- NULL
  done <- 0
  function(event) {
    if (event$kind == "stage") {
      message(event$text)
      done <<- 0
      bar <<- if (interactive() && event$steps > 1) utils::txtProgressBar(max = event$steps, style = 3, file = stderr())
    } else if (event$kind == "step" && !is.null(bar)) {
      done <<- done + 1
      utils::setTxtProgressBar(bar, done)
    }
  }
}

# The pointer to the model of `object`: read again from its bytes where it came from another session.
pointer_of <- function(object) {
  if (.Call(C_is_lost, object$handle$pointer)) {
    object$handle$pointer <- checked(.Call(C_Model_of_bytes, object$bytes, "in memory"))
  }
  object$handle$pointer
}

# What the compiled model says of itself, and its bytes, which survive saveRDS().
with_model <- function(object, pointer) {
  object$handle <- new.env(parent = emptyenv())
  object$handle$pointer <- pointer
  object$bytes <- checked(.Call(C_Model_bytes, pointer))
  object$record <- .Call(C_Model_record, pointer)
  object
}

tell_warnings <- function(texts) for (text in unique(unlist(texts))) tell_warning(text)
