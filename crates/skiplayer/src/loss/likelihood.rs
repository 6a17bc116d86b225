//! What a loss has to know: one file a loss implements this.

use pulp::Simd;

use crate::random::Random;
use crate::simd::Scalar;

/// A negative log-likelihood of a response given linear predictors, up to a constant.
///
/// Arrays are output-major: `eta[k * n + i]` for output k of row i. A *mean* is the expected response: g^-1(eta) with the link g.
pub trait Likelihood {
    /// Whether the loss is quadratic in the predictors: its curvature is the same everywhere, so that second moments of the data are
    /// all that a linear model needs.
    fn is_quadratic(&self) -> bool {
        false
    }

    /// Whether linear predictors are means.
    fn has_identity_link(&self) -> bool {
        false
    }

    /// Whether each output has a noise precision (one over the dispersion) that the data have to tell; otherwise the likelihood fixes the
    /// noise. The loss is then half a deviance: a perfect fit costs nothing.
    fn has_noise_precision(&self) -> bool {
        false
    }

    /// Of losses with a noise precision: the power of the scale of an output by which the likelihood of each of its rows falls. With it e
    /// the best precision of an output is e n over its loss, and the logarithm of the likelihood falls by e n ln(loss).
    fn noise_exponent(&self) -> f64 {
        0.5
    }

    /// Whether the predictors of a row act together and equal shifts of all change nothing: several classes.
    fn couples_outputs(&self) -> bool {
        false
    }

    /// Whether responses are classes, so that their means say all of their distribution.
    fn is_of_classes(&self) -> bool {
        false
    }

    /// Whether responses can vary more than the likelihood says, with nothing in it to tell: counts.
    fn may_be_overdispersed(&self) -> bool {
        false
    }

    /// The least and the largest number of outputs, and both in words.
    fn outputs(&self) -> (usize, usize, &'static str) {
        (1, 1, "1")
    }

    /// Responses that there may be, in words; empty if all are.
    fn responses(&self) -> &'static str {
        ""
    }

    /// Whether `y`, a finite number, is a response.
    fn accepts(&self, y: f64) -> bool;

    /// The weighted sum of the losses of `weight.len()` rows; writes the derivatives with respect to `eta` into `gradient`.
    fn value_gradient<T: Scalar, S: Simd>(&self, eta: &[T], y: &[T], weight: &[T], gradient: &mut [T]) -> f64;

    /// A square root (K, K) of the Fisher information of a row with predictors `eta` (K) and unit weight; `root` holds zeros.
    ///
    /// sum over r of root[r][k] root[r][l] is the expected second derivative with respect to eta_k and eta_l.
    fn information_root(&self, eta: &[f64], root: &mut [f64]);

    /// The same of the second derivative at the response `y` (K), or of an upper bound where that can be zero. It is the information where
    /// the link is canonical.
    fn curvature_root(&self, eta: &[f64], _y: &[f64], root: &mut [f64]) {
        self.information_root(eta, root);
    }

    /// `weight` times the Fisher information of outputs with means `mean` and `other` of a row, which are `same` or two.
    fn weighted_information(&self, weight: f64, mean: f64, other: f64, same: bool) -> f64;

    /// What the loss is multiplied by when responses and means are multiplied by `factor`; of losses with a noise precision.
    fn of_units(&self, factor: f64) -> f64 {
        factor * factor
    }

    /// `weight` times the second derivative for outputs with means `mean` and `other` of a row, which are `same` or two, and with the
    /// response `y`. It is the information where the link is canonical.
    fn weighted_curvature(&self, weight: f64, mean: f64, other: f64, same: bool, _y: f64) -> f64 {
        self.weighted_information(weight, mean, other, same)
    }

    /// Whether predictors take long to find from means: curvature is then asked by predictors.
    fn has_costly_link(&self) -> bool {
        false
    }

    /// The expected second derivative of the rows of one output, their weights included, from predictors `eta` (n) and responses `y` (n):
    /// the Fisher information.
    fn expected_curvature(&self, eta: &[f64], _y: &[f64], weight: &[f64]) -> Vec<f64> {
        let of_row = |(eta, weight): (&f64, &f64)| {
            let mut root = [0.0];
            self.information_root(std::slice::from_ref(eta), &mut root);
            weight * root[0] * root[0]
        };
        eta.iter().zip(weight).map(of_row).collect()
    }

    /// The variance of a response with mean `mean`, over the dispersion where there is one.
    fn variance(&self, mean: f64) -> f64;

    /// The constant mean that fits responses `y` of one output best.
    fn centre(&self, y: &[f64], weight: &[f64]) -> f64 {
        let total: f64 = weight.iter().sum();
        y.iter().zip(weight).map(|(y, w)| y * w).sum::<f64>() / total
    }

    /// Predictors of `n` rows to means.
    fn mean_in_place(&self, eta: &mut [f64], n: usize);

    /// One row's means (K) to predictors, finite if all are [inside](Self::is_inside).
    fn link_in_place(&self, mean: &mut [f64]);

    /// Whether a mean has a finite predictor.
    fn is_inside(&self, mean: f64) -> bool;

    /// The nearest mean that is at least `margin` inside.
    fn inside(&self, mean: f64, margin: f64) -> f64;

    /// What a perfect fit of one row's responses (K) costs: the loss of the saturated model.
    fn saturated(&self, y: &[f64]) -> f64;

    /// Draws responses `y` (K) of one row from its means; `deviation` is the noise of losses with a noise precision: the root of the dispersion.
    fn draw(&self, mean: &[f64], deviation: f64, random: &mut Random, y: &mut [f64]);
}

/// y ln y, 0 at 0.
pub fn y_ln_y(y: f64) -> f64 {
    if y > 0.0 { y * y.ln() } else { 0.0 }
}
