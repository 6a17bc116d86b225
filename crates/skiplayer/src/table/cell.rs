//! Cells read as numbers or as known levels, whatever type the reader of the file gave the column.

use std::collections::HashMap;

use super::column::{Column, MISSING, Values};
use super::dates::{self, DAY};
use super::meaning::Meaning;
use crate::{Error, Result};

pub use super::number::{number_text, parse_number, short_text};

/// What a cell is among known levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Index of the level.
    Known(usize),
    Unknown,
    Missing,
}

/// Cells of `rows` as numbers, NaN where missing; text that holds numbers will do. `row` is what a reader calls a row, such as "row 17".
///
/// # Errors
/// Text that is no number: names `place`, the row and the text.
pub fn as_numbers(place: &str, values: &Values, rows: &[usize], row: impl Fn(usize) -> String) -> Result<Vec<f64>> {
    match values {
        Values::Numeric(values) => Ok(rows.iter().map(|&i| values[i]).collect()),
        Values::Categorical { codes, levels } => {
            let numbers: Vec<Option<f64>> = levels.iter().map(|level| parse_number(level)).collect();
            let number = |&i: &usize| match codes[i] {
                MISSING => Ok(f64::NAN),
                code => numbers[code as usize].ok_or_else(|| {
                    let text = &levels[code as usize];
                    Error::input(place, format!("the text `{text}` in {}", row(i))).expected("a number")
                }),
            };
            rows.iter().map(number).collect()
        }
    }
}

/// Cells of `rows` as numbers of the `meaning` that they had in training, NaN where missing: dates and timestamps in days since
/// 1970-01-01, times of day and durations in seconds. Text that holds them will do.
///
/// # Errors
/// A column of another meaning, naming both, and text that is nothing of the kind, naming the row.
pub fn as_meant(
    place: &str,
    column: &Column,
    meaning: &Meaning,
    rows: &[usize],
    number_of: impl Fn(usize) -> usize,
) -> Result<Vec<f64>> {
    let is_empty = rows.iter().all(|&i| column.values.is_missing(i));
    if is_empty {
        return Ok(vec![f64::NAN; rows.len()]);
    }
    let other = || {
        Error::input(place, column.meaning.to_string())
            .expected(format!("{meaning}, as in training"))
            .hint("write the column as it was written for training")
    };
    match (meaning, &column.values) {
        // Before meanings were recorded, timestamps were seconds even where all were midnight.
        (Meaning::Unstated, Values::Numeric(values)) if column.origin.was_timestamp => {
            Ok(rows.iter().map(|&i| values[i] * DAY).collect())
        }
        (Meaning::Unstated, values) => as_numbers(place, values, rows, |i| format!("row {}", number_of(i))),
        (Meaning::Date { .. } | Meaning::Timestamp { .. }, Values::Numeric(values)) => {
            let days: Vec<f64> = match column.meaning {
                Meaning::Number => rows.iter().map(|&i| dates::compact(values[i]).unwrap_or(f64::NAN)).collect(),
                Meaning::Timestamp { .. } => rows.iter().map(|&i| values[i] / DAY).collect(),
                _ => rows.iter().map(|&i| values[i]).collect(),
            };
            let is_lost = days.iter().zip(rows).any(|(day, &i)| day.is_nan() && !values[i].is_nan());
            let is_meant = column.meaning == Meaning::Number || meaning.takes(&column.meaning);
            if is_lost || !is_meant { Err(other()) } else { Ok(days) }
        }
        (_, Values::Numeric(values)) if meaning.takes(&column.meaning) => Ok(rows.iter().map(|&i| values[i]).collect()),
        (_, Values::Numeric(_)) => Err(other()),
        (Meaning::Number, values) if column.meaning != Meaning::Truth => {
            as_numbers(place, values, rows, |i| format!("row {}", number_of(i)))
        }
        (Meaning::Date { .. } | Meaning::Timestamp { .. } | Meaning::TimeOfDay | Meaning::Duration, values) => {
            let Values::Categorical { codes, levels } = values else { return Err(other()) };
            let mut of_level: Vec<Option<f64>> = vec![None; levels.len()];
            for &i in rows.iter().filter(|&&i| codes[i] != MISSING) {
                let place_of_level = &mut of_level[codes[i] as usize];
                if place_of_level.is_none() {
                    let text = &levels[codes[i] as usize];
                    let found = match dates::read_as(text, meaning) {
                        Some((seconds, found @ Meaning::Timestamp { .. })) if meaning.takes(&found) => {
                            Some(seconds / DAY)
                        }
                        Some((value, found)) if meaning.takes(&found) => Some(value),
                        _ => None,
                    };
                    *place_of_level = Some(found.ok_or_else(|| {
                        Error::input(place, format!("the text `{text}` in row {}", number_of(i)))
                            .expected(format!("{meaning}, as in training"))
                    })?);
                }
            }
            let number = |&i: &usize| of_level.get(codes[i] as usize).copied().flatten().unwrap_or(f64::NAN);
            Ok(rows.iter().map(number).collect())
        }
        _ => Err(other()),
    }
}

