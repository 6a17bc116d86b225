//! Cells read as numbers or as known levels, whatever type the reader of the file gave the column.

use std::collections::HashMap;

use super::column::{MISSING, Values};
use crate::{Error, Result};

/// What a cell is among known levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Index of the level.
    Known(usize),
    Unknown,
    Missing,
}

/// Cells of `rows` as numbers, NaN where missing; text that holds numbers will do. `number_of` is what a reader calls a row.
///
/// # Errors
/// Text that is no number: names `place`, the row and the text.
pub fn as_numbers(
    place: &str,
    values: &Values,
    rows: &[usize],
    number_of: impl Fn(usize) -> usize,
) -> Result<Vec<f64>> {
    match values {
        Values::Numeric(values) => Ok(rows.iter().map(|&i| values[i]).collect()),
        Values::Categorical { codes, levels } => {
            let numbers: Vec<Option<f64>> = levels.iter().map(|level| parse_number(level)).collect();
            let number = |&i: &usize| match codes[i] {
                MISSING => Ok(f64::NAN),
                code => numbers[code as usize].ok_or_else(|| {
                    let text = &levels[code as usize];
                    Error::input(place, format!("the text `{text}` in row {}", number_of(i))).expected("a number")
                }),
            };
            rows.iter().map(number).collect()
        }
    }
}

/// Which of `known` each cell of `rows` is.
///
/// A number is the level written like it: 1 is `1`, or else `1.0` or `01`.
pub fn as_levels(values: &Values, rows: &[usize], known: &[&str]) -> Vec<Cell> {
    match values {
        Values::Categorical { codes, levels } => {
            let index: HashMap<&str, usize> = known.iter().enumerate().map(|(k, &level)| (level, k)).collect();
            let cells: Vec<Cell> =
                levels.iter().map(|l| index.get(l.as_str()).map_or(Cell::Unknown, |&k| Cell::Known(k))).collect();
            rows.iter().map(|&i| if codes[i] == MISSING { Cell::Missing } else { cells[codes[i] as usize] }).collect()
        }
        Values::Numeric(values) => {
            let mut index = HashMap::new();
            for (k, level) in known.iter().enumerate() {
                if let Some(number) = parse_number(level) {
                    let exact = number_text(number) == *level;
                    let entry = index.entry(number.to_bits()).or_insert(k);
                    if exact {
                        *entry = k;
                    }
                }
            }
            let cell = |&i: &usize| match values[i] {
                v if v.is_nan() => Cell::Missing,
                v => index.get(&(v + 0.0).to_bits()).map_or(Cell::Unknown, |&k| Cell::Known(k)),
            };
            rows.iter().map(cell).collect()
        }
    }
}

/// Cell `row` as text.
pub fn text(values: &Values, row: usize) -> String {
    match values {
        Values::Numeric(v) if !v[row].is_nan() => number_text(v[row]),
        Values::Categorical { codes, levels } if codes[row] != MISSING => levels[codes[row] as usize].clone(),
        _ => "(missing)".to_owned(),
    }
}

/// The text of a number as a class or level: `3`, not `3.0`, and `0`, not `-0`.
pub fn number_text(value: f64) -> String {
    format!("{}", value + 0.0)
}

/// The finite number that `text` writes.
pub fn parse_number(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|v| v.is_finite()).map(|v| v + 0.0)
}

/// `1 row`, `2 rows`.
pub fn count_of(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_levels_and_levels_numbers() {
        let numeric = Values::Numeric(vec![1.0, -0.0, f64::NAN, 7.0, 2.5]);
        let cells = as_levels(&numeric, &[0, 1, 2, 3, 4], &["01", "0", "1", "2.50", "x"]);
        assert_eq!(cells, [Cell::Known(2), Cell::Known(1), Cell::Missing, Cell::Unknown, Cell::Known(3)]);
        let text = Values::from_text([Some(" 4"), None, Some("inf")]);
        assert_eq!(as_numbers("column `a`", &text, &[0], |i| i + 1).unwrap(), [4.0]);
        assert!(as_numbers("column `a`", &text, &[1], |i| i + 1).unwrap()[0].is_nan());
        let error = as_numbers("column `a`", &text, &[0, 2], |i| i + 1).unwrap_err().to_string();
        assert_eq!(error, "column `a`: found the text `inf` in row 3, expected a number");
    }
}
