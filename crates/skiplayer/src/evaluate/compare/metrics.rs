//! Scores of out-of-fold predictions with standard errors over rows.

use super::survival::SurvivalTold;
use crate::encode::Task;
use crate::encode::class_probabilities;
use crate::evaluate::record::{BetweenScores, LevelScores, QuantileScores, Score};
use crate::loss::{Loss, Quantile};
use crate::matrix::Matrix;

/// Observations and what was predicted for them, one row each.
pub struct Predicted<'a> {
    pub task: Task,
    /// Of quantiles their levels, one an output; empty for other losses.
    pub levels: &'a [f64],
    /// (n, K): targets in their own units, counts, shares of successes, 0/1, or one-hot classes.
    pub observed: &'a Matrix,
    /// (n, K): predicted means, or probabilities.
    pub mean: &'a Matrix,
    pub weight: &'a [f64],
    /// Deviance of each row, of successes of one of its trials: squared error, -2 log likelihood, the deviance of counts and amounts, or of durations the square of a deviance
    /// residual.
    pub deviance: &'a [f64],
    /// Rows that vary together (groups, stretches of time), numbered from 0; `None`: each on its own.
    pub cluster: Option<&'a [usize]>,
    /// Of durations what they are judged by.
    pub survival: Option<SurvivalTold<'a>>,
}

/// Name of the score that contenders are compared by.
pub fn headline(task: Task, levels: &[f64]) -> &'static str {
    match task {
        Task::Regression if !levels.is_empty() => "pinball",
        Task::Regression => "RMSE",
        Task::Binary | Task::Multiclass | Task::Ordinal => "log loss",
        Task::Count | Task::Amount | Task::Successes | Task::Survival => "deviance",
    }
}

