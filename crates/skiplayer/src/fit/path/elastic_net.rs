//! Lines by the elastic net, as contenders beside the line by the evidence: the lasso, which chooses among inputs that tell the same,
//! and mixtures with ridge, which share the weight out among them (Zou & Hastie 2005).

use super::lasso::network;
use super::network::NetworkFit;
use crate::Result;
use crate::fit::sample::Sample;
use crate::fit::summary::Form;
use crate::solve::{PathOptions, lambda_grid, lambda_max, linear_path};

/// Shares of the price that are L1; the lasso comes first.
pub const L1_RATIOS: [f64; 3] = [1.0, 0.5, 0.1];
/// Lambdas of a path: its neighbours predict much alike.
const N_LAMBDA: usize = 30;
/// The smallest lambda over the largest.
const RATIO: f64 = 1e-3;

/// A point of one of the paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// An index into [`L1_RATIOS`].
    path: usize,
    /// An index into its lambdas, of which the first is the largest.
    at: usize,
}

impl Point {
    pub fn form(self) -> Form {
        form(L1_RATIOS[self.path])
    }
}

/// The solution at a point.
#[derive(Debug, Clone)]
pub struct Line {
    pub l1_ratio: f64,
    pub fit: NetworkFit,
}

impl Line {
    pub fn form(&self) -> Form {
        form(self.l1_ratio)
    }
}

fn form(l1_ratio: f64) -> Form {
    if l1_ratio == 1.0 { Form::Lasso } else { Form::ElasticNet }
}

/// A path for each of [`L1_RATIOS`]; none where lines by them do not take part.
#[derive(Debug, Clone, Default)]
pub struct Paths {
    /// Largest first.
    lambdas: Vec<Vec<f64>>,
}

impl Paths {
    /// Down to a thousandth of the lambda at which every weight is zero.
    pub fn new(sample: &Sample) -> Self {
        let grid = |l1_ratio| {
            let largest = lambda_max(&sample.x, &sample.y, sample.terms(), sample.loss, l1_ratio);
            lambda_grid(largest.max(1e-12), RATIO, N_LAMBDA)
        };
        Self { lambdas: L1_RATIOS.into_iter().map(grid).collect() }
    }

    /// In the order of [`solutions`](Self::solutions).
    pub fn points(&self) -> Vec<Point> {
        let of_path = |(path, lambdas): (usize, &Vec<f64>)| (0..lambdas.len()).map(move |at| Point { path, at });
        self.lambdas.iter().enumerate().flat_map(of_path).collect()
    }

    /// The lines of `sample` at all points; of durations beside the exposures that all contenders share.
    pub fn solutions(&self, sample: &Sample) -> Result<Vec<NetworkFit>> {
        let of_paths = self.lambdas.iter().zip(L1_RATIOS).map(|(lambdas, l1_ratio)| solve(sample, lambdas, l1_ratio));
        Ok(of_paths.collect::<Result<Vec<Vec<NetworkFit>>>>()?.concat())
    }

    /// The line of `sample` at `point`, which its path arrives at from the beginning, as in the folds.
    pub fn solution(&self, point: Point, sample: &Sample) -> Result<Option<Line>> {
        let l1_ratio = L1_RATIOS[point.path];
        let last = solve(sample, &self.lambdas[point.path][..=point.at], l1_ratio)?.pop();
        Ok(last.map(|fit| Line { l1_ratio, fit }))
    }
}

fn solve(sample: &Sample, lambdas: &[f64], l1_ratio: f64) -> Result<Vec<NetworkFit>> {
    let options = PathOptions { lambdas: Some(lambdas.to_vec()), l1_ratio, tol: 1e-6, ..PathOptions::default() };
    let fits = linear_path(&sample.x, &sample.y, sample.terms(), sample.loss, &options)?;
    Ok(fits.into_iter().map(|fit| network(sample, fit)).collect())
}
