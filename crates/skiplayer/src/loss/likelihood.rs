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
    const QUADRATIC: bool = false;
    /// Whether each output has a noise precision that the data have to tell; otherwise the likelihood fixes the noise.
    const NOISE_PRECISION: bool = false;
    /// Whether the predictors of a row act together and equal shifts of all change nothing: several classes.
    const COUPLED: bool = false;
    /// Whether responses can vary more than the likelihood says, with nothing in it to tell: counts.
    const OVERDISPERSED: bool = false;
    /// The numbers of outputs that there may be, in words.
    const OUTPUTS: &'static str = "1";
    /// Responses that there may be, in words; empty if all are.
    const RESPONSES: &'static str = "";

    /// Whether there may be `n_outputs`.
    fn accepts_outputs(n_outputs: usize) -> bool {
        n_outputs == 1
    }

    /// Whether `y`, a finite number, is a response.
    fn accepts(y: f64) -> bool;

    /// The weighted sum of the losses of `weight.len()` rows; writes the derivatives with respect to `eta` into `gradient`.
    fn value_gradient<T: Scalar, S: Simd>(eta: &[T], y: &[T], weight: &[T], gradient: &mut [T]) -> f64;

    /// A square root (K, K) of the Fisher information of a row with predictors `eta` (K) and unit weight; `root` holds zeros.
    ///
    /// sum over r of root[r][k] root[r][l] is the expected second derivative with respect to eta_k and eta_l.
    fn information_root(eta: &[f64], root: &mut [f64]);

    /// `weight` times the Fisher information of outputs with means `mean` and `other` of a row, which are `same` or two.
    fn weighted_information(weight: f64, mean: f64, other: f64, same: bool) -> f64;

    /// Predictors of `n` rows to means.
    fn mean_in_place(eta: &mut [f64], n: usize);

    /// One row's means (K) to predictors, finite if all are [inside](Self::is_inside).
    fn link_in_place(mean: &mut [f64]);

    /// Whether a mean has a finite predictor.
    fn is_inside(mean: f64) -> bool;

    /// The nearest mean that is at least `margin` inside.
    fn inside(mean: f64, margin: f64) -> f64;

    /// What a perfect fit of one row's responses (K) costs: the loss of the saturated model.
    fn saturated(y: &[f64]) -> f64;

    /// Draws responses `y` (K) of one row from its means; `deviation` is the noise of losses with a noise precision.
    fn draw(mean: &[f64], deviation: f64, random: &mut Random, y: &mut [f64]);
}

/// y ln y, 0 at 0.
pub fn y_ln_y(y: f64) -> f64 {
    if y > 0.0 { y * y.ln() } else { 0.0 }
}
