//! Steps between convolutions and batch norms as differentiable operations, for maps of either precision: windows, channels side by side,
//! zeros for those that are missing, a bias, transposed convolution.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::{Flex, FlexTensor};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Dispatch, backend_extension};
use burn::tensor::{DType, Tensor, bf16};

use super::conv::Geometry;
use super::fork::Handed;
use super::grid::Grid;
use super::stored::{Stored, by_precision};
use super::tensors::{contiguous, give_back, is_half, shape, slice, tensor};
use super::windows::Windows;
use super::{burn_ops, channels, is_ours, widened};

/// The largest number of each window of `x` (n, channels, h, w).
pub fn max_pool(x: Tensor<4>, windows: Windows) -> Tensor<4> {
    if !is_ours(&x) {
        return burn_ops::max_pool(x, windows);
    }
    Tensor::from_dispatch(<Dispatch as Steps>::largest(x.into_dispatch(), windows))
}

/// The mean of each window of `x`, `kernel` by `kernel` pixels side by side.
pub fn avg_pool(x: Tensor<4>, kernel: usize) -> Tensor<4> {
    if !is_ours(&x) {
        return burn_ops::avg_pool(x, kernel);
    }
    Tensor::from_dispatch(<Dispatch as Steps>::mean(x.into_dispatch(), kernel))
}

/// The channels of `a`, then those of `b`; in single precision unless both have 16 bits. The gradient of `a` is handed over, or registered as
/// others are.
pub fn concatenated(a: Tensor<4>, b: Tensor<4>, handed: Option<Handed>) -> Tensor<4> {
    if !is_ours(&a) {
        return Tensor::cat(vec![a, b], 1);
    }
    let both = a.dtype() == DType::BF16 && b.dtype() == DType::BF16;
    let (a, b) = if both { (a, b) } else { (widened(a), widened(b)) };
    Tensor::from_dispatch(<Dispatch as Steps>::joined_channels(a.into_dispatch(), b.into_dispatch(), handed))
}

/// Every `stride`-th pixel of `x`, and zeros behind the last channel: `n_outputs` of them, no fewer than there are.
pub fn zero_pad(x: Tensor<4>, stride: usize, n_outputs: usize) -> Tensor<4> {
    let x = if stride == 1 { x } else { max_pool(x, Windows::pixels(stride)) };
    if x.dims()[1] == n_outputs {
        return x;
    }
    if !is_ours(&x) {
        return burn_ops::more_channels(x, n_outputs);
    }
    Tensor::from_dispatch(<Dispatch as Steps>::fitted(x.into_dispatch(), n_outputs))
}

/// `x` with `bias` (channels) added to its channels.
pub fn add_bias(x: Tensor<4>, bias: Tensor<1>) -> Tensor<4> {
    if !is_ours(&x) {
        let [n] = bias.dims();
        return x + bias.reshape([1, n, 1, 1]);
    }
    Tensor::from_dispatch(<Dispatch as Steps>::biased(x.into_dispatch(), bias.into_dispatch()))
}

/// The transposed convolution of `x` (n, c_in, h, w) with `weight` (c_in, c_out, 2, 2) by steps of two pixels: (n, c_out, 2 h, 2 w).
pub fn up_convolution(x: Tensor<4>, weight: Tensor<4>) -> Tensor<4> {
    if !is_ours(&x) {
        return burn_ops::up_convolution(x, weight);
    }
    Tensor::from_dispatch(<Dispatch as Steps>::up(x.into_dispatch(), weight.into_dispatch()))
}

#[backend_extension(Flex, Autodiff)]
trait Steps: burn::backend::Backend {
    fn largest(x: FloatTensor<Self>, windows: Windows) -> FloatTensor<Self>;

    fn mean(x: FloatTensor<Self>, kernel: usize) -> FloatTensor<Self>;

    /// Both of one precision.
    fn joined_channels(a: FloatTensor<Self>, b: FloatTensor<Self>, handed: Option<Handed>) -> FloatTensor<Self>;

    fn fitted(x: FloatTensor<Self>, n_channels: usize) -> FloatTensor<Self>;

