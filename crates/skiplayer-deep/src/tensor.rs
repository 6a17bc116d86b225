//! Numbers into tensors and out of them.

use burn::tensor::{Device, Tensor, TensorData};
use skiplayer::{Error, Result};

/// A row of numbers on `device`.
pub fn flat(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let n = values.len();
    Tensor::from_data(TensorData::new(values, [n]), device)
}

/// The numbers of a tensor, in order.
///
/// # Errors
/// The device does not hand them out.
pub fn numbers<const D: usize>(tensor: &Tensor<D>) -> Result<Vec<f32>> {
    let failed = |error: String| Error::failure("reading a tensor from the device", error);
    let data = tensor.clone().try_into_data().map_err(|error| failed(format!("{error:?}")))?;
    data.try_to_vec::<f32>().map_err(|error| failed(format!("{error:?}")))
}
