//! One traversal of a network that knows the shape at every layer: counts, drawings and initialisation read what it sees.

use skiplayer::{Error, Result};

use crate::describe::block::{Block, Chain, Merge, Shortcut, Step};
use crate::describe::layer::{Conv, Layer};
use crate::describe::shape::Shape;

const EVENLY: &str = "if the input has an unusual size, its sides may have to divide evenly";

/// What a traversal meets, in the order of the forward pass.
#[derive(Debug, Clone, PartialEq)]
pub enum Visit<'a> {
    /// A layer of a chain. `path` is unique among layers with parameters.
    Layer { path: String, role: Role, layer: &'a Layer, input: Shape, output: Shape },
    /// The convolution of a gate, applied to what the branch gets.
    Gate { path: String, conv: Conv, input: Shape, output: Shape },
    /// The entry is done; the ways part.
    Fork { block: &'a Block, shape: Shape },
    /// The ways have come together.
    Join { block: &'a Block, shortcut: Shape, output: Shape },
}

/// Where a layer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// On the way that every plain twin has too.
    Trunk,
    /// In a projection.
    Shortcut,
}

/// The full name of layer `name` in block `block`; the stem and the head are blocks without a name.
pub fn path(block: &str, name: &str) -> String {
    if block.is_empty() { name.to_owned() } else { format!("{block}.{name}") }
}

/// Traverses `chain` from `input` on and returns the shape at its end.
///
/// # Errors
/// A layer that is made for other channels, or for larger images; two ways that do not fit together.
pub fn traverse<'a>(
    chain: &'a Chain,
    block: &str,
    role: Role,
    input: Shape,
    visit: &mut dyn FnMut(Visit<'a>),
) -> Result<Shape> {
    let mut shape = input;
    for step in chain {
        shape = match step {
            Step::Layer(name, layer) => {
                let path = path(block, name);
                let output = fits(layer, &path, shape)?;
                visit(Visit::Layer { path, role, layer, input: shape, output });
                output
            }
            Step::Block(block) => traverse_block(block, shape, visit)?,
        };
    }
    Ok(shape)
}

/// As [`traverse`], for one block.
///
/// # Errors
/// As [`traverse`].
pub fn traverse_block<'a>(block: &'a Block, input: Shape, visit: &mut dyn FnMut(Visit<'a>)) -> Result<Shape> {
    let start = traverse(&block.entry, &block.name, Role::Trunk, input, visit)?;
    visit(Visit::Fork { block, shape: start });
    let shortcut = match &block.shortcut {
        Shortcut::None => None,
        Shortcut::Identity => Some(start),
        Shortcut::ZeroPad { n_outputs, .. } if *n_outputs < start.channels => {
            return Err(Error::input(
                format!("block {}", block.name),
                format!("{n_outputs} channels after zero padding"),
            )
            .expected(format!("at least the {} that come in", start.channels)));
        }
        Shortcut::ZeroPad { stride, n_outputs } => Some(zero_padded(start, *stride, *n_outputs)),
        Shortcut::Projection(chain) => Some(traverse(chain, &block.name, Role::Shortcut, start, visit)?),
    };
    let branch = traverse(&block.branch, &block.name, Role::Trunk, start, visit)?;
    let disagree = |rule: &str| {
        let shortcut = shortcut.map_or("no shortcut".to_owned(), |shape| format!("a shortcut of {shape}"));
        Error::input(format!("block {}", block.name), format!("{shortcut} and a branch of {branch}")).expected(rule)
    };
    let merged = match (shortcut, &block.merge) {
        (None, Merge::None) => branch,
        (Some(shortcut), Merge::Add | Merge::Gate(_)) if shortcut == branch => branch,
        (Some(shortcut), Merge::Concat) if shortcut.with_channels(branch.channels) == branch => {
            branch.with_channels(shortcut.channels + branch.channels)
        }
        (_, Merge::None) => return Err(disagree("a way of merging them")),
        (_, Merge::Concat) => return Err(disagree("the same height and width on both ways").hint(EVENLY)),
        _ => return Err(disagree("the same shape on both ways").hint(EVENLY)),
    };
    if let Merge::Gate(conv) = block.merge {
        let path = path(&block.name, "gate");
        let output = fits(&Layer::Conv(conv), &path, start)?;
        if output != merged {
            return Err(disagree("the same shape from the gate"));
        }
        visit(Visit::Gate { path, conv, input: start, output });
    }
    visit(Visit::Join { block, shortcut: shortcut.unwrap_or(start), output: merged });
    traverse(&block.exit, &block.name, Role::Trunk, merged, visit)
}

/// The shape after a zero-padding shortcut.
pub(crate) fn zero_padded(input: Shape, stride: usize, n_outputs: usize) -> Shape {
    let side = |side: usize| side.div_ceil(stride.max(1));
    Shape::new(n_outputs, side(input.height), side(input.width))
}

/// The shape after `layer`, which `path` names.
pub(crate) fn fits(layer: &Layer, path: &str, input: Shape) -> Result<Shape> {
    layer.output(input).map_err(|mismatch| {
        Error::input(format!("layer {path}"), format!("the shape {input}"))
            .expected(mismatch.0)
            .hint("try a larger input")
    })
}
