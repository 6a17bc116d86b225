//! What a network costs: parameters, multiply-adds, and memory for one image.

use serde::Serialize;
use skiplayer::Result;

use crate::architecture::Architecture;
use crate::block::{Block, Chain, Merge, Shortcut, Step};
use crate::layer::Layer;
use crate::shape::Shape;
use crate::walk::{Role, Visit, walk};

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
        architecture.walk(&mut |visit| cost.add(&visit))?;
        cost.maps_in_prediction = Memory::peak(architecture)?;
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

/// Follows which maps are alive while one image is predicted.
struct Memory {
    peak: u64,
}

/// A map on its way through a chain.
#[derive(Clone, Copy)]
struct Live {
    shape: Shape,
    /// What else is alive: shortcuts that wait for their merge.
    held: u64,
    /// Is the map itself among `held`?
    is_held: bool,
}

impl Live {
    fn size(self) -> u64 {
        if self.is_held { 0 } else { self.shape.size() }
    }
}

impl Memory {
    fn peak(architecture: &Architecture) -> Result<u64> {
        let mut memory = Self { peak: architecture.input.size() };
        let mut live = Live { shape: architecture.input, held: 0, is_held: false };
        live = memory.chain(&architecture.stem, live)?;
        for block in architecture.blocks() {
            live = memory.block(block, live)?;
        }
        memory.chain(&architecture.head, live)?;
        Ok(memory.peak)
    }

    fn chain(&mut self, chain: &Chain, mut live: Live) -> Result<Live> {
        for step in chain {
            live = match step {
                Step::Block(block) => self.block(block, live)?,
                Step::Layer(..) => {
                    let output = walk(&vec![step.clone()], "", Role::Trunk, live.shape, &mut |_| {})?;
                    self.replace(live, output)
                }
            };
        }
        Ok(live)
    }

    fn block(&mut self, block: &Block, live: Live) -> Result<Live> {
        let start = self.chain(&block.entry, live)?;
        let waiting = Live { held: start.held.saturating_add(start.size()), is_held: true, ..start };
        let branch_input = match &block.shortcut {
            Shortcut::None => start,
            Shortcut::Identity => waiting,
            Shortcut::ZeroPad { stride, n_outputs } => {
                let side = |side: usize| side.div_ceil((*stride).max(1));
                let output = Shape::new(*n_outputs, side(start.shape.height), side(start.shape.width));
                Self::beside(start, self.replace(waiting, output))
            }
            Shortcut::Projection(chain) => Self::beside(start, self.chain(chain, waiting)?),
        };
        let branch = self.chain(&block.branch, branch_input)?;
        let merged = match (&block.shortcut, &block.merge) {
            (Shortcut::None, _) => branch,
            (_, Merge::Concat) => {
                let channels = branch.shape.channels + start.shape.channels;
                self.replace(branch, branch.shape.with_channels(channels))
            }
            (_, Merge::Gate(_)) => {
                // The gate is a third map beside both ways.
                let gated = Live { held: branch.held.saturating_add(branch.size()), ..branch };
                self.replace(gated, branch.shape)
            }
            _ => self.replace(branch, branch.shape),
        };
        self.chain(&block.exit, Live { held: live.held, is_held: false, ..merged })
    }

    /// A layer writes `output` while its input is alive; then the input is dropped.
    fn replace(&mut self, live: Live, output: Shape) -> Live {
        self.peak = self.peak.max(live.held.saturating_add(live.size()).saturating_add(output.size()));
        Live { shape: output, is_held: false, ..live }
    }

    /// The start of the branch while the finished `shortcut` waits.
    fn beside(start: Live, shortcut: Live) -> Live {
        Live { held: start.held.saturating_add(shortcut.shape.size()), ..start }
    }
}
