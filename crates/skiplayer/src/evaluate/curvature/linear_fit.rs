//! The linear model that curvature is looked for beside, as a weighted least-squares problem.

use faer::Mat;

use crate::data::Matrix;
use crate::fit::Sample;
use crate::loss::Loss;
use crate::solve::{PathOptions, linear_path};

/// For each output the Pearson residuals of the fit, and what they are orthogonal to.
pub struct LinearFit {
    pub outputs: Vec<Output>,
}

/// One output. All rows are scaled by the square roots of row weight and variance function.
pub struct Output {
    /// sqrt(w V) of each row (V = 1 for squared error).
    pub root: Vec<f64>,
    /// Orthonormal columns that span root * [1, x] (n, rank).
    pub basis: Mat<f64>,
    /// sqrt(w / V) (y - mu): orthogonal to the basis.
    pub residual: Vec<f64>,
    /// Linear predictors.
    pub fitted: Vec<f64>,
    /// Diagonal of the hat matrix.
    pub leverage: Vec<f64>,
}

/// Smallest variance function: rows whose probabilities are 0 or 1 to working precision say nothing.
const MIN_VARIANCE: f64 = 1e-8;

impl LinearFit {
    /// Least squares, or maximum likelihood with a hair of ridge; `None` if that fails or leaves nothing but rounding errors.
    pub fn new(sample: &Sample) -> Option<Self> {
        let (n, k) = (sample.n_rows(), sample.n_outputs());
        let eta = if sample.loss == Loss::Squared { None } else { Some(predictors(sample)?) };
        let mean = eta.as_ref().map(|eta| {
            let mut mean = eta.values().to_vec();
            sample.loss.mean_in_place(&mut mean, n);
            mean
        });
        let outputs: Vec<Output> = (0..k)
            .map(|o| {
                let variance = |i: usize| match (&mean, sample.loss) {
                    (Some(mean), Loss::Poisson) => mean[o * n + i].max(MIN_VARIANCE),
                    (Some(mean), _) => (mean[o * n + i] * (1.0 - mean[o * n + i])).max(MIN_VARIANCE),
                    _ => 1.0,
                };
                let root: Vec<f64> = (0..n).map(|i| (sample.weight[i] * variance(i)).sqrt()).collect();
                let basis = basis(&sample.x, &root);
                let raw = Mat::from_fn(n, 1, |i, _| match &mean {
                    None => root[i] * sample.y.get(i, o),
                    Some(mean) => (sample.weight[i] / variance(i)).sqrt() * (sample.y.get(i, o) - mean[o * n + i]),
                });
                let left = &raw - &basis * (basis.transpose() * &raw);
                let fitted = match &eta {
                    Some(eta) => eta.column(o).to_vec(),
                    None => (0..n).map(|i| (raw[(i, 0)] - left[(i, 0)]) / root[i].max(f64::MIN_POSITIVE)).collect(),
                };
                let leverage =
                    (0..n).map(|i| (0..basis.ncols()).map(|c| basis[(i, c)] * basis[(i, c)]).sum()).collect();
                Output { root, residual: (0..n).map(|i| left[(i, 0)]).collect(), basis, fitted, leverage }
            })
            .collect();
        let length = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>();
        let is_exact = outputs
            .iter()
            .enumerate()
            .all(|(o, output)| length(&output.residual) <= 1e-24 * length(sample.y.column(o)));
        (!is_exact).then_some(Self { outputs })
    }

    /// Coefficients that can be told apart, the constant included.
    pub fn rank(&self) -> usize {
        self.outputs.iter().map(|o| o.basis.ncols()).max().unwrap_or(0)
    }
}

fn predictors(sample: &Sample) -> Option<Matrix> {
    let options = PathOptions { l1_ratio: 0.0, lambdas: Some(vec![1e-4, 1e-8]), tol: 1e-8, ..PathOptions::default() };
    let fit = linear_path(&sample.x, &sample.y, &sample.weight, sample.loss, &options).ok()?.pop()?;
    let p = sample.n_inputs();
    let eta = Matrix::from_fn(sample.n_rows(), sample.n_outputs(), |i, o| {
        fit.intercept[o] + (0..p).map(|j| fit.coef[o * p + j] * sample.x.get(i, j)).sum::<f64>()
    });
    eta.values().iter().all(|e| e.is_finite()).then_some(eta)
}

/// Orthonormal columns that span root * [1, x]: pivoted QR, dependent columns left out.
pub fn basis(x: &Matrix, root: &[f64]) -> Mat<f64> {
    let (n, p) = (x.n_rows(), x.n_columns());
    let scaled = Mat::from_fn(n, p + 1, |i, c| root[i] * if c == 0 { 1.0 } else { x.get(i, c - 1) });
    let factor = scaled.col_piv_qr();
    let r = factor.thin_R();
    let largest = r[(0, 0)].abs();
    let rank = (0..n.min(p + 1)).take_while(|&c| r[(c, c)].abs() > 1e-9 * largest).count();
    factor.compute_thin_Q().get(.., ..rank).to_owned()
}
