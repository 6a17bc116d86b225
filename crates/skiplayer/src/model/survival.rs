//! Predictions of durations: hazards against the mean row, survival curves, medians.

use super::Model;
use super::predictions::{Predictions, SurvivalPredictions};
use crate::encode::Task;
use crate::matrix::Matrix;
use crate::schema::options::TASK;
use crate::table::Table;
use crate::{Error, Result};

impl Model {
    /// As [`predict`](Self::predict), with the probability of no event up to each of `times`, in the target's units. O(n T log steps) besides.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict); a target that is no duration; a time that is negative or not finite.
    pub fn predict_survival(&self, table: &Table, times: &[f64]) -> Result<Predictions> {
        if self.task != Task::Survival {
            return Err(Error::input("times", format!("a model of the task {}", self.task.name()))
                .expected(crate::message![TASK.to(Task::Survival.name()), ", whose targets are durations"]));
        }
        if let Some(time) = times.iter().find(|time| !(**time >= 0.0 && time.is_finite())) {
            return Err(Error::input("times", time.to_string()).expected("finite times of 0 or more"));
        }
        let mut predictions = self.predict(table)?;
        if let Some(own) = &mut predictions.survival {
            let strata = self.strata(table)?;
            let baseline = self.target.survival.as_ref().map(|own| &own.baseline);
            let at =
                |i: usize, time: f64| baseline?.survival(strata.get(i).copied().unwrap_or(0), own.log_hazard[i], time);
            own.survival =
                Matrix::from_fn(own.log_hazard.len(), times.len(), |i, t| at(i, times[t]).unwrap_or(f64::NAN));
            own.times = times.to_vec();
        }
        Ok(predictions)
    }

    /// Of rows with these hazard ratios (n, 1).
    pub(super) fn survival(&self, table: &Table, hazard_ratio: &Matrix) -> Result<Option<SurvivalPredictions>> {
        let Some(own) = &self.target.survival else { return Ok(None) };
        let strata = self.strata(table)?;
        let log_hazard: Vec<f64> = hazard_ratio.column(0).iter().map(|ratio| ratio.ln()).collect();
        let median = log_hazard.iter().enumerate().map(|(i, log_hazard)| {
            own.baseline.median(strata.get(i).copied().unwrap_or(0), *log_hazard).unwrap_or(f64::NAN)
        });
        let (median, n) = (median.collect(), log_hazard.len());
        Ok(Some(SurvivalPredictions { log_hazard, median, times: Vec::new(), survival: Matrix::zeros(n, 0) }))
    }

    /// Of each row, the first time by which such rows have had an event with probability `share`. O(n log steps) besides a prediction.
    pub(crate) fn times_of_share(&self, table: &Table, share: f64) -> Result<Vec<f64>> {
        let predictions = self.predict(table)?;
        let (Some(own), Some(survival)) = (&self.target.survival, &predictions.survival) else { return Ok(Vec::new()) };
        let strata = self.strata(table)?;
        let time = |(i, log_hazard): (usize, &f64)| {
            own.baseline.time_of_share(strata.get(i).copied().unwrap_or(0), *log_hazard, share).unwrap_or(f64::NAN)
        };
        Ok(survival.log_hazard.iter().enumerate().map(time).collect())
    }

    fn strata(&self, table: &Table) -> Result<Vec<usize>> {
        let rows: Vec<usize> = (0..table.n_rows()).collect();
        self.target.survival.as_ref().map_or_else(|| Ok(Vec::new()), |own| own.strata(table, &rows))
    }
}
