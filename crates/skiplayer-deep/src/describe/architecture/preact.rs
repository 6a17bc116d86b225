//! Networks with full pre-activation: identity mappings (He et al. 2016) and wide residual networks (Zagoruyko & Komodakis 2016).
//!
//! The first activation of a branch comes before the ways part in the very first block and wherever the shape changes.

use std::fmt;

use crate::describe::architecture::resnet::{Unit, classifier};
use crate::describe::architecture::{Architecture, Stage};
use crate::describe::block::{Block, Shortcut, conv, norm, relu};
use crate::describe::layer::Conv;
use crate::describe::shape::Shape;

/// From this depth on `preact-N` means bottlenecks, as the paper does.
const FIRST_BOTTLENECK: usize = 164;

/// A pre-activation network for CIFAR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreAct {
    pub depth: usize,
    pub unit: Unit,
    /// `Some(k)`: a wide network of 16 k, 32 k and 64 k channels, whose depth counts convolutions with the three projections.
    pub widen: Option<usize>,
}

impl PreAct {
    /// `None` if no number of blocks gives this depth.
    pub fn new(depth: usize, unit: Option<Unit>) -> Option<Self> {
        let unit = unit.unwrap_or(Self::usual_unit(depth));
        let fits = depth > 2 && (depth - 2).is_multiple_of(3 * unit.n_layers());
        fits.then_some(Self { depth, unit, widen: None })
    }

    /// `wrn-depth-k`: `None` unless the depth is 6n + 4.
    pub fn wide(depth: usize, k: usize) -> Option<Self> {
        let fits = depth > 4 && (depth - 4).is_multiple_of(6) && k > 0;
        fits.then_some(Self { depth, unit: Unit::Basic, widen: Some(k) })
    }

    fn usual_unit(depth: usize) -> Unit {
        if depth < FIRST_BOTTLENECK { Unit::Basic } else { Unit::Bottleneck }
    }

    /// The description for images of shape `input`.
    pub fn build(&self, input: Shape, n_outputs: usize) -> Architecture {
        let not_in_blocks = if self.widen.is_some() { 4 } else { 2 };
        let n_blocks = (self.depth - not_in_blocks) / (3 * self.unit.n_layers());
        let width = 16 * self.widen.unwrap_or(1);
        let mut channels = 16;
        let stages = (0..3)
            .map(|s| {
                let name = format!("layer{}", s + 1);
                let block = |b| {
                    let stride = if s > 0 && b == 0 { 2 } else { 1 };
                    let block = self.block(format!("{name}.{b}"), channels, width << s, stride, s + b == 0);
                    channels = (width << s) * self.unit.expansion();
                    block
                };
                let blocks = (0..n_blocks).map(block).collect();
                Stage { name, blocks }
            })
            .collect();
        let mut head = vec![norm("bn", channels), relu()];
        head.extend(classifier("fc", channels, n_outputs));
        let stem = vec![conv("conv1", Conv::k3(input.channels, 16))];
        Architecture { name: self.to_string(), input, n_outputs, stem, stages, head }
    }

    fn block(&self, name: String, n_inputs: usize, width: usize, stride: usize, is_first: bool) -> Block {
        let n_outputs = width * self.unit.expansion();
        let activation = vec![norm("bn1", n_inputs), relu()];
        let rest = match self.unit {
            Unit::Basic => vec![
                conv("conv1", Conv::k3(n_inputs, width).stride(stride)),
                norm("bn2", width),
                relu(),
                conv("conv2", Conv::k3(width, width)),
            ],
            // The stride is in the first convolution, as in the authors' code.
            Unit::Bottleneck => vec![
                conv("conv1", Conv::k1(n_inputs, width).stride(stride)),
                norm("bn2", width),
                relu(),
                conv("conv2", Conv::k3(width, width)),
                norm("bn3", width),
                relu(),
                conv("conv3", Conv::k1(width, n_outputs)),
            ],
        };
        let changes = n_inputs != n_outputs || stride != 1;
        let shortcut = match (changes, self.unit, self.widen) {
            (false, ..) => Shortcut::Identity,
            (true, Unit::Basic, None) => Shortcut::ZeroPad { stride, n_outputs },
            _ => Shortcut::Projection(vec![conv("downsample.0", Conv::k1(n_inputs, n_outputs).stride(stride))]),
        };
        if changes || is_first {
            Block::residual(name, shortcut, rest).after(activation)
        } else {
            Block::residual(name, shortcut, [activation, rest].concat())
        }
    }
}

impl fmt::Display for PreAct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(k) = self.widen {
            return write!(f, "wrn-{}-{k}", self.depth);
        }
        write!(f, "preact-{}", self.depth)?;
        match self.unit {
            unit if unit == Self::usual_unit(self.depth) => Ok(()),
            Unit::Basic => write!(f, "-basic"),
            Unit::Bottleneck => write!(f, "-bottleneck"),
        }
    }
}
