//! From fold results to intervals, and how many held-out rows these cover.

use super::conformal::{IntervalModel, cv_plus, ends, quantile, weighted_quantile, whole};
use super::lower_bound::HeldOutEvents;
use super::temperature::inverse_temperature;
use crate::encode::Task;
use crate::encode::class_probabilities;
use crate::evaluate::compare::fold_scores::Observed;
use crate::evaluate::compare::metrics::observed_class;
use crate::evaluate::record::Intervals;
use crate::evaluate::resample::nested::FoldResult;
use crate::matrix::Matrix;

/// In time order residuals count less by this factor a stretch. On counts of rented bicycles forward in time, .90 of the rows of
/// nine stretches are then covered at .9; with the last stretch alone .855.
const FADING: f64 = 0.8;

/// Largest over smallest value from which positive numbers count as measured from zero: no interval then goes below it.
const FROM_ZERO: f64 = 10.0;

/// Where intervals of `targets` end at the latest: counts and shares are not below zero, nor are numbers that are all positive and of several sizes.
/// Logarithms, which are told by their names, may be.
pub fn lowest(task: Task, targets: &[String], response: &Matrix) -> Option<f64> {
    let from_zero = |o: usize| {
        let (least, most) =
            response.column(o).iter().fold((f64::INFINITY, 0.0_f64), |(a, b), y| (a.min(*y), b.max(*y)));
        least > 0.0 && most > FROM_ZERO * least && !targets[o].starts_with("log(")
    };
    (matches!(task, Task::Count | Task::Amount | Task::Successes)
        || task == Task::Regression && (0..targets.len()).all(from_zero))
    .then_some(0.0)
}

/// The models behind intervals, which do not go below `lowest`, from the folds of one repeat; `None` if too few of them were finished.
pub fn interval_model(
    first: &[&FoldResult],
    task: Task,
    observed: &Observed,
    in_time: bool,
    lowest: Option<f64>,
) -> Option<IntervalModel> {
    let n_targets = first.first()?.model.target.names.len();
    let network = |r: &FoldResult| r.entries.len() - 1;
    let residuals = |r: &FoldResult, o: usize| -> Vec<f64> {
        let mean = &r.entries[network(r)].mean;
        let outside = |(t, &i): (usize, &usize)| {
            let ((low, high), y) = (ends(mean, t, o, n_targets), observed.response.get(i, o));
            (low - y).max(y - high)
        };
        r.split.test.iter().enumerate().map(outside).collect()
    };
    if task == Task::Survival {
        let events = first.iter().map(|r| held_out_events(r, observed)).collect::<Option<Vec<HeldOutEvents>>>()?;
        return Some(IntervalModel::LowerBound(HeldOutEvents::joined(&events)));
    }
    if task.is_classification() {
        return Some(prediction_sets(first, task, observed));
    }
    if in_time {
        let pooled = |o: usize| first.iter().flat_map(|r| residuals(r, o)).collect();
        let weights = fading(first.iter().map(|r| r.split.test.len()));
        return Some(IntervalModel::SplitInTime { residuals: (0..n_targets).map(pooled).collect(), weights, lowest });
    }
    Some(IntervalModel::CvPlus {
        folds: first.iter().map(|r| r.model.clone()).collect(),
        residuals: (0..n_targets).map(|o| first.iter().map(|r| residuals(r, o)).collect()).collect(),
        lowest,
    })
}

/// Scores and calibration of classes, from what each row's own fold said of it.
fn prediction_sets(first: &[&FoldResult], task: Task, observed: &Observed) -> IntervalModel {
    let rows = first.iter().flat_map(|r| {
        let mean = &r.entries[r.entries.len() - 1].mean;
        r.split.test.iter().enumerate().map(move |(t, &i)| (class_probabilities(mean, t, task), i))
    });
    let (probabilities, rows): (Vec<Vec<f64>>, Vec<usize>) = rows.unzip();
    let classes: Vec<usize> = rows.iter().map(|&i| observed_class(&observed.response, i, task)).collect();
    let weight: Vec<f64> = rows.iter().map(|&i| observed.weight[i]).collect();
    let scores = probabilities.iter().zip(&classes).map(|(p, &class)| 1.0 - p[class]).collect();
    IntervalModel::Lac { scores, inverse_temperature: inverse_temperature(&probabilities, &classes, &weight) }
}

/// What a fold's model said of the test rows that had an event; `None` but for durations.
fn held_out_events(result: &FoldResult, observed: &Observed) -> Option<HeldOutEvents> {
    let (own, horizon) = observed.durations.as_ref()?;
    let reached = &result.entries[result.entries.len() - 1].reached;
    let tested = result.split.test.iter().zip(reached);
    let events = tested.filter(|(i, _)| observed.response.get(**i, 0) > 0.0);
    let (share, weight) = events.map(|(&i, reached)| (*reached, 1.0 / horizon.censoring.before(own.time[i]))).unzip();
    Some(HeldOutEvents { share, weight, n_rows: result.split.test.len() })
}

/// Weights of the residuals of stretches of these lengths, the newest last.
fn fading(lengths: impl ExactSizeIterator<Item = usize>) -> Vec<f64> {
    let last = lengths.len().saturating_sub(1);
    lengths.enumerate().flat_map(|(at, length)| vec![FADING.powi((last - at) as i32); length]).collect()
}

