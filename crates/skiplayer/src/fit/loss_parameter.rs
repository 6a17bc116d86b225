//! Parameters of losses that are estimated: the theta of a negative binomial, and where the squares of Huber's loss end.
//!
//! Line and parameter in turns until neither moves, as `glm.nb` and `rlm` of R's MASS do. Hidden units do not take part: what they
//! explain is at most taken for noise before they are offered, and no contender has a loss of its own.

use super::sample::Sample;
use crate::loss::Loss;
use crate::matrix::Matrix;
use crate::solve::{PathOptions, linear_path};

/// Rows for each coefficient below which a line leaves too little to tell; the constant then stands for it.
const ROWS_PER_COEFFICIENT: usize = 3;
/// Turns; a few are enough but in made-up cases.
const MAX_TURNS: usize = 50;
/// Relative change of the parameter that ends them.
const STILL: f64 = 1e-9;

/// The loss of `sample` with its parameter estimated from the rows; `None` for losses without one. O(n p²) a turn.
pub fn with_estimated_parameter(sample: &Sample) -> Option<Loss> {
    if !sample.loss.has_estimated_parameter() {
        return None;
    }
    let mut loss = sample.loss;
    for _ in 0..MAX_TURNS {
        let next = loss.estimated_from(sample.y.values(), &means_of_the_line(sample, loss), &sample.weight);
        let (own, new) = (loss.parameter()?, next.parameter()?);
        loss = next;
        if (own - new).abs() <= STILL * new {
            break;
        }
    }
    Some(loss)
}

/// Means of the rows under the linear model on all inputs, or under a constant where rows are few.
fn means_of_the_line(sample: &Sample, loss: Loss) -> Vec<f64> {
    let (n, p) = (sample.n_rows(), sample.n_inputs());
    let (Sample { x, y, .. }, terms) = (sample, sample.terms());
    let mut eta = vec![loss.constant_fit(y.values(), terms)[0]; n];
    // A hair of ridge where inputs are collinear.
    let options = PathOptions { l1_ratio: 0.0, lambdas: Some(vec![1e-6, 1e-10]), ..PathOptions::default() };
    if p > 0
        && n >= ROWS_PER_COEFFICIENT * (p + 1)
        && let Some(fit) = linear_path(x, y, terms, loss, &options).ok().and_then(|mut fits| fits.pop())
    {
        eta = line(x, fit.intercept[0], &fit.coef);
    }
    terms.add_offset(&mut eta);
    loss.mean_in_place(&mut eta, n);
    eta
}

fn line(x: &Matrix, constant: f64, coef: &[f64]) -> Vec<f64> {
    let mut eta = vec![constant; x.n_rows()];
    for (j, coef) in coef.iter().enumerate() {
        eta.iter_mut().zip(x.column(j)).for_each(|(eta, x)| *eta += coef * x);
    }
    eta
}
