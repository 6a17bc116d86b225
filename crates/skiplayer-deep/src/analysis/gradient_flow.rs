//! How much gradient reaches each layer. The authors of residual networks looked at it to show that plain networks with batch norm do
//! not fail by vanishing gradients (He et al. 2015, section 4.1).

use serde::Serialize;
use skiplayer::Result;

use crate::network::parameters::parameters;
use crate::network::{Network, ParameterRole, Pass, numbers};
use crate::train::{Batch, Loss};

/// One weight tensor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flow {
    /// Of the parameter.
    pub name: String,
    /// Euclidean norm of the gradient of the loss.
    pub gradient: f64,
    /// Euclidean norm of the weights.
    pub weights: f64,
}

/// The gradients that one batch sends to the weights of convolutions and linear layers, in the order of the pass, with batch statistics
/// and all branches.
///
/// # Errors
/// A batch that does not fit the network or the loss.
pub fn gradient_flow(network: &Network, loss: Loss, batch: &Batch) -> Result<Vec<Flow>> {
    let rows = loss.rows(&batch.targets, batch.len(), network.architecture().n_outputs)?;
    let tracked = network.trainable();
    let (outputs, _) = tracked.forward(batch.tensor(network.device())?.autodiff(), Pass::TRAINING)?;
    let gradients = loss.value(outputs, rows)?.backward();
    let declared = parameters(network.architecture())?.into_iter();
    let weights = declared.filter(|d| matches!(d.role, ParameterRole::ConvWeight | ParameterRole::LinearWeight));
    let flow = |name: String| {
        let value = &tracked.parameters()[&name].value;
        let gradient = value.grad(&gradients).map_or(Ok(0.0), |gradient| Ok(norm(&numbers(&gradient)?)))?;
        Ok(Flow { gradient, weights: norm(&numbers(&value.clone().inner())?), name })
    };
    weights.map(|declared| flow(declared.name)).collect()
}

fn norm(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
}
