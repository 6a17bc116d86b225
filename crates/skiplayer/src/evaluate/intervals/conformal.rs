//! Prediction intervals and sets that hold whatever the noise, from models that did not see the row.
//!
//! CV+ (Barber, Candès, Ramdas & Tibshirani 2021, "Predictive inference with the jackknife+"): with the residuals
//! R_i = |y_i - f_{-k(i)}(x_i)| of n rows, the interval at level 1 - a goes from the floor(a (n + 1))-th smallest of
//! f_{-k(i)}(x) - R_i to the ceil((1 - a)(n + 1))-th smallest of f_{-k(i)}(x) + R_i. Guaranteed coverage 1 - 2a, usual
//! coverage 1 - a or more. In time order the residuals of models that had seen only the past calibrate the final model (split
//! conformal); rows to come are not exchangeable with rows gone, so older stretches count less (weights of Barber, Candès, Ramdas &
//! Tibshirani 2023, "Conformal prediction beyond exchangeability"). Classes: LAC (Sadinle, Lei & Wasserman 2019), the smallest sets on average: all classes
//! whose probability is at least that of the observed class in a share 1 - a of held-out rows.
//!
//! Several quantiles of one target: conformalised quantile regression (Romano, Patterson & Candès 2019) in the form of CV+ (Gupta,
//! Kuchibhotla & Ramdas 2022). R_i is how far y_i is outside the outermost two quantiles, negative inside, and the interval is put around
//! these two. The guarantees are the same.

use serde::{Deserialize, Serialize};

use super::lower_bound::HeldOutEvents;
use super::temperature::sharpened;
use crate::Result;
use crate::evaluate::resample::nested::FoldModel;
use crate::matrix::Matrix;
use crate::table::Table;

/// What predicts intervals; travels with the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case")]
pub enum IntervalModel {
    /// Numbers and counts.
    CvPlus {
        folds: Vec<FoldModel>,
        /// For each target, for each fold, |y - prediction| of its test rows; of quantiles how far y is outside the outermost two,
        /// negative inside.
        residuals: Vec<Vec<Vec<f64>>>,
        /// Counts and positive numbers have no interval below zero.
        lowest: Option<f64>,
    },
    /// Numbers and counts in time order.
    SplitInTime {
        /// For each output |y - prediction| of rows that came after the rows of their model.
        residuals: Vec<Vec<f64>>,
        /// How much each of them counts, the newest 1; models of older versions have none, and the last stretch only.
        #[serde(default)]
        weights: Vec<f64>,
        lowest: Option<f64>,
    },
    /// Classes.
    Lac {
        /// 1 - probability of the observed class, out of fold.
        scores: Vec<f64>,
        /// What probabilities are calibrated with, see [`IntervalModel::calibrated`]; models of older versions have none.
        #[serde(default = "as_they_are", rename = "sharpness")]
        inverse_temperature: f64,
    },
    /// Durations: lower bounds.
    LowerBound(HeldOutEvents),
}

fn as_they_are() -> f64 {
    1.0
}

/// Lower and upper ends (rows, outputs).
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    pub lower: Matrix,
    pub upper: Matrix,
}