    fn biased(x: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;

    fn up(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Steps for Flex {
    fn largest(x: FlexTensor, windows: Windows) -> FlexTensor {
        by_precision!(largest(x, windows)).0
    }

    fn mean(x: FlexTensor, kernel: usize) -> FlexTensor {
        by_precision!(mean(x, kernel))
    }

    fn joined_channels(a: FlexTensor, b: FlexTensor, _: Option<Handed>) -> FlexTensor {
        by_precision!(joined(a, b))
    }

    fn fitted(x: FlexTensor, n_channels: usize) -> FlexTensor {
        by_precision!(fitted(x, n_channels))
    }

    fn biased(x: FlexTensor, bias: FlexTensor) -> FlexTensor {
        by_precision!(biased(x, bias))
    }

    fn up(x: FlexTensor, weight: FlexTensor) -> FlexTensor {
        by_precision!(up(x, weight))
    }
}

/// And where in its window each number was.
fn largest<T: Stored>(x: FlexTensor, windows: Windows) -> (FlexTensor, Vec<u16>) {
    let x = T::ordered(x);
    let of_x = shape(&x);
    let of_y = windows.output(of_x);
    let mut taps = vec![0; of_y.iter().product()];
    let y = T::written(of_y, |y| windows.max(Grid::of::<T>(of_x), T::numbers(&x), y, &mut taps));
    (y, taps)
}

fn mean<T: Stored>(x: FlexTensor, kernel: usize) -> FlexTensor {
    let (x, windows) = (T::ordered(x), Windows::tiles(kernel));
    let of_x = shape(&x);
    T::written(windows.output(of_x), |y| windows.mean(Grid::of::<T>(of_x), T::numbers(&x), y))
}

fn joined<T: Stored>(a: FlexTensor, b: FlexTensor) -> FlexTensor {
    let (a, b) = (T::ordered(a), T::ordered(b));
    let [n, of_a, height, width] = shape(&a);
    let of_y = [n, of_a + shape(&b)[1], height, width];
    T::written(of_y, |y| channels::join(channels::n_runs::<T>(of_y), T::numbers(&a), T::numbers(&b), y))
}

fn fitted<T: Stored>(x: FlexTensor, n_channels: usize) -> FlexTensor {
    let x = T::ordered(x);
    let [n, _, height, width] = shape(&x);
    let of_y = [n, n_channels, height, width];
    T::written(of_y, |y| channels::fit(channels::n_runs::<T>(of_y), T::numbers(&x), y))
}

fn biased<T: Stored>(x: FlexTensor, bias: FlexTensor) -> FlexTensor {
    let (of_x, bias) = (shape(&x), contiguous(bias));
    T::changed(x, |x| channels::add_bias(of_x, slice(&bias), x))
}

fn up<T: Stored>(x: FlexTensor, weight: FlexTensor) -> FlexTensor {
    let (x, weight) = (T::ordered(x), contiguous(weight));
    let g = geometry_of_up(&x, &weight);
    T::written([g.n_images, g.n_inputs, g.height, g.width], |y| T::transposed(&g, T::numbers(&x), slice(&weight), y))
}

/// The convolution whose transpose it is: from the output of the step up to its input.
fn geometry_of_up(x: &FlexTensor, weight: &FlexTensor) -> Geometry {
    let ([n_images, n_outputs, height, width], [_, n_inputs, kernel, _]) = (shape(x), shape(weight));
    let (height, width) = (2 * height, 2 * width);
    Geometry { n_images, n_inputs, height, width, n_outputs, kernel, stride: 2, padding: 0 }
}

impl<C: CheckpointStrategy> Steps for Autodiff<Flex, C> {
    fn largest(x: FloatTensor<Self>, windows: Windows) -> FloatTensor<Self> {
        match Largest.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let x = x.into_primitive();
                let (of_x, is_half) = (shape(&x), is_half(&x));
                let (y, taps) = by_precision!(largest(x, windows));
                prep.finish((windows, of_x, is_half, taps), y)
            }
            OpsKind::UnTracked(prep) => prep.finish(Flex::largest(x.into_primitive(), windows)),
        }
    }

    fn mean(x: FloatTensor<Self>, kernel: usize) -> FloatTensor<Self> {
        match Mean.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let x = x.into_primitive();
                prep.finish((kernel, shape(&x), is_half(&x)), Flex::mean(x, kernel))
            }
            OpsKind::UnTracked(prep) => prep.finish(Flex::mean(x.into_primitive(), kernel)),
        }
    }

    fn joined_channels(a: FloatTensor<Self>, b: FloatTensor<Self>, handed: Option<Handed>) -> FloatTensor<Self> {
        let prepared = Joined.prepare::<C>([a.node(), b.node()]);
        let (a, b) = (a.into_primitive(), b.into_primitive());
        let (of_a, of_b, is_half) = (shape(&a), shape(&b), is_half(&a));
        let y = Flex::joined_channels(a, b, None);
        match prepared.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((of_a, of_b, is_half, handed), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }

    fn fitted(x: FloatTensor<Self>, n_channels: usize) -> FloatTensor<Self> {
        match Fitted.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let x = x.into_primitive();
                prep.finish((shape(&x)[1], is_half(&x)), Flex::fitted(x, n_channels))
            }
            OpsKind::UnTracked(prep) => prep.finish(Flex::fitted(x.into_primitive(), n_channels)),
        }
    }

    fn biased(x: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        match Biased.prepare::<C>([x.node(), bias.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let x = x.into_primitive();
                prep.finish(is_half(&x), Flex::biased(x, bias.into_primitive()))
            }
            OpsKind::UnTracked(prep) => prep.finish(Flex::biased(x.into_primitive(), bias.into_primitive())),
        }
    }

    fn up(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        match Up.prepare::<C>([x.node(), weight.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let (x, weight) = (x.into_primitive(), weight.into_primitive());
                prep.finish((x.clone(), weight.clone()), Flex::up(x, weight))
            }
            OpsKind::UnTracked(prep) => prep.finish(Flex::up(x.into_primitive(), weight.into_primitive())),
        }
    }
}