/// Days since 1970-01-01 of the cells of a column of dates or timestamps.
pub fn days(column: &Column, rows: &[usize]) -> Vec<f64> {
    let unit = if matches!(column.meaning, Meaning::Timestamp { .. }) { DAY } else { 1.0 };
    match &column.values {
        Values::Numeric(values) => rows.iter().map(|&i| values[i] / unit).collect(),
        Values::Categorical { .. } => vec![f64::NAN; rows.len()],
    }
}

/// Which of `known` each cell of `rows` is, however it is spelt.
///
/// A cell is the level written like it. Otherwise a number is the one level of that number (`3.0` is `3` or else `03`), and
/// where several levels are that number the one written like it (1 is `1` beside `01`). Where the levels are truth values, so
/// are `true`, `T`, `yes` and 1, in any case.
pub fn as_levels(column: &Column, rows: &[usize], known: &[&str]) -> Vec<Cell> {
    let known = Levels::new(known);
    match &column.values {
        Values::Categorical { codes, levels } => {
            let cells: Vec<Cell> = levels.iter().map(|level| known.of_text(level)).collect();
            rows.iter().map(|&i| if codes[i] == MISSING { Cell::Missing } else { cells[codes[i] as usize] }).collect()
        }
        Values::Numeric(values) => {
            let is_number = matches!(column.meaning, Meaning::Number | Meaning::Unstated);
            let cell = |&i: &usize| match values[i] {
                v if v.is_nan() => Cell::Missing,
                v if is_number => known.of_number(v),
                v => known.of_text(&column.meaning.text(v)),
            };
            rows.iter().map(cell).collect()
        }
    }
}

/// Known levels, by everything that may stand for them.
struct Levels<'a> {
    texts: HashMap<&'a str, usize>,
    /// By bits: the one level of that number; `None` where there are several.
    numbers: HashMap<u64, Option<usize>>,
    /// Levels of false and true, where the levels are truth values.
    truth: Option<[Option<usize>; 2]>,
}

