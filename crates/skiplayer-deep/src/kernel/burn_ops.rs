//! The operations of Burn: what devices compute that our own are not written for, and what ours are compared with.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::module::{self, batch_norm_train};
use burn::tensor::ops::ConvOptions;

use super::fork::Handed;
use crate::describe::layer::EPSILON;

/// What a batch norm is to do besides.
pub struct After {
    /// Added to what is normalised.
    pub shortcut: Option<Tensor<4>>,
    /// Whom the gradient of the shortcut is handed to, see [`fork`](super::fork).
    pub handed: Option<Handed>,
    /// Whether nothing below zero is let through.
    pub is_rectified: bool,
}

impl After {
    /// All of it to what was normalised.
    pub fn applied(self, y: Tensor<4>) -> Tensor<4> {
        let y = match self.shortcut {
            Some(shortcut) => y + super::widened(shortcut),
            None => y,
        };
        if self.is_rectified { relu(y) } else { y }
    }
}

/// As [`conv2d`](super::conv2d).
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, stride: usize, padding: usize) -> Tensor<4> {
    module::conv2d(x, weight, None, ConvOptions::new([stride; 2], [padding; 2], [1; 2], 1))
}

/// As [`batch_norm`](super::batch_norm).
pub fn batch_norm(x: Tensor<4>, gamma: Tensor<1>, beta: Tensor<1>, after: After) -> (Tensor<4>, Tensor<1>, Tensor<1>) {
    let normalised = batch_norm_train(x, gamma, beta, EPSILON);
    (after.applied(normalised.output), normalised.mean, normalised.variance)
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::rng::{Purpose, Stream};
    use crate::tensor::numbers;

    fn noise<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<D> {
        let mut stream = Stream::new(seed, Purpose::Noise, 0, 0);
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| stream.normal() as f32).collect();
        Tensor::from_data(TensorData::new(values, shape), &Device::flex()).autodiff().require_grad()
    }

    /// All numbers of an output and of the gradients of `inputs` by it.
    fn pass<const D: usize>(y: Tensor<4>, four: &[&Tensor<4>], others: &[&Tensor<D>]) -> Vec<Vec<f32>> {
        let probe = noise(y.dims(), 99).detach();
        let gradients = (y.clone() * probe).sum().backward();
        let mut all = vec![numbers(&y.inner()).unwrap()];
        all.extend(four.iter().map(|x| numbers(&x.grad(&gradients).unwrap()).unwrap()));
        all.extend(others.iter().map(|x| numbers(&x.grad(&gradients).unwrap()).unwrap()));
        all
    }

    #[track_caller]
    fn same(ours: &[Vec<f32>], burn: &[Vec<f32>]) {
        for (i, (ours, burn)) in ours.iter().zip(burn).enumerate() {
            let size = burn.iter().fold(1.0f32, |size, v| size.max(v.abs()));
            assert_eq!(ours.len(), burn.len());
            assert!(ours.iter().zip(burn).all(|(a, b)| (a - b).abs() < 2e-5 * size), "part {i}");
        }
    }

    #[test]
    fn our_convolution_is_that_of_burn() {
        for (kernel, stride, padding) in [(3, 1, 1), (3, 2, 1), (1, 1, 0), (1, 2, 0), (7, 2, 3)] {
            let (x, weight) = (noise([3, 4, 9, 8], 1), noise([5, 4, kernel, kernel], 2));
            let ours = super::super::conv2d(x.clone(), weight.clone(), stride, padding);
            let theirs = conv2d(x.clone(), weight.clone(), stride, padding);
            let inputs = [&x, &weight];
            same(&pass::<4>(ours, &inputs, &[]), &pass::<4>(theirs, &inputs, &[]));
        }
    }

    #[test]
    fn our_batch_norm_is_that_of_burn() {
        for (has_shortcut, is_rectified) in [(false, false), (false, true), (true, false), (true, true)] {
            let (x, shortcut) = (noise([3, 4, 5, 6], 1), noise([3, 4, 5, 6], 2));
            let (gamma, beta) = (noise([4], 3), noise([4], 4));
            let after = || After { shortcut: has_shortcut.then(|| shortcut.clone()), handed: None, is_rectified };
            let ours = super::super::batch_norm(x.clone(), gamma.clone(), beta.clone(), after());
            let theirs = batch_norm(x.clone(), gamma.clone(), beta.clone(), after());
            let maps = if has_shortcut { vec![&x, &shortcut] } else { vec![&x] };
            let rows = [&gamma, &beta];
            same(&pass(ours.0, &maps, &rows), &pass(theirs.0, &maps, &rows));
            let moments =
                |mean: Tensor<1>, variance: Tensor<1>| [mean, variance].map(|row| numbers(&row.inner()).unwrap());
            same(&moments(ours.1, ours.2), &moments(theirs.1, theirs.2));
        }
    }
}
