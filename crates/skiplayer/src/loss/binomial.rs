//! Binomial: the share y of successes among t trials of a row, with one logit for each of them.
//!
//! The logarithm of the likelihood of t y successes is, but for the binomial coefficient, t times that of a row of two classes whose
//! response is the share. So the loss of a trial is the logistic one, and trials are weights that count: the rows beside it hold them.

use pulp::Simd;

use super::likelihood::Likelihood;
use super::logistic::Logistic;
use crate::random::Random;
use crate::simd::Scalar;

pub struct Binomial;

impl Likelihood for Binomial {
    /// Trials of a row can have more in common than its inputs say.
    fn may_be_overdispersed(&self) -> bool {
        true
    }

    fn responses(&self) -> &'static str {
        "0 to 1"
    }

    fn accepts(&self, y: f64) -> bool {
        Logistic.accepts(y)
    }

    #[inline(always)]
    fn value_gradient<T: Scalar, S: Simd>(&self, eta: &[T], y: &[T], weight: &[T], gradient: &mut [T]) -> f64 {
        Logistic.value_gradient::<T, S>(eta, y, weight, gradient)
    }

    fn information_root(&self, eta: &[f64], root: &mut [f64]) {
        Logistic.information_root(eta, root);
    }

    #[inline(always)]
    fn weighted_information(&self, weight: f64, mean: f64, other: f64, same: bool) -> f64 {
        Logistic.weighted_information(weight, mean, other, same)
    }

    /// Of a single trial.
    fn variance(&self, mean: f64) -> f64 {
        Logistic.variance(mean)
    }

    fn mean_in_place(&self, eta: &mut [f64], n: usize) {
        Logistic.mean_in_place(eta, n);
    }

    fn link_in_place(&self, mean: &mut [f64]) {
        Logistic.link_in_place(mean);
    }

    fn is_inside(&self, mean: f64) -> bool {
        Logistic.is_inside(mean)
    }

    fn inside(&self, mean: f64, margin: f64) -> f64 {
        Logistic.inside(mean, margin)
    }

    fn saturated(&self, y: &[f64]) -> f64 {
        Logistic.saturated(y)
    }

    /// A single trial.
    fn draw(&self, mean: &[f64], deviation: f64, random: &mut Random, y: &mut [f64]) {
        Logistic.draw(mean, deviation, random, y);
    }
}
