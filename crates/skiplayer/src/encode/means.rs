//! Linear predictors as means in the target's own units, and as probabilities of classes.

use super::target::{TargetEncoding, Task};
use crate::loss::Loss;
use crate::matrix::Matrix;

/// Linear predictors (n, K) beside an `offset` (n, or empty) as means in the target's units; one predictor of ordered classes as their
/// probabilities (n, classes).
pub fn means(eta: &Matrix, offset: &[f64], target: &TargetEncoding) -> Matrix {
    let (n, loss) = (eta.n_rows(), target.loss());
    let mut mean = eta.values().to_vec();
    let add = |values: &mut [f64]| values.iter_mut().zip(offset).for_each(|(value, offset)| *value += offset);
    if !loss.has_identity_link() {
        add(&mut mean);
    }
    if let Loss::Ordinal(own) = loss {
        let rows: Vec<Vec<f64>> = mean.iter().map(|eta| own.probabilities(*eta)).collect();
        return Matrix::from_fn(n, own.n_classes(), |i, k| rows[i][k]);
    }
    loss.mean_in_place(&mut mean, n);
    let mut mean = Matrix::from_fn(n, eta.n_columns(), |i, o| target.unit(o).invert(mean[o * n + i]));
    if loss.has_identity_link() && !offset.is_empty() {
        (0..mean.n_columns()).for_each(|o| add(mean.column_mut(o)));
    }
    mean
}

/// Probability of each class for row `i` of a model's means: those of two classes are of the event.
pub fn class_probabilities(mean: &Matrix, i: usize, task: Task) -> Vec<f64> {
    match task {
        Task::Binary => vec![1.0 - mean.get(i, 0), mean.get(i, 0)],
        _ => (0..mean.n_columns()).map(|c| mean.get(i, c)).collect(),
    }
}
