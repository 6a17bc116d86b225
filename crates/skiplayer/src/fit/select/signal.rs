//! Do responses go with any input at all? A test by permutation, for where the folds cannot tell the line from a constant.
//!
//! Held-out losses of a few hundred rows vary so much that a line which is plainly there may come out a hair behind a constant, and "none
//! of the inputs predicts the target" would be wrong. The test sees all rows: if inputs said nothing, any order of the responses would be as
//! likely as the one observed, and so the test is exact (Fisher 1935, section 21), whatever the loss and its noise.

use faer::Mat;

use crate::fit::sample::Sample;
use crate::random::{Purpose, Random};
use crate::simd::vector::dot;
use crate::stats::basis::orthonormal;

/// Orders that are drawn.
const DRAWS: usize = 199;
/// Responses without any signal are taken for some with this probability.
const LEVEL: f64 = 0.05;
/// Rows that there are for each input, or all slopes at once say little.
const ROWS_FOR_ALL: usize = 2;
/// Inputs up to which their basis is made: beyond, it can take longer than the fit.
const MOST_FOR_ALL: usize = 300;

/// Whether some input correlates with the responses more than it does in other orders of them, or all inputs together explain more (Rao's
/// score of their slopes, where rows are more than twice as many, and inputs at most 300): the rarer of the two happens in 1 of 20 orders.
/// The rows must be exchangeable, as those of groups or times are not. O(n p K) a draw, once O(n p^2).
pub fn is_seen(sample: &Sample, seed: u64) -> bool {
    let (n, statistics) = (sample.n_rows(), Statistics::new(sample));
    let mut random = Random::of(seed, Purpose::Signal, 0);
    let orders = std::iter::once((0..n).collect::<Vec<usize>>()).chain((0..DRAWS).map(|_| random.permutation(n)));
    let of_orders: Vec<[f64; 2]> = orders.map(|order| statistics.of(&order)).collect();
    let n_as_large = |of: &[f64; 2], s: usize| of_orders.iter().filter(|other| other[s] >= of[s]).count();
    // In so many orders is a statistic as large as here, whichever is the rarer.
    let rarity: Vec<usize> = of_orders.iter().map(|of| n_as_large(of, 0).min(n_as_large(of, 1))).collect();
    let as_rare = rarity.iter().filter(|&&other| other <= rarity[0]).count();
    as_rare as f64 <= LEVEL * (1 + DRAWS) as f64
}

/// What inputs and scores have in common.
struct Statistics<'a> {
    sample: &'a Sample,
    /// (K n)
    scores: Vec<f64>,
    /// Of each input the mean, and the sum of the squares about it.
    inputs: Vec<(f64, f64)>,
    /// (n, rank), of the space that inputs about their means span; without columns where rows are too few or inputs too many.
    basis: Mat<f64>,
}

impl<'a> Statistics<'a> {
    fn new(sample: &'a Sample) -> Self {
        let n = sample.n_rows();
        let inputs: Vec<(f64, f64)> = (0..sample.n_inputs()).map(|j| mean_and_squares(sample.x.column(j))).collect();
        let mut live: Vec<usize> = (0..inputs.len()).filter(|&j| inputs[j].1 > 0.0).collect();
        if n <= ROWS_FOR_ALL * live.len() || live.len() > MOST_FOR_ALL {
            live.clear();
        }
        let centred = Mat::from_fn(n, live.len(), |i, c| sample.x.get(i, live[c]) - inputs[live[c]].0);
        Self { sample, scores: scores_of_the_constant(sample), inputs, basis: orthonormal(centred) }
    }

    /// The largest squared correlation of an input with the scores of an output in this order of the rows, and the largest share of an output's
    /// scores that all inputs explain.
    fn of(&self, order: &[usize]) -> [f64; 2] {
        self.scores
            .chunks_exact(order.len())
            .map(|scores| self.of_output(scores, order))
            .fold([0.0; 2], |a, b| [a[0].max(b[0]), a[1].max(b[1])])
    }

    fn of_output(&self, scores: &[f64], order: &[usize]) -> [f64; 2] {
        let (_, size) = mean_and_squares(scores);
        if size == 0.0 {
            return [0.0; 2];
        }
        let moved = Mat::from_fn(order.len(), 1, |i, _| scores[order[i]]);
        let sum: f64 = scores.iter().sum();
        let of_input = |(j, (mean, squares)): (usize, &(f64, f64))| {
            let along = dot(self.sample.x.column(j), moved.col_as_slice(0)) - mean * sum;
            if *squares > 0.0 { along * along / (squares * size) } else { 0.0 }
        };
        let largest = self.inputs.iter().enumerate().map(of_input).fold(0.0, f64::max);
        [largest, (self.basis.transpose() * &moved).squared_norm_l2() / size]
    }
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

    /// Ten inputs that say a little each are seen together where hardly one stands out.
    #[test]
    fn many_weak_inputs_are_seen_together() {
        let of = |seed: u64| {
            let mut random = Random::simulated(seed);
            let x = Matrix::from_fn(120, 10, |_, _| random.normal());
            let y = Matrix::from_fn(120, 1, |i, _| 0.14 * (0..10).map(|j| x.get(i, j)).sum::<f64>() + random.normal());
            Sample { x, y, ..sample(0.0, Loss::Squared, seed) }
        };
        let seen = (0..60).filter(|&seed| is_seen(&Sample { weight: vec![1.0; 120], ..of(seed) }, seed)).count();
        println!("SEEN {seen}");
        assert!(seen >= 45, "{seen} of 60");
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
