//! Targets that are durations: which of them end with an event, who is compared with whom, and the hazard that all share.

use serde::{Deserialize, Serialize};

use super::lookup::column_of_the_model;
use super::row_name::row_name;
use crate::survival::{Baseline, Durations};
use crate::table::cell::{Cell, as_levels};
use crate::table::{Column, MISSING, TableSource, Values};
use crate::{Error, Result};

/// What belongs to a column of durations.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SurvivalTarget {
    /// Column that is 1 (or true) where a duration ends with the event and 0 (or false) where it was censored.
    pub event: String,
    /// Column within whose values rows are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strata: Option<String>,
    /// Its values over all usable rows, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<String>,
    /// The hazard of rows whose log hazard is 0; without steps before a fit.
    #[serde(default)]
    pub baseline: Baseline,
}

impl SurvivalTarget {
    /// Whether the baseline is known.
    pub fn is_fitted(&self) -> bool {
        !self.baseline.strata.is_empty()
    }

    /// Whether there is a baseline for each stratum, whose steps grow.
    pub(crate) fn is_complete(&self) -> bool {
        let grows = |values: &[f64]| values.windows(2).all(|pair| pair[0] <= pair[1]);
        self.baseline.strata.len() == self.levels.len().max(1)
            && self
                .baseline
                .strata
                .iter()
                .all(|own| own.time.len() == own.hazard.len() && grows(&own.time) && grows(&own.hazard))
    }

    /// 1 for an event and 0 for a row that was censored, of each of `rows`.
    ///
    /// # Errors
    /// A column that is not there, and cells that are no events.
    pub fn events(&self, table: &dyn TableSource, rows: &[usize]) -> Result<Vec<f64>> {
        let column = find(table, "event", &self.event)?;
        events(&column, rows, row_name)
    }

    /// The stratum of each of `rows`; empty where there are none.
    ///
    /// # Errors
    /// A column that is not there, missing cells, and values that training did not have.
    pub fn strata(&self, table: &dyn TableSource, rows: &[usize]) -> Result<Vec<usize>> {
        let Some(name) = &self.strata else { return Ok(Vec::new()) };
        let column = find(table, "strata", name)?;
        let known: Vec<&str> = self.levels.iter().map(String::as_str).collect();
        let number = |(cell, &row): (Cell, &usize)| match cell {
            Cell::Known(level) => Ok(level),
            Cell::Missing => {
                Err(Error::input(format!("strata `{name}`"), format!("a missing cell in {}", row_name(row)))
                    .expected("a stratum in every row"))
            }
            Cell::Unknown => {
                let found = format!("`{}` in {}", column.text(row), row_name(row));
                let few: Vec<String> = self.levels.iter().take(10).map(|level| format!("`{level}`")).collect();
                Err(Error::input(format!("strata `{name}`"), found)
                    .expected(format!("one of those of training: {}", few.join(", "))))
            }
        };
        as_levels(&column, rows, &known).into_iter().zip(rows).map(number).collect()
    }

    /// Times, strata and the offset of `rows`.
    ///
    /// # Errors
    /// Those of [`strata`](Self::strata).
    pub fn durations(
        &self,
        table: &dyn TableSource,
        rows: &[usize],
        time: Vec<f64>,
        offset: Vec<f64>,
    ) -> Result<Durations> {
        Ok(Durations { time, stratum: self.strata(table, rows)?, offset })
    }

    /// The logarithms of the exposures of `rows` to the baseline, added to `offset` (n, or empty).
    ///
    /// # Errors
    /// Those of [`strata`](Self::strata).
    pub fn with_exposures(
        &self,
        table: &dyn TableSource,
        rows: &[usize],
        time: &[f64],
        offset: &[f64],
    ) -> Result<Vec<f64>> {
        let strata = self.strata(table, rows)?;
        let of_row = |(i, time): (usize, &f64)| {
            let known = offset.get(i).copied().unwrap_or(0.0);
            known + self.baseline.log_exposure(strata.get(i).copied().unwrap_or(0), *time)
        };
        Ok(time.iter().enumerate().map(of_row).collect())
    }
}

/// The events of a column in `rows`, none of which is missing.
///
/// # Errors
/// The first cell that is no event.
pub fn events(column: &Column, rows: &[usize], row: impl Fn(usize) -> String) -> Result<Vec<f64>> {
    let of_row = |&i: &usize| match &column.values {
        Values::Numeric(values) => (values[i] == 0.0 || values[i] == 1.0).then_some(values[i]),
        Values::Categorical { codes, levels } if codes[i] != MISSING => {
            match levels[codes[i] as usize].to_lowercase().as_str() {
                "1" | "true" => Some(1.0),
                "0" | "false" => Some(0.0),
                _ => None,
            }
        }
        Values::Categorical { .. } => None,
    };
    let of_row = |i: &usize| of_row(i).ok_or(*i);
    rows.iter().map(of_row).collect::<std::result::Result<_, usize>>().map_err(|first| {
        let found = if column.values.is_missing(first) {
            format!("a missing cell in {}", row(first))
        } else {
            format!("`{}` in {}", column.text(first), row(first))
        };
        let mut values: Vec<String> =
            rows.iter().filter(|&&i| !column.values.is_missing(i)).map(|&i| column.text(i)).collect();
        values.sort();
        values.dedup();
        let error = Error::input(format!("event `{}`", column.name), found)
            .expected("1 or true where the event happened, 0 or false where the row was censored");
        match &values[..] {
            [a, b] => error.hint(format!("the column has two values, `{a}` and `{b}`: make a column that is 1 for the event")),
            [_, _, _, ..] if values.len() <= 10 => error.hint(format!(
                "the column has {} values: of several kinds of events make one of interest 1, and the others 0 (censored)",
                values.len()
            )),
            _ => error,
        }
    })
}

fn find<'a>(table: &'a dyn TableSource, role: &str, name: &str) -> Result<std::borrow::Cow<'a, Column>> {
    column_of_the_model(table, format!("{role} `{name}`"), name)
}
