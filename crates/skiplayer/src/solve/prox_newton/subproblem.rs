//! The subproblem of the proximal Newton method: a quadratic model plus L1 l1.
//!
//! minimise g'd + 1/2 d'Hd + sum_i price_i |w_i + d_i| over d, where some w_i + d_i may have one sign only.
//!
//! Coordinate descent alone crawls, because the curvature of a network is badly conditioned; a Cholesky factorisation alone
//! does not know which weights will be zero. So the two take turns: the factorisation solves for the weights that are not
//! zero with their signs held, coordinate sweeps correct zeros and signs, until both agree.

use super::bordered_cholesky::BorderedCholesky;
use crate::penalty::{sign, soft_threshold};
use crate::simd::vector::add_scaled;

/// Turns of factorisation and sweeps; two are often enough, twenty nearly always, and the limit is a guard.
const MAX_TURNS: usize = 400;
/// Coordinate sweeps in a turn.
const SWEEPS: usize = 3;

/// The model around `w`; all arrays are over the live parameters.
pub struct Quadratic<'a> {
    pub gradient: &'a [f64],
    /// H with damping, row-major and full (L, L).
    pub curvature: &'a [f64],
    pub lambda: &'a [f64],
    /// 1 where w + d may not be negative, -1 where it may not be positive, else 0.
    pub side: &'a [f64],
    pub w: &'a [f64],
}

