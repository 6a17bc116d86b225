//! What the cells of a column mean, whatever type they are stored as.

use std::fmt::{self, Display, Formatter};

use serde::{Deserialize, Serialize};

use super::gregorian::{DayOrder, UTC, date_text, time_text, timestamp_text};
use super::number::number_text;

/// What the cells of a column stand for. [`Values`](super::Values) says how they are kept: as numbers or as coded levels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Meaning {
    /// Not recorded: models of before columns had a meaning take what comes, as they did.
    #[default]
    Unstated,
    /// Numbers: measured, counted, decimal.
    Number,
    /// Days since 1970-01-01.
    Date {
        /// How they were written, where that had to be found out.
        #[serde(default)]
        written: Option<DayOrder>,
    },
    /// Seconds since 1970-01-01 in UTC, or by the clock of whoever wrote them where no zone is stated.
    Timestamp {
        zone: Option<String>,
        #[serde(default)]
        written: Option<DayOrder>,
    },
    /// Seconds since midnight.
    TimeOfDay,
    /// Seconds.
    Duration,
    /// The levels `false` and `true`.
    Truth,
    /// Levels.
    Category {
        /// Whether whoever declared them gave the levels an order.
        is_ordered: bool,
    },
}

impl Meaning {
    /// Levels without an order.
    pub const CATEGORY: Self = Meaning::Category { is_ordered: false };

    /// Whether it is a date or a timestamp.
    pub fn is_calendar(&self) -> bool {
        matches!(self, Meaning::Date { .. } | Meaning::Timestamp { .. })
    }

    /// Whether cells of the meaning `new` can stand where training had this one.
    ///
    /// Dates and timestamps are comparable, but for a clock without a zone beside instants of a zone other than UTC: nobody
    /// knows by how many hours they differ. Numbers and levels are compared by their cells, not here.
    pub fn takes(&self, new: &Self) -> bool {
        use Meaning::*;
        match (self, new) {
            (Unstated, _) => true,
            (Date { .. } | Timestamp { .. }, Date { .. } | Timestamp { .. }) => {
                let (own, new) = (self.zone(), new.zone());
                let is_plain = |zone: Option<&str>| zone.is_none_or(|zone| zone == UTC);
                (is_plain(own) && is_plain(new)) || (own.is_some() && new.is_some())
            }
            // Spans of less than a day are written as a clock shows them, and are the same seconds.
            (TimeOfDay, TimeOfDay) | (Duration, Duration | TimeOfDay) => true,
            (Number, Number | Category { .. } | Unstated) => true,
            (Date { .. } | Timestamp { .. } | TimeOfDay | Duration, Category { .. } | Unstated) => true,
            (Truth | Category { .. }, _) => true,
            _ => false,
        }
    }

    /// A number of this meaning as it is written.
    pub fn text(&self, value: f64) -> String {
        match self {
            Meaning::Date { .. } => date_text(value),
            Meaning::Timestamp { .. } => timestamp_text(value),
            Meaning::TimeOfDay => time_text(value),
            _ => number_text(value),
        }
    }

    fn zone(&self) -> Option<&str> {
        match self {
            Meaning::Timestamp { zone, .. } => zone.as_deref(),
            _ => None,
        }
    }

    /// The order in which day and month were written.
    pub fn written(&self) -> Option<DayOrder> {
        match self {
            Meaning::Date { written } | Meaning::Timestamp { written, .. } => *written,
            _ => None,
        }
    }
}

impl Display for Meaning {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Meaning::Unstated => write!(f, "cells of a meaning that is not recorded"),
            Meaning::Number => write!(f, "numbers"),
            Meaning::Date { .. } => write!(f, "dates"),
            Meaning::Timestamp { zone: None, .. } => write!(f, "timestamps without a time zone"),
            Meaning::Timestamp { zone: Some(zone), .. } => write!(f, "timestamps in {zone}"),
            Meaning::TimeOfDay => write!(f, "times of day"),
            Meaning::Duration => write!(f, "durations"),
            Meaning::Truth => write!(f, "truth values"),
            Meaning::Category { is_ordered: false } => write!(f, "categories"),
            Meaning::Category { is_ordered: true } => write!(f, "ordered categories"),
        }
    }
}
