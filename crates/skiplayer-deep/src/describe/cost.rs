//! What a network costs: parameters, multiply-adds, and memory for one image.

use serde::Serialize;
use skiplayer::Result;

use crate::describe::architecture::Architecture;
use crate::describe::block::{Merge, Shortcut};
use crate::describe::layer::Layer;
use crate::describe::memory::peak;
use crate::describe::shape::Shape;
use crate::describe::traverse::{Role, Visit};

/// Counts of one network. Maps are numbers in feature maps of one image; times 4 they are bytes in single precision.
/// Numbers that do not fit into 64 bits stay at the largest that does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Layers with weights on the longest way, as in "a network with 110 layers": shortcuts and gates do not count.
    pub n_layers: usize,
    /// What PyTorch counts: learned numbers, without the running statistics of batch norm.
    pub n_parameters: u64,
    /// Of convolutions and linear layers, without biases, for one image.
    pub multiply_adds: u64,
    /// Kept from the forward pass until the backward pass: the input and what every layer and merge writes.
    pub maps_in_training: u64,
    /// Alive at once in prediction, at the worst moment: input and output of the layer at work and waiting shortcuts.
    pub maps_in_prediction: u64,
}

impl Cost {
    /// The counts of `architecture`.
    ///
    /// # Errors
    /// Layers that do not fit together.
    pub fn of(architecture: &Architecture) -> Result<Self> {
        let mut cost = Self { maps_in_training: architecture.input.size(), ..Self::default() };
        architecture.traverse(&mut |visit| cost.add(&visit))?;
        cost.maps_in_prediction = peak(architecture)?;
        Ok(cost)
    }

    /// Bytes of the parameters in single precision.
    pub fn parameter_bytes(&self) -> u64 {
        self.n_parameters.saturating_mul(4)
    }

    /// Bytes for one image in training, beside the parameters.
    pub fn training_bytes(&self) -> u64 {
        self.maps_in_training.saturating_mul(4)
    }

    /// Bytes for one image in prediction, beside the parameters.
    pub fn prediction_bytes(&self) -> u64 {
        self.maps_in_prediction.saturating_mul(4)
    }

    /// Adds what one visit costs, apart from memory in prediction.
    pub fn add(&mut self, visit: &Visit<'_>) {
        match visit {
            Visit::Layer { role, layer, input, output, .. } => {
                self.n_layers += usize::from(layer.is_weighted() && *role == Role::Trunk);
                self.add_layer(layer, *input, *output);
            }
            Visit::Gate { conv, input, output, .. } => {
                self.add_layer(&Layer::Conv(*conv), *input, *output);
                // After the sigmoid.
                self.keep(output.size());
            }
            Visit::Join { block, shortcut, output } => {
                let padded = if matches!(block.shortcut, Shortcut::ZeroPad { .. }) { shortcut.size() } else { 0 };
                let merged = if block.merge == Merge::None { 0 } else { output.size() };
                self.keep(padded);
                self.keep(merged);
            }
            Visit::Fork { .. } => {}
        }
    }

    fn add_layer(&mut self, layer: &Layer, input: Shape, output: Shape) {
        self.n_parameters += layer.n_parameters();
        self.multiply_adds = self.multiply_adds.saturating_add(layer.multiply_adds(input, output));
        self.keep(output.size());
    }

    fn keep(&mut self, maps: u64) {
        self.maps_in_training = self.maps_in_training.saturating_add(maps);
    }
}

impl Architecture {
    /// Parameters, multiply-adds and memory.
    ///
    /// # Errors
    /// As [`Self::traverse`].
    pub fn cost(&self) -> Result<Cost> {
        Cost::of(self)
    }
}
