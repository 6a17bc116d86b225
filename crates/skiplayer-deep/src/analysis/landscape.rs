//! The loss around a trained network on a plane (Li, Xu, Taylor, Studer & Goldstein 2018): random directions, each filter as long as
//! the filter it moves, so that networks whose weights differ in scale can be compared.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use skiplayer::Result;
use skiplayer::random::Random;

use crate::network::{Network, ParameterRole, flat, numbers};

/// A direction: a change for each weight tensor that moves.
#[derive(Debug, Clone)]
pub struct Direction {
    changes: Vec<(String, Tensor<1>)>,
}

/// One place on the plane.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Height {
    pub a: f64,
    pub b: f64,
    pub loss: f64,
    pub error: f64,
}

impl Direction {
    /// A random direction: normal numbers, each filter (each output's weights) scaled to the length of the network's own. Biases and
    /// batch norms do not move (section 4).
    ///
    /// # Errors
    /// The device does not hand out its numbers.
    pub fn random(network: &Network, seed: u64) -> Result<Self> {
        let mut changes = Vec::new();
        for (i, (name, parameter)) in network.parameters().iter().enumerate() {
            if !matches!(parameter.role, ParameterRole::ConvWeight | ParameterRole::LinearWeight) {
                continue;
            }
            let mut random = Random::new(seed, i as u64);
            let weights = numbers(&parameter.value)?;
            let per_filter = weights.len() / parameter.shape[0].max(1);
            let change = weights.chunks(per_filter.max(1)).flat_map(|filter| {
                let drawn: Vec<f64> = filter.iter().map(|_| random.normal()).collect();
                let length = |square: f64| square.sqrt();
                let own = length(filter.iter().map(|w| f64::from(*w).powi(2)).sum());
                let new = length(drawn.iter().map(|d| d * d).sum());
                let scale = if new > 0.0 { own / new } else { 0.0 };
                drawn.into_iter().map(move |d| (d * scale) as f32)
            });
            changes.push((name.clone(), flat(change.collect(), network.device())));
        }
        Ok(Self { changes })
    }
}

/// The network `a` steps along the first direction and `b` along the second.
///
/// # Errors
/// Directions of another network.
pub fn moved(network: &Network, directions: &[Direction; 2], a: f64, b: f64) -> Result<Network> {
    let mut moved = network.clone();
    for (Direction { changes }, step) in directions.iter().zip([a, b]) {
        for (name, change) in changes {
            if let Some(parameter) = moved.parameters().get(name) {
                let value = parameter.value.clone() + change.clone().mul_scalar(step);
                moved.set(name, value)?;
            }
        }
    }
    Ok(moved)
}

/// The places of a grid with `n` points a side over [-`reach`, `reach`]², row by row.
pub fn grid(n: usize, reach: f64) -> Vec<(f64, f64)> {
    let at = |i: usize| if n > 1 { reach * (2.0 * i as f64 / (n - 1) as f64 - 1.0) } else { 0.0 };
    (0..n).flat_map(|i| (0..n).map(move |j| (at(i), at(j)))).collect()
}
