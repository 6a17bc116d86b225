//! Classes in order: -ln(F(c_k - eta) - F(c_(k-1) - eta)) for class k, F(u) = 1/(1 + e^-u): proportional odds (McCullagh 1980).
//!
//! The larger eta, the higher the class: P(class <= k) = F(c_k - eta), with *thresholds* c_1 < c_2 < … that all rows share. As
//!
//! F(u) - F(l) = F(u) F(-l) (1 - e^(l - u)),
//!
//! a row costs the logistic losses of being below its upper threshold and above its lower one, and a constant of its class, which keeps
//! thresholds apart. The loss is convex in eta and thresholds together (Pratt 1981).
//!
//! The response is the number of the class, 0, 1, …; its mean is a number of 0 to K - 1, which grows with eta, as the link wants it.

use pulp::Simd;
use serde::{Deserialize, Serialize};

use super::likelihood::Likelihood;
use super::rows;
use crate::random::Random;
use crate::simd::lanes::LANES;
use crate::simd::{Scalar, exp, ln_1p};

/// Ordered classes that there may be.
pub const MOST_ORDERED: usize = 20;
/// Steps of Newton's method on the way from a mean to its predictor, halvings among them.
const MOST_STEPS: usize = 200;
/// A step below this, relative to the predictor, is none.
const STILL: f64 = 1e-15;

/// Thresholds between neighbouring classes, in increasing order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Ordinal {
    n_classes: usize,
    /// K - 1 of them, then zeros.
    thresholds: [f64; MOST_ORDERED - 1],
    /// 1 - e^(lower - upper) for the thresholds around each of K classes, then ones: 1 at both ends.
    gaps: [f64; MOST_ORDERED],
}

/// As files hold it.
#[derive(Serialize, Deserialize)]
struct Written {
    thresholds: Vec<f64>,
}

impl From<Ordinal> for Written {
    fn from(own: Ordinal) -> Self {
        Self { thresholds: own.thresholds().to_vec() }
    }
}

impl TryFrom<Written> for Ordinal {
    type Error = String;

    fn try_from(Written { thresholds }: Written) -> Result<Self, String> {
        Self::new(&thresholds)
    }
}

impl Default for Ordinal {
    /// Two classes of the same share.
    fn default() -> Self {
        Self::between(&[0.0])
    }
}

