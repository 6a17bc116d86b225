//! Dense layers without concatenation.
//!
//! A dense layer reads all maps before it: conv(relu(norm(concat(x_1 … x_n)))). Batch norm and rectifier work channel by channel and a
//! convolution sums over channels, so that this is the sum over i of conv_i(relu(norm_i(x_i))), with the channels of x_i of each parameter.
//! Each map is then kept once, where concatenations keep it once for every layer behind it (and twice, normalised too): memory that grows
//! like the depth and not like its square. Moments of a map are taken once as well.

use burn::tensor::{Tensor, s};
use skiplayer::Result;

use super::batch_norm::BatchStatistics;
use super::forward_pass::ForwardPass;
use super::pass::{Mode, Way};
use crate::describe::block::{Block, Merge, Shortcut, Step};
use crate::describe::layer::{Conv, Layer};
use crate::describe::traverse::path;
use crate::kernel;
use crate::precision::Precision;

/// Maps that would be concatenated with others.
pub(super) struct FeatureMaps {
    x: Tensor<4>,
    /// Mean and biased variance of each channel, `(2, channels)`.
    moments: Tensor<2>,
}

impl FeatureMaps {
    pub fn new(x: Tensor<4>) -> Self {
        Self { moments: kernel::moments(x.clone()), x }
    }
}

/// All of `maps` as one tensor; none of no maps.
pub(super) fn concatenated(mut maps: Vec<FeatureMaps>) -> Option<Tensor<4>> {
    match maps.len() {
        0 | 1 => maps.pop().map(|maps| maps.x),
        _ => Some(Tensor::cat(maps.into_iter().map(|maps| maps.x).collect(), 1)),
    }
}

/// The start of a dense layer.
pub(super) struct DenseLayer<'b> {
    norm: String,
    conv: (String, Conv),
    /// What follows its first convolution.
    pub rest: &'b [Step],
}

impl ForwardPass<'_> {
    /// Whether `block` can read maps that are not concatenated, and how: it is a dense layer that trains in little memory and single precision, nobody wants to see what is not computed, and `x` is
    /// where our own operations are.
    pub(super) fn dense_layer<'b>(
        &self,
        block: &'b Block,
        factor: f64,
        way: Way,
        x: &Tensor<4>,
    ) -> Option<DenseLayer<'b>> {
        let [Step::Layer(norm, Layer::BatchNorm { .. }), rectifier, Step::Layer(name, Layer::Conv(conv)), rest @ ..] =
            &block.branch[..]
        else {
            return None;
        };
        let is_dense = block.shortcut == Shortcut::Identity && block.merge == Merge::Concat && rectifier.is_relu();
        let is_bare = block.entry.is_empty() && block.exit.is_empty() && conv.bias.is_none();
        let is_whole = factor == 1.0 && way == Way::Both;
        let is_wanted = self.pass.memory_efficient && self.pass.mode == Mode::Training;
        let is_single = self.pass.precision == Precision::F32;
        let (norm, name) = (path(&block.name, norm), path(&block.name, name));
        let inner = [&norm, &path(&block.name, "relu"), &name, &block.name];
        let is_hidden = inner.into_iter().all(|path| !self.is_seen(path));
        let fits = is_wanted && is_single && is_dense && is_bare && is_whole && is_hidden && kernel::is_ours(x);
        fits.then_some(DenseLayer { norm, conv: (name, *conv), rest })
    }

    /// What the first convolution of `layer` makes of `maps`; none of no maps.
    pub(super) fn read_maps(&mut self, layer: DenseLayer<'_>, maps: &[FeatureMaps]) -> Result<Option<Tensor<4>>> {
        let DenseLayer { norm, conv: (name, conv), .. } = layer;
        let (scale, shift) = (self.parameter(&norm, "weight")?, self.parameter(&norm, "bias")?);
        let Conv { n_inputs, n_outputs, kernel, stride, padding, .. } = conv;
        let weight = self.parameter(&name, "weight")?.reshape([n_outputs, n_inputs, kernel, kernel]);
        let mut sum = None;
        let mut first = 0;
        for part in maps {
            let last = first + part.x.dims()[1];
            let norm = kernel::Norm {
                moments: part.moments.clone(),
                gamma: scale.clone().slice(s![first..last]),
                beta: shift.clone().slice(s![first..last]),
            };
            let weight = weight.clone().slice(s![.., first..last, .., ..]);
            sum = Some(kernel::add_convolution(sum, part.x.clone(), norm, weight, stride, padding));
            first = last;
        }
        let moments = Tensor::cat(maps.iter().map(|part| part.moments.clone()).collect(), 1);
        let row = |i: usize| moments.clone().slice([i..i + 1, 0..n_inputs]).reshape([n_inputs]);
        let n_values = maps.first().map_or(0, |part| {
            let [n, _, height, width] = part.x.dims();
            n * height * width
        });
        let statistics = BatchStatistics { mean: row(0), biased_variance: row(1), n_values };
        self.trace.batch_statistics.push((norm, statistics));
        Ok(sum)
    }
}
