# Vectors of R as the cells of a column, which the compiled half takes.

# The columns of a variable of the model frame: one, or for a matrix as many as that has, by the names that model.matrix() gives.
columns_of <- function(value, name) {
  if (is.data.frame(value)) {
    value <- as_input_error(as.matrix(value))
  }
  if (length(dim(value)) != 2) {
    return(stats::setNames(list(cells_of(value, name)), name))
  }
  if (!(is.numeric(value) || is.logical(value)) || inherits(value, "Surv")) {
    refuse_column(name, paste("a matrix of class", class(value)[1]))
  }
  inner <- colnames(value)
  names <- if (ncol(value) == 1) name else paste0(name, if (is.null(inner)) seq_len(ncol(value)) else inner)
  stats::setNames(lapply(seq_len(ncol(value)), function(j) cells_of(as.vector(value[, j]), names[j])), names)
}

# Numbers and truth values as they are; what else crosses is list(kind, values, levels or zone).
cells_of <- function(value, name) {
  if (is.factor(value)) {
    levels <- levels(value)
    codes <- as.integer(value)
    # addNA() makes a level of what is a missing cell.
    codes[is.na(levels)[codes]] <- NA_integer_
    return(list(kind = if (is.ordered(value)) "ordered" else "category", values = codes, levels = levels))
  }
  if (inherits(value, "Date")) {
    return(list(kind = "date", values = as.double(value)))
  }
  if (inherits(value, "POSIXt")) {
    instants <- as.POSIXct(value)
    zone <- attr(instants, "tzone")[1]
    return(list(kind = "timestamp", values = as.double(instants), zone = zone_name(zone)))
  }
  if (inherits(value, "difftime")) {
    return(list(kind = "duration", values = as.double(value, units = "secs")))
  }
  if (is.character(value)) {
    levels <- unique(value[!is.na(value)])
    return(list(kind = "category", values = match(value, levels), levels = levels))
  }
  if (is.logical(value)) {
    return(as.vector(value))
  }
  if (inherits(value, "integer64")) {
    return(as.double(value))
  }
  if (is.numeric(value) && !inherits(value, "Surv")) {
    return(value)
  }
  refuse_column(name, if (is.list(value)) "a list" else paste("cells of class", class(value)[1]))
}

zone_name <- function(zone) {
  if (is.null(zone) || is.na(zone) || !nzchar(zone)) {
    zone <- Sys.timezone()
  }
  if (is.na(zone)) "UTC" else zone
}

refuse_column <- function(name, found) {
  input_error(
    "column `", name, "`: found ", found, ", expected numbers, truth values, a factor, text, dates or times",
    column = name
  )
}
