//! The straight model in working form: least squares of scaled rows, whatever the loss.
//!
//! | loss | root of a row | working response |
//! |---|---|---|
//! | squared | sqrt(w) | sqrt(w) (y - mean y) |
//! | quantile | `below_quantile` | |
//! | others | sqrt(w I(eta)) | -sqrt(w / I(eta)) dloss/deta |
//!
//! I is the Fisher information of a row. Of logistic and Poisson losses it is the variance, and the working response Pearson's residual
//! (y - mu) / sqrt(V(mu)).
//!
//! The residual is the response projected off `root * [1, x]`. With g a direction, `root * g` projected likewise, times the
//! residual, is the derivative of the log-likelihood for adding g to the linear predictor, made insensitive to the estimated
//! coefficients (Neyman's C(alpha) score).

use faer::Mat;

use super::below_quantile;
use super::working::{Law, Working};
use crate::loss::{Loss, RowTerms};
use crate::matrix::Matrix;
use crate::solve::{PathOptions, linear_path};
use crate::stats::basis::{norm, orthonormal, project_off};

/// Rows with 1 - leverage below this are fitted whatever their response, and tell nothing.
const FULL_LEVERAGE: f64 = 1e-8;

/// Residuals need this many degrees of freedom, or there is little to test with.
const MIN_SPARE: usize = 10;

/// A fitted line, and what scores and bootstrap need of it.
pub struct Line {
    /// (n)
    pub root: Vec<f64>,
    /// (n, rank), an orthonormal basis of `root * [1, x]`.
    pub basis: Mat<f64>,
    /// (n), orthogonal to the basis.
    pub residual: Vec<f64>,
    /// (n), residual / (1 - leverage): what the bootstrap multiplies by signs, as in HC3 (MacKinnon & White 1985).
    pub donor: Vec<f64>,
    /// (n), the linear predictor up to a constant.
    pub predictor: Vec<f64>,
    /// Where the null says all of the response's distribution.
    pub law: Option<Law>,
}

impl Line {
    /// Fits `y` (n) on [1, x] with positive weights; `x` (n, p) standardised, perhaps collinear, perhaps without columns.
    /// O(n p^2).
    ///
    /// # Errors
    /// In words, why there are no residuals to test: a response that does not vary, too few rows, a line that fits every row.
    pub fn fit<'a>(x: &Matrix, y: &[f64], terms: impl Into<RowTerms<'a>>, loss: Loss) -> Result<Self, String> {
        let (n, terms) = (y.len(), terms.into());
        let weight = terms.weight;
        let total: f64 = weight.iter().sum();
        let mean = y.iter().zip(weight).map(|(y, w)| w * y).sum::<f64>() / total;
        let spread = y.iter().zip(weight).map(|(y, w)| w * (y - mean) * (y - mean)).sum::<f64>();
        if spread <= 1e-24 * total * mean * mean || !spread.is_normal() {
            return Err("the response does not vary".into());
        }
        // The predictor of squared error follows from the residuals.
        let Working { root, response, predictor, law } = match loss {
            Loss::Quantile(level) => below_quantile::working(x, y, terms, level)?,
            _ if loss.is_quadratic() => {
                let root: Vec<f64> = weight.iter().map(|w| w.sqrt()).collect();
                let response = (0..n).map(|i| root[i] * (y[i] - mean)).collect();
                Working { root, response, predictor: None, law: None }
            }
            _ => pearson(x, y, terms, loss)?,
        };
        let columns = Mat::from_fn(n, x.n_columns() + 1, |i, c| root[i] * if c == 0 { 1.0 } else { x.get(i, c - 1) });
        let basis = orthonormal(columns);
        let rank = basis.ncols();
        if n < rank + MIN_SPARE {
            let spare = n - rank;
            return Err(format!(
                "{n} rows, {rank} coefficients: {spare} degrees of freedom left; at least {MIN_SPARE} are needed"
            ));
        }
        let mut residual = Mat::from_fn(n, 1, |i, _| response[i]);
        project_off(&basis, residual.as_mut());
        let residual = residual.col_as_slice(0).to_vec();
        // Pearson residuals have mean square near 1, and near 1e-9 where the ridge alone keeps separated classes finite.
        // Of the rows below a quantile, scores are there only where the line does not fit all of them.
        let (exact, smallest) = if !loss.levels().is_empty() {
            ("the linear model fits every row exactly", 0.0)
        } else if loss.has_noise_precision() {
            ("the linear model fits every row exactly", 1e-8 * spread.sqrt())
        } else {
            ("the linear model is certain of every row, as where it separates classes", 1e-2 * (n as f64).sqrt())
        };
        if norm(&residual) <= smallest {
            return Err(exact.into());
        }
        let donor = (0..n).map(|i| {
            let spare = 1.0 - (0..rank).map(|c| basis[(i, c)] * basis[(i, c)]).sum::<f64>();
            if spare < FULL_LEVERAGE { 0.0 } else { residual[i] / spare }
        });
        let donor = donor.collect();
        let mut predictor =
            predictor.unwrap_or_else(|| (0..n).map(|i| (response[i] - residual[i]) / root[i]).collect());
        // Without any slope the predictor is rounding errors, which would make directions like others.
        let centre = predictor.iter().sum::<f64>() / n as f64;
        let scale = if loss.has_noise_precision() { (spread / total).sqrt() } else { 1.0 };
        if predictor.iter().all(|eta| (eta - centre).abs() <= 1e-8 * scale) {
            predictor.fill(0.0);
        }
        Ok(Self { root, basis, residual, donor, predictor, law })
    }

    /// Degrees of freedom of the residuals.
    pub fn n_spare(&self) -> usize {
        self.root.len() - self.basis.ncols()
    }
}