impl<'a> Levels<'a> {
    fn new(known: &[&'a str]) -> Self {
        let texts: HashMap<&str, usize> = known.iter().enumerate().map(|(k, &level)| (level, k)).collect();
        let mut numbers = HashMap::new();
        for (k, level) in known.iter().enumerate() {
            if let Some(number) = exact_number(level) {
                numbers.entry(number.to_bits()).and_modify(|only| *only = None).or_insert(Some(k));
            }
        }
        let mut truth = [None, None];
        let mut is_truth = !known.is_empty();
        for (k, level) in known.iter().enumerate() {
            match truth_word(level) {
                Some(value) if truth[usize::from(value)].is_none() => truth[usize::from(value)] = Some(k),
                _ => is_truth = false,
            }
        }
        Self { texts, numbers, truth: is_truth.then_some(truth) }
    }

    fn of_text(&self, text: &str) -> Cell {
        if let Some(&k) = self.texts.get(text) {
            return Cell::Known(k);
        }
        if let Some(number) = exact_number(text) {
            // `7.0` is how programs write the 7 of a column with gaps; `07` is not.
            let is_float = text.contains('.');
            let found = self.number(number, is_float);
            if found != Cell::Unknown {
                return found;
            }
        }
        let truth = match text.trim() {
            "1" | "1.0" => Some(true),
            "0" | "0.0" => Some(false),
            word => truth_word(word),
        };
        self.truth(truth)
    }

    fn of_number(&self, value: f64) -> Cell {
        match self.number(value, true) {
            Cell::Unknown if value == 1.0 || value == 0.0 => self.truth(Some(value == 1.0)),
            cell => cell,
        }
    }

    fn number(&self, value: f64, is_plain: bool) -> Cell {
        match self.numbers.get(&(value + 0.0).to_bits()) {
            Some(Some(k)) => Cell::Known(*k),
            Some(None) if is_plain => {
                self.texts.get(number_text(value).as_str()).map_or(Cell::Unknown, |&k| Cell::Known(k))
            }
            _ => Cell::Unknown,
        }
    }

    fn truth(&self, value: Option<bool>) -> Cell {
        let found = value.and_then(|value| self.truth.and_then(|levels| levels[usize::from(value)]));
        found.map_or(Cell::Unknown, Cell::Known)
    }
}

/// The number that `text` writes, if no other whole number is the same float.
fn exact_number(text: &str) -> Option<f64> {
    let number = parse_number(text)?;
    let is_rounded =
        number.abs() > (1u64 << 53) as f64 && text.trim().parse::<i128>().is_ok_and(|own| number as i128 != own);
    (!is_rounded).then_some(number)
}

/// The truth value that a word stands for.
fn truth_word(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" => Some(true),
        "false" | "f" | "no" | "n" => Some(false),
        _ => None,
    }
}

