//! Do responses go with any input at all? A test by permutation, for where the folds cannot tell the line from a constant.
//!
//! Held-out losses of a few hundred rows vary so much that a line which is plainly there may come out a hair behind a constant, and "none
//! of the inputs predicts the target" would be wrong. The test sees all rows: if inputs said nothing, any order of the responses would be as
//! likely as the one observed, and so the test is exact (Fisher 1935, section 21), whatever the loss and its noise.

use crate::fit::sample::Sample;
use crate::random::{Purpose, Random};
use crate::simd::vector::dot;

/// Orders that are drawn.
const DRAWS: usize = 199;
/// Responses without any signal are taken for some with this probability.
const LEVEL: f64 = 0.05;

/// Whether some input correlates with the responses more than it does in 95 of 100 orders of them. The rows must be exchangeable, as
/// those of groups or times are not. O(n p K) a draw.
pub fn is_seen(sample: &Sample, seed: u64) -> bool {
    let (n, scores) = (sample.n_rows(), scores_of_the_constant(sample));
    let inputs: Vec<(f64, f64)> = (0..sample.n_inputs()).map(|j| mean_and_squares(sample.x.column(j))).collect();
    let largest = |order: &[usize]| {
        let of_output = |scores: &[f64]| {
            let (_, size) = mean_and_squares(scores);
            let moved: Vec<f64> = order.iter().map(|&i| scores[i]).collect();
            let sum: f64 = moved.iter().sum();
            let of_input = |(j, (mean, squares)): (usize, &(f64, f64))| {
                let along = dot(sample.x.column(j), &moved) - mean * sum;
                if *squares > 0.0 && size > 0.0 { along * along / (squares * size) } else { 0.0 }
            };
            inputs.iter().enumerate().map(of_input).fold(0.0, f64::max)
        };
        scores.chunks_exact(n).map(of_output).fold(0.0, f64::max)
    };
    let observed = largest(&(0..n).collect::<Vec<usize>>());
    let mut random = Random::of(seed, Purpose::Signal, 0);
    let as_large = (0..DRAWS).filter(|_| largest(&random.permutation(n)) >= observed).count();
    (1 + as_large) as f64 <= LEVEL * (1 + DRAWS) as f64
}

/// The derivatives (K n) of the rows' losses at the constant that fits best.
fn scores_of_the_constant(sample: &Sample) -> Vec<f64> {
    let (n, terms) = (sample.n_rows(), sample.terms());
    let constants = sample.loss.constant_fit(sample.y.values(), terms);
    let mut eta: Vec<f64> = constants.iter().flat_map(|&constant| std::iter::repeat_n(constant, n)).collect();
    terms.add_offset(&mut eta);
    let mut scores = vec![0.0; eta.len()];
    sample.loss.value_gradient::<f64, pulp::Scalar>(&eta, sample.y.values(), &sample.weight, &mut scores);
    scores
}

/// The mean, and the sum of the squares about it, 0 where that is rounding.
fn mean_and_squares(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let squares = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
    (mean, if squares > 1e-24 * mean * mean * values.len() as f64 { squares } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::Loss;
    use crate::matrix::Matrix;

    fn sample(slope: f64, loss: Loss, seed: u64) -> Sample {
        let mut random = Random::simulated(seed);
        let x = Matrix::from_fn(100, 4, |_, _| random.normal());
        let y = Matrix::from_fn(100, 1, |i, _| {
            let value = slope * x.get(i, 2) + random.normal();
            if loss == Loss::Logistic { f64::from(u8::from(value > 0.0)) } else { value }
        });
        Sample { x, y, weight: vec![1.0; 100], offset: Vec::new(), loss, rules: Default::default(), durations: None }
    }

    #[test]
    fn signal_is_seen_and_noise_hardly_ever() {
        for loss in [Loss::Squared, Loss::Logistic] {
            assert!(is_seen(&sample(0.8, loss, 1), 0), "{loss:?}");
            let taken = (0..200).filter(|&seed| is_seen(&sample(0.0, loss, 100 + seed), seed)).count();
            assert!(taken <= 18, "{loss:?}: {taken} of 200");
        }
    }

    #[test]
    fn what_does_not_vary_is_no_signal() {
        let plain = sample(0.0, Loss::Squared, 2);
        let constant = Matrix::from_fn(100, 1, |_, _| 0.1);
        assert!(!is_seen(&Sample { y: constant, ..plain.clone() }, 0));
        assert!(!is_seen(&Sample { x: Matrix::from_fn(100, 1, |_, _| 0.3), ..plain.clone() }, 0));
        assert!(!is_seen(&Sample { x: Matrix::zeros(100, 0), ..plain }, 0));
    }
}
