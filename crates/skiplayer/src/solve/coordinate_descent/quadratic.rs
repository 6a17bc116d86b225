//! Coordinate descent on a quadratic with an elastic-net lambda: the inner problem of every loss.
//!
//! minimise q(b) + l1 |b|_1 + l2/2 |b|^2, where q is known by its slopes -dq/db and its curvatures. Two ways to keep the
//! slopes up to date: [`Gram`] (products of columns, Friedman, Hastie & Tibshirani 2010, section 2.2 "covariance updates") and
//! [`Residuals`] (one number per row, the slow reference, and the only choice where the Gram matrix would not fit).

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use crate::simd::vector::{add_scaled, dot};

/// Added to the diagonal, relative to its largest entry, before a factorisation: enough for duplicate columns, and only the
/// direction of a step depends on it.
const JITTER: f64 = 1e-13;
/// Cut Newton steps in a row before sweeps have another look.
const MAX_CUTS: usize = 30;

/// l1 |b|_1 + l2/2 |b|^2.
#[derive(Debug, Clone, Copy)]
pub struct ElasticNet {
    pub l1: f64,
    pub l2: f64,
}

impl ElasticNet {
    /// lambda (l1_ratio |b|_1 + (1 - l1_ratio)/2 |b|^2)
    pub fn new(lambda: f64, l1_ratio: f64) -> Self {
        Self { l1: lambda * l1_ratio, l2: lambda * (1.0 - l1_ratio) }
    }

    /// The penalty of `b`.
    pub fn value(self, b: &[f64]) -> f64 {
        b.iter().map(|b| self.l1 * b.abs() + 0.5 * self.l2 * b * b).sum()
    }

    /// Distance of 0 from the subdifferential at `b`, where minus the derivative of the smooth part is `slope`.
    pub fn violation(self, b: f64, slope: f64) -> f64 {
        if b == 0.0 { (slope.abs() - self.l1).max(0.0) } else { (slope - self.l2 * b - self.l1.copysign(b)).abs() }
    }
}

/// A quadratic over m coefficients, centred at the point where it was made.
pub trait Quadratic {
    /// Minus the derivative with respect to coefficient `c`.
    fn slope(&self, c: usize) -> f64;
    /// The second derivative with respect to coefficient `c`.
    fn curvature(&self, c: usize) -> f64;
    /// Adds `d` to coefficient `c`.
    fn shift(&mut self, c: usize, d: f64);
    /// Minimises over the unpriced constants; how far from it they were.
    fn settle_constants(&mut self) -> f64 {
        0.0
    }
    /// Solves (H + l2) d = `rhs` over `support`, or `None` if that is not worth it or not possible.
    fn newton(&self, _support: &[usize], _l2: f64, _rhs: &[f64]) -> Option<Vec<f64>> {
        None
    }
}

/// Cyclic coordinate descent from `b` until no violation exceeds `tol`, or `max_sweeps`; the sweeps made.
///
/// Sweeps go over the coefficients that are not zero, and over all whenever those agree. Where descent is slow (inputs that
/// are nearly collinear) a Newton step on the support with its signs factor takes over. It is tried only when sweeps have
/// already cost as much as the factorisation, so that the total is at most twice that of the better of the two.
pub fn descend(q: &mut impl Quadratic, b: &mut [f64], penalty: ElasticNet, tol: f64, max_sweeps: usize) -> usize {
    let m = b.len();
    // Without L1 the support is everything and a factorisation is the whole answer.
    if penalty.l1 == 0.0 {
        let _ = newton_on_support(q, b, penalty);
    }
    let mut work: usize = 0;
    let mut only_support = false;
    for sweep in 1..=max_sweeps {
        let mut worst: f64 = 0.0;
        let mut support = 0;
        for (c, b) in b.iter_mut().enumerate() {
            if only_support && *b == 0.0 {
                continue;
            }
            let slope = q.slope(c);
            let violation = penalty.violation(*b, slope);
            worst = worst.max(violation);
            let curvature = q.curvature(c);
            if violation > 0.1 * tol && curvature + penalty.l2 > 0.0 {
                let pull = slope + curvature * *b;
                let next = (pull.abs() - penalty.l1).max(0.0).copysign(pull) / (curvature + penalty.l2);
                q.shift(c, next - *b);
                *b = next;
                work += m;
            }
            support += usize::from(*b != 0.0);
        }
        worst = worst.max(q.settle_constants());
        if worst <= tol {
            if !only_support {
                return sweep;
            }
            only_support = false;
            continue;
        }
        only_support = sweep % 8 != 0;
        if work > support * support * support / 6 {
            // A coefficient that hovers about 0 would cut every step short; without it the others go all the way, and the
            // next sweep brings it back if it belongs.
            let mut cuts = 0;
            while cuts < MAX_CUTS && newton_on_support(q, b, penalty) == Newton::Cut {
                cuts += 1;
            }
            work = 0;
        }
    }
    max_sweeps
}

