//! Poisson deviance: e^eta - y eta, counts with a log link.

use pulp::Simd;

use super::likelihood::{Likelihood, y_ln_y};
use super::log_link;
use super::log_link::LARGEST_LOG_MEAN;
use super::rows;
use super::variates::count;
use crate::random::Random;
use crate::simd::{Scalar, exp};

pub struct Poisson;

impl Likelihood for Poisson {
    fn may_be_overdispersed(&self) -> bool {
        true
    }

    fn responses(&self) -> &'static str {
        "0 or more"
    }

    fn accepts(&self, y: f64) -> bool {
        y >= 0.0
    }

    #[inline(always)]
    fn value_gradient<T: Scalar, S: Simd>(&self, eta: &[T], y: &[T], weight: &[T], gradient: &mut [T]) -> f64 {
        rows::value_gradient(eta, y, weight, gradient, |eta, y| {
            let eta = eta.min(T::of(LARGEST_LOG_MEAN));
            let mean = exp::<T, S>(eta);
            (mean - y * eta, mean - y)
        })
    }

    fn information_root(&self, eta: &[f64], root: &mut [f64]) {
        root[0] = exp::<f64, pulp::Scalar>(0.5 * eta[0].min(LARGEST_LOG_MEAN));
    }

    #[inline(always)]
    fn weighted_information(&self, weight: f64, mean: f64, _other: f64, _same: bool) -> f64 {
        weight * mean
    }

    fn variance(&self, mean: f64) -> f64 {
        mean
    }

    log_link::methods!();

    fn saturated(&self, y: &[f64]) -> f64 {
        y[0] - y_ln_y(y[0])
    }

    fn draw(&self, mean: &[f64], _deviation: f64, random: &mut Random, y: &mut [f64]) {
        y[0] = count(mean[0], random);
    }
}
