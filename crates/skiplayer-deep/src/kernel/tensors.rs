//! Tensors of the processor as slices, and slices as tensors.
//!
//! Maps of 16 bits are stored channel by channel of each pixel, and say so by their strides: what Burn does with them comes out right.

use burn::backend::flex::{FlexTensor, Layout};
use burn::tensor::{DType, TensorData, bf16};

use super::conv::Geometry;
use super::half;
use super::normalise::{Channels, Maps};
use super::pool;

pub fn is_half(x: &FlexTensor) -> bool {
    x.dtype() == DType::BF16
}

/// `tensor` with its numbers in order; it is the same one where they are, and nobody has a second one.
pub fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() { tensor } else { tensor.to_contiguous() }
}

/// The maps `x` with channels of each pixel side by side, of 16 bits.
pub fn channels_last(x: FlexTensor) -> FlexTensor {
    if !is_half(&x) {
        return rounded(x);
    }
    let layout = channels_last_layout(&x);
    let is_whole = x.storage::<bf16>().len() == layout.num_elements();
    if is_whole && *x.layout() == layout {
        return x;
    }
    // In the order in which they are to be stored, and back.
    let [n, c, h, w] = shape(&x);
    let strides = x.layout().strides();
    let order = [0, 2, 3, 1].map(|axis| strides[axis]).to_vec();
    let view = Layout::new([n, h, w, c].into(), order, x.layout().start_offset());
    x.with_layout(view).to_contiguous().with_layout(layout)
}

/// (n, channels, height, width)
pub fn shape(x: &FlexTensor) -> [usize; 4] {
    let shape = x.layout().shape();
    std::array::from_fn(|axis| shape[axis])
}

fn channels_last_layout(x: &FlexTensor) -> Layout {
    let [_, c, h, w] = shape(x);
    let strides = [h * w * c, 1, w * c, c].map(|stride| stride as isize);
    Layout::new(x.layout().shape().clone(), strides.to_vec(), 0)
}

/// Maps of 16 bits out of those in single precision.
pub fn rounded(x: FlexTensor) -> FlexTensor {
    let x = contiguous(x);
    let mut y = pool::take(slice(&x).len());
    half::maps::round(maps(&x), slice(&x), &mut y);
    half_tensor(y, shape(&x))
}

/// And back.
pub fn widened(x: FlexTensor) -> FlexTensor {
    let x = channels_last(x);
    let mut y = pool::take(halves(&x).len());
    half::maps::widen(maps(&x), halves(&x), &mut y);
    tensor(y, shape(&x))
}

/// All numbers of a tensor that is contiguous.
pub fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice::<f32>().expect("networks are contiguous and in single precision")
}

/// All numbers of maps with channels last.
pub fn halves(tensor: &FlexTensor) -> &[bf16] {
    tensor.storage()
}

pub fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// Maps of `shape` (n, channels, height, width) out of numbers with channels last.
pub fn half_tensor(values: Vec<bf16>, shape: [usize; 4]) -> FlexTensor {
    let flat = FlexTensor::from_data(TensorData::new(values, shape));
    let layout = channels_last_layout(&flat);
    flat.with_layout(layout)
}

/// A tensor of the shape of `x`.
pub fn like(x: &FlexTensor, values: Vec<f32>) -> FlexTensor {
    tensor(values, shape(x))
}

/// The same of 16 bits.
pub fn half_like(x: &FlexTensor, values: Vec<bf16>) -> FlexTensor {
    half_tensor(values, shape(x))
}

/// The memory of `tensor` to the pool, if it is the last to have it.
pub fn give_back(tensor: FlexTensor) {
    if !tensor.is_unique() {
        return;
    }
    if is_half(&tensor) {
        let row = Layout::contiguous([tensor.layout().num_elements()].into());
        if let Ok(values) = tensor.with_layout(row).into_data().try_into_vec::<bf16>() {
            pool::give_back(values);
        }
    } else if let Ok(values) = tensor.into_data().try_into_vec::<f32>() {
        pool::give_back(values);
    }
}

/// `tensor` with its numbers changed: in place, unless somebody else has them too.
pub fn changed<R>(tensor: FlexTensor, change: impl FnOnce(&mut [f32]) -> R) -> (FlexTensor, R) {
    let mut tensor = contiguous(tensor);
    let (start, end) = tensor.layout().contiguous_offsets().expect("made contiguous");
    let result = change(&mut tensor.storage_mut::<f32>()[start..end]);
    (tensor, result)
}

/// The same for maps of 16 bits.
pub fn changed_halves<R>(tensor: FlexTensor, change: impl FnOnce(&mut [bf16]) -> R) -> (FlexTensor, R) {
    let mut tensor = channels_last(tensor);
    let result = change(tensor.storage_mut::<bf16>());
    (tensor, result)
}

pub fn geometry(x: &FlexTensor, weight: &FlexTensor, stride: usize, padding: usize) -> Geometry {
    let (x, weight) = (x.layout().shape(), weight.layout().shape());
    Geometry {
        n_images: x[0],
        n_inputs: x[1],
        height: x[2],
        width: x[3],
        n_outputs: weight[0],
        kernel: weight[2],
        stride,
        padding,
    }
}

pub fn maps(x: &FlexTensor) -> Maps {
    let shape = x.layout().shape();
    Maps { n_images: shape[0], n_channels: shape[1], positions: shape[2] * shape[3] }
}

/// What [`Kernels::moments`](super::Kernels::moments) returned, apart.
pub fn channels<'a>(gamma: &'a FlexTensor, beta: &'a FlexTensor, moments: &'a FlexTensor) -> Channels<'a> {
    let (mean, variance) = slice(moments).split_at(slice(gamma).len());
    Channels { gamma: slice(gamma), beta: slice(beta), mean, variance }
}
