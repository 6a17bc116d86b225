//! Intervals and sets at one level, from what travels with the model.

use serde::Serialize;

use super::steps::Steps;
use crate::encode::Task;
use crate::evaluate::IntervalModel;
use crate::evaluate::intervals::conformal::{rank_of, weighted_quantile};
use crate::evaluate::intervals::temperature::LEAST;
use crate::evaluate::options::INTERVAL;
use crate::{Error, Result};

/// What an interval or set is made of.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Interval {
    /// prediction - reach to prediction + reach, for each target.
    Reach {
        level: f64,
        reach: Vec<f64>,
        /// No interval goes below.
        lowest: Option<f64>,
        /// Nor above.
        highest: Option<f64>,
        /// Ends are whole: those inside, or where there are none between them the two beside.
        whole: bool,
    },
    /// From the `rank`-th largest of (prediction of a fold + its residual) down, and from the `rank`-th smallest of (prediction of a
    /// fold - its residual) up.
    CvPlus {
        level: f64,
        rank: usize,
        folds: Vec<Steps>,
        /// For each target, for each fold, the largest residuals, `rank` of them at most: smaller ones never are an end.
        residuals: Vec<Vec<Vec<f64>>>,
        lowest: Option<f64>,
        highest: Option<f64>,
        whole: bool,
    },
    /// The classes whose probability is at least `least_probability`; and calibrated probabilities, those of the model, at least
    /// `smallest`, to the power of `inverse_temperature`, divided by their sum.
    Set { level: f64, least_probability: f64, inverse_temperature: f64, smallest: f64 },
}

impl Interval {
    /// # Errors
    /// A level that is no share, or beyond what the rows of calibration can vouch for.
    pub(super) fn of(intervals: &IntervalModel, level: f64, task: Task) -> Result<Self> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::input(&INTERVAL, level.to_string()).expected("a share between 0 and 1, such as 0.9"));
        }
        let (highest_level, highest, whole) = (intervals.highest_level(), task.highest(), task.is_whole());
        let beyond = || {
            // Rounded down, so that it can be asked for.
            let highest_level = (highest_level * 1000.0).floor() / 1000.0;
            Error::input(&INTERVAL, level.to_string())
                .expected(format!("{highest_level} or less: the model was evaluated on too few rows to vouch for more"))
                .hint("fit it on more rows")
        };
        let finite = |number: f64| if number.is_finite() { Ok(number) } else { Err(beyond()) };
        match intervals {
            IntervalModel::SplitInTime { residuals, weights, lowest } => {
                let reach = residuals.iter().map(|residuals| finite(weighted_quantile(residuals, weights, level)));
                Ok(Interval::Reach { level, reach: reach.collect::<Result<_>>()?, lowest: *lowest, highest, whole })
            }
            IntervalModel::CvPlus { folds, residuals, lowest } => {
                let n: usize = residuals.first().map_or(0, |folds| folds.iter().map(Vec::len).sum());
                let from_below = rank_of(n, level).ok_or_else(beyond)?;
                let rank = n + 1 - from_below;
                let largest = |residuals: &Vec<f64>| {
                    let mut sorted = residuals.clone();
                    sorted.sort_by(|a, b| b.total_cmp(a));
                    sorted.truncate(rank);
                    sorted
                };
                let steps = folds.iter().map(|fold| Steps::of(&fold.encoding, &fold.target, &fold.network));
                Ok(Interval::CvPlus {
                    level,
                    rank,
                    folds: steps.collect::<Result<_>>()?,
                    residuals: residuals.iter().map(|folds| folds.iter().map(largest).collect()).collect(),
                    lowest: *lowest,
                    highest,
                    whole,
                })
            }
            IntervalModel::LowerBound(_) => Err(Error::input(&INTERVAL, level.to_string())
                .expected("none for durations: exports give the hazard ratio, and no times")
                .hint("lower bounds come with predictions of the model itself")),
            IntervalModel::Lac { inverse_temperature, .. } => Ok(Interval::Set {
                level,
                least_probability: finite(intervals.least_probability(level).unwrap_or(f64::NEG_INFINITY))?,
                inverse_temperature: *inverse_temperature,
                smallest: LEAST,
            }),
        }
    }

    /// The fold models, if it takes them.
    pub fn steps(&self) -> &[Steps] {
        match self {
            Interval::CvPlus { folds, .. } => folds,
            Interval::Reach { .. } | Interval::Set { .. } => &[],
        }
    }
}
