//! Multilayer perceptrons for tables, residual or plain (Gorishniy et al. 2021, section 3.2, without dropout).

use std::fmt;

use crate::describe::architecture::{Architecture, Stage};
use crate::describe::block::{Block, Shortcut, Step, norm, relu, step};
use crate::describe::layer::Layer;
use crate::describe::shape::Shape;

/// A multilayer perceptron with `depth` linear layers of `width` units: the first, two in each block, the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mlp {
    pub depth: usize,
    pub width: usize,
    pub is_residual: bool,
}

impl Mlp {
    /// `None` unless the depth is 2n + 2.
    pub fn new(depth: usize, width: usize, is_residual: bool) -> Option<Self> {
        (depth > 2 && depth.is_multiple_of(2) && width > 0).then_some(Self { depth, width, is_residual })
    }

    /// The description for rows of `input.size()` features.
    pub fn build(&self, input: Shape, n_outputs: usize) -> Architecture {
        let width = self.width;
        let block = |b: usize| {
            let branch = vec![norm("bn", width), linear("fc1", width, width), relu(), linear("fc2", width, width)];
            let name = format!("blocks.{b}");
            if self.is_residual {
                Block::residual(name, Shortcut::Identity, branch)
            } else {
                Block::plain(name, branch)
            }
        };
        Architecture {
            name: self.to_string(),
            input,
            n_outputs,
            stem: vec![linear("fc1", input.channels, width)],
            stages: vec![Stage { name: "blocks".to_owned(), blocks: (0..(self.depth - 2) / 2).map(block).collect() }],
            head: vec![norm("bn", width), relu(), linear("fc2", width, n_outputs)],
        }
    }
}

fn linear(name: &str, n_inputs: usize, n_outputs: usize) -> Step {
    step(name, Layer::Linear { n_inputs, n_outputs, gain: 1.0 })
}

impl fmt::Display for Mlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let family = if self.is_residual { "resmlp" } else { "mlp" };
        write!(f, "{family}-{}-{}", self.depth, self.width)
    }
}
