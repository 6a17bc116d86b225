//! How a network is passed through, and what a pass leaves behind.

use burn::tensor::Tensor;

use super::batch_norm::BatchStatistics;
use crate::precision::Precision;

/// Which statistics batch norms use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Those of the batch.
    Training,
    /// The running ones.
    Evaluation,
}

/// A way back through a block. The gradient of a network is the sum over all choices of one way in each block (Veit, Wilber &
/// Belongie 2016, section 3): 2^blocks paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Both,
    Shortcut,
    Branch,
}

/// How to pass.
#[derive(Clone, Copy)]
pub struct Pass<'a> {
    pub mode: Mode,
    /// Factors of the branches of all blocks; 0 leaves a branch out, without computing it. `None`: 1 in training, in evaluation
    /// the probability that the branch was there in training (Huang et al. 2016, equation 5).
    pub branches: Option<&'a [f64]>,
    /// Which ways of all blocks gradients take back; the pass itself is the same. `None`: both.
    pub ways: Option<&'a [Way]>,
    /// Which outputs stay in the trace: those of layers and blocks by their path, [`STEM`], and those of branches by [`branch_path`].
    pub watch: Option<&'a dyn Fn(&str) -> bool>,
    /// To which of these outputs zeros are added that gradients are taken for: the gradient there is that of the output.
    pub tap: Option<&'a dyn Fn(&str) -> bool>,
    /// Whether training takes less memory for more time. What a convolution reads that batch norm and rectifier have made is not kept but made
    /// again: the same numbers. In single precision each map of a dense stage is kept once instead of in every concatenation: the same but
    /// for rounding, in memory that grows like the depth and not like its square.
    pub memory_efficient: bool,
    /// What maps are made of.
    pub precision: Precision,
}

/// What the stem hands to the first block.
pub const STEM: &str = "stem";

/// What the branch of `block` adds, after its factor or gate; of a block without shortcut all of it, before its exit.
pub fn branch_path(block: &str) -> String {
    format!("{block}/branch")
}

impl Pass<'_> {
    /// Batch statistics, all branches.
    pub const TRAINING: Self = Self {
        mode: Mode::Training,
        branches: None,
        ways: None,
        watch: None,
        tap: None,
        memory_efficient: false,
        precision: Precision::F32,
    };
    /// Running statistics, branches by their expectation.
    pub const EVALUATION: Self = Self { mode: Mode::Evaluation, ..Self::TRAINING };
}

/// What a pass leaves besides its output.
#[derive(Debug, Default)]
pub struct Trace {
    /// Of every batch norm that saw the batch, with its path; empty in evaluation.
    pub batch_statistics: Vec<(String, BatchStatistics)>,
    /// What was watched, with its path, in the order of the pass; `(n, channels, h, w)`.
    pub outputs: Vec<(String, Tensor<4>)>,
    /// Zeros that were added, with the path of what they were added to; gradients of their passes know them.
    pub taps: Vec<(String, Tensor<4>)>,
}
