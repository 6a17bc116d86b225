//! The linear part of a network of log hazards.
//!
//! As for other links it is the line that would be fitted to what the network expects: the line of largest partial likelihood for the
//! network's expected events in place of those that were observed, with exposures of its own.

use super::projection::LinearPart;
use crate::matrix::Matrix;
use crate::net::Network;
use crate::survival::{Durations, RiskSets, line_of_expected};

/// Projects `network` on `x` (n, p) over the rows of `sets`; its mean log hazard is the network's. O(n k²) a step for k inputs in use.
pub fn linear_part_of_durations(network: &Network, x: &Matrix, sets: &RiskSets, durations: &Durations) -> LinearPart {
    let skip = LinearPart::of_the_skip(network);
    if network.n_units() == 0 {
        return skip;
    }
    let used = network.inputs_in_use();
    let own = network.forward(x);
    let expected = sets.expected(&durations.whole(own.column(0)));
    let line = line_of_expected(sets, &x.select_columns(&used), &expected, &durations.offset, &vec![0.0; used.len()]);
    let mut coef = vec![0.0; x.n_columns()];
    used.iter().zip(&line.coef).for_each(|(&j, value)| coef[j] = *value);
    let part = LinearPart { intercept: vec![0.0], coef, unit_lines: None, ..skip };
    let weight = sets.weights();
    let mean = |eta: &Matrix| eta.column(0).iter().zip(weight).map(|(eta, w)| eta * w).sum::<f64>();
    let constant = (mean(&own) - mean(&part.forward(x))) / weight.iter().sum::<f64>();
    LinearPart { intercept: vec![constant], ..part }
}
