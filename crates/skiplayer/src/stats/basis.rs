//! Bases of what columns span.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatMut, Par};

/// A column of which the others leave less than this share of its length counts as determined by them.
pub const COLLINEAR: f64 = 1e-7;

/// An orthonormal basis (n, rank) of the span of the columns, by QR with column pivoting. O(n c^2).
pub fn orthonormal(mut columns: Mat<f64>) -> Mat<f64> {
    for c in 0..columns.ncols() {
        normalise(columns.col_as_slice_mut(c), 0.0);
    }
    let pivoted = columns.col_piv_qr();
    let r = pivoted.thin_R();
    let rank = (0..r.nrows()).take_while(|&c| r[(c, c)].abs() > COLLINEAR).count();
    let mut basis = pivoted.compute_thin_Q();
    basis.truncate(columns.nrows(), rank);
    basis
}

/// Subtracts from every column its projection on `basis`: twice, as once leaves rounding errors of the size of the projection.
///
/// Returns the coordinates (rank, c) of the projections.
pub fn project_off(basis: &Mat<f64>, mut columns: MatMut<f64>) -> Mat<f64> {
    let mut total = Mat::zeros(basis.ncols(), columns.ncols());
    for _ in 0..2 {
        let mut along = Mat::zeros(basis.ncols(), columns.ncols());
        matmul(along.as_mut(), Accum::Replace, basis.transpose(), columns.as_ref(), 1.0, Par::Seq);
        matmul(columns.as_mut(), Accum::Add, basis, &along, -1.0, Par::Seq);
        total += along;
    }
    total
}

/// Scales to length 1, or to 0 where the length is not above `smallest`.
pub fn normalise(column: &mut [f64], smallest: f64) {
    let length = norm(column);
    let scale = if length > smallest { 1.0 / length } else { 0.0 };
    column.iter_mut().for_each(|v| *v *= scale);
}

pub fn norm(column: &[f64]) -> f64 {
    column.iter().map(|v| v * v).sum::<f64>().sqrt()
}
