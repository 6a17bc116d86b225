//! Our own operations on the processor, as differentiable operations of Burn. Each is plain Rust over slices in a file of its own; this
//! file only hands tensors over.
//!
//! They exist for the backend Flex alone; elsewhere the operations of Burn take their place.

mod burn_ops;
mod channels;
pub mod conv;
mod fork;
mod grid;
pub mod half;
pub mod normalise;
mod pool;
mod recompute;
mod steps;
mod stored;
mod tensors;
mod turn;
mod vectors;
mod ways;
mod windows;

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::{Flex, FlexTensor};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend, Dispatch, backend_extension};
use burn::tensor::{DType, Device, Tensor};

pub use self::burn_ops::After;
use self::conv::{Geometry, Written};
pub use self::fork::Handed;
pub use self::recompute::convolution_of_normalised;
pub use self::steps::{add_bias, avg_pool, concatenated, max_pool, up_convolution, zero_pad};
use self::tensors::{
    changed, changed_halves, channels, channels_last, contiguous, geometry, give_back, half_like, half_tensor, halves,
    is_half, like, maps, slice, tensor,
};
pub use self::ways::{fork, hand_over, sum};
pub use self::windows::Windows;

/// The convolution of `x` (n, c_in, h, w) with `weight` (c_out, c_in, k, k), without a bias.
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, stride: usize, padding: usize) -> Tensor<4> {
    if !is_ours(&x) {
        return burn_ops::conv2d(x, weight, stride, padding);
    }
    Tensor::from_dispatch(<Dispatch as Kernels>::convolution(
        x.into_dispatch(),
        weight.into_dispatch(),
        stride,
        padding,
    ))
}

/// Batch norm of `x` (n, channels, h, w) by its own statistics, and what comes after it; with mean and biased variance of each channel,
/// which take no gradients.
pub fn batch_norm(x: Tensor<4>, gamma: Tensor<1>, beta: Tensor<1>, after: After) -> (Tensor<4>, Tensor<1>, Tensor<1>) {
    if !is_ours(&x) {
        return burn_ops::batch_norm(x, gamma, beta, after);
    }
    let channels = x.dims()[1];
    let moments = moments(x.clone());
    let y = normalise(x, Norm { moments: moments.clone(), gamma, beta }, after);
    let row = |i: usize| moments.clone().slice([i..i + 1, 0..channels]).reshape([channels]);
    (y, row(0), row(1))
}

/// Batch norm of `x` by moments, and what comes after it; gradients take the moments for those of `x`. Where [`is_ours`].
pub fn normalise(x: Tensor<4>, norm: Norm, after: After) -> Tensor<4> {
    let is_half = x.dtype() == DType::BF16;
    let Norm { moments, gamma, beta } = norm;
    let (x, gamma, beta, moments) =
        (x.into_dispatch(), gamma.into_dispatch(), beta.into_dispatch(), moments.into_dispatch());
    let y = match after.shortcut {
        None => <Dispatch as Kernels>::normalised(x, gamma, beta, moments, after.is_rectified),
        Some(shortcut) => {
            let shortcut = if is_half { rounded(shortcut) } else { widened(shortcut) }.into_dispatch();
            <Dispatch as Kernels>::joined(x, gamma, beta, shortcut, moments, after.is_rectified, after.handed)
        }
    };
    Tensor::from_dispatch(y)
}

/// Mean and biased variance of each channel of `x` (n, channels, h, w), which take no gradients: (2, channels). Where [`is_ours`].
pub fn moments(x: Tensor<4>) -> Tensor<2> {
    Tensor::from_dispatch(<Dispatch as Kernels>::moments(x.into_dispatch()))
}

/// A batch norm by moments that are known.
pub struct Norm {
    /// As [`moments`] gives them.
    pub moments: Tensor<2>,
    pub gamma: Tensor<1>,
    pub beta: Tensor<1>,
}