/// All scores of the task, the headline first. O(n log n).
pub fn scores(predicted: &Predicted) -> Vec<Score> {
    let Predicted { task, observed, mean, deviance, .. } = predicted;
    let n = observed.n_rows();
    let per_row = |of: &dyn Fn(usize) -> f64| (0..n).map(of).collect::<Vec<f64>>();
    let average = |metric: &str, values: &[f64], larger_is_better: bool| {
        let (mean, se) = predicted.average(values);
        Score { metric: metric.into(), mean, se, larger_is_better }
    };
    match task {
        Task::Regression if !predicted.levels.is_empty() => {
            let pinball = per_row(&|i| predicted.pinball(i, |o| mean.get(i, o)));
            let best: Vec<f64> = (0..predicted.levels.len())
                .map(|o| quantile_of(predicted.levels[o], observed.column(o), predicted.weight))
                .collect();
            let of_constants = per_row(&|i| predicted.pinball(i, |o| best[o]));
            let null = predicted.average(&of_constants).0.max(f64::MIN_POSITIVE);
            let share = 1.0 - predicted.average(&pinball).0 / null;
            let linearised = per_row(&|i| (pinball[i] - (1.0 - share) * of_constants[i]) / null);
            let se = predicted.average(&linearised).1;
            let d2 = Score { metric: "D2".into(), mean: share, se, larger_is_better: true };
            vec![average("pinball", &pinball, false), d2]
        }
        Task::Regression => {
            let k = observed.n_columns() as f64;
            let error = |i: usize, o: usize| observed.get(i, o) - mean.get(i, o);
            let over_outputs = |of: &dyn Fn(usize) -> f64| (0..observed.n_columns()).map(of).sum::<f64>() / k;
            let squared = per_row(&|i| over_outputs(&|o| error(i, o).powi(2)));
            let absolute = per_row(&|i| over_outputs(&|o| error(i, o).abs()));
            let (mse, mse_error) = predicted.average(&squared);
            // The standard error of a square root, by its derivative.
            let rmse = Score {
                metric: "RMSE".into(),
                mean: mse.sqrt(),
                se: if mse > 0.0 { mse_error / (2.0 * mse.sqrt()) } else { 0.0 },
                larger_is_better: false,
            };
            let centre: Vec<f64> = (0..observed.n_columns()).map(|o| predicted.average(observed.column(o)).0).collect();
            let spread = per_row(&|i| over_outputs(&|o| (observed.get(i, o) - centre[o]).powi(2)));
            let variance = predicted.average(&spread).0.max(f64::MIN_POSITIVE);
            let share = 1.0 - mse / variance;
            let linearised = per_row(&|i| (squared[i] - (1.0 - share) * spread[i]) / variance);
            let r2 = Score {
                metric: "R2".into(),
                mean: share,
                se: predicted.average(&linearised).1,
                larger_is_better: true,
            };
            vec![rmse, average("MAE", &absolute, false), r2]
        }
        Task::Count | Task::Amount => {
            let absolute = per_row(&|i| (observed.get(i, 0) - mean.get(i, 0)).abs());
            vec![average("deviance", deviance, false), average("MAE", &absolute, false)]
        }
        Task::Successes => {
            // A row has the deviance of all its trials.
            let trials = predicted.weight.iter().sum::<f64>() / n as f64;
            let of_trials = average("deviance", deviance, false);
            let of_rows = Score { mean: trials * of_trials.mean, se: trials * of_trials.se, ..of_trials };
            let log_loss = per_row(&|i| 0.5 * deviance[i] + Loss::Binomial.saturated(&[observed.get(i, 0)]));
            let absolute = per_row(&|i| (observed.get(i, 0) - mean.get(i, 0)).abs());
            vec![of_rows, average("log loss", &log_loss, false), average("MAE", &absolute, false)]
        }
        Task::Survival => {
            let mut scores = vec![average("deviance", deviance, false)];
            if let Some(own) = &predicted.survival {
                let found = own.concordances(observed.column(0), predicted.weight, mean.column(0));
                scores.extend(found.into_iter().map(|(metric, found)| Score {
                    metric: metric.into(),
                    mean: found.share,
                    se: predicted.standard_error(&found.influence),
                    larger_is_better: true,
                }));
                scores.push(average("IBS", own.brier, false));
            }
            scores
        }
        Task::Binary | Task::Multiclass | Task::Ordinal => {
            let half: Vec<f64> = deviance.iter().map(|d| 0.5 * d).collect();
            let p = |i: usize| predicted.probabilities(i);
            let hit = per_row(&|i| {
                let p = p(i);
                let likeliest = (0..p.len()).fold(0, |best, c| if p[c] > p[best] { c } else { best });
                f64::from(u8::from(likeliest == predicted.class(i)))
            });
            let brier = per_row(&|i| {
                let class = predicted.class(i);
                let squares =
                    p(i).iter().enumerate().map(|(c, p)| (p - f64::from(u8::from(c == class))).powi(2)).sum::<f64>();
                if *task == Task::Binary { squares / 2.0 } else { squares }
            });
            let mut scores = vec![
                average("log loss", &half, false),
                average("accuracy", &hit, true),
                average("Brier", &brier, false),
            ];
            match task {
                Task::Binary => scores.extend(predicted.area_under_the_curve()),
                Task::Ordinal => {
                    let ranked = per_row(&|i| ranked_probability_score(&p(i), predicted.class(i)));
                    let off = per_row(&|i| median_class(&p(i)).abs_diff(predicted.class(i)) as f64);
                    scores.push(average("RPS", &ranked, false));
                    scores.push(average("MAE", &off, false));
                }
                _ => {}
            }
            scores
        }
    }
}

