//! Of what the input of each block is made. With h = shortcut(h) + branch(h) all the way, what a block sees is a sum of what the stem
//! and earlier branches left behind: in residual networks everything, in plain ones the last block only. One measure for addition,
//! concatenation, gates and scaled branches alike.

use burn::tensor::{Tensor, TensorData};
use serde::{Deserialize, Serialize};
use skiplayer::Result;

use crate::network::{Network, Pass, STEM, Way, branch_path};
use crate::tensor::numbers;

/// The composition of the input of one block, or of the head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Composition {
    /// Name of the block, or `head`.
    pub reader: String,
    /// Share of each source, in the order of [`Mixing::sources`]; those that come later are left out. A share may be negative: what a
    /// branch took away. They add up to 1, unless projections with biases stand in the way.
    pub shares: Vec<f64>,
}

/// All compositions of one network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mixing {
    /// `stem`, then the blocks: what their branches add.
    pub sources: Vec<String>,
    pub readers: Vec<Composition>,
}

/// The share of source s in the input h of a block is <c, h> / <h, h>, where c is what is left of the source's output after the
/// shortcuts, nonlinearities and gates between them: those act on c as they act on h (a rectifier passes what it passes of h, a gate
/// weighs as it weighs h), so that the contributions add up to h.
///
/// # Errors
/// Inputs that do not fit the network.
///
/// # Complexity
/// One forward and one backward pass for each block.
pub fn mixing(network: &Network, x: &Tensor<4>) -> Result<Mixing> {
    let blocks: Vec<String> = network.architecture().blocks().map(|block| block.name.clone()).collect();
    let branches: Vec<String> = blocks.iter().map(|block| branch_path(block)).collect();
    let is_source = |path: &str| path == STEM || branches.iter().any(|branch| branch == path);
    let is_seen = |path: &str| is_source(path) || blocks.iter().any(|block| block == path);
    // Gradients that go around every branch are the weights with which sources reach a reader.
    let ways = vec![Way::Shortcut; blocks.len()];
    let pass = Pass { ways: Some(&ways), watch: Some(&is_seen), tap: Some(&is_source), ..Pass::EVALUATION };
    let tracked = network.trainable();
    let mut readers = Vec::new();
    for (i, reader) in blocks.iter().map(String::as_str).chain(["head"]).enumerate() {
        let (_, trace) = tracked.forward(x.clone().autodiff(), pass)?;
        let place = if i == 0 { STEM } else { &blocks[i - 1] };
        let seen = trace.outputs.iter().find(|(path, _)| path == place).map(|(_, output)| output.clone());
        let Some(seen) = seen else { continue };
        let values = numbers(&seen.clone().inner())?;
        let square: f64 = values.iter().map(|value| f64::from(*value).powi(2)).sum();
        let weights = Tensor::<4>::from_data(TensorData::new(values, seen.dims()), &seen.device());
        let gradients = (seen * weights).sum().backward();
        let sources = trace.outputs.iter().filter(|(path, _)| is_source(path)).zip(&trace.taps).take(i + 1);
        let share = |((_, output), (_, zeros)): (&(String, Tensor<4>), &(String, Tensor<4>))| {
            let Some(gradient) = zeros.grad(&gradients) else { return Ok(0.0) };
            let (output, gradient) = (numbers(&output.clone().inner())?, numbers(&gradient)?);
            let product: f64 = output.iter().zip(&gradient).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            Ok(if square > 0.0 { product / square } else { 0.0 })
        };
        readers.push(Composition { reader: reader.to_owned(), shares: sources.map(share).collect::<Result<_>>()? });
    }
    Ok(Mixing { sources: std::iter::once(STEM.to_owned()).chain(blocks).collect(), readers })
}