/// `$f::<T>(dy, ...)` for the precision of the maps that the gradient is of, which may come in the other one.
macro_rules! by_maps {
    ($is_half:expr, $f:ident($($argument:expr),*)) => {
        if $is_half { $f::<bf16>($($argument),*) } else { $f::<f32>($($argument),*) }
    };
}

#[derive(Debug)]
struct Largest;

impl Backward<Flex, 1> for Largest {
    /// Windows, shape of the input, whether it has 16 bits, and where the largest numbers were.
    type State = (Windows, [usize; 4], bool, Vec<u16>);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        fn work<T: Stored>(dy: FlexTensor, windows: Windows, of_x: [usize; 4], taps: &[u16]) -> FlexTensor {
            let dy = T::ordered(dy);
            let dx = T::written(of_x, |dx| windows.max_backward(Grid::of::<T>(of_x), taps, T::numbers(&dy), dx));
            give_back(dy);
            dx
        }
        let dy = grads.consume::<Flex>(&ops.node);
        let (windows, of_x, is_half, taps) = ops.state;
        if let [Some(node)] = ops.parents {
            grads.register::<Flex>(node.id, by_maps!(is_half, work(dy, windows, of_x, &taps)));
        }
    }
}

#[derive(Debug)]
struct Mean;

impl Backward<Flex, 1> for Mean {
    /// Sides of windows, shape of the input, whether it has 16 bits.
    type State = (usize, [usize; 4], bool);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        fn work<T: Stored>(dy: FlexTensor, kernel: usize, of_x: [usize; 4]) -> FlexTensor {
            let dy = T::ordered(dy);
            let windows = Windows::tiles(kernel);
            let dx = T::written(of_x, |dx| windows.mean_backward(Grid::of::<T>(of_x), T::numbers(&dy), dx));
            give_back(dy);
            dx
        }
        let dy = grads.consume::<Flex>(&ops.node);
        let (kernel, of_x, is_half) = ops.state;
        if let [Some(node)] = ops.parents {
            grads.register::<Flex>(node.id, by_maps!(is_half, work(dy, kernel, of_x)));
        }
    }
}