impl Ordinal {
    /// Of `thresholds`.
    ///
    /// # Errors
    /// In words, what thresholds there may be: 1 to 19 finite numbers, each above the one before.
    pub fn new(thresholds: &[f64]) -> Result<Self, String> {
        if thresholds.is_empty() || thresholds.len() >= MOST_ORDERED {
            return Err(format!("{} thresholds, expected 1 to {}", thresholds.len(), MOST_ORDERED - 1));
        }
        if let Some(other) = thresholds.iter().find(|own| !own.is_finite()) {
            return Err(format!("a threshold of {other}, expected finite numbers"));
        }
        if let Some(pair) = thresholds.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(format!("the threshold {} before {}, expected them in increasing order", pair[0], pair[1]));
        }
        Ok(Self::between(thresholds))
    }

    /// Of thresholds that are in order.
    fn between(thresholds: &[f64]) -> Self {
        let mut own =
            Self { n_classes: thresholds.len() + 1, thresholds: [0.0; MOST_ORDERED - 1], gaps: [1.0; MOST_ORDERED] };
        own.thresholds[..thresholds.len()].copy_from_slice(thresholds);
        for (gap, pair) in own.gaps[1..].iter_mut().zip(thresholds.windows(2)) {
            *gap = -(pair[0] - pair[1]).exp_m1();
        }
        own
    }

    /// Of `n_classes`, 2 to 20, which are as likely as each other at a predictor of 0: where a fit begins.
    pub fn even(n_classes: usize) -> Self {
        let n_classes = n_classes.clamp(2, MOST_ORDERED);
        let thresholds: Vec<f64> = (1..n_classes).map(|k| (k as f64 / (n_classes - k) as f64).ln()).collect();
        Self::between(&thresholds)
    }

    /// In increasing order, one fewer than classes.
    pub fn thresholds(&self) -> &[f64] {
        &self.thresholds[..self.n_classes - 1]
    }

    pub fn n_classes(&self) -> usize {
        self.n_classes
    }

    /// The probabilities of the classes at the predictor `eta`, the first class first.
    ///
    /// As products, not differences, they keep their digits in both tails.
    pub fn probabilities(&self, eta: f64) -> Vec<f64> {
        (0..self.n_classes).map(|k| self.probability(eta, k)).collect()
    }

    /// 1 - e^(lower - upper) for the thresholds around each class, 1 for the first and the last: what the probabilities of being below the
    /// upper and above the lower one are multiplied by.
    pub fn gaps(&self) -> &[f64] {
        &self.gaps[..self.n_classes]
    }

    fn probability(&self, eta: f64, k: usize) -> f64 {
        let (lower, upper) = self.around(k);
        logistic(upper - eta) * logistic(eta - lower) * self.gaps[k]
    }

    /// Thresholds around class `k`, infinite at the ends.
    #[inline(always)]
    fn around(&self, k: usize) -> (f64, f64) {
        let lower = if k == 0 { f64::NEG_INFINITY } else { self.thresholds[k - 1] };
        let upper = if k + 1 == self.n_classes { f64::INFINITY } else { self.thresholds[k] };
        (lower, upper)
    }

    /// The loss of class `k` at `eta`.
    pub(crate) fn cost(&self, eta: f64, k: usize) -> f64 {
        let softplus = |u: f64| logistic_and_softplus::<f64, pulp::Scalar>(u).1;
        match self.sides(k) {
            (None, None) => 0.0,
            (None, Some(upper)) => softplus(eta - upper),
            (Some(lower), None) => softplus(lower - eta),
            (Some(lower), Some(upper)) => softplus(eta - upper) + softplus(lower - eta) - self.gaps[k].ln(),
        }
    }

    /// The first and second derivative of the loss of class `k` at `eta` with respect to it.
    fn derivatives(&self, eta: f64, k: usize) -> (f64, f64) {
        let (lower, upper) = self.sides(k);
        // Of being above the upper threshold, and below the lower one.
        let above = upper.map_or(0.0, |upper| logistic(eta - upper));
        let below = lower.map_or(0.0, |lower| logistic(lower - eta));
        (above - below, above * (1.0 - above) + below * (1.0 - below))
    }

    /// The thresholds around class `k` that there are: of the outermost classes, one.
    #[inline(always)]
    fn sides(&self, k: usize) -> (Option<f64>, Option<f64>) {
        let lower = (k > 0).then(|| self.thresholds[k - 1]);
        let upper = (k + 1 < self.n_classes).then(|| self.thresholds[k]);
        (lower, upper)
    }

    /// The mean number of the class at `eta`, and its derivative.
    fn mean_and_slope(&self, eta: f64) -> (f64, f64) {
        let above = self.thresholds().iter().map(|threshold| logistic(eta - threshold));
        above.fold((0.0, 0.0), |(mean, slope), p| (mean + p, slope + p * (1.0 - p)))
    }

    /// The predictor at which the mean number of the class is `mean`, which is inside. Newton's method within a bracket.
    fn predictor(&self, mean: f64) -> f64 {
        let k = self.n_classes as f64 - 1.0;
        let ends = self.thresholds();
        // Between the predictors of two classes at the outermost thresholds.
        let odds = (mean / (k - mean)).ln();
        let (mut low, mut high) = (ends[0] + odds, ends[ends.len() - 1] + odds);
        let mut eta = 0.5 * (low + high);
        for _ in 0..MOST_STEPS {
            let (own, slope) = self.mean_and_slope(eta);
            if own < mean {
                low = eta;
            } else {
                high = eta;
            }
            let newton = eta - (own - mean) / slope;
            let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
            let is_still = (next - eta).abs() <= STILL * eta.abs().max(1.0);
            eta = next;
            if is_still || high - low <= STILL * eta.abs().max(1.0) {
                break;
            }
        }
        eta
    }

    /// The expected second derivative at `eta`: over the thresholds, f squared over the probabilities on both sides of it.
    fn information(&self, eta: f64) -> f64 {
        let of_class = |k: usize| {
            let (_, curvature) = self.derivatives(eta, k);
            self.probability(eta, k) * curvature
        };
        (0..self.n_classes).map(of_class).sum()
    }
}

