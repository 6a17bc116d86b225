//! What a network learns: the name, shape, role and start of every parameter, declared by the description alone.

use skiplayer::Result;

use crate::describe::architecture::Architecture;
use crate::describe::layer::{Conv, Layer};
use crate::describe::traverse::Visit;

/// A parameter before it has a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// As PyTorch names it: the path of its layer, and `weight` or `bias`.
    pub name: String,
    /// As PyTorch stores it: `(out, in, k, k)` of convolutions, `(out, in)` of linear layers.
    pub shape: Vec<usize>,
    pub role: ParameterRole,
    pub start: Start,
}

/// What a parameter is for; weight decay and learning rates may depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterRole {
    /// Of a convolution, transposed or not.
    ConvWeight,
    LinearWeight,
    Bias,
    /// Gamma of a batch norm.
    NormScale,
    /// Beta of a batch norm.
    NormShift,
    /// One number that multiplies or shifts whole maps.
    Scalar,
    /// Not learned by gradients: what a batch norm has seen.
    RunningStatistic,
}

/// How a parameter is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Start {
    Constant(f64),
    /// Normal around 0 with this standard deviation.
    Normal(f64),
    /// Uniform from minus this to this.
    Uniform(f64),
}

/// All parameters of `architecture` in the order of the forward pass.
///
/// Convolutions start at N(0, 2 / (k² out)) (He et al. 2015a, equation 14, backward case: what the authors of residual networks
/// used), linear layers at U(±1/sqrt(in)), batch norms at the identity.
///
/// # Errors
/// Layers that do not fit together.
pub fn parameters(architecture: &Architecture) -> Result<Vec<Declared>> {
    let mut all = Vec::new();
    architecture.traverse(&mut |visit| match visit {
        Visit::Layer { path, layer, .. } => layer_parameters(&path, layer, &mut all),
        Visit::Gate { path, conv, .. } => conv_parameters(&path, conv, &mut all),
        Visit::Fork { .. } | Visit::Join { .. } => {}
    })?;
    Ok(all)
}

/// The running statistics of one batch norm.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredNorm {
    /// Of the layer.
    pub path: String,
    pub mean: Declared,
    pub variance: Declared,
}

/// All batch norms of `architecture` in the order of the forward pass.
///
/// # Errors
/// Layers that do not fit together.
pub fn batch_norms(architecture: &Architecture) -> Result<Vec<DeclaredNorm>> {
    let mut all = Vec::new();
    architecture.traverse(&mut |visit| {
        if let Visit::Layer { path, layer: Layer::BatchNorm { channels }, .. } = visit {
            let declared = |name, start| {
                let start = Start::Constant(start);
                Declared { name, shape: vec![*channels], role: ParameterRole::RunningStatistic, start }
            };
            let (mean, variance) = (declared(running_mean(&path), 0.0), declared(running_variance(&path), 1.0));
            all.push(DeclaredNorm { path, mean, variance });
        }
    })?;
    Ok(all)
}

/// PyTorch's name of the running mean of the batch norm at `path`.
pub fn running_mean(path: &str) -> String {
    format!("{path}.running_mean")
}

/// PyTorch's name of the running variance of the batch norm at `path`.
pub fn running_variance(path: &str) -> String {
    format!("{path}.running_var")
}

fn layer_parameters(path: &str, layer: &Layer, all: &mut Vec<Declared>) {
    let mut add = |name: String, shape: Vec<usize>, role, start| all.push(Declared { name, shape, role, start });
    let (weight, bias) = (format!("{path}.weight"), format!("{path}.bias"));
    match *layer {
        Layer::Conv(conv) => conv_parameters(path, conv, all),
        Layer::UpConv { n_inputs, n_outputs } => {
            // Every output sums over the channels of one position.
            let start = Start::Normal((1.0 / n_inputs as f64).sqrt());
            add(weight, vec![n_inputs, n_outputs, 2, 2], ParameterRole::ConvWeight, start);
            add(bias, vec![n_outputs], ParameterRole::Bias, Start::Constant(0.0));
        }
        Layer::BatchNorm { channels } => {
            add(weight, vec![channels], ParameterRole::NormScale, Start::Constant(1.0));
            add(bias, vec![channels], ParameterRole::NormShift, Start::Constant(0.0));
        }
        Layer::Linear { n_inputs, n_outputs, gain } => {
            let start = Start::Uniform(gain / (n_inputs as f64).sqrt());
            add(weight, vec![n_outputs, n_inputs], ParameterRole::LinearWeight, start);
            add(bias, vec![n_outputs], ParameterRole::Bias, Start::Constant(0.0));
        }
        Layer::Scale { start } => add(path.to_owned(), vec![1], ParameterRole::Scalar, Start::Constant(start)),
        Layer::Shift => add(path.to_owned(), vec![1], ParameterRole::Scalar, Start::Constant(0.0)),
        Layer::Relu | Layer::MaxPool { .. } | Layer::AvgPool { .. } | Layer::GlobalAvgPool => {}
    }
}

fn conv_parameters(path: &str, conv: Conv, all: &mut Vec<Declared>) {
    let Conv { n_inputs, n_outputs, kernel, gain, .. } = conv;
    let fan_out = kernel * kernel * n_outputs;
    all.push(Declared {
        name: format!("{path}.weight"),
        shape: vec![n_outputs, n_inputs, kernel, kernel],
        role: ParameterRole::ConvWeight,
        start: Start::Normal(gain * (2.0 / fan_out as f64).sqrt()),
    });
    if let Some(start) = conv.bias {
        all.push(Declared {
            name: format!("{path}.bias"),
            shape: vec![n_outputs],
            role: ParameterRole::Bias,
            start: Start::Constant(start),
        });
    }
}
