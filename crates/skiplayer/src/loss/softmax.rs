//! Softmax cross-entropy: ln sum e^eta_k - eta_y, K classes with a logit each and a one-hot response.

use pulp::Simd;

use super::likelihood::{Likelihood, y_ln_y};
use crate::random::Random;
use crate::simd::{Scalar, exp};

pub struct Softmax;

impl Likelihood for Softmax {
    fn is_of_classes(&self) -> bool {
        true
    }

    fn couples_outputs(&self) -> bool {
        true
    }

    fn outputs(&self) -> (usize, usize, &'static str) {
        (2, usize::MAX, "one for each of 2 or more classes")
    }

    fn responses(&self) -> &'static str {
        "0 to 1"
    }

    fn accepts(&self, y: f64) -> bool {
        (0.0..=1.0).contains(&y)
    }

    #[inline(always)]
    fn value_gradient<T: Scalar, S: Simd>(&self, eta: &[T], y: &[T], weight: &[T], gradient: &mut [T]) -> f64 {
        let n = weight.len();
        let n_classes = eta.len() / n.max(1);
        let mut total = 0.0;
        for i in 0..n {
            let largest = (1..n_classes).map(|k| eta[k * n + i]).fold(eta[i], T::max);
            let mut sum = T::ZERO;
            let mut own = T::ZERO;
            for k in 0..n_classes {
                let e = exp::<T, S>(eta[k * n + i] - largest);
                gradient[k * n + i] = e;
                sum += e;
                own += y[k * n + i] * (eta[k * n + i] - largest);
            }
            for k in 0..n_classes {
                gradient[k * n + i] = weight[i] * (gradient[k * n + i] / sum - y[k * n + i]);
            }
            total += (weight[i] * (sum.ln() - own)).to_f64();
        }
        total
    }

    /// root[r][k] = sqrt(p_r) (1{r = k} - p_k).
    fn information_root(&self, eta: &[f64], root: &mut [f64]) {
        let k = eta.len();
        let mut p = eta.to_vec();
        self.mean_in_place(&mut p, 1);
        for r in 0..k {
            let scale = p[r].sqrt();
            for l in 0..k {
                root[r * k + l] = scale * (f64::from(u8::from(r == l)) - p[l]);
            }
        }
    }

    #[inline(always)]
    fn weighted_information(&self, weight: f64, mean: f64, other: f64, same: bool) -> f64 {
        weight * mean * (f64::from(u8::from(same)) - other)
    }

    fn variance(&self, mean: f64) -> f64 {
        mean * (1.0 - mean)
    }

    fn mean_in_place(&self, eta: &mut [f64], n: usize) {
        let n_classes = eta.len() / n.max(1);
        for i in 0..n {
            let largest = (0..n_classes).map(|k| eta[k * n + i]).fold(f64::NEG_INFINITY, f64::max);
            let mut sum = 0.0;
            for k in 0..n_classes {
                eta[k * n + i] = exp::<f64, pulp::Scalar>(eta[k * n + i] - largest);
                sum += eta[k * n + i];
            }
            for k in 0..n_classes {
                eta[k * n + i] /= sum;
            }
        }
    }

    /// Logits that sum to zero.
    fn link_in_place(&self, mean: &mut [f64]) {
        mean.iter_mut().for_each(|p| *p = p.ln());
        let centre = mean.iter().sum::<f64>() / mean.len() as f64;
        mean.iter_mut().for_each(|log| *log -= centre);
    }

    fn is_inside(&self, mean: f64) -> bool {
        mean > 0.0 && mean < 1.0
    }

    fn inside(&self, mean: f64, margin: f64) -> f64 {
        mean.max(margin)
    }

    fn saturated(&self, y: &[f64]) -> f64 {
        -y.iter().map(|y| y_ln_y(*y)).sum::<f64>()
    }

    fn draw(&self, mean: &[f64], _deviation: f64, random: &mut Random, y: &mut [f64]) {
        let mut left = random.uniform();
        let passed = |p: &f64| {
            left -= p;
            left < 0.0
        };
        let class = mean.iter().position(passed).unwrap_or(mean.len() - 1);
        y.iter_mut().enumerate().for_each(|(k, y)| *y = f64::from(u8::from(k == class)));
    }
}
