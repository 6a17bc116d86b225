//! Which inputs the evidence is asked about where there are too many to ask about all.

use crate::Result;
use crate::fit::sample::Sample;
use crate::solve::{PathOptions, linear_path};

/// Inputs up to which all are offered: elimination costs O(p^3) a round.
pub const MAX_INPUTS: usize = 300;
/// Rows for each input that is offered.
const ROWS_PER_INPUT: usize = 3;

/// Inputs that are offered to the linear part: all, or where they are many the first that enter a lasso path.
pub fn inputs(sample: &Sample) -> Result<Vec<usize>> {
    let (n, p) = (sample.n_rows(), sample.n_inputs());
    let limit = MAX_INPUTS.min((n / ROWS_PER_INPUT).max(1));
    if p <= limit {
        return Ok((0..p).collect());
    }
    let options = PathOptions { tol: 1e-4, ..PathOptions::default() };
    let path = linear_path(&sample.x, &sample.y, &sample.weight, sample.loss, &options)?;
    let support = |coef: &[f64]| -> Vec<usize> {
        (0..p).filter(|&j| coef.iter().skip(j).step_by(p).any(|c| *c != 0.0)).collect()
    };
    let largest = path.iter().map(|fit| support(&fit.coef)).take_while(|s| s.len() <= limit).last();
    Ok(largest.unwrap_or_default())
}