/// sum + conv(relu(norm(x))), where nothing but `x` is kept for gradients. Where [`is_ours`].
pub fn add_convolution(
    sum: Option<Tensor<4>>,
    x: Tensor<4>,
    norm: Norm,
    weight: Tensor<4>,
    stride: usize,
    padding: usize,
) -> Tensor<4> {
    let sum = sum.unwrap_or_else(|| {
        let [n_images, n_inputs, height, width] = x.dims();
        let [n_outputs, _, kernel, _] = weight.dims();
        let g = Geometry { n_images, n_inputs, height, width, n_outputs, kernel, stride, padding };
        let (height, width) = g.output();
        Tensor::zeros([n_images, n_outputs, height, width], &x.device().without_autodiff())
    });
    Tensor::from_dispatch(<Dispatch as Kernels>::added(
        x.into_dispatch(),
        norm.gamma.into_dispatch(),
        norm.beta.into_dispatch(),
        weight.into_dispatch(),
        sum.into_dispatch(),
        norm.moments.into_dispatch(),
        [stride, padding],
    ))
}

/// `x` of 16 bits, stored channel by channel of each pixel. Where [`is_ours`].
pub fn rounded(x: Tensor<4>) -> Tensor<4> {
    if x.dtype() == DType::BF16 { x } else { Tensor::from_dispatch(<Dispatch as Kernels>::rounded(x.into_dispatch())) }
}

/// `x` in single precision.
pub fn widened(x: Tensor<4>) -> Tensor<4> {
    if x.dtype() == DType::BF16 { Tensor::from_dispatch(<Dispatch as Kernels>::widened(x.into_dispatch())) } else { x }
}

/// Whether the processor has registers for products of numbers of 16 bits, and may use them.
pub fn has_tiles() -> bool {
    half::tiles::are_there()
}

/// Whether it is on the processor.
pub fn is_ours(x: &Tensor<4>) -> bool {
    x.device() == Device::flex()
}

#[backend_extension(Flex, Autodiff)]
trait Kernels: burn::backend::Backend {
    fn convolution(x: FloatTensor<Self>, weight: FloatTensor<Self>, stride: usize, padding: usize)
    -> FloatTensor<Self>;

