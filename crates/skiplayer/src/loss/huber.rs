//! Huber's loss: squared error up to a distance delta, absolute error beyond it (Huber 1964).
//!
//! A few wild responses then move the fit no more than rows at delta do. Delta is 1.345 times the spread of the residuals, which keeps
//! 95% of the efficiency of squared error under normal noise; the spread is their median distance from zero over 0.6745, as
//! `MASS::rlm` has it.

use pulp::Simd;
use serde::{Deserialize, Serialize};

use super::likelihood::Likelihood;
use super::rows;
use crate::random::Random;
use crate::simd::Scalar;

/// Delta in units of the spread.
const TUNING: f64 = 1.345;
/// The median of the distance of a standard normal variate from zero.
const NORMAL_MEDIAN_DISTANCE: f64 = 0.674_489_750_196_081_7;
/// Of the range of the responses, on the way to the constant that fits best.
const HALVINGS: usize = 40;
/// What stands for the curvature of rows beyond delta in Newton steps, which is zero.
const LEAST_CURVATURE: f64 = 1e-5;

/// Where squared error ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Huber {
    /// Above 0, in network units: standard deviations of the target.
    pub delta: f64,
}

impl Huber {
    /// Squared error for all that can be told: where a fit begins.
    pub const SQUARED: Self = Self { delta: 1e6 };

    /// The robust spread of responses about their fitted means.
    pub fn spread(y: &[f64], mean: &[f64], weight: &[f64]) -> f64 {
        let mut distances: Vec<(f64, f64)> =
            y.iter().zip(mean).zip(weight).map(|((y, mu), w)| ((y - mu).abs(), *w)).filter(|d| d.1 > 0.0).collect();
        distances.sort_by(|a, b| a.0.total_cmp(&b.0));
        let half = 0.5 * distances.iter().map(|d| d.1).sum::<f64>();
        let mut below = 0.0;
        for (at, (distance, weight)) in distances.iter().enumerate() {
            below += weight;
            if below > half * (1.0 + 1e-12) {
                return distance / NORMAL_MEDIAN_DISTANCE;
            }
            // Exactly half of the rows on each side: halfway between the two, as the median of an even number is.
            if below >= half * (1.0 - 1e-12) {
                let next = distances.get(at + 1).map_or(*distance, |next| next.0);
                return 0.5 * (distance + next) / NORMAL_MEDIAN_DISTANCE;
            }
        }
        0.0
    }

    /// With the delta of responses about their fitted means; squared error where more than half of them are fitted exactly.
    pub fn estimated_from(y: &[f64], mean: &[f64], weight: &[f64]) -> Self {
        let spread = Self::spread(y, mean, weight);
        if spread > 1e-9 { Self { delta: TUNING * spread } } else { Self::SQUARED }
    }
}

impl Likelihood for Huber {
    fn has_identity_link(&self) -> bool {
        true
    }

    fn has_noise_precision(&self) -> bool {
        true
    }

    fn accepts(&self, _y: f64) -> bool {
        true
    }

    #[inline(always)]
    fn value_gradient<T: Scalar, S: Simd>(&self, eta: &[T], y: &[T], weight: &[T], gradient: &mut [T]) -> f64 {
        let (delta, half) = (T::of(self.delta), T::of(0.5));
        rows::value_gradient(eta, y, weight, gradient, |eta, y| {
            let residual = eta - y;
            let near = residual.clamp(-delta, delta);
            // r²/2 within delta, delta (|r| - delta/2) beyond it.
            (near * (residual - half * near), near)
        })
    }

    /// An upper bound of the second derivative, which is 1 or 0: with it each Newton step goes down.
    fn information_root(&self, _eta: &[f64], root: &mut [f64]) {
        root[0] = 1.0;
    }

    #[inline(always)]
    fn weighted_information(&self, weight: f64, _mean: f64, _other: f64, _same: bool) -> f64 {
        weight
    }

    #[inline(always)]
    fn weighted_curvature(&self, weight: f64, mean: f64, _other: f64, _same: bool, y: f64) -> f64 {
        if (mean - y).abs() <= self.delta { weight } else { LEAST_CURVATURE * weight }
    }

    fn variance(&self, _mean: f64) -> f64 {
        1.0
    }

    /// The root of the sum of clipped residuals, which falls from the smallest to the largest response: by bisection, and exactly on the
    /// straight piece that it ends in.
    fn centre(&self, y: &[f64], weight: &[f64]) -> f64 {
        let used = || y.iter().zip(weight).filter(|(_, w)| **w > 0.0);
        let (mut low, mut high) =
            used().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (y, _)| (low.min(*y), high.max(*y)));
        // Sum of clipped residuals, and the weight of the rows that are not clipped.
        let pull = |centre: f64| {
            used().fold((0.0, 0.0), |(pull, near), (y, w)| {
                let residual = y - centre;
                let own = if residual.abs() <= self.delta { *w } else { 0.0 };
                (pull + w * residual.clamp(-self.delta, self.delta), near + own)
            })
        };
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if pull(middle).0 > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        let centre = 0.5 * (low + high);
        let (left, near) = pull(centre);
        if near > 0.0 { centre + left / near } else { centre }
    }

    fn mean_in_place(&self, _eta: &mut [f64], _n: usize) {}

    fn link_in_place(&self, _mean: &mut [f64]) {}

    fn is_inside(&self, _mean: f64) -> bool {
        true
    }

    fn inside(&self, mean: f64, _margin: f64) -> f64 {
        mean
    }

    fn saturated(&self, _y: &[f64]) -> f64 {
        0.0
    }

    /// Normal noise: what wild responses are like nobody knows.
    fn draw(&self, mean: &[f64], deviation: f64, random: &mut Random, y: &mut [f64]) {
        y[0] = mean[0] + deviation * random.normal();
    }
}
