//! A trained network inside of a deeper one that computes the same: new residual blocks begin as the identity. This is why a deeper
//! network can do at least as well (He, Zhang, Ren & Sun 2015, section 1), and why training is to blame where it does not.

use burn::tensor::Tensor;
use skiplayer::{Error, Result, message};

use super::prune::last_weights;
use crate::describe::architecture::Architecture;
use crate::describe::block::{Block, Shortcut, Step};
use crate::describe::layer::{EPSILON, Layer};
use crate::describe::traverse::path;
use crate::network::Network;
use crate::options::DIRAC;
use crate::tensor::flat;

/// How the blocks that are new begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewBlocks {
    /// With branches that are zero: the identity in training and in evaluation. For residual blocks only.
    Zero,
    /// With convolutions that hand each channel on, and batch norms that leave it alone (Zagoruyko & Komodakis 2017 call such weights
    /// Dirac). For plain blocks between rectifiers: the identity in evaluation, but not in training, where batch norms take the
    /// statistics of the batch.
    Dirac,
}

/// `network` inside of `deeper`: in each stage its blocks come first, and the others are new, drawn by `seed` but for what makes them
/// the identity.
///
/// # Errors
/// A network whose stem, head or blocks are others; new blocks that cannot begin as the identity.
pub fn grown(network: &Network, deeper: Architecture, new: NewBlocks, seed: u64) -> Result<Network> {
    let added = added_blocks(network.architecture(), &deeper)?;
    let mut grown = Network::new(deeper, seed, network.device())?;
    let mut arrays = grown.to_arrays()?;
    arrays.extend(network.to_arrays()?);
    grown = Network::from_arrays(grown.architecture().clone(), &arrays, network.device())?;
    for block in &added {
        match new {
            NewBlocks::Zero => zero_branch(&mut grown, block)?,
            NewBlocks::Dirac => set_to_identity(&mut grown, block)?,
        }
    }
    Ok(grown)
}

fn added_blocks(from: &Architecture, to: &Architecture) -> Result<Vec<Block>> {
    let refused = |what: &str| {
        Error::input(format!("growing {} to {}", from.name, to.name), what.to_owned())
            .expected("a deeper network of the same kind, with all blocks of the shallower one")
    };
    if (&from.input, from.n_outputs, &from.stem, &from.head) != (&to.input, to.n_outputs, &to.stem, &to.head) {
        return Err(refused("another stem, head or input"));
    }
    if from.stages.len() != to.stages.len() {
        return Err(refused("another number of stages"));
    }
    // How often a branch is dropped in training does not matter here.
    let kind = |block: &Block| Block { survival: 1.0, ..block.clone() };
    let mut added = Vec::new();
    for (old, new) in from.stages.iter().zip(&to.stages) {
        let same =
            new.blocks.len() >= old.blocks.len() && old.blocks.iter().zip(&new.blocks).all(|(a, b)| kind(a) == kind(b));
        if !same {
            return Err(refused(&format!("other blocks in stage {}", old.name)));
        }
        added.extend(new.blocks[old.blocks.len()..].iter().cloned());
    }
    if added.is_empty() {
        return Err(refused("no block that is new"));
    }
    Ok(added)
}

/// Last weights of zero: the branch is nothing.
fn zero_branch(network: &mut Network, block: &Block) -> Result<()> {
    if !block.can_lose_branch() {
        return Err(Error::input(format!("new block {}", block.name), "no identity to add a branch to")
            .expected("x + branch(x)")
            .hint(message!["plain blocks can begin with convolutions that hand on what comes: ", &DIRAC]));
    }
    for name in last_weights(block)? {
        let zeros = network.parameters().get(&name).map(|parameter| parameter.value.zeros_like());
        zeros.map_or(Ok(()), |zeros| network.set(&name, zeros))?;
    }
    Ok(())
}

fn set_to_identity(network: &mut Network, block: &Block) -> Result<()> {
    let refused = |found: String| {
        Error::input(format!("new block {}", block.name), found)
            .expected("convolutions that keep all channels, batch norms and rectifiers, without a shortcut")
    };
    if block.shortcut != Shortcut::None || !(block.entry.is_empty() && block.exit.iter().all(Step::is_relu)) {
        return Err(refused("another kind of block".to_owned()));
    }
    for step in &block.branch {
        let Step::Layer(name, layer) = step else { return Err(refused("blocks inside of it".to_owned())) };
        let path = path(&block.name, name);
        match layer {
            Layer::Relu => {}
            Layer::Conv(conv) if conv.n_inputs == conv.n_outputs && conv.stride == 1 && conv.kernel % 2 == 1 => {
                let (n, k) = (conv.n_inputs, conv.kernel);
                let mut weights = vec![0.0; n * n * k * k];
                (0..n).for_each(|c| weights[(c * n + c) * k * k + k * k / 2] = 1.0);
                network.set(&format!("{path}.weight"), flat(weights, network.device()))?;
                if conv.bias.is_some() {
                    let zeros = Tensor::zeros([n], network.device());
                    network.set(&format!("{path}.bias"), zeros)?;
                }
            }
            Layer::BatchNorm { channels } => {
                // Running statistics begin at mean 0 and variance 1, to which the norm adds its epsilon.
                let scale = (1.0 + EPSILON).sqrt() as f32;
                network.set(&format!("{path}.weight"), flat(vec![scale; *channels], network.device()))?;
            }
            _ => return Err(refused(format!("the layer {path}"))),
        }
    }
    Ok(())
}
