//! All that a prediction takes.

use serde::Serialize;

use super::feature::Feature;
use super::holds::Holds;
use super::interval::Interval;
use super::steps::Steps;
use crate::encode::OffsetColumns;
use crate::evaluate::IntervalModel;
use crate::{Model, Result};

/// All that a prediction takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pipeline {
    /// Columns of the table that are read.
    pub columns: Vec<InputColumn>,
    pub model: Steps,
    pub interval: Option<Interval>,
}

/// A column that is read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InputColumn {
    /// What features call it.
    pub name: String,
    /// What the table calls it.
    pub column: String,
    pub holds: Holds,
    /// Whether the natural logarithm of its cells is what features take.
    pub logarithm: bool,
}

impl Pipeline {
    /// The steps of `model`; with `intervals` and the share of new rows that they are to cover also those of intervals, or of
    /// sets and calibrated probabilities of classes.
    ///
    /// # Errors
    /// A model without any input, and a share that is none or that the rows of calibration cannot vouch for.
    pub fn new(model: &Model, intervals: Option<(&IntervalModel, f64)>) -> Result<Self> {
        let steps = Steps::of(&model.encoding, &model.target, &model.network)?;
        let interval = intervals.map(|(intervals, level)| Interval::of(intervals, level, model.task)).transpose()?;
        let of_folds = interval.iter().flat_map(Interval::steps);
        let read: Vec<&str> = std::iter::once(&steps)
            .chain(of_folds)
            .flat_map(|steps| steps.features.iter().map(Feature::column))
            .collect();
        let mut columns: Vec<InputColumn> = Vec::new();
        for input in &model.encoding.inputs {
            let name = input.column();
            if read.contains(&name) && columns.iter().all(|column| column.name != name) {
                let holds = Holds::of_input(input);
                columns.push(InputColumn { name: name.to_owned(), column: name.to_owned(), holds, logarithm: false });
            }
        }
        let OffsetColumns { offset, exposure } = &model.target.offset;
        let known = offset.iter().map(|column| (column, false)).chain(exposure.iter().map(|column| (column, true)));
        for (name, (column, logarithm)) in model.target.offset.terms().into_iter().zip(known) {
            columns.push(InputColumn { name, column: column.clone(), holds: Holds::Number, logarithm });
        }
        Ok(Self { columns, model: steps, interval })
    }

    /// What the cells of a column are.
    pub fn holds(&self, name: &str) -> Option<Holds> {
        self.columns.iter().find(|column| column.name == name).map(|column| column.holds)
    }

    /// Says that features called `name` are logarithms of the table's column `column`, if there are any.
    pub fn reads_logarithm(&mut self, name: &str, column: &str) {
        for own in self.columns.iter_mut().filter(|own| own.name == name && own.holds == Holds::Number) {
            own.column = column.to_owned();
            own.logarithm = true;
        }
    }
}
