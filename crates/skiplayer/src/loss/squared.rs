//! Squared error: 1/2 sum over outputs of (y - eta)^2, a Gaussian response with constant variance.

use pulp::Simd;

use super::likelihood::Likelihood;
use crate::random::Random;
use crate::simd::Scalar;

pub struct Squared;

impl Likelihood for Squared {
    fn is_quadratic(&self) -> bool {
        true
    }

    fn has_identity_link(&self) -> bool {
        true
    }

    fn has_noise_precision(&self) -> bool {
        true
    }

    fn outputs(&self) -> (usize, usize, &'static str) {
        (1, usize::MAX, "at least 1")
    }

    fn accepts(&self, _y: f64) -> bool {
        true
    }

    #[inline(always)]
    fn value_gradient<T: Scalar, S: Simd>(&self, eta: &[T], y: &[T], weight: &[T], gradient: &mut [T]) -> f64 {
        let n = weight.len();
        let mut total = 0.0;
        for k in 0..eta.len() / n.max(1) {
            let (eta, y, gradient) = (&eta[k * n..][..n], &y[k * n..][..n], &mut gradient[k * n..][..n]);
            let mut sums = [T::ZERO; 8];
            for i in 0..n {
                let residual = eta[i] - y[i];
                gradient[i] = weight[i] * residual;
                sums[i % 8] += gradient[i] * residual;
            }
            total += 0.5 * sums.iter().map(|s| s.to_f64()).sum::<f64>();
        }
        total
    }

    fn information_root(&self, eta: &[f64], root: &mut [f64]) {
        let k = eta.len();
        (0..k).for_each(|r| root[r * k + r] = 1.0);
    }

    #[inline(always)]
    fn weighted_information(&self, weight: f64, _mean: f64, _other: f64, same: bool) -> f64 {
        if same { weight } else { 0.0 }
    }

    fn variance(&self, _mean: f64) -> f64 {
        1.0
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

    fn draw(&self, mean: &[f64], deviation: f64, random: &mut Random, y: &mut [f64]) {
        y.iter_mut().zip(mean).for_each(|(y, mean)| *y = mean + deviation * random.normal());
    }
}
