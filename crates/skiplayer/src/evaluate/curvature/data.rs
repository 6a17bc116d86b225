//! What the tests of curvature look at.

use crate::loss::Loss;
use crate::matrix::Matrix;

/// How rows depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dependence<'a> {
    /// Independent: one sign a row.
    Rows,
    /// One sign a group; labels (n).
    Groups(&'a [usize]),
    /// Rows are in order of time: one sign a block of about n^(1/3) rows.
    TimeOrder,
}

/// What is asked about.
#[derive(Debug, Clone, Copy)]
pub struct LinearityData<'a> {
    /// (n, p) encoded inputs; collinear columns are allowed.
    pub x: &'a Matrix,
    /// (n, K), one-hot for the softmax.
    pub y: &'a Matrix,
    /// (n), precision weights; rows with weight 0 are left out.
    pub weight: &'a [f64],
    /// (n) for one output, or empty: added to the linear predictors.
    pub offset: &'a [f64],
    pub loss: Loss,
    pub dependence: Dependence<'a>,
    /// Of the inputs, for notes; `None` is x1, x2, ...
    pub names: Option<&'a [String]>,
}

impl LinearityData<'_> {
    pub(super) fn name(&self, input: usize) -> String {
        self.names.and_then(|names| names.get(input)).cloned().unwrap_or_else(|| format!("x{}", input + 1))
    }
}
