//! All that a prediction takes.

use serde::Serialize;

use super::feature::Feature;
use super::holds::Holds;
use super::interval::Interval;
use super::steps::Steps;
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

/// A column of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InputColumn {
    pub name: String,
    pub holds: Holds,
}

impl Pipeline {
    /// The steps of `model`; with `intervals` and the share of new rows that they are to cover also those of intervals, or of
    /// sets and calibrated probabilities of classes.
    ///
    /// # Errors
    /// A model without any input, and a share that is none or that the rows of calibration cannot vouch for.
    pub fn new(model: &Model, intervals: Option<(&IntervalModel, f64)>) -> Result<Self> {
        let steps = Steps::of(&model.encoding, &model.target, &model.network)?;
        let interval = intervals.map(|(intervals, level)| Interval::of(intervals, level)).transpose()?;
        let of_folds = interval.iter().flat_map(Interval::steps);
        let read: Vec<&str> = std::iter::once(&steps)
            .chain(of_folds)
            .flat_map(|steps| steps.features.iter().map(Feature::column))
            .collect();
        let mut columns: Vec<InputColumn> = Vec::new();
        for input in &model.encoding.inputs {
            let name = input.column();
            if read.contains(&name) && columns.iter().all(|column| column.name != name) {
                columns.push(InputColumn { name: name.to_owned(), holds: Holds::of_input(input) });
            }
        }
        Ok(Self { columns, model: steps, interval })
    }

    /// What the cells of a column are.
    pub fn holds(&self, name: &str) -> Option<Holds> {
        self.columns.iter().find(|column| column.name == name).map(|column| column.holds)
    }
}
