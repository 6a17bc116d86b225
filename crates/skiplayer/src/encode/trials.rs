//! Counts of successes: out of how many trials, and what share of these.

use super::lookup::column_of_the_model;
use super::row_name::row_name;
use crate::table::cell::as_numbers;
use crate::table::{Column, TableSource};
use crate::{Error, Result};

const EXPECTED_TRIALS: &str = "the number of trials in every row: 1, 2, 3, …";

/// The trials of `rows` in the column `name`, whole numbers of 1 or more.
///
/// # Errors
/// A column that is not there, and the first cell that is no number of trials.
pub fn trials(table: &dyn TableSource, name: &str, rows: &[usize]) -> Result<Vec<f64>> {
    let column = column_of_the_model(table, place(name), name)?;
    trials_of(&column, rows, row_name)
}

/// The same of a column; `row` says how a row is called.
///
/// # Errors
/// The first cell that is no number of trials.
pub fn trials_of(column: &Column, rows: &[usize], row: impl Fn(usize) -> String) -> Result<Vec<f64>> {
    let place = place(&column.name);
    let trials = as_numbers(&place, &column.values, rows, &row)?;
    let is_number_of_trials = |t: &f64| *t >= 1.0 && t.is_finite() && t.fract() == 0.0;
    match trials.iter().position(|t| !is_number_of_trials(t)) {
        None => Ok(trials),
        Some(at) => {
            let row = row(rows[at]);
            let found = match trials[at] {
                t if t.is_nan() => format!("a missing cell in {row}"),
                t => format!("{t} in {row}"),
            };
            let error = Error::input(place, found).expected(EXPECTED_TRIALS);
            Err(if trials[at] == 0.0 { error.hint("a row without trials says nothing: leave it out") } else { error })
        }
    }
}

/// The share of `successes` (n) among `trials` (n), of `rows`; `target` is what the successes are called.
///
/// # Errors
/// The first row whose successes are no whole number from 0 to its trials.
pub fn shares(
    target: &str,
    successes: &[f64],
    trials: &[f64],
    rows: &[usize],
    row: impl Fn(usize) -> String,
) -> Result<Vec<f64>> {
    let is_wrong = |(s, t): (&f64, &f64)| !(*s >= 0.0 && s.fract() == 0.0 && s <= t);
    match successes.iter().zip(trials).position(is_wrong) {
        None => Ok(successes.iter().zip(trials).map(|(s, t)| s / t).collect()),
        Some(at) => {
            let (s, t) = (successes[at], trials[at]);
            let of = if s > t { format!(" of {t} trials") } else { String::new() };
            let error = Error::input(format!("target `{target}`"), format!("{s}{of} in {}", row(rows[at])))
                .expected("a count of successes: 0, 1, 2, … up to the number of trials");
            Err(if s > 0.0 && s < 1.0 {
                error.hint("of a share give the count: the share times the number of trials")
            } else {
                error
            })
        }
    }
}

fn place(name: &str) -> String {
    format!("trials `{name}`")
}
