//! Inputs made of dates: a trend, and what comes again with the months, the days of the week and the hours.

use serde::{Deserialize, Serialize};

use crate::table::cell::{Cell, days};
use crate::table::dates::{DAY, calendar, date_text, time_text, timestamp_text};
use crate::table::{Column, Meaning};

/// A season is seen where the dates cover it twice.
const TWO_YEARS: f64 = 700.0;
const FOUR_WEEKS: f64 = 28.0;
/// Rows for each level of a part: with fewer, a season is noise.
const ROWS_OF_A_LEVEL: usize = 5;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const QUARTERS: [&str; 4] = ["Jan-Mar", "Apr-Jun", "Jul-Sep", "Oct-Dec"];
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Which cells an input is made of, and how.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// The column, where the input has another name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What the cells meant in training. Models of before do not say.
    pub meaning: Meaning,
    pub part: Part,
}

/// What of a cell is the input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The cell as it is.
    #[default]
    Whole,
    /// Days from this one on, itself counted from 1970-01-01.
    DaysSince(f64),
    Month,
    Quarter,
    Weekday,
    /// Hours since midnight.
    Hour,
}

impl Part {
    /// What stands behind the name of the column.
    pub fn name(self) -> &'static str {
        match self {
            Part::Whole | Part::DaysSince(_) => "",
            Part::Month => " month",
            Part::Quarter => " quarter",
            Part::Weekday => " weekday",
            Part::Hour => " hour",
        }
    }

    /// The levels of a part that is a category, in their order; empty for numbers.
    pub fn levels(self) -> &'static [&'static str] {
        match self {
            Part::Month => &MONTHS,
            Part::Quarter => &QUARTERS,
            Part::Weekday => &WEEKDAYS,
            Part::Whole | Part::DaysSince(_) | Part::Hour => &[],
        }
    }

    /// The part of a day since 1970-01-01 as a number: the place of its level, or the number that the input is.
    pub fn of(self, day: f64) -> Option<f64> {
        match self {
            _ if day.is_nan() => None,
            Part::Whole => Some(day),
            Part::DaysSince(first) => Some(day - first),
            Part::Month => calendar(day).map(|date| f64::from(date.month() - 1)),
            Part::Quarter => calendar(day).map(|date| f64::from((date.month() - 1) / 3)),
            // 1970-01-01 was a Thursday.
            Part::Weekday => Some((day.floor() + 3.0).rem_euclid(7.0)),
            Part::Hour => Some((day - day.floor()) * 24.0),
        }
    }
}

impl Part {
    /// The part of a day since 1970-01-01 in words: `Feb`, `Mon`, `17:30`, or the day itself.
    pub fn text(self, day: f64) -> String {
        match (self, self.of(day)) {
            (_, None) => "(missing)".to_owned(),
            (Part::Whole | Part::DaysSince(_), _) => timestamp_text(day * DAY),
            (Part::Hour, Some(hours)) => time_text(hours * 3600.0),
            (part, Some(level)) => {
                part.levels().get(level as usize).map_or_else(String::new, |level| (*level).to_owned())
            }
        }
    }
}

/// The parts of dates that are inputs, learned from `rows` of `column`: always the days since the first, and what comes again
/// where the dates show it again and there are rows enough.
///
/// Also says it in words. O(rows).
pub fn parts(column: &Column, rows: &[usize]) -> (Vec<Part>, String) {
    let days: Vec<f64> = days(column, rows).into_iter().filter(|day| !day.is_nan()).collect();
    let first = days.iter().copied().fold(f64::INFINITY, f64::min).floor();
    let last = days.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if days.is_empty() {
        return (vec![Part::DaysSince(0.0)], String::new());
    }
    let span = last - first;
    let has = |part: Part| {
        let mut seen = vec![0usize; part.levels().len()];
        days.iter().filter_map(|day| part.of(*day)).for_each(|level| seen[level as usize] += 1);
        let n_levels = seen.iter().filter(|count| **count > 0).count();
        n_levels > 1 && days.len() >= ROWS_OF_A_LEVEL * n_levels
    };
    let mut parts = vec![Part::DaysSince(first)];
    if span >= TWO_YEARS {
        parts.extend([Part::Month, Part::Quarter].into_iter().find(|part| has(*part)));
    }
    // Days of the week of dates that stand for a month say nothing.
    let day_of_month = |day: f64| calendar(day).map(|date| date.day());
    let is_monthly = days.iter().all(|day| day_of_month(*day) == day_of_month(days[0]));
    if span >= FOUR_WEEKS && !is_monthly && has(Part::Weekday) {
        parts.push(Part::Weekday);
    }
    let hour = Part::Hour.of(days[0]);
    if days.iter().any(|day| Part::Hour.of(*day) != hour) {
        parts.push(Part::Hour);
    }
    let also: Vec<&str> = parts.iter().map(|part| part.name().trim()).filter(|name| !name.is_empty()).collect();
    let also = if also.is_empty() { String::new() } else { format!(", with {}", also.join(" and ")) };
    let message = format!(
        "column `{}` holds {} from {} to {}: an input as days since the first{also}",
        column.name,
        column.meaning,
        date_text(first),
        date_text(last.floor())
    );
    (parts, message)
}

