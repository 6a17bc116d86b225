//! Targets: what is predicted, and its units inside the network.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::standard::Standard;
use super::{MISSING, Matrix, Table, Values};
use crate::loss::Loss;
use crate::{Error, Result};

/// What kind of thing the target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// One or several numbers, squared error.
    Regression,
    /// Two classes, logistic loss.
    Binary,
    /// Three or more classes, softmax.
    Multiclass,
    /// Counts, Poisson.
    Count,
}

impl Task {
    pub fn loss(self) -> Loss {
        match self {
            Task::Regression => Loss::Squared,
            Task::Binary => Loss::Logistic,
            Task::Multiclass => Loss::Softmax,
            Task::Count => Loss::Poisson,
        }
    }

    /// The name in options and files.
    pub fn name(self) -> &'static str {
        match self {
            Task::Regression => "regression",
            Task::Binary => "binary",
            Task::Multiclass => "multiclass",
            Task::Count => "count",
        }
    }

    pub fn is_classification(self) -> bool {
        matches!(self, Task::Binary | Task::Multiclass)
    }
}

/// How target columns become responses of a network, and back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetEncoding {
    pub task: Task,
    /// Target columns.
    pub names: Vec<String>,
    /// Classes in order (numbers by size, text alphabetically); the second is the event of a binary task.
    pub classes: Vec<String>,
    /// Mean and scale of each regression target over the training rows.
    pub standard: Vec<Standard>,
}

impl TargetEncoding {
    /// Learns scales from `rows` (with weights); `classes` come from all usable rows, so that folds share them.
    pub fn learn(
        table: &Table,
        task: Task,
        names: &[String],
        classes: &[String],
        rows: &[usize],
        weight: &[f64],
    ) -> Result<Self> {
        let mut standard = Vec::new();
        if task == Task::Regression {
            for name in names {
                let values = numbers(table, name)?;
                let chosen: Vec<f64> = rows.iter().map(|&i| values[i]).collect();
                standard.push(Standard::learn(&chosen, weight));
            }
        }
        Ok(Self { task, names: names.to_vec(), classes: classes.to_vec(), standard })
    }

    /// Outputs of the network: targets, one logit, a logit a class, or one log mean.
    pub fn n_outputs(&self) -> usize {
        match self.task {
            Task::Regression => self.names.len(),
            Task::Multiclass => self.classes.len(),
            Task::Binary | Task::Count => 1,
        }
    }

    /// Names of the outputs: target columns or classes.
    pub fn output_names(&self) -> Vec<String> {
        match self.task {
            Task::Regression | Task::Count => self.names.clone(),
            Task::Binary => vec![self.classes[1].clone()],
            Task::Multiclass => self.classes.clone(),
        }
    }

    /// Responses (rows, outputs): standardised numbers, 0/1, one-hot classes or counts.
    pub fn encode(&self, table: &Table, rows: &[usize]) -> Result<Matrix> {
        match self.task {
            Task::Regression => {
                let mut columns = Vec::new();
                for (name, standard) in self.names.iter().zip(&self.standard) {
                    let values = numbers(table, name)?;
                    columns.push(rows.iter().map(|&i| standard.apply(values[i])).collect());
                }
                Ok(Matrix::from_columns(rows.len(), &columns))
            }
            Task::Count => {
                let values = numbers(table, &self.names[0])?;
                Ok(Matrix::from_fn(rows.len(), 1, |i, _| values[rows[i]]))
            }
            Task::Binary | Task::Multiclass => {
                let class = class_of_rows(table, &self.names[0], &self.classes, rows)?;
                let event = |o: usize| if self.task == Task::Binary { 1 } else { o };
                Ok(Matrix::from_fn(rows.len(), self.n_outputs(), |i, o| f64::from(u8::from(class[i] == event(o)))))
            }
        }
    }
}

fn column_values<'a>(table: &'a Table, name: &str) -> Result<&'a Values> {
    let column = table.column(name).ok_or_else(|| Error::input(format!("target `{name}`"), "no such column"))?;
    Ok(&column.values)
}

fn numbers<'a>(table: &'a Table, name: &str) -> Result<&'a [f64]> {
    match column_values(table, name)? {
        Values::Numeric(values) => Ok(values),
        Values::Categorical { .. } => {
            Err(Error::input(format!("target `{name}`"), "text").expected("numbers").hint("try `--task multiclass`"))
        }
    }
}

/// The text of a number as a class: `3`, not `3.0`.
pub fn class_name(value: f64) -> String {
    format!("{value}")
}

/// The distinct values over `rows`, in class order, with their counts.
pub fn count_classes(values: &Values, rows: &[usize]) -> Vec<(String, usize)> {
    match values {
        Values::Numeric(values) => {
            let mut sorted: Vec<f64> = rows.iter().map(|&i| values[i]).filter(|v| !v.is_nan()).collect();
            sorted.sort_by(f64::total_cmp);
            sorted.chunk_by(|a, b| a == b).map(|run| (class_name(run[0]), run.len())).collect()
        }
        Values::Categorical { codes, levels } => {
            let mut counts = BTreeMap::new();
            for &i in rows.iter().filter(|&&i| codes[i] != MISSING) {
                *counts.entry(levels[codes[i] as usize].clone()).or_insert(0) += 1;
            }
            counts.into_iter().collect()
        }
    }
}

/// Index into `classes` for each of `rows`.
pub fn class_of_rows(table: &Table, name: &str, classes: &[String], rows: &[usize]) -> Result<Vec<usize>> {
    let values = column_values(table, name)?;
    let find = |class: &str, row: usize| {
        classes.iter().position(|c| c == class).ok_or_else(|| {
            Error::input(format!("target `{name}`"), format!("the class `{class}` in row {}", row + 1))
                .expected(format!("one of {}", classes.join(", ")))
        })
    };
    rows.iter()
        .map(|&i| match values {
            Values::Numeric(values) => find(&class_name(values[i]), i),
            Values::Categorical { codes, levels } => find(&levels[codes[i] as usize], i),
        })
        .collect()
}
