//! What losses with a logarithmic link share: means are e^eta.

use crate::simd::Scalar;

/// Linear predictors are kept within plus and minus this: e^30 is more than anybody counts, and a step that is far too long then shows
/// as a huge loss instead of an infinite one.
pub const LARGEST_LOG_MEAN: f64 = 30.0;

/// `eta` within what is computed with.
#[inline(always)]
pub fn bounded<T: Scalar>(eta: T) -> T {
    eta.clamp(T::of(-LARGEST_LOG_MEAN), T::of(LARGEST_LOG_MEAN))
}

/// The verbs of a `Likelihood` that follow from the link.
macro_rules! methods {
    () => {
        fn mean_in_place(&self, eta: &mut [f64], _n: usize) {
            eta.iter_mut()
                .for_each(|e| *e = $crate::simd::exp::<f64, pulp::Scalar>(e.min($crate::loss::LARGEST_LOG_MEAN)));
        }

        fn link_in_place(&self, mean: &mut [f64]) {
            mean.iter_mut().for_each(|m| *m = m.ln());
        }

        fn is_inside(&self, mean: f64) -> bool {
            mean > 0.0
        }

        fn inside(&self, mean: f64, margin: f64) -> f64 {
            mean.max(margin)
        }
    };
}
pub(super) use methods;
