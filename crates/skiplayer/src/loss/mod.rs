//! Losses: the negative log-likelihood of a response given linear predictors, up to a constant.
//!
//! | loss | response y | linear predictors | loss of a row | inverse link |
//! |---|---|---|---|---|
//! | squared | K numbers | K | 1/2 sum (y - eta)^2 | eta |
//! | logistic | 0 or 1 | 1 | ln(1 + e^eta) - y eta | 1/(1 + e^-eta) |
//! | softmax | one-hot, K | K | ln sum e^eta_k - eta_y | e^eta_k / sum |
//! | Poisson | count | 1 | e^eta - y eta | e^eta |
//!
//! All arrays are output-major: `eta[k * n + i]` for output k of row i. Each loss is one file, which implements `Likelihood`, and one
//! line in the list below. Nothing outside asks which loss it has, but for what the losses say of themselves: whether they are
//! quadratic, have a noise precision, or couple their outputs.

mod likelihood;
mod logistic;
mod poisson;
mod softmax;
mod squared;

use pulp::Simd;
use serde::{Deserialize, Serialize};

use crate::random::Random;
use crate::simd::Scalar;
use likelihood::Likelihood;
use logistic::Logistic;
pub(crate) use poisson::LARGEST_LOG_MEAN;
use poisson::Poisson;
use softmax::Softmax;
use squared::Squared;

