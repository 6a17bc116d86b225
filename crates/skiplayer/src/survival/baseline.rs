//! The cumulative hazard of rows whose log hazard is 0: a step function in each stratum.

use serde::{Deserialize, Serialize};

use super::NO_EXPOSURE;
use super::risk_sets::RiskSets;

/// A cumulative hazard that rises at times with events.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Steps {
    /// Times with events, growing.
    pub time: Vec<f64>,
    /// Cumulative hazard from each of them on.
    pub hazard: Vec<f64>,
    /// The latest time at which somebody was watched; nothing is known beyond.
    pub last: f64,
}

impl Steps {
    /// The cumulative hazard at `time`, 0 before the first event. O(log steps).
    pub fn at(&self, time: f64) -> f64 {
        match self.time.partition_point(|own| *own <= time) {
            0 => 0.0,
            k => self.hazard[k - 1],
        }
    }

    /// The first time at which the cumulative hazard reaches `level`; `None` where it never does.
    pub fn reaches(&self, level: f64) -> Option<f64> {
        self.time.get(self.hazard.partition_point(|own| *own < level)).copied()
    }
}

/// Cumulative hazards of all strata (Breslow's estimator, or Efron's where ties are his).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Baseline {
    /// One a stratum.
    pub strata: Vec<Steps>,
}

impl Baseline {
    /// From training rows with `time` (n) and log hazards `eta` (n). O(n).
    pub fn estimate(sets: &RiskSets, time: &[f64], eta: &[f64]) -> Self {
        let risk = sets.risks(eta);
        let strata = sets.strata.iter().map(|stratum| {
            let mut sum = 0.0;
            let hazard = sets.hazards(stratum, &risk).into_iter().map(|(all, _)| {
                sum += all;
                sum
            });
            Steps {
                hazard: hazard.collect(),
                time: stratum.times.iter().map(|at| at.time).collect(),
                last: stratum.order.last().map_or(0.0, |&i| time[i]),
            }
        });
        Self { strata: strata.collect() }
    }

    /// The steps of a stratum; of one without events those of the stratum with most.
    pub fn steps(&self, stratum: usize) -> Option<&Steps> {
        let own = self.strata.get(stratum).filter(|steps| !steps.time.is_empty());
        own.or_else(|| self.strata.iter().filter(|steps| !steps.time.is_empty()).max_by_key(|steps| steps.time.len()))
    }

    /// The logarithm of the cumulative hazard at `time` for rows that had no part in it. Before the first event it is that of half its
    /// hazard: nobody's likelihood is zero for having been the first.
    pub fn log_exposure(&self, stratum: usize, time: f64) -> f64 {
        let Some(steps) = self.steps(stratum) else { return NO_EXPOSURE };
        steps.at(time).max(0.5 * steps.hazard[0]).ln()
    }

    /// The probability that a row of `stratum` with this log hazard has no event up to `time`; `None` beyond what was watched.
    pub fn survival(&self, stratum: usize, log_hazard: f64, time: f64) -> Option<f64> {
        let steps = self.strata.get(stratum).filter(|steps| time <= steps.last)?;
        Some((-steps.at(time) * log_hazard.exp()).exp())
    }

    /// The first time at which that probability is a half or less; `None` where it stays above.
    pub fn median(&self, stratum: usize, log_hazard: f64) -> Option<f64> {
        self.strata.get(stratum)?.reaches(std::f64::consts::LN_2 / log_hazard.exp())
    }

    /// The first time by which a share `share` of such rows has an event, and the last time that was watched where that is not reached. O(log
    /// steps).
    pub fn time_of_share(&self, stratum: usize, log_hazard: f64, share: f64) -> Option<f64> {
        let steps = self.strata.get(stratum)?;
        if share <= 0.0 {
            return Some(0.0);
        }
        Some(steps.reaches(-(-share).ln_1p() / log_hazard.exp()).unwrap_or(steps.last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::Ties;
    use crate::survival::Durations;

    #[test]
    fn without_inputs_it_is_nelson_and_aalens() {
        let time = vec![1.0, 2.0, 2.0, 3.0, 5.0];
        let durations = Durations { time: time.clone(), stratum: Vec::new(), offset: Vec::new() };
        let sets = RiskSets::new(&durations, &[1.0, 1.0, 0.0, 0.0, 1.0], &[1.0; 5], Ties::Efron);
        let baseline = Baseline::estimate(&sets, &time, &[0.0; 5]);
        let steps = &baseline.strata[0];
        assert_eq!((&steps.time[..], steps.last), (&[1.0, 2.0, 5.0][..], 5.0));
        assert!((steps.at(4.0) - (0.2 + 0.25)).abs() < 1e-15 && steps.at(0.5) == 0.0);
        assert_eq!(baseline.median(0, 0.0), Some(5.0));
        assert_eq!(baseline.median(0, 1.0), Some(2.0));
        assert_eq!(baseline.median(0, -3.0), None);
        assert_eq!(baseline.survival(0, 0.0, 5.1), None);
        assert!((baseline.log_exposure(0, 0.0) - 0.1_f64.ln()).abs() < 1e-15);
    }
}