    /// Of 16 bits.
    fn rounded(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// In single precision.
    fn widened(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Means of channels, then variances: (2, channels).
    fn moments(x: FloatTensor<Self>) -> FloatTensor<Self>;

    /// Batch norm by `moments`, which are those of `x`: gradients know that.
    fn normalised(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        is_rectified: bool,
    ) -> FloatTensor<Self>;

    /// The same plus `shortcut`, before it is rectified; the gradient of the shortcut is handed over, or registered as others are.
    fn joined(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        shortcut: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        is_rectified: bool,
        handed: Option<Handed>,
    ) -> FloatTensor<Self>;

    /// `sum` plus the convolution, by `[stride, padding]`, of what batch norm and rectifier make of `x`.
    fn added(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        sum: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        steps: [usize; 2],
    ) -> FloatTensor<Self>;
}

impl Kernels for Flex {
    fn convolution(x: FlexTensor, weight: FlexTensor, stride: usize, padding: usize) -> FlexTensor {
        let g = geometry(&x, &weight, stride, padding);
        let (height, width) = g.output();
        if is_half(&x) {
            let (x, weight) = (channels_last(x), contiguous(weight));
            let mut y = pool::take(g.n_images * g.map());
            half::conv::forward(&g, halves(&x), slice(&weight), &mut y);
            return half_tensor(y, [g.n_images, g.n_outputs, height, width]);
        }
        let (x, weight) = (contiguous(x), contiguous(weight));
        let mut y = pool::take(g.n_images * g.n_outputs * height * width);
        conv::forward(&g, slice(&x), slice(&weight), Written::Replaced, &mut y);
        tensor(y, [g.n_images, g.n_outputs, height, width])
    }

    fn rounded(x: FlexTensor) -> FlexTensor {
        channels_last(x)
    }

    fn widened(x: FlexTensor) -> FlexTensor {
        if is_half(&x) { tensors::widened(x) } else { x }
    }

    fn moments(x: FlexTensor) -> FlexTensor {
        let maps = maps(&x);
        let (mean, variance) = if is_half(&x) {
            half::normalise::moments(maps, halves(&channels_last(x)))
        } else {
            normalise::moments(maps, slice(&contiguous(x)))
        };
        tensor([mean, variance].concat(), [2, maps.n_channels])
    }

    fn normalised(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        moments: FlexTensor,
        is_rectified: bool,
    ) -> FlexTensor {
        let channels = channels(&gamma, &beta, &moments);
        if is_half(&x) {
            let x = channels_last(x);
            let mut y = pool::take(halves(&x).len());
            half::normalise::forward(maps(&x), halves(&x), channels, None, is_rectified, &mut y);
            return half_like(&x, y);
        }
        let x = contiguous(x);
        let mut y = pool::take(slice(&x).len());
        normalise::forward(maps(&x), slice(&x), channels, None, is_rectified, &mut y);
        like(&x, y)
    }

    fn joined(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        shortcut: FlexTensor,
        moments: FlexTensor,
        is_rectified: bool,
        _: Option<Handed>,
    ) -> FlexTensor {
        let channels = channels(&gamma, &beta, &moments);
        if is_half(&x) {
            let (x, shortcut) = (channels_last(x), channels_last(shortcut));
            let mut y = pool::take(halves(&x).len());
            half::normalise::forward(maps(&x), halves(&x), channels, Some(halves(&shortcut)), is_rectified, &mut y);
            return half_like(&x, y);
        }
        let (x, shortcut) = (contiguous(x), contiguous(shortcut));
        let mut y = pool::take(slice(&x).len());
        normalise::forward(maps(&x), slice(&x), channels, Some(slice(&shortcut)), is_rectified, &mut y);
        like(&x, y)
    }

    fn added(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        weight: FlexTensor,
        sum: FlexTensor,
        moments: FlexTensor,
        [stride, padding]: [usize; 2],
    ) -> FlexTensor {
        let (x, weight) = (contiguous(x), contiguous(weight));
        let g = geometry(&x, &weight, stride, padding);
        let mut a = pool::take(slice(&x).len());
        normalise::forward(maps(&x), slice(&x), channels(&gamma, &beta, &moments), None, true, &mut a);
        let (sum, ()) = changed(sum, |sum| conv::forward(&g, &a, slice(&weight), Written::Added, sum));
        pool::give_back(a);
        sum
    }
}

impl<C: CheckpointStrategy> Kernels for Autodiff<Flex, C> {
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        stride: usize,
        padding: usize,
    ) -> FloatTensor<Self> {
        match Convolution.prepare::<C>([x.node(), weight.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let (x, weight) = (x.into_primitive(), weight.into_primitive());
                let y = Flex::convolution(x.clone(), weight.clone(), stride, padding);
                prep.finish((x, weight, stride, padding), y)
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(Flex::convolution(x.into_primitive(), weight.into_primitive(), stride, padding))
            }
        }
    }

    fn rounded(x: FloatTensor<Self>) -> FloatTensor<Self> {
        match Rounding.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((), Flex::rounded(x.into_primitive())),
            OpsKind::UnTracked(prep) => prep.finish(Flex::rounded(x.into_primitive())),
        }
    }

