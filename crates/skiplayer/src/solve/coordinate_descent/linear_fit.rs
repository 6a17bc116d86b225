//! What a path consists of.

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
