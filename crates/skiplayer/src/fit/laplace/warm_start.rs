//! From a random start to the neighbourhood of a minimum, cheaply.
//!
//! Far from a minimum a Newton step is worth no more than a few quasi-Newton steps, and costs as much as fifty: those take
//! passes in single precision and no matrix. Lambda and precision follow roughly; what is exact comes after
//! ([`train_from`](super::train::train_from)).

use super::evidence::{lambda_for, n_weights, precision, weight_sums};
use super::train::{FIRST_LAMBDA, Problem, drop_disconnected};
use super::work;
use crate::fit::objective::NetworkObjective;
use crate::net::Layout;
use crate::net::kernel::Design;
use crate::net::kernel::Pass;
use crate::penalty::L1Weights;
use crate::solve::{StopRule, owlqn};

/// Passes between updates of lambda and precision, and how often. With 17 rounds of 70 starts end at better evidence than with 6 of 200
/// (in the mean by 12 nats on concrete, 5 on energy, 48 on yacht, 17 on boston), as if what is learned at wrong lambdas had to be
/// unlearned; the sum of passes leaves fewer Newton steps to do, which are what a fit takes its time for.
const PASSES: usize = 70;
const ROUNDS: usize = 17;
/// Where rows are so many that a pass is dear.
const FEWEST_ROUNDS: usize = 6;

/// The [work](work) of a warm start that is not interrupted.
pub fn most_work(n: f64, n_weights: usize) -> f64 {
    let of_round = work::of_passes(PASSES, n, n_weights);
    work::rounds((FEWEST_ROUNDS, ROUNDS), of_round) as f64 * of_round
}

/// A point, its lambda and the precision of each output.
pub struct Iterate {
    pub theta: Vec<f64>,
    pub lambda: f64,
    pub precision: Vec<f64>,
    /// The [work](work) that it took.
    pub work: f64,
}

/// Moves the parameters in `mask` from `theta`; `single` are the rows of `problem` in single precision.
pub fn warm_start(problem: &Problem, single: &Design<f32>, layout: &Layout, mask: &[bool], theta: Vec<f64>) -> Iterate {
    let mut mask = mask.to_vec();
    let mut near = Iterate { theta, lambda: FIRST_LAMBDA, precision: vec![1.0; layout.n_outputs], work: 0.0 };
    let rule = StopRule { tolerance: 1e-2, max_iterations: PASSES };
    let (factor, sides) = (problem.rules.factors(layout), problem.rules.sides(layout, &near.theta));
    let of_round = work::of_passes(PASSES, problem.n, mask.iter().filter(|may_move| **may_move).count());
    for _ in 0..work::rounds((FEWEST_ROUNDS, ROUNDS), of_round) {
        near.work += of_round;
        drop_disconnected(layout, &mut near.theta, &mut mask);
        let pass = Pass { layout, design: single, loss: problem.loss, precision: &near.precision };
        let objective = NetworkObjective::new(pass, problem.rules);
        let l1 = L1Weights::scaled(&factor, near.lambda, &mask).with_sides(sides.clone());
        owlqn::minimise(&objective, &l1, &mut near.theta, rule, &|_| (problem.interrupted)());
        let losses = objective.pass.losses(&near.theta);
        let (n_priced, sum) = weight_sums(&factor, &near.theta);
        near.lambda = lambda_for(n_priced, sum);
        near.precision = precision(problem.loss, &losses, problem.n, n_weights(layout, &near.theta));
    }
    near
}
