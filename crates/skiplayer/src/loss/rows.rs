//! Losses of rows and their derivatives, block by block, so that a compiler can work on as many rows at once as vectors hold.

use crate::simd::Scalar;
use crate::simd::lanes::LANES;

/// Partial sums of a block, so that additions need not wait for each other.
const SUMS: usize = 8;

/// The weighted sum of the losses of rows with predictors `eta` and responses `y`, all of one output; their derivatives times `weight` into
/// `gradient`. `row` tells loss and derivative of one row, without branches.
#[inline(always)]
pub fn value_gradient<T: Scalar>(
    eta: &[T],
    y: &[T],
    weight: &[T],
    gradient: &mut [T],
    row: impl Fn(T, T) -> (T, T),
) -> f64 {
    let mut total = 0.0;
    let blocks = eta.chunks(LANES).zip(y.chunks(LANES)).zip(weight.chunks(LANES)).zip(gradient.chunks_mut(LANES));
    for (((eta, y), weight), gradient) in blocks {
        let mut losses = [T::ZERO; LANES];
        let rows = losses.iter_mut().zip(gradient).zip(eta.iter().zip(y).zip(weight));
        for ((loss, slope), ((eta, y), weight)) in rows {
            let of_row = row(*eta, *y);
            *loss = *weight * of_row.0;
            *slope = *weight * of_row.1;
        }
        total += sum(&losses);
    }
    total
}

/// Of a block of losses.
#[inline(always)]
pub fn sum<T: Scalar>(losses: &[T; LANES]) -> f64 {
    let mut sums = [T::ZERO; SUMS];
    for some in losses.chunks_exact(SUMS) {
        sums.iter_mut().zip(some).for_each(|(sum, loss)| *sum += *loss);
    }
    sums.iter().map(|sum| sum.to_f64()).sum()
}
