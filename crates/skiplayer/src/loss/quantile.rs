//! The pinball loss of one or several quantiles: tau r above the prediction, (tau - 1) r below it, r = y - eta (Koenker & Bassett 1978).
//!
//! One output for each level. Steps of Newton's method want a second derivative, which the pinball loss does not have; so what is
//! minimised is its convolution with a logistic kernel of scale h (Fernandes, Guerre & Horta 2021; He, Pan, Tan & Zhou 2023, "Smoothed
//! quantile regression with large-scale inference"):
//!
//! rho_h(r) = tau r + h ln(1 + e^(-r/h)) = rho(r) + h ln(1 + e^(-|r|/h)),
//!
//! which is never more than h ln 2 above the pinball loss rho. Whatever is told, compared or chosen by is rho itself ([`Quantile::exact`]).

use pulp::Simd;
use serde::{Deserialize, Serialize};

use super::likelihood::Likelihood;
use super::rows;
use crate::random::Random;
use crate::simd::{Scalar, exp, ln_1p};
use crate::stats::distributions::normal_quantile;

/// Levels that one network may have.
pub const MOST_LEVELS: usize = 9;
/// h before anything is known of residuals, in standard deviations of the target.
const FIRST_BANDWIDTH: f64 = 0.1;
/// h where residuals are next to nothing.
const SMALLEST_BANDWIDTH: f64 = 1e-4;
/// A logistic variate's standard deviation, which for a kernel of scale 1 should be 1.
const LOGISTIC_DEVIATION: f64 = 1.813_799_364_234_217_8;
/// Of the greatest curvature, what stands for that of rows far off in Newton steps.
const LEAST_CURVATURE: f64 = 1e-5;
/// Exponents of the scale (see [`Quantile::exponents`]) that are believed.
const EXPONENTS: std::ops::RangeInclusive<f64> = 0.1..=1.5;
/// Halvings of the range of the responses on the way to the constant that fits best.
const HALVINGS: usize = 100;
/// The interquartile range of a standard normal variate, as R's quantreg rounds it.
const NORMAL_RANGE: f64 = 1.34;

/// Levels, and what is estimated from the residuals of lines.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Quantile {
    n_levels: usize,
    /// The levels in increasing order, then zeros.
    levels: [f64; MOST_LEVELS],
    /// The logarithm of an output's likelihood falls by this times n for each e-fold of its mean loss: 1/2 for squared error, 1 for the
    /// asymmetric Laplace law. Residuals do not follow that law, and their likelihood is told by how far it can fall for nothing:
    /// 2/(tau (1 - tau) s) times a fall of the loss is chi-squared, with the density 1/s of residuals at 0 (Koenker & Machado 1999).
    exponents: [f64; MOST_LEVELS],
    /// h in network units, standard deviations of the target; 0 for the pinball loss itself.
    pub bandwidth: f64,
}

/// As files hold it.
#[derive(Serialize, Deserialize)]
struct Written {
    levels: Vec<f64>,
    exponents: Vec<f64>,
    bandwidth: f64,
}

impl From<Quantile> for Written {
    fn from(own: Quantile) -> Self {
        let exponents = own.exponents[..own.n_levels].to_vec();
        Self { levels: own.levels().to_vec(), exponents, bandwidth: own.bandwidth }
    }
}

impl TryFrom<Written> for Quantile {
    type Error = String;

    fn try_from(Written { levels, exponents, bandwidth }: Written) -> Result<Self, String> {
        let mut own = Self::new(&levels).map_err(|why| format!("quantiles: {why}"))?;
        if exponents.len() != levels.len() {
            return Err(format!("{} exponents beside {} quantiles", exponents.len(), levels.len()));
        }
        own.exponents[..levels.len()].copy_from_slice(&exponents);
        own.bandwidth = bandwidth;
        Ok(own)
    }
}

impl Default for Quantile {
    /// The median between the two levels that leave out a tenth of the rows each.
    fn default() -> Self {
        const LEVELS: [f64; 3] = Quantile::DEFAULT_LEVELS;
        let mut levels = [0.0; MOST_LEVELS];
        levels[..LEVELS.len()].copy_from_slice(&LEVELS);
        Self { n_levels: LEVELS.len(), levels, exponents: [0.5; MOST_LEVELS], bandwidth: FIRST_BANDWIDTH }
    }
}

impl Quantile {
    /// Levels if nobody says which.
    pub const DEFAULT_LEVELS: [f64; 3] = [0.1, 0.5, 0.9];

