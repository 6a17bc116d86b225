//! START HERE. A block is y = merge(shortcut(e), branch(e)) with e = entry(x), and whatever follows the merge.
//!
//! ```text
//!              ┌──── shortcut ────┐
//!  x ── entry ─┤                  ├─ merge ── exit ── y
//!              └──── branch ──────┘
//! ```
//!
//! Plain, residual, dense, highway and U networks differ in these five parts only. A block is a value: it can be printed,
//! counted, removed, or stripped of its shortcut. A branch may itself hold blocks, which is what a U-Net is.

use serde::{Deserialize, Serialize};

use crate::describe::layer::{Conv, Layer};

/// Operations one after the other.
pub type Chain = Vec<Step>;

/// One element of a [`Chain`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// A layer and its name within the block; names of layers without parameters are not unique.
    Layer(String, Layer),
    Block(Box<Block>),
}

impl Step {
    /// Is it max(x, 0)?
    pub fn is_relu(&self) -> bool {
        matches!(self, Self::Layer(_, Layer::Relu))
    }
}

/// The way around the branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Shortcut {
    /// There is none: a plain block.
    None,
    Identity,
    /// Every `stride`-th pixel, and channels of zeros behind the last one (He et al. 2015, option A). No parameters.
    ZeroPad {
        stride: usize,
        n_outputs: usize,
    },
    /// A 1x1 convolution, usually with batch norm (options B and C).
    Projection(Chain),
}

/// How the two ways come together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Merge {
    /// The branch alone, where there is no shortcut.
    None,
    /// Shortcut + branch.
    Add,
    /// The channels of the shortcut, then those of the branch.
    Concat,
    /// T * branch + (1 - T) * shortcut with T = sigmoid(conv(e)) (Srivastava, Greff & Schmidhuber 2015, equation 3).
    Gate(Conv),
}

/// One block. `name` is its full path; parameters are called `<block>.<layer>.weight`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Block {
    pub name: String,
    /// Before the ways part.
    pub entry: Chain,
    pub shortcut: Shortcut,
    pub branch: Chain,
    pub merge: Merge,
    /// After they have come together.
    pub exit: Chain,
    /// Probability that the branch is there in a training step (Huang et al. 2016); 1: always.
    pub survival: f64,
}

impl Block {
    /// y = branch(x).
    pub fn plain(name: impl Into<String>, branch: Chain) -> Self {
        Self {
            name: name.into(),
            entry: Vec::new(),
            shortcut: Shortcut::None,
            branch,
            merge: Merge::None,
            exit: Vec::new(),
            survival: 1.0,
        }
    }

    /// y = shortcut(x) + branch(x).
    pub fn residual(name: impl Into<String>, shortcut: Shortcut, branch: Chain) -> Self {
        Self { shortcut, merge: Merge::Add, ..Self::plain(name, branch) }
    }

    /// The same block with layers before the ways part.
    #[must_use]
    pub fn after(self, entry: Chain) -> Self {
        Self { entry, ..self }
    }

    /// The same block with layers after the merge.
    #[must_use]
    pub fn then(self, exit: Chain) -> Self {
        Self { exit, ..self }
    }

    /// Is there a way around the branch that only adds? Only such branches can be dropped while training.
    pub fn is_residual(&self) -> bool {
        self.shortcut != Shortcut::None && self.merge == Merge::Add
    }

    /// Is it x + branch(x) but for entry and exit, so that without its branch it is the identity?
    pub fn can_lose_branch(&self) -> bool {
        self.shortcut == Shortcut::Identity && self.is_residual()
    }

    /// The same block without its shortcut, if that changes no count: a shortcut without parameters that is added.
    pub fn plain_twin(&self) -> Option<Self> {
        let is_free = matches!(self.shortcut, Shortcut::Identity | Shortcut::ZeroPad { .. });
        let has_twin = self.merge == Merge::None || (is_free && self.merge == Merge::Add);
        has_twin.then_some(())?;
        let branch = plain_chain(&self.branch)?;
        Some(Self {
            entry: plain_chain(&self.entry)?,
            exit: plain_chain(&self.exit)?,
            ..Self::plain(self.name.clone(), branch)
        })
    }
}

fn plain_chain(chain: &Chain) -> Option<Chain> {
    let plain = |step: &Step| match step {
        Step::Layer(..) => Some(step.clone()),
        Step::Block(block) => block.plain_twin().map(|twin| Step::Block(Box::new(twin))),
    };
    chain.iter().map(plain).collect()
}

/// A layer as a [`Step`].
pub fn step(name: &str, layer: Layer) -> Step {
    Step::Layer(name.to_owned(), layer)
}

/// A convolution as a [`Step`].
pub fn conv(name: &str, conv: Conv) -> Step {
    step(name, Layer::Conv(conv))
}

/// A batch norm as a [`Step`].
pub fn norm(name: &str, channels: usize) -> Step {
    step(name, Layer::BatchNorm { channels })
}

/// max(x, 0) as a [`Step`].
pub fn relu() -> Step {
    step("relu", Layer::Relu)
}
