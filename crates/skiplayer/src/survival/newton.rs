//! The line of largest partial likelihood, by Newton's method.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use super::information::information;
use super::risk_sets::RiskSets;
use crate::loss::LARGEST_LOG_MEAN;
use crate::matrix::Matrix;

const MAX_STEPS: usize = 100;
/// Ridge of the mean likelihood, a hair for inputs that are collinear or that order all events.
const RIDGE: f64 = 1e-10;
/// Newton decrement, a gain of the mean log likelihood that ends the steps.
const STILL: f64 = 1e-16;
const SMALLEST_STEP: f64 = 1e-10;

/// A line of log hazards.
#[derive(Debug, Clone, PartialEq)]
pub struct PartialLine {
    /// (p)
    pub coef: Vec<f64>,
    /// (n), log hazards with the offset of the rows.
    pub eta: Vec<f64>,
}

/// Coefficients on the columns of `x` (n, p) beside the offset (n, or empty), `event` as in [`RiskSets::new`]; `ridge` is the precision of a
/// normal prior of each. Every step goes up; where the likelihood has no maximum, without a ridge they end far out. O(n p²) a step.
pub fn partial_line(sets: &RiskSets, x: &Matrix, event: &[f64], offset: &[f64], ridge: f64) -> PartialLine {
    let observed: Vec<f64> = event.iter().zip(&sets.weight).map(|(event, weight)| event * weight).collect();
    line_of_expected(sets, x, &observed, offset, &vec![ridge; x.n_columns()])
}

/// The same for weights times `expected` events (n), those that were observed or those of a model, and a precision for each coefficient (p).
pub(crate) fn line_of_expected(
    sets: &RiskSets,
    x: &Matrix,
    expected: &[f64],
    offset: &[f64],
    ridge: &[f64],
) -> PartialLine {
    let (n, p) = (x.n_rows(), x.n_columns());
    let line = |coef: &[f64]| {
        let mut eta = if offset.is_empty() { vec![0.0; n] } else { offset.to_vec() };
        for (j, coef) in coef.iter().enumerate() {
            eta.iter_mut().zip(x.column(j)).for_each(|(eta, x)| *eta += coef * x);
        }
        eta
    };
    let total: f64 = sets.weight.iter().sum();
    let ridge: Vec<f64> = ridge.iter().map(|own| own.max(RIDGE * total)).collect();
    let value = |coef: &[f64], eta: &[f64]| {
        let own: f64 = eta.iter().zip(expected).map(|(eta, expected)| eta * expected).sum();
        own - sets.of_risk_sets(eta) - 0.5 * ridge.iter().zip(coef).map(|(ridge, b)| ridge * b * b).sum::<f64>()
    };
    let mut coef = vec![0.0; p];
    let mut eta = line(&coef);
    let mut at = value(&coef, &eta);
    for _ in 0..MAX_STEPS {
        let residual: Vec<f64> = expected.iter().zip(sets.expected(&eta)).map(|(there, own)| there - own).collect();
        let slope = Mat::from_fn(p, 1, |j, _| {
            x.column(j).iter().zip(&residual).map(|(x, r)| x * r).sum::<f64>() - ridge[j] * coef[j]
        });
        let mut curvature = information(sets, x, &eta);
        (0..p).for_each(|j| curvature[(j, j)] += ridge[j]);
        let Ok(factor) = curvature.llt(Side::Lower) else { break };
        let step = factor.solve(&slope);
        let decrement: f64 = (0..p).map(|j| slope[(j, 0)] * step[(j, 0)]).sum();
        if decrement <= STILL * total {
            break;
        }
        let mut length = 1.0;
        let next = loop {
            let moved: Vec<f64> = (0..p).map(|j| coef[j] + length * step[(j, 0)]).collect();
            let there = line(&moved);
            let gained = value(&moved, &there) - at;
            // Far out, and with rounding errors that are larger than the gain, there is nothing more to find.
            if there.iter().all(|eta| eta.abs() < LARGEST_LOG_MEAN) && gained >= -1e-12 * at.abs() {
                break Some((moved, there));
            }
            length *= 0.5;
            if length < SMALLEST_STEP {
                break None;
            }
        };
        let Some((moved, there)) = next else { break };
        (coef, eta) = (moved, there);
        at = value(&coef, &eta);
    }
    PartialLine { coef, eta }
}
