//! Predictions of rows, and as the columns that they are in a file.

use crate::encode::Remark;
use crate::matrix::Matrix;

/// What a model predicts for each row of a table.
///
/// | task | `outputs` | `mean` |
/// |---|---|---|
/// | regression | the targets | expected values in the target's units |
/// | counts | the target | expected counts |
/// | two or more classes | the classes | probability of each class; rows add to 1 |
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Predictions {
    /// Names of the columns of `mean`.
    pub outputs: Vec<String>,
    /// (n, n_outputs)
    pub mean: Matrix,
    /// The most probable class of each row, as an index into `outputs`; `None` unless the task is a classification.
    pub class: Option<Vec<usize>>,
    /// What was unusual about cells.
    pub remarks: Vec<Remark>,
}

impl Predictions {
    pub(super) fn of_numbers(outputs: Vec<String>, mean: Matrix, remarks: Vec<Remark>) -> Self {
        Self { outputs, mean, class: None, remarks }
    }

    /// The most probable class is the first of those with the largest probability.
    pub(super) fn of_classes(classes: Vec<String>, mean: Matrix, remarks: Vec<Remark>) -> Self {
        let most_probable =
            |i: usize| (0..classes.len()).fold(0, |best, c| if mean.get(i, c) > mean.get(i, best) { c } else { best });
        let class = (0..mean.n_rows()).map(most_probable).collect();
        Self { outputs: classes, mean, class: Some(class), remarks }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.mean.n_rows()
    }

    /// The most probable class of each row by its name; `None` unless the task is a classification.
    pub fn labels(&self) -> Option<Vec<&str>> {
        let class = self.class.as_ref()?;
        Some(class.iter().map(|&code| self.outputs[code].as_str()).collect())
    }

    /// As columns of a file: `prediction` (`prediction_<target>` where there are several), then `p_<class>` for classes.
    pub fn columns(&self) -> Vec<(String, PredictedColumn)> {
        let outputs = self.outputs.iter().enumerate();
        let numbers = |o: usize| PredictedColumn::Numbers(self.mean.column(o).to_vec());
        match &self.class {
            Some(codes) => {
                let labels = PredictedColumn::Labels { codes: codes.clone(), classes: self.outputs.clone() };
                let probabilities = outputs.map(|(o, class)| (format!("p_{class}"), numbers(o)));
                std::iter::once(("prediction".to_owned(), labels)).chain(probabilities).collect()
            }
            None if self.outputs.len() == 1 => vec![("prediction".to_owned(), numbers(0))],
            None => outputs.map(|(o, target)| (format!("prediction_{target}"), numbers(o))).collect(),
        }
    }
}

/// A column of predictions.
#[derive(Debug, Clone, PartialEq)]
pub enum PredictedColumn {
    Numbers(Vec<f64>),
    /// Indices into `classes`.
    Labels {
        codes: Vec<usize>,
        classes: Vec<String>,
    },
    Text(Vec<String>),
}

impl PredictedColumn {
    /// Adds the rows of the same column of the next part of a table. A column of another kind adds nothing.
    pub fn append(&mut self, more: Self) {
        match (self, more) {
            (Self::Numbers(own), Self::Numbers(more)) => own.extend(more),
            (Self::Labels { codes, .. }, Self::Labels { codes: more, .. }) => codes.extend(more),
            (Self::Text(own), Self::Text(more)) => own.extend(more),
            _ => {}
        }
    }
}
