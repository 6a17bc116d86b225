//! Scores of out-of-fold predictions with standard errors over rows.

use super::record::Score;
use crate::data::{Matrix, Task};

/// Observations and what was predicted for them, one row each.
pub struct Predicted<'a> {
    pub task: Task,
    /// (n, K): targets in their own units, counts, 0/1, or one-hot classes.
    pub observed: &'a Matrix,
    /// (n, K): predicted means, or probabilities.
    pub mean: &'a Matrix,
    pub weight: &'a [f64],
    /// Deviance of each row: squared error, -2 log likelihood, or Poisson deviance.
    pub deviance: &'a [f64],
}

/// Name of the score that contenders are compared by.
pub fn headline(task: Task) -> &'static str {
    match task {
        Task::Regression => "RMSE",
        Task::Binary | Task::Multiclass => "log loss",
        Task::Count => "deviance",
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
        Task::Count => {
            let absolute = per_row(&|i| (observed.get(i, 0) - mean.get(i, 0)).abs());
            vec![average("deviance", deviance, false), average("MAE", &absolute, false)]
        }
        Task::Binary | Task::Multiclass => {
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
            if *task == Task::Binary {
                scores.extend(predicted.area_under_the_curve());
            }
            scores
        }
    }
}

impl Predicted<'_> {
    /// Weighted mean over rows and its standard error.
    fn average(&self, values: &[f64]) -> (f64, f64) {
        let total: f64 = self.weight.iter().sum();
        let mean = values.iter().zip(self.weight).map(|(v, w)| v * w).sum::<f64>() / total;
        let variance = values.iter().zip(self.weight).map(|(v, w)| (w * (v - mean)).powi(2)).sum::<f64>();
        (mean, variance.sqrt() / total)
    }

    /// Probability of each class for row `i`.
    pub fn probabilities(&self, i: usize) -> Vec<f64> {
        match self.task {
            Task::Binary => vec![1.0 - self.mean.get(i, 0), self.mean.get(i, 0)],
            _ => (0..self.mean.n_columns()).map(|c| self.mean.get(i, c)).collect(),
        }
    }

    /// The observed class of row `i`.
    pub fn class(&self, i: usize) -> usize {
        match self.task {
            Task::Binary => usize::from(self.observed.get(i, 0) > 0.5),
            _ => (0..self.observed.n_columns()).find(|&c| self.observed.get(i, c) > 0.5).unwrap_or(0),
        }
    }

    /// Area under the ROC curve by ranks, ties counted half; the standard error of Hanley & McNeil (1982). Rows count alike.
    fn area_under_the_curve(&self) -> Option<Score> {
        let n = self.observed.n_rows();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|&a, &b| self.mean.get(a, 0).total_cmp(&self.mean.get(b, 0)));
        let mut rank_sum = 0.0;
        let mut start = 0;
        while start < n {
            let tied =
                order[start..].iter().take_while(|&&i| self.mean.get(i, 0) == self.mean.get(order[start], 0)).count();
            let events = order[start..start + tied].iter().filter(|&&i| self.class(i) == 1).count();
            rank_sum += events as f64 * (start as f64 + (tied as f64 + 1.0) / 2.0);
            start += tied;
        }
        let events = (0..n).filter(|&i| self.class(i) == 1).count() as f64;
        let others = n as f64 - events;
        if events == 0.0 || others == 0.0 {
            return None;
        }
        let area = (rank_sum - events * (events + 1.0) / 2.0) / (events * others);
        let (q1, q2) = (area / (2.0 - area), 2.0 * area * area / (1.0 + area));
        let variance =
            (area * (1.0 - area) + (events - 1.0) * (q1 - area * area) + (others - 1.0) * (q2 - area * area))
                / (events * others);
        Some(Score { metric: "AUC".into(), mean: area, se: variance.max(0.0).sqrt(), larger_is_better: true })
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
            observed: &observed,
            mean: &mean,
            weight: &weight,
            deviance: &deviance,
        })
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
    fn scores_of_numbers_by_hand() {
        let observed = Matrix::from_columns(4, &[vec![1.0, 2.0, 3.0, 6.0]]);
        let mean = Matrix::from_columns(4, &[vec![1.0, 3.0, 3.0, 4.0]]);
        let scores = scores(&Predicted {
            task: Task::Regression,
            observed: &observed,
            mean: &mean,
            weight: &[1.0; 4],
            deviance: &[0.0, 1.0, 0.0, 4.0],
        });
        let values: Vec<f64> = scores.iter().map(|s| s.mean).collect();
        assert!((values[0] - 1.25_f64.sqrt()).abs() < 1e-12);
        assert!((values[1] - 0.75).abs() < 1e-12);
        assert!((values[2] - (1.0 - 5.0 / 14.0)).abs() < 1e-12);
    }
}
