//! Negative binomial with a log link: counts that vary more than Poisson's, with variance mu + mu²/theta.
//!
//! (y + theta) ln(1 + mu/theta) - y eta with mu = e^eta, up to a constant in eta: a Poisson count whose mean varies like a gamma
//! variate of shape theta. Theta is a property of all rows and is told by their likelihood ("NB2"; Cameron & Trivedi 1986).

use pulp::Simd;
use serde::{Deserialize, Serialize};

use super::likelihood::{Likelihood, y_ln_y};
use super::log_link;
use super::log_link::bounded;
use super::rows;
use super::variates::{count, gamma};
use crate::random::Random;
use crate::simd::{Scalar, exp, ln_1p};
use crate::stats::gamma_function::digamma;

/// Theta is looked for between these: below, a count says nothing of its mean; above, nobody can tell the law from Poisson's.
const THETA: [f64; 2] = [1e-3, 1e7];

/// The dispersion of the counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NegativeBinomial {
    /// Above 0; the smaller, the more do counts vary.
    pub theta: f64,
}

impl NegativeBinomial {
    /// Poisson's law for all that can be told: where a fit begins.
    pub const POISSON: Self = Self { theta: THETA[1] };

    /// The theta of largest likelihood for counts `y` with these means; [`POISSON`](Self::POISSON) where they vary no more than Poisson's.
    ///
    /// The root of the score of ln theta, by bisection. O(n) a step.
    pub fn estimated_from(y: &[f64], mean: &[f64], weight: &[f64]) -> Self {
        // Derivative of the log-likelihood with respect to theta.
        let score = |theta: f64| -> f64 {
            let constant = digamma(theta);
            let rows = y.iter().zip(mean).zip(weight).filter(|(_, w)| **w > 0.0);
            rows.map(|((y, mu), w)| {
                let own = if *y > 0.0 { digamma(theta + y) - constant } else { 0.0 };
                w * (own - (mu / theta).ln_1p() + (mu - y) / (theta + mu))
            })
            .sum()
        };
        let (mut low, mut high) = (THETA[0].ln(), THETA[1].ln());
        // For large theta the score is half the excess of variance over theta², which rounding hides: by the moments.
        let excess: f64 = y.iter().zip(mean).zip(weight).map(|((y, mu), w)| w * ((y - mu).powi(2) - y)).sum();
        let scale: f64 = y.iter().zip(weight).map(|(y, w)| w * y).sum();
        if excess <= 1e-6 * scale {
            return Self::POISSON;
        }
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if score(middle.exp()) > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        Self { theta: (0.5 * (low + high)).exp() }
    }
}

impl Likelihood for NegativeBinomial {
    fn responses(&self) -> &'static str {
        "0 or more"
    }

    fn accepts(&self, y: f64) -> bool {
        y >= 0.0
    }

    #[inline(always)]
    fn value_gradient<T: Scalar, S: Simd>(&self, eta: &[T], y: &[T], weight: &[T], gradient: &mut [T]) -> f64 {
        let theta = T::of(self.theta);
        rows::value_gradient(eta, y, weight, gradient, |eta, y| {
            let eta = bounded(eta);
            let mean = exp::<T, S>(eta);
            let loss = (y + theta) * ln_1p::<T, S>(mean / theta) - y * eta;
            (loss, (mean - y) * (theta / (theta + mean)))
        })
    }

    fn information_root(&self, eta: &[f64], root: &mut [f64]) {
        let mean = exp::<f64, pulp::Scalar>(bounded(eta[0]));
        root[0] = (mean / (1.0 + mean / self.theta)).sqrt();
    }

    fn curvature_root(&self, eta: &[f64], y: &[f64], root: &mut [f64]) {
        let mean = exp::<f64, pulp::Scalar>(bounded(eta[0]));
        root[0] = self.weighted_curvature(1.0, mean, mean, true, y[0]).sqrt();
    }

    #[inline(always)]
    fn weighted_information(&self, weight: f64, mean: f64, _other: f64, _same: bool) -> f64 {
        weight * mean / (1.0 + mean / self.theta)
    }

    #[inline(always)]
    fn weighted_curvature(&self, weight: f64, mean: f64, _other: f64, _same: bool, y: f64) -> f64 {
        weight * mean * (1.0 + y / self.theta) / (1.0 + mean / self.theta).powi(2)
    }

    fn variance(&self, mean: f64) -> f64 {
        mean + mean * mean / self.theta
    }

    log_link::methods!();

    fn saturated(&self, y: &[f64]) -> f64 {
        (y[0] + self.theta) * (y[0] / self.theta).ln_1p() - y_ln_y(y[0])
    }

    fn draw(&self, mean: &[f64], _deviation: f64, random: &mut Random, y: &mut [f64]) {
        y[0] = count(mean[0] * gamma(self.theta, random) / self.theta, random);
    }
}
