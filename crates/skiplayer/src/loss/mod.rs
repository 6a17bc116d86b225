//! Losses: the negative log-likelihood of a response given linear predictors, up to a constant.
//!
//! | loss | response y | linear predictors | loss of a row | inverse link |
//! |---|---|---|---|---|
//! | squared | K numbers | K | 1/2 sum (y - eta)^2 | eta |
//! | logistic | 0 or 1 | 1 | ln(1 + e^eta) - y eta | 1/(1 + e^-eta) |
//! | binomial | share of successes | 1 | that of logistic, once for each trial | 1/(1 + e^-eta) |
//! | ordinal | number of an ordered class | 1 | -ln(F(c_y - eta) - F(c_(y-1) - eta)), F(u) = 1/(1 + e^-u), c the thresholds | sum over c of F(eta - c) |
//! | softmax | one-hot, K | K | ln sum e^eta_k - eta_y | e^eta_k / sum |
//! | Poisson | count | 1 | e^eta - y eta | e^eta |
//! | negative binomial | count | 1 | (y + theta) ln(1 + e^eta/theta) - y eta | e^eta |
//! | gamma | y > 0 | 1 | y e^-eta - 1 - ln(y e^-eta) | e^eta |
//! | Tweedie | y >= 0 | 1 | y e^((1-p) eta)/(p-1) + e^((2-p) eta)/(2-p) - y^(2-p)/((p-1)(2-p)) | e^eta |
//! | Huber | number | 1 | 1/2 r^2 up to \|r\| = delta, delta \|r\| - delta^2/2 beyond, r = y - eta | eta |
//! | Cox | 1 for an event, 0 for a row that was censored | 1 | e^eta - y eta, the exposure to the baseline hazard being in the offset | e^eta |
//! | quantile | number, once for each of K levels | K | sum of tau_k r up to r = 0 from above, (tau_k - 1) r below, smoothed over h | eta, in order |
//!
//! All arrays are output-major: `eta[k * n + i]` for output k of row i. Each loss is one file, which implements `Likelihood`, and a
//! line in both halves of the list below. Nothing outside asks which loss it has, but for what the losses say of themselves: whether they are
//! quadratic, have a noise precision, or couple their outputs.

mod binomial;
mod cox;
mod gamma;
mod huber;
mod kind;
mod likelihood;
mod log_link;
mod logistic;
mod negative_binomial;
mod ordinal;
mod poisson;
mod quantile;
mod row_terms;
mod rows;
mod softmax;
mod squared;
mod tweedie;
mod variates;

use pulp::Simd;
use serde::{Deserialize, Serialize};

use crate::random::Random;
use crate::simd::Scalar;
use binomial::Binomial;
pub use cox::{Cox, Ties};
use gamma::Gamma;
pub use huber::Huber;
pub use kind::LossKind;
use likelihood::Likelihood;
pub(crate) use log_link::LARGEST_LOG_MEAN;
use logistic::Logistic;
pub use negative_binomial::NegativeBinomial;
pub use ordinal::{MOST_ORDERED, Ordinal};
use poisson::Poisson;
pub(crate) use quantile::levels_beside;
pub use quantile::{MOST_LEVELS, Quantile};
pub use row_terms::RowTerms;
use softmax::Softmax;
use squared::Squared;
pub use tweedie::Tweedie;

/// Which likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Loss {
    /// Gaussian response with constant variance.
    Squared,
    /// Two classes, one logit.
    Logistic,
    /// Successes out of trials, one logit.
    Binomial,
    /// K classes in order, one predictor.
    Ordinal(Ordinal),
    /// K classes, K logits.
    Softmax,
    /// Counts with a log link.
    Poisson,
    /// Positive amounts with a log link.
    Gamma,
    /// Amounts of 0 or more with a log link.
    Tweedie(Tweedie),
    /// Counts that vary more than Poisson's, with a log link.
    NegativeBinomial(NegativeBinomial),
    /// Numbers, a few of them wild.
    Huber(Huber),
    /// Quantiles of numbers, one output for each level.
    Quantile(Quantile),
    /// Durations until an event, by proportional hazards.
    Cox(Cox),
}

/// The second half of the list: `$call` with the implementation of a [`Loss`] as `$own`.
macro_rules! with {
    ($loss:expr, $own:ident => $call:expr) => {
        match $loss {
            Loss::Squared => with!(@ Squared, $own => $call),
            Loss::Logistic => with!(@ Logistic, $own => $call),
            Loss::Binomial => with!(@ Binomial, $own => $call),
            Loss::Ordinal($own) => $call,
            Loss::Softmax => with!(@ Softmax, $own => $call),
            Loss::Poisson => with!(@ Poisson, $own => $call),
            Loss::Gamma => with!(@ Gamma, $own => $call),
            Loss::Tweedie($own) => $call,
            Loss::NegativeBinomial($own) => $call,
            Loss::Huber($own) => $call,
            Loss::Quantile($own) => $call,
            Loss::Cox($own) => $call,
        }
    };
    (@ $unit:expr, $own:ident => $call:expr) => {{
        let $own = $unit;
        $call
    }};
}

