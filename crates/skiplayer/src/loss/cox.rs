//! Cox's proportional hazards: e^eta - d eta, d being 1 for an event and 0 for a row that was censored.
//!
//! With H(t) the cumulative baseline hazard at the end of a row, the likelihood of an event d is that of a Poisson count with the mean
//! H(t) e^eta (Holford 1980; Laird & Olivier 1981), and with the H that is best for eta it is the partial likelihood (Johansen 1983).
//! So the loss is Poisson's, and the logarithm of H is part of the offset: `survival` says where it comes from.

use pulp::Simd;
use serde::{Deserialize, Serialize};

use super::likelihood::Likelihood;
use super::poisson::Poisson;
use crate::error::choices;
use crate::random::Random;
use crate::simd::Scalar;

/// Proportional hazards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cox {
    pub ties: Ties,
}

/// What is assumed of events at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ties {
    /// In an order that nobody knows: those of the same time leave the risk set bit by bit (Efron 1977).
    #[default]
    Efron,
    /// Each with all of them at risk (Breslow 1974).
    Breslow,
}

choices!(Ties {
    Efron = "efron": "Those of the same time leave the risk set bit by bit: nearly exact",
    Breslow = "breslow": "Each of them with all others at risk",
});

impl Ties {
    /// "Efron's ties".
    pub fn in_words(self) -> &'static str {
        match self {
            Ties::Efron => "Efron's ties",
            Ties::Breslow => "Breslow's ties",
        }
    }
}

impl Likelihood for Cox {
    fn responses(&self) -> &'static str {
        "0 or 1"
    }

    fn accepts(&self, y: f64) -> bool {
        y == 0.0 || y == 1.0
    }

    #[inline(always)]
    fn value_gradient<T: Scalar, S: Simd>(&self, eta: &[T], y: &[T], weight: &[T], gradient: &mut [T]) -> f64 {
        Poisson.value_gradient::<T, S>(eta, y, weight, gradient)
    }

    fn information_root(&self, eta: &[f64], root: &mut [f64]) {
        Poisson.information_root(eta, root);
    }

    #[inline(always)]
    fn weighted_information(&self, weight: f64, mean: f64, other: f64, same: bool) -> f64 {
        Poisson.weighted_information(weight, mean, other, same)
    }

    fn variance(&self, mean: f64) -> f64 {
        mean
    }

    fn mean_in_place(&self, eta: &mut [f64], n: usize) {
        Poisson.mean_in_place(eta, n);
    }

    fn link_in_place(&self, mean: &mut [f64]) {
        Poisson.link_in_place(mean);
    }

    fn is_inside(&self, mean: f64) -> bool {
        Poisson.is_inside(mean)
    }

    fn inside(&self, mean: f64, margin: f64) -> f64 {
        Poisson.inside(mean, margin)
    }

    fn saturated(&self, y: &[f64]) -> f64 {
        Poisson.saturated(y)
    }

    /// Whether there is an event before the row ends: of a count with that mean, none or some.
    fn draw(&self, mean: &[f64], _deviation: f64, random: &mut Random, y: &mut [f64]) {
        y[0] = f64::from(u8::from(random.uniform() < -(-mean[0]).exp_m1()));
    }
}
