//! Poisson deviance: e^eta - y eta, counts with a log link.

use pulp::Simd;

use super::likelihood::{Likelihood, y_ln_y};
use crate::random::Random;
use crate::simd::{Scalar, exp};

/// Linear predictors of a count are kept below this: e^30 is more than anybody counts, and a step that is far too long
/// then shows as a huge loss instead of an infinite one.
pub const LARGEST_LOG_MEAN: f64 = 30.0;

/// Means from which on a count is drawn as a sum of two: e^-mean is then far above the smallest double.
const LARGEST_DRAWN_AT_ONCE: f64 = 500.0;

pub struct Poisson;

impl Likelihood for Poisson {
    const OVERDISPERSED: bool = true;
    const RESPONSES: &'static str = "0 or more";

    fn accepts(y: f64) -> bool {
        y >= 0.0
    }

    #[inline(always)]
    fn value_gradient<T: Scalar, S: Simd>(eta: &[T], y: &[T], weight: &[T], gradient: &mut [T]) -> f64 {
        let mut total = 0.0;
        for i in 0..weight.len() {
            let eta = eta[i].min(T::of(LARGEST_LOG_MEAN));
            let mean = exp::<T, S>(eta);
            gradient[i] = weight[i] * (mean - y[i]);
            total += (weight[i] * (mean - y[i] * eta)).to_f64();
        }
        total
    }

    fn information_root(eta: &[f64], root: &mut [f64]) {
        root[0] = exp::<f64, pulp::Scalar>(0.5 * eta[0].min(LARGEST_LOG_MEAN));
    }

    #[inline(always)]
    fn weighted_information(weight: f64, mean: f64, _other: f64, _same: bool) -> f64 {
        weight * mean
    }

    fn mean_in_place(eta: &mut [f64], _n: usize) {
        eta.iter_mut().for_each(|e| *e = exp::<f64, pulp::Scalar>(e.min(LARGEST_LOG_MEAN)));
    }

    fn link_in_place(mean: &mut [f64]) {
        mean.iter_mut().for_each(|m| *m = m.ln());
    }

    fn is_inside(mean: f64) -> bool {
        mean > 0.0
    }

    fn inside(mean: f64, margin: f64) -> f64 {
        mean.max(margin)
    }

    fn saturated(y: &[f64]) -> f64 {
        y[0] - y_ln_y(y[0])
    }

    fn draw(mean: &[f64], _deviation: f64, random: &mut Random, y: &mut [f64]) {
        y[0] = count(mean[0], random);
    }
}

/// A count with this mean, by inversion. O(mean).
fn count(mean: f64, random: &mut Random) -> f64 {
    if mean > LARGEST_DRAWN_AT_ONCE {
        return count(0.5 * mean, random) + count(0.5 * mean, random);
    }
    let mut probability = (-mean).exp();
    let mut left = random.uniform() - probability;
    let mut drawn = 0.0;
    while left >= 0.0 && probability > 0.0 {
        drawn += 1.0;
        probability *= mean / drawn;
        left -= probability;
    }
    drawn
}
