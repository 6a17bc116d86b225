//! Losses: the negative log-likelihood of a response given linear predictors, up to a constant.
//!
//! | loss | response y | linear predictors | loss of a row | inverse link |
//! |---|---|---|---|---|
//! | squared | K numbers | K | 1/2 sum (y - eta)^2 | eta |
//! | logistic | 0 or 1 | 1 | ln(1 + e^eta) - y eta | 1/(1 + e^-eta) |
//! | softmax | one-hot, K | K | ln sum e^eta_k - eta_y | e^eta_k / sum |
//! | Poisson | count | 1 | e^eta - y eta | e^eta |
//!
//! All arrays are output-major: `eta[k * n + i]` for output k of row i.

use pulp::Simd;
use serde::{Deserialize, Serialize};

use crate::simd::Scalar;
use crate::simd::exp;

/// Linear predictors of a count are kept below this: e^30 is more than anybody counts, and a step that is far too long
/// then shows as a huge loss instead of an infinite one.
const LARGEST_LOG_MEAN: f64 = 30.0;

/// Which likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Gaussian response with constant variance.
    Squared,
    /// Two classes, one logit.
    Logistic,
    /// K classes, K logits.
    Softmax,
    /// Counts with a log link.
    Poisson,
}

impl Loss {
    /// The weighted sum of the rows' losses; `weight.len()` is the number of rows.
    pub fn value(self, eta: &[f64], y: &[f64], weight: &[f64]) -> f64 {
        let mut unused = vec![0.0; eta.len()];
        self.value_gradient::<f64, pulp::Scalar>(eta, y, weight, &mut unused)
    }

