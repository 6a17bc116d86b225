//! A network in a few rows: the stem, each stage, the head, and what each of them costs.

use serde::Serialize;
use skiplayer::Result;

use crate::architecture::Architecture;
use crate::cost::Cost;
use crate::shape::Shape;
use crate::walk::{Role, Visit, walk, walk_block};

/// One row of an outline.
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
pub fn outline(architecture: &Architecture) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut add = |name: &str, n_blocks: usize, pass: &mut dyn FnMut(&mut dyn FnMut(Visit<'_>)) -> Result<Shape>| {
        let mut cost = Cost::default();
        let output = pass(&mut |visit| cost.add(&visit))?;
        let Cost { n_parameters, multiply_adds, .. } = cost;
        if cost.maps_in_training > 0 {
            parts.push(Part { name: name.to_owned(), n_blocks, output, n_parameters, multiply_adds });
        }
        Result::Ok(output)
    };
    let mut shape = architecture.input;
    shape = add("stem", 0, &mut |visit| walk(&architecture.stem, "", Role::Trunk, shape, &mut |v| visit(v)))?;
    for stage in &architecture.stages {
        shape = add(&stage.name, stage.blocks.len(), &mut |visit| {
            stage.blocks.iter().try_fold(shape, |shape, block| walk_block(block, shape, &mut |v| visit(v)))
        })?;
    }
    add("head", 0, &mut |visit| walk(&architecture.head, "", Role::Trunk, shape, &mut |v| visit(v)))?;
    Ok(parts)
}
