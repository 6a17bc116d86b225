//! Cells that are unlike those of training: there a model extrapolates.

use serde::Serialize;

use super::calendar::Part;
use super::features::{Encoding, InputEncoding};
use crate::Result;
use crate::table::Table;
use crate::table::cell::{Cell, number_text};
use crate::table::dates::date_text;

/// A cell unlike those of training.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outside {
    /// Index of the row in the table.
    pub row: usize,
    pub input: String,
    #[serde(flatten)]
    pub what: Unlike,
}

/// In which way a cell is unlike those of training.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Unlike {
    /// A number beyond the smallest or largest of training.
    Range { value: f64, low: f64, high: f64 },
    /// A date before the first or after the last of training.
    Date { value: String, low: String, high: String },
    /// A category that training did not have.
    Category { value: String, taken_as: String },
    /// A missing cell where training had none.
    Missing { taken_as: String },
}

impl Encoding {
    /// Cells of `rows` unlike those of training in the inputs chosen by `is_asked` (one an input), row by row.
    ///
    /// Where rarer categories were taken together, new ones pass for one of them: which they were is not kept.
    ///
    /// # Errors
    /// Those of [`apply`](Self::apply). O(rows) an input.
    pub fn outside(&self, table: &Table, rows: &[usize], is_asked: &[bool]) -> Result<Vec<Outside>> {
        let mut found = Vec::new();
        for (input, _) in self.inputs.iter().zip(is_asked).filter(|(_, asked)| **asked) {
            let name = input.name();
            let column = self.column(table, input)?;
            let mut add = |at: usize, what: Unlike| found.push(Outside { row: rows[at], input: name.to_owned(), what });
            match input {
                InputEncoding::Numeric { standard, missing, range: (low, high), .. } => {
                    let numbers = input.numbers(table, &column, rows)?;
                    let first = match input.source().part {
                        Part::DaysSince(first) => Some(first),
                        _ => None,
                    };
                    for (at, &value) in numbers.iter().enumerate() {
                        if value.is_nan() && missing.is_none() {
                            let taken_as = match first {
                                Some(first) => date_text((first + standard.mean).round()),
                                None => number_text(standard.mean),
                            };
                            add(at, Unlike::Missing { taken_as });
                        } else if value < *low || value > *high {
                            add(
                                at,
                                match first {
                                    Some(first) => {
                                        let [value, low, high] =
                                            [value, *low, *high].map(|days| date_text((first + days).floor()));
                                        Unlike::Date { value, low, high }
                                    }
                                    None => Unlike::Range { value, low: *low, high: *high },
                                },
                            );
                        }
                    }
                }
                InputEncoding::Categorical { reference, levels, other, missing, .. } => {
                    let mut known: Vec<&str> = levels.iter().map(|(level, _)| level.as_str()).collect();
                    known.push(reference);
                    for (at, cell) in input.cells(table, &column, rows, &known)?.into_iter().enumerate() {
                        let taken_as = || reference.clone();
                        match cell {
                            Cell::Unknown if other.is_none() => {
                                let value = column.text(rows[at]);
                                add(at, Unlike::Category { value, taken_as: taken_as() });
                            }
                            Cell::Missing if missing.is_none() && input.source().part == Part::Whole => {
                                add(at, Unlike::Missing { taken_as: taken_as() })
                            }
                            _ => {}
                        }
                    }
                }
            }
        }
        let mut place = std::collections::HashMap::new();
        rows.iter().enumerate().for_each(|(at, &row)| {
            place.entry(row).or_insert(at);
        });
        found.sort_by_key(|cell| place[&cell.row]);
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Values;

    #[test]
    fn what_training_did_not_have() {
        let of = |age: Vec<f64>, hue: &[Option<&str>]| {
            Table::new(vec![])
                .and_then(|t| t.with_column("age", Values::Numeric(age)))
                .and_then(|t| t.with_column("hue", Values::from_text(hue.iter().copied())))
                .unwrap()
        };
        let train = of(vec![1.0, 5.0, 3.0], &[Some("red"), Some("blue"), Some("red")]);
        let (encoding, _) = Encoding::learn(&train, &["age".into(), "hue".into()], &[0, 1, 2], &[1.0; 3]).unwrap();
        assert_eq!(encoding.outside(&train, &[0, 1, 2], &[true, true]).unwrap(), []);
        let new = of(vec![5.0, f64::NAN, 5.1, 0.9], &[Some("violet"), Some("blue"), None, Some("red")]);
        let found = encoding.outside(&new, &[3, 2, 1, 0], &[true, true]).unwrap();
        let expected = [
            ("age", 3, Unlike::Range { value: 0.9, low: 1.0, high: 5.0 }),
            ("age", 2, Unlike::Range { value: 5.1, low: 1.0, high: 5.0 }),
            ("hue", 2, Unlike::Missing { taken_as: "red".into() }),
            ("age", 1, Unlike::Missing { taken_as: "3".into() }),
            ("hue", 0, Unlike::Category { value: "violet".into(), taken_as: "red".into() }),
        ];
        let expected = expected.map(|(input, row, what)| Outside { row, input: input.into(), what });
        assert_eq!(found, expected);
        assert_eq!(encoding.outside(&new, &[0, 1, 2, 3], &[false, true]).unwrap().len(), 2, "only what is asked for");
    }
}
