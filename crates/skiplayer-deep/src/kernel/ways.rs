//! Branch and shortcut as differentiable operations: where they part and where they come together.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::{Flex, FlexTensor};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Dispatch, backend_extension};
use burn::tensor::{DType, Tensor};

use super::fork::{self, Handed};
use super::{is_ours, widened};

/// `x` for a branch, and what the sum with its shortcut has to be given: it is then given `x` as the shortcut without its gradient, which
/// comes back by this way. Where [`is_ours`].
pub fn fork(x: Tensor<4>) -> (Tensor<4>, Handed) {
    let handed = Handed::default();
    (Tensor::from_dispatch(<Dispatch as Ways>::forked(x.into_dispatch(), handed.clone())), handed)
}

/// What [`fork`] gave, for a shortcut that does something to it: the gradient is handed over.
pub fn hand_over(x: Tensor<4>, handed: Handed) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as Ways>::handing(x.into_dispatch(), handed))
}

/// `shortcut + branch`, in single precision unless both have 16 bits. The gradient of the shortcut is handed over, or registered as others are.
pub fn sum(shortcut: Tensor<4>, branch: Tensor<4>, handed: Option<Handed>) -> Tensor<4> {
    let both = shortcut.dtype() == DType::BF16 && branch.dtype() == DType::BF16;
    let (shortcut, branch) = if both { (shortcut, branch) } else { (widened(shortcut), widened(branch)) };
    if !is_ours(&branch) {
        return shortcut + branch;
    }
    Tensor::from_dispatch(<Dispatch as Ways>::summed(shortcut.into_dispatch(), branch.into_dispatch(), handed))
}

#[backend_extension(Flex, Autodiff)]
trait Ways: burn::backend::Backend {
    /// `x`, whose gradient takes along what is handed over.
    fn forked(x: FloatTensor<Self>, handed: Handed) -> FloatTensor<Self>;

    /// `x`, whose gradient is handed over and goes no other way.
    fn handing(x: FloatTensor<Self>, handed: Handed) -> FloatTensor<Self>;

    /// Both of one precision.
    fn summed(shortcut: FloatTensor<Self>, branch: FloatTensor<Self>, handed: Option<Handed>) -> FloatTensor<Self>;
}

impl Ways for Flex {
    fn forked(x: FlexTensor, _: Handed) -> FlexTensor {
        x
    }

    fn handing(x: FlexTensor, _: Handed) -> FlexTensor {
        x
    }

    fn summed(shortcut: FlexTensor, branch: FlexTensor, _: Option<Handed>) -> FlexTensor {
        fork::sum(branch, shortcut)
    }
}

impl<C: CheckpointStrategy> Ways for Autodiff<Flex, C> {
    fn forked(x: FloatTensor<Self>, handed: Handed) -> FloatTensor<Self> {
        match Fork.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(handed, x.into_primitive()),
            OpsKind::UnTracked(prep) => prep.finish(x.into_primitive()),
        }
    }

    fn handing(x: FloatTensor<Self>, handed: Handed) -> FloatTensor<Self> {
        match Handing.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(handed, x.into_primitive()),
            OpsKind::UnTracked(prep) => prep.finish(x.into_primitive()),
        }
    }

    fn summed(shortcut: FloatTensor<Self>, branch: FloatTensor<Self>, handed: Option<Handed>) -> FloatTensor<Self> {
        let prepared = Sum.prepare::<C>([shortcut.node(), branch.node()]);
        let y = fork::sum(branch.into_primitive(), shortcut.into_primitive());
        match prepared.compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish(handed, y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
}

#[derive(Debug)]
struct Fork;

impl Backward<Flex, 1> for Fork {
    type State = Handed;

    fn backward(self, ops: Ops<Handed, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<Flex>(&ops.node);
        if let [Some(node)] = ops.parents {
            let all = match ops.state.take() {
                Some(of_shortcut) => fork::sum(dy, of_shortcut),
                None => dy,
            };
            grads.register::<Flex>(node.id, all);
        }
    }
}

#[derive(Debug)]
struct Handing;

impl Backward<Flex, 1> for Handing {
    type State = Handed;

    fn backward(self, ops: Ops<Handed, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        ops.state.give(grads.consume::<Flex>(&ops.node));
    }
}

#[derive(Debug)]
struct Sum;

impl Backward<Flex, 2> for Sum {
    type State = Option<Handed>;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<Flex>(&ops.node);
        let [shortcut_node, branch_node] = ops.parents;
        match (ops.state, shortcut_node) {
            (Some(handed), _) => handed.give(dy.clone()),
            (None, Some(node)) => grads.register::<Flex>(node.id, dy.clone()),
            (None, None) => {}
        }
        if let Some(node) = branch_node {
            grads.register::<Flex>(node.id, dy);
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::super::{concatenated, conv2d, rounded, zero_pad};
    use super::*;
    use crate::rng::{Purpose, Stream};
    use crate::tensor::numbers;

    fn noise(shape: [usize; 4], seed: u64) -> Tensor<4> {
        let mut stream = Stream::new(seed, Purpose::Noise, 0, 0);
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| stream.normal() as f32).collect();
        Tensor::from_data(TensorData::new(values, shape), &Device::flex()).autodiff().require_grad()
    }

    /// The output, and the gradient of what both ways read, by the graph alone and by what is handed over.
    fn both(merge: impl Fn(Tensor<4>, bool) -> Tensor<4>, is_half: bool) -> [Vec<Vec<f32>>; 2] {
        [false, true].map(|forks| {
            let x = noise([2, 3, 6, 6], 1);
            let y = merge(if is_half { rounded(x.clone()) } else { x.clone() }, forks);
            let probe = noise(y.dims(), 9).detach();
            let gradients = (widened(y.clone()) * probe).sum().backward();
            vec![numbers(&widened(y).inner()).unwrap(), numbers(&x.grad(&gradients).unwrap()).unwrap()]
        })
    }

    #[test]
    fn what_is_handed_over_is_the_gradient_of_the_shortcut() {
        let conv = |x: Tensor<4>, stride: usize| {
            let (n_outputs, kernel) = (2 * stride + 1, 3);
            conv2d(x, noise([n_outputs, 3, kernel, kernel], 2), stride, 1)
        };
        let direct = |x: Tensor<4>, forks: bool| match forks {
            false => sum(x.clone(), conv(x, 1), None),
            true => {
                let (x, handed) = fork(x);
                sum(x.clone().detach(), conv(x, 1), Some(handed))
            }
        };
        let beside = |x: Tensor<4>, forks: bool| match forks {
            false => concatenated(x.clone(), conv(x, 1), None),
            true => {
                let (x, handed) = fork(x);
                concatenated(x.clone().detach(), conv(x, 1), Some(handed))
            }
        };
        let changed = |x: Tensor<4>, forks: bool| match forks {
            false => sum(zero_pad(x.clone(), 2, 5), conv(x, 2), None),
            true => {
                let (x, handed) = fork(x);
                sum(zero_pad(hand_over(x.clone(), handed), 2, 5), conv(x, 2), None)
            }
        };
        for is_half in [false, true] {
            let found = [both(direct, is_half), both(beside, is_half), both(changed, is_half)];
            for [graph, handed] in found {
                // Gradients of 16 bits are added, and rounded, in either way once.
                assert!(graph == handed && graph[1].iter().any(|g| *g != 0.0));
            }
        }
    }
}
