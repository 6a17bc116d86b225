//! A table with the roles of its columns, resolved once and taken by fits, evaluations and analyses.

use std::borrow::Cow;

use super::groups_and_times::numbered;
use super::resolve::resolve;
use super::spec::{ColumnRoles, Schema};
use crate::Result;
use crate::encode::{Standard, Task, row_name};
use crate::table::{Table, Values};

/// A table in memory, the roles of its rows and columns, and the scales of its regression targets.
///
/// ```
/// use skiplayer::evaluate::{EvaluationOptions, evaluate};
/// use skiplayer::fit::{Config, Silent, fit};
/// use skiplayer::schema::{ColumnRoles, Dataset};
/// use skiplayer::table::{Table, Values};
///
/// let x: Vec<f64> = (0..60).map(|i| f64::from(i * 37 % 60)).collect();
/// let y: Vec<f64> = x.iter().enumerate().map(|(i, x)| 3.0 * x + (i as f64).sin()).collect();
/// let table = Table::from_columns(vec![x])?.with_column("y", Values::Numeric(y))?;
/// let data = Dataset::new(&table, ColumnRoles::new("y"))?;
/// assert_eq!(data.schema().inputs, ["x1"]);
/// let config = Config::default();
/// let fitted = fit(&data, &config, &Silent)?;
/// let (evaluation, _) = evaluate(&data, &config, &EvaluationOptions::default(), &Silent)?;
/// assert!(fitted.model.network.n_units() == 0 && evaluation.rows.len() == 60);
/// # Ok::<(), skiplayer::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dataset<'a> {
    table: Cow<'a, Table>,
    roles: Cow<'a, ColumnRoles>,
    schema: Schema,
    target_scales: Vec<f64>,
}

impl<'a> Dataset<'a> {
    /// `table`, owned or borrowed, with these roles of its columns.
    ///
    /// # Errors
    /// Those of [`resolve`].
    pub fn new(table: impl Into<Cow<'a, Table>>, roles: ColumnRoles) -> Result<Self> {
        let table = table.into();
        let schema = resolve(table.as_ref(), &roles)?;
        let target_scales = target_scales(&table, &schema)?;
        Ok(Self { table, roles: Cow::Owned(roles), schema, target_scales })
    }

    /// The whole table, with the rows and columns that take no part.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The roles that were asked for.
    pub fn roles(&self) -> &ColumnRoles {
        &self.roles
    }

    /// The roles that came of it: task, usable rows, inputs, and messages about what was set aside.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Number of usable rows.
    pub fn n_rows(&self) -> usize {
        self.schema.rows.len()
    }

    /// Standard deviations of the regression targets over the usable rows, the mean of amounts; empty for other tasks. Losses of folds are measured
    /// in them.
    pub(crate) fn target_scales(&self) -> &[f64] {
        &self.target_scales
    }

    /// What the weights of the usable rows `chosen` (indices into the schema's rows) add up to where they are the only ones: their number,
    /// or that of their trials.
    pub(crate) fn n_observations(&self, chosen: &[usize]) -> f64 {
        match &self.schema.trials[..] {
            [] => chosen.len() as f64,
            trials => chosen.iter().map(|&i| trials[i]).sum(),
        }
    }

    /// All usable rows, as indices into the schema's.
    pub(crate) fn all(&self) -> Vec<usize> {
        (0..self.n_rows()).collect()
    }

    /// The usable rows `chosen` (indices into the schema's rows) alone. Targets keep their scales.
    pub(crate) fn subset(&self, chosen: &[usize]) -> Dataset<'_> {
        let whole = &self.schema;
        let pick = |values: &[f64]| chosen.iter().map(|&i| values[i]).collect::<Vec<f64>>();
        let schema = Schema {
            rows: chosen.iter().map(|&i| whole.rows[i]).collect(),
            weight: pick(&whole.weight),
            trials: if whole.trials.is_empty() { Vec::new() } else { pick(&whole.trials) },
            groups: whole.groups.as_ref().map(|groups| numbered(chosen.iter().map(|&i| groups[i]))),
            time: whole.time.as_deref().map(pick),
            inner_fold: whole.inner_fold.as_ref().map(|folds| numbered(chosen.iter().map(|&i| folds[i]))),
            ..whole.clone()
        };
        Dataset {
            table: Cow::Borrowed(&self.table),
            roles: Cow::Borrowed(&self.roles),
            schema,
            target_scales: self.target_scales.clone(),
        }
    }
}

impl<'a> From<&'a Table> for Cow<'a, Table> {
    fn from(table: &'a Table) -> Self {
        Cow::Borrowed(table)
    }
}

impl From<Table> for Cow<'_, Table> {
    fn from(table: Table) -> Self {
        Cow::Owned(table)
    }
}

fn target_scales(table: &Table, schema: &Schema) -> Result<Vec<f64>> {
    if !matches!(schema.task, Task::Regression | Task::Amount) {
        return Ok(Vec::new());
    }
    let offset = schema.offset.sums(table, &schema.rows, row_name)?;
    let columns = schema.targets.iter().filter_map(|name| table.column(name));
    let n_levels = schema.loss.levels().len().max(1);
    let scales = columns
        .map(|column| match &column.values {
            Values::Numeric(values) => {
                let mut chosen: Vec<f64> = schema.rows.iter().map(|&i| values[i]).collect();
                if schema.task == Task::Regression {
                    chosen.iter_mut().zip(&offset).for_each(|(value, offset)| *value -= offset);
                }
                let learned = Standard::learn(&chosen, &schema.weight);
                if schema.task == Task::Amount { learned.mean } else { learned.scale }
            }
            Values::Categorical { .. } => 1.0,
        })
        .flat_map(|scale| std::iter::repeat_n(scale, n_levels))
        .collect();
    Ok(scales)
}
