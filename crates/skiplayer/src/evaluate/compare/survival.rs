//! What predicted hazards and survival curves are judged by.

use crate::survival::{Concordance, Durations, Horizon, concordance};

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
    /// Harrell's and Uno's, by their names in tables; none without a pair that can be told apart. Hazards (n) are against the mean log hazard
    /// of the training rows of each fold. O(n log n).
    pub fn concordances(&self, event: &[f64], weight: &[f64], hazard: &[f64]) -> Vec<(&'static str, Concordance)> {
        let harrell = concordance(self.durations, event, weight, hazard, |_| 1.0);
        let uno = concordance(self.durations, event, weight, hazard, |time| self.horizon.of_event(time));
        [("C", harrell), ("Uno's C", uno)].into_iter().filter_map(|(name, found)| Some((name, found?))).collect()
    }
}