    /// The weighted sum of the rows' losses; writes its derivatives with respect to `eta` into `gradient`.
    #[inline(always)]
    pub(crate) fn value_gradient<T: Scalar, S: Simd>(
        self,
        eta: &[T],
        y: &[T],
        weight: &[T],
        gradient: &mut [T],
    ) -> f64 {
        let n = weight.len();
        match self {
            Loss::Squared => {
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
            Loss::Logistic => {
                let mut total = 0.0;
                for i in 0..n {
                    // ln(1 + e^eta) = max(eta, 0) + ln(1 + e^-|eta|) does not overflow.
                    let small = exp::<T, S>(-eta[i].abs());
                    let mean = if eta[i] >= T::ZERO { T::ONE } else { small } / (T::ONE + small);
                    gradient[i] = weight[i] * (mean - y[i]);
                    total += (weight[i] * (eta[i].max(T::ZERO) + small.ln_1p() - y[i] * eta[i])).to_f64();
                }
                total
            }
            Loss::Softmax => {
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
            Loss::Poisson => {
                let mut total = 0.0;
                for i in 0..n {
                    let eta = eta[i].min(T::of(LARGEST_LOG_MEAN));
                    let mean = exp::<T, S>(eta);
                    gradient[i] = weight[i] * (mean - y[i]);
                    total += (weight[i] * (mean - y[i] * eta)).to_f64();
                }
                total
            }
        }
    }

    /// Rows of a square root of the Fisher information of one observation: writes `root[r][k]` such that
    /// sum_r root[r][k] root[r][l] is the expected second derivative with respect to eta_k and eta_l, for unit weight.
    ///
    /// `eta` holds the K predictors of the row. For the softmax root[r][k] = sqrt(p_r) (1{r = k} - p_k).
    pub(crate) fn information_root(self, eta: &[f64], root: &mut [f64]) {
        let k = eta.len();
        root.fill(0.0);
        match self {
            Loss::Squared => (0..k).for_each(|r| root[r * k + r] = 1.0),
            Loss::Logistic => {
                let small = exp::<f64, pulp::Scalar>(-eta[0].abs());
                root[0] = small.sqrt() / (1.0 + small);
            }
            Loss::Poisson => root[0] = exp::<f64, pulp::Scalar>(0.5 * eta[0].min(LARGEST_LOG_MEAN)),
            Loss::Softmax => {
                let mut p = eta.to_vec();
                self.mean_in_place(&mut p, 1);
                for r in 0..k {
                    let scale = p[r].sqrt();
                    for l in 0..k {
                        root[r * k + l] = scale * (f64::from(u8::from(r == l)) - p[l]);
                    }
                }
            }
        }
    }

    /// Turns linear predictors of `n` rows into means (probabilities for classes).
    pub fn mean_in_place(self, eta: &mut [f64], n: usize) {
        match self {
            Loss::Squared => {}
            Loss::Logistic => {
                for e in eta {
                    let small = exp::<f64, pulp::Scalar>(-e.abs());
                    *e = if *e >= 0.0 { 1.0 } else { small } / (1.0 + small);
                }
            }
            Loss::Poisson => eta.iter_mut().for_each(|e| *e = exp::<f64, pulp::Scalar>(e.min(LARGEST_LOG_MEAN))),
            Loss::Softmax => {
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
        }
    }

    /// Linear predictors that fit a constant to `y` (output-major, `weight.len()` rows): the starting biases.
    ///
    /// Means on the boundary (one class only, all counts zero) are moved inside by half an observation.
    pub fn constant_fit(self, y: &[f64], weight: &[f64]) -> Vec<f64> {
        let n = weight.len();
        let total: f64 = weight.iter().sum();
        let means = (0..y.len() / n.max(1)).map(|k| {
            let sum: f64 = y[k * n..][..n].iter().zip(weight).map(|(y, w)| y * w).sum();
            (sum / total, sum)
        });
        let floor = 0.5 / (n as f64 + 1.0);
        match self {
            Loss::Squared => means.map(|(mean, _)| mean).collect(),
            Loss::Logistic => means
                .map(|(mean, _)| {
                    let p = mean.clamp(floor, 1.0 - floor);
                    (p / (1.0 - p)).ln()
                })
                .collect(),
            Loss::Softmax => {
                let logs: Vec<f64> = means.map(|(mean, _)| mean.max(floor).ln()).collect();
                let centre = logs.iter().sum::<f64>() / logs.len() as f64;
                logs.iter().map(|l| l - centre).collect()
            }
            Loss::Poisson => means.map(|(mean, _)| mean.max(floor).ln()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: [(Loss, usize); 5] =
        [(Loss::Squared, 1), (Loss::Squared, 2), (Loss::Logistic, 1), (Loss::Softmax, 3), (Loss::Poisson, 1)];

    fn response(loss: Loss, k: usize, n: usize) -> Vec<f64> {
        (0..k * n)
            .map(|at| match loss {
                Loss::Squared => (at as f64).sin(),
                Loss::Logistic => (at % 2) as f64,
                Loss::Softmax => f64::from(u8::from(at % n % k == at / n)),
                Loss::Poisson => (at % 4) as f64,
            })
            .collect()
    }

    #[test]
    fn gradients_are_the_derivatives_of_the_value() {
        let n = 11;
        for (loss, k) in CASES {
            let y = response(loss, k, n);
            let weight: Vec<f64> = (0..n).map(|i| 0.5 + (i % 3) as f64).collect();
            let eta: Vec<f64> = (0..k * n).map(|i| (1.7 * i as f64).cos() * 3.0).collect();
            let mut gradient = vec![0.0; k * n];
            loss.value_gradient::<f64, pulp::Scalar512b>(&eta, &y, &weight, &mut gradient);
            for at in 0..k * n {
                let mut moved = eta.clone();
                let step = 1e-5;
                moved[at] = eta[at] + step;
                let above = loss.value(&moved, &y, &weight);
                moved[at] = eta[at] - step;
                let below = loss.value(&moved, &y, &weight);
                let difference = (above - below) / (2.0 * step);
                assert!((difference - gradient[at]).abs() < 1e-8, "{loss:?}: {difference} against {}", gradient[at]);
            }
        }
    }

    #[test]
    fn the_information_is_the_derivative_of_the_gradient() {
        for (loss, k) in CASES {
            let y = response(loss, k, 1);
            let eta: Vec<f64> = (0..k).map(|i| 0.3 - 0.7 * i as f64).collect();
            let mut root = vec![0.0; k * k];
            loss.information_root(&eta, &mut root);
            for a in 0..k {
                let slope = |step: f64| {
                    let mut moved = eta.clone();
                    moved[a] += step;
                    let mut gradient = vec![0.0; k];
                    loss.value_gradient::<f64, pulp::Scalar512b>(&moved, &y, &[1.0], &mut gradient);
                    gradient
                };
                let (above, below) = (slope(1e-5), slope(-1e-5));
                for b in 0..k {
                    let information: f64 = (0..k).map(|r| root[r * k + a] * root[r * k + b]).sum();
                    assert!((information - (above[b] - below[b]) / 2e-5).abs() < 1e-8, "{loss:?} {a} {b}");
                }
            }
        }
    }

    #[test]
    fn a_constant_fit_has_no_gradient() {
        let n = 12;
        for (loss, k) in CASES {
            let y = response(loss, k, n);
            let weight = vec![1.0; n];
            let eta: Vec<f64> =
                loss.constant_fit(&y, &weight).iter().flat_map(|&b| std::iter::repeat_n(b, n)).collect();
            let mut gradient = vec![0.0; k * n];
            loss.value_gradient::<f64, pulp::Scalar512b>(&eta, &y, &weight, &mut gradient);
            for k in 0..k {
                assert!(gradient[k * n..][..n].iter().sum::<f64>().abs() < 1e-9, "{loss:?}");
            }
        }
    }
}