    /// Of `levels`, before anything is estimated.
    ///
    /// # Errors
    /// In words, what levels there may be: 1 to 9, between 0 and 1, each above the one before.
    pub fn new(levels: &[f64]) -> Result<Self, String> {
        if levels.is_empty() || levels.len() > MOST_LEVELS {
            return Err(format!("{} of them, expected 1 to {MOST_LEVELS}", levels.len()));
        }
        if let Some(other) = levels.iter().find(|level| !(**level > 0.0 && **level < 1.0)) {
            return Err(format!("{other}, expected numbers above 0 and below 1"));
        }
        if let Some(pair) = levels.windows(2).find(|pair| pair[0] >= pair[1]) {
            return Err(format!("{} before {}, expected them in increasing order, each once", pair[0], pair[1]));
        }
        let mut own = Self {
            n_levels: levels.len(),
            levels: [0.0; MOST_LEVELS],
            exponents: [0.5; MOST_LEVELS],
            bandwidth: FIRST_BANDWIDTH,
        };
        own.levels[..levels.len()].copy_from_slice(levels);
        Ok(own)
    }

    /// Increasing.
    pub fn levels(&self) -> &[f64] {
        &self.levels[..self.n_levels]
    }

    /// The pinball loss itself.
    #[must_use]
    pub fn exact(self) -> Self {
        self.with_bandwidth(0.0)
    }

    /// Smoothed over `bandwidth`.
    #[must_use]
    pub fn with_bandwidth(self, bandwidth: f64) -> Self {
        Self { bandwidth, ..self }
    }

    /// That of level `at` alone.
    #[must_use]
    pub fn of_level(self, at: usize) -> Self {
        let (mut levels, mut exponents) = ([0.0; MOST_LEVELS], [0.5; MOST_LEVELS]);
        (levels[0], exponents[0]) = (self.levels[at], self.exponents[at]);
        Self { n_levels: 1, levels, exponents, ..self }
    }

    /// The quantile of `values` with `weights` at the first level: the least of those that minimise the pinball loss. O(n log n).
    pub fn of(&self, values: &[f64], weight: &[f64]) -> f64 {
        quantile(&sorted(values.iter().copied().zip(weight.iter().copied())), self.levels[0])
    }

    /// With the bandwidth and the exponents that the residuals of lines with `n_coefficients` have: responses y and predictions (K n).
    ///
    /// The bandwidth is that of conquer, sqrt(tau (1 - tau)) ((p + ln n)/n)^(2/5) at the outermost level, in robust standard deviations of
    /// the residuals and of the kernel.
    pub fn estimated_from(self, y: &[f64], mean: &[f64], weight: &[f64], n_coefficients: usize) -> Self {
        let (n, levels) = (weight.len(), self.levels());
        let mut own = self;
        let mut spread = f64::INFINITY;
        for (k, &level) in levels.iter().enumerate() {
            let residuals: Vec<f64> = (k * n..(k + 1) * n).map(|at| y[at] - mean[at]).collect();
            let density = density_at_zero(&residuals, weight, level);
            spread = spread.min(robust_deviation(&residuals, weight));
            let total: f64 = weight.iter().sum();
            let loss = self.exact().of_level(k).sum_of(&residuals, weight) / total;
            let exponent = loss * density / (level * (1.0 - level));
            own.exponents[k] =
                if exponent.is_finite() { exponent.clamp(*EXPONENTS.start(), *EXPONENTS.end()) } else { 0.5 };
        }
        let outermost = levels.iter().map(|level| (level * (1.0 - level)).sqrt()).fold(f64::INFINITY, f64::min);
        let n = n as f64;
        let rate = ((n_coefficients as f64 + n.ln()) / n).min(1.0).powf(0.4);
        own.bandwidth = (outermost * rate * spread / LOGISTIC_DEVIATION).max(SMALLEST_BANDWIDTH);
        own
    }

    /// The weighted sum of the losses of residuals y - eta of the first level.
    fn sum_of(&self, residuals: &[f64], weight: &[f64]) -> f64 {
        let zeros = vec![0.0; residuals.len()];
        let mut unused = zeros.clone();
        self.value_gradient::<f64, pulp::Scalar>(&zeros, residuals, weight, &mut unused)
    }
}

/// Values that weigh something, with their weights, the smallest first.
fn sorted(values: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut sorted: Vec<(f64, f64)> = values.filter(|(_, weight)| *weight > 0.0).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    sorted
}

/// The least value up to which there is a share `level` of the weight.
fn quantile(sorted: &[(f64, f64)], level: f64) -> f64 {
    let goal = level * sorted.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut below = 0.0;
    let reached = sorted.iter().find(|(_, weight)| {
        below += weight;
        below >= goal * (1.0 - 1e-12)
    });
    reached.or(sorted.last()).map_or(0.0, |(value, _)| *value)
}