impl Predicted<'_> {
    /// The pinball loss of row `i` for these predictions, the mean over the levels.
    fn pinball(&self, i: usize, predicted: impl Fn(usize) -> f64) -> f64 {
        let of_level = |(o, level): (usize, &f64)| {
            let residual = self.observed.get(i, o) - predicted(o);
            residual * if residual < 0.0 { level - 1.0 } else { *level }
        };
        self.levels.iter().enumerate().map(of_level).sum::<f64>() / self.levels.len() as f64
    }

    /// What is told of each level, and of the interval between the outermost two; `None` but for quantiles.
    pub fn quantiles(&self) -> Option<QuantileScores> {
        let (n, last) = (self.observed.n_rows(), self.levels.len().checked_sub(1)?);
        let of_level = |(o, &level): (usize, &f64)| {
            let own = Predicted { levels: std::slice::from_ref(&self.levels[o]), ..*self };
            let residual = |i: usize| self.observed.get(i, o) - self.mean.get(i, o);
            let loss = |i: usize| residual(i) * if residual(i) < 0.0 { level - 1.0 } else { level };
            let (pinball, pinball_se) = own.average(&(0..n).map(loss).collect::<Vec<f64>>());
            let is_below = |i: usize| f64::from(u8::from(residual(i) <= 0.0));
            let (below, below_se) = own.average(&(0..n).map(is_below).collect::<Vec<f64>>());
            LevelScores { level, pinball, pinball_se, below, below_se }
        };
        let levels = self.levels.iter().enumerate().map(of_level).collect();
        let between = (last > 0).then(|| {
            let (low, high) = (|i: usize| self.mean.get(i, 0), |i: usize| self.mean.get(i, last));
            let is_inside =
                |i: usize| f64::from(u8::from(low(i) <= self.observed.get(i, 0) && self.observed.get(i, 0) <= high(i)));
            let (coverage, coverage_se) = self.average(&(0..n).map(is_inside).collect::<Vec<f64>>());
            let width = self.average(&(0..n).map(|i| high(i) - low(i)).collect::<Vec<f64>>()).0;
            BetweenScores { level: self.levels[last] - self.levels[0], coverage, coverage_se, width }
        });
        Some(QuantileScores { levels, between })
    }

    /// Weighted mean over rows and its standard error.
    fn average(&self, values: &[f64]) -> (f64, f64) {
        let total: f64 = self.weight.iter().sum();
        let mean = values.iter().zip(self.weight).map(|(v, w)| v * w).sum::<f64>() / total;
        let influence = values.iter().zip(self.weight).map(|(v, w)| w * (v - mean) / total).collect::<Vec<f64>>();
        (mean, self.standard_error(&influence))
    }

    /// Of a statistic that is a mean but for small terms, from the influence of each row on it: the root of the sum of squares,
    /// over clusters where there are any (the sandwich of Liang & Zeger 1986 for a mean).
    fn standard_error(&self, influence: &[f64]) -> f64 {
        let squares = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>();
        let Some(cluster) = self.cluster else { return squares(influence).sqrt() };
        let mut sums = vec![0.0; cluster.iter().max().map_or(0, |last| last + 1)];
        let mut is_there = vec![false; sums.len()];
        for (&c, value) in cluster.iter().zip(influence) {
            sums[c] += value;
            is_there[c] = true;
        }
        let count = is_there.iter().filter(|there| **there).count() as f64;
        if count < 2.0 { squares(influence).sqrt() } else { (squares(&sums) * count / (count - 1.0)).sqrt() }
    }

    /// Probability of each class for row `i`.
    pub fn probabilities(&self, i: usize) -> Vec<f64> {
        class_probabilities(self.mean, i, self.task)
    }

    /// The observed class of row `i`.
    pub fn class(&self, i: usize) -> usize {
        observed_class(self.observed, i, self.task)
    }

    /// Area under the ROC curve by ranks, ties counted half; its standard error by the placements of each row among those of the
    /// other class (DeLong, DeLong & Clarke-Pearson 1988; with clusters Obuchowski 1997). Rows count alike.
    fn area_under_the_curve(&self) -> Option<Score> {
        let n = self.observed.n_rows();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| self.mean.get(a, 0).total_cmp(&self.mean.get(b, 0)));
        let is_event: Vec<bool> = (0..n).map(|i| self.class(i) == 1).collect();
        let events = is_event.iter().filter(|event| **event).count() as f64;
        let others = n as f64 - events;
        if events == 0.0 || others == 0.0 {
            return None;
        }
        // Share of the other class that is on the right side of each row.
        let mut placement = vec![0.0; n];
        let (mut events_below, mut others_below) = (0.0, 0.0);
        for tied in order.chunk_by(|&a, &b| self.mean.get(a, 0) == self.mean.get(b, 0)) {
            let tied_events = tied.iter().filter(|&&i| is_event[i]).count() as f64;
            let tied_others = tied.len() as f64 - tied_events;
            for &i in tied {
                placement[i] = if is_event[i] {
                    (others_below + 0.5 * tied_others) / others
                } else {
                    (events - events_below - 0.5 * tied_events) / events
                };
            }
            events_below += tied_events;
            others_below += tied_others;
        }
        let area = (0..n).filter(|&i| is_event[i]).map(|i| placement[i]).sum::<f64>() / events;
        let influence = |i: usize| (placement[i] - area) / if is_event[i] { events } else { others };
        let se = self.standard_error(&(0..n).map(influence).collect::<Vec<f64>>());
        Some(Score { metric: "AUC".into(), mean: area, se, larger_is_better: true })
    }
}