/// What became of a Newton step.
#[derive(PartialEq)]
enum Newton {
    Unavailable,
    Cut,
    Full,
}

/// A Newton step on the coefficients that are not zero, cut where the first of them changes sign (it becomes 0).
fn newton_on_support(q: &mut impl Quadratic, b: &mut [f64], penalty: ElasticNet) -> Newton {
    let support: Vec<usize> =
        (0..b.len()).filter(|&c| b[c] != 0.0 || (penalty.l1 == 0.0 && q.curvature(c) > 0.0)).collect();
    let rhs: Vec<f64> = support
        .iter()
        .map(|&c| q.slope(c) - penalty.l2 * b[c] - if penalty.l1 > 0.0 { penalty.l1.copysign(b[c]) } else { 0.0 })
        .collect();
    let Some(step) = q.newton(&support, penalty.l2, &rhs) else { return Newton::Unavailable };
    let mut length: f64 = 1.0;
    if penalty.l1 > 0.0 {
        for (&c, d) in support.iter().zip(&step) {
            if b[c] * (b[c] + d) < 0.0 {
                length = length.min(-b[c] / d);
            }
        }
    }
    for (&c, d) in support.iter().zip(&step) {
        let mut d = length * d;
        if length < 1.0 && (b[c] + d).abs() <= 1e-14 * b[c].abs() {
            d = -b[c];
        }
        q.shift(c, d);
        b[c] += d;
    }
    if length < 1.0 { Newton::Cut } else { Newton::Full }
}

/// Slopes kept through the columns of the Gram matrix: O(m) for a shift.
pub struct Gram<'a> {
    /// Column c of the m x m second derivative.
    pub gram: &'a [Vec<f64>],
    /// (m)
    pub slope: Vec<f64>,
}

impl Quadratic for Gram<'_> {
    fn slope(&self, c: usize) -> f64 {
        self.slope[c]
    }

    fn curvature(&self, c: usize) -> f64 {
        self.gram[c][c]
    }

    fn shift(&mut self, c: usize, d: f64) {
        add_scaled(&mut self.slope, -d, &self.gram[c]);
    }

    fn newton(&self, support: &[usize], l2: f64, rhs: &[f64]) -> Option<Vec<f64>> {
        let s = support.len();
        let diagonal = support.iter().fold(0.0, |a: f64, &c| a.max(self.gram[c][c])) + l2;
        let matrix = Mat::from_fn(s, s, |i, j| {
            let added = if i == j { l2 + JITTER * diagonal } else { 0.0 };
            self.gram[support[j]][support[i]] + added
        });
        let right = Mat::from_fn(s, 1, |i, _| rhs[i]);
        let step = matrix.llt(Side::Lower).ok()?.solve(&right);
        let step: Vec<f64> = (0..s).map(|i| step[(i, 0)]).collect();
        step.iter().all(|d| d.is_finite()).then_some(step)
    }
}

/// Slopes computed from one number per row and output: O(n K) for a slope or a shift.
pub struct Residuals<'a> {
    /// The column (n) and output of each coefficient.
    pub columns: Vec<(&'a [f64], usize)>,
    /// Second derivatives of the loss with respect to the predictors of outputs k and l: `curvature[k * K + l]` (n).
    pub curvature: &'a [Vec<f64>],
    /// Minus the derivative with respect to the predictors, output-major (K n).
    pub residual: Vec<f64>,
    /// The second derivative of each coefficient.
    pub diagonal: Vec<f64>,
    /// Inverse of the second derivative with respect to the constants (K K).
    pub constant_inverse: &'a [f64],
    /// How far the constants have moved (K).
    pub constants: Vec<f64>,
    /// What a violation of a constant's condition counts, in units of those of the coefficients.
    pub constant_unit: f64,
}

