//! Batch norm, rectifier and convolution as one step that keeps only what the norm read.
//!
//! Of a residual block that is a map in four, of one with its norms first a map in two: what the norm made is made once more for gradients.

use burn::tensor::Tensor;
use skiplayer::Result;

use super::batch_norm::BatchStatistics;
use super::forward_pass::ForwardPass;
use super::pass::Mode;
use crate::describe::block::Step;
use crate::describe::layer::{Conv, Layer};
use crate::describe::traverse::path;
use crate::kernel;

/// The paths of a batch norm and of a convolution that reads it through a rectifier.
pub(super) struct Recomputed {
    norm: String,
    name: String,
    conv: Conv,
}

impl ForwardPass<'_> {
    /// The first three of `steps`, if they are these and can be one step: the pass trains in little memory, nobody wants to see what is between
    /// them, and `x` is where our own operations are.
    pub(super) fn recomputed(&self, steps: &[Step], block: &str, x: &Tensor<4>) -> Option<Recomputed> {
        let [
            Step::Layer(norm, Layer::BatchNorm { .. }),
            Step::Layer(relu, Layer::Relu),
            Step::Layer(name, Layer::Conv(conv)),
            ..,
        ] = steps
        else {
            return None;
        };
        let is_wanted = self.pass.memory_efficient && self.pass.mode == Mode::Training && conv.bias.is_none();
        let is_hidden = [norm, relu].into_iter().all(|name| !self.is_seen(&path(block, name)));
        let fits = is_wanted && is_hidden && kernel::is_ours(x);
        fits.then(|| Recomputed { norm: path(block, norm), name: path(block, name), conv: *conv })
    }

    pub(super) fn convolution_of_normalised(&mut self, step: Recomputed, x: Tensor<4>) -> Result<Tensor<4>> {
        let Recomputed { norm, name, conv } = step;
        let Conv { n_inputs, n_outputs, kernel, stride, padding, .. } = conv;
        let x = self.narrowed(x);
        let [n, channels, height, width] = x.dims();
        let moments = kernel::moments(x.clone());
        let row = |i: usize| moments.clone().slice([i..i + 1, 0..channels]).reshape([channels]);
        let statistics = BatchStatistics { mean: row(0), biased_variance: row(1), n_values: n * height * width };
        let (gamma, beta) = (self.parameter(&norm, "weight")?, self.parameter(&norm, "bias")?);
        let weight = self.parameter(&name, "weight")?.reshape([n_outputs, n_inputs, kernel, kernel]);
        self.trace.batch_statistics.push((norm, statistics));
        let y = kernel::convolution_of_normalised(x, kernel::Norm { moments, gamma, beta }, weight, stride, padding);
        Ok(self.see(&name, y))
    }
}
