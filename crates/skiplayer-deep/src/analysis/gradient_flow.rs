//! How much gradient reaches each layer. The authors of residual networks looked at it to show that plain networks with batch norm do
//! not fail by vanishing gradients (He et al. 2015, section 4.1): degradation is something else.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use skiplayer::Result;

use crate::data::Batch;
use crate::network::parameters::parameters;
use crate::network::{Network, ParameterRole, Pass, STEM};
use crate::tensor::numbers;
use crate::train::Loss;

/// One weight tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flow {
    /// Of the parameter.
    pub name: String,
    /// Euclidean norm of the gradient of the loss.
    pub gradient: f64,
    /// Euclidean norm of the weights.
    pub weights: f64,
}

/// What leaves the stem or a block, and what comes back to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// [`STEM`], or the name of a block.
    pub path: String,
    /// Euclidean norm of the output, over the batch.
    pub forward: f64,
    /// Euclidean norm of the gradient of the loss with respect to it. The quotient of two neighbours is the local derivative of the
    /// chain rule in the direction that matters; the product of all quotients is first over last.
    pub backward: f64,
}

/// Both, in the order of the pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientFlow {
    pub weights: Vec<Flow>,
    pub signals: Vec<Signal>,
}

impl GradientFlow {
    /// Gradient at the output of the stem over that at the output of the last block: the product of the local derivatives of all
    /// blocks. 1 is what identities give; 0 is a gradient that vanishes.
    pub fn first_over_last(&self) -> Option<f64> {
        let (first, last) = (self.signals.first()?, self.signals.last()?);
        Some(first.backward / last.backward)
    }
}

/// The gradients that one batch sends to the weights of convolutions and linear layers and to the outputs of stem and blocks, with
/// batch statistics and all branches.
///
/// # Errors
/// A batch that does not fit the network or the loss.
///
/// # Complexity
/// One forward and one backward pass.
pub fn gradient_flow(network: &Network, loss: Loss, batch: &Batch) -> Result<GradientFlow> {
    let expected = loss.expected_outputs(&batch.targets, batch.len(), network.architecture().output()?)?;
    let tracked = network.trainable();
    let names: Vec<&str> =
        std::iter::once(STEM).chain(network.architecture().blocks().map(|block| &*block.name)).collect();
    let seen = |path: &str| names.contains(&path);
    let pass = Pass { watch: Some(&seen), tap: Some(&seen), ..Pass::TRAINING };
    let (outputs, trace) = tracked.forward(batch.tensor(network.device())?.autodiff(), pass)?;
    let gradients = loss.value(outputs, expected)?.backward();
    let declared = parameters(network.architecture())?.into_iter();
    let weights = declared.filter(|d| matches!(d.role, ParameterRole::ConvWeight | ParameterRole::LinearWeight));
    let flow = |name: String| {
        let value = &tracked.parameters()[&name].value;
        let gradient = norm_or_nothing(value.grad(&gradients))?;
        Ok(Flow { gradient, weights: norm(&value.clone().inner())?, name })
    };
    let signal = |((path, output), (_, zeros)): ((String, Tensor<4>), (String, Tensor<4>))| {
        Ok(Signal { path, forward: norm(&output.inner())?, backward: norm_or_nothing(zeros.grad(&gradients))? })
    };
    Ok(GradientFlow {
        weights: weights.map(|declared| flow(declared.name)).collect::<Result<_>>()?,
        signals: trace.outputs.into_iter().zip(trace.taps).map(signal).collect::<Result<_>>()?,
    })
}

/// 0 where no gradient came.
fn norm_or_nothing<const D: usize>(gradient: Option<Tensor<D>>) -> Result<f64> {
    gradient.map_or(Ok(0.0), |gradient| norm(&gradient))
}

pub(super) fn norm<const D: usize>(tensor: &Tensor<D>) -> Result<f64> {
    Ok(numbers(tensor)?.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt())
}
