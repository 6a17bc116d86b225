//! A convolution of what batch norm and rectifier make of maps, where nothing but these maps is kept for gradients: what the convolution reads
//! is computed again, for a fraction of its own time.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::{Flex, FlexTensor};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Dispatch, backend_extension};
use burn::tensor::Tensor;

use super::stored::{Stored, by_precision};
use super::tensors::{channels, contiguous, geometry, give_back, maps, shape, slice, tensor};
use super::{Norm, Normalised, pool, register_rows};

/// conv(relu(norm(x))), by moments that are those of `x`: gradients know that. Where [`is_ours`](super::is_ours).
pub fn convolution_of_normalised(
    x: Tensor<4>,
    norm: Norm,
    weight: Tensor<4>,
    stride: usize,
    padding: usize,
) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Recompute>::of_normalised(
        x.into_dispatch(),
        norm.gamma.into_dispatch(),
        norm.beta.into_dispatch(),
        weight.into_dispatch(),
        norm.moments.into_dispatch(),
        [stride, padding],
    ))
}

#[backend_extension(Flex, Autodiff)]
trait Recompute: burn::backend::Backend {
    fn of_normalised(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        steps: [usize; 2],
    ) -> FloatTensor<Self>;
}

impl Recompute for Flex {
    fn of_normalised(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        weight: FlexTensor,
        moments: FlexTensor,
        steps: [usize; 2],
    ) -> FlexTensor {
        let state = Normalised { x: x.clone(), gamma, beta, moments, is_rectified: true };
        by_precision!(forward(x, state, weight, steps))
    }
}

/// What the convolution reads.
fn read<T: Stored>(x: &FlexTensor, state: &Normalised) -> Vec<T> {
    let channels = channels(&state.gamma, &state.beta, &state.moments);
    let mut a = pool::take(T::numbers(x).len());
    T::normalise(maps(x), T::numbers(x), channels, true, &mut a);
    a
}

fn forward<T: Stored>(
    x: FlexTensor,
    state: Normalised,
    weight: FlexTensor,
    [stride, padding]: [usize; 2],
) -> FlexTensor {
    let (x, weight) = (T::ordered(x), contiguous(weight));
    let g = geometry(&x, &weight, stride, padding);
    let (height, width) = g.output();
    let a = read::<T>(&x, &state);
    let y = T::written([g.n_images, g.n_outputs, height, width], |y| T::convolve(&g, &a, slice(&weight), y));
    pool::give_back(a);
    y
}

impl<C: CheckpointStrategy> Recompute for Autodiff<Flex, C> {
    fn of_normalised(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        steps: [usize; 2],
    ) -> FloatTensor<Self> {
        let prepared = Recomputed.prepare::<C>([x.node(), gamma.node(), beta.node(), weight.node()]);
        let (x, gamma, beta) = (x.into_primitive(), gamma.into_primitive(), beta.into_primitive());
        let (weight, moments) = (weight.into_primitive(), moments.into_primitive());
        let state = Normalised { x: x.clone(), gamma, beta, moments, is_rectified: true };
        let y = by_precision!(forward(x, state.clone(), weight.clone(), steps));
        match prepared.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((state, weight, steps), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}

#[derive(Debug)]
struct Recomputed;

/// Gradients of x, of gamma and beta, and of the weight.
type All = (FlexTensor, [Vec<f32>; 2], Vec<f32>);

fn backward<T: Stored>(
    x: FlexTensor,
    state: &Normalised,
    weight: &FlexTensor,
    steps: [usize; 2],
    dy: FlexTensor,
) -> All {
    let (x, dy) = (T::ordered(x), T::ordered(dy));
    let g = geometry(&x, weight, steps[0], steps[1]);
    let a = read::<T>(&x, state);
    let mut dx = pool::take(a.len());
    let dweight = T::backward(&g, &a, slice(weight), T::numbers(&dy), Some(&mut dx));
    pool::give_back(a);
    give_back(dy);
    let channels = channels(&state.gamma, &state.beta, &state.moments);
    let (dgamma, dbeta) = T::normalise_backward(maps(&x), T::numbers(&x), channels, true, &mut dx);
    let dx = T::tensor(dx, shape(&x));
    give_back(x);
    (dx, [dgamma, dbeta], dweight)
}

impl Backward<Flex, 4> for Recomputed {
    /// And weight, and stride and padding.
    type State = (Normalised, FlexTensor, [usize; 2]);

    fn backward(self, ops: Ops<Self::State, 4>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<Flex>(&ops.node);
        let (mut state, weight, steps) = ops.state;
        let (of_weight, weight) = (shape(&weight), contiguous(weight));
        // Taken out, so that its memory can be given back.
        let x = std::mem::replace(&mut state.x, weight.clone());
        let (dx, rows, dweight) = by_precision!(backward(x, &state, &weight, steps, dy));
        let [x_node, gamma_node, beta_node, weight_node] = ops.parents;
        if let Some(node) = x_node {
            grads.register::<Flex>(node.id, dx);
        }
        register_rows(grads, [gamma_node, beta_node].map(|node| Some(node?.id)), rows);
        if let Some(node) = weight_node {
            grads.register::<Flex>(node.id, tensor(dweight, of_weight));
        }
    }
}
