//! What is known of each row's linear predictor beforehand: a column on its scale, or the logarithm of an exposure.

use serde::{Deserialize, Serialize};

use super::lookup::column_of_the_model;
use crate::table::TableSource;
use crate::table::cell::as_numbers;
use crate::{Error, Result};

/// Columns whose sum is added to the linear predictor with coefficient 1.
///
/// With a log link, an exposure (years insured, area searched, population) makes the mean proportional to itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OffsetColumns {
    /// On the scale of the link, in units of the target where that is the identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<String>,
    /// Positive; its logarithm counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure: Option<String>,
}

impl OffsetColumns {
    pub fn is_empty(&self) -> bool {
        self.offset.is_none() && self.exposure.is_none()
    }

    /// The columns, the offset first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.offset.iter().chain(&self.exposure).map(String::as_str)
    }

    /// The terms as they stand in a formula.
    pub fn terms(&self) -> Vec<String> {
        let logarithm = self.exposure.iter().map(|name| format!("log({name})"));
        self.offset.iter().cloned().chain(logarithm).collect()
    }

    /// Each term in `rows` of `table`, in the order of [`terms`](Self::terms). `row` says how a row is called.
    ///
    /// # Errors
    /// A column that is not there; a cell that is missing, no number, or infinite; an exposure that is not above 0.
    pub fn values(
        &self,
        table: &dyn TableSource,
        rows: &[usize],
        row: impl Fn(usize) -> String,
    ) -> Result<Vec<Vec<f64>>> {
        let offset = self.offset.iter().map(|name| {
            let values = cells(table, "offset", name, rows, &row)?;
            match values.iter().position(|v| !v.is_finite()) {
                Some(at) => {
                    Err(bad("offset", name, values[at], row(rows[at])).expected("a finite number in every row"))
                }
                None => Ok(values),
            }
        });
        let exposure = self.exposure.iter().map(|name| {
            let values = cells(table, "exposure", name, rows, &row)?;
            match values.iter().position(|v| !(*v > 0.0 && v.is_finite())) {
                Some(at) => {
                    Err(bad("exposure", name, values[at], row(rows[at])).expected("a number above 0 in every row"))
                }
                None => Ok(values.into_iter().map(f64::ln).collect()),
            }
        });
        offset.chain(exposure).collect()
    }

    /// The sum of the terms in `rows` of `table`; empty if there are none.
    ///
    /// # Errors
    /// Those of [`values`](Self::values).
    pub fn sums(&self, table: &dyn TableSource, rows: &[usize], row: impl Fn(usize) -> String) -> Result<Vec<f64>> {
        let add = |mut sum: Vec<f64>, term: Vec<f64>| {
            sum.iter_mut().zip(term).for_each(|(sum, term)| *sum += term);
            sum
        };
        Ok(self.values(table, rows, row)?.into_iter().reduce(add).unwrap_or_default())
    }
}

fn place(what: &str, name: &str) -> String {
    format!("{what} `{name}`")
}

fn bad(what: &str, name: &str, value: f64, row: String) -> Error {
    let found = if value.is_nan() { format!("a missing cell in {row}") } else { format!("{value} in {row}") };
    Error::input(place(what, name), found)
}

fn cells(
    table: &dyn TableSource,
    what: &str,
    name: &str,
    rows: &[usize],
    row: impl Fn(usize) -> String,
) -> Result<Vec<f64>> {
    let column = column_of_the_model(table, place(what, name), name)?;
    as_numbers(&place(what, name), &column.values, rows, row)
}
