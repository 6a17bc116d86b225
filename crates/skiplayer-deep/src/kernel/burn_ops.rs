//! The operations of Burn: what devices compute that our own are not written for, and what ours are compared with.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use burn::tensor::module::{self, avg_pool2d, batch_norm_train, conv_transpose2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, ConvTransposeOptions, MaxPoolOptions};

use super::fork::Handed;
use super::windows::Windows;
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

/// As [`max_pool`](super::max_pool).
pub fn max_pool(x: Tensor<4>, windows: Windows) -> Tensor<4> {
    let Windows { kernel, stride, padding } = windows;
    let mut options = MaxPoolOptions::new([kernel; 2]);
    (options.stride, options.padding) = ([stride; 2], [(padding, padding); 2]);
    max_pool2d(x, options)
}

/// As [`avg_pool`](super::avg_pool).
pub fn avg_pool(x: Tensor<4>, kernel: usize) -> Tensor<4> {
    avg_pool2d(x, AvgPoolOptions::new([kernel; 2]))
}

/// Zeros behind the last channel.
pub fn more_channels(x: Tensor<4>, n_outputs: usize) -> Tensor<4> {
    let [n, channels, height, width] = x.dims();
    let zeros = Tensor::zeros([n, n_outputs - channels, height, width], &x.device());
    Tensor::cat(vec![x, zeros], 1)
}

/// As [`up_convolution`](super::up_convolution).
pub fn up_convolution(x: Tensor<4>, weight: Tensor<4>) -> Tensor<4> {
    conv_transpose2d(x, weight, None, ConvTransposeOptions::new([2, 2], [0, 0], [0, 0], [1, 1], 1))
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData, s};

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

    #[test]
    fn our_windows_are_those_of_burn() {
        for (kernel, stride, padding) in [(2, 2, 0), (3, 2, 1), (3, 1, 1), (1, 2, 0), (1, 3, 0), (2, 3, 0), (5, 2, 2)] {
            let (x, windows) = (noise([3, 4, 9, 8], 1), Windows { kernel, stride, padding });
            let ours = super::super::max_pool(x.clone(), windows);
            same(&pass::<4>(ours, &[&x], &[]), &pass::<4>(max_pool(x.clone(), windows), &[&x], &[]));
        }
        for kernel in [1, 2, 3, 4] {
            let x = noise([3, 4, 9, 8], 1);
            let ours = super::super::avg_pool(x.clone(), kernel);
            same(&pass::<4>(ours, &[&x], &[]), &pass::<4>(avg_pool(x.clone(), kernel), &[&x], &[]));
        }
    }

    /// Of equal numbers the first is the largest, and what is no number is larger than all.
    #[test]
    fn the_largest_is_the_first_of_equals() {
        let x = TensorData::new(vec![1.0f32, 1.0, 0.0, 1.0, f32::NAN, 3.0, 2.0, 5.0], [2, 1, 2, 2]);
        let x: Tensor<4> = Tensor::from_data(x, &Device::flex()).autodiff().require_grad();
        let y = super::super::max_pool(x.clone(), Windows::tiles(2));
        let gradients = y.clone().sum().backward();
        let y = numbers(&y.inner()).unwrap();
        assert!(y[0] == 1.0 && y[1].is_nan());
        assert_eq!(numbers(&x.grad(&gradients).unwrap()).unwrap(), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn our_channels_are_those_of_burn() {
        let (a, b, bias) = (noise([3, 4, 5, 6], 1), noise([3, 2, 5, 6], 2), noise([4], 3));
        let ours = super::super::concatenated(a.clone(), b.clone(), None);
        let theirs = Tensor::cat(vec![a.clone(), b.clone()], 1);
        same(&pass::<4>(ours, &[&a, &b], &[]), &pass::<4>(theirs, &[&a, &b], &[]));
        let ours = super::super::add_bias(a.clone() * 1.0, bias.clone());
        let theirs = a.clone() + bias.clone().reshape([1, 4, 1, 1]);
        same(&pass(ours, &[&a], &[&bias]), &pass(theirs, &[&a], &[&bias]));
        for (stride, n_outputs) in [(1, 4), (1, 7), (2, 4), (2, 7)] {
            let ours = super::super::zero_pad(a.clone(), stride, n_outputs);
            let step = stride as isize;
            let theirs = a.clone().slice(s![.., .., ..;step, ..;step]);
            let theirs = if n_outputs > 4 { more_channels(theirs, n_outputs) } else { theirs };
            same(&pass::<4>(ours, &[&a], &[]), &pass::<4>(theirs, &[&a], &[]));
        }
    }

    #[test]
    fn our_step_up_is_that_of_burn() {
        let (x, weight) = (noise([3, 4, 5, 6], 1), noise([4, 3, 2, 2], 2));
        let ours = super::super::up_convolution(x.clone(), weight.clone());
        let theirs = up_convolution(x.clone(), weight.clone());
        same(&pass::<4>(ours, &[&x, &weight], &[]), &pass::<4>(theirs, &[&x, &weight], &[]));
    }

    /// Maps of 16 bits give what those in single precision give that hold the same numbers, rounded once; gradients too.
    #[test]
    fn steps_of_16_bits_are_those_of_single_precision() {
        use super::super::{add_bias, avg_pool, concatenated, max_pool, rounded, up_convolution, widened, zero_pad};
        let exact = |x: Tensor<4>| widened(rounded(x.inner())).autodiff().require_grad();
        let (x, weight, bias) = (exact(noise([2, 20, 6, 8], 1)), noise([20, 18, 2, 2], 2), noise([20], 3));
        let weight = exact(weight);
        type Step<'a> = (&'a str, f32, Box<dyn Fn(Tensor<4>) -> Tensor<4> + 'a>);
        let steps: Vec<Step<'_>> = vec![
            ("largest", 0.0, Box::new(|x| max_pool(x, Windows::tiles(2)))),
            (
                "largest of windows that overlap",
                1.0,
                Box::new(|x| max_pool(x, Windows { kernel: 3, stride: 2, padding: 1 })),
            ),
            ("mean", 1.0, Box::new(|x| avg_pool(x, 2))),
            ("channels", 0.0, Box::new(|x| concatenated(x.clone(), x, None))),
            ("zeros", 0.0, Box::new(|x| zero_pad(x, 2, 24))),
            ("bias", 1.0, Box::new(|x| add_bias(x, bias.clone()))),
            ("up", 1.0, Box::new(|x| up_convolution(x, weight.clone()))),
        ];
        for (what, rounding, step) in steps {
            let single = step(x.clone());
            // Gradients that 16 bits hold, so that only results are rounded.
            let probe = exact(noise(single.dims(), 99)).detach();
            let of = |y: Tensor<4>| {
                let gradients = (widened(y.clone()) * probe.clone()).sum().backward();
                [numbers(&widened(y).inner()).unwrap(), numbers(&x.grad(&gradients).unwrap()).unwrap()]
            };
            let (single, half) = (of(single), of(step(rounded(x.clone()))));
            for (single, half) in single.iter().zip(&half) {
                let size = single.iter().fold(1.0f32, |size, v| size.max(v.abs()));
                let close = |(a, b): (&f32, &f32)| (a - b).abs() <= rounding * (a.abs() / 256.0 + 1e-6 * size);
                // Of two copies gradients are added, and rounded again.
                let is_sum = what == "channels";
                assert!(
                    single.iter().zip(half).all(|(a, b)| close((a, b)) || is_sum && (a - b).abs() <= a.abs() / 128.0),
                    "{what}"
                );
            }
        }
    }
}
