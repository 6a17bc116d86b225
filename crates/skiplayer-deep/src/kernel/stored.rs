//! Tensors as slices of either precision, so that an operation is written once for both.

use burn::backend::flex::FlexTensor;
use burn::tensor::bf16;

use super::conv::{self, Geometry, Written};
use super::half;
use super::half::number::Number;
use super::normalise::{self, Channels, Maps};
use super::pool;
use super::tensors::{
    changed, changed_halves, channels_last, contiguous, half_tensor, halves, is_half, slice, tensor, widened,
};

/// Numbers that tensors of maps are made of, and the convolutions that read them.
pub trait Stored: Number {
    /// `x` made of these, in their order.
    fn ordered(x: FlexTensor) -> FlexTensor;

    /// The numbers of a tensor that is [`ordered`](Self::ordered).
    fn numbers(x: &FlexTensor) -> &[Self];

    /// Numbers in this order as maps of `shape` (n, channels, height, width).
    fn tensor(values: Vec<Self>, shape: [usize; 4]) -> FlexTensor;

    /// `x` with its numbers changed, in place unless somebody else has them too.
    fn changed(x: FlexTensor, change: impl FnOnce(&mut [Self])) -> FlexTensor;

    /// As [`conv::forward`].
    fn convolve(g: &Geometry, x: &[Self], weight: &[f32], y: &mut [Self]);

    /// As [`conv::transposed`].
    fn transposed(g: &Geometry, dy: &[Self], weight: &[f32], dx: &mut [Self]);

    /// As [`conv::backward`].
    fn backward(g: &Geometry, x: &[Self], weight: &[f32], dy: &[Self], dx: Option<&mut [Self]>) -> Vec<f32>;

    /// As [`normalise::forward`], of nothing but `x`.
    fn normalise(maps: Maps, x: &[Self], channels: Channels<'_>, is_rectified: bool, y: &mut [Self]);

    /// As [`normalise::backward`].
    fn normalise_backward(
        maps: Maps,
        x: &[Self],
        channels: Channels<'_>,
        is_rectified: bool,
        dy: &mut [Self],
    ) -> (Vec<f32>, Vec<f32>);

    /// New maps of `shape`, written by `write`.
    fn written(shape: [usize; 4], write: impl FnOnce(&mut [Self])) -> FlexTensor {
        let mut values = pool::take(shape.iter().product());
        write(&mut values);
        Self::tensor(values, shape)
    }
}

impl Stored for f32 {
    fn ordered(x: FlexTensor) -> FlexTensor {
        if is_half(&x) { widened(x) } else { contiguous(x) }
    }

    fn numbers(x: &FlexTensor) -> &[Self] {
        slice(x)
    }

    fn tensor(values: Vec<Self>, shape: [usize; 4]) -> FlexTensor {
        tensor(values, shape)
    }

    fn changed(x: FlexTensor, change: impl FnOnce(&mut [Self])) -> FlexTensor {
        changed(Self::ordered(x), change).0
    }

    fn convolve(g: &Geometry, x: &[Self], weight: &[f32], y: &mut [Self]) {
        conv::forward(g, x, weight, Written::Replaced, y);
    }

    fn transposed(g: &Geometry, dy: &[Self], weight: &[f32], dx: &mut [Self]) {
        conv::transposed(g, dy, weight, dx);
    }

    fn backward(g: &Geometry, x: &[Self], weight: &[f32], dy: &[Self], dx: Option<&mut [Self]>) -> Vec<f32> {
        conv::backward(g, x, weight, dy, dx)
    }

    fn normalise(maps: Maps, x: &[Self], channels: Channels<'_>, is_rectified: bool, y: &mut [Self]) {
        normalise::forward(maps, x, channels, None, is_rectified, y);
    }

    fn normalise_backward(
        maps: Maps,
        x: &[Self],
        channels: Channels<'_>,
        is_rectified: bool,
        dy: &mut [Self],
    ) -> (Vec<f32>, Vec<f32>) {
        normalise::backward(maps, x, channels, is_rectified, dy)
    }
}

impl Stored for bf16 {
    fn ordered(x: FlexTensor) -> FlexTensor {
        channels_last(x)
    }

    fn numbers(x: &FlexTensor) -> &[Self] {
        halves(x)
    }

    fn tensor(values: Vec<Self>, shape: [usize; 4]) -> FlexTensor {
        half_tensor(values, shape)
    }

    fn changed(x: FlexTensor, change: impl FnOnce(&mut [Self])) -> FlexTensor {
        changed_halves(x, change).0
    }

    fn convolve(g: &Geometry, x: &[Self], weight: &[f32], y: &mut [Self]) {
        half::conv::forward(g, x, weight, y);
    }

    fn transposed(g: &Geometry, dy: &[Self], weight: &[f32], dx: &mut [Self]) {
        half::conv::transposed(g, dy, weight, dx);
    }

    fn backward(g: &Geometry, x: &[Self], weight: &[f32], dy: &[Self], dx: Option<&mut [Self]>) -> Vec<f32> {
        half::conv::backward(g, x, weight, dy, dx)
    }

    fn normalise(maps: Maps, x: &[Self], channels: Channels<'_>, is_rectified: bool, y: &mut [Self]) {
        half::normalise::forward(maps, x, channels, None, is_rectified, y);
    }

    fn normalise_backward(
        maps: Maps,
        x: &[Self],
        channels: Channels<'_>,
        is_rectified: bool,
        dy: &mut [Self],
    ) -> (Vec<f32>, Vec<f32>) {
        half::normalise::backward(maps, x, channels, is_rectified, dy)
    }
}

/// `f::<bf16>(x, ...)` where `x` has 16 bits, `f::<f32>(x, ...)` otherwise.
macro_rules! by_precision {
    ($f:ident($x:expr $(, $argument:expr)* $(,)?)) => {{
        let x = $x;
        if $crate::kernel::is_half(&x) {
            $f::<burn::tensor::bf16>(x $(, $argument)*)
        } else {
            $f::<f32>(x $(, $argument)*)
        }
    }};
}

pub(super) use by_precision;