impl<'a> Residuals<'a> {
    /// Around the point with the given derivative of the loss with respect to the predictors, (K n).
    pub fn new(
        columns: Vec<(&'a [f64], usize)>,
        curvature: &'a [Vec<f64>],
        derivative: &[f64],
        constant_inverse: &'a [f64],
        constant_unit: f64,
    ) -> Self {
        let k = curvature.len().isqrt();
        let diagonal =
            columns.iter().map(|&(x, l)| x.iter().zip(&curvature[l * k + l]).map(|(x, h)| h * x * x).sum()).collect();
        let residual = derivative.iter().map(|g| -g).collect();
        Self { columns, curvature, residual, diagonal, constant_inverse, constants: vec![0.0; k], constant_unit }
    }
}

impl Quadratic for Residuals<'_> {
    fn slope(&self, c: usize) -> f64 {
        let (x, l) = self.columns[c];
        dot(x, &self.residual[l * x.len()..][..x.len()])
    }

    fn curvature(&self, c: usize) -> f64 {
        self.diagonal[c]
    }

    fn shift(&mut self, c: usize, d: f64) {
        let (x, l) = self.columns[c];
        let k = self.constants.len();
        for (residual, curvature) in self.residual.chunks_exact_mut(x.len()).zip(&self.curvature[l * k..]) {
            residual.iter_mut().zip(x).zip(curvature).for_each(|((r, x), h)| *r -= d * h * x);
        }
    }

    fn settle_constants(&mut self) -> f64 {
        let k = self.constants.len();
        let n = self.residual.len() / k;
        let sums: Vec<f64> = self.residual.chunks_exact(n).map(|r| r.iter().sum()).collect();
        for l in 0..k {
            let d = dot(&self.constant_inverse[l * k..][..k], &sums);
            self.constants[l] += d;
            for (residual, curvature) in self.residual.chunks_exact_mut(n).zip(&self.curvature[l * k..]) {
                add_scaled(residual, -d, curvature);
            }
        }
        sums.iter().fold(0.0, |a: f64, s| a.max(s.abs())) * self.constant_unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn gram_and_residual_updates_reach_the_same_point() {
        let (n, m) = (40, 12);
        let mut random = rand_pcg::Pcg64::seed_from_u64(7);
        let mut column = |n: usize| -> Vec<f64> {
            let v: Vec<f64> = (0..n).map(|_| random.random::<f64>() - 0.5).collect();
            let mean = v.iter().sum::<f64>() / n as f64;
            v.iter().map(|v| v - mean).collect()
        };
        let x: Vec<Vec<f64>> = (0..m).map(|_| column(n)).collect();
        let y = column(n);
        let curvature = [vec![1.0; n]];
        let gram: Vec<Vec<f64>> = x.iter().map(|a| x.iter().map(|b| dot(a, b)).collect()).collect();
        for (l1, l2) in [(0.0, 0.0), (0.3, 0.0), (0.2, 0.5), (0.0, 1.0)] {
            let penalty = ElasticNet { l1, l2 };
            let mut by_gram = vec![0.0; m];
            let slope = x.iter().map(|x| dot(x, &y)).collect();
            descend(&mut Gram { gram: &gram, slope }, &mut by_gram, penalty, 1e-12, 10_000);
            let mut by_residuals = vec![0.0; m];
            let derivative: Vec<f64> = y.iter().map(|y| -y).collect();
            let columns = x.iter().map(|x| (x.as_slice(), 0)).collect();
            let inverse = [1.0 / n as f64];
            let mut q = Residuals::new(columns, &curvature, &derivative, &inverse, 1.0);
            descend(&mut q, &mut by_residuals, penalty, 1e-12, 10_000);
            for (a, b) in by_gram.iter().zip(&by_residuals) {
                assert!((a - b).abs() < 1e-9, "{penalty:?}: {a} and {b}");
            }
        }
    }
}
