//! Scores of predicted hazards and survival curves.

use super::metrics::Predicted;
use crate::evaluate::record::Score;
use crate::survival::{Durations, Horizon, concordance};

/// What durations are judged by besides their hazards.
#[derive(Debug, Clone, Copy)]
pub struct SurvivalTold<'a> {
    /// Of the predicted rows.
    pub durations: &'a Durations,
    pub horizon: &'a Horizon,
    /// Integrated squared error of the survival curve of each row.
    pub brier: &'a [f64],
}

impl SurvivalTold<'_> {
    /// Harrell's and Uno's concordance and the integrated Brier score. Rows are told apart by hazards against the mean log hazard of the
    /// training rows of each fold. O(n log n).
    pub fn scores(&self, predicted: &Predicted) -> Vec<Score> {
        let (event, risk) = (predicted.observed.column(0), predicted.mean.column(0));
        let share = |metric: &str, of_event: &dyn Fn(f64) -> f64| {
            let found = concordance(self.durations, event, predicted.weight, risk, of_event)?;
            let se = predicted.standard_error(&found.influence);
            Some(Score { metric: metric.into(), mean: found.share, se, larger_is_better: true })
        };
        let harrell = share("C", &|_| 1.0);
        let uno = share("Uno's C", &|time| self.horizon.of_event(time));
        let (mean, se) = predicted.average(self.brier);
        let brier = Score { metric: "IBS".into(), mean, se, larger_is_better: false };
        harrell.into_iter().chain(uno).chain([brier]).collect()
    }
}
