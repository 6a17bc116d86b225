//! Parameters of losses that are estimated: the theta of a negative binomial, where the squares of Huber's loss end, how far quantiles
//! are smoothed.
//!
//! Line and parameter in turns until neither moves, as `glm.nb` and `rlm` of R's MASS do. Hidden units do not take part: what they
//! explain is at most taken for noise before they are offered, and no contender has a loss of its own.

use super::sample::Sample;
use crate::loss::Loss;
use crate::solve::{PathOptions, linear_path};

/// Rows for each coefficient below which a line leaves too little to tell; the constant then stands for it.
const ROWS_PER_COEFFICIENT: usize = 3;
/// Turns; a few are enough but in made-up cases.
const MAX_TURNS: usize = 50;
/// Relative change of the parameter that ends them.
const STILL: f64 = 1e-9;
/// The same of how far quantiles are smoothed, which is a rule of thumb.
const ROUGHLY_STILL: f64 = 1e-2;

/// The loss of `sample` with its parameter estimated from the rows; `None` for losses without one. O(n p²) a turn.
pub fn with_estimated_parameter(sample: &Sample) -> Option<Loss> {
    if !sample.loss.has_estimated_parameter() {
        return None;
    }
    let mut loss = sample.loss;
    let still = if loss.levels().is_empty() { STILL } else { ROUGHLY_STILL };
    for _ in 0..MAX_TURNS {
        let (mean, n_coefficients) = means_of_the_line(sample, loss);
        let next = loss.estimated_from(sample.y.values(), &mean, &sample.weight, n_coefficients);
        let (own, new) = (loss.parameter()?, next.parameter()?);
        loss = next;
        if (own - new).abs() <= still * new {
            break;
        }
    }
    Some(loss)
}

/// Means of the rows (K n) under the linear model on all inputs, or under a constant where rows are few, and the number of coefficients of
/// an output.
fn means_of_the_line(sample: &Sample, loss: Loss) -> (Vec<f64>, usize) {
    let (n, p) = (sample.n_rows(), sample.n_inputs());
    let (Sample { x, y, .. }, terms) = (sample, sample.terms());
    let constants = loss.constant_fit(y.values(), terms);
    let mut eta: Vec<f64> = constants.iter().flat_map(|&constant| std::iter::repeat_n(constant, n)).collect();
    let mut n_coefficients = 1;
    // A hair of ridge where inputs are collinear.
    let options = PathOptions { l1_ratio: 0.0, lambdas: Some(vec![1e-6, 1e-10]), ..PathOptions::default() };
    if p > 0
        && n >= ROWS_PER_COEFFICIENT * (p + 1)
        && let Some(fit) = linear_path(x, y, terms, loss, &options).ok().and_then(|mut fits| fits.pop())
    {
        eta = (0..fit.intercept.len()).flat_map(|output| fit.predictor(x, output)).collect();
        n_coefficients = p + 1;
    }
    terms.add_offset(&mut eta);
    loss.mean_in_place(&mut eta, n);
    (eta, n_coefficients)
}
