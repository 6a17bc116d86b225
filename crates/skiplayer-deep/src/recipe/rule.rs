//! How gradients become steps, as data.

use serde::{Deserialize, Serialize};
use skiplayer::{Error, Result};

use crate::network::ParameterRole;

/// What an optimizer does; all of it that is not state.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OptimizerOptions {
    pub rule: Rule,
    pub weight_decay: f64,
    pub decays: Decays,
    /// Times the learning rate of parameters that are one number for a whole map; 0.1 for Fixup (Zhang et al. 2019).
    pub scalar_rate: f64,
}

/// How gradients become steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Weight decay is part of the gradient.
    Sgd { momentum: f64, nesterov: bool, velocity: Velocity },
    /// Loshchilov & Hutter (2019), algorithm 2: weight decay beside the gradient, times the learning rate.
    AdamW { beta1: f64, beta2: f64, epsilon: f64 },
}

/// What momentum remembers. The two differ for a while after the learning rate changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Velocity {
    /// v = momentum v - rate g; w = w + v: Caffe and most papers. Steps taken at the old rate live on.
    Steps,
    /// v = momentum v + g; w = w - rate v: PyTorch.
    Gradients,
}

/// What weight decay pulls towards zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decays {
    /// Weights of convolutions and linear layers: He et al. (2015).
    Weights,
    /// Biases and batch norms too: the public code of many papers.
    All,
}

impl OptimizerOptions {
    /// He et al. (2015): momentum 0.9, weight decay 1e-4.
    pub const HE2015: Self = Self {
        rule: Rule::Sgd { momentum: 0.9, nesterov: false, velocity: Velocity::Gradients },
        weight_decay: 1e-4,
        decays: Decays::Weights,
        scalar_rate: 1.0,
    };

    /// Loshchilov & Hutter (2019) with the usual constants.
    pub const ADAMW: Self = Self {
        rule: Rule::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
        weight_decay: 1e-2,
        decays: Decays::Weights,
        scalar_rate: 1.0,
    };

    /// # Errors
    /// A number that makes no sense.
    pub fn check(&self) -> Result<()> {
        let share = |name: &str, value: f64| match (0.0..1.0).contains(&value) {
            true => Ok(()),
            false => Err(Error::input(name, value.to_string()).expected("a number from 0 to below 1")),
        };
        let positive = |name: &str, value: f64| match value >= 0.0 && value.is_finite() {
            true => Ok(()),
            false => Err(Error::input(name, value.to_string()).expected("0 or a number above")),
        };
        match self.rule {
            Rule::Sgd { momentum, .. } => share("momentum", momentum)?,
            Rule::AdamW { beta1, beta2, epsilon } => {
                share("beta1", beta1)?;
                share("beta2", beta2)?;
                positive("epsilon", epsilon)?;
            }
        }
        positive("weight_decay", self.weight_decay)?;
        positive("scalar_rate", self.scalar_rate)
    }

    /// Names of what an optimizer remembers for each parameter.
    pub(crate) fn slots(&self) -> &'static [&'static str] {
        match self.rule {
            Rule::Sgd { .. } => &["velocity"],
            Rule::AdamW { .. } => &["first_moment", "second_moment"],
        }
    }

    /// Weight decay of a parameter of `role`.
    pub(crate) fn decay(&self, role: ParameterRole) -> f64 {
        let is_weight = matches!(role, ParameterRole::ConvWeight | ParameterRole::LinearWeight);
        if is_weight || self.decays == Decays::All { self.weight_decay } else { 0.0 }
    }
}
