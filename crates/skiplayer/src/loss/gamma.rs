//! Gamma deviance with a log link: half the unit deviance, (y - mu)/mu - ln(y/mu) with mu = e^eta.
//!
//! Positive amounts whose standard deviation is proportional to their mean: variance phi mu². The dispersion phi takes the place of the
//! noise variance: exp(-deviance/(2 phi)) over sqrt(phi) is the saddle-point form of the density (Jørgensen 1987; Nelder & Pregibon
//! 1987, "extended quasi-likelihood").

use pulp::Simd;

use super::likelihood::Likelihood;
use super::log_link;
use super::log_link::bounded;
use super::rows;
use super::variates::gamma;
use crate::random::Random;
use crate::simd::{Scalar, exp};

pub struct Gamma;

impl Likelihood for Gamma {
    fn has_noise_precision(&self) -> bool {
        true
    }

    fn responses(&self) -> &'static str {
        "numbers above 0"
    }

    fn accepts(&self, y: f64) -> bool {
        y > 0.0
    }

    #[inline(always)]
    fn value_gradient<T: Scalar, S: Simd>(&self, eta: &[T], y: &[T], weight: &[T], gradient: &mut [T]) -> f64 {
        rows::value_gradient(eta, y, weight, gradient, |eta, y| {
            let eta = bounded(eta);
            let ratio = y * exp::<T, S>(-eta);
            // Rows that only fill up a tile have weight 0 and response 0.
            let log = if y > T::ZERO { y.ln() - eta } else { T::ZERO };
            (ratio - T::ONE - log, T::ONE - ratio)
        })
    }

    fn information_root(&self, _eta: &[f64], root: &mut [f64]) {
        root[0] = 1.0;
    }

    fn curvature_root(&self, eta: &[f64], y: &[f64], root: &mut [f64]) {
        let mean = exp::<f64, pulp::Scalar>(bounded(eta[0]));
        root[0] = self.weighted_curvature(1.0, mean, mean, true, y[0]).sqrt();
    }

    #[inline(always)]
    fn weighted_information(&self, weight: f64, _mean: f64, _other: f64, _same: bool) -> f64 {
        weight
    }

    #[inline(always)]
    fn weighted_curvature(&self, weight: f64, mean: f64, _other: f64, _same: bool, y: f64) -> f64 {
        weight * y / mean
    }

    fn of_units(&self, _factor: f64) -> f64 {
        1.0
    }

    fn variance(&self, mean: f64) -> f64 {
        mean * mean
    }

    log_link::methods!();

    fn saturated(&self, _y: &[f64]) -> f64 {
        0.0
    }

    fn draw(&self, mean: &[f64], deviation: f64, random: &mut Random, y: &mut [f64]) {
        let phi = (deviation * deviation).max(f64::MIN_POSITIVE);
        y[0] = (mean[0] * phi * gamma(1.0 / phi, random)).max(f64::MIN_POSITIVE);
    }
}
