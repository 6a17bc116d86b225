//! What the errors of a line are of.

use crate::loss::{Loss, RowTerms};
use crate::matrix::Matrix;
use crate::survival::Durations;

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
    pub(super) fn terms(&self) -> RowTerms<'a> {
        RowTerms { weight: self.weight, offset: self.offset }
    }
}
