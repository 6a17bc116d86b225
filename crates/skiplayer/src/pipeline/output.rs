//! What the outputs of the network stand for.

use serde::Serialize;

use super::holds::Holds;
use crate::encode::{TargetEncoding, Task};
use crate::loss::{LARGEST_LOG_MEAN, Loss};

/// From linear predictors eta to predictions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Output {
    /// mean + scale eta for each target.
    Numbers { targets: Vec<Target> },
    /// e^eta, where eta is `largest` at most.
    Count { target: String, largest: f64 },
    /// `scale` e^eta, where eta is `largest` at most.
    Amount { target: String, largest: f64, scale: f64 },
    /// e^eta, where eta is `largest` at most: the hazard of a row over that of the mean row.
    HazardRatio { target: String, largest: f64 },
    /// A share of 1 / (1 + e^-eta) of the trials succeed.
    Share { target: String },
    /// The second class has the probability 1 / (1 + e^-eta).
    TwoClasses { target: String, classes: [String; 2] },
    /// A class or a lower one has the probability 1 / (1 + e^(eta - threshold)), with a threshold for each class but the last. A class has
    /// that of being below its threshold, times that of being above the one before, times its gap: 1 - e^(before - its own), at both ends 1.
    Ordered { target: String, classes: Vec<String>, thresholds: Vec<f64>, gaps: Vec<f64> },
    /// Each class has the probability e^eta, divided by the sum of these.
    Classes { target: String, classes: Vec<String> },
}

/// A number that is predicted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Target {
    pub name: String,
    /// What the number is: of a date the days since 1970-01-01.
    pub holds: Holds,
    pub mean: f64,
    pub scale: f64,
}

impl Output {
    pub(super) fn of(target: &TargetEncoding) -> Self {
        let name = target.names.first().cloned().unwrap_or_default();
        match (target.task, &target.classes[..]) {
            (Task::Regression, _) => {
                let of = |(at, (name, standard)): (usize, (&String, &crate::encode::Standard))| Target {
                    name: name.clone(),
                    holds: target.meanings.get(at).map_or(Holds::Number, Holds::of),
                    mean: standard.mean,
                    scale: standard.scale,
                };
                Output::Numbers { targets: target.names.iter().zip(&target.standard).enumerate().map(of).collect() }
            }
            (Task::Count, _) => Output::Count { target: name, largest: LARGEST_LOG_MEAN },
            (Task::Amount, _) => {
                Output::Amount { target: name, largest: LARGEST_LOG_MEAN, scale: target.unit(0).scale }
            }
            (Task::Survival, _) => Output::HazardRatio { target: name, largest: LARGEST_LOG_MEAN },
            (Task::Successes, _) => Output::Share { target: name },
            (Task::Binary, [first, second]) => {
                Output::TwoClasses { target: name, classes: [first.clone(), second.clone()] }
            }
            (Task::Ordinal, classes) => {
                let (thresholds, gaps) = match target.loss() {
                    Loss::Ordinal(own) => (own.thresholds().to_vec(), own.gaps().to_vec()),
                    _ => (Vec::new(), Vec::new()),
                };
                Output::Ordered { target: name, classes: classes.to_vec(), thresholds, gaps }
            }
            (Task::Binary | Task::Multiclass, classes) => Output::Classes { target: name, classes: classes.to_vec() },
        }
    }

    /// The classes; none of numbers, counts, amounts and shares.
    pub fn classes(&self) -> &[String] {
        match self {
            Output::TwoClasses { classes, .. } => classes,
            Output::Classes { classes, .. } | Output::Ordered { classes, .. } => classes,
            Output::Numbers { .. }
            | Output::Count { .. }
            | Output::Amount { .. }
            | Output::HazardRatio { .. }
            | Output::Share { .. } => &[],
        }
    }

    /// The columns that are predicted.
    pub fn targets(&self) -> Vec<&str> {
        match self {
            Output::Numbers { targets } => targets.iter().map(|target| target.name.as_str()).collect(),
            Output::Count { target, .. }
            | Output::Amount { target, .. }
            | Output::HazardRatio { target, .. }
            | Output::Share { target }
            | Output::TwoClasses { target, .. }
            | Output::Ordered { target, .. }
            | Output::Classes { target, .. } => vec![target],
        }
    }
}
