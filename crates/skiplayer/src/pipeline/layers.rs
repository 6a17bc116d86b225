//! The weights between the features in use and the outputs.

use serde::Serialize;

use super::feature::Feature;
use crate::net::{Activation, BlockWeights, MatrixView, Network, Weights};

/// eta = bias + skip x + head h, with h = act(input x + hidden bias), then h <- h + U act(W h + c) for each block.
///
/// Matrices are lists of rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Layers {
    /// (K)
    pub bias: Vec<f64>,
    /// (K, features)
    pub skip: Vec<Vec<f64>>,
    /// `None` for a linear model.
    pub hidden: Option<Hidden>,
}

/// The units of the hidden layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hidden {
    pub activation: Activation,
    /// (H, features)
    pub input: Vec<Vec<f64>>,
    /// (H)
    pub bias: Vec<f64>,
    pub blocks: Vec<Block>,
    /// (K, H)
    pub head: Vec<Vec<f64>>,
}

/// A residual block.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Block {
    /// (M, H)
    pub input: Vec<Vec<f64>>,
    /// (M)
    pub bias: Vec<f64>,
    /// (H, M)
    pub output: Vec<Vec<f64>>,
}

impl Layers {
    /// The layers of `network` from the features at the places `used` of all `features`.
    pub(super) fn of(network: &Network, used: &[usize], features: &[(Feature, bool)]) -> Self {
        let weights = network.weights();
        let Weights { output_bias, skip, input, hidden_bias, blocks, head } = weights;
        let from_features = |matrix: MatrixView<'_>| -> Vec<Vec<f64>> {
            // What does not vary adds nothing, whatever its weight.
            let weight = |row: &[f64], j: usize| if features[j].1 { row[j] } else { 0.0 };
            matrix.rows().map(|row| used.iter().map(|&j| weight(row, j)).collect()).collect()
        };
        let block = |block: BlockWeights<'_>| Block {
            input: rows(block.input),
            bias: block.bias.to_vec(),
            output: rows(block.output),
        };
        let hidden = (network.architecture.depth() > 0).then(|| Hidden {
            activation: network.architecture.activation,
            input: from_features(input),
            bias: hidden_bias.to_vec(),
            blocks: blocks.into_iter().map(block).collect(),
            head: rows(head),
        });
        Self { bias: output_bias.to_vec(), skip: from_features(skip), hidden }
    }

    /// Appends a feature that goes to the first output alone, with this weight.
    pub(super) fn append_input(&mut self, weight: f64) {
        self.skip.iter_mut().enumerate().for_each(|(o, row)| row.push(if o == 0 { weight } else { 0.0 }));
        self.hidden.iter_mut().flat_map(|hidden| &mut hidden.input).for_each(|row| row.push(0.0));
    }

    /// K, the outputs.
    pub fn n_outputs(&self) -> usize {
        self.bias.len()
    }
}

fn rows(matrix: MatrixView<'_>) -> Vec<Vec<f64>> {
    matrix.rows().map(<[f64]>::to_vec).collect()
}