/// `1 row`, `2 rows`.
pub fn count_of(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(values: Values, known: &[&str]) -> Vec<Cell> {
        let rows: Vec<usize> = (0..values.len()).collect();
        as_levels(&Column::new("k", values), &rows, known)
    }

    #[test]
    fn numbers_are_levels_and_levels_numbers() {
        let numeric = Values::Numeric(vec![1.0, -0.0, f64::NAN, 7.0, 2.5]);
        let found = cells(numeric, &["01", "0", "1", "2.50", "x"]);
        assert_eq!(found, [Cell::Known(2), Cell::Known(1), Cell::Missing, Cell::Unknown, Cell::Known(3)]);
        let text = Values::from_text([Some(" 4"), None, Some("inf")]);
        assert_eq!(as_numbers("column `a`", &text, &[0], |i| format!("row {}", i + 1)).unwrap(), [4.0]);
        assert!(as_numbers("column `a`", &text, &[1], |i| format!("row {}", i + 1)).unwrap()[0].is_nan());
        let error = as_numbers("column `a`", &text, &[0, 2], |i| format!("row {}", i + 1)).unwrap_err().to_string();
        assert_eq!(error, "column `a`: found the text `inf` in row 3, expected a number");
    }

    #[test]
    fn a_level_is_the_same_however_its_number_is_spelt() {
        let text = |cells: &[&'static str]| Values::from_text(cells.iter().map(|cell| Some(*cell)));
        assert_eq!(cells(text(&["1.0", "01", "1", "2.00"]), &["1", "2"]), [0, 0, 0, 1].map(Cell::Known));
        assert_eq!(cells(text(&["1", "2"]), &["1.0", "2.0"]), [0, 1].map(Cell::Known));
        // Where 7 and 007 are told apart, 07 could be either, and 7.0 is the 7 of another program.
        assert_eq!(
            cells(text(&["007", "7", "7.0", "07"]), &["7", "007"]),
            [Cell::Known(1), Cell::Known(0), Cell::Known(0), Cell::Unknown]
        );
        let ids = ["1382016600011617669", "1382016600011617670"];
        assert_eq!(cells(text(&ids), &ids), [0, 1].map(Cell::Known));
        assert_eq!(
            cells(Values::Numeric(vec![1.382_016_600_011_617_7e18]), &ids),
            [Cell::Unknown],
            "it could be either"
        );
    }

    #[test]
    fn truth_values_match_in_all_their_words() {
        let text = |cells: &[&'static str]| Values::from_text(cells.iter().map(|cell| Some(*cell)));
        let known = ["false", "true"];
        let words = text(&["TRUE", "F", "yes", "No", "1", "0", "1.0", "maybe"]);
        let expected = [1, 0, 1, 0, 1, 0, 1].map(Cell::Known);
        assert_eq!(cells(words, &known), [&expected[..], &[Cell::Unknown]].concat());
        assert_eq!(
            cells(Values::Numeric(vec![0.0, 1.0, 2.0]), &known),
            [Cell::Known(0), Cell::Known(1), Cell::Unknown]
        );
        assert_eq!(cells(text(&["true", "false"]), &["yes", "no"]), [Cell::Known(0), Cell::Known(1)]);
        assert_eq!(
            cells(text(&["true"]), &["yes", "no", "unsure"]),
            [Cell::Unknown],
            "three levels are no truth values"
        );
    }

    #[test]
    fn dates_are_the_levels_written_like_them() {
        let column = Column::new("d", Values::Numeric(vec![19_779.0])).meaning(Meaning::Date { written: None });
        assert_eq!(as_levels(&column, &[0], &["2024-02-25", "2024-02-26"]), [Cell::Known(1)]);
        let seconds = Column::new("d", Values::Numeric(vec![19_779.0 * DAY]));
        let timestamps = seconds.meaning(Meaning::Timestamp { zone: None, written: None });
        assert_eq!(as_levels(&timestamps, &[0], &["2024-02-26"]), [Cell::Known(0)]);
    }

    #[test]
    fn a_column_is_taken_by_its_meaning_or_both_are_named() {
        let number = |meaning: Meaning, value: f64| Column::new("c", Values::Numeric(vec![value])).meaning(meaning);
        let text = |cell: &'static str| Column::new("c", Values::from_text([Some(cell)]));
        let date = Meaning::Date { written: Some(dates::DayOrder::DayMonth) };
        let stamp = |zone: Option<&str>| Meaning::Timestamp { zone: zone.map(str::to_owned), written: None };
        let meant = |column: &Column, meaning: &Meaning| as_meant("column `c`", column, meaning, &[0], |i| i + 1);
        for column in [
            number(date.clone(), 19_779.0),
            number(stamp(None), 19_779.0 * DAY),
            number(stamp(Some("UTC")), 19_779.0 * DAY),
            number(Meaning::Number, 20_240_226.0),
            text("2024-02-26"),
            text("26/02/2024"),
        ] {
            assert_eq!(meant(&column, &date).unwrap(), [19_779.0], "{column:?}");
        }
        assert_eq!(meant(&text("03/02/2024"), &date).unwrap(), [19_756.0], "as it was written in training");
        let refused = |column: Column, meaning: &Meaning| meant(&column, meaning).unwrap_err().to_string();
        assert!(
            refused(number(Meaning::Number, 19_779.0), &date).contains("found numbers, expected dates, as in training")
        );
        assert!(refused(number(date.clone(), 3.0), &Meaning::Number).contains("found dates, expected numbers"));
        let berlin = refused(number(stamp(Some("Europe/Berlin")), 0.0), &stamp(None));
        assert!(
            berlin.contains("found timestamps in Europe/Berlin, expected timestamps without a time zone"),
            "{berlin}"
        );
        assert!(refused(text("soon"), &date).contains("the text `soon` in row 1, expected dates"));
        assert!(
            refused(Column::new("c", Values::from_text([Some("true")])), &Meaning::Number).contains("truth values")
        );
        assert!(meant(&number(Meaning::Number, f64::NAN), &date).unwrap()[0].is_nan(), "nothing means anything");
        assert_eq!(meant(&number(stamp(None), 90.0), &Meaning::Unstated).unwrap(), [90.0]);
    }
}
