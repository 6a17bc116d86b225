//! What crosses beside the cells of a column: the word for what they mean.

use pyo3::PyResult;
use pyo3::exceptions::PyValueError;
use skiplayer::table::{Meaning, dates};

/// Levels that are text: they may be dates, as in a file.
pub const TEXT: &str = "text";
/// Levels that are whole numbers which floats cannot tell apart.
pub const WHOLE: &str = "whole";
/// Declared categories.
pub const CATEGORY: &str = "category";
/// Declared categories with an order.
pub const ORDERED: &str = "ordered";

/// What numbers of this word mean: days since 1970-01-01 of a "date"; seconds of a "timestamp", a "time_of_day" or a "duration".
pub fn of_numbers(word: &str, zone: Option<&str>) -> PyResult<Meaning> {
    match word {
        "date" => Ok(Meaning::Date { written: None }),
        "timestamp" => Ok(Meaning::Timestamp { zone: zone.map(dates::zone), written: None }),
        "time_of_day" => Ok(Meaning::TimeOfDay),
        "duration" => Ok(Meaning::Duration),
        _ => Err(PyValueError::new_err(format!("cells that are {word:?}"))),
    }
}

/// The other way: the word and the zone of a meaning that is kept as numbers.
pub fn words(meaning: &Meaning) -> (&'static str, Option<&str>) {
    match meaning {
        Meaning::Date { .. } => ("date", None),
        Meaning::Timestamp { zone, .. } => ("timestamp", zone.as_deref()),
        Meaning::TimeOfDay => ("time_of_day", None),
        Meaning::Duration => ("duration", None),
        Meaning::Unstated | Meaning::Number | Meaning::Truth | Meaning::Category { .. } => ("number", None),
    }
}