impl Loss {
    /// Whether the loss is quadratic in the predictors: second moments of the data are all that a linear model needs.
    pub fn is_quadratic(self) -> bool {
        with!(self, own => own.is_quadratic())
    }

    /// Whether linear predictors are means: an offset is then taken off the responses, and no loss has to know of it.
    pub fn has_identity_link(self) -> bool {
        with!(self, own => own.has_identity_link())
    }

    /// Whether each output has a noise precision that is estimated.
    pub fn has_noise_precision(self) -> bool {
        with!(self, own => own.has_noise_precision())
    }

    /// The loss of output `o` alone, where outputs are independent: quantiles have a level each.
    #[must_use]
    #[inline(always)]
    pub(crate) fn of_output(self, o: usize) -> Self {
        match self {
            Loss::Quantile(own) => Loss::Quantile(own.of_level(o)),
            other => other,
        }
    }

    /// What is told, compared and chosen by: of a loss that is smoothed for the sake of its minimisation the one that is meant.
    #[must_use]
    pub fn exact(self) -> Self {
        match self {
            Loss::Quantile(own) => Loss::Quantile(own.exact()),
            other => other,
        }
    }

    /// The levels of the outputs; empty but for quantiles.
    pub fn levels(&self) -> &[f64] {
        match self {
            Loss::Quantile(own) => own.levels(),
            _ => &[],
        }
    }

    /// The output that stands for all where there is room for one: the quantile nearest to the median, and else the first.
    pub(crate) fn middle_output(self) -> usize {
        let distance = |o: usize| (self.levels()[o] - 0.5).abs();
        (0..self.levels().len()).min_by(|&a, &b| distance(a).total_cmp(&distance(b))).unwrap_or(0)
    }

    /// By which power of the scale of output `o` the likelihood falls, for each row: 1/2 where losses are squares of residuals.
    pub(crate) fn noise_exponent(self, o: usize) -> f64 {
        with!(self.of_output(o), own => own.noise_exponent())
    }

    /// Whether the predictors of a row act together, and equal shifts of all of them change nothing: several classes.
    pub fn couples_outputs(self) -> bool {
        with!(self, own => own.couples_outputs())
    }

    /// Whether responses are classes, so that their means say all of their distribution.
    pub fn is_of_classes(self) -> bool {
        with!(self, own => own.is_of_classes())
    }

    /// Whether responses can vary more than the likelihood says, with nothing in it to tell: counts.
    pub fn may_be_overdispersed(self) -> bool {
        with!(self, own => own.may_be_overdispersed())
    }

