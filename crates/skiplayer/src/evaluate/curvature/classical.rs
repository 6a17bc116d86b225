//! Classical tests of linearity, for reference: exact for Gaussian noise of constant variance, and only there.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, Par};

use super::directions::relevant;
use super::line::Line;
use super::reset::powers;
use crate::evaluate::record::Test;
use crate::matrix::Matrix;
use crate::stats::basis::{COLLINEAR, norm, normalise, orthonormal, project_off};
use crate::stats::distributions::f_survival;

/// The terms of Terasvirta's test take at most this share of the residuals' degrees of freedom ...
const SHARE_OF_SPARE: usize = 3;
/// ... and are at most this many.
const MAX_TERMS: usize = 300;

/// RESET (Ramsey 1969): F for the squared and cubed fitted values.
pub fn reset(line: &Line) -> Option<Test> {
    let [square, cube] = powers(Mat::from_fn(line.predictor.len(), 1, |i, _| line.predictor[i]), line);
    let columns = Mat::from_fn(square.nrows(), 2, |i, c| if c == 0 { square[(i, 0)] } else { cube[(i, 0)] });
    let note = "rejects linear models too often where the noise has unequal variances";
    f_test("RESET", orthonormal(columns), line, note.into())
}

/// Terasvirta, Lin & Granger (1993), F form: all quadratic and cubic terms of the inputs, of as many inputs as the rows afford.
pub fn terasvirta(x: &Matrix, line: &Line) -> Option<Test> {
    let budget = (line.n_spare() / SHARE_OF_SPARE).min(MAX_TERMS);
    // Terms of degree 2 and 3 in q inputs.
    let count = |q: usize| q * (q + 1) / 2 + q * (q + 1) * (q + 2) / 6;
    let affordable = (0..=x.n_columns()).take_while(|&q| count(q) <= budget).last()?;
    let inputs = relevant(x, line, affordable);
    let mut terms: Vec<Vec<f64>> = Vec::new();
    for (a, &i) in inputs.iter().enumerate() {
        for (b, &j) in inputs.iter().enumerate().skip(a) {
            let product: Vec<f64> = x.column(i).iter().zip(x.column(j)).map(|(u, v)| u * v).collect();
            terms.extend(inputs[b..].iter().map(|&k| product.iter().zip(x.column(k)).map(|(u, v)| u * v).collect()));
            terms.push(product);
        }
    }
    let mut columns = Mat::from_fn(line.root.len(), terms.len(), |i, c| line.root[i] * terms[c][i]);
    let lengths: Vec<f64> = (0..terms.len()).map(|c| norm(columns.col_as_slice(c))).collect();
    project_off(&line.basis, columns.as_mut());
    for c in 0..terms.len() {
        normalise(columns.col_as_slice_mut(c), COLLINEAR * lengths[c]);
    }
    let mut note = "rejects linear models too often where the noise has heavy tails or unequal variances".to_string();
    if affordable < x.n_columns() {
        note += &format!("; terms of the {affordable} inputs that are most correlated with the fitted values");
    }
    f_test("Terasvirta", orthonormal(columns), line, note)
}

/// F for adding the columns of `basis`, orthonormal and orthogonal to the line; `None` without terms or residuals.
fn f_test(name: &str, basis: Mat<f64>, line: &Line, note: String) -> Option<Test> {
    let d1 = basis.ncols();
    let d2 = line.n_spare().checked_sub(d1).filter(|&d2| d1 > 0 && d2 > 0)?;
    let residual = Mat::from_fn(line.residual.len(), 1, |i, _| line.residual[i]);
    let mut along = Mat::zeros(d1, 1);
    matmul(along.as_mut(), Accum::Replace, basis.transpose(), &residual, 1.0, Par::Seq);
    let (total, explained) = (residual.squared_norm_l2(), along.squared_norm_l2());
    let left = (total - explained).max(1e-15 * total);
    let statistic = explained / d1 as f64 / (left / d2 as f64);
    let p_value = f_survival(statistic, d1 as f64, d2 as f64);
    Some(Test { name: format!("{name} F({d1}, {d2})"), statistic, p_value, note: Some(note) })
}