    fn widened(x: FloatTensor<Self>) -> FloatTensor<Self> {
        match Widening.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((), Flex::widened(x.into_primitive())),
            OpsKind::UnTracked(prep) => prep.finish(Flex::widened(x.into_primitive())),
        }
    }

    fn moments(x: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::from_inner(Flex::moments(x.into_primitive()))
    }

    fn normalised(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        is_rectified: bool,
    ) -> FloatTensor<Self> {
        let prepared = BatchNorm.prepare::<C>([x.node(), gamma.node(), beta.node()]);
        let (x, gamma, beta) = (x.into_primitive(), gamma.into_primitive(), beta.into_primitive());
        let moments = moments.into_primitive();
        let y = Flex::normalised(x.clone(), gamma.clone(), beta.clone(), moments.clone(), is_rectified);
        match prepared.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(Normalised { x, gamma, beta, moments, is_rectified }, y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn joined(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        shortcut: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        is_rectified: bool,
        handed: Option<Handed>,
    ) -> FloatTensor<Self> {
        let prepared = JoinedBatchNorm.prepare::<C>([x.node(), gamma.node(), beta.node(), shortcut.node()]);
        let (x, gamma, beta) = (x.into_primitive(), gamma.into_primitive(), beta.into_primitive());
        let (shortcut, moments) = (shortcut.into_primitive(), moments.into_primitive());
        let y = Flex::joined(x.clone(), gamma.clone(), beta.clone(), shortcut, moments.clone(), is_rectified, None);
        match prepared.compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let output = is_rectified.then(|| y.clone());
                prep.finish((Normalised { x, gamma, beta, moments, is_rectified }, output, handed), y)
            }
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn added(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        sum: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        [stride, padding]: [usize; 2],
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), gamma.node(), beta.node(), weight.node(), sum.node()];
        let (x, gamma, beta) = (x.into_primitive(), gamma.into_primitive(), beta.into_primitive());
        let (weight, sum, moments) = (weight.into_primitive(), sum.into_primitive(), moments.into_primitive());
        let state = (Normalised { x, gamma, beta, moments, is_rectified: true }, weight, stride, padding);
        let (Normalised { x, gamma, beta, moments, .. }, weight, ..) = state.clone();
        let y = Flex::added(x, gamma, beta, weight, sum, moments, [stride, padding]);
        match AddedConvolution.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(state, y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}

#[derive(Debug)]
struct Rounding;

impl Backward<Flex, 1> for Rounding {
    type State = ();

    fn backward(self, ops: Ops<(), 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<Flex>(&ops.node);
        let [x_node] = ops.parents;
        if let Some(node) = x_node {
            grads.register::<Flex>(node.id, Flex::widened(dy));
        }
    }
}

#[derive(Debug)]
struct Widening;

impl Backward<Flex, 1> for Widening {
    type State = ();

    fn backward(self, ops: Ops<(), 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<Flex>(&ops.node);
        let [x_node] = ops.parents;
        if let Some(node) = x_node {
            grads.register::<Flex>(node.id, channels_last(dy));
        }
    }
}

/// What the backward passes of batch norms need.
#[derive(Debug, Clone)]
struct Normalised {
    x: FlexTensor,
    gamma: FlexTensor,
    beta: FlexTensor,
    moments: FlexTensor,
    is_rectified: bool,
}

#[derive(Debug)]
struct BatchNorm;

impl Backward<Flex, 3> for BatchNorm {
    type State = Normalised;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<Flex>(&ops.node);
        let Normalised { x, gamma, beta, moments, is_rectified } = ops.state;
        let channels = channels(&gamma, &beta, &moments);
        let (dx, (dgamma, dbeta)) = if is_half(&x) {
            let x = channels_last(x);
            let all =
                changed_halves(dy, |dy| half::normalise::backward(maps(&x), halves(&x), channels, is_rectified, dy));
            give_back(x);
            all
        } else {
            let x = contiguous(x);
            let all = changed(dy, |dy| normalise::backward(maps(&x), slice(&x), channels, is_rectified, dy));
            give_back(x);
            all
        };
        let [x_node, gamma_node, beta_node] = ops.parents;
        if let Some(node) = x_node {
            grads.register::<Flex>(node.id, dx);
        }
        register_rows(grads, [gamma_node, beta_node].map(|node| Some(node?.id)), [dgamma, dbeta]);
    }
}

#[derive(Debug)]
struct JoinedBatchNorm;

impl Backward<Flex, 4> for JoinedBatchNorm {
    /// And the rectified output, and whom the gradient of the shortcut is handed to.
    type State = (Normalised, Option<FlexTensor>, Option<Handed>);

    fn backward(self, ops: Ops<Self::State, 4>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<Flex>(&ops.node);
        let (Normalised { x, gamma, beta, moments, .. }, y, handed) = ops.state;
        let channels = channels(&gamma, &beta, &moments);
        let (x, dx, (dshortcut, (dgamma, dbeta))) = if is_half(&x) {
            let x = channels_last(x);
            let output = y.as_ref().map(halves);
            let mut dx = pool::take(halves(&x).len());
            let all = changed_halves(dy, |dy| {
                half::normalise::backward_of_sum(maps(&x), halves(&x), channels, output, dy, &mut dx)
            });
            let dx = half_like(&x, dx);
            (x, dx, all)
        } else {
            let x = contiguous(x);
            let output = y.as_ref().map(slice);
            let mut dx = pool::take(slice(&x).len());
            let all = changed(dy, |dy| normalise::backward_of_sum(maps(&x), slice(&x), channels, output, dy, &mut dx));
            let dx = like(&x, dx);
            (x, dx, all)
        };
        let [x_node, gamma_node, beta_node, shortcut_node] = ops.parents;
        match (handed, shortcut_node) {
            (Some(handed), _) => handed.give(dshortcut),
            (None, Some(node)) => grads.register::<Flex>(node.id, dshortcut),
            (None, None) => give_back(dshortcut),
        }
        if let Some(node) = x_node {
            grads.register::<Flex>(node.id, dx);
        }
        y.into_iter().chain([x]).for_each(give_back);
        register_rows(grads, [gamma_node, beta_node].map(|node| Some(node?.id)), [dgamma, dbeta]);
    }
}