impl Quadratic<'_> {
    /// The step d and the decrease that the model promises (positive), or `None` if H is not positive definite.
    ///
    /// O(L^3) a turn; the model value falls in every turn.
    pub fn minimise(&self) -> Option<(Vec<f64>, f64)> {
        let n = self.w.len();
        if (0..n).any(|i| self.curvature[i * n + i] <= 0.0) {
            return None;
        }
        let mut d = vec![0.0; n];
        let mut slope = self.gradient.to_vec();
        let mut value = 0.0;
        let mut factor = None;
        let mut sweep = self.w.contains(&0.0);
        for _ in 0..MAX_TURNS {
            if sweep {
                (0..SWEEPS).for_each(|_| self.sweep(&mut d, &mut slope));
                value = self.value(&d, &slope);
            }
            let end: Vec<f64> = (0..n).map(|i| if d[i] == -self.w[i] { 0.0 } else { self.w[i] + d[i] }).collect();
            let target = self.solve_signs(&end, &mut factor)?;
            let crosses = |i: usize| self.has_kink(i) && end[i] != 0.0 && (self.w[i] + target[i]) * end[i] <= 0.0;
            let crossing: Vec<usize> = (0..n).filter(|&i| crosses(i)).collect();
            let reach = |i: usize| end[i] / (d[i] - target[i]);
            let first = crossing.iter().map(|&i| reach(i)).fold(1.0, f64::min);
            // All the way with crossing weights left at zero; while that leads uphill half of it, up to the first crossing, which cannot.
            let mut share = 1.0;
            let (mut clipped, mut clipped_slope, mut clipped_value);
            loop {
                clipped = (0..n).map(|i| d[i] + share * (target[i] - d[i])).collect::<Vec<f64>>();
                crossing.iter().filter(|&&i| reach(i) <= share).for_each(|&i| clipped[i] = -self.w[i]);
                (0..n).filter(|&i| end[i] == 0.0 && self.has_kink(i)).for_each(|i| clipped[i] = -self.w[i]);
                clipped_slope = self.slope(&clipped);
                clipped_value = self.value(&clipped, &clipped_slope);
                if clipped_value <= value || share <= first {
                    break;
                }
                share = (0.5 * share).max(first);
            }
            if clipped_value > value {
                break;
            }
            (d, slope, value) = (clipped, clipped_slope, clipped_value);
            // Not before these signs are solved for: sweeps would at once move the weight again that has just reached zero, and the
            // turns would crawl along with it.
            sweep = crossing.is_empty();
            if crossing.is_empty() && self.zeros_hold(&d, &slope) {
                break;
            }
        }
        Some((d, -value))
    }

    /// The minimum with the signs of `end` held and its zeros left at zero (d = -w).
    fn solve_signs(&self, end: &[f64], factor: &mut Option<BorderedCholesky>) -> Option<Vec<f64>> {
        let n = self.w.len();
        let free: Vec<bool> = (0..n).map(|i| end[i] != 0.0 || !self.has_kink(i)).collect();
        let mut d: Vec<f64> = (0..n).map(|i| if free[i] { 0.0 } else { -self.w[i] }).collect();
        let start = self.slope(&d);
        let right: Vec<f64> = (0..n).map(|i| -(start[i] + self.lambda[i] * sign(end[i]))).collect();
        if factor.as_ref().is_none_or(|factor| !factor.near(&free)) {
            *factor = Some(BorderedCholesky::new(self.curvature, &free)?);
        }
        factor.as_mut()?.solve(self.curvature, &free, &right, &mut d)?;
        d.iter().all(|d| d.is_finite()).then_some(d)
    }

    /// Whether zero is where w + d may come to rest.
    fn has_kink(&self, i: usize) -> bool {
        self.lambda[i] > 0.0 || self.side[i] != 0.0
    }

    /// g + Hd.
    fn slope(&self, d: &[f64]) -> Vec<f64> {
        let n = d.len();
        let mut slope = self.gradient.to_vec();
        for j in (0..n).filter(|&j| d[j] != 0.0) {
            add_scaled(&mut slope, d[j], &self.curvature[j * n..][..n]);
        }
        slope
    }

    fn zeros_hold(&self, d: &[f64], slope: &[f64]) -> bool {
        (0..d.len()).all(|i| {
            !self.has_kink(i)
                || self.w[i] + d[i] != 0.0
                || slope[i].abs() <= self.lambda[i] * (1.0 + 1e-9)
                || slope[i] * self.side[i] > 0.0
        })
    }

    fn sweep(&self, d: &mut [f64], slope: &mut [f64]) {
        let n = d.len();
        for i in 0..n {
            let h = self.curvature[i * n + i];
            let end = soft_threshold(self.w[i] + d[i] - slope[i] / h, self.lambda[i] / h);
            let end = if end * self.side[i] < 0.0 { 0.0 } else { end };
            let change = end - self.w[i] - d[i];
            if change != 0.0 {
                // Exactly -w, so that the new weight is exactly zero.
                d[i] = if end == 0.0 { -self.w[i] } else { d[i] + change };
                add_scaled(slope, change, &self.curvature[i * n..][..n]);
            }
        }
    }

    /// Change of model and penalty by the step `d`, whose slope is g + Hd.
    fn value(&self, d: &[f64], slope: &[f64]) -> f64 {
        (0..d.len())
            .map(|i| {
                let penalty = self.lambda[i] * ((self.w[i] + d[i]).abs() - self.w[i].abs());
                0.5 * (self.gradient[i] + slope[i]) * d[i] + penalty
            })
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Nearly collinear curvature, as that of networks is, and a step that takes dozens of weights to zero one after the other.
    #[test]
    fn the_step_is_the_minimum_though_many_weights_cross_zero() {
        for (seed, n) in [(1, 20), (2, 60), (3, 120)] {
            let mut random = Random::simulated(seed);
            let directions: Vec<Vec<f64>> = (0..n / 2).map(|_| (0..n).map(|_| random.normal()).collect()).collect();
            let mut curvature = vec![0.0; n * n];
            for (strength, direction) in directions.iter().enumerate() {
                for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
                    curvature[i * n + j] += 10f64.powi(4 - strength as i32 % 6) * direction[i] * direction[j];
                }
            }
            (0..n).for_each(|i| curvature[i * n + i] += 1e-2);
            let mut numbers = |scale: f64| -> Vec<f64> { (0..n).map(|_| scale * random.normal()).collect() };
            let (w, gradient) = (numbers(1.0), numbers(1.0));
            let lambda = vec![1.0; n];
            let model =
                Quadratic { gradient: &gradient, curvature: &curvature, lambda: &lambda, side: &vec![0.0; n], w: &w };
            let (d, promised) = model.minimise().expect("positive definite");
            let slope = model.slope(&d);
            let off = |i: usize| match w[i] + d[i] {
                0.0 => (slope[i].abs() - 1.0).max(0.0),
                end => (slope[i] + end.signum()).abs(),
            };
            let worst = (0..n).map(off).fold(0.0, f64::max);
            let n_zero = (0..n).filter(|&i| w[i] + d[i] == 0.0).count();
            assert!(worst < 1e-6 && promised > 0.0 && n_zero > n / 4, "{n}: {worst}, {n_zero} at zero");

            // Some weights may have one sign only, a third of them without a penalty.
            let side: Vec<f64> = (0..n).map(|i| [0.0, 1.0, -1.0][i % 3]).collect();
            let lambda: Vec<f64> = (0..n).map(|i| if i % 9 == 1 { 0.0 } else { 1.0 }).collect();
            let w: Vec<f64> =
                w.iter().zip(&side).map(|(w, side)| if *side == 0.0 { *w } else { side * w.abs() }).collect();
            let model = Quadratic { gradient: &gradient, curvature: &curvature, lambda: &lambda, side: &side, w: &w };
            let (d, promised) = model.minimise().expect("positive definite");
            let slope = model.slope(&d);
            let off = |i: usize| match w[i] + d[i] {
                0.0 if lambda[i] > 0.0 || side[i] != 0.0 => {
                    if slope[i] * side[i] > 0.0 {
                        0.0
                    } else {
                        (slope[i].abs() - lambda[i]).max(0.0)
                    }
                }
                end => (slope[i] + lambda[i] * sign(end)).abs(),
            };
            let worst = (0..n).map(off).fold(0.0, f64::max);
            assert!((0..n).all(|i| (w[i] + d[i]) * side[i] >= 0.0), "{n}: a sign that may not be");
            assert!(worst < 1e-6 && promised > 0.0, "{n}: {worst}");
        }
    }
}
