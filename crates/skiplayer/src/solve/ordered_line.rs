//! Thresholds and coefficients of ordered classes together, by Newton's method.
//!
//! The loss is convex in both (Pratt 1981), and what keeps thresholds apart is part of it: each step goes down, and their order stays.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use crate::loss::{Ordinal, RowTerms};
use crate::matrix::Matrix;

const MAX_STEPS: usize = 100;
/// Ridge of the mean loss, a hair for inputs that are collinear or that separate classes.
const RIDGE: f64 = 1e-12;
/// Newton decrement, about twice the gain of the mean loss, of the last step: what it leaves to gain is of the order of its square.
const STILL: f64 = 1e-10;
const SMALLEST_STEP: f64 = 1e-10;
/// Rows that a class is given that has none.
const HALF_A_ROW: f64 = 0.5;

/// A line of ordered classes.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderedLine {
    pub loss: Ordinal,
    /// (p)
    pub coef: Vec<f64>,
}

/// The thresholds at which all rows have the observed shares of the classes, half a row for each class that has none: y (n) the numbers of
/// the classes.
pub fn of_shares(y: &[f64], weight: &[f64], n_classes: usize) -> Ordinal {
    let mut counts = vec![0.0; n_classes];
    y.iter().zip(weight).for_each(|(y, weight)| counts[*y as usize] += weight);
    if counts.contains(&0.0) {
        counts.iter_mut().for_each(|count| *count += HALF_A_ROW);
    }
    let total: f64 = counts.iter().sum();
    let mut below = 0.0;
    let thresholds: Vec<f64> = counts[..n_classes - 1]
        .iter()
        .map(|count| {
            below += count;
            (below / (total - below)).ln()
        })
        .collect();
    Ordinal::new(&thresholds).unwrap_or_else(|_| Ordinal::even(n_classes))
}

/// Whether each of `n_classes` has a row of some weight.
pub fn has_all_classes(y: &[f64], weight: &[f64], n_classes: usize) -> bool {
    let mut is_there = vec![false; n_classes];
    y.iter().zip(weight).filter(|(_, weight)| **weight > 0.0).for_each(|(y, _)| is_there[*y as usize] = true);
    !is_there.contains(&false)
}

/// Of largest likelihood on the columns of `x` (n, p) beside the offset, from `start` on: y (n) the numbers of the classes, `ridge` (p) the
/// precisions of normal priors of the coefficients. Where some class has no row, it is `start`. O(n p²) a step.
pub fn ordered_line(x: &Matrix, y: &[f64], terms: RowTerms, start: OrderedLine, ridge: &[f64]) -> OrderedLine {
    let mut line = start;
    let n_classes = line.loss.n_classes();
    if !has_all_classes(y, terms.weight, n_classes) {
        return line;
    }
    let total: f64 = terms.weight.iter().sum();
    let ridge: Vec<f64> = ridge.iter().map(|own| own.max(RIDGE * total)).collect();
    let value = |line: &OrderedLine| {
        let eta = predictors(x, &line.coef, terms);
        let rows = eta.iter().zip(y).zip(terms.weight);
        let loss: f64 = rows.map(|((eta, y), weight)| weight * line.loss.cost(*eta, *y as usize)).sum();
        loss + 0.5 * line.coef.iter().zip(&ridge).map(|(b, ridge)| ridge * b * b).sum::<f64>()
    };
    let mut here = value(&line);
    for _ in 0..MAX_STEPS {
        let (mut slope, mut curvature) = derivatives(x, y, terms, &line);
        for (j, coef) in line.coef.iter().enumerate() {
            let at = n_classes - 1 + j;
            slope[at] += ridge[j] * coef;
            curvature[(at, at)] += ridge[j];
        }
        let Ok(factor) = curvature.llt(Side::Lower) else { break };
        let step = factor.solve(&Mat::from_fn(slope.len(), 1, |c, _| -slope[c]));
        let decrement: f64 = slope.iter().enumerate().map(|(c, slope)| -slope * step[(c, 0)]).sum();
        let mut length = 1.0;
        let next = loop {
            let there = moved(&line, &step, length);
            let is_lower = |there: OrderedLine| {
                let own = value(&there);
                (own <= here + 1e-13 * here.abs()).then_some((there, own))
            };
            match there.and_then(is_lower) {
                Some(next) => break Some(next),
                None if length < SMALLEST_STEP => break None,
                None => length *= 0.5,
            }
        };
        let Some((there, own)) = next else { break };
        (line, here) = (there, own);
        if decrement <= STILL * total {
            break;
        }
    }
    line
}