impl IntervalModel {
    /// The name in reports.
    pub fn name(&self) -> &'static str {
        match self {
            IntervalModel::CvPlus { .. } => "CV+",
            IntervalModel::SplitInTime { .. } => "split conformal in time order",
            IntervalModel::Lac { .. } => "LAC",
            IntervalModel::LowerBound(_) => "lower bounds by weights",
        }
    }

    /// Where intervals end at the latest; `None` for no such end, for classes and for lower bounds.
    pub fn lowest(&self) -> Option<f64> {
        match self {
            IntervalModel::CvPlus { lowest, .. } | IntervalModel::SplitInTime { lowest, .. } => *lowest,
            IntervalModel::Lac { .. } | IntervalModel::LowerBound(_) => None,
        }
    }

    /// The highest coverage that the rows of calibration can vouch for: beyond it ends are infinite, and all classes are in each set.
    /// n / (n + 1) for n rows.
    pub fn highest_level(&self) -> f64 {
        let n = match self {
            IntervalModel::CvPlus { residuals, .. } => {
                residuals.first().map_or(0.0, |folds| folds.iter().map(Vec::len).sum::<usize>() as f64)
            }
            IntervalModel::SplitInTime { weights, .. } if !weights.is_empty() => weights.iter().sum(),
            IntervalModel::SplitInTime { residuals, .. } => residuals.first().map_or(0.0, |rows| rows.len() as f64),
            IntervalModel::Lac { scores, .. } => scores.len() as f64,
            IntervalModel::LowerBound(events) => events.n_rows as f64,
        };
        n / (n + 1.0)
    }

    /// Intervals at coverage `level` for `rows` of `table`, whose predicted means are `mean`; `None` for classes and durations.
    ///
    /// Ends are infinite where there are too few rows for the level. O(rows n) for n rows of calibration.
    ///
    /// # Errors
    /// Those of [`Encoding::apply`](crate::encode::Encoding::apply).
    pub fn bounds(&self, table: &Table, rows: &[usize], mean: &Matrix, level: f64) -> Result<Option<Bounds>> {
        let (n, k) = (mean.n_rows(), self.n_targets());
        let mut bounds = Bounds { lower: Matrix::zeros(n, k), upper: Matrix::zeros(n, k) };
        let lowest = match self {
            IntervalModel::Lac { .. } | IntervalModel::LowerBound(_) => return Ok(None),
            IntervalModel::CvPlus { folds, residuals, lowest } => {
                let means = folds.iter().map(|fold| fold.means(table, rows)).collect::<Result<Vec<Matrix>>>()?;
                for o in 0..k {
                    for i in 0..n {
                        let ends =
                            means.iter().zip(&residuals[o]).map(|(mean, residuals)| (ends(mean, i, o, k), residuals));
                        let (lower, upper) = cv_plus(ends, level);
                        bounds.lower.column_mut(o)[i] = lower;
                        bounds.upper.column_mut(o)[i] = upper;
                    }
                }
                lowest
            }
            IntervalModel::SplitInTime { residuals, weights, lowest } => {
                for o in 0..k {
                    let reach = weighted_quantile(&residuals[o], weights, level);
                    for i in 0..n {
                        let (low, high) = ends(mean, i, o, k);
                        bounds.lower.column_mut(o)[i] = low - reach;
                        bounds.upper.column_mut(o)[i] = high + reach;
                    }
                }
                lowest
            }
        };
        if let Some(lowest) = lowest {
            (0..k).for_each(|o| bounds.lower.column_mut(o).iter_mut().for_each(|l| *l = l.max(*lowest)));
        }
        Ok(Some(bounds))
    }

    /// Targets that have intervals; of several quantiles of one there is one.
    fn n_targets(&self) -> usize {
        match self {
            IntervalModel::CvPlus { residuals, .. } => residuals.len(),
            IntervalModel::SplitInTime { residuals, .. } => residuals.len(),
            IntervalModel::Lac { .. } | IntervalModel::LowerBound(_) => 0,
        }
    }

    /// The smallest probability of a class that belongs to the set at coverage `level`; `None` but for classes.
    pub fn least_probability(&self, level: f64) -> Option<f64> {
        match self {
            // Rounding must not push the class out that set the bar.
            IntervalModel::Lac { scores, .. } => Some(1.0 - quantile(&mut scores.clone(), level) - 1e-12),
            _ => None,
        }
    }

    /// The probabilities of one row after temperature scaling on out-of-fold predictions; `None` but for classes.
    pub fn calibrated(&self, probabilities: &[f64]) -> Option<Vec<f64>> {
        match self {
            IntervalModel::Lac { inverse_temperature, .. } => Some(sharpened(probabilities, *inverse_temperature)),
            _ => None,
        }
    }
}

/// What an interval of target `o` of `k` is put around in row `i`: its prediction, or of several quantiles of one target the outermost two.
pub fn ends(mean: &Matrix, i: usize, o: usize, k: usize) -> (f64, f64) {
    if k == mean.n_columns() {
        (mean.get(i, o), mean.get(i, o))
    } else {
        (mean.get(i, 0), mean.get(i, mean.n_columns() - 1))
    }
}

/// The whole numbers between two ends, as an interval; where there are none the two beside them. It covers the same whole numbers and is
/// never wider than the next ones outside.
pub fn whole(lower: f64, upper: f64) -> (f64, f64) {
    let (first, last) = (lower.ceil(), upper.floor());
    (first.min(last), first.max(last))
}

/// The CV+ interval from each fold's predictions of both ends and residuals.
pub fn cv_plus<'a>(folds: impl Iterator<Item = ((f64, f64), &'a Vec<f64>)>, level: f64) -> (f64, f64) {
    let (mut low, mut high) = (Vec::new(), Vec::new());
    for ((lower, upper), residuals) in folds {
        low.extend(residuals.iter().map(|r| lower - r));
        high.extend(residuals.iter().map(|r| upper + r));
    }

    // The floor(a (n + 1))-th smallest is the ceil((1 - a)(n + 1))-th largest, whatever the rounding of a.
    low.iter_mut().for_each(|l| *l = -*l);
    (-quantile(&mut low, level), quantile(&mut high, level))
}

/// The ceil(level (n + 1))-th smallest of `values`; infinite if there are not so many.
pub fn quantile(values: &mut [f64], level: f64) -> f64 {
    match rank_of(values.len(), level) {
        Some(rank) => *values.select_nth_unstable_by(rank - 1, f64::total_cmp).1,
        None => f64::INFINITY,
    }
}

/// ceil(level (n + 1)), the rank of [`quantile`] among n values from the smallest, which is 1; `None` if there are not so many.
pub fn rank_of(n: usize, level: f64) -> Option<usize> {
    // 0.9 * 10 is 9 and not 9.000000000000002.
    let rank = (level * (n as f64 + 1.0) - 1e-9).ceil() as usize;
    (rank <= n && n > 0).then_some(rank.max(1))
}

