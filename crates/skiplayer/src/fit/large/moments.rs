//! Few rows that stand for many: a linear model under squared error sees nothing but second moments, and these few rows have
//! the same.
//!
//! With z = (1, x, y) and M = sum of w z z', any R with R'R = M has those moments as a table; a rotation that gives all its
//! rows the same entry for the constant makes it a table of weighted rows again. All that a fit computes (values, gradients,
//! curvature, evidence) is then the same up to rounding, and none of it costs a pass over the rows any more.

use faer::{Mat, Side};

use super::sums::Sums;
use crate::fit::sample::Sample;
use crate::matrix::Matrix;
use crate::{Error, Result};

/// 1 + p + K rows with the weighted second moments of all rows that weigh something. Their weights have the same sum, not
/// mean 1. O(n (p + K)²) time, one pass.
pub fn condense(rows: &impl Sums) -> Result<Sample> {
    let (p, k) = (rows.n_inputs(), rows.n_outputs());
    let d = 1 + p + k;
    let sums = rows.moments()?;
    let moments = Mat::from_fn(d, d, |a, b| sums[a.max(b) * d + a.min(b)]);
    let total = moments[(0, 0)];
    let failed = |_| Error::failure("second moments of the inputs", "their eigenvalues could not be found");
    let eigen = moments.self_adjoint_eigen(Side::Lower).map_err(failed)?;
    let mut root = Mat::from_fn(d, d, |r, c| eigen.S()[r].max(0.0).sqrt() * eigen.U()[(c, r)]);
    // The reflection that maps the column of the constant to equal entries.
    let entry = (total / d as f64).sqrt();
    let normal: Vec<f64> = (0..d).map(|r| root[(r, 0)] - entry).collect();
    let length: f64 = normal.iter().map(|v| v * v).sum();
    if length > 0.0 {
        for c in 0..d {
            let along = 2.0 * (0..d).map(|r| normal[r] * root[(r, c)]).sum::<f64>() / length;
            (0..d).for_each(|r| root[(r, c)] -= along * normal[r]);
        }
    }
    Ok(Sample {
        x: Matrix::from_fn(d, p, |r, j| root[(r, 1 + j)] / entry),
        y: Matrix::from_fn(d, k, |r, o| root[(r, 1 + p + o)] / entry),
        weight: vec![entry * entry; d],
        offset: Vec::new(),
        loss: rows.loss(),
        rules: rows.rules().clone(),
        durations: None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::stored::Tiles;
    use super::*;
    use crate::fit::contenders::sparse;
    use crate::fit::laplace::train::Problem;
    use crate::loss::Loss;
    use crate::penalty::InputRules;
    use crate::random::Random;
    use crate::solve::StopRule;

    /// Values that single precision holds, so that both ways see the same table.
    fn sample(n: usize, p: usize, k: usize) -> Sample {
        let mut random = Random::simulated(4);
        let mut draw = || f64::from(random.normal() as f32);
        let x = Matrix::from_fn(n, p, |_, _| draw());
        let y = Matrix::from_fn(n, k, |i, o| f64::from((x.get(i, o) - 0.3 * x.get(i, 2) + 0.1 + draw()) as f32));
        let weight = vec![1.0; n];
        Sample { x, y, weight, offset: Vec::new(), loss: Loss::Squared, rules: InputRules::default(), durations: None }
    }

    #[test]
    fn a_linear_fit_is_that_of_all_rows() {
        for k in [1, 2] {
            let sample = sample(3000, 6, k);
            let few = condense(&Tiles::of(&sample, 1)).unwrap();
            assert_eq!(few.n_rows(), 1 + 6 + k);
            let never = || false;
            let rule = StopRule { tolerance: 1e-6, max_iterations: 500 };
            let fit = |rows: &Sample| {
                let design = rows.design();
                let problem = Problem { n: 3000.0, ..Problem::new(rows, &design, &never) };
                sparse::linear(&problem, rows, &[0, 1, 2, 3, 4, 5], rule)
            };
            let (all, condensed) = (fit(&sample), fit(&few));
            for (a, b) in all.member.theta.iter().zip(&condensed.member.theta) {
                assert!((a - b).abs() < 1e-6, "{a}, {b}");
            }
            assert!((all.member.evidence - condensed.member.evidence).abs() < 1e-4);
        }
    }

    #[test]
    fn inputs_that_determine_each_other_do_no_harm() {
        let mut sample = sample(500, 4, 1);
        let first = sample.x.column(0).to_vec();
        sample.x.column_mut(3).copy_from_slice(&first);
        let few = condense(&Tiles::of(&sample, 1)).unwrap();
        let product = |of: &Sample, a: usize, b: usize| {
            (0..of.n_rows()).map(|i| of.weight[i] * of.x.get(i, a) * of.x.get(i, b)).sum::<f64>()
        };
        for (a, b) in [(0, 0), (0, 3), (1, 2)] {
            assert!((product(&sample, a, b) - product(&few, a, b)).abs() < 1e-9 * 500.0);
        }
    }
}
