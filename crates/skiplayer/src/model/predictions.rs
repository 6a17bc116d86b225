//! Predictions of rows, and as the columns that they are in a file.

use crate::encode::Remark;
use crate::matrix::Matrix;

/// What a model predicts for each row of a table.
///
/// | task | `outputs` | `mean` |
/// |---|---|---|
/// | regression | the targets | expected values in the target's units |
/// | counts | the target | expected counts |
/// | successes | the target | the probability of a success |
/// | durations | the target | hazard ratios: 1 is that of the mean log hazard over the training rows |
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
    /// (n), of successes their expected number, where the table says out of how many trials; NaN where a cell of these is missing.
    pub expected: Option<Vec<f64>>,
    /// Of durations hazards and medians, and survival at times that were asked for.
    pub survival: Option<SurvivalPredictions>,
    /// What was unusual about cells.
    pub remarks: Vec<Remark>,
}

/// What is predicted of the duration of each row.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SurvivalPredictions {
    /// (n), larger where events come sooner: 0 is the mean over the training rows. The hazard ratio is its exponential.
    pub log_hazard: Vec<f64>,
    /// (n), the first time at which the probability of no event is a half or less, in the target's units; NaN where it stays above.
    pub median: Vec<f64>,
    /// (T), those that were asked for.
    pub times: Vec<f64>,
    /// (n, T), the probability that there is no event up to a time; NaN beyond the time that training rows were watched.
    pub survival: Matrix,
}

impl Predictions {
    pub(super) fn of_numbers(outputs: Vec<String>, mean: Matrix, remarks: Vec<Remark>) -> Self {
        Self { outputs, mean, class: None, expected: None, survival: None, remarks }
    }

    /// The most probable class is the first of those with the largest probability.
    pub(super) fn of_classes(classes: Vec<String>, mean: Matrix, remarks: Vec<Remark>) -> Self {
        let most_probable =
            |i: usize| (0..classes.len()).fold(0, |best, c| if mean.get(i, c) > mean.get(i, best) { c } else { best });
        let class = (0..mean.n_rows()).map(most_probable).collect();
        Self { outputs: classes, mean, class: Some(class), expected: None, survival: None, remarks }
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

    /// As columns of a file: `prediction` (`prediction_<target>` where there are several), then `p_<class>` for classes. Of
    /// successes `prediction` is their probability, and `expected` their number where trials are known. Of durations `log_hazard`, `hazard_ratio`, `median`, and `survival_<time>` for each time.
    pub fn columns(&self) -> Vec<(String, PredictedColumn)> {
        if let Some(own) = &self.survival {
            let column = |name: &str, values: &[f64]| (name.to_owned(), PredictedColumn::Numbers(values.to_vec()));
            let at_times = own.times.iter().enumerate();
            let at_times = at_times.map(|(t, time)| column(&format!("survival_{time}"), own.survival.column(t)));
            return [
                column("log_hazard", &own.log_hazard),
                column("hazard_ratio", self.mean.column(0)),
                column("median", &own.median),
            ]
            .into_iter()
            .chain(at_times)
            .collect();
        }
        let outputs = self.outputs.iter().enumerate();
        let numbers = |o: usize| PredictedColumn::Numbers(self.mean.column(o).to_vec());
        match &self.class {
            Some(codes) => {
                let labels = PredictedColumn::Labels { codes: codes.clone(), classes: self.outputs.clone() };
                let probabilities = outputs.map(|(o, class)| (format!("p_{class}"), numbers(o)));
                std::iter::once(("prediction".to_owned(), labels)).chain(probabilities).collect()
            }
            None if self.outputs.len() == 1 => {
                let expected =
                    self.expected.iter().map(|own| ("expected".to_owned(), PredictedColumn::Numbers(own.clone())));
                std::iter::once(("prediction".to_owned(), numbers(0))).chain(expected).collect()
            }
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
