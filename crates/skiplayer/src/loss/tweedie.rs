//! Tweedie deviance with a log link: amounts that are positive or exactly zero, such as the sum of claims of a policy.
//!
//! Half the unit deviance (Jørgensen 1987), with mu = e^eta and 1 < p < 2:
//!
//! y mu^(1-p) / (p-1) + mu^(2-p) / (2-p) - y^(2-p) / ((p-1)(2-p))
//!
//! The variance is phi mu^p; a Poisson number of gamma amounts has this law. phi is the noise variance of the extended quasi-likelihood,
//! as in [`Gamma`](super::gamma::Gamma).

use pulp::Simd;
use serde::{Deserialize, Serialize};

use super::likelihood::Likelihood;
use super::log_link;
use super::log_link::bounded;
use super::rows;
use super::variates::{count, gamma};
use crate::random::Random;
use crate::simd::{Scalar, exp};

/// The power p of the variance function mu^p.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Tweedie {
    /// Above 1 (Poisson), below 2 (gamma).
    pub power: f64,
}

impl Tweedie {
    /// Halfway between counts and amounts.
    pub const DEFAULT_POWER: f64 = 1.5;

    /// Whether `power` is that of a compound Poisson-gamma law.
    pub fn accepts_power(power: f64) -> bool {
        power > 1.0 && power < 2.0
    }
}

impl Likelihood for Tweedie {
    fn has_noise_precision(&self) -> bool {
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
        let (above_one, below_two) = (T::of(self.power - 1.0), T::of(2.0 - self.power));
        let (over_one, over_two) = (T::of(1.0 / (self.power - 1.0)), T::of(1.0 / (2.0 - self.power)));
        rows::value_gradient(eta, y, weight, gradient, |eta, y| {
            let eta = bounded(eta);
            let amount = y * exp::<T, S>(-(above_one * eta));
            let expected = exp::<T, S>(below_two * eta);
            let own = if y > T::ZERO { exp::<T, S>(below_two * y.ln()) } else { T::ZERO };
            (amount * over_one + expected * over_two - own * over_one * over_two, expected - amount)
        })
    }

    fn information_root(&self, eta: &[f64], root: &mut [f64]) {
        root[0] = exp::<f64, pulp::Scalar>(0.5 * (2.0 - self.power) * bounded(eta[0]));
    }

    fn curvature_root(&self, eta: &[f64], y: &[f64], root: &mut [f64]) {
        let (eta, above_one, below_two) = (bounded(eta[0]), self.power - 1.0, 2.0 - self.power);
        let amount = y[0] * exp::<f64, pulp::Scalar>(-above_one * eta);
        root[0] = (above_one * amount + below_two * exp::<f64, pulp::Scalar>(below_two * eta)).sqrt();
    }

    #[inline(always)]
    fn weighted_information(&self, weight: f64, mean: f64, _other: f64, _same: bool) -> f64 {
        weight * mean.powf(2.0 - self.power)
    }

    #[inline(always)]
    fn weighted_curvature(&self, weight: f64, mean: f64, _other: f64, _same: bool, y: f64) -> f64 {
        weight * mean.powf(1.0 - self.power) * ((self.power - 1.0) * y + (2.0 - self.power) * mean)
    }

    fn of_units(&self, factor: f64) -> f64 {
        factor.powf(2.0 - self.power)
    }

    fn variance(&self, mean: f64) -> f64 {
        mean.powf(self.power)
    }

    log_link::methods!();

    fn saturated(&self, _y: &[f64]) -> f64 {
        0.0
    }

    /// A Poisson number of gamma amounts (Jørgensen 1987; Dunn & Smyth 2005, section 2).
    fn draw(&self, mean: &[f64], deviation: f64, random: &mut Random, y: &mut [f64]) {
        let (phi, p) = ((deviation * deviation).max(f64::MIN_POSITIVE), self.power);
        let number = count(mean[0].powf(2.0 - p) / (phi * (2.0 - p)), random);
        let shape = (2.0 - p) / (p - 1.0);
        let scale = phi * (p - 1.0) * mean[0].powf(p - 1.0);
        y[0] = if number > 0.0 { scale * gamma(number * shape, random) } else { 0.0 };
    }
}