/// The smallest of `values` up to which they hold a share `level` of all weight, a new value of weight 1 at infinity included;
/// infinite if there is none. Without weights all count alike, and this is [`quantile`].
pub fn weighted_quantile(values: &[f64], weights: &[f64], level: f64) -> f64 {
    let weight = |i: usize| weights.get(i).copied().unwrap_or(1.0);
    let wanted = level * ((0..values.len()).map(weight).sum::<f64>() + 1.0) - 1e-9;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut held = 0.0;
    for i in order {
        held += weight(i);
        if held >= wanted {
            return values[i];
        }
    }
    f64::INFINITY
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Random;

    proptest! {
        #[test]
        fn whole_ends_keep_every_whole_number(lower in -5.0..50.0_f64, width in 0.0..8.0_f64) {
            let upper = lower + width;
            let (first, last) = whole(lower, upper);
            prop_assert!(first <= last && first.fract() == 0.0 && last.fract() == 0.0);
            let is_inside = |n: i32| (lower..=upper).contains(&f64::from(n));
            prop_assert!((-6..60).filter(|&n| is_inside(n)).all(|n| (first..=last).contains(&f64::from(n))));
            let some = (-6..60).any(is_inside);
            prop_assert!(first >= lower - 1.0 && last <= upper + 1.0 && (!some || first >= lower && last <= upper));
        }
    }

    #[test]
    fn beyond_the_highest_level_ends_are_infinite() {
        let scores: Vec<f64> = (1..=9).map(|i| f64::from(i) / 10.0).collect();
        let lac = IntervalModel::Lac { scores: scores.clone(), inverse_temperature: 1.0 };
        assert!((lac.highest_level() - 0.9).abs() < 1e-15);
        assert_eq!(lac.least_probability(0.91), Some(f64::NEG_INFINITY));
        assert!(lac.least_probability(lac.highest_level()).is_some_and(f64::is_finite));
        let (residuals, weights) = (vec![scores], vec![0.5; 9]);
        let in_time = IntervalModel::SplitInTime { residuals, weights: weights.clone(), lowest: None };
        let IntervalModel::SplitInTime { residuals, .. } = &in_time else { return };
        assert!(weighted_quantile(&residuals[0], &weights, in_time.highest_level()).is_finite());
        assert!(weighted_quantile(&residuals[0], &weights, in_time.highest_level() + 1e-6).is_infinite());
    }

    #[test]
    fn ranks_are_those_of_the_definition() {
        let values: Vec<f64> = (1..=9).map(f64::from).collect();
        assert_eq!(quantile(&mut values.clone(), 0.9), 9.0);
        assert_eq!(quantile(&mut values.clone(), 0.5), 5.0);
        assert_eq!(quantile(&mut values.clone(), 0.91), f64::INFINITY);
        let residuals = values.clone();
        assert_eq!(cv_plus([((0.0, 0.0), &residuals)].into_iter(), 0.9), (-9.0, 9.0));
        assert_eq!(cv_plus([((0.0, 0.0), &residuals)].into_iter(), 0.95), (f64::NEG_INFINITY, f64::INFINITY));
    }

    #[test]
    fn weights_count_as_copies_would() {
        let values = [3.0, 1.0, 2.0, 5.0, 4.0];
        for level in [0.2, 0.5, 0.7, 0.83, 0.9] {
            assert_eq!(weighted_quantile(&values, &[], level), quantile(&mut values.to_vec(), level));
            let copies = [3.0, 3.0, 1.0, 2.0, 2.0, 2.0, 5.0, 4.0];
            let weighted = weighted_quantile(&values, &[2.0, 1.0, 3.0, 1.0, 1.0], level);
            assert_eq!(weighted, quantile(&mut copies.to_vec(), level));
        }
    }

    /// Ten folds of a constant model on normal noise: the guarantee is 0.8, the usual coverage 0.9.
    #[test]
    fn coverage_is_what_was_asked_for() {
        let mut random = Random::simulated(4);
        let mut covered = 0;
        for _ in 0..400 {
            let y: Vec<f64> = (0..60).map(|_| random.normal()).collect();
            let folds: Vec<(f64, Vec<f64>)> = (0..10)
                .map(|f| {
                    let others: Vec<f64> = (0..60).filter(|i| i % 10 != f).map(|i| y[i]).collect();
                    let mean = others.iter().sum::<f64>() / others.len() as f64;
                    (mean, (0..60).filter(|i| i % 10 == f).map(|i| (y[i] - mean).abs()).collect())
                })
                .collect();
            let (low, high) = cv_plus(folds.iter().map(|(mean, residuals)| ((*mean, *mean), residuals)), 0.9);
            let new = random.normal();
            covered += usize::from(low <= new && new <= high);
        }
        assert!((350..=378).contains(&covered), "{covered} of 400");
    }
}
