//! What losses with a logarithmic link share: means are e^eta.

use crate::simd::{Scalar, exp};

/// Linear predictors are kept within plus and minus this: e^30 is more than anybody counts, and a step that is far too long then shows
/// as a huge loss instead of an infinite one.
pub const LARGEST_LOG_MEAN: f64 = 30.0;

/// `eta` within what is computed with.
#[inline(always)]
pub fn bounded<T: Scalar>(eta: T) -> T {
    eta.clamp(T::of(-LARGEST_LOG_MEAN), T::of(LARGEST_LOG_MEAN))
}

pub fn mean_in_place(eta: &mut [f64]) {
    eta.iter_mut().for_each(|e| *e = exp::<f64, pulp::Scalar>(e.min(LARGEST_LOG_MEAN)));
}

pub fn link_in_place(mean: &mut [f64]) {
    mean.iter_mut().for_each(|m| *m = m.ln());
}