/// Derivatives of the loss of a row with respect to its predictor and to the thresholds above and below it; 0 for a threshold that is not there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slopes {
    pub eta: f64,
    pub upper: f64,
    pub lower: f64,
    pub eta_eta: f64,
    pub eta_upper: f64,
    pub eta_lower: f64,
    pub upper_upper: f64,
    pub lower_lower: f64,
    pub upper_lower: f64,
}

impl Ordinal {
    /// Of class `k` at the predictor `eta`.
    pub(crate) fn slopes(&self, eta: f64, k: usize) -> Slopes {
        let (lower, upper) = self.around(k);
        let (above, below) = (logistic(eta - upper), logistic(lower - eta));
        let (of_above, of_below) = (above * (1.0 - above), below * (1.0 - below));
        // Of -ln(1 - e^(lower - upper)), which keeps thresholds apart; nothing at the ends.
        let odds = if lower.is_finite() && upper.is_finite() { 1.0 / (upper - lower).exp_m1() } else { 0.0 };
        let apart = odds * (1.0 + odds);
        Slopes {
            eta: above - below,
            upper: -above - odds,
            lower: below + odds,
            eta_eta: of_above + of_below,
            eta_upper: -of_above,
            eta_lower: -of_below,
            upper_upper: of_above + apart,
            lower_lower: of_below + apart,
            upper_lower: -apart,
        }
    }
}

/// 1/(1 + e^-u).
fn logistic(u: f64) -> f64 {
    logistic_and_softplus::<f64, pulp::Scalar>(u).0
}

/// 1/(1 + e^-u) and its integral ln(1 + e^u). At minus infinity they are next to nothing.
#[inline(always)]
fn logistic_and_softplus<T: Scalar, S: Simd>(u: T) -> (T, T) {
    let small = exp::<T, S>(-u.abs());
    let logistic = if u >= T::ZERO { T::ONE } else { small } / (T::ONE + small);
    (logistic, u.max(T::ZERO) + ln_1p::<T, S>(small))
}

impl Likelihood for Ordinal {
    fn is_of_classes(&self) -> bool {
        true
    }

