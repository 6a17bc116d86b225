//! Lasso, ridge and elastic net for squared error by coordinate descent with covariance updates.
//!
//! Friedman, Hastie & Tibshirani (2010), "Regularization paths for generalized linear models via coordinate descent",
//! section 2.2: with s = X'(y - X beta)/n kept up to date through columns of X'X/n, a coordinate costs O(active), not O(n).
//! Columns of X'X are computed when their input first becomes active.

use super::objective::soft_threshold;
use crate::data::Matrix;

/// One output's problem: minimise 1/(2W) sum w (y - b - x beta)^2 + lambda (l1 |beta| + (1 - l1)/2 beta^2).
pub struct Gaussian {
    /// Columns times the root of the weight over W, centred: their products are covariances.
    columns: Vec<Vec<f64>>,
    means: Vec<f64>,
    y_mean: f64,
    /// X'y / W (p)
    correlation: Vec<f64>,
    /// Covariances of the inputs that have been active.
    covariance: Vec<Option<Vec<f64>>>,
    variance: Vec<f64>,
    pub beta: Vec<f64>,
}

/// Sweeps over the active set between looks at all inputs.
const INNER_SWEEPS: usize = 10_000;

impl Gaussian {
    /// O(n p).
    pub fn new(x: &Matrix, y: &[f64], weight: &[f64]) -> Self {
        let total: f64 = weight.iter().sum();
        let mean = |v: &[f64]| v.iter().zip(weight).map(|(v, w)| v * w).sum::<f64>() / total;
        let centred = |v: &[f64], mean: f64| -> Vec<f64> {
            v.iter().zip(weight).map(|(v, w)| (v - mean) * (w / total).sqrt()).collect()
        };
        let means: Vec<f64> = (0..x.n_columns()).map(|j| mean(x.column(j))).collect();
        let columns: Vec<Vec<f64>> = (0..x.n_columns()).map(|j| centred(x.column(j), means[j])).collect();
        let y_mean = mean(y);
        let y = centred(y, y_mean);
        let correlation = columns.iter().map(|c| dot(c, &y)).collect();
        let variance: Vec<f64> = columns.iter().map(|c| dot(c, c)).collect();
        let p = columns.len();
        Self { columns, means, y_mean, correlation, covariance: vec![None; p], variance, beta: vec![0.0; p] }
    }

    /// The largest |X'y| / W.
    pub fn largest_correlation(&self) -> f64 {
        self.correlation.iter().fold(0.0, |a, c| f64::max(a, c.abs()))
    }

    /// b for the current coefficients.
    pub fn intercept(&self) -> f64 {
        self.y_mean - dot(&self.means, &self.beta)
    }

    /// Solves for `lambda` from the current coefficients: sweeps made and the largest violation of the optimality conditions.
    pub fn solve(&mut self, lambda: f64, l1_ratio: f64, tolerance: f64, max_sweeps: usize) -> (usize, f64) {
        let (l1, l2) = (lambda * l1_ratio, lambda * (1.0 - l1_ratio));
        let p = self.beta.len();
        let mut sweeps = 0;
        loop {
            let slope = self.slope();
            let mut worst: f64 = 0.0;
            let mut active = Vec::new();
            for j in 0..p {
                if self.variance[j] <= 0.0 {
                    continue;
                }
                let g = slope[j] - l2 * self.beta[j];
                let violation =
                    if self.beta[j] == 0.0 { (g.abs() - l1).max(0.0) } else { (g - l1 * self.beta[j].signum()).abs() };
                worst = worst.max(violation);
                if self.beta[j] != 0.0 || violation > 0.0 {
                    active.push(j);
                }
            }
            if worst <= tolerance || sweeps >= max_sweeps {
                return (sweeps, worst);
            }
            sweeps += self.cycle(&active, slope, (l1, l2), tolerance, max_sweeps - sweeps);
        }
    }

    /// X'(y - X beta) / W for all inputs.
    fn slope(&mut self) -> Vec<f64> {
        let mut slope = self.correlation.clone();
        for j in (0..self.beta.len()).filter(|&j| self.beta[j] != 0.0).collect::<Vec<_>>() {
            self.need(j);
            if let Some(column) = &self.covariance[j] {
                slope.iter_mut().zip(column).for_each(|(s, c)| *s -= c * self.beta[j]);
            }
        }
        slope
    }

    fn need(&mut self, j: usize) {
        if self.covariance[j].is_none() {
            let own = &self.columns[j];
            self.covariance[j] = Some(self.columns.iter().map(|c| dot(c, own)).collect());
        }
    }

    /// Coordinate sweeps over `active` until they change nothing beyond `tolerance`.
    fn cycle(
        &mut self,
        active: &[usize],
        slope: Vec<f64>,
        (l1, l2): (f64, f64),
        tolerance: f64,
        max_sweeps: usize,
    ) -> usize {
        active.iter().for_each(|&j| self.need(j));
        let m = active.len();
        let mut among = Vec::with_capacity(m * m);
        for &j in active {
            if let Some(column) = &self.covariance[j] {
                among.extend(active.iter().map(|&i| column[i]));
            }
        }
        let mut slope: Vec<f64> = active.iter().map(|&j| slope[j]).collect();
        let mut beta: Vec<f64> = active.iter().map(|&j| self.beta[j]).collect();
        let limit = max_sweeps.min(INNER_SWEEPS);
        let mut sweeps = 0;
        while sweeps < limit {
            sweeps += 1;
            let mut largest: f64 = 0.0;
            for a in 0..m {
                let variance = among[a * m + a];
                let next = soft_threshold(slope[a] + variance * beta[a], l1) / (variance + l2);
                let change = next - beta[a];
                if change != 0.0 {
                    beta[a] = next;
                    slope.iter_mut().zip(&among[a * m..][..m]).for_each(|(s, c)| *s -= c * change);
                    largest = largest.max(change.abs() * (variance + l2));
                }
            }
            if largest <= 0.2 * tolerance {
                break;
            }
        }
        active.iter().zip(beta).for_each(|(&j, b)| self.beta[j] = b);
        sweeps
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a8.remainder().iter().zip(b8.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a8.zip(b8) {
        for l in 0..8 {
            sums[l] += a[l] * b[l];
        }
    }
    sums.iter().sum::<f64>() + rest
}
