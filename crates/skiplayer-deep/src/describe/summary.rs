//! A network in a few rows: the stem, each stage, the head, and what each of them costs.

use serde::Serialize;
use skiplayer::Result;

use crate::describe::architecture::Architecture;
use crate::describe::block::{Block, Chain};
use crate::describe::cost::Cost;
use crate::describe::shape::Shape;
use crate::describe::traverse::{Role, traverse, traverse_block};

/// One row of a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// `stem`, the name of a stage, or `head`.
    pub name: String,
    pub n_blocks: usize,
    /// What leaves it.
    pub output: Shape,
    pub n_parameters: u64,
    pub multiply_adds: u64,
}

/// The rows of `architecture` from the input to the output; parts without layers are left out.
///
/// # Errors
/// Layers that do not fit together.
pub fn summary(architecture: &Architecture) -> Result<Vec<Part>> {
    let stages = architecture.stages.iter().map(|stage| (stage.name.as_str(), Content::Blocks(&stage.blocks)));
    let all = std::iter::once(("stem", Content::Chain(&architecture.stem)))
        .chain(stages)
        .chain([("head", Content::Chain(&architecture.head))]);
    let mut shape = architecture.input;
    let mut parts = Vec::new();
    for (name, content) in all {
        let mut cost = Cost::default();
        let n_blocks = match content {
            Content::Chain(chain) => {
                shape = traverse(chain, "", Role::Trunk, shape, &mut |visit| cost.add(&visit))?;
                0
            }
            Content::Blocks(blocks) => {
                for block in blocks {
                    shape = traverse_block(block, shape, &mut |visit| cost.add(&visit))?;
                }
                blocks.len()
            }
        };
        let Cost { n_parameters, multiply_adds, maps_in_training, .. } = cost;
        if maps_in_training > 0 {
            parts.push(Part { name: name.to_owned(), n_blocks, output: shape, n_parameters, multiply_adds });
        }
    }
    Ok(parts)
}

/// What stands behind a row.
enum Content<'a> {
    Chain(&'a Chain),
    Blocks(&'a [Block]),
}
