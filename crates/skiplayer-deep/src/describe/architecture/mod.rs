//! A network as a value: a stem, stages of blocks, a head. One description makes any member of the family.

pub mod dense;
pub mod highway;
pub mod mlp;
pub mod preact;
pub mod resnet;
mod twin;
pub mod unet;
pub mod unnormalised;

use serde::{Deserialize, Serialize};
use skiplayer::{Error, Result};

use crate::describe::block::{Block, Chain, Shortcut, Step};
use crate::describe::layer::Layer;
use crate::describe::shape::Shape;
use crate::describe::traverse::{Role, Visit, traverse, traverse_block};

/// A network that is described and not yet built.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Architecture {
    /// As [`Family`](crate::describe::family::Family) reads it; what was changed afterwards is in the parts.
    pub name: String,
    /// Of one image.
    pub input: Shape,
    /// Classes, or numbers to predict.
    pub n_outputs: usize,
    pub stem: Chain,
    pub stages: Vec<Stage>,
    pub head: Chain,
}

/// Blocks that work at one resolution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    pub name: String,
    pub blocks: Vec<Block>,
}

impl Architecture {
    /// All blocks of all stages in order. Blocks inside branches are part of theirs.
    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.stages.iter().flat_map(|stage| &stage.blocks)
    }

    /// Traverses the network from the input to the output and returns the shape there.
    ///
    /// # Errors
    /// Layers that do not fit together, or do not fit the input.
    pub fn traverse<'a>(&'a self, visit: &mut dyn FnMut(Visit<'a>)) -> Result<Shape> {
        self.input.check("input")?;
        let mut shape = traverse(&self.stem, "", Role::Trunk, self.input, visit)?;
        for block in self.blocks() {
            shape = traverse_block(block, shape, visit)?;
        }
        traverse(&self.head, "", Role::Trunk, shape, visit)
    }

    /// The shape of the output.
    ///
    /// # Errors
    /// As [`Self::traverse`].
    pub fn output(&self) -> Result<Shape> {
        self.traverse(&mut |_| {})
    }

    /// The same network without its batch norms: to see what they do to gradients.
    ///
    /// # Errors
    /// Nothing is left of a block.
    pub fn without_batch_norm(&self) -> Result<Self> {
        let block = |block: &Block| without_norms_in_block(block);
        let stage =
            |stage: &Stage| Stage { name: stage.name.clone(), blocks: stage.blocks.iter().map(block).collect() };
        let bare = Self {
            name: format!("{} without batch norm", self.name),
            stem: without_norms(&self.stem),
            stages: self.stages.iter().map(stage).collect(),
            head: without_norms(&self.head),
            ..self.clone()
        };
        bare.output()?;
        Ok(bare)
    }

    /// The same blocks in another order, or some of them only: `order` holds positions in [`Self::blocks`].
    ///
    /// # Errors
    /// A position that there is not, or blocks that do not fit together in this order.
    pub fn arranged(&self, order: &[usize]) -> Result<Self> {
        let places: Vec<(usize, &Block)> =
            self.stages.iter().enumerate().flat_map(|(s, stage)| stage.blocks.iter().map(move |b| (s, b))).collect();
        let mut arranged = self.clone();
        arranged.stages.iter_mut().for_each(|stage| stage.blocks.clear());
        let refused = |found: String| Error::input(format!("order of the blocks of {}", self.name), found);
        let mut reached = 0;
        for &i in order {
            let (stage, block) = places
                .get(i)
                .ok_or_else(|| refused(format!("position {i}")).expected(format!("one below {}", places.len())))?;
            if *stage < reached {
                return Err(refused(format!("{} behind a later stage", block.name)).expected("stages in their order"));
            }
            reached = *stage;
            arranged.stages[*stage].blocks.push((*block).clone());
        }
        arranged.output()?;
        Ok(arranged)
    }

    /// The same network whose residual branches are dropped at random while training: branch l of L is kept with
    /// probability 1 - l/L (1 - `last`) (Huang et al. 2016, equation 4).
    ///
    /// # Errors
    /// `last` is no probability above 0, or there is no residual block.
    pub fn with_stochastic_depth(mut self, last: f64) -> Result<Self> {
        let place = || format!("stochastic depth of {}", self.name);
        if !(last > 0.0 && last <= 1.0) {
            return Err(Error::input(place(), format!("the survival probability {last}"))
                .expected("a number above 0 and at most 1, such as 0.5"));
        }
        let n = self.blocks().filter(|block| block.is_residual()).count();
        if n == 0 {
            return Err(Error::input(place(), "no block whose shortcut is added").expected("a residual network"));
        }
        let residual = self.stages.iter_mut().flat_map(|stage| &mut stage.blocks).filter(|block| block.is_residual());
        for (l, block) in residual.enumerate() {
            block.survival = 1.0 - (l + 1) as f64 / n as f64 * (1.0 - last);
        }
        Ok(self)
    }
}

fn without_norms(chain: &Chain) -> Chain {
    let keep = |step: &Step| match step {
        Step::Layer(_, Layer::BatchNorm { .. }) => None,
        Step::Layer(..) => Some(step.clone()),
        Step::Block(block) => Some(Step::Block(Box::new(without_norms_in_block(block)))),
    };
    chain.iter().filter_map(keep).collect()
}

fn without_norms_in_block(block: &Block) -> Block {
    let shortcut = match &block.shortcut {
        Shortcut::Projection(chain) => Shortcut::Projection(without_norms(chain)),
        other => other.clone(),
    };
    Block {
        entry: without_norms(&block.entry),
        shortcut,
        branch: without_norms(&block.branch),
        exit: without_norms(&block.exit),
        ..block.clone()
    }
}
