//! Highway networks (Srivastava, Greff & Schmidhuber 2015): the branch and the shortcut share one gate.
//!
//! The paper's idea on the trunk of the networks of He et al. (2015), so that the families compare at equal width and depth: the
//! stem and every further layer is one 3x3 convolution, every layer that keeps the shape is a highway layer. There is no batch
//! norm, as in the paper, whose own networks have other widths.

use std::fmt;

use crate::describe::architecture::resnet::classifier;
use crate::describe::architecture::{Architecture, Stage};
use crate::describe::block::{Block, Merge, Shortcut, conv, relu};
use crate::describe::layer::Conv;
use crate::describe::shape::Shape;

/// At the start T = sigmoid(-2) = .12: most of the signal takes the shortcut (section 2.2).
const GATE_BIAS: f64 = -2.0;

/// A highway network for CIFAR of `depth` layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Highway {
    pub depth: usize,
}

impl Highway {
    /// `None` unless the depth is 3n + 2.
    pub fn new(depth: usize) -> Option<Self> {
        (depth > 2 && (depth - 2).is_multiple_of(3)).then_some(Self { depth })
    }

    /// The description for images of shape `input`.
    pub fn build(&self, input: Shape, n_outputs: usize) -> Architecture {
        let stem = vec![conv("conv1", Conv::k3(input.channels, 16).bias(0.0)), relu()];
        let stages = (0..3)
            .map(|s| {
                let name = format!("layer{}", s + 1);
                let width = 16 << s;
                let block = |b| {
                    let name = format!("{name}.{b}");
                    if s > 0 && b == 0 {
                        let narrower = Conv::k3(width / 2, width).stride(2).bias(0.0);
                        return Block::plain(name, vec![conv("conv", narrower), relu()]);
                    }
                    let layer = Conv::k3(width, width);
                    Block {
                        shortcut: Shortcut::Identity,
                        merge: Merge::Gate(layer.bias(GATE_BIAS)),
                        ..Block::plain(name, vec![conv("conv", layer.bias(0.0)), relu()])
                    }
                };
                let blocks = (0..(self.depth - 2) / 3).map(block).collect();
                Stage { name, blocks }
            })
            .collect();
        let head = classifier("fc", 64, n_outputs);
        Architecture { name: self.to_string(), input, n_outputs, stem, stages, head }
    }
}

impl fmt::Display for Highway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "highway-{}", self.depth)
    }
}
