//! Leaving branches out for good: the smaller network computes what the whole one computes with these branches switched off.

use std::collections::BTreeMap;

use skiplayer::{Error, Result};

use crate::architecture::Architecture;
use crate::block::{Block, Chain, Shortcut, Step};
use crate::layer::Layer;
use crate::network::Network;
use crate::network::parameters::{batch_norms, parameters};

/// `network` without the branches of the blocks called `names`. A block of which nothing is left goes altogether.
///
/// # Errors
/// A name that no block has, or a block whose shortcut is not the identity: without its branch the shape would not change any more.
pub fn without_branches(network: &Network, names: &[&str]) -> Result<Network> {
    let architecture = pruned(network.architecture(), names)?;
    let mut arrays = network.to_arrays()?;
    let mut left = BTreeMap::new();
    let norms = batch_norms(&architecture)?.into_iter().flat_map(|norm| [norm.mean, norm.variance]);
    for declared in parameters(&architecture)?.into_iter().chain(norms) {
        left.extend(arrays.remove_entry(&declared.name));
    }
    Network::from_arrays(architecture, &left, network.device())
}

/// The description of what is left.
fn pruned(architecture: &Architecture, names: &[&str]) -> Result<Architecture> {
    let unknown = names.iter().find(|name| !architecture.blocks().any(|block| block.name == **name));
    if let Some(name) = unknown {
        return Err(Error::input(format!("blocks of {}", architecture.name), format!("no block `{name}`"))
            .hint("`skiplayer deep show` lists them"));
    }
    let mut pruned = architecture.clone();
    let mut is_rectified = ends_with_relu(&architecture.stem);
    for stage in &mut pruned.stages {
        let mut left = Vec::new();
        for block in std::mem::take(&mut stage.blocks) {
            let block = match names.contains(&block.name.as_str()) {
                true => without_branch(block, is_rectified)?,
                false => Some(block),
            };
            if let Some(block) = block {
                is_rectified = is_rectified_after(&block);
                left.push(block);
            }
        }
        stage.blocks = left;
    }
    Ok(pruned)
}

/// y = exit(entry(x)), or nothing where that is x: max(max(x, 0), 0) = max(x, 0).
fn without_branch(block: Block, is_rectified: bool) -> Result<Option<Block>> {
    if block.shortcut != Shortcut::Identity || !block.is_residual() {
        return Err(Error::input(
            format!("block {}", block.name),
            "a shortcut that is not the identity, or is not added",
        )
        .expected("x + branch(x)"));
    }
    let left = [block.entry, block.exit].concat();
    let is_idle = match &left[..] {
        [] => true,
        [Step::Layer(_, Layer::Relu)] => is_rectified,
        _ => false,
    };
    Ok((!is_idle).then(|| Block::plain(block.name, left)))
}

fn is_rectified_after(block: &Block) -> bool {
    match (&block.exit[..], &block.shortcut) {
        ([], Shortcut::None) => ends_with_relu(&block.branch),
        ([], _) => false,
        _ => ends_with_relu(&block.exit),
    }
}

fn ends_with_relu(chain: &Chain) -> bool {
    matches!(chain.last(), Some(Step::Layer(_, Layer::Relu)))
}
