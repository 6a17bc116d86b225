//! What the errors of a line are of.

use crate::loss::{Loss, RowTerms};
use crate::matrix::Matrix;
use crate::survival::{Durations, RiskSets, partial_line};

/// What errors are of: responses y (n, K) of encoded rows x (n, p) with their weights, and which of them belong together.
#[derive(Debug, Clone, Copy)]
pub struct Responses<'a> {
    pub x: &'a Matrix,
    pub y: &'a Matrix,
    pub weight: &'a [f64],
    /// (n) for one output, or empty.
    pub offset: &'a [f64],
    pub loss: Loss,
    /// Group of each row, numbered from 0.
    pub groups: Option<&'a [usize]>,
    /// Of durations their times and strata.
    pub durations: Option<&'a Durations>,
}

impl<'a> Responses<'a> {
    /// Of durations the coefficients of the line of largest partial likelihood on the columns of `x` (n, k); `None` for others.
    pub(super) fn partial_line(&self, x: &Matrix) -> Option<Vec<f64>> {
        let (durations, event) = (self.durations?, self.y.column(0));
        let sets = RiskSets::new(durations, event, self.weight, self.loss.ties()?);
        Some(partial_line(&sets, x, event, &durations.offset, 0.0).coef)
    }

    pub(super) fn terms(&self) -> RowTerms<'a> {
        RowTerms { weight: self.weight, offset: self.offset }
    }
}
