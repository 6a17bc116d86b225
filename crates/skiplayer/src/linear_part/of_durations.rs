//! Standard errors of a line of log hazards: those of the partial likelihood, or with groups of rows Lin and Wei's.
//!
//! The information of the partial likelihood has the baseline hazard taken out (Cox 1972), so that errors are those of `coxph` in R's
//! survival. With groups the scores of the rows of each are added up (Lin & Wei 1989). The constant is the mean log hazard, which is 0 by
//! convention: in network units, where inputs have mean 0, it has no error.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use super::responses::Responses;
use crate::survival::{Durations, RiskSets, information, scores};

/// Changes (r, used + 1) of the constant and of the coefficients on the inputs `used`, whose squares and products add up to their
/// covariances, at log hazards `eta` (n) with their offset.
pub fn changes(responses: &Responses, durations: &Durations, eta: &[f64], used: &[usize]) -> Option<Mat<f64>> {
    let (x, event) = (responses.x.select_columns(used), responses.y.column(0));
    let sets = RiskSets::new(durations, event, responses.weight, responses.loss.ties()?);
    let p = used.len();
    let factor = information(&sets, &x, eta).llt(Side::Lower).ok()?;
    let beside_constant = |changes: &Mat<f64>| {
        Mat::from_fn(changes.nrows(), p + 1, |i, c| if c == 0 { 0.0 } else { changes[(i, c - 1)] })
    };
    let Some(groups) = responses.groups else {
        // With I = L L' the inverse is L'^-1 L^-1: the rows of L^-1 are the changes.
        let mut inverse = Mat::<f64>::identity(p, p);
        faer::linalg::triangular_solve::solve_lower_triangular_in_place(factor.L(), inverse.as_mut(), faer::Par::Seq);
        return Some(beside_constant(&inverse));
    };
    let of_rows = scores(&sets, &x, event, eta);
    let mut sums = Mat::<f64>::zeros(p, groups.iter().max().map_or(0, |last| last + 1));
    for (i, &group) in groups.iter().enumerate() {
        (0..p).for_each(|j| sums[(j, group)] += of_rows.get(i, j));
    }
    let changes = factor.solve(&sums);
    Some(beside_constant(&changes.transpose().to_owned()))
}