/// Of the fitted generalised linear model.
fn pearson(x: &Matrix, y: &[f64], terms: RowTerms, loss: Loss) -> Result<Working, String> {
    let (n, weight) = (y.len(), terms.weight);
    let mut eta = if x.n_columns() == 0 {
        vec![loss.constant_fit(y, terms)[0]; n]
    } else {
        // A hair of ridge where classes are separable or inputs collinear.
        let options =
            PathOptions { l1_ratio: 0.0, lambdas: Some(vec![1e-6, 1e-10]), tol: 1e-9, ..PathOptions::default() };
        let target = Matrix::from_columns(n, &[y.to_vec()]);
        let fit = linear_path(x, &target, terms, loss, &options).map_err(|error| error.to_string())?;
        let fit = fit.last().filter(|fit| fit.termination.kkt < 1e-5).ok_or("the linear model did not converge")?;
        fit.predictor(x, 0)
    };
    // Directions along the fitted values are along what the inputs say.
    let predictor = eta.clone();
    terms.add_offset(&mut eta);
    let mut mean = eta.clone();
    loss.mean_in_place(&mut mean, n);
    let information = loss.weighted_information(&vec![1.0; n], &mean, &mean, true);
    // The derivative of the loss: mu - y where the link is canonical.
    let mut slope = vec![0.0; n];
    loss.value_gradient::<f64, pulp::Scalar>(&eta, y, &vec![1.0; n], &mut slope);
    let rows = (0..n).map(|i| {
        let v = information[i];
        // Where the fit is certain, neither residual nor direction has any weight in the score.
        if v < 1e-12 { (0.0, 0.0) } else { ((weight[i] * v).sqrt(), -(weight[i] / v).sqrt() * slope[i]) }
    });
    let (root, response): (Vec<f64>, Vec<f64>) = rows.unzip();
    let is_of_two_classes = loss.is_of_classes() && y.iter().all(|y| *y == 0.0 || *y == 1.0);
    let law = is_of_two_classes.then(|| Law::of_classes(mean, &root));
    Ok(Working { root, response, predictor: Some(predictor), law })
}

/// Columns with weighted mean 0 and mean square 1; those that do not vary become 0.
pub fn standardised(x: &Matrix, weight: &[f64]) -> Matrix {
    let mut out = x.clone();
    (0..x.n_columns()).for_each(|j| standardise(out.column_mut(j), weight));
    out
}

/// Shifts and scales to weighted mean 0 and mean square 1, or to 0 if the column does not vary.
pub fn standardise(column: &mut [f64], weight: &[f64]) {
    let total: f64 = weight.iter().sum();
    let mean = column.iter().zip(weight).map(|(x, w)| w * x).sum::<f64>() / total;
    let variance = column.iter().zip(weight).map(|(x, w)| w * (x - mean) * (x - mean)).sum::<f64>() / total;
    let scale = if variance > 1e-24 * mean * mean && variance.is_normal() { 1.0 / variance.sqrt() } else { 0.0 };
    column.iter_mut().for_each(|x| *x = (*x - mean) * scale);
}
