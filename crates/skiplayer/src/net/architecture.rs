//! The shape of a network.

use serde::{Deserialize, Serialize};

use super::activation::Activation;

/// The shape of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Architecture {
    pub n_inputs: usize,
    pub n_outputs: usize,
    /// Empty: the linear model. First: H, the units of the hidden layer. Further: M, the units of each residual block.
    pub hidden: Vec<usize>,
    pub activation: Activation,
}

impl Architecture {
    /// The linear model with `n_inputs` inputs and `n_outputs` outputs.
    pub fn linear(n_inputs: usize, n_outputs: usize) -> Self {
        Self { n_inputs, n_outputs, hidden: Vec::new(), activation: Activation::Tanh }
    }
}
