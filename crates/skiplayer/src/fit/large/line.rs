//! The linear model of many rows.

use super::moments::condense;
use super::sums::{Sums, Wide};
use crate::Result;
use crate::fit::contenders::screen;
use crate::fit::contenders::sparse;
use crate::fit::contenders::sparse::Fit;
use crate::fit::laplace::evidence;
use crate::fit::laplace::train::Problem;
use crate::fit::objective::usual_ridge;
use crate::penalty::L1Weights;
use crate::solve::{ProxNewton, StopRule};

/// Rows on which inputs of a linear model are judged where there are no moments to judge them by.
const LINEAR_ROWS: usize = 100_000;

/// The linear model of the rows that weigh something: from their second moments where those are all it needs, else its inputs
/// judged on some of the rows and its weights fitted on all.
pub fn fit_linear(rows: &impl Sums, rule: StopRule) -> Result<Fit> {
    let never = || false;
    let p = rows.n_inputs();
    let by_moments = rows.loss().is_quadratic() && p <= screen::MAX_INPUTS;
    let (sample, n) = if by_moments {
        (condense(rows)?, rows.weight())
    } else {
        let sample = rows.some_rows(LINEAR_ROWS)?;
        let n = sample.n();
        (sample, n)
    };
    let design = sample.design();
    let problem = Problem { n, ..Problem::new(&sample, &design, &never) };
    let support = if by_moments { (0..p).collect() } else { screen::inputs(&sample)? };
    let mut fit = sparse::linear(&problem, &sample, &support, rule);
    if !by_moments {
        let layout = fit.layout();
        let ridge = usual_ridge(&layout, rows.rules());
        let objective = Wide { rows, layout: &layout, precision: &fit.member.precision, ridge };
        let in_use = evidence::support(&layout, &fit.member.theta);
        let l1 = L1Weights::scaled(&rows.rules().factors(&layout), fit.member.lambda, &in_use)
            .with_sides(rows.rules().sides(&layout, &fit.member.theta));
        let mut newton = ProxNewton::new(&objective, &l1, std::mem::take(&mut fit.member.theta));
        fit.member.termination = newton.run(&objective, &l1, rule, &|_| rows.has_failed());
        fit.member.theta = newton.theta;
    }
    Ok(fit)
}

#[cfg(test)]
mod tests {
    use super::super::stored::Tiles;
    use super::*;
    use crate::fit::sample::Sample;
    use crate::loss::Loss;
    use crate::matrix::Matrix;
    use crate::penalty::InputRules;
    use crate::random::Random;

    /// The first two of five inputs matter; values are such as single precision holds.
    fn sample(loss: Loss, n: usize) -> Sample {
        let mut random = Random::simulated(2);
        let mut draw = || f64::from(random.normal() as f32);
        let x = Matrix::from_fn(n, 5, |_, _| draw());
        let eta: Vec<f64> = (0..n).map(|i| 0.8 * x.get(i, 0) - 0.5 * x.get(i, 1) + 0.5 * draw()).collect();
        let y = Matrix::from_fn(n, 1, |i, _| match loss {
            Loss::Squared => f64::from(eta[i] as f32),
            Loss::Poisson => (0.5 * eta[i]).exp().round(),
            _ => f64::from(u8::from(eta[i] > 0.2)),
        });
        Sample { x, y, weight: vec![1.0; n], offset: Vec::new(), loss, rules: InputRules::default(), durations: None }
    }

    #[test]
    fn a_linear_model_of_tiles_is_that_of_the_sample() {
        let rule = StopRule { tolerance: 1e-5, max_iterations: 500 };
        for loss in [Loss::Squared, Loss::Logistic, Loss::Poisson] {
            let sample = sample(loss, 3_000);
            let mut tiles = Tiles::of(&sample, 1);
            let n_tiles = tiles.n_tiles();
            // Once of all rows, once of those that are not held out.
            for held_out in [0, 5] {
                let (kept, _) = tiles.sample(0..n_tiles - held_out);
                tiles.silence(n_tiles - held_out..n_tiles);
                let never = || false;
                let design = kept.design();
                let problem = Problem::new(&kept, &design, &never);
                let expected = sparse::linear(&problem, &kept, &[0, 1, 2, 3, 4], rule);
                let fit = fit_linear(&tiles, rule).unwrap();
                assert!(fit.member.termination.converged(), "{:?}", fit.member.termination);
                for (a, b) in fit.member.theta.iter().zip(&expected.member.theta) {
                    assert!((a - b).abs() < 1e-5, "{loss:?}: {a}, expected {b}");
                    assert_eq!(*a == 0.0, *b == 0.0);
                }
            }
        }
    }
}
