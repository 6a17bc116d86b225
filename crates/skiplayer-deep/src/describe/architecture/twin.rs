//! The plain network beside a residual one.

use skiplayer::{Error, Result};

use super::{Architecture, Stage};
use crate::describe::block::Block;
use crate::describe::cost::Cost;

impl Architecture {
    /// The same network without shortcuts, with the same parameters and multiply-adds.
    ///
    /// # Errors
    /// A shortcut or merge that has weights of its own, or that changes what the next layer sees.
    pub fn plain_twin(&self) -> Result<Self> {
        let twin = |block: &Block| {
            block.plain_twin().ok_or_else(|| {
                Error::input(
                    format!("plain twin of {}", self.name),
                    format!("the shortcut of block {}, which has weights or widens what follows", block.name),
                )
                .expected("shortcuts without parameters that are added")
                .hint("try zero-padding shortcuts: option `-a`")
            })
        };
        let stage = |stage: &Stage| {
            let blocks = stage.blocks.iter().map(twin).collect::<Result<_>>()?;
            Ok(Stage { name: stage.name.clone(), blocks })
        };
        let stages = self.stages.iter().map(stage).collect::<Result<_>>()?;
        let twin = Self { name: format!("plain twin of {}", self.name), stages, ..self.clone() };
        let (ours, theirs) = (Cost::of(self)?, Cost::of(&twin)?);
        assert_eq!(
            (ours.n_parameters, ours.multiply_adds),
            (theirs.n_parameters, theirs.multiply_adds),
            "only shortcuts without parameters were removed"
        );
        Ok(twin)
    }
}
