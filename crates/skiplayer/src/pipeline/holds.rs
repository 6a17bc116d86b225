//! What a column holds, for who reads its cells.

use serde::Serialize;

use crate::encode::{InputEncoding, Part, Source};
use crate::table::Meaning;

/// What the cells of a column are. Any of them may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    Number,
    /// Days since 1970-01-01.
    Date,
    /// Seconds since 1970-01-01 by the clock of whoever wrote them: no time zone is stated.
    Timestamp,
    /// Seconds since 1970-01-01 in UTC.
    Instant,
    /// Seconds since midnight.
    TimeOfDay,
    /// Seconds.
    Duration,
    /// Text.
    Category,
}

impl Holds {
    /// Of cells of this meaning that are kept as numbers.
    pub(super) fn of(meaning: &Meaning) -> Self {
        match meaning {
            Meaning::Date { .. } => Holds::Date,
            Meaning::Timestamp { zone: None, .. } => Holds::Timestamp,
            Meaning::Timestamp { zone: Some(_), .. } => Holds::Instant,
            Meaning::TimeOfDay => Holds::TimeOfDay,
            Meaning::Duration => Holds::Duration,
            Meaning::Unstated | Meaning::Number | Meaning::Truth | Meaning::Category { .. } => Holds::Number,
        }
    }

    /// Of the column that an input is made of.
    pub(super) fn of_input(input: &InputEncoding) -> Self {
        let Source { meaning, part, .. } = input.source();
        match input {
            InputEncoding::Categorical { .. } if *part == Part::Whole => Holds::Category,
            _ => Holds::of(meaning),
        }
    }

    /// Whether it is a date with or without a time.
    pub fn is_calendar(self) -> bool {
        matches!(self, Holds::Date | Holds::Timestamp | Holds::Instant)
    }
}
