//! Leaving branches out for good: the smaller network computes what the whole one computes with these branches switched off.

use std::collections::BTreeMap;

use skiplayer::{Error, Result, message};

use crate::describe::architecture::Architecture;
use crate::describe::block::{Block, Chain, Shortcut, Step};
use crate::describe::layer::Layer;
use crate::describe::traverse::path;
use crate::network::Network;
use crate::network::parameters::{batch_norms, parameters};
use crate::options::SHOW;

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
///
/// # Errors
/// As [`without_branches`].
pub fn pruned(architecture: &Architecture, names: &[&str]) -> Result<Architecture> {
    let unknown = names.iter().find(|name| !architecture.blocks().any(|block| block.name == **name));
    if let Some(name) = unknown {
        return Err(Error::input(format!("blocks of {}", architecture.name), format!("no block `{name}`"))
            .hint(message![&SHOW, " lists them"]));
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

/// The same network with the factors `scales` of its branches, one a block, in the last weights of each branch instead; branches whose
/// factor is zero, and blocks of which nothing is left then, are left out.
///
/// # Errors
/// Not one factor a block, or one below 0; a factor other than 1 for a branch that takes none.
pub fn folded(network: &Network, scales: &[f64]) -> Result<Network> {
    let mut network = network.valid();
    let blocks: Vec<Block> = network.architecture().blocks().cloned().collect();
    if scales.len() != blocks.len() || scales.iter().any(|scale| scale.is_nan() || *scale < 0.0) {
        return Err(Error::input("scales of branches", format!("{} of them", scales.len()))
            .expected(format!("{} numbers, none below 0", blocks.len())));
    }
    let gone = |scale: f64| scale == 0.0;
    for (block, &scale) in blocks.iter().zip(scales).filter(|(_, scale)| !gone(**scale) && **scale != 1.0) {
        for name in last_weights(block)? {
            let value = network.parameters().get(&name).map(|parameter| parameter.value.clone().mul_scalar(scale));
            value.map_or(Ok(()), |value| network.set(&name, value))?;
        }
    }
    let names: Vec<&str> =
        blocks.iter().zip(scales).filter(|(_, scale)| gone(**scale)).map(|(block, _)| block.name.as_str()).collect();
    without_branches(&network, &names)
}

/// The parameters that, all multiplied by a number above 0, multiply the branch.
pub(crate) fn last_weights(block: &Block) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for step in block.branch.iter().rev() {
        let Step::Layer(name, layer) = step else { break };
        let path = path(&block.name, name);
        match layer {
            // max(x, 0) and means let factors through.
            Layer::Relu | Layer::MaxPool { .. } | Layer::AvgPool { .. } | Layer::GlobalAvgPool => {}
            Layer::Shift => names.push(path),
            Layer::Scale { .. } => {
                names.push(path);
                return Ok(names);
            }
            Layer::Conv(_) | Layer::UpConv { .. } | Layer::BatchNorm { .. } | Layer::Linear { .. } => {
                names.extend([format!("{path}.weight"), format!("{path}.bias")]);
                return Ok(names);
            }
        }
    }
    Err(Error::input(format!("branch of block {}", block.name), "no weights at its end").expected("a layer to scale"))
}

/// y = exit(entry(x)), or nothing where that is x: max(max(x, 0), 0) = max(x, 0).
fn without_branch(block: Block, is_rectified: bool) -> Result<Option<Block>> {
    if !block.can_lose_branch() {
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
    chain.last().is_some_and(Step::is_relu)
}
