//! Which inputs the evidence is asked about where there are too many to ask about all.

use crate::Result;
use crate::fit::sample::Sample;
use crate::matrix::Matrix;
use crate::net::Network;
use crate::solve::{PathOptions, linear_path};

/// Inputs up to which all are offered: elimination costs O(p^3) a round.
pub const MAX_INPUTS: usize = 300;
/// Weights of the line up to which that holds, where each input has one for every output.
const MAX_WEIGHTS: usize = 500;
/// Rows for each input that is offered.
const ROWS_PER_INPUT: usize = 3;

/// Inputs that are offered to the linear part: all, or where they are many the first that enter a lasso path, and those that have to stay.
pub fn inputs(sample: &Sample) -> Result<Vec<usize>> {
    let (n, p) = (sample.n_rows(), sample.n_inputs());
    let limit = MAX_INPUTS.min(MAX_WEIGHTS / sample.n_outputs()).min(n / ROWS_PER_INPUT).max(1);
    if p <= limit {
        return Ok((0..p).collect());
    }
    let options = PathOptions { tol: 1e-4, ..PathOptions::default() };
    let path = linear_path(&sample.x, &sample.y, sample.terms(), sample.loss, &options)?;
    let support = |coef: &[f64]| -> Vec<usize> {
        (0..p).filter(|&j| coef.iter().skip(j).step_by(p).any(|c| *c != 0.0)).collect()
    };
    let largest = path.iter().map(|fit| support(&fit.coef)).take_while(|s| s.len() <= limit).last();
    let mut offered = largest.unwrap_or_default();
    offered.extend(sample.rules.free_inputs());
    offered.sort_unstable();
    offered.dedup();
    Ok(offered)
}

/// Inputs up to which hidden units are offered all: a Newton step costs the cube of the weights.
pub const MAX_UNIT_INPUTS: usize = 60;

/// Inputs that hidden units are offered beside `line`, `None` for all. Where they are many: those that the line leans on most, and those
/// whose own bend, in the directions of a square, an absolute value and a hyperbolic tangent, explains most of what it leaves. Inputs
/// that matter in products only are missed, unless the line leans on them. O(n p).
pub fn unit_inputs(sample: &Sample, line: &Network) -> Option<Vec<usize>> {
    let p = sample.n_inputs();
    if p <= MAX_UNIT_INPUTS {
        return None;
    }
    let (score, curvature) = sample.scores(&line.forward(&sample.x));
    let skip = line.weights().skip;
    let worth = |j: usize| {
        let x = sample.x.column(j);
        let size = dot(x, x, &curvature);
        let leans = (0..skip.n_rows()).map(|o| skip[(o, j)] * skip[(o, j)] * size).sum::<f64>();
        let bends: [fn(f64) -> f64; 4] = [|x| x, |x| x * x, f64::abs, |x| libm::tanh(2.0 * x)];
        let falls = bends.into_iter().enumerate().map(|(at, bend)| fall(x, bend, at > 0, &score, &curvature));
        leans + falls.fold(0.0, f64::max)
    };
    let mut worth: Vec<(f64, usize)> = (0..p).map(|j| (worth(j), j)).collect();
    worth.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut inputs: Vec<usize> = worth.into_iter().take(MAX_UNIT_INPUTS).map(|(_, j)| j).collect();
    inputs.sort_unstable();
    Some(inputs)
}

/// Twice the fall of the quadratic loss by `bend` of `x`, off the straight line in `x` where `is_bent`.
fn fall(x: &[f64], bend: impl Fn(f64) -> f64, is_bent: bool, score: &Matrix, curvature: &[f64]) -> f64 {
    let mut bent: Vec<f64> = x.iter().map(|x| bend(*x)).collect();
    let ones = vec![1.0; x.len()];
    let total: f64 = curvature.iter().sum();
    let before = dot(&bent, &bent, curvature);
    let mean = dot(&bent, &ones, curvature) / total;
    bent.iter_mut().for_each(|b| *b -= mean);
    if is_bent {
        let centre = dot(x, &ones, curvature) / total;
        let line: Vec<f64> = x.iter().map(|x| x - centre).collect();
        let slope = dot(&bent, &line, curvature) / dot(&line, &line, curvature).max(f64::MIN_POSITIVE);
        bent.iter_mut().zip(&line).for_each(|(b, x)| *b -= slope * x);
    }
    let size = dot(&bent, &bent, curvature);
    // An input of two values has no bend, only rounding errors.
    if size <= 1e-8 * before {
        return 0.0;
    }
    (0..score.n_columns())
        .map(|o| {
            let along: f64 = bent.iter().zip(score.column(o)).map(|(b, s)| b * s).sum();
            along * along / size
        })
        .sum()
}

fn dot(a: &[f64], b: &[f64], weight: &[f64]) -> f64 {
    a.iter().zip(b).zip(weight).map(|((a, b), w)| a * b * w).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::Loss;
    use crate::net::Architecture;
    use crate::penalty::InputRules;
    use crate::random::Random;

    fn sample(x: Matrix, y: Matrix, loss: Loss) -> Sample {
        let weight = vec![1.0; x.n_rows()];
        Sample { x, y, weight, offset: Vec::new(), loss, rules: InputRules::default(), durations: None }
    }

    /// An input has a weight for every class.
    #[test]
    fn of_many_classes_fewer_inputs_are_offered() {
        let (n, p, k) = (300, 60, 10);
        let mut random = Random::simulated(2);
        let x = Matrix::from_fn(n, p, |_, _| random.normal());
        let y = Matrix::from_fn(n, k, |i, class| {
            f64::from(u8::from(((x.get(i, 5) * 2.0 + 5.0) as usize).min(k - 1) == class))
        });
        let offered = inputs(&sample(x, y, Loss::Softmax)).unwrap();
        assert!((1..=MAX_WEIGHTS / k).contains(&offered.len()) && offered.contains(&5), "{offered:?}");
    }

    #[test]
    fn of_many_inputs_units_are_offered_those_that_lean_and_those_that_bend() {
        let (n, p) = (300, 200);
        let mut random = Random::simulated(1);
        let x = Matrix::from_fn(n, p, |_, _| random.normal());
        let y = Matrix::from_fn(n, 1, |i, _| x.get(i, 7) + x.get(i, 150).powi(2) - 1.0 + 0.3 * random.normal());
        let sample = sample(x, y, Loss::Squared);
        let mut line = Network::zeros(Architecture::linear(p, 1));
        line.weights_mut().skip[(0, 7)] = 1.0;
        let inputs = unit_inputs(&sample, &line).unwrap();
        assert_eq!(inputs.len(), MAX_UNIT_INPUTS);
        assert!(inputs.contains(&7) && inputs.contains(&150));
        assert!(inputs.is_sorted());
    }
}
