//! The forward pass: a traversal of the description that computes. There is one; what analyses want to see is in its trace.

use burn::tensor::Tensor;
use burn::tensor::activation::{relu, sigmoid};
use skiplayer::{Error, Result};

use super::batch_norm::{normalise_by_batch, normalise_by_running};
use super::dense_block::{FeatureMaps, concatenated};
use super::forward_pass::ForwardPass;
use super::pass::{Mode, Pass, STEM, Trace, Way, branch_path};
use super::tensors::Network;
use crate::describe::block::{Block, Merge, Shortcut, Step};
use crate::describe::layer::{Conv, Layer};
use crate::describe::traverse::path;
use crate::kernel::{self, After, Handed, Windows, conv2d, is_ours, rounded, widened};
use crate::precision::Precision;

impl Network {
    /// The output for `x`, `(n, channels, height, width)` as the input of the network says, and the trace that the pass leaves:
    /// `(n, outputs, 1, 1)`, or a map of outputs.
    ///
    /// # Errors
    /// Another shape of input; factors or ways that are not one for each block; a factor that leaves out what has no way around.
    pub fn forward(&self, x: Tensor<4>, pass: Pass<'_>) -> Result<(Tensor<4>, Trace)> {
        let [n, channels, height, width] = x.dims();
        let input = self.architecture().input;
        if n == 0 || [channels, height, width] != [input.channels, input.height, input.width] {
            return Err(Error::input(
                format!("input of {}", self.architecture().name),
                format!("{n} images of {channels}x{height}x{width}"),
            )
            .expected(format!("at least one of {input}")));
        }
        if pass.precision == Precision::Bf16 && !is_ours(&x) {
            return Err(Error::input("precision", "bf16 on a device that is not the processor").expected("f32 there"));
        }
        let n_blocks = self.architecture().blocks().count();
        let given =
            [("factors of branches", pass.branches.map(<[f64]>::len)), ("ways back", pass.ways.map(<[Way]>::len))];
        for (what, n) in given {
            if let Some(n) = n.filter(|n| *n != n_blocks) {
                return Err(Error::input(what, n.to_string())
                    .expected(format!("one for each of the {n_blocks} blocks of {}", self.architecture().name)));
            }
        }
        let mut forward = ForwardPass::new(self, pass);
        let y = forward.run(x)?;
        Ok((y, forward.trace))
    }
}

