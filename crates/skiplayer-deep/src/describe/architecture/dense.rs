//! Densely connected networks (Huang, Liu, van der Maaten & Weinberger 2017), with the names of torchvision.
//!
//! The merge is concatenation: a block hands on everything it got, and adds `growth` channels.

use std::fmt;

use crate::describe::architecture::resnet::classifier;
use crate::describe::architecture::{Architecture, Stage};
use crate::describe::block::{Block, Chain, Merge, Shortcut, conv, norm, relu, step};
use crate::describe::layer::{Conv, Layer};
use crate::describe::shape::Shape;

/// Numbers of layers in the four dense blocks for ImageNet, and the growth rate (Table 1).
const IMAGENET: [(usize, [usize; 4], usize); 4] =
    [(121, [6, 12, 24, 16], 32), (161, [6, 12, 36, 24], 48), (169, [6, 12, 32, 32], 32), (201, [6, 12, 48, 32], 32)];

/// One of the networks of Huang et al. (2017).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DenseNet {
    pub depth: usize,
    pub growth: usize,
    /// Bottlenecks of 4 k channels and transitions that halve the channels.
    pub is_bc: bool,
    pub is_imagenet: bool,
}

impl DenseNet {
    /// For CIFAR: `None` unless the depth is 3n + 4, with bottlenecks 6n + 4.
    pub fn cifar(depth: usize, growth: usize, is_bc: bool) -> Option<Self> {
        let fits = depth > 4 && (depth - 4).is_multiple_of(if is_bc { 6 } else { 3 }) && growth > 0;
        fits.then_some(Self { depth, growth, is_bc, is_imagenet: false })
    }

    /// For ImageNet: `None` unless the paper or torchvision has this depth.
    pub fn imagenet(depth: usize) -> Option<Self> {
        let (.., growth) = IMAGENET.iter().find(|(known, ..)| *known == depth)?;
        Some(Self { depth, growth: *growth, is_bc: true, is_imagenet: true })
    }

    fn layers(&self) -> Vec<usize> {
        match IMAGENET.iter().find(|(depth, ..)| self.is_imagenet && *depth == self.depth) {
            Some((_, layers, _)) => layers.to_vec(),
            None => vec![(self.depth - 4) / if self.is_bc { 6 } else { 3 }; 3],
        }
    }

    /// The description for images of shape `input`.
    pub fn build(&self, input: Shape, n_outputs: usize) -> Architecture {
        let mut channels = if self.is_bc { 2 * self.growth } else { 16 };
        let stem = self.stem(input.channels, channels);
        let layers = self.layers();
        let mut stages = Vec::new();
        for (s, n_layers) in layers.iter().enumerate() {
            let name = format!("denseblock{}", s + 1);
            let mut blocks = Vec::new();
            for b in 0..*n_layers {
                blocks.push(self.layer(format!("features.{name}.denselayer{}", b + 1), channels));
                channels += self.growth;
            }
            if s + 1 < layers.len() {
                let reduced = if self.is_bc { channels / 2 } else { channels };
                blocks.push(transition(format!("features.transition{}", s + 1), channels, reduced));
                channels = reduced;
            }
            stages.push(Stage { name, blocks });
        }
        let mut head = vec![norm(&format!("features.norm{}", stages.len() + 1), channels), relu()];
        head.extend(classifier("classifier", channels, n_outputs));
        Architecture { name: self.to_string(), input, n_outputs, stem, stages, head }
    }

    fn stem(&self, n_inputs: usize, channels: usize) -> Chain {
        if !self.is_imagenet {
            return vec![conv("features.conv0", Conv::k3(n_inputs, channels))];
        }
        vec![
            conv("features.conv0", Conv { kernel: 7, padding: 3, ..Conv::k3(n_inputs, channels).stride(2) }),
            norm("features.norm0", channels),
            relu(),
            step("pool0", Layer::MaxPool { kernel: 3, stride: 2, padding: 1 }),
        ]
    }

    fn layer(&self, name: String, n_inputs: usize) -> Block {
        let branch = if self.is_bc {
            let width = 4 * self.growth;
            vec![
                norm("norm1", n_inputs),
                relu(),
                conv("conv1", Conv::k1(n_inputs, width)),
                norm("norm2", width),
                relu(),
                conv("conv2", Conv::k3(width, self.growth)),
            ]
        } else {
            vec![norm("norm1", n_inputs), relu(), conv("conv1", Conv::k3(n_inputs, self.growth))]
        };
        Block { shortcut: Shortcut::Identity, merge: Merge::Concat, ..Block::plain(name, branch) }
    }
}

/// Between dense blocks: half the sides and, with compression, half the channels.
fn transition(name: String, channels: usize, reduced: usize) -> Block {
    let pool = step("pool", Layer::AvgPool { kernel: 2 });
    Block::plain(name, vec![norm("norm", channels), relu(), conv("conv", Conv::k1(channels, reduced)), pool])
}

impl fmt::Display for DenseNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { is_imagenet: true, depth, .. } => write!(f, "densenet-{depth}"),
            Self { is_bc: true, depth, growth, .. } => write!(f, "densenet-bc-{depth}-{growth}"),
            Self { depth, growth, .. } => write!(f, "densenet-{depth}-{growth}"),
        }
    }
}
