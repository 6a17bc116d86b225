//! Batch norms as part of the convolutions before them: in evaluation the same function with fewer operations.
//!
//! gamma (w * x + b - mean) / sqrt(variance + epsilon) + beta is the convolution with weights w s and bias (b - mean) s + beta, where
//! s = gamma / sqrt(variance + epsilon). A batch norm that stands before its convolution, as in pre-activation networks, stays.

use std::collections::BTreeMap;

use skiplayer::{Error, Result};

use crate::describe::architecture::{Architecture, Stage};
use crate::describe::block::{Block, Chain, Shortcut, Step};
use crate::describe::layer::{Conv, EPSILON, Layer};
use crate::describe::traverse::path;
use crate::network::{Array, Network};

/// `network` without the batch norms that directly follow a convolution. It computes the same in evaluation, and is not meant to be trained.
///
/// # Errors
/// The device does not hand out its numbers.
pub fn with_folded_norms(network: &Network) -> Result<Network> {
    let mut folding = Folding { arrays: network.to_arrays()? };
    let own = network.architecture();
    let mut stages = Vec::new();
    for stage in &own.stages {
        let blocks = stage.blocks.iter().map(|block| folding.block(block)).collect::<Result<_>>()?;
        stages.push(Stage { name: stage.name.clone(), blocks });
    }
    let stem = folding.chain(&own.stem, "")?;
    let head = folding.chain(&own.head, "")?;
    let architecture = Architecture { stem, stages, head, ..own.clone() };
    Network::from_arrays(architecture, &folding.arrays, network.device())
}

struct Folding {
    arrays: BTreeMap<String, Array>,
}

impl Folding {
    fn block(&mut self, block: &Block) -> Result<Block> {
        let shortcut = match &block.shortcut {
            Shortcut::Projection(chain) => Shortcut::Projection(self.chain(chain, &block.name)?),
            other => other.clone(),
        };
        Ok(Block {
            entry: self.chain(&block.entry, &block.name)?,
            shortcut,
            branch: self.chain(&block.branch, &block.name)?,
            exit: self.chain(&block.exit, &block.name)?,
            ..block.clone()
        })
    }

    fn chain(&mut self, chain: &Chain, block: &str) -> Result<Chain> {
        let mut folded: Chain = Vec::new();
        for step in chain {
            match (folded.last_mut(), step) {
                (Some(Step::Layer(conv_name, Layer::Conv(conv))), Step::Layer(norm, Layer::BatchNorm { .. })) => {
                    self.fold(conv, &path(block, conv_name), &path(block, norm))?;
                    conv.bias = Some(0.0);
                }
                (_, Step::Block(block)) => folded.push(Step::Block(Box::new(self.block(block)?))),
                (_, step) => folded.push(step.clone()),
            }
        }
        Ok(folded)
    }

    /// Puts the batch norm `norm` into the convolution `conv`, both by their paths.
    fn fold(&mut self, shape: &Conv, conv: &str, norm: &str) -> Result<()> {
        let mut take = |what: &str| {
            let name = format!("{norm}.{what}");
            self.arrays
                .remove(&name)
                .ok_or_else(|| Error::failure("folding batch norms", format!("no tensor `{name}`")))
        };
        let [gamma, beta, mean, variance] =
            [take("weight")?, take("bias")?, take("running_mean")?, take("running_var")?].map(|array| array.values);
        let weight = format!("{conv}.weight");
        let own = self.arrays.get_mut(&weight);
        let own = own.ok_or_else(|| Error::failure("folding batch norms", format!("no tensor `{weight}`")))?;
        let factors: Vec<f64> =
            gamma.iter().zip(&variance).map(|(g, v)| f64::from(*g) / (f64::from(*v) + EPSILON).sqrt()).collect();
        let n_weights = (own.values.len() / shape.n_outputs.max(1)).max(1);
        for (weights, factor) in own.values.chunks_mut(n_weights).zip(&factors) {
            weights.iter_mut().for_each(|w| *w = (f64::from(*w) * factor) as f32);
        }
        let name = format!("{conv}.bias");
        let before = self.arrays.get(&name).map(|array| array.values.clone());
        let bias = |c: usize| {
            let before = before.as_ref().map_or(0.0, |bias| f64::from(bias[c]));
            ((before - f64::from(mean[c])) * factors[c] + f64::from(beta[c])) as f32
        };
        let values: Vec<f32> = (0..factors.len()).map(bias).collect();
        self.arrays.insert(name, Array { shape: vec![values.len()], values });
        Ok(())
    }
}