#[derive(Debug)]
struct Joined;

impl Backward<Flex, 2> for Joined {
    /// Shapes of both, whether they have 16 bits, and whom the gradient of the first is handed to.
    type State = ([usize; 4], [usize; 4], bool, Option<Handed>);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        fn work<T: Stored>(dy: FlexTensor, of_a: [usize; 4], of_b: [usize; 4]) -> [FlexTensor; 2] {
            let dy = T::ordered(dy);
            let n_runs = channels::n_runs::<T>(of_a);
            let mut db = None;
            let da = T::written(of_a, |da| {
                db = Some(T::written(of_b, |db| channels::split(n_runs, T::numbers(&dy), da, db)));
            });
            give_back(dy);
            [Some(da), db].map(|gradient| gradient.expect("both were written"))
        }
        let dy = grads.consume::<Flex>(&ops.node);
        let (of_a, of_b, is_half, handed) = ops.state;
        let [da, db] = by_maps!(is_half, work(dy, of_a, of_b));
        let [a_node, b_node] = ops.parents;
        match (handed, a_node) {
            (Some(handed), _) => handed.give(da),
            (None, Some(node)) => grads.register::<Flex>(node.id, da),
            (None, None) => give_back(da),
        }
        match b_node {
            Some(node) => grads.register::<Flex>(node.id, db),
            None => give_back(db),
        }
    }
}

#[derive(Debug)]
struct Fitted;

impl Backward<Flex, 1> for Fitted {
    /// Channels of the input, whether it has 16 bits.
    type State = (usize, bool);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<Flex>(&ops.node);
        let (n_channels, is_half) = ops.state;
        if let [Some(node)] = ops.parents {
            grads.register::<Flex>(node.id, by_maps!(is_half, fitted(dy.clone(), n_channels)));
        }
        give_back(dy);
    }
}

#[derive(Debug)]
struct Biased;

impl Backward<Flex, 2> for Biased {
    /// Whether the maps have 16 bits.
    type State = bool;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        fn work<T: Stored>(dy: FlexTensor) -> (FlexTensor, Vec<f32>) {
            let dy = T::ordered(dy);
            let sums = channels::sums(shape(&dy), T::numbers(&dy));
            (dy, sums)
        }
        let (dy, sums) = by_maps!(ops.state, work(grads.consume::<Flex>(&ops.node)));
        let [x_node, bias_node] = ops.parents;
        if let Some(node) = bias_node {
            let n = sums.len();
            grads.register::<Flex>(node.id, tensor(sums, [n]));
        }
        if let Some(node) = x_node {
            grads.register::<Flex>(node.id, dy);
        }
    }
}

#[derive(Debug)]
struct Up;

impl Backward<Flex, 2> for Up {
    /// x, weight.
    type State = (FlexTensor, FlexTensor);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        fn work<T: Stored>(x: FlexTensor, weight: FlexTensor, dy: FlexTensor) -> (FlexTensor, Vec<f32>) {
            let (x, weight, dy) = (T::ordered(x), contiguous(weight), T::ordered(dy));
            let g = geometry_of_up(&x, &weight);
            // Input and output of the convolution have changed places.
            let dx = T::written(shape(&x), |dx| T::convolve(&g, T::numbers(&dy), slice(&weight), dx));
            let dweight = T::backward(&g, T::numbers(&dy), slice(&weight), T::numbers(&x), None);
            [x, dy].into_iter().for_each(give_back);
            (dx, dweight)
        }
        let dy = grads.consume::<Flex>(&ops.node);
        let (x, weight) = ops.state;
        let of_weight = shape(&weight);
        let (dx, dweight) = by_precision!(work(x, weight, dy));
        let [x_node, weight_node] = ops.parents;
        if let Some(node) = x_node {
            grads.register::<Flex>(node.id, dx);
        }
        if let Some(node) = weight_node {
            grads.register::<Flex>(node.id, tensor(dweight, of_weight));
        }
    }
}