#[derive(Debug)]
struct AddedConvolution;

impl Backward<Flex, 5> for AddedConvolution {
    /// And weight, stride, padding.
    type State = (Normalised, FlexTensor, usize, usize);

    fn backward(self, ops: Ops<Self::State, 5>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, gamma_node, beta_node, weight_node, sum_node] = ops.parents;
        let dy = contiguous(grads.consume::<Flex>(&ops.node));
        let (Normalised { x, gamma, beta, moments, .. }, weight, stride, padding) = ops.state;
        let (x, weight) = (contiguous(x), contiguous(weight));
        let g = geometry(&x, &weight, stride, padding);
        let channels = channels(&gamma, &beta, &moments);
        let (mut a, mut dx) = (pool::take(slice(&x).len()), pool::take(slice(&x).len()));
        normalise::forward(maps(&x), slice(&x), channels, None, true, &mut a);
        let dweight = conv::backward(&g, &a, slice(&weight), slice(&dy), Some(&mut dx));
        pool::give_back(a);
        let (dgamma, dbeta) = normalise::backward(maps(&x), slice(&x), channels, true, &mut dx);
        match sum_node {
            Some(node) => grads.register::<Flex>(node.id, dy),
            None => give_back(dy),
        }
        if let Some(node) = x_node {
            grads.register::<Flex>(node.id, like(&x, dx));
        }
        if let Some(node) = weight_node {
            grads.register::<Flex>(node.id, tensor(dweight, [g.n_outputs, g.n_inputs, g.kernel, g.kernel]));
        }
        register_rows(grads, [gamma_node, beta_node].map(|node| Some(node?.id)), [dgamma, dbeta]);
        give_back(x);
    }
}

/// Hands rows of numbers to the parents that want a gradient.
fn register_rows<const K: usize>(grads: &mut Gradients, parents: [Option<NodeId>; K], rows: [Vec<f32>; K]) {
    for (parent, row) in parents.into_iter().zip(rows) {
        if let Some(id) = parent {
            let n = row.len();
            grads.register::<Flex>(id, tensor(row, [n]));
        }
    }
}

#[derive(Debug)]
struct Convolution;

impl Backward<Flex, 2> for Convolution {
    /// x, weight, stride, padding.
    type State = (FlexTensor, FlexTensor, usize, usize);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [x_node, weight_node] = ops.parents;
        let dy = grads.consume::<Flex>(&ops.node);
        let (x, weight, stride, padding) = ops.state;
        let g = geometry(&x, &weight, stride, padding);
        let weight = contiguous(weight);
        let shape = [g.n_images, g.n_inputs, g.height, g.width];
        let (dx, dweight) = if is_half(&x) {
            let (x, dy) = (channels_last(x), channels_last(dy));
            let mut dx = x_node.as_ref().map(|_| pool::take(halves(&x).len()));
            let dweight = half::conv::backward(&g, halves(&x), slice(&weight), halves(&dy), dx.as_deref_mut());
            [dy, x].into_iter().for_each(give_back);
            (dx.map(|dx| half_tensor(dx, shape)), dweight)
        } else {
            let (x, dy) = (contiguous(x), contiguous(dy));
            let mut dx = x_node.as_ref().map(|_| pool::take(slice(&x).len()));
            let dweight = conv::backward(&g, slice(&x), slice(&weight), slice(&dy), dx.as_deref_mut());
            [dy, x].into_iter().for_each(give_back);
            (dx.map(|dx| tensor(dx, shape)), dweight)
        };
        if let (Some(node), Some(dx)) = (x_node, dx) {
            grads.register::<Flex>(node.id, dx);
        }
        if let Some(node) = weight_node {
            grads.register::<Flex>(node.id, tensor(dweight, [g.n_outputs, g.n_inputs, g.kernel, g.kernel]));
        }
    }
}
