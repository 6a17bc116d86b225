//! Residual networks without batch norm: the start is what keeps them stable.
//!
//! ReZero (Bachlechner et al. 2021): x + alpha F(x) with alpha = 0 at the start. Fixup (Zhang, Dauphin & Ma 2019): branches start
//! at zero by their last convolution, and learned numbers before and after convolutions stand in for the affine part.

use std::fmt;

use crate::describe::architecture::resnet::classifier;
use crate::describe::architecture::{Architecture, Stage};
use crate::describe::block::{Block, Chain, Shortcut, Step, conv, relu, step};
use crate::describe::layer::{Conv, Layer};
use crate::describe::shape::Shape;

/// How a branch starts as nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// One learned factor, 0 at the start.
    ReZero,
    /// The last convolution is 0 at the start.
    Fixup,
}

/// A residual network for CIFAR of `depth` layers without batch norm, with zero-padding shortcuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unnormalised {
    pub start: Start,
    pub depth: usize,
}

impl Unnormalised {
    /// `None` unless the depth is 6n + 2.
    pub fn new(start: Start, depth: usize) -> Option<Self> {
        (depth > 2 && (depth - 2).is_multiple_of(6)).then_some(Self { start, depth })
    }

    /// The description for images of shape `input`.
    pub fn build(&self, input: Shape, n_outputs: usize) -> Architecture {
        let n_blocks = (self.depth - 2) / 6;
        let stages = (0..3)
            .map(|s| {
                let name = format!("layer{}", s + 1);
                let width = 16 << s;
                let block = |b| {
                    let (n_inputs, stride) = if s > 0 && b == 0 { (width / 2, 2) } else { (width, 1) };
                    let shortcut = match stride {
                        1 => Shortcut::Identity,
                        _ => Shortcut::ZeroPad { stride, n_outputs: width },
                    };
                    let first = Conv::k3(n_inputs, width).stride(stride);
                    let block = Block::residual(format!("{name}.{b}"), shortcut, self.branch(first, 3 * n_blocks));
                    match self.start {
                        Start::ReZero => block,
                        Start::Fixup => block.then(vec![relu()]),
                    }
                };
                Stage { blocks: (0..n_blocks).map(block).collect(), name }
            })
            .collect();
        let stem = match self.start {
            Start::ReZero => vec![conv("conv1", Conv::k3(input.channels, 16).bias(0.0))],
            Start::Fixup => vec![conv("conv1", Conv::k3(input.channels, 16)), step("bias1", Layer::Shift), relu()],
        };
        Architecture { name: self.to_string(), input, n_outputs, stem, stages, head: self.head(n_outputs) }
    }

    fn branch(&self, first: Conv, n_blocks: usize) -> Chain {
        let second = Conv::k3(first.n_outputs, first.n_outputs);
        let shift = |name: &str| step(name, Layer::Shift);
        match self.start {
            // Nothing follows the sum, so that a thousand blocks start as the identity.
            Start::ReZero => vec![
                relu(),
                conv("conv1", first.bias(0.0)),
                relu(),
                conv("conv2", second.bias(0.0)),
                step("alpha", Layer::Scale { start: 0.0 }),
            ],
            // L^(-1/(2m-2)) with m = 2 layers in a branch (section 3.2).
            Start::Fixup => vec![
                shift("bias1a"),
                conv("conv1", first.gain((n_blocks as f64).powf(-0.5))),
                shift("bias1b"),
                relu(),
                shift("bias2a"),
                conv("conv2", second.gain(0.0)),
                step("scale", Layer::Scale { start: 1.0 }),
                shift("bias2b"),
            ],
        }
    }

    fn head(&self, n_outputs: usize) -> Chain {
        let mut head = classifier("fc", 64, n_outputs);
        match self.start {
            Start::ReZero => head.insert(0, relu()),
            Start::Fixup => {
                head.insert(1, step("bias2", Layer::Shift));
                for step in &mut head {
                    if let Step::Layer(_, Layer::Linear { gain, .. }) = step {
                        *gain = 0.0;
                    }
                }
            }
        }
        head
    }
}

impl fmt::Display for Unnormalised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = match self.start {
            Start::ReZero => "rezero",
            Start::Fixup => "fixup",
        };
        write!(f, "{family}-{}", self.depth)
    }
}
