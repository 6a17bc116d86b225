//! The forward pass: a walk over the description that computes. There is one; what analyses want to see is in its trace.

use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::module::{avg_pool2d, conv_transpose2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, ConvTransposeOptions, MaxPoolOptions};
use burn::tensor::{Tensor, s};
use skiplayer::{Error, Result};

use super::Network;
use super::batch_norm::{BatchStatistics, normalise_by_batch, normalise_by_running};
use super::pieces::{Piece, whole};
use crate::block::{Block, Merge, Shortcut, Step};
use crate::kernel::{After, conv2d};
use crate::layer::{Conv, Layer};
use crate::walk::path;

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
    /// Whether training keeps each map of a dense stage once instead of in every concatenation: the same numbers but for rounding, in memory
    /// that grows like the depth and not like its square, for more time.
    pub memory_efficient: bool,
}

/// What the stem hands to the first block.
pub const STEM: &str = "stem";

/// What the branch of `block` adds, after its factor or gate; of a block without shortcut all of it, before its exit.
pub fn branch_path(block: &str) -> String {
    format!("{block}/branch")
}

impl Pass<'_> {
    /// Batch statistics, all branches.
    pub const TRAINING: Self =
        Self { mode: Mode::Training, branches: None, ways: None, watch: None, tap: None, memory_efficient: false };
    /// Running statistics, branches by their expectation.
    pub const EVALUATION: Self =
        Self { mode: Mode::Evaluation, branches: None, ways: None, watch: None, tap: None, memory_efficient: false };
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

/// One pass on its way.
pub(super) struct Walker<'a> {
    network: &'a Network,
    pass: Pass<'a>,
    pub trace: Trace,
}

impl<'a> Walker<'a> {
    pub fn new(network: &'a Network, pass: Pass<'a>) -> Self {
        Self { network, pass, trace: Trace::default() }
    }

    /// All of the network; `x` as the input of the network says.
    pub fn run(&mut self, x: Tensor<4>) -> Result<Tensor<4>> {
        let architecture = &self.network.architecture;
        let x = self.chain(&architecture.stem, "", x)?;
        let mut x = self.see(STEM, x);
        // Of the dense stage that the walk is in.
        let mut pieces = Vec::new();
        for (i, block) in architecture.blocks().enumerate() {
            let way = self.pass.ways.map_or(Way::Both, |ways| ways[i]);
            let factor = match (self.pass.branches, self.pass.mode) {
                (Some(factors), _) => factors[i],
                (None, Mode::Training) => 1.0,
                (None, Mode::Evaluation) => block.survival,
            };
            match self.dense_layer(block, factor, way, &x) {
                Some(layer) => {
                    if pieces.is_empty() {
                        pieces.push(Piece::new(x.clone()));
                    }
                    self.grow_pieces(block, layer, &mut pieces)?;
                }
                None => {
                    x = whole(std::mem::take(&mut pieces)).unwrap_or(x);
                    x = self.block(block, factor, way, x)?;
                }
            }
        }
        let x = whole(pieces).unwrap_or(x);
        self.chain(&architecture.head, "", x)
    }