    fn responses(&self) -> &'static str {
        "the number of a class, from 0 on"
    }

    fn accepts(&self, y: f64) -> bool {
        y >= 0.0 && y.fract() == 0.0 && y < self.n_classes as f64
    }

    #[inline(always)]
    fn value_gradient<T: Scalar, S: Simd>(&self, eta: &[T], y: &[T], weight: &[T], gradient: &mut [T]) -> f64 {
        let mut total = 0.0;
        let mut gap_costs = [0.0; MOST_ORDERED];
        gap_costs.iter_mut().zip(self.gaps()).for_each(|(cost, gap)| *cost = -gap.ln());
        let blocks = eta.chunks(LANES).zip(y.chunks(LANES)).zip(weight.chunks(LANES)).zip(gradient.chunks_mut(LANES));
        for (((eta, y), weight), gradient) in blocks {
            // What depends on the class is looked up first: the rest is the same for all rows.
            let mut losses = [T::ZERO; LANES];
            let (mut lower, mut upper) = (losses, losses);
            for (row, y) in y.iter().enumerate() {
                let k = y.to_f64() as usize;
                let (below, above) = self.around(k);
                (lower[row], upper[row], losses[row]) = (T::of(below), T::of(above), T::of(gap_costs[k]));
            }
            let rows = losses.iter_mut().zip(gradient).zip(eta.iter().zip(weight)).zip(lower.iter().zip(&upper));
            for (((loss, slope), (eta, weight)), (lower, upper)) in rows {
                let (above, softly_above) = logistic_and_softplus::<T, S>(*eta - *upper);
                let (below, softly_below) = logistic_and_softplus::<T, S>(*lower - *eta);
                *loss = *weight * (softly_above + softly_below + *loss);
                *slope = *weight * (above - below);
            }
            total += rows::sum(&losses);
        }
        total
    }

    fn information_root(&self, eta: &[f64], root: &mut [f64]) {
        root[0] = self.information(eta[0]).sqrt();
    }

    fn curvature_root(&self, eta: &[f64], y: &[f64], root: &mut [f64]) {
        root[0] = self.derivatives(eta[0], y[0] as usize).1.sqrt();
    }

    fn has_costly_link(&self) -> bool {
        true
    }

    fn weighted_information(&self, weight: f64, mean: f64, _other: f64, _same: bool) -> f64 {
        weight * if self.is_inside(mean) { self.information(self.predictor(mean)) } else { 0.0 }
    }

    fn weighted_curvature(&self, weight: f64, mean: f64, _other: f64, _same: bool, y: f64) -> f64 {
        weight * if self.is_inside(mean) { self.derivatives(self.predictor(mean), y as usize).1 } else { 0.0 }
    }

    /// Of the number of the class.
    fn variance(&self, mean: f64) -> f64 {
        if !self.is_inside(mean) {
            return 0.0;
        }
        let probabilities = self.probabilities(self.predictor(mean));
        probabilities.iter().enumerate().map(|(k, p)| p * (k as f64 - mean).powi(2)).sum()
    }

    /// That of the constant predictor of largest likelihood: the thresholds are what they are.
    fn centre(&self, y: &[f64], weight: &[f64]) -> f64 {
        let mut eta = 0.0;
        for _ in 0..MOST_STEPS {
            let mut sums = (0.0, 0.0);
            for (y, weight) in y.iter().zip(weight) {
                let (slope, curvature) = self.derivatives(eta, *y as usize);
                sums = (sums.0 + weight * slope, sums.1 + weight * curvature);
            }
            // The slope is bounded, and a step from far off would go too far.
            let step = (sums.0 / sums.1.max(f64::MIN_POSITIVE)).clamp(-2.0, 2.0);
            eta -= step;
            if step.abs() <= STILL * eta.abs().max(1.0) {
                break;
            }
        }
        self.mean_and_slope(eta).0
    }

    fn mean_in_place(&self, eta: &mut [f64], _n: usize) {
        eta.iter_mut().for_each(|eta| *eta = self.mean_and_slope(*eta).0);
    }

    fn link_in_place(&self, mean: &mut [f64]) {
        mean.iter_mut().for_each(|mean| *mean = self.predictor(*mean));
    }

    fn is_inside(&self, mean: f64) -> bool {
        mean > 0.0 && mean < self.n_classes as f64 - 1.0
    }

    fn inside(&self, mean: f64, margin: f64) -> f64 {
        mean.clamp(margin, self.n_classes as f64 - 1.0 - margin)
    }

    /// That of certainty, which thresholds at a finite distance do not allow.
    fn saturated(&self, _y: &[f64]) -> f64 {
        0.0
    }

    fn draw(&self, mean: &[f64], _deviation: f64, random: &mut Random, y: &mut [f64]) {
        let eta = self.predictor(self.inside(mean[0], 1e-12));
        let u = random.uniform();
        y[0] = self.thresholds().iter().filter(|threshold| u < logistic(eta - **threshold)).count() as f64;
    }
}
