//! From a random start to the neighbourhood of a minimum, cheaply.
//!
//! Far from a minimum a Newton step is worth no more than a few quasi-Newton steps, and costs as much as fifty: those take
//! passes in single precision and no matrix. Price and precision follow roughly; what is exact comes after
//! ([`train_from`](super::train::train_from)).

use super::evidence::{precision, price, weight_sums};
use super::train::{FIRST_PRICE, Problem, drop_disconnected};
use crate::fit::objective::NetworkObjective;
use crate::net::Layout;
use crate::net::kernel::Design;
use crate::net::kernel::Pass;
use crate::penalty::Prices;
use crate::solve::{StopRule, owlqn};

/// Passes between updates of price and precision, and how often. With 17 rounds of 70 starts end at better evidence than with 6 of 200
/// (in the mean by 12 nats on concrete, 5 on energy, 48 on yacht, 17 on boston), as if what is learned at wrong prices had to be
/// unlearned; the sum of passes leaves fewer Newton steps to do, which are what a fit takes its time for.
const PASSES: usize = 70;
const ROUNDS: usize = 17;

/// A point, its price and the precision of each output.
pub struct Near {
    pub theta: Vec<f64>,
    pub price: f64,
    pub precision: Vec<f64>,
}

/// Moves the parameters in `mask` from `theta`; `single` are the rows of `problem` in single precision.
pub fn approach(problem: &Problem, single: &Design<f32>, layout: &Layout, mask: &[bool], theta: Vec<f64>) -> Near {
    let mut mask = mask.to_vec();
    let mut near = Near { theta, price: FIRST_PRICE, precision: vec![1.0; layout.n_outputs] };
    let rule = StopRule { tolerance: 1e-2, max_iterations: PASSES };
    for _ in 0..ROUNDS {
        drop_disconnected(layout, &mut near.theta, &mut mask);
        let pass = Pass { layout, design: single, loss: problem.loss, precision: &near.precision };
        let objective = NetworkObjective::new(pass);
        let prices = Prices::uniform(layout, near.price, &mask);
        owlqn::minimise(&objective, &prices, &mut near.theta, rule, &|_| (problem.interrupted)());
        let losses = objective.pass.losses(&near.theta);
        let (n_weights, sum) = weight_sums(layout, &near.theta);
        near.price = price(n_weights, sum);
        near.precision = precision(problem.loss, &losses, problem.n, n_weights);
    }
    near
}