/// Declares [`Loss`] over the listed implementations of [`Likelihood`], with a method for each of its verbs.
macro_rules! losses {
    ($($(#[$meta:meta])* $name:ident,)*) => {
        /// Which likelihood.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Loss {
            $($(#[$meta])* $name,)*
        }

        impl Loss {
            /// Every loss.
            pub const ALL: &[Loss] = &[$(Loss::$name),*];

            /// Whether the loss is quadratic in the predictors: second moments of the data are all that a linear model needs.
            pub fn is_quadratic(self) -> bool {
                match self { $(Loss::$name => $name::QUADRATIC),* }
            }

            /// Whether each output has a noise precision that is estimated.
            pub fn has_noise_precision(self) -> bool {
                match self { $(Loss::$name => $name::NOISE_PRECISION),* }
            }

            /// Whether the predictors of a row act together, and equal shifts of all of them change nothing: several classes.
            pub fn couples_outputs(self) -> bool {
                match self { $(Loss::$name => $name::COUPLED),* }
            }

            /// Whether responses can vary more than the likelihood says, with nothing in it to tell: counts.
            pub fn may_be_overdispersed(self) -> bool {
                match self { $(Loss::$name => $name::OVERDISPERSED),* }
            }

            /// Whether there may be `n_outputs`; otherwise how many there may be, in words.
            pub(crate) fn check_outputs(self, n_outputs: usize) -> Result<(), &'static str> {
                match self { $(Loss::$name => $name::accepts_outputs(n_outputs).then_some(()).ok_or($name::OUTPUTS)),* }
            }

            /// Whether `y` is a response; otherwise which numbers are, in words.
            pub(crate) fn check_response(self, y: f64) -> Result<(), &'static str> {
                match self { $(Loss::$name => $name::accepts(y).then_some(()).ok_or($name::RESPONSES)),* }
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
                match self { $(Loss::$name => $name::value_gradient::<T, S>(eta, y, weight, gradient)),* }
            }

            /// A square root (K, K) of the Fisher information of one row with predictors `eta` (K) and unit weight:
            /// sum over r of root[r][k] root[r][l] is the expected second derivative with respect to eta_k and eta_l.
            pub(crate) fn information_root(self, eta: &[f64], root: &mut [f64]) {
                root.fill(0.0);
                match self { $(Loss::$name => $name::information_root(eta, root)),* }
            }

            /// `weight` times the Fisher information of two outputs with means `mean` and `other`, or of one with itself, of each row.
            pub(crate) fn weighted_information(
                self,
                weight: &[f64],
                mean: &[f64],
                other: &[f64],
                same: bool,
            ) -> Vec<f64> {
                let rows = weight.iter().zip(mean).zip(other);
                match self {
                    $(Loss::$name => rows.map(|((w, a), b)| $name::weighted_information(*w, *a, *b, same)).collect(),)*
                }
            }

            /// Turns linear predictors of `n` rows into means (probabilities for classes).
            pub fn mean_in_place(self, eta: &mut [f64], n: usize) {
                match self { $(Loss::$name => $name::mean_in_place(eta, n)),* }
            }

            /// Linear predictors of one row's means (K): the inverse of [`mean_in_place`](Self::mean_in_place); those of classes sum to
            /// 0. `None` if a mean is on the boundary, where predictors are infinite.
            pub fn link(self, mean: &[f64]) -> Option<Vec<f64>> {
                let inside = |mean: &f64| match self { $(Loss::$name => $name::is_inside(*mean)),* };
                mean.iter().all(inside).then(|| self.link_inside(mean.to_vec()))
            }

            fn link_inside(self, mut mean: Vec<f64>) -> Vec<f64> {
                match self { $(Loss::$name => $name::link_in_place(&mut mean)),* }
                mean
            }

            fn moved_inside(self, mean: f64, margin: f64) -> f64 {
                match self { $(Loss::$name => $name::inside(mean, margin)),* }
            }

            /// What a perfect fit of one row's responses (K) costs: the loss of the saturated model. Twice the loss above it is the
            /// deviance.
            pub fn saturated(self, y: &[f64]) -> f64 {
                match self { $(Loss::$name => $name::saturated(y)),* }
            }

            /// Draws responses `y` (K) of one row with means `mean` (K); `deviation` is the standard deviation of the noise of losses
            /// that have a noise precision.
            pub fn draw(self, mean: &[f64], deviation: f64, random: &mut Random, y: &mut [f64]) {
                match self { $(Loss::$name => $name::draw(mean, deviation, random, y)),* }
            }
        }
    };
}

losses! {
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

    /// Linear predictors that fit a constant to `y` (output-major, `weight.len()` rows): the starting biases.
    ///
    /// Means on the boundary (one class only, all counts zero) are moved inside by half an observation.
    pub fn constant_fit(self, y: &[f64], weight: &[f64]) -> Vec<f64> {
        let n = weight.len();
        let total: f64 = weight.iter().sum();
        let margin = 0.5 / (n as f64 + 1.0);
        let mean = |k: usize| y[k * n..][..n].iter().zip(weight).map(|(y, w)| y * w).sum::<f64>() / total;
        self.link_inside((0..y.len() / n.max(1)).map(|k| self.moved_inside(mean(k), margin)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Losses with numbers of outputs that each may have.
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

    #[test]
    fn every_loss_has_a_case() {
        for loss in Loss::ALL {
            assert!(CASES.iter().any(|(case, _)| case == loss), "{loss:?}");
        }
    }

    #[test]
    fn the_information_of_means_is_that_of_predictors() {
        for (loss, k) in CASES {
            let eta: Vec<f64> = (0..k).map(|i| 0.4 - 0.3 * i as f64).collect();
            let (mut root, mut mean) = (vec![0.0; k * k], eta.clone());
            loss.information_root(&eta, &mut root);
            loss.mean_in_place(&mut mean, 1);
            for (a, b) in (0..k).flat_map(|a| (0..k).map(move |b| (a, b))) {
                let by_root: f64 = (0..k).map(|r| root[r * k + a] * root[r * k + b]).sum();
                let by_mean = loss.weighted_information(&[2.0], &mean[a..=a], &mean[b..=b], a == b)[0];
                assert!((2.0 * by_root - by_mean).abs() < 1e-12, "{loss:?} {a} {b}");
            }
        }
    }

    #[test]
    fn the_link_undoes_the_mean() {
        for (loss, k) in CASES {
            // Of classes that sum to zero.
            let eta: Vec<f64> = (0..k).map(|i| 0.5 * (i as f64 - 0.5 * (k - 1) as f64)).collect();
            let mut mean = eta.clone();
            loss.mean_in_place(&mut mean, 1);
            let back = loss.link(&mean).expect("means inside");
            assert!(back.iter().zip(&eta).all(|(a, b)| (a - b).abs() < 1e-12), "{loss:?}: {back:?} {eta:?}");
        }
        assert_eq!(Loss::Logistic.link(&[1.0]), None);
        assert_eq!(Loss::Poisson.link(&[0.0]), None);
    }

    #[test]
    fn no_predictor_costs_less_than_a_perfect_fit() {
        for (loss, k) in CASES {
            for at in 0..12 {
                let y: Vec<f64> = (0..k).map(|o| response(loss, k, 12)[o * 12 + at]).collect();
                let margin = 1e-9;
                let near = y.iter().map(|y| loss.moved_inside(*y, margin)).collect();
                let best = loss.value(&loss.link_inside(near), &y, &[1.0]);
                let perfect = loss.saturated(&y);
                assert!((best - perfect).abs() < 1e-6, "{loss:?} {y:?}: {best} {perfect}");
                for step in [-0.5, 0.5] {
                    let eta: Vec<f64> = (0..k).map(|o| step * (o + 1) as f64).collect();
                    assert!(loss.value(&eta, &y, &[1.0]) >= perfect - 1e-12, "{loss:?}");
                }
            }
        }
    }

    #[test]
    fn draws_have_the_mean_and_the_variance_of_the_likelihood() {
        let n = 40_000;
        for (loss, mean) in [
            (Loss::Squared, vec![1.5, -2.0]),
            (Loss::Logistic, vec![0.3]),
            (Loss::Softmax, vec![0.2, 0.5, 0.3]),
            (Loss::Poisson, vec![3.5]),
            (Loss::Poisson, vec![1200.0]),
        ] {
            let mut random = Random::simulated(5);
            let mut y = vec![0.0; mean.len()];
            let (mut sums, mut squares) = (vec![0.0; mean.len()], vec![0.0; mean.len()]);
            for _ in 0..n {
                loss.draw(&mean, 2.0, &mut random, &mut y);
                for k in 0..y.len() {
                    sums[k] += y[k];
                    squares[k] += (y[k] - mean[k]).powi(2);
                }
            }
            for k in 0..mean.len() {
                // The Fisher information of the mean is 1/variance; on the link scale it is the variance.
                let variance = match loss {
                    Loss::Squared => 4.0,
                    _ => loss.weighted_information(&[1.0], &mean[k..=k], &mean[k..=k], true)[0],
                };
                let error = (variance / f64::from(n)).sqrt();
                assert!((sums[k] / f64::from(n) - mean[k]).abs() < 4.0 * error, "{loss:?} {k}");
                assert!((squares[k] / f64::from(n) / variance - 1.0).abs() < 0.05, "{loss:?} {k}");
            }
        }
    }
}