    /// Whether there may be `n_outputs`; otherwise how many there may be, in words.
    pub(crate) fn check_outputs(self, n_outputs: usize) -> Result<(), &'static str> {
        let (least, most, words) = with!(self, own => own.outputs());
        if (least..=most).contains(&n_outputs) { Ok(()) } else { Err(words) }
    }

    /// Whether `y` is a response; otherwise which numbers are, in words.
    pub fn check_response(self, y: f64) -> Result<(), &'static str> {
        with!(self, own => if own.accepts(y) { Ok(()) } else { Err(own.responses()) })
    }

    /// With the parameter that the responses y (K n) with these means, fitted by `n_coefficients` an output, have: the theta of counts, the
    /// delta of Huber's loss, how far quantiles are smoothed. Losses without such a parameter stay what they are.
    #[must_use]
    pub(crate) fn estimated_from(self, y: &[f64], mean: &[f64], weight: &[f64], n_coefficients: usize) -> Self {
        match self {
            Loss::NegativeBinomial(_) => Loss::NegativeBinomial(NegativeBinomial::estimated_from(y, mean, weight)),
            Loss::Huber(_) => Loss::Huber(Huber::estimated_from(y, mean, weight)),
            Loss::Quantile(own) => Loss::Quantile(own.estimated_from(y, mean, weight, n_coefficients)),
            other => other,
        }
    }

    /// What is assumed of events at the same time; `None` but for durations.
    pub fn ties(self) -> Option<Ties> {
        match self {
            Loss::Cox(own) => Some(own.ties),
            _ => None,
        }
    }

    /// Whether it has a parameter that is estimated.
    pub(crate) fn has_estimated_parameter(self) -> bool {
        matches!(self, Loss::NegativeBinomial(_) | Loss::Huber(_) | Loss::Quantile(_))
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
        with!(self, own => own.value_gradient::<T, S>(eta, y, weight, gradient))
    }

    /// A square root (K, K) of the Fisher information of one row with predictors `eta` (K) and unit weight:
    /// sum over r of root[r][k] root[r][l] is the expected second derivative with respect to eta_k and eta_l.
    pub(crate) fn information_root(self, eta: &[f64], root: &mut [f64]) {
        root.fill(0.0);
        with!(self, own => own.information_root(eta, root));
    }

    /// The same of the second derivative itself at the responses `y` (K), or of an upper bound where that can be zero (Huber).
    pub(crate) fn curvature_root(self, eta: &[f64], y: &[f64], root: &mut [f64]) {
        root.fill(0.0);
        with!(self, own => own.curvature_root(eta, y, root));
    }

    /// `weight` times the second derivative of the loss for two outputs with means `mean` and `other`, or for one with itself, of each row
    /// with responses `y` of the first output; a small positive number where it is zero (Huber).
    pub(crate) fn weighted_curvature(
        self,
        weight: &[f64],
        mean: &[f64],
        other: &[f64],
        same: bool,
        y: &[f64],
    ) -> Vec<f64> {
        let rows = weight.iter().zip(mean).zip(other).zip(y);
        with!(self, own => rows.map(|(((w, a), b), y)| own.weighted_curvature(*w, *a, *b, same, *y)).collect())
    }

    /// Whether predictors take long to find from means: curvature is then asked by predictors.
    pub(crate) fn has_costly_link(self) -> bool {
        with!(self, own => own.has_costly_link())
    }

    /// The second derivative of the rows of one output with predictors `eta` and responses `y` (n), their weights included.
    pub(crate) fn curvature_of_rows(self, eta: &[f64], y: &[f64], weight: &[f64]) -> Vec<f64> {
        let of_row = |((eta, y), weight): ((&f64, &f64), &f64)| {
            let mut root = [0.0];
            self.curvature_root(&[*eta], &[*y], &mut root);
            weight * root[0] * root[0]
        };
        eta.iter().zip(y).zip(weight).map(of_row).collect()
    }

    /// `weight` times the Fisher information of two outputs with means `mean` and `other`, or of one with itself, of each row.
    pub(crate) fn weighted_information(self, weight: &[f64], mean: &[f64], other: &[f64], same: bool) -> Vec<f64> {
        let rows = weight.iter().zip(mean).zip(other);
        with!(self, own => rows.map(|((w, a), b)| own.weighted_information(*w, *a, *b, same)).collect())
    }

    /// The expected second derivative of the rows of one output with predictors `eta` and responses `y` (n), their weights included: the
    /// Fisher information, but for losses whose second derivative only many rows together tell.
    pub(crate) fn expected_curvature(self, eta: &[f64], y: &[f64], weight: &[f64]) -> Vec<f64> {
        with!(self, own => own.expected_curvature(eta, y, weight))
    }

    /// What a loss with a noise precision is multiplied by when responses and means are multiplied by `factor`, so that its units follow.
    pub(crate) fn of_units(self, factor: f64) -> f64 {
        with!(self, own => own.of_units(factor))
    }

    /// The variance of a response with mean `mean`, over the dispersion of losses with a noise precision.
    pub fn variance(self, mean: f64) -> f64 {
        with!(self, own => own.variance(mean))
    }

    /// Turns linear predictors of `n` rows into means (probabilities for classes).
    pub fn mean_in_place(self, eta: &mut [f64], n: usize) {
        with!(self, own => own.mean_in_place(eta, n));
    }

    /// Linear predictors of one row's means (K): the inverse of [`mean_in_place`](Self::mean_in_place); those of classes sum to
    /// 0. `None` if a mean is on the boundary, where predictors are infinite.
    pub fn link(self, mean: &[f64]) -> Option<Vec<f64>> {
        let inside = |mean: &f64| with!(self, own => own.is_inside(*mean));
        mean.iter().all(inside).then(|| self.link_inside(mean.to_vec()))
    }

    fn link_inside(self, mut mean: Vec<f64>) -> Vec<f64> {
        with!(self, own => own.link_in_place(&mut mean));
        mean
    }

    fn moved_inside(self, mean: f64, margin: f64) -> f64 {
        with!(self, own => own.inside(mean, margin))
    }

    /// What a perfect fit of one row's responses (K) costs: the loss of the saturated model. Twice the loss above it is the
    /// deviance.
    pub fn saturated(self, y: &[f64]) -> f64 {
        with!(self, own => own.saturated(y))
    }

    /// Draws responses `y` (K) of one row with means `mean` (K); `deviation` is the standard deviation of the noise of losses
    /// that have a noise precision: the root of the dispersion.
    pub fn draw(self, mean: &[f64], deviation: f64, random: &mut Random, y: &mut [f64]) {
        with!(self, own => own.draw(mean, deviation, random, y));
    }

    /// The weighted sum of the rows' losses; `weight.len()` is the number of rows.
    pub fn value(self, eta: &[f64], y: &[f64], weight: &[f64]) -> f64 {
        let mut unused = vec![0.0; eta.len()];
        self.value_gradient::<f64, pulp::Scalar>(eta, y, weight, &mut unused)
    }

    /// Linear predictors that fit a constant to `y` (output-major, as many rows as weights): the starting biases. With an offset the
    /// constant beside it, O(n) a step of Newton's method.
    ///
    /// Means on the boundary (one class only, all counts zero) are moved inside by half an observation.
    pub fn constant_fit<'a>(self, y: &[f64], terms: impl Into<RowTerms<'a>>) -> Vec<f64> {
        let terms = terms.into();
        if self.has_identity_link() && !terms.offset.is_empty() {
            let less: Vec<f64> = y.iter().zip(terms.offset).map(|(y, offset)| y - offset).collect();
            return self.centres(&less, terms.weight);
        }
        let margin = 0.5 / (terms.weight.len() as f64 + 1.0);
        let centres = self.centres(y, terms.weight);
        let inside: Vec<f64> = centres.iter().map(|&mean| self.moved_inside(mean, margin)).collect();
        let shift = inside[0] - centres[0];
        let constant = self.link_inside(inside);
        if terms.offset.is_empty() {
            return constant;
        }
        let moved: Vec<f64> = y.iter().map(|y| y + shift).collect();
        vec![self.constant_beside_offset(&moved, terms, constant[0])]
    }

    /// The same with an infinite predictor replaced only where there is one: exact where a finite answer exists.
    pub(crate) fn exact_constant_fit<'a>(self, y: &[f64], terms: impl Into<RowTerms<'a>>) -> Vec<f64> {
        let terms = terms.into();
        match self.link(&self.centres(y, terms.weight)) {
            None => self.constant_fit(y, terms),
            Some(constant) if terms.offset.is_empty() => constant,
            Some(constant) => vec![self.constant_beside_offset(y, terms, constant[0])],
        }
    }

    /// Fisher scoring, begun at the constant that fits `without` an offset; every step goes down.
    fn constant_beside_offset(self, y: &[f64], terms: RowTerms, without: f64) -> f64 {
        const MAX_STEPS: usize = 100;
        const SMALLEST_STEP: f64 = 1e-14;
        let mut gradient = vec![0.0; y.len()];
        // Value, derivative and information.
        let mut at = |constant: f64| {
            let eta: Vec<f64> = terms.offset.iter().map(|offset| constant + offset).collect();
            let value = self.value_gradient::<f64, pulp::Scalar>(&eta, y, terms.weight, &mut gradient);
            let mut root = [0.0];
            let information = eta.iter().zip(terms.weight).map(|(eta, weight)| {
                self.information_root(&[*eta], &mut root);
                weight * root[0] * root[0]
            });
            (value, gradient.iter().sum::<f64>(), information.sum::<f64>())
        };
        let total: f64 = terms.weight.iter().sum();
        let mean_offset = terms.offset.iter().zip(terms.weight).map(|(offset, weight)| weight * offset).sum::<f64>();
        let mut constant = without - mean_offset / total;
        let mut here = at(constant);
        for _ in 0..MAX_STEPS {
            let mut step = -here.1 / here.2.max(f64::MIN_POSITIVE);
            let smallest = SMALLEST_STEP * constant.abs().max(1.0);
            let mut next = at(constant + step);
            while (next.0 > here.0 || next.0.is_nan()) && step.abs() > smallest {
                step *= 0.5;
                next = at(constant + step);
            }
            if step.abs() <= smallest {
                break;
            }
            constant += step;
            here = next;
        }
        constant
    }

    fn centres(self, y: &[f64], weight: &[f64]) -> Vec<f64> {
        let outputs = y.chunks_exact(weight.len().max(1)).enumerate();
        outputs.map(|(o, y)| with!(self.of_output(o), own => own.centre(y, weight))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEGATIVE_BINOMIAL: Loss = Loss::NegativeBinomial(NegativeBinomial { theta: 1.7 });
    const TWEEDIE: Loss = Loss::Tweedie(Tweedie { power: 1.6 });
    const HUBER: Loss = Loss::Huber(Huber { delta: 0.8 });

    fn ordinal() -> Loss {
        Loss::Ordinal(Ordinal::new(&[-1.2, 0.3, 0.9]).expect("thresholds"))
    }

    fn quantile(levels: &[f64]) -> Loss {
        Loss::Quantile(Quantile::new(levels).expect("levels").with_bandwidth(0.7))
    }

    /// Losses with numbers of outputs that each may have.
    fn cases() -> Vec<(Loss, usize)> {
        vec![
            (Loss::Squared, 1),
            (Loss::Squared, 2),
            (Loss::Logistic, 1),
            (Loss::Binomial, 1),
            (ordinal(), 1),
            (Loss::Softmax, 3),
            (Loss::Poisson, 1),
            (Loss::Gamma, 1),
            (TWEEDIE, 1),
            (NEGATIVE_BINOMIAL, 1),
            (HUBER, 1),
            (Loss::Cox(Cox { ties: Ties::Efron }), 1),
            (quantile(&[0.3]), 1),
            (quantile(&[0.1, 0.5, 0.9]), 3),
        ]
    }

    fn response(loss: Loss, k: usize, n: usize) -> Vec<f64> {
        (0..k * n)
            .map(|at| match loss {
                Loss::Squared | Loss::Huber(_) => (at as f64).sin(),
                Loss::Quantile(_) => ((at % n) as f64).sin(),
                Loss::Logistic | Loss::Cox(_) => (at % 2) as f64,
                Loss::Binomial => (at % 5) as f64 / 4.0,
                Loss::Softmax => f64::from(u8::from(at % n % k == at / n)),
                Loss::Poisson | Loss::NegativeBinomial(_) | Loss::Ordinal(_) => (at % 4) as f64,
                Loss::Gamma => 0.3 + (at % 5) as f64,
                Loss::Tweedie(_) => 0.7 * (at % 4) as f64,
            })
            .collect()
    }

    #[test]
    fn gradients_are_the_derivatives_of_the_value() {
        let n = 11;
        for (loss, k) in cases() {
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

    /// The derivatives of a row's gradient (K) with respect to eta[a], by central differences.
    fn slope_of_gradient(loss: Loss, eta: &[f64], y: &[f64], a: usize) -> Vec<f64> {
        let gradient = |step: f64| {
            let mut moved = eta.to_vec();
            moved[a] += step;
            let mut gradient = vec![0.0; eta.len()];
            loss.value_gradient::<f64, pulp::Scalar512b>(&moved, y, &[1.0], &mut gradient);
            gradient
        };
        gradient(1e-5).iter().zip(gradient(-1e-5)).map(|(above, below)| (above - below) / 2e-5).collect()
    }

    #[test]
    fn the_curvature_is_the_derivative_of_the_gradient() {
        // But that of Huber's loss, which is 0 beyond delta.
        for (loss, k) in cases().into_iter().filter(|(loss, _)| *loss != HUBER) {
            for at in 0..4 {
                let y: Vec<f64> = (0..k).map(|o| response(loss, k, 4)[o * 4 + at]).collect();
                let eta: Vec<f64> = (0..k).map(|i| 0.3 - 0.7 * i as f64).collect();
                let mut root = vec![0.0; k * k];
                loss.curvature_root(&eta, &y, &mut root);
                for a in 0..k {
                    let slope = slope_of_gradient(loss, &eta, &y, a);
                    for b in 0..k {
                        let curvature: f64 = (0..k).map(|r| root[r * k + a] * root[r * k + b]).sum();
                        assert!((curvature - slope[b]).abs() < 1e-8, "{loss:?} {a} {b}");
                    }
                }
            }
        }
    }

    /// At the response that is expected: elsewhere the second derivatives of links that are not canonical differ from row to row.
    #[test]
    fn the_information_is_the_derivative_of_the_gradient() {
        // That of ordered classes, whose mean is no class, is in a test of its own.
        for (loss, k) in cases().into_iter().filter(|(loss, _)| *loss != ordinal()) {
            // In order, as means of quantiles are.
            let eta: Vec<f64> = (0..k).map(|i| 0.7 * i as f64 - 0.3).collect();
            let mut y = eta.clone();
            loss.mean_in_place(&mut y, 1);
            let mut root = vec![0.0; k * k];
            loss.information_root(&eta, &mut root);
            for a in 0..k {
                let slope = slope_of_gradient(loss, &eta, &y, a);
                for b in 0..k {
                    let information: f64 = (0..k).map(|r| root[r * k + a] * root[r * k + b]).sum();
                    assert!((information - slope[b]).abs() < 1e-8, "{loss:?} {a} {b}");
                }
            }
        }
    }

    #[test]
    fn a_constant_fit_has_no_gradient() {
        let n = 12;
        for (loss, k) in cases() {
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

    /// And the intercept beside an offset that is the same for all rows is the one without it, less the offset.
    #[test]
    fn a_constant_beside_an_offset_has_no_gradient() {
        let n = 12;
        for (loss, k) in cases().into_iter().filter(|(_, k)| *k == 1) {
            let y = response(loss, k, n);
            let weight: Vec<f64> = (0..n).map(|i| 0.5 + (i % 3) as f64).collect();
            let offset: Vec<f64> = (0..n).map(|i| (2.3 * i as f64).sin()).collect();
            let constant = loss.constant_fit(&y, RowTerms { weight: &weight, offset: &offset })[0];
            let eta: Vec<f64> = offset.iter().map(|offset| constant + offset).collect();
            let mut gradient = vec![0.0; n];
            loss.value_gradient::<f64, pulp::Scalar512b>(&eta, &y, &weight, &mut gradient);
            assert!(gradient.iter().sum::<f64>().abs() < 1e-9, "{loss:?}");

            let plain = loss.constant_fit(&y, &weight)[0];
            let same = loss.constant_fit(&y, RowTerms { weight: &weight, offset: &[0.7; 12] })[0];
            assert!((plain - 0.7 - same).abs() < 1e-9, "{loss:?}");
        }
        let weight = [1.0; 12];
        let none = Loss::Poisson.constant_fit(&[0.0; 12], RowTerms { weight: &weight, offset: &[0.7; 12] })[0];
        assert!((none - Loss::Poisson.constant_fit(&[0.0; 12], &weight)[0] + 0.7).abs() < 1e-9, "{none}");
    }

    #[test]
    fn the_information_of_means_is_that_of_predictors() {
        for (loss, k) in cases() {
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
        for (loss, k) in cases() {
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
        // Thresholds at a finite distance do not allow one.
        for (loss, k) in cases().into_iter().filter(|(loss, _)| *loss != ordinal()) {
            for at in 0..12 {
                let y: Vec<f64> = (0..k).map(|o| response(loss, k, 12)[o * 12 + at]).collect();
                // So small because Tweedie's deviance of no amount goes to zero slowly.
                let margin = 1e-13;
                let near = y.iter().map(|y| loss.moved_inside(*y, margin)).collect();
                let loss = loss.exact();
                let best = loss.value(&loss.link_inside(near), &y, &[1.0]);
                let perfect = loss.saturated(&y);
                assert!((best - perfect).abs() < 2e-5, "{loss:?} {y:?}: {best} {perfect}");
                for step in [-0.5, 0.5] {
                    let eta: Vec<f64> = (0..k).map(|o| step * (o + 1) as f64).collect();
                    assert!(loss.value(&eta, &y, &[1.0]) >= perfect - 1e-12, "{loss:?}");
                }
            }
        }
    }

    #[test]
    fn draws_have_the_mean_and_the_variance_of_the_likelihood() {
        const DEVIATION: f64 = 0.8;
        let n = 40_000;
        for (loss, mean) in [
            (Loss::Squared, vec![1.5, -2.0]),
            (Loss::Logistic, vec![0.3]),
            (Loss::Binomial, vec![0.3]),
            (Loss::Softmax, vec![0.2, 0.5, 0.3]),
            (Loss::Poisson, vec![3.5]),
            (Loss::Poisson, vec![1200.0]),
            (Loss::Gamma, vec![3.0]),
            (TWEEDIE, vec![3.0]),
            (NEGATIVE_BINOMIAL, vec![3.5]),
            (HUBER, vec![1.5]),
            (ordinal(), vec![1.7]),
        ] {
            let mut random = Random::simulated(5);
            let mut y = vec![0.0; mean.len()];
            let (mut sums, mut squares) = (vec![0.0; mean.len()], vec![0.0; mean.len()]);
            for _ in 0..n {
                loss.draw(&mean, DEVIATION, &mut random, &mut y);
                for k in 0..y.len() {
                    sums[k] += y[k];
                    squares[k] += (y[k] - mean[k]).powi(2);
                }
            }
            for k in 0..mean.len() {
                let dispersion = if loss.has_noise_precision() { DEVIATION * DEVIATION } else { 1.0 };
                let variance = dispersion * loss.variance(mean[k]);
                let error = (variance / f64::from(n)).sqrt();
                assert!((sums[k] / f64::from(n) - mean[k]).abs() < 4.0 * error, "{loss:?} {k}");
                assert!((squares[k] / f64::from(n) / variance - 1.0).abs() < 0.06, "{loss:?} {k}");
            }
        }
    }

    #[test]
    fn probabilities_of_ordered_classes_are_those_of_their_losses() {
        let Loss::Ordinal(own) = ordinal() else { unreachable!() };
        for eta in [-40.0, -2.0, 0.1, 0.6, 3.0, 40.0] {
            let p = own.probabilities(eta);
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-14 && p.iter().all(|p| *p > 0.0), "{p:?}");
            let (mut mean, mut information) = ([eta], 0.0);
            ordinal().mean_in_place(&mut mean, 1);
            let expected: f64 = p.iter().enumerate().map(|(k, p)| k as f64 * p).sum();
            assert!((mean[0] - expected).abs() < 1e-13, "{eta}: {mean:?} {expected}");
            for (k, p) in p.iter().enumerate() {
                assert!((ordinal().value(&[eta], &[k as f64], &[1.0]) + p.ln()).abs() < 1e-12);
                information += p * slope_of_gradient(ordinal(), &[eta], &[k as f64], 0)[0];
            }
            let mut root = [0.0];
            ordinal().information_root(&[eta], &mut root);
            assert!((root[0] * root[0] - information).abs() < 1e-8, "{eta}: {root:?} {information}");
        }
    }

    #[test]
    fn thresholds_have_the_derivatives_of_the_loss() {
        type Told = (f64, ordinal::Slopes);
        let thresholds = [-1.2, 0.3, 0.9];
        let of = |thresholds: &[f64], eta: f64, k: usize| {
            let own = Ordinal::new(thresholds).unwrap();
            (own.cost(eta, k), own.slopes(eta, k))
        };
        for (k, eta) in (0..4).flat_map(|k| [-0.7, 0.4, 2.1].map(|eta| (k, eta))) {
            let (_, own) = of(&thresholds, eta, k);
            let along = |c: Option<usize>| {
                let moved = |step: f64| {
                    let (mut thresholds, mut eta) = (thresholds, eta);
                    match c {
                        Some(c) => thresholds[c] += step,
                        None => eta += step,
                    }
                    of(&thresholds, eta, k)
                };
                (moved(1e-5), moved(-1e-5))
            };
            let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-8, "{k} {eta}: {a} {b}");
            let slope = |(above, below): (Told, Told), of: fn(&Told) -> f64| (of(&above) - of(&below)) / 2e-5;
            close(slope(along(None), |(value, _)| *value), own.eta);
            close(slope(along(None), |(_, s)| s.eta), own.eta_eta);
            if k < 3 {
                close(slope(along(Some(k)), |(value, _)| *value), own.upper);
                close(slope(along(Some(k)), |(_, s)| s.upper), own.upper_upper);
                close(slope(along(Some(k)), |(_, s)| s.eta), own.eta_upper);
            }
            if k > 0 {
                close(slope(along(Some(k - 1)), |(value, _)| *value), own.lower);
                close(slope(along(Some(k - 1)), |(_, s)| s.lower), own.lower_lower);
                close(slope(along(Some(k - 1)), |(_, s)| s.eta), own.eta_lower);
            }
            if k > 0 && k < 3 {
                close(slope(along(Some(k)), |(_, s)| s.lower), own.upper_lower);
            }
        }
    }

    #[test]
    fn thresholds_are_checked_and_survive_a_file() {
        for wrong in [&[][..], &[0.0; 20], &[1.0, 1.0], &[1.0, 0.5], &[f64::NAN], &[f64::INFINITY]] {
            assert!(Ordinal::new(wrong).is_err(), "{wrong:?}");
        }
        let text = serde_json::to_string(&ordinal()).unwrap();
        assert_eq!(serde_json::from_str::<Loss>(&text).unwrap(), ordinal(), "{text}");
        assert!(serde_json::from_str::<Loss>(&text.replace("0.3", "3")).is_err());
        for k in 2..=MOST_ORDERED {
            let p = Ordinal::even(k).probabilities(0.0);
            assert!(p.iter().all(|p| (p * k as f64 - 1.0).abs() < 1e-12), "{p:?}");
        }
    }

    /// The smooth loss is above the pinball loss, by at most h ln 2, and the two agree far from zero.
    #[test]
    fn smoothing_adds_at_most_its_bound() {
        for level in [0.05, 0.5, 0.8] {
            let smooth = quantile(&[level]);
            let bound = 0.7 * std::f64::consts::LN_2;
            for residual in [-1e6, -40.0, -1.0, -0.1, 0.0, 1e-9, 0.3, 2.0, 40.0, 1e6] {
                let pinball = if residual < 0.0 { (level - 1.0) * residual } else { level * residual };
                assert_eq!(smooth.exact().value(&[0.0], &[residual], &[1.0]), pinball);
                let more = smooth.value(&[0.0], &[residual], &[1.0]) - pinball;
                assert!((0.0..=bound + 1e-12).contains(&more), "{level} {residual}: {more}");
                assert!(residual.abs() < 30.0 || more < 1e-9, "{level} {residual}: {more}");
            }
        }
    }

    #[test]
    fn levels_are_checked_and_survive_a_file() {
        for wrong in [&[][..], &[0.0], &[0.5, 1.0], &[0.5, 0.5], &[0.9, 0.1], &[f64::NAN], &[0.01; 10]] {
            assert!(Quantile::new(wrong).is_err(), "{wrong:?}");
        }
        let y: Vec<f64> = (0..60).map(|i| (1.3 * f64::from(i)).sin()).collect();
        let loss = Quantile::new(&[0.25, 0.75]).unwrap();
        let both: Vec<f64> = y.iter().chain(&y).copied().collect();
        let estimated = Loss::Quantile(loss.estimated_from(&both, &[0.0; 120], &[1.0; 60], 3));
        let text = serde_json::to_string(&estimated).unwrap();
        assert_eq!(serde_json::from_str::<Loss>(&text).unwrap(), estimated, "{text}");
        for wrong in [text.replace("0.25", "0.8"), text.replace("\"exponents\":[", "\"exponents\":[0.5,")] {
            assert!(serde_json::from_str::<Loss>(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_quantile_of_rows_is_the_least_that_minimises() {
        let y = [3.0, -1.0, 2.0, 9.0, 4.0];
        let at = |level: f64, weight: &[f64; 5]| Quantile::new(&[level]).unwrap().of(&y, weight);
        assert_eq!((at(0.5, &[1.0; 5]), at(0.2, &[1.0; 5]), at(0.21, &[1.0; 5])), (3.0, -1.0, 2.0));
        assert_eq!((at(0.9, &[1.0; 5]), at(0.5, &[1.0, 0.0, 0.0, 1.5, 0.0])), (9.0, 9.0));
    }

    /// Poisson's law is the limit of the negative binomial, as Poisson's deviance and that of gamma are of Tweedie's, and squared error is
    /// of Huber's loss.
    #[test]
    fn losses_with_a_parameter_meet_those_without_one_at_their_limits() {
        let (eta, y) = ([0.4, -0.7, 1.3], [2.0, 1.0, 3.0]);
        let deviance = |loss: Loss| -> Vec<f64> {
            (0..3).map(|i| loss.value(&eta[i..=i], &y[i..=i], &[1.0]) - loss.saturated(&y[i..=i])).collect()
        };
        let close = |a: Loss, b: Loss, within: f64| {
            let pairs = deviance(a).into_iter().zip(deviance(b));
            pairs.for_each(|(x, y)| assert!((x - y).abs() < within, "{a:?} {b:?}: {x} {y}"));
        };
        close(Loss::NegativeBinomial(NegativeBinomial { theta: 1e7 }), Loss::Poisson, 1e-5);
        close(Loss::Tweedie(Tweedie { power: 1.0 + 1e-6 }), Loss::Poisson, 1e-4);
        close(Loss::Tweedie(Tweedie { power: 2.0 - 1e-6 }), Loss::Gamma, 1e-4);
        close(Loss::Huber(Huber { delta: 10.0 }), Loss::Squared, 1e-12);
    }

    #[test]
    fn the_dispersion_of_counts_is_that_of_largest_likelihood() {
        let y = [0.0, 1.0, 4.0, 9.0, 2.0, 0.0, 7.0];
        let mean = [23.0 / 7.0; 7];
        let theta = NegativeBinomial::estimated_from(&y, &mean, &[1.0; 7]).theta;
        let log_likelihood = |theta: f64| -> f64 {
            let row = |y: f64| {
                libm::lgamma(theta + y) - libm::lgamma(theta) + theta * theta.ln() + y * mean[0].ln()
                    - (theta + y) * (theta + mean[0]).ln()
            };
            y.iter().map(|y| row(*y)).sum()
        };
        for factor in [0.999, 1.001] {
            assert!(log_likelihood(theta) > log_likelihood(factor * theta), "{theta}");
        }
        assert_eq!(
            NegativeBinomial::estimated_from(&[3.0, 4.0, 3.0], &[10.0 / 3.0; 3], &[1.0; 3]),
            NegativeBinomial::POISSON
        );
    }

    #[test]
    fn the_spread_of_residuals_is_their_median_distance() {
        let spread =
            |y: &[f64], weight: &[f64]| Huber::spread(y, &vec![0.0; y.len()], weight) * 0.674_489_750_196_081_7;
        assert!((spread(&[3.0, -1.0, 2.0], &[1.0; 3]) - 2.0).abs() < 1e-12);
        assert!((spread(&[3.0, -1.0, 2.0, 9.0], &[1.0; 4]) - 2.5).abs() < 1e-12);
        assert!((spread(&[3.0, -1.0, 2.0], &[1.0, 0.5, 0.5]) - 2.5).abs() < 1e-12);
        assert_eq!(Huber::estimated_from(&[1.0, 1.0, 5.0], &[1.0; 3], &[1.0; 3]), Huber::SQUARED);
    }
}