/// The sum over thresholds of the squared error of the probability to be above them (Epstein 1969), over their number: 0 at best, and small
/// where what is predicted is close to `class`, of which `p` are the probabilities in order.
fn ranked_probability_score(p: &[f64], class: usize) -> f64 {
    let mut below = 0.0;
    let squares = p[..p.len() - 1].iter().enumerate().map(|(k, p)| {
        below += p;
        (below - f64::from(u8::from(class <= k))).powi(2)
    });
    squares.sum::<f64>() / (p.len() - 1) as f64
}

/// The class with half of the probability at or below it: the one whose expected distance is least.
fn median_class(p: &[f64]) -> usize {
    let mut below = 0.0;
    let is_half = |p: &f64| {
        below += p;
        below >= 0.5
    };
    p.iter().position(is_half).unwrap_or(p.len() - 1)
}

/// The constant quantile of `values` at `level`.
fn quantile_of(level: f64, values: &[f64], weight: &[f64]) -> f64 {
    Quantile::new(&[level]).map_or(f64::NAN, |own| own.of(values, weight))
}

/// The class that row `i` of indicators says.
pub fn observed_class(observed: &Matrix, i: usize, task: Task) -> usize {
    match task {
        Task::Binary => usize::from(observed.get(i, 0) > 0.5),
        _ => (0..observed.n_columns()).find(|&c| observed.get(i, c) > 0.5).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(observed: &[f64], p: &[f64]) -> Vec<Score> {
        let n = observed.len();
        let column = |values: &[f64]| Matrix::from_columns(n, &[values.to_vec()]);
        let deviance: Vec<f64> =
            observed.iter().zip(p).map(|(y, p)| -2.0 * if *y > 0.5 { p.ln() } else { (1.0 - p).ln() }).collect();
        let (observed, mean) = (column(observed), column(p));
        let weight = vec![1.0; n];
        scores(&Predicted {
            task: Task::Binary,
            levels: &[],
            observed: &observed,
            mean: &mean,
            weight: &weight,
            deviance: &deviance,
            cluster: None,
            survival: None,
        })
    }

    #[test]
    fn rows_of_a_cluster_count_as_one_observation() {
        // Every row twice, as a cluster: the standard error is that of the rows seen once, but for the factor of few clusters.
        let once: Vec<f64> = (0..40).map(|i| (f64::from(i) * 1.7).sin()).collect();
        let twice: Vec<f64> = once.iter().chain(&once).copied().collect();
        let cluster: Vec<usize> = (0..40).chain(0..40).collect();
        let of = |values: &[f64], cluster: Option<&[usize]>| {
            let n = values.len();
            let (observed, mean) = (Matrix::zeros(n, 1), Matrix::from_columns(n, &[values.to_vec()]));
            let weight = vec![1.0; n];
            let deviance = vec![0.0; n];
            let task = Task::Regression;
            let predicted = Predicted {
                task,
                levels: &[],
                observed: &observed,
                mean: &mean,
                weight: &weight,
                deviance: &deviance,
                cluster,
                survival: None,
            };
            scores(&predicted)[1].se
        };
        let single = of(&once, None);
        assert!((of(&twice, Some(&cluster)) / single - (40.0_f64 / 39.0).sqrt()).abs() < 1e-12);
        assert!((of(&twice, None) / single - 0.5_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn the_error_of_the_area_is_that_of_its_placements() {
        let scores = binary(&[0.0, 0.0, 0.0, 1.0, 1.0, 1.0], &[0.1, 0.4, 0.35, 0.8, 0.3, 0.5]);
        let area = scores.iter().find(|s| s.metric == "AUC").expect("two classes");
        assert!((area.mean - 7.0 / 9.0).abs() < 1e-12);
        let squares = |placements: [f64; 3]| placements.iter().map(|p| (p - 7.0 / 9.0).powi(2)).sum::<f64>() / 9.0;
        let variance = squares([1.0, 1.0 / 3.0, 1.0]) + squares([1.0, 2.0 / 3.0, 2.0 / 3.0]);
        assert!((area.se - variance.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn scores_of_classes_by_hand() {
        // Pairs of an event and another: 0.8 > 0.3, 0.8 > 0.6, 0.6 > 0.3, 0.6 = 0.6: 3.5 of 4.
        let scores = binary(&[0.0, 0.0, 1.0, 1.0], &[0.3, 0.6, 0.8, 0.6]);
        let of = |name: &str| scores.iter().find(|s| s.metric == name).expect(name).mean;
        assert!((of("AUC") - 3.5 / 4.0).abs() < 1e-12);
        assert_eq!(of("accuracy"), 0.75);
        assert!((of("Brier") - (0.09 + 0.36 + 0.04 + 0.16) / 4.0).abs() < 1e-12);
        let log_loss = -(0.7_f64.ln() + 0.4_f64.ln() + 0.8_f64.ln() + 0.6_f64.ln()) / 4.0;
        assert!((of("log loss") - log_loss).abs() < 1e-12);
    }

    #[test]
    fn scores_of_quantiles_by_hand() {
        let observed = Matrix::from_columns(4, &[vec![1.0, 2.0, 3.0, 6.0], vec![1.0, 2.0, 3.0, 6.0]]);
        let mean = Matrix::from_columns(4, &[vec![0.0, 1.0, 4.0, 4.0], vec![3.0, 3.0, 5.0, 5.0]]);
        let predicted = Predicted {
            task: Task::Regression,
            levels: &[0.25, 0.75],
            observed: &observed,
            mean: &mean,
            weight: &[1.0; 4],
            deviance: &[0.0; 4],
            cluster: None,
            survival: None,
        };
        // Losses 0.25, 0.25, 0.75, 0.5 at the quarter, 0.5, 0.25, 0.5, 0.75 at three quarters; of the constants 1 and 3 0, 0.25, 0.5,
        // 1.25 and 0.5, 0.25, 0, 2.25.
        let scores = scores(&predicted);
        assert_eq!(scores[0].metric, headline(Task::Regression, predicted.levels));
        assert!((scores[0].mean - 3.75 / 8.0).abs() < 1e-12);
        assert!((scores[1].mean - (1.0 - 3.75 / 5.0)).abs() < 1e-12);
        let QuantileScores { levels, between } = predicted.quantiles().expect("levels");
        assert!((levels[0].pinball - 1.75 / 4.0).abs() < 1e-12 && (levels[1].pinball - 0.5).abs() < 1e-12);
        assert_eq!((levels[0].below, levels[1].below), (0.25, 0.75));
        let between = between.expect("two levels");
        assert_eq!((between.level, between.coverage, between.width), (0.5, 0.5, 1.75));
    }

    #[test]
    fn scores_of_numbers_by_hand() {
        let observed = Matrix::from_columns(4, &[vec![1.0, 2.0, 3.0, 6.0]]);
        let mean = Matrix::from_columns(4, &[vec![1.0, 3.0, 3.0, 4.0]]);
        let scores = scores(&Predicted {
            task: Task::Regression,
            levels: &[],
            observed: &observed,
            mean: &mean,
            weight: &[1.0; 4],
            deviance: &[0.0, 1.0, 0.0, 4.0],
            cluster: None,
            survival: None,
        });
        let values: Vec<f64> = scores.iter().map(|s| s.mean).collect();
        assert!((values[0] - 1.25_f64.sqrt()).abs() < 1e-12);
        assert!((values[1] - 0.75).abs() < 1e-12);
        assert!((values[2] - (1.0 - 5.0 / 14.0)).abs() < 1e-12);
    }
}
