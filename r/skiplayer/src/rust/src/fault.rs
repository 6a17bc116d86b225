//! Errors as values: R raises them as conditions of a class, which a message of text alone could not carry.

use savvy::Sexp;
use skiplayer::{Error, ErrorKind};

use crate::spelling::RNames;
use crate::value::{nothing, texts, Fields};

/// What R's `checked()` takes for an error: the message, its kind, and the column if it is about one.
pub fn fault(error: &Error) -> savvy::Result<Sexp> {
    let kind = match error.kind() {
        ErrorKind::Input => "input",
        ErrorKind::Failure => "failure",
    };
    let message = error.spelled(&RNames).to_string();
    let mut fields = Fields::new(3)?;
    fields.add("skiplayer_fault", texts(&[message])?)?;
    fields.add("kind", texts(&[kind])?)?;
    fields.add("column", error.place().column().map_or_else(|| Ok(nothing()), |column| texts(&[column]))?)?;
    fields.done()
}

/// The value, or the error as one.
pub fn outcome<T>(result: skiplayer::Result<T>, value: impl FnOnce(T) -> savvy::Result<Sexp>) -> savvy::Result<Sexp> {
    match result {
        Ok(found) => value(found),
        Err(error) => fault(&error),
    }
}
