//! Steps down the gradient. State is keyed by the names of parameters, so that it can be saved and found again.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use skiplayer::{Error, Result};

use crate::network::{Array, Network, Parameter, ParameterRole};
use crate::recipe::{OptimizerOptions, Rule, Velocity};
use crate::tensor::{flat, numbers};

/// An optimizer and what it remembers.
#[derive(Debug, Clone)]
pub struct Optimizer {
    options: OptimizerOptions,
    /// Slot by slot in the order of `slots`, for each parameter.
    state: BTreeMap<String, Vec<Tensor<1>>>,
    n_steps: u64,
}

impl Optimizer {
    /// Remembers nothing yet.
    ///
    /// # Errors
    /// Options that make no sense.
    pub fn new(options: OptimizerOptions, network: &Network) -> Result<Self> {
        options.check()?;
        let nothing = |parameter: &Parameter| {
            let zeros = Tensor::zeros([parameter.shape.iter().product::<usize>()], network.device());
            vec![zeros; options.slots().len()]
        };
        let state = network.parameters().iter().map(|(name, parameter)| (name.clone(), nothing(parameter))).collect();
        Ok(Self { options, state, n_steps: 0 })
    }

    /// What it does.
    pub fn options(&self) -> &OptimizerOptions {
        &self.options
    }

    /// One step of `network` by gradients that have the names of its parameters. One that got none, since its branch was left out, has the
    /// gradient 0: its momentum and decay go on, as in the code of Huang et al. (2016).
    ///
    /// # Errors
    /// Another network than the one that this optimizer was made for.
    pub fn step(&mut self, network: &mut Network, gradients: &BTreeMap<String, Tensor<1>>, rate: f64) -> Result<()> {
        self.n_steps += 1;
        for (name, state) in &mut self.state {
            let parameter = network.parameters().get(name);
            let parameter = parameter.ok_or_else(|| Error::failure("optimizer", format!("no parameter `{name}`")))?;
            let weights = parameter.value.clone();
            let gradient = gradients.get(name).cloned().unwrap_or_else(|| weights.zeros_like());
            let scalar = if parameter.role == ParameterRole::Scalar { self.options.scalar_rate } else { 1.0 };
            let decay = self.options.decay(parameter.role);
            let update = Update { weights, gradient, decay, rate: rate * scalar, n_steps: self.n_steps };
            let moved = match self.options.rule {
                Rule::Sgd { momentum, nesterov, velocity } => update.sgd(state, momentum, nesterov, velocity),
                Rule::AdamW { beta1, beta2, epsilon } => update.adamw(state, beta1, beta2, epsilon),
            };
            network.set(name, moved)?;
        }
        Ok(())
    }

    /// Steps taken, and all that is remembered, as `slot/parameter`: nothing before the first step.
    ///
    /// # Errors
    /// The device does not hand out its numbers.
    pub fn to_arrays(&self) -> Result<(u64, BTreeMap<String, Array>)> {
        let mut arrays = BTreeMap::new();
        if self.n_steps == 0 {
            return Ok((0, arrays));
        }
        for (name, slots) in &self.state {
            for (slot, tensor) in self.options.slots().iter().zip(slots) {
                let values = numbers(tensor)?;
                arrays.insert(format!("{slot}/{name}"), Array { shape: vec![values.len()], values });
            }
        }
        Ok((self.n_steps, arrays))
    }

    /// The optimizer that [`Self::to_arrays`] was taken from.
    ///
    /// # Errors
    /// State that is missing or of another network.
    pub fn from_arrays(
        options: OptimizerOptions,
        network: &Network,
        n_steps: u64,
        arrays: &BTreeMap<String, Array>,
    ) -> Result<Self> {
        let mut optimizer = Self { n_steps, ..Self::new(options, network)? };
        if n_steps == 0 && arrays.is_empty() {
            return Ok(optimizer);
        }
        let device: Device = network.device().clone();
        for (name, state) in &mut optimizer.state {
            for (slot, tensor) in options.slots().iter().zip(state) {
                let key = format!("{slot}/{name}");
                let n = tensor.dims()[0];
                let array = arrays.get(&key).filter(|array| array.values.len() == n).ok_or_else(|| {
                    Error::input("state of the optimizer", format!("no `{key}` of {n} numbers"))
                        .hint("was the checkpoint made with another optimizer or network?")
                })?;
                *tensor = flat(array.values.clone(), &device);
            }
        }
        Ok(optimizer)
    }
}

/// One parameter on its way down.
struct Update {
    weights: Tensor<1>,
    gradient: Tensor<1>,
    decay: f64,
    rate: f64,
    n_steps: u64,
}

impl Update {
    fn sgd(self, state: &mut [Tensor<1>], momentum: f64, nesterov: bool, velocity: Velocity) -> Tensor<1> {
        let Self { weights, gradient, decay, rate, .. } = self;
        let gradient = if decay > 0.0 { gradient + weights.clone().mul_scalar(decay) } else { gradient };
        // The step without its sign and, for PyTorch, without the rate.
        let direction = match velocity {
            Velocity::Gradients => gradient,
            Velocity::Steps => gradient.mul_scalar(rate),
        };
        let remembered = state[0].clone().mul_scalar(momentum) + direction.clone();
        let step = if nesterov { direction + remembered.clone().mul_scalar(momentum) } else { remembered.clone() };
        state[0] = remembered;
        match velocity {
            Velocity::Gradients => weights - step.mul_scalar(rate),
            Velocity::Steps => weights - step,
        }
    }

    fn adamw(self, state: &mut [Tensor<1>], beta1: f64, beta2: f64, epsilon: f64) -> Tensor<1> {
        let Self { weights, gradient, decay, rate, n_steps } = self;
        let mix =
            |old: &Tensor<1>, new: Tensor<1>, beta: f64| old.clone().mul_scalar(beta) + new.mul_scalar(1.0 - beta);
        state[0] = mix(&state[0], gradient.clone(), beta1);
        state[1] = mix(&state[1], gradient.square(), beta2);
        // Both moments started at zero; more than 2^31 steps leave nothing to correct.
        let n = i32::try_from(n_steps).unwrap_or(i32::MAX);
        let first = state[0].clone().div_scalar(1.0 - beta1.powi(n));
        let second = state[1].clone().div_scalar(1.0 - beta2.powi(n));
        weights.mul_scalar(1.0 - rate * decay) - (first / second.sqrt().add_scalar(epsilon)).mul_scalar(rate)
    }
}
