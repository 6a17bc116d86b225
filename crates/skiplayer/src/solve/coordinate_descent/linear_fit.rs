//! What a path consists of.

use crate::matrix::Matrix;
use crate::solve::termination::Termination;

/// The solution at one lambda.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearFit {
    /// The penalty.
    pub lambda: f64,
    /// (n_outputs)
    pub intercept: Vec<f64>,
    /// (n_outputs, n_features) row-major, for inputs as given.
    pub coef: Vec<f64>,
    /// Iterations are coordinate sweeps, `kkt` is relative as in [`PathOptions::tol`](crate::solve::PathOptions::tol) and recomputed from the returned point.
    pub termination: Termination,
}

impl LinearFit {
    /// The linear predictor (n) of one output for inputs `x` (n, n_features), without an offset. O(n p).
    pub fn predictor(&self, x: &Matrix, output: usize) -> Vec<f64> {
        let p = x.n_columns();
        let mut eta = vec![self.intercept[output]; x.n_rows()];
        for (j, coef) in self.coef[output * p..(output + 1) * p].iter().enumerate() {
            eta.iter_mut().zip(x.column(j)).for_each(|(eta, x)| *eta += coef * x);
        }
        eta
    }
}