/// Predictors (n) with the offset.
pub fn predictors(x: &Matrix, coef: &[f64], terms: RowTerms) -> Vec<f64> {
    let mut eta = if terms.offset.is_empty() { vec![0.0; x.n_rows()] } else { terms.offset.to_vec() };
    for (j, coef) in coef.iter().enumerate() {
        eta.iter_mut().zip(x.column(j)).for_each(|(eta, x)| *eta += coef * x);
    }
    eta
}

/// `line` with `length` of a step of thresholds and coefficients; `None` where thresholds would change their order.
fn moved(line: &OrderedLine, step: &Mat<f64>, length: f64) -> Option<OrderedLine> {
    let own = line.loss.thresholds();
    let thresholds: Vec<f64> = own.iter().enumerate().map(|(c, own)| own + length * step[(c, 0)]).collect();
    let coef = line.coef.iter().enumerate().map(|(j, own)| own + length * step[(own_place(line, j), 0)]).collect();
    Some(OrderedLine { loss: Ordinal::new(&thresholds).ok()?, coef })
}

fn own_place(line: &OrderedLine, j: usize) -> usize {
    line.loss.thresholds().len() + j
}

/// Derivatives of the loss of all rows with respect to the thresholds, then the coefficients.
pub fn derivatives(x: &Matrix, y: &[f64], terms: RowTerms, line: &OrderedLine) -> (Vec<f64>, Mat<f64>) {
    let (n, p, m) = (x.n_rows(), x.n_columns(), line.loss.thresholds().len());
    let eta = predictors(x, &line.coef, terms);
    let (mut slope, mut curvature) = (vec![0.0; m + p], Mat::<f64>::zeros(m + p, m + p));
    // Of each row the derivatives for eta, and those for eta and each threshold.
    let (mut first, mut second) = (vec![0.0; n], vec![0.0; n]);
    let mut mixed = Mat::<f64>::zeros(n, m);
    for i in 0..n {
        let (k, weight) = (y[i] as usize, terms.weight[i]);
        let own = line.loss.slopes(eta[i], k);
        (first[i], second[i]) = (weight * own.eta, weight * own.eta_eta);
        if k < m {
            slope[k] += weight * own.upper;
            curvature[(k, k)] += weight * own.upper_upper;
            mixed[(i, k)] = weight * own.eta_upper;
        }
        if k > 0 {
            slope[k - 1] += weight * own.lower;
            curvature[(k - 1, k - 1)] += weight * own.lower_lower;
            mixed[(i, k - 1)] = weight * own.eta_lower;
        }
        if k > 0 && k < m {
            curvature[(k, k - 1)] += weight * own.upper_lower;
            curvature[(k - 1, k)] += weight * own.upper_lower;
        }
    }
    let columns = Mat::from_fn(n, p, |i, j| x.get(i, j));
    let weighted = Mat::from_fn(n, p, |i, j| second[i] * x.get(i, j));
    let (of_coef, across) = (columns.transpose() * &weighted, columns.transpose() * &mixed);
    for j in 0..p {
        slope[m + j] = x.column(j).iter().zip(&first).map(|(x, first)| x * first).sum();
        (0..p).for_each(|c| curvature[(m + j, m + c)] = of_coef[(j, c)]);
        for c in 0..m {
            curvature[(m + j, c)] = across[(j, c)];
            curvature[(c, m + j)] = across[(j, c)];
        }
    }
    (slope, curvature)
}
