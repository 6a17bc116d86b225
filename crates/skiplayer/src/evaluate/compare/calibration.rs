//! Calibration of probabilities: are they over- or underconfident? Cox (1958), "Two further applications of a model for binary regression".

use super::metrics::Predicted;
use crate::encode::Task;
use crate::evaluate::record::Calibration;
use crate::linear_part::{LinearPart, Responses};
use crate::loss::Loss;
use crate::matrix::Matrix;
use crate::solve::{PathOptions, linear_path};

/// Probabilities this close to 0 or 1 count as if they were this far away.
const SUREST: f64 = 1e-9;
/// A slope beyond this is that of outcomes that the probabilities separate.
const SEPARATED: f64 = 100.0;

/// Of two classes the event, of several whether the likeliest class was the one, of successes their share; `None` but for these, and where
/// the outcomes are separated. O(n).
pub fn calibration(predicted: &Predicted) -> Option<Calibration> {
    let n = predicted.observed.n_rows();
    let shares = |i: usize| {
        let p = predicted.mean.get(i, 0).clamp(SUREST, 1.0 - SUREST);
        ((p / (1.0 - p)).ln(), predicted.observed.get(i, 0))
    };
    let classes = |i: usize| {
        let p = predicted.probabilities(i);
        let likeliest = (0..p.len()).fold(0, |best, c| if p[c] > p[best] { c } else { best });
        let of = if predicted.task == Task::Binary { 1 } else { likeliest };
        let p = p[of].clamp(SUREST, 1.0 - SUREST);
        ((p / (1.0 - p)).ln(), f64::from(u8::from(predicted.class(i) == of)))
    };
    let (log_odds, outcome): (Vec<f64>, Vec<f64>) = match predicted.task {
        Task::Successes => (0..n).map(shares).unzip(),
        task if task.is_classification() => (0..n).map(classes).unzip(),
        _ => return None,
    };
    let (x, y) = (Matrix::from_columns(n, &[log_odds]), Matrix::from_columns(n, &[outcome]));
    let options = PathOptions { lambdas: Some(vec![0.0]), tol: 1e-9, ..PathOptions::default() };
    let fit = linear_path(&x, &y, predicted.weight, Loss::Logistic, &options).ok()?.pop()?;
    let (slope, intercept) = (fit.coef[0], fit.intercept[0]);
    if !(slope.is_finite() && slope.abs() < SEPARATED) {
        return None;
    }
    let part =
        LinearPart { intercept: fit.intercept, coef: fit.coef, unit_lines: None, rank: 1, n_used: 1, converged: true };
    let responses = Responses {
        x: &x,
        y: &y,
        weight: predicted.weight,
        offset: &[],
        loss: Loss::Logistic,
        groups: predicted.cluster,
        durations: None,
    };
    let slope_se = responses.standard_errors(&part, &[0])?.values[0]?;
    Some(Calibration { slope, slope_se, intercept })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Outcomes with log odds `power` times those predicted.
    fn of(power: f64, task: Task) -> Calibration {
        let (n, mut random) = (4_000, Random::simulated(5));
        let classes = if task == Task::Binary { 1 } else { 3 };
        let (mut observed, mut mean) = (Matrix::zeros(n, classes), Matrix::zeros(n, classes));
        for i in 0..n {
            let eta = 1.5 * random.normal().abs() + 0.8;
            let p = |eta: f64| 1.0 / (1.0 + (-eta).exp());
            let is_event = random.uniform() < p(power * eta);
            mean.column_mut(0)[i] = p(eta);
            if task == Task::Binary {
                observed.column_mut(0)[i] = f64::from(u8::from(is_event));
            } else {
                // The first class is the likeliest everywhere.
                (1..3).for_each(|c| mean.column_mut(c)[i] = 0.5 * (1.0 - p(eta)));
                observed.column_mut(if is_event { 0 } else { 1 + i % 2 })[i] = 1.0;
            }
        }
        let (weight, deviance) = (vec![1.0; n], vec![0.0; n]);
        let predicted = Predicted {
            task,
            levels: &[],
            observed: &observed,
            mean: &mean,
            weight: &weight,
            deviance: &deviance,
            cluster: None,
            survival: None,
        };
        calibration(&predicted).expect("classes that overlap")
    }

    #[test]
    fn the_slope_is_that_of_the_truth() {
        for task in [Task::Binary, Task::Multiclass] {
            for power in [0.6, 1.0, 1.4] {
                let found = of(power, task);
                assert!((found.slope - power).abs() < 3.0 * found.slope_se, "{power}: {found:?}");
                assert!(found.slope_se < 0.15, "{found:?}");
            }
        }
    }
}
