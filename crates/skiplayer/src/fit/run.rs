//! From a table to a model: the whole of a fit.

use std::borrow::Cow;

use super::config::Config;
use super::fitted::{Fitted, finish};
use super::large;
use super::observer::{Event, Observer};
use super::solve;
use crate::Result;
use crate::encode::{Standard, Task};
use crate::error::Message;
use crate::fit::select::choose::Goal;
use crate::fit::select::encoded::Rows;
use crate::schema::{Prepared, TargetSpec, prepare};
use crate::table::{Columns, Table, Values};

/// Fits a skip-layer network to `table`: a [`Table`] in memory, or one that is fetched in parts.
///
/// Tables of more than [`Config::stochastic_above`] usable rows are encoded in single precision part by part, and that is all
/// that is kept of them: 4 bytes for each feature of a row, response and weight.
///
/// ```
/// use skiplayer::schema::TargetSpec;
/// use skiplayer::table::{Table, Values};
/// use skiplayer::fit::{Config, Silent, fit};
///
/// let x: Vec<f64> = (0..100).map(|i| f64::from(i * 37 % 100) / 2.0).collect();
/// let y: Vec<f64> = x.iter().enumerate().map(|(i, x)| 3.0 * x + (i as f64).sin()).collect();
/// let table = Table::from_columns(vec![x])?.with_column("y", Values::Numeric(y))?;
/// let fitted = fit(&table, &TargetSpec::new("y"), &Config::default(), &Silent)?;
/// assert_eq!(fitted.summary.n_units, 0);
/// assert!((fitted.summary.coefficients[0].value - 3.0).abs() < 0.02);
/// # Ok::<(), skiplayer::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Input`](crate::ErrorKind::Input) for options, columns or cells that cannot be used as given.
pub fn fit(table: &dyn Columns, target: &TargetSpec, config: &Config, observer: &dyn Observer) -> Result<Fitted> {
    config.check()?;
    let prepared = prepare(table, target)?;
    if config.is_stochastic(prepared.rows.len()) {
        return large::fit(table, target, prepared, config, observer);
    }
    let table: Cow<Table> = table.whole()?;
    let table = table.as_ref();
    let mut warnings = prepared.messages.clone();
    let scales = target_scales(table, &prepared);
    let rows = Rows { table, prepared: &prepared, scales: &scales };
    let all: Vec<usize> = (0..prepared.rows.len()).collect();
    let encoded = rows.encode(&all)?;
    warnings.extend(encoded.messages.iter().map(Message::from));
    warnings.iter().for_each(|w| observer.event(Event::Warning(w.clone())));
    let solution = solve::solve(&encoded.sample, &rows.inner_scheme()?, &rows, config, Goal::Deploy, observer)?;
    solution.messages.iter().for_each(|w| observer.event(Event::Warning(w.clone())));
    warnings.extend(solution.messages.iter().cloned());
    Ok(finish(&prepared, encoded, solution, config, warnings))
}

pub fn target_scales(table: &Table, prepared: &Prepared) -> Vec<f64> {
    if prepared.task != Task::Regression {
        return Vec::new();
    }
    let columns = prepared.targets.iter().filter_map(|name| table.column(name));
    columns
        .map(|column| match &column.values {
            Values::Numeric(values) => {
                let chosen: Vec<f64> = prepared.rows.iter().map(|&i| values[i]).collect();
                Standard::learn(&chosen, &prepared.weight).scale
            }
            Values::Categorical { .. } => 1.0,
        })
        .collect()
}
