//! Logistic loss: ln(1 + e^eta) - y eta, two classes with one logit.

use pulp::Simd;

use super::likelihood::{Likelihood, y_ln_y};
use super::rows;
use crate::random::Random;
use crate::simd::{Scalar, exp, ln_1p};

pub struct Logistic;

impl Likelihood for Logistic {
    fn is_of_classes(&self) -> bool {
        true
    }

    fn responses(&self) -> &'static str {
        "0 to 1"
    }

    fn accepts(&self, y: f64) -> bool {
        (0.0..=1.0).contains(&y)
    }

    #[inline(always)]
    fn value_gradient<T: Scalar, S: Simd>(&self, eta: &[T], y: &[T], weight: &[T], gradient: &mut [T]) -> f64 {
        rows::value_gradient(eta, y, weight, gradient, |eta, y| {
            // ln(1 + e^eta) = max(eta, 0) + ln(1 + e^-|eta|) does not overflow.
            let small = exp::<T, S>(-eta.abs());
            let mean = if eta >= T::ZERO { T::ONE } else { small } / (T::ONE + small);
            (eta.max(T::ZERO) + ln_1p::<T, S>(small) - y * eta, mean - y)
        })
    }

    fn information_root(&self, eta: &[f64], root: &mut [f64]) {
        let small = exp::<f64, pulp::Scalar>(-eta[0].abs());
        root[0] = small.sqrt() / (1.0 + small);
    }

    #[inline(always)]
    fn weighted_information(&self, weight: f64, mean: f64, _other: f64, _same: bool) -> f64 {
        weight * mean * (1.0 - mean)
    }

    fn variance(&self, mean: f64) -> f64 {
        mean * (1.0 - mean)
    }

    fn mean_in_place(&self, eta: &mut [f64], _n: usize) {
        for e in eta {
            let small = exp::<f64, pulp::Scalar>(-e.abs());
            *e = if *e >= 0.0 { 1.0 } else { small } / (1.0 + small);
        }
    }

    fn link_in_place(&self, mean: &mut [f64]) {
        mean.iter_mut().for_each(|p| *p = (*p / (1.0 - *p)).ln());
    }

    fn is_inside(&self, mean: f64) -> bool {
        mean > 0.0 && mean < 1.0
    }

    fn inside(&self, mean: f64, margin: f64) -> f64 {
        mean.clamp(margin, 1.0 - margin)
    }

    fn saturated(&self, y: &[f64]) -> f64 {
        -y_ln_y(y[0]) - y_ln_y(1.0 - y[0])
    }

    fn draw(&self, mean: &[f64], _deviation: f64, random: &mut Random, y: &mut [f64]) {
        y[0] = f64::from(u8::from(random.uniform() < mean[0]));
    }
}
