# Model files, which the command line, Python and Rust read and write too.

write_skiplayer <- function(object, file) {
  if (!inherits(object, "skiplayer")) {
    input_error("object: found an object of class ", class(object)[1], ", expected a model of skiplayer()")
  }
  # The old file or the new one is there, never half of one.
  part <- tempfile(".skiplayer-", tmpdir = dirname(file))
  on.exit(unlink(part))
  written <- tryCatch(
    {
      writeBin(object$bytes, part)
      file.rename(part, file)
    },
    warning = identity, error = identity
  )
  if (!isTRUE(written)) {
    failure(file, ": ", if (isFALSE(written)) "the file could not be written" else conditionMessage(written))
  }
  invisible(object)
}

read_skiplayer <- function(file) {
  if (!is.character(file) || length(file) != 1 || !file.exists(file) || dir.exists(file)) {
    input_error("file: found no file ", shown(file), ", expected one that write_skiplayer() wrote")
  }
  bytes <- readBin(file, "raw", file.size(file))
  pointer <- checked(.Call(C_Model_of_bytes, bytes, file))
  object <- with_model(structure(list(), class = "skiplayer"), pointer)
  object$bytes <- bytes
  object$family <- family_of_loss(object$record$loss)
  object$seed <- object$record$provenance$seed
  design <- object$record$provenance$reading$r
  if (is.character(design)) {
    known <- design_of(design)
    object[names(known)] <- known
  }
  object
}