impl ForwardPass<'_> {
    /// All of the network; `x` as the input of the network says.
    fn run(&mut self, x: Tensor<4>) -> Result<Tensor<4>> {
        let architecture = self.network.architecture();
        let x = self.chain(&architecture.stem, "", x)?;
        let mut x = self.see(STEM, x);
        // What the dense layers so far have made, where they are not concatenated.
        let mut maps = Vec::new();
        for (i, block) in architecture.blocks().enumerate() {
            let way = self.pass.ways.map_or(Way::Both, |ways| ways[i]);
            let factor = match (self.pass.branches, self.pass.mode) {
                (Some(factors), _) => factors[i],
                (None, Mode::Training) => 1.0,
                (None, Mode::Evaluation) => block.survival,
            };
            match self.dense_layer(block, factor, way, &x) {
                Some(layer) => {
                    if maps.is_empty() {
                        maps.push(FeatureMaps::new(x.clone()));
                    }
                    let rest = layer.rest;
                    if let Some(branch) = self.read_maps(layer, &maps)? {
                        let branch = self.chain(rest, &block.name, branch)?;
                        maps.push(FeatureMaps::new(self.see(&branch_path(&block.name), branch)));
                    }
                }
                None => {
                    x = concatenated(std::mem::take(&mut maps)).unwrap_or(x);
                    x = self.block(block, factor, way, x)?;
                }
            }
        }
        let x = concatenated(maps).unwrap_or(x);
        Ok(widened(self.chain(&architecture.head, "", x)?))
    }

    /// `x` in what maps are made of.
    pub(super) fn narrowed(&self, x: Tensor<4>) -> Tensor<4> {
        match self.pass.precision {
            Precision::F32 => x,
            Precision::Bf16 => rounded(x),
        }
    }

    /// Whether what comes after a batch norm of `x` can be done in the same pass over memory.
    fn joins(&self, x: &Tensor<4>) -> bool {
        self.pass.mode == Mode::Training || is_ours(x) && !x.is_autodiff()
    }

    fn chain(&mut self, chain: &[Step], block: &str, mut x: Tensor<4>) -> Result<Tensor<4>> {
        let mut steps = chain;
        while let Some((step, rest)) = steps.split_first() {
            if let Some(all) = self.recomputed(steps, block, &x) {
                x = self.convolution_of_normalised(all, x)?;
                steps = &steps[3..];
                continue;
            }
            steps = rest;
            x = match step {
                Step::Layer(name, Layer::BatchNorm { .. }) if self.joins(&x) => {
                    let path = path(block, name);
                    // A rectifier behind it needs no pass over memory of its own, unless somebody wants to see what is between them.
                    let next = steps.split_first().filter(|(next, _)| next.is_relu() && !self.is_seen(&path));
                    let is_rectified = next.is_some();
                    let y = self.batch_norm(&path, x, After { shortcut: None, handed: None, is_rectified })?;
                    let y = self.see(&path, y);
                    match next {
                        Some((Step::Layer(name, _), rest)) => {
                            steps = rest;
                            self.see(&self::path(block, name), y)
                        }
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
                // The gradients of both ways come together where they part, without the graph.
                let forks = way == Way::Both && factor != 0.0 && start.is_autodiff() && is_ours(&start);
                let (start, mut handed) = match forks.then(|| kernel::fork(start.clone())) {
                    Some((start, handed)) => (start, Some(handed)),
                    None => (start, None),
                };
                let is_direct = *shortcut == Shortcut::Identity && matches!(block.merge, Merge::Add | Merge::Concat);
                let around = match handed.take_if(|_| !is_direct) {
                    Some(handed) => self.shortcut(shortcut, &block.name, kernel::hand_over(start.clone(), handed))?,
                    None => self.shortcut(shortcut, &block.name, start.clone())?,
                };
                let is_cut = way == Way::Branch || handed.is_some();
                let around = if is_cut { around.detach() } else { around };
                match self.last_norm(block, factor, way).filter(|_| self.joins(&start)) {
                    Some((path, branch)) => {
                        let branch = self.chain(branch, &block.name, start)?;
                        let rectifier = exit.split_first().filter(|(step, _)| step.is_relu());
                        let after = After { shortcut: Some(around), handed, is_rectified: rectifier.is_some() };
                        let y = self.batch_norm(&path, branch, after)?;
                        match rectifier {
                            Some((Step::Layer(name, _), rest)) => {
                                exit = rest;
                                self.see(&self::path(&block.name, name), y)
                            }
                            _ => y,
                        }
                    }
                    None => self.merge(block, factor, way, start, (around, handed))?,
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
        (is_plain && is_hidden).then_some((path, before))
    }

    fn shortcut(&mut self, shortcut: &Shortcut, block: &str, x: Tensor<4>) -> Result<Tensor<4>> {
        Ok(match shortcut {
            Shortcut::None | Shortcut::Identity => x,
            Shortcut::ZeroPad { stride, n_outputs } => kernel::zero_pad(x, *stride, *n_outputs),
            Shortcut::Projection(chain) => self.chain(chain, block, x)?,
        })
    }

    /// `around` without its gradient where that is handed over.
    fn merge(
        &mut self,
        block: &Block,
        factor: f64,
        way: Way,
        start: Tensor<4>,
        (mut around, handed): (Tensor<4>, Option<Handed>),
    ) -> Result<Tensor<4>> {
        match &block.merge {
            Merge::Add if factor == 0.0 => return Ok(around),
            // A gate that is shut: T = 0.
            Merge::Gate(_) if factor == 0.0 => return Ok(around),
            _ => {}
        }
        let branch = self.chain(&block.branch, &block.name, start.clone())?;
        let mut branch = if factor == 1.0 { branch } else { widened(branch).mul_scalar(factor) };
        if let Merge::Gate(conv) = &block.merge {
            let gate = sigmoid(widened(self.conv(conv, &path(&block.name, "gate"), start)?));
            (branch, around) = (widened(branch), widened(around));
            // What the gate itself learns from is on the way of the branch.
            let gate = if way == Way::Shortcut { gate.detach() } else { gate };
            branch = gate.clone() * branch;
            around = around.clone() - gate * around;
        }
        let branch = if way == Way::Shortcut { branch.detach() } else { branch };
        let branch = self.see(&branch_path(&block.name), branch);
        Ok(match &block.merge {
            Merge::None => branch,
            Merge::Add | Merge::Gate(_) => kernel::sum(around, branch, handed),
            Merge::Concat => kernel::concatenated(around, branch, handed),
        })
    }

    /// What has weights reads maps of the precision that is asked for, and what slides over maps leaves them what they are; the rest is in
    /// single precision.
    fn layer(&mut self, layer: &Layer, path: &str, x: Tensor<4>) -> Result<Tensor<4>> {
        let [n, channels, height, width] = x.dims();
        let x = match layer {
            Layer::Conv(conv) => return self.conv(conv, path, x),
            Layer::BatchNorm { .. } => {
                return self.batch_norm(path, x, After { shortcut: None, handed: None, is_rectified: false });
            }
            Layer::UpConv { n_inputs, n_outputs } => {
                let weight = self.parameter(path, "weight")?.reshape([*n_inputs, *n_outputs, 2, 2]);
                let y = kernel::up_convolution(self.narrowed(x), weight);
                return Ok(kernel::add_bias(y, self.parameter(path, "bias")?));
            }
            Layer::MaxPool { kernel, stride, padding } => {
                let windows = Windows { kernel: *kernel, stride: *stride, padding: *padding };
                return Ok(kernel::max_pool(x, windows));
            }
            Layer::AvgPool { kernel } => return Ok(kernel::avg_pool(x, *kernel)),
            _ => widened(x),
        };
        Ok(match layer {
            // Done.
            Layer::Conv(_)
            | Layer::BatchNorm { .. }
            | Layer::UpConv { .. }
            | Layer::MaxPool { .. }
            | Layer::AvgPool { .. } => x,
            Layer::Relu => relu(x),
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

    /// By the statistics of the batch, which go into the trace, or by the running ones.
    fn batch_norm(&mut self, path: &str, x: Tensor<4>, after: After) -> Result<Tensor<4>> {
        let (scale, shift) = (self.parameter(path, "weight")?, self.parameter(path, "bias")?);
        let x = self.narrowed(x);
        if self.pass.mode == Mode::Evaluation {
            return Ok(normalise_by_running(x, scale, shift, self.network.statistics_of(path)?, after));
        }
        let (y, statistics) = normalise_by_batch(x, scale, shift, after);
        self.trace.batch_statistics.push((path.to_owned(), statistics));
        Ok(y)
    }

    fn conv(&self, conv: &Conv, path: &str, x: Tensor<4>) -> Result<Tensor<4>> {
        let Conv { n_inputs, n_outputs, kernel, stride, padding, .. } = *conv;
        let weight = self.parameter(path, "weight")?.reshape([n_outputs, n_inputs, kernel, kernel]);
        let y = conv2d(self.narrowed(x), weight, stride, padding);
        Ok(match conv.bias {
            Some(_) => kernel::add_bias(widened(y), self.parameter(path, "bias")?),
            None => y,
        })
    }
}
