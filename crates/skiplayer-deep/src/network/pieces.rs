//! Dense layers without concatenation.
//!
//! A dense layer reads all maps before it: conv(relu(norm(concat(x_1 … x_n)))). Batch norm and rectifier work channel by channel and a
//! convolution sums over channels, so that this is the sum over i of conv_i(relu(norm_i(x_i))), with the channels of x_i of each parameter.
//! Each map is then kept once, where concatenations keep it once for every layer behind it (and twice, normalised too): memory that grows
//! like the depth and not like its square. Moments of a map are taken once as well.

use burn::tensor::{Tensor, s};
use skiplayer::Result;

use super::batch_norm::BatchStatistics;
use super::forward::{Mode, Walker, Way, is_rectifier};
use crate::block::{Block, Merge, Shortcut, Step};
use crate::kernel;
use crate::layer::{Conv, Layer};
use crate::walk::path;

/// One of the maps that would be concatenated.
pub(super) struct Piece {
    x: Tensor<4>,
    /// Mean and biased variance of each channel, `(2, channels)`.
    moments: Tensor<2>,
}

impl Piece {
    pub fn new(x: Tensor<4>) -> Self {
        Self { moments: kernel::moments(x.clone()), x }
    }
}

/// What the pieces would have been, whole.
pub(super) fn whole(mut pieces: Vec<Piece>) -> Option<Tensor<4>> {
    match pieces.len() {
        0 | 1 => pieces.pop().map(|piece| piece.x),
        _ => Some(Tensor::cat(pieces.into_iter().map(|piece| piece.x).collect(), 1)),
    }
}

/// The start of a dense layer.
pub(super) struct DenseLayer<'b> {
    norm: String,
    conv: (String, Conv),
    rest: &'b [Step],
}

impl Walker<'_> {
    /// Whether `block` can read pieces, and how: it is a dense layer that trains in little memory, nobody wants to see what pieces do not show, and `x` is
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
        let is_dense = block.shortcut == Shortcut::Identity && block.merge == Merge::Concat && is_rectifier(rectifier);
        let is_bare = block.entry.is_empty() && block.exit.is_empty() && conv.bias.is_none();
        let is_whole = factor == 1.0 && way == Way::Both;
        let is_wanted = self.pass().memory_efficient && self.pass().mode == Mode::Training;
        let (norm, name) = (path(&block.name, norm), path(&block.name, name));
        let inner = [&norm, &path(&block.name, "relu"), &name, &block.name];
        let is_hidden = inner.into_iter().all(|path| !self.is_seen(path));
        let fits = is_wanted && is_dense && is_bare && is_whole && is_hidden && kernel::is_ours(x);
        fits.then_some(DenseLayer { norm, conv: (name, *conv), rest })
    }

    /// Adds the maps that `block` makes of `pieces`.
    pub(super) fn grow_pieces(&mut self, block: &Block, layer: DenseLayer<'_>, pieces: &mut Vec<Piece>) -> Result<()> {
        let DenseLayer { norm, conv: (name, conv), rest } = layer;
        let (scale, shift) = (self.parameter(&norm, "weight")?, self.parameter(&norm, "bias")?);
        let Conv { n_inputs, n_outputs, kernel, stride, padding, .. } = conv;
        let weight = self.parameter(&name, "weight")?.reshape([n_outputs, n_inputs, kernel, kernel]);
        let mut sum = None;
        let mut first = 0;
        for piece in pieces.iter() {
            let last = first + piece.x.dims()[1];
            let norm = kernel::Norm {
                moments: piece.moments.clone(),
                gamma: scale.clone().slice(s![first..last]),
                beta: shift.clone().slice(s![first..last]),
            };
            let weight = weight.clone().slice(s![.., first..last, .., ..]);
            sum = Some(kernel::add_convolution(sum, piece.x.clone(), norm, weight, stride, padding));
            first = last;
        }
        let moments = Tensor::cat(pieces.iter().map(|piece| piece.moments.clone()).collect(), 1);
        let row = |i: usize| moments.clone().slice([i..i + 1, 0..n_inputs]).reshape([n_inputs]);
        let n_values = pieces.first().map_or(0, |piece| {
            let [n, _, height, width] = piece.x.dims();
            n * height * width
        });
        let statistics = BatchStatistics { mean: row(0), biased_variance: row(1), n_values };
        self.trace.batch_statistics.push((norm, statistics));
        if let Some(sum) = sum {
            let branch = self.chain(rest, &block.name, sum)?;
            let branch = self.see(&super::branch_path(&block.name), branch);
            pieces.push(Piece::new(branch));
        }
        Ok(())
    }
}
