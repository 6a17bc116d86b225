//! The last step of quantiles: constants at which the share of rows below each is its level.

use super::sample::Sample;
use crate::loss::Loss;
use crate::net::Network;

/// Moves the constants of a network of quantiles to where the pinball loss itself is least, the rest as it is: what smoothing moved
/// them by is gone. Nothing for other losses. O(n log n) a level.
pub fn settle(network: &mut Network, sample: &Sample) {
    let Loss::Quantile(loss) = sample.loss else { return };
    let eta = network.forward(&sample.x);
    for level in 0..loss.levels().len() {
        let residuals: Vec<f64> =
            sample.y.column(level).iter().zip(eta.column(level)).map(|(y, eta)| y - eta).collect();
        network.weights_mut().output_bias[level] += loss.of_level(level).of(&residuals, &sample.weight);
    }
}
