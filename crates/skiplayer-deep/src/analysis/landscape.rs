//! The loss around a trained network on a plane (Li, Xu, Taylor, Studer & Goldstein 2018): of random directions, each filter as long as
//! the filter it moves, so that networks whose weights differ in scale can be compared; or of the two directions in which training moved
//! most.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use skiplayer::{Error, Result, message};

use crate::network::{Network, Parameter, ParameterRole};
use crate::options::KEEP;
use crate::rng::{Purpose, Stream};
use crate::tensor::{flat, numbers};

/// A direction: a change for each weight tensor that moves.
#[derive(Debug, Clone)]
pub struct Direction {
    changes: Vec<(String, Tensor<1>)>,
}

/// The two principal directions of a training, as long as it went along them, and where it was (section 7).
#[derive(Debug, Clone)]
pub struct Trajectory {
    pub directions: [Direction; 2],
    /// Of each state in steps along the directions; the last state is at (0, 0).
    pub places: Vec<(f64, f64)>,
    /// Share of the squared distances of the states to the last one that lies in the plane.
    pub share: f64,
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
    /// What is added to each weight tensor by one step.
    pub fn changes(&self) -> &[(String, Tensor<1>)] {
        &self.changes
    }

    /// The random direction `number` of `seed`: normal numbers, each filter (each output's weights) scaled to the length of the network's own. Biases and
    /// batch norms do not move (section 4).
    ///
    /// # Errors
    /// The device does not hand out its numbers.
    pub fn random(network: &Network, seed: u64, number: u32) -> Result<Self> {
        let mut changes = Vec::new();
        for (i, (name, parameter)) in moving(network).enumerate() {
            let mut stream = Stream::new(seed, Purpose::Directions, number, i as u32);
            let weights = numbers(&parameter.value)?;
            let per_filter = weights.len() / parameter.shape[0].max(1);
            let change = weights.chunks(per_filter.max(1)).flat_map(|filter| {
                let drawn: Vec<f64> = filter.iter().map(|_| stream.normal()).collect();
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

impl Trajectory {
    /// Through `states` of one network, the last one being where it ended.
    ///
    /// # Errors
    /// Fewer than three states, which span no plane.
    ///
    /// # Complexity
    /// Products of all pairs of states.
    pub fn of(states: &[Network]) -> Result<Self> {
        let (Some((end, earlier)), true) = (states.split_last(), states.len() >= 3) else {
            return Err(Error::input("trajectory", format!("{} states of the network", states.len()))
                .expected("at least three")
                .hint(message!["train with ", KEEP.to("N"), " to keep more checkpoints"]));
        };
        let moves: Vec<Vec<f64>> = earlier.iter().map(|state| difference(state, end)).collect::<Result<_>>()?;
        let products: Vec<Vec<f64>> = moves.iter().map(|a| moves.iter().map(|b| dot(a, b)).collect()).collect();
        let total: f64 = (0..moves.len()).map(|i| products[i][i]).sum();
        let first = principal(&products, &[]);
        let second = principal(&products, &[&first]);
        // Coordinates of the states in units of length along each direction, and the directions themselves.
        let mut directions = Vec::new();
        let mut coordinates = Vec::new();
        let mut kept = 0.0;
        for weights in [&first, &second] {
            let mut direction = vec![0.0; moves[0].len()];
            for (weight, step) in weights.iter().zip(&moves) {
                direction.iter_mut().zip(step).for_each(|(d, s)| *d += weight * s);
            }
            let length = dot(&direction, &direction).sqrt().max(f64::MIN_POSITIVE);
            let along: Vec<f64> = moves.iter().map(|step| dot(step, &direction) / length).collect();
            kept += along.iter().map(|a| a * a).sum::<f64>();
            let reach = along.iter().fold(0.0, |most: f64, a| most.max(a.abs())).max(f64::MIN_POSITIVE);
            coordinates.push(along.iter().map(|a| a / reach).collect::<Vec<f64>>());
            direction.iter_mut().for_each(|d| *d *= reach / length);
            directions.push(as_direction(end, &direction));
        }
        let (b, a) = (coordinates.pop().unwrap_or_default(), coordinates.pop().unwrap_or_default());
        let places = a.into_iter().zip(b).chain([(0.0, 0.0)]).collect();
        let (Some(second), Some(first)) = (directions.pop(), directions.pop()) else {
            return Err(Error::failure("trajectory", "no directions"));
        };
        Ok(Self { directions: [first, second], places, share: if total > 0.0 { kept / total } else { 0.0 } })
    }
}

/// The weights that move, of `from` minus those of `to`, one after the other.
fn difference(from: &Network, to: &Network) -> Result<Vec<f64>> {
    let mut all = Vec::new();
    for (name, parameter) in moving(to) {
        let there = from.parameters().get(name).map(|parameter| numbers(&parameter.value)).transpose()?;
        let here = numbers(&parameter.value)?;
        all.extend(there.unwrap_or_default().iter().zip(&here).map(|(a, b)| f64::from(*a) - f64::from(*b)));
    }
    Ok(all)
}

fn as_direction(network: &Network, values: &[f64]) -> Direction {
    let mut rest = values;
    let change = |(name, parameter): (&String, &Parameter)| {
        let (own, others) = rest.split_at(parameter.shape.iter().product());
        rest = others;
        (name.clone(), flat(own.iter().map(|v| *v as f32).collect(), network.device()))
    };
    Direction { changes: moving(network).map(change).collect() }
}

fn moving(network: &Network) -> impl Iterator<Item = (&String, &Parameter)> {
    let moves = |role| matches!(role, ParameterRole::ConvWeight | ParameterRole::LinearWeight);
    network.parameters().iter().filter(move |(_, parameter)| moves(parameter.role))
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The eigenvector of the largest eigenvalue that is orthogonal to `others`, by power iteration: there are few states, and a picture needs few
/// digits.
fn principal(matrix: &[Vec<f64>], others: &[&Vec<f64>]) -> Vec<f64> {
    const ROUNDS: usize = 500;
    // Not orthogonal to anything by accident.
    let mut vector: Vec<f64> = (0..matrix.len()).map(|i| 1.0 + 0.37 * ((i * i) as f64).sin()).collect();
    for _ in 0..ROUNDS {
        vector = matrix.iter().map(|row| dot(row, &vector)).collect();
        for other in others {
            let along = dot(&vector, other);
            vector.iter_mut().zip(other.iter()).for_each(|(v, o)| *v -= along * o);
        }
        let length = dot(&vector, &vector).sqrt().max(f64::MIN_POSITIVE);
        vector.iter_mut().for_each(|v| *v /= length);
    }
    vector
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
