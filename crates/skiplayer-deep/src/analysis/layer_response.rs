//! How strongly layers respond (He et al. 2015, figure 7): the standard deviation of the output of each 3x3 layer, after batch norm,
//! before the nonlinearity and the addition. Residual networks respond less than plain ones, and less the deeper they are: their
//! branches correct little.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use skiplayer::Result;

use crate::describe::architecture::Architecture;
use crate::describe::layer::Layer;
use crate::describe::traverse::Visit;
use crate::network::{Mode, Network, Pass};
use crate::tensor::numbers;

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// Path of the layer whose output was looked at: a batch norm, or a convolution that none follows.
    pub path: String,
    /// Over images, channels and pixels.
    pub standard_deviation: f64,
    /// The same by the scales and shifts of the batch norm alone, sqrt(mean gamma² + var beta): what the batch that it normalises
    /// by has. None where there is no batch norm.
    pub closed_form: Option<f64>,
}

/// The responses of all 3x3 layers of `network` to the images `x`, in the order of the pass.
///
/// # Errors
/// Images that do not fit the network.
pub fn layer_responses(network: &Network, x: Tensor<4>, mode: Mode) -> Result<Vec<Response>> {
    let layers = looked_at(network.architecture())?;
    let watch = |path: &str| layers.iter().any(|layer| layer == path);
    let (_, trace) = network.valid().forward(x, Pass { mode, watch: Some(&watch), ..Pass::EVALUATION })?;
    let response = |(path, output): (String, Tensor<4>)| {
        let standard_deviation = standard_deviation(&numbers(&output)?);
        Ok(Response { closed_form: closed_form(network, &path)?, path, standard_deviation })
    };
    trace.outputs.into_iter().map(response).collect()
}

/// Paths of the batch norms that directly follow 3x3 convolutions, or of the convolutions where there are none.
fn looked_at(architecture: &Architecture) -> Result<Vec<String>> {
    let mut paths: Vec<String> = Vec::new();
    let mut follows_conv = false;
    architecture.traverse(&mut |visit| {
        let Visit::Layer { path, layer, .. } = visit else {
            follows_conv = false;
            return;
        };
        match layer {
            Layer::Conv(conv) if conv.kernel == 3 => paths.push(path),
            Layer::BatchNorm { .. } if follows_conv => {
                paths.pop();
                paths.push(path);
            }
            _ => {}
        }
        follows_conv = matches!(layer, Layer::Conv(conv) if conv.kernel == 3);
    })?;
    Ok(paths)
}

fn closed_form(network: &Network, path: &str) -> Result<Option<f64>> {
    let values =
        |kind: &str| network.parameters().get(&format!("{path}.{kind}")).map(|p| numbers(&p.value)).transpose();
    if !network.statistics().contains_key(path) {
        return Ok(None);
    }
    let (Some(scale), Some(shift)) = (values("weight")?, values("bias")?) else { return Ok(None) };
    let mean_square = scale.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / scale.len().max(1) as f64;
    Ok(Some((mean_square + standard_deviation(&shift).powi(2)).sqrt()))
}

/// In double precision and two passes: there are millions of values.
fn standard_deviation(values: &[f32]) -> f64 {
    let n = values.len().max(1) as f64;
    let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / n;
    (values.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / n).sqrt()
}
