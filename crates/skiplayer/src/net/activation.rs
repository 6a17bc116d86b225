//! Activations: what bends the straight line.

use crate::error::choices;
use crate::simd::dispatch::dispatch;
use crate::simd::{Scalar, tanh};
use pulp::Simd;

/// sqrt(2/pi), from the tanh form of GELU.
pub const GELU_SCALE: f64 = 0.797_884_560_802_865_4;
/// The factor of the cubic term of the tanh form of GELU.
pub const GELU_CUBIC: f64 = 0.044_715;
/// Beyond it the argument of GELU's tanh stays as it is there.
pub const GELU_BOUND: f64 = 40.0;

/// The function of a hidden unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Activation {
    /// Hyperbolic tangent: smooth, bounded, constant far from the data.
    #[default]
    Tanh,
    /// max(0, a).
    Relu,
    /// a/2 (1 + tanh(sqrt(2/pi) (a + 0.044715 a^3))), the tanh form of the Gaussian error linear unit
    /// (Hendrycks & Gimpel 2016).
    Gelu,
}

choices!(Activation {
    Tanh = "tanh": "Smooth and bounded",
    Relu = "relu": "Bent once, straight elsewhere",
    Gelu = "gelu": "A smooth ReLU",
});

impl Activation {
    /// The value at `a`.
    pub fn value(self, a: f64) -> f64 {
        self.value_slope::<f64, pulp::Scalar>(a).0
    }

    /// The value and the derivative at `a`.
    #[inline(always)]
    pub(crate) fn value_slope<T: Scalar, S: Simd>(self, a: T) -> (T, T) {
        let half = T::of(0.5);
        match self {
            Activation::Tanh => {
                let t = tanh::<T, S>(a);
                (t, T::ONE - t * t)
            }
            Activation::Relu => (a.max(T::ZERO), if a > T::ZERO { T::ONE } else { T::ZERO }),
            Activation::Gelu => {
                // Beyond 40 the tails are exact, and a^3 stays small enough.
                let bounded = Scalar::clamp(a, -T::of(GELU_BOUND), T::of(GELU_BOUND));
                let square = bounded * bounded;
                let (scale, cubic) = (T::of(GELU_SCALE), T::of(GELU_CUBIC));
                let t = tanh::<T, S>(scale * bounded * (T::ONE + cubic * square));
                let inner_slope = scale * (T::ONE + T::of(3.0) * cubic * square);
                (half * a * (T::ONE + t), half * (T::ONE + t) + half * bounded * (T::ONE - t * t) * inner_slope)
            }
        }
    }

    /// The second derivative at `a` (0 for ReLU, whose kink no row sits on).
    #[inline(always)]
    pub(crate) fn second<S: Simd>(self, a: f64) -> f64 {
        match self {
            Activation::Tanh => {
                let t = tanh::<f64, S>(a);
                -2.0 * t * (1.0 - t * t)
            }
            Activation::Relu => 0.0,
            Activation::Gelu => {
                let a = a.clamp(-GELU_BOUND, GELU_BOUND);
                let square = a * a;
                let t = tanh::<f64, S>(GELU_SCALE * a * (1.0 + GELU_CUBIC * square));
                let inner = GELU_SCALE * (1.0 + 3.0 * GELU_CUBIC * square);
                let inner_slope = 6.0 * GELU_SCALE * GELU_CUBIC * a;
                (1.0 - t * t) * (inner + 0.5 * a * (inner_slope - 2.0 * t * inner * inner))
            }
        }
    }
}

#[inline(always)]
fn activate_body<S: Simd>(_simd: S, activation: Activation, values: &mut [f64]) {
    // A loop for each activation: with the choice inside, the loop does not become vector instructions.
    match activation {
        Activation::Tanh => values.iter_mut().for_each(|a| *a = Activation::Tanh.value_slope::<f64, S>(*a).0),
        Activation::Relu => values.iter_mut().for_each(|a| *a = Activation::Relu.value_slope::<f64, S>(*a).0),
        Activation::Gelu => values.iter_mut().for_each(|a| *a = Activation::Gelu.value_slope::<f64, S>(*a).0),
    }
}

dispatch! {
    /// act in place.
    pub fn activate(activation: Activation, values: &mut [f64]) = activate_body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_derivatives() {
        for activation in [Activation::Tanh, Activation::Relu, Activation::Gelu] {
            for i in -60..60 {
                let a = f64::from(i) / 10.0 + 0.013;
                let difference = (activation.value(a + 1e-6) - activation.value(a - 1e-6)) / 2e-6;
                let slope = activation.value_slope::<f64, pulp::Scalar512b>(a).1;
                assert!((difference - slope).abs() < 1e-8, "{activation:?} at {a}: {slope}, expected {difference}");
            }
        }
    }

    #[test]
    fn second_derivatives_are_derivatives_of_slopes() {
        for activation in [Activation::Tanh, Activation::Relu, Activation::Gelu] {
            for i in -60..60 {
                let a = f64::from(i) / 10.0 + 0.013;
                let slope = |a| activation.value_slope::<f64, pulp::Scalar512b>(a).1;
                let difference = (slope(a + 1e-6) - slope(a - 1e-6)) / 2e-6;
                let second = activation.second::<pulp::Scalar512b>(a);
                assert!((difference - second).abs() < 1e-8, "{activation:?} at {a}: {second}, expected {difference}");
            }
        }
    }

    #[test]
    fn finite_far_from_the_data() {
        for activation in [Activation::Tanh, Activation::Relu, Activation::Gelu] {
            for a in [1e300, -1e300, 1e20, -1e20] {
                let (value, slope) = activation.value_slope::<f64, pulp::Scalar512b>(a);
                assert!(value.is_finite() && slope.is_finite(), "{activation:?} at {a}: {value}, {slope}");
            }
        }
    }
}
