//! Linear predictors as means in the target's own units, and as probabilities of classes.

use super::target::{TargetEncoding, Task};
use crate::matrix::Matrix;

/// Linear predictors (n, K) as means in the target's units.
pub fn means(eta: &Matrix, target: &TargetEncoding) -> Matrix {
    let n = eta.n_rows();
    let mut mean = eta.values().to_vec();
    target.loss().mean_in_place(&mut mean, n);
    Matrix::from_fn(n, eta.n_columns(), |i, o| target.unit(o).invert(mean[o * n + i]))
}

/// Probability of each class for row `i` of a model's means: those of two classes are of the event.
pub fn class_probabilities(mean: &Matrix, i: usize, task: Task) -> Vec<f64> {
    match task {
        Task::Binary => vec![1.0 - mean.get(i, 0), mean.get(i, 0)],
        _ => (0..mean.n_columns()).map(|c| mean.get(i, c)).collect(),
    }
}
