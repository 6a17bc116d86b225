//! The learning rate over the course of a training.

use serde::{Deserialize, Serialize};
use skiplayer::Result;

use super::require;

/// The learning rate, as a multiple of the largest one, by how much of the budget is spent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    Constant,
    /// Multiplied by `factor` whenever one of the fractions `at` of the budget is spent.
    Steps {
        at: Vec<f64>,
        factor: f64,
    },
    /// last + (1 - last)(1 + cos(pi progress)) / 2 (Loshchilov & Hutter 2017, eq. 5, without restarts).
    Cosine {
        last: f64,
    },
    /// From `first` up to 1 when `peak_at` of the budget is spent, then down to `last`, in straight lines (Smith & Topin 2018).
    OneCycle {
        first: f64,
        peak_at: f64,
        last: f64,
    },
}

impl Schedule {
    /// Between 0 and 1, for `progress` between 0 and 1.
    pub fn factor(&self, progress: f64) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Steps { at, factor } => factor.powi(at.iter().filter(|&&at| progress >= at).count() as i32),
            Self::Cosine { last } => last + (1.0 - last) * (1.0 + (std::f64::consts::PI * progress).cos()) / 2.0,
            Self::OneCycle { first, peak_at, last } => {
                if progress < *peak_at {
                    first + (1.0 - first) * progress / peak_at
                } else {
                    1.0 + (last - 1.0) * (progress - peak_at) / (1.0 - peak_at)
                }
            }
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let share = "from 0 to 1";
        match self {
            Self::Constant => Ok(()),
            Self::Steps { at, factor } => {
                let is_ordered = at.is_sorted() && at.iter().all(|&at| at > 0.0 && at < 1.0);
                let expected = "fractions of the budget between 0 and 1 in ascending order";
                require("schedule.steps.at", format!("{at:?}"), is_ordered, expected)?;
                let is_factor = *factor > 0.0 && *factor <= 1.0;
                require("schedule.steps.factor", factor, is_factor, "above 0 and at most 1; 0.1 is usual")
            }
            Self::Cosine { last } => require("schedule.cosine.last", last, (0.0..=1.0).contains(last), share),
            Self::OneCycle { first, peak_at, last } => {
                require("schedule.one_cycle.first", first, (0.0..=1.0).contains(first), share)?;
                let is_inside = *peak_at > 0.0 && *peak_at < 1.0;
                require("schedule.one_cycle.peak_at", peak_at, is_inside, "between 0 and 1; 0.25 is usual")?;
                require("schedule.one_cycle.last", last, (0.0..=1.0).contains(last), share)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_schedule() -> impl Strategy<Value = Schedule> {
        let fraction = || 0.001..0.999;
        prop_oneof![
            Just(Schedule::Constant),
            (prop::collection::vec(fraction(), 0..4), fraction()).prop_map(|(mut at, factor)| {
                at.sort_by(f64::total_cmp);
                Schedule::Steps { at, factor }
            }),
            fraction().prop_map(|last| Schedule::Cosine { last }),
            (fraction(), fraction(), fraction()).prop_map(|(first, peak_at, last)| Schedule::OneCycle {
                first,
                peak_at,
                last
            }),
        ]
    }

    proptest! {
        #[test]
        fn never_above_the_peak_or_below_the_ends(schedule in any_schedule(), progress in 0.0..=1.0) {
            schedule.check().unwrap();
            let factor = schedule.factor(progress);
            let least = schedule.factor(0.0).min(schedule.factor(1.0));
            prop_assert!(factor >= least - 1e-12 && factor <= 1.0 + 1e-12, "{factor}");
        }

        #[test]
        fn after_the_peak_it_only_falls(schedule in any_schedule(), a in 0.0..=1.0, b in 0.0..=1.0) {
            let peak = if let Schedule::OneCycle { peak_at, .. } = &schedule { *peak_at } else { 0.0 };
            let (early, late) = (f64::min(a, b).max(peak), f64::max(a, b).max(peak));
            prop_assert!(schedule.factor(late) <= schedule.factor(early) + 1e-12);
        }
    }

    #[test]
    fn values_known_by_hand() {
        let steps = Schedule::Steps { at: vec![0.3, 0.6, 0.8], factor: 0.2 };
        for (progress, expected) in [(0.0, 1.0), (0.29, 1.0), (0.3, 0.2), (0.7, 0.04), (0.8, 0.008), (1.0, 0.008)] {
            assert!((steps.factor(progress) - expected).abs() < 1e-15);
        }
        let cosine = Schedule::Cosine { last: 0.1 };
        for (progress, expected) in [(0.0, 1.0), (1.0 / 3.0, 0.775), (0.5, 0.55), (1.0, 0.1)] {
            assert!((cosine.factor(progress) - expected).abs() < 1e-15);
        }
        let cycle = Schedule::OneCycle { first: 0.2, peak_at: 0.25, last: 0.0 };
        for (progress, expected) in [(0.0, 0.2), (0.125, 0.6), (0.25, 1.0), (0.625, 0.5), (1.0, 0.0)] {
            assert!((cycle.factor(progress) - expected).abs() < 1e-15);
        }
    }
}