/// Coverage and width where each row is predicted by what did not see it: its interval rests on the residuals of the other
/// folds around its own fold's prediction. `None` where there are too few rows for the level: such intervals are infinite.
pub fn interval_summary(
    model: &IntervalModel,
    first: &[&FoldResult],
    observed: &Observed,
    task: Task,
    level: f64,
) -> Option<Intervals> {
    let (method, lowest) = (model.name().into(), model.lowest());
    let (mut covered, mut width, mut count, mut plain_width) = (0.0, 0.0, 0.0, None);
    let mut empty = None;
    match model {
        IntervalModel::CvPlus { residuals, lowest, .. } => {
            for (f, result) in first.iter().enumerate() {
                let others: Vec<Vec<f64>> =
                    (0..first.len()).filter(|g| *g != f).map(|g| residuals[0][g].clone()).collect();
                let mean = &result.entries[result.entries.len() - 1].mean;
                for (t, &i) in result.split.test.iter().enumerate() {
                    let around = ends(mean, t, 0, residuals.len());
                    let (low, high) = cv_plus(others.iter().map(|r| (around, r)), level);
                    let low = lowest.map_or(low, |lowest| low.max(lowest));
                    let high = task.highest().map_or(high, |highest| high.min(highest));
                    let (low, high) = if task.is_whole() { whole(low, high) } else { (low, high) };
                    let y = observed.response.get(i, 0);
                    covered += f64::from(u8::from(low <= y && y <= high));
                    width += high - low;
                    count += 1.0;
                }
            }
            let mut pooled: Vec<f64> = residuals[0].iter().flatten().copied().collect();
            let is_around_one = first.first().is_some_and(|result| result.model.target.n_outputs() == residuals.len());
            plain_width = Some(2.0 * quantile(&mut pooled, level)).filter(|w| w.is_finite() && is_around_one);
        }
        IntervalModel::SplitInTime { residuals, .. } => {
            // Each stretch but the first is covered by what the stretches before it said.
            let mut seen = 0;
            for (at, result) in first.iter().enumerate() {
                let own = seen..seen + result.split.test.len();
                if at > 0 {
                    let weights = fading(first[..at].iter().map(|r| r.split.test.len()));
                    let reach = weighted_quantile(&residuals[0][..seen], &weights, level);
                    // Too few rows for the level leave an infinite interval, which covers anything.
                    if reach.is_finite() {
                        covered += residuals[0][own.clone()].iter().filter(|r| **r <= reach).count() as f64;
                        let mean = &result.entries[result.entries.len() - 1].mean;
                        let between = (0..mean.n_rows()).map(|t| {
                            let (low, high) = ends(mean, t, 0, residuals.len());
                            let (low, high) = (low - reach, high + reach);
                            let (low, high) = if task.is_whole() { whole(low, high) } else { (low, high) };
                            high - low
                        });
                        width += between.sum::<f64>();
                        count += own.len() as f64;
                    }
                }
                seen = own.end;
            }
        }
        IntervalModel::Lac { scores, .. } => {
            let bar = model.least_probability(level).unwrap_or(0.0);
            let mut n_empty = 0.0;
            for result in first {
                let mean = &result.entries[result.entries.len() - 1].mean;
                for t in 0..mean.n_rows() {
                    let size = class_probabilities(mean, t, task).iter().filter(|p| **p >= bar).count();
                    n_empty += f64::from(u8::from(size == 0));
                    width += size as f64;
                    count += 1.0;
                }
            }
            empty = Some(n_empty / count);
            covered = scores.iter().filter(|s| 1.0 - **s >= bar).count() as f64;
        }
        IntervalModel::LowerBound(all) => {
            let folds = first.iter().map(|r| held_out_events(r, observed)).collect::<Option<Vec<HeldOutEvents>>>()?;
            let missed = folds.iter().enumerate().map(|(f, own)| {
                let others = folds.iter().enumerate().filter(|(g, _)| *g != f).map(|(_, other)| other);
                own.missed(HeldOutEvents::joined(others).share_at(level))
            });
            let coverage = 1.0 - missed.sum::<f64>() / all.n_rows as f64;
            let is_told = level <= model.highest_level();
            return is_told.then_some(Intervals {
                method,
                level,
                coverage,
                mean_width: None,
                plain_width,
                lowest,
                empty,
            });
        }
    }
    let (mean_width, coverage) = (width / count, covered / count);
    let is_told = mean_width.is_finite();
    is_told.then_some(Intervals { method, level, coverage, mean_width: Some(mean_width), plain_width, lowest, empty })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_of_counts_and_of_positive_numbers_of_several_sizes_stop_at_zero() {
        let of = |task: Task, name: &str, y: &[f64]| {
            lowest(task, &[name.to_owned()], &Matrix::from_columns(y.len(), &[y.to_vec()]))
        };
        assert_eq!(of(Task::Count, "n", &[0.0, 3.0, 1.0]), Some(0.0));
        assert_eq!(of(Task::Regression, "grams", &[35.0, 373.0, 120.0]), Some(0.0));
        for y in [[0.0, 3.0, 40.0], [-0.1, 3.0, 40.0], [20.0, 30.0, 40.0]] {
            assert_eq!(of(Task::Regression, "degrees", &y), None, "{y:?}");
        }
        assert_eq!(of(Task::Regression, "log(grams)", &[0.1, 3.0, 5.0]), None);
        assert_eq!(of(Task::Binary, "class", &[0.0, 1.0, 1.0]), None);
        let two = Matrix::from_columns(2, &[vec![1.0, 50.0], vec![-1.0, 50.0]]);
        assert_eq!(lowest(Task::Regression, &["a".into(), "b".into()], &two), None);
    }
}
