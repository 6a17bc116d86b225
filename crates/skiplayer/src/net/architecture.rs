//! The shape of a network.

use serde::{Deserialize, Serialize};

use super::activation::Activation;

/// The shape of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Architecture {
    pub n_inputs: usize,
    pub n_outputs: usize,
    /// Empty: the linear model. First: H, the units of the hidden layer ([`width`](Self::width)). Further: M, the units of each residual
    /// block ([`blocks`](Self::blocks)).
    pub hidden: Vec<usize>,
    pub activation: Activation,
}

impl Architecture {
    /// The linear model with `n_inputs` inputs and `n_outputs` outputs.
    pub fn linear(n_inputs: usize, n_outputs: usize) -> Self {
        Self { n_inputs, n_outputs, hidden: Vec::new(), activation: Activation::Tanh }
    }

    /// H, the units of the hidden layer; 0 for the linear model.
    pub fn width(&self) -> usize {
        self.hidden.first().copied().unwrap_or(0)
    }

    /// M, the units of each residual block.
    pub fn blocks(&self) -> &[usize] {
        self.hidden.get(1..).unwrap_or_default()
    }

    /// Hidden layers: none for the linear model, one, and one more for each residual block.
    pub fn depth(&self) -> usize {
        self.hidden.len()
    }

    /// All hidden units: those of the hidden layer and those of the residual blocks.
    pub fn n_units(&self) -> usize {
        self.hidden.iter().sum()
    }
}