/// The smaller of standard deviation and interquartile range over that of a standard normal variate.
fn robust_deviation(residuals: &[f64], weight: &[f64]) -> f64 {
    let total: f64 = weight.iter().sum();
    let mean = residuals.iter().zip(weight).map(|(r, w)| r * w).sum::<f64>() / total;
    let deviation =
        (residuals.iter().zip(weight).map(|(r, w)| w * (r - mean) * (r - mean)).sum::<f64>() / total).sqrt();
    let sorted = sorted(residuals.iter().copied().zip(weight.iter().copied()));
    let range = (quantile(&sorted, 0.75) - quantile(&sorted, 0.25)) / NORMAL_RANGE;
    if range > 0.0 { range.min(deviation) } else { deviation }
}

/// Levels on both sides of `level` between which n rows tell the density at its quantile, by Hall & Sheather (1988) for intervals of 95%: as
/// bandwidth.rq of R's quantreg, and half of that where it would leave (0, 1).
pub(crate) fn levels_beside(level: f64, n: usize) -> [f64; 2] {
    let z = normal_quantile(level);
    let density = (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
    let mut reach = (n as f64).powf(-1.0 / 3.0)
        * normal_quantile(0.975).powf(2.0 / 3.0)
        * (1.5 * density * density / (2.0 * z * z + 1.0)).powf(1.0 / 3.0);
    while level - reach <= 0.0 || level + reach >= 1.0 {
        reach *= 0.5;
    }
    [level - reach, level + reach]
}

/// Of residuals at a quantile of `level`, the bandwidth of a Gaussian kernel at 0, as summary.rq(se = "ker") of R's quantreg has it:
/// Powell (1991) and Koenker (2005, section 3.4.2).
pub(super) fn kernel_bandwidth(residuals: &[f64], weight: &[f64], level: f64) -> f64 {
    let [below, above] = levels_beside(level, residuals.len());
    (normal_quantile(above) - normal_quantile(below)) * robust_deviation(residuals, weight)
}

/// The Gaussian kernel of this bandwidth at `residual`.
pub(super) fn kernel(residual: f64, bandwidth: f64) -> f64 {
    let z = residual / bandwidth;
    (-0.5 * z * z).exp() / (bandwidth * std::f64::consts::TAU.sqrt())
}

fn density_at_zero(residuals: &[f64], weight: &[f64], level: f64) -> f64 {
    let bandwidth = kernel_bandwidth(residuals, weight, level);
    let total: f64 = weight.iter().sum();
    residuals.iter().zip(weight).map(|(r, w)| w * kernel(*r, bandwidth)).sum::<f64>() / total
}

impl Likelihood for Quantile {
    fn has_identity_link(&self) -> bool {
        true
    }

    fn has_noise_precision(&self) -> bool {
        true
    }

    fn noise_exponent(&self) -> f64 {
        self.exponents[0]
    }

    fn outputs(&self) -> (usize, usize, &'static str) {
        (self.n_levels, self.n_levels, "one for each quantile")
    }

    fn accepts(&self, _y: f64) -> bool {
        true
    }

    #[inline(always)]
    fn value_gradient<T: Scalar, S: Simd>(&self, eta: &[T], y: &[T], weight: &[T], gradient: &mut [T]) -> f64 {
        let n = weight.len();
        let (h, is_exact) = (T::of(self.bandwidth), self.bandwidth == 0.0);
        let per_h = T::of(if is_exact { 0.0 } else { 1.0 / self.bandwidth });
        let mut total = 0.0;
        for (k, &level) in self.levels().iter().enumerate().take(eta.len() / n.max(1)) {
            let (eta, y, gradient) = (&eta[k * n..][..n], &y[k * n..][..n], &mut gradient[k * n..][..n]);
            let (above, below) = (T::of(level), T::of(level - 1.0));
            let slope = |residual: T| if residual >= T::ZERO { above } else { below };
            total += if is_exact {
                rows::value_gradient(eta, y, weight, gradient, |eta, y| {
                    let residual = y - eta;
                    let slope = slope(residual);
                    (slope * residual, if residual == T::ZERO { T::ZERO } else { -slope })
                })
            } else {
                rows::value_gradient(eta, y, weight, gradient, |eta, y| {
                    let residual = y - eta;
                    let small = exp::<T, S>(-(residual * per_h).abs());
                    let share = if residual >= T::ZERO { small } else { T::ONE } / (T::ONE + small);
                    (slope(residual) * residual + h * ln_1p::<T, S>(small), share - above)
                })
            };
        }
        total
    }

    /// Where a row is met exactly; elsewhere it is less.
    fn information_root(&self, eta: &[f64], root: &mut [f64]) {
        let k = eta.len();
        (0..k).for_each(|r| root[r * k + r] = 0.5 / self.bandwidth.sqrt());
    }

    fn curvature_root(&self, eta: &[f64], y: &[f64], root: &mut [f64]) {
        let k = eta.len();
        (0..k).for_each(|r| root[r * k + r] = self.weighted_curvature(1.0, eta[r], eta[r], true, y[r]).sqrt());
    }

    #[inline(always)]
    fn weighted_information(&self, weight: f64, _mean: f64, _other: f64, same: bool) -> f64 {
        if same { 0.25 * weight / self.bandwidth } else { 0.0 }
    }

    #[inline(always)]
    fn weighted_curvature(&self, weight: f64, mean: f64, _other: f64, same: bool, y: f64) -> f64 {
        let small = exp::<f64, pulp::Scalar>(-((y - mean) / self.bandwidth).abs());
        let share = (small / ((1.0 + small) * (1.0 + small))).max(0.25 * LEAST_CURVATURE);
        if same { weight * share / self.bandwidth } else { 0.0 }
    }

    /// The density of the rows' residuals at zero, by a kernel (Powell 1991).
    fn expected_curvature(&self, eta: &[f64], y: &[f64], weight: &[f64]) -> Vec<f64> {
        let residuals: Vec<f64> = y.iter().zip(eta).map(|(y, eta)| y - eta).collect();
        let bandwidth = kernel_bandwidth(&residuals, weight, self.levels[0]);
        residuals.iter().zip(weight).map(|(r, w)| w * kernel(*r, bandwidth)).collect()
    }

    fn of_units(&self, factor: f64) -> f64 {
        factor
    }

    fn variance(&self, _mean: f64) -> f64 {
        1.0
    }

    /// Where the smooth loss is least: its derivative rises from the smallest to the largest response.
    fn centre(&self, y: &[f64], weight: &[f64]) -> f64 {
        let plain = self.of(y, weight);
        let mut gradient = vec![0.0; y.len()];
        let mut slope = |constant: f64| {
            self.value_gradient::<f64, pulp::Scalar>(&vec![constant; y.len()], y, weight, &mut gradient);
            gradient.iter().sum::<f64>()
        };
        if self.bandwidth == 0.0 {
            return plain;
        }
        let (mut low, mut high) = (plain - self.bandwidth, plain + self.bandwidth);
        let mut reach = self.bandwidth;
        while slope(low) > 0.0 {
            reach *= 2.0;
            low -= reach;
        }
        while slope(high) < 0.0 {
            reach *= 2.0;
            high += reach;
        }
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if slope(middle) > 0.0 {
                high = middle;
            } else {
                low = middle;
            }
        }
        0.5 * (low + high)
    }

    /// Puts the quantiles of each row in order. No loss rises by that (Chernozhukov, Fernández-Val & Galichon 2010).
    fn mean_in_place(&self, eta: &mut [f64], n: usize) {
        let k = eta.len() / n.max(1);
        if k < 2 {
            return;
        }
        let mut row = [0.0; MOST_LEVELS];
        for i in 0..n {
            (0..k).for_each(|o| row[o] = eta[o * n + i]);
            row[..k].sort_by(f64::total_cmp);
            (0..k).for_each(|o| eta[o * n + i] = row[o]);
        }
    }

    fn link_in_place(&self, _mean: &mut [f64]) {}

    fn is_inside(&self, _mean: f64) -> bool {
        true
    }

    fn inside(&self, mean: f64, _margin: f64) -> f64 {
        mean
    }

    fn saturated(&self, _y: &[f64]) -> f64 {
        0.0
    }

    /// One normal response, the same for all levels: what the law beside its quantiles is nobody knows.
    fn draw(&self, mean: &[f64], deviation: f64, random: &mut Random, y: &mut [f64]) {
        y.fill(mean[0] + deviation * (random.normal() - normal_quantile(self.levels[0])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// bandwidth.rq of R's quantreg 5.94.
    #[test]
    fn bandwidths_are_those_of_quantreg() {
        for (level, n, expected) in [(0.5, 100, 0.20931605), (0.1, 1000, 0.034599463)] {
            let [below, above] = levels_beside(level, n);
            assert!((level - below - expected).abs() < 1e-8 && (above - level - expected).abs() < 1e-8);
        }
        for (level, n) in [(0.01, 100), (0.5, 4), (0.99, 20)] {
            let [below, above] = levels_beside(level, n);
            assert!(0.0 < below && below < level && level < above && above < 1.0);
        }
    }
}