    pub(super) fn pass(&self) -> Pass<'_> {
        self.pass
    }

    pub(super) fn chain(&mut self, chain: &[Step], block: &str, mut x: Tensor<4>) -> Result<Tensor<4>> {
        let mut steps = chain.iter().peekable();
        while let Some(step) = steps.next() {
            x = match step {
                Step::Layer(name, Layer::BatchNorm { .. }) if self.pass.mode == Mode::Training => {
                    let path = path(block, name);
                    // A rectifier behind it needs no pass over memory of its own, unless somebody wants to see what is between them.
                    let next = steps.peek().filter(|_| !self.is_seen(&path));
                    let is_rectified = next.is_some_and(|next| is_rectifier(next));
                    let y = self.batch_norm(&path, x, After { shortcut: None, is_rectified })?;
                    let y = self.see(&path, y);
                    match steps.next_if(|_| is_rectified) {
                        Some(Step::Layer(name, _)) => self.see(&self::path(block, name), y),
                        _ => y,
                    }
                }
                Step::Layer(name, layer) => {
                    let path = path(block, name);
                    let y = self.layer(layer, &path, x)?;
                    self.see(&path, y)
                }
                Step::Block(block) => self.block(block, 1.0, Way::Both, x)?,
            };
        }
        Ok(x)
    }

    fn block(&mut self, block: &Block, factor: f64, way: Way, x: Tensor<4>) -> Result<Tensor<4>> {
        let start = self.chain(&block.entry, &block.name, x)?;
        let mut exit = &block.exit[..];
        let merged = match &block.shortcut {
            Shortcut::None if factor == 1.0 => {
                let branch = self.chain(&block.branch, &block.name, start)?;
                // Nothing leads around this branch.
                let branch = if way == Way::Shortcut { branch.detach() } else { branch };
                self.see(&branch_path(&block.name), branch)
            }
            Shortcut::None => {
                return Err(Error::input(format!("branch of block {}", block.name), format!("the factor {factor}"))
                    .expected("1: this block has no shortcut, so nothing would be left"));
            }
            shortcut => {
                let around = self.shortcut(shortcut, &block.name, start.clone())?;
                match self.last_norm(block, factor, way) {
                    Some((path, branch)) => {
                        let branch = self.chain(branch, &block.name, start)?;
                        let around = if way == Way::Branch { around.detach() } else { around };
                        let rectifier = exit.split_first().filter(|(step, _)| is_rectifier(step));
                        let after = After { shortcut: Some(around), is_rectified: rectifier.is_some() };
                        let y = self.batch_norm(&path, branch, after)?;
                        match rectifier {
                            Some((Step::Layer(name, _), rest)) => {
                                exit = rest;
                                self.see(&self::path(&block.name, name), y)
                            }
                            _ => y,
                        }
                    }
                    None => self.merge(block, factor, way, start, around)?,
                }
            }
        };
        let y = self.chain(exit, &block.name, merged)?;
        Ok(self.see(&block.name, y))
    }

    /// The batch norm that ends a branch and what is before it, if the norm, the sum and the rectifier behind it can be one pass over memory:
    /// nobody wants to see what is between them.
    fn last_norm<'b>(&self, block: &'b Block, factor: f64, way: Way) -> Option<(String, &'b [Step])> {
        let (Step::Layer(name, Layer::BatchNorm { .. }), before) = block.branch.split_last()? else { return None };
        let path = path(&block.name, name);
        let is_plain = block.merge == Merge::Add && factor == 1.0 && way != Way::Shortcut;
        let is_hidden = !self.is_seen(&path) && !self.is_seen(&branch_path(&block.name));
        (self.pass.mode == Mode::Training && is_plain && is_hidden).then_some((path, before))
    }

    fn shortcut(&mut self, shortcut: &Shortcut, block: &str, x: Tensor<4>) -> Result<Tensor<4>> {
        Ok(match shortcut {
            Shortcut::None | Shortcut::Identity => x,
            Shortcut::ZeroPad { stride, n_outputs } => zero_pad(x, *stride, *n_outputs),
            Shortcut::Projection(chain) => self.chain(chain, block, x)?,
        })
    }

    fn merge(
        &mut self,
        block: &Block,
        factor: f64,
        way: Way,
        start: Tensor<4>,
        around: Tensor<4>,
    ) -> Result<Tensor<4>> {
        match &block.merge {
            Merge::Add if factor == 0.0 => return Ok(around),
            // A gate that is shut: T = 0.
            Merge::Gate(_) if factor == 0.0 => return Ok(around),
            _ => {}
        }
        let branch = self.chain(&block.branch, &block.name, start.clone())?;
        let mut branch = if factor == 1.0 { branch } else { branch.mul_scalar(factor) };
        let mut around = if way == Way::Branch { around.detach() } else { around };
        if let Merge::Gate(conv) = &block.merge {
            let gate = sigmoid(self.conv(conv, &path(&block.name, "gate"), start)?);
            // What the gate itself learns from is on the way of the branch.
            let gate = if way == Way::Shortcut { gate.detach() } else { gate };
            branch = gate.clone() * branch;
            around = around.clone() - gate * around;
        }
        let branch = if way == Way::Shortcut { branch.detach() } else { branch };
        let branch = self.see(&branch_path(&block.name), branch);
        Ok(match &block.merge {
            Merge::None => branch,
            Merge::Add | Merge::Gate(_) => around + branch,
            Merge::Concat => Tensor::cat(vec![around, branch], 1),
        })
    }

    /// Batch norms by running statistics: those of the batch are [`Self::batch_norm`]'s.
    fn layer(&self, layer: &Layer, path: &str, x: Tensor<4>) -> Result<Tensor<4>> {
        let [n, channels, height, width] = x.dims();
        Ok(match layer {
            Layer::Conv(conv) => self.conv(conv, path, x)?,
            Layer::UpConv { n_inputs, n_outputs } => {
                let weight = self.parameter(path, "weight")?.reshape([*n_inputs, *n_outputs, 2, 2]);
                let options = ConvTransposeOptions::new([2, 2], [0, 0], [0, 0], [1, 1], 1);
                conv_transpose2d(x, weight, Some(self.parameter(path, "bias")?), options)
            }
            Layer::BatchNorm { .. } => {
                let (scale, shift) = (self.parameter(path, "weight")?, self.parameter(path, "bias")?);
                normalise_by_running(x, scale, shift, self.network.statistics_of(path)?)
            }
            Layer::Relu => relu(x),
            Layer::MaxPool { kernel, stride, padding } => {
                let mut options = MaxPoolOptions::new([*kernel; 2]);
                (options.stride, options.padding) = ([*stride; 2], [(*padding, *padding); 2]);
                max_pool2d(x, options)
            }
            Layer::AvgPool { kernel } => avg_pool2d(x, AvgPoolOptions::new([*kernel; 2])),
            Layer::GlobalAvgPool => x.reshape([n, channels, height * width]).mean_dim(2).reshape([n, channels, 1, 1]),
            Layer::Linear { n_inputs, n_outputs, .. } => {
                let weight = self.parameter(path, "weight")?.reshape([*n_outputs, *n_inputs]);
                let bias = self.parameter(path, "bias")?.reshape([1, *n_outputs]);
                (x.reshape([n, channels]).matmul(weight.transpose()) + bias).reshape([n, *n_outputs, 1, 1])
            }
            Layer::Scale { .. } => x * self.network.value_of(path)?.reshape([1, 1, 1, 1]),
            Layer::Shift => x + self.network.value_of(path)?.reshape([1, 1, 1, 1]),
        })
    }

    /// By the statistics of the batch, which go into the trace.
    fn batch_norm(&mut self, path: &str, x: Tensor<4>, after: After) -> Result<Tensor<4>> {
        let (scale, shift) = (self.parameter(path, "weight")?, self.parameter(path, "bias")?);
        let (y, statistics) = normalise_by_batch(x, scale, shift, after);
        self.trace.batch_statistics.push((path.to_owned(), statistics));
        Ok(y)
    }

    fn conv(&self, conv: &Conv, path: &str, x: Tensor<4>) -> Result<Tensor<4>> {
        let Conv { n_inputs, n_outputs, kernel, stride, padding, .. } = *conv;
        let weight = self.parameter(path, "weight")?.reshape([n_outputs, n_inputs, kernel, kernel]);
        let y = conv2d(x, weight, stride, padding);
        Ok(match conv.bias {
            Some(_) => y + self.parameter(path, "bias")?.reshape([1, n_outputs, 1, 1]),
            None => y,
        })
    }

    pub(super) fn parameter(&self, path: &str, name: &str) -> Result<Tensor<1>> {
        self.network.value_of(&format!("{path}.{name}"))
    }

    pub(super) fn is_seen(&self, path: &str) -> bool {
        [self.pass.watch, self.pass.tap].into_iter().flatten().any(|wants| wants(path))
    }

    /// Taps `y` where gradients are wanted, and leaves it in the trace where it is watched.
    pub(super) fn see(&mut self, path: &str, mut y: Tensor<4>) -> Tensor<4> {
        if self.pass.tap.is_some_and(|tap| tap(path)) {
            // Gradients can be asked for at leaves only.
            let zeros = Tensor::zeros(y.dims(), &y.device()).require_grad();
            self.trace.taps.push((path.to_owned(), zeros.clone()));
            y = y + zeros;
        }
        if self.pass.watch.is_some_and(|watch| watch(path)) {
            self.trace.outputs.push((path.to_owned(), y.clone()));
        }
        y
    }
}

pub(super) fn is_rectifier(step: &Step) -> bool {
    matches!(step, Step::Layer(_, Layer::Relu))
}

/// Every `stride`-th pixel, and zeros behind the last channel.
fn zero_pad(x: Tensor<4>, stride: usize, n_outputs: usize) -> Tensor<4> {
    let x = match stride {
        1 => x,
        stride => {
            let step = stride as isize;
            x.slice(s![.., .., ..;step, ..;step])
        }
    };
    let [n, channels, height, width] = x.dims();
    if channels == n_outputs {
        return x;
    }
    let zeros = Tensor::zeros([n, n_outputs - channels, height, width], &x.device());
    Tensor::cat(vec![x, zeros], 1)
}