/// The level of each cell of a part that is a category.
pub fn cells_of(part: Part, days: &[f64], known: &[&str]) -> Vec<Cell> {
    let place: Vec<Option<usize>> =
        part.levels().iter().map(|level| known.iter().position(|own| own == level)).collect();
    let cell = |day: &f64| match part.of(*day) {
        None => Cell::Missing,
        Some(level) => place.get(level as usize).copied().flatten().map_or(Cell::Unknown, Cell::Known),
    };
    days.iter().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Values;
    use crate::table::dates::day_number;

    fn parts_of(days: impl IntoIterator<Item = f64>) -> Vec<Part> {
        let days: Vec<f64> = days.into_iter().collect();
        let rows: Vec<usize> = (0..days.len()).collect();
        parts(&Column::new("d", Values::Numeric(days)).meaning(Meaning::Date { written: None }), &rows).0
    }

    #[test]
    fn what_comes_again_is_an_input_where_the_dates_show_it_again() {
        let from = |first: f64| Part::DaysSince(first);
        assert_eq!(parts_of((0..20).map(f64::from)), [from(0.0)], "three weeks show no week");
        assert_eq!(parts_of((0..300).map(f64::from)), [from(0.0), Part::Weekday], "a year shows no season");
        assert_eq!(parts_of((0..800).map(f64::from)), [from(0.0), Part::Month, Part::Weekday]);
        assert_eq!(parts_of((0..800).step_by(7).map(f64::from)), [from(0.0), Part::Month], "always a Thursday");
        assert_eq!(parts_of((0..800).step_by(28).map(f64::from)), [from(0.0), Part::Quarter], "too few for months");
        let first_of_months = (0..30).map(|m| day_number(2020 + m / 12, m % 12 + 1, 1).unwrap() as f64);
        assert_eq!(parts_of(first_of_months), [from(18_262.0), Part::Quarter], "no days of the week");
        assert_eq!(parts_of((0..40).map(|h| f64::from(h) / 24.0)), [from(0.0), Part::Hour]);
    }

    #[test]
    fn parts_of_known_days() {
        // Monday, 26 February 2024, six in the evening.
        let day = 19_779.75;
        assert_eq!(Part::Month.of(day).map(|m| MONTHS[m as usize]), Some("Feb"));
        assert_eq!(Part::Quarter.of(day).map(|q| QUARTERS[q as usize]), Some("Jan-Mar"));
        assert_eq!(Part::Weekday.of(day).map(|d| WEEKDAYS[d as usize]), Some("Mon"));
        assert_eq!(Part::Weekday.of(-3.5).map(|d| WEEKDAYS[d as usize]), Some("Sun"));
        assert_eq!((Part::Hour.of(day), Part::DaysSince(19_000.0).of(day)), (Some(18.0), Some(779.75)));
        assert_eq!(Part::Month.of(f64::NAN), None);
        let texts = [Part::Month, Part::Weekday, Part::Hour, Part::DaysSince(3.0)].map(|part| part.text(day));
        assert_eq!(texts, ["Feb", "Mon", "18:00", "2024-02-26 18:00"]);
        assert_eq!(
            cells_of(Part::Weekday, &[day, f64::NAN, day + 1.0], &["Mon"]),
            [Cell::Known(0), Cell::Missing, Cell::Unknown]
        );
    }
}
