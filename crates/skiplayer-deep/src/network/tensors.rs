//! The network as a value: its description, and a named tensor for each parameter and statistic.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use skiplayer::{Error, Result};

use super::batch_norm::{BatchStatistics, Statistics};
use super::init;
use super::parameters::{Declared, ParameterRole, batch_norms, parameters, running_mean, running_variance};
use super::pass::Trace;
use crate::describe::architecture::Architecture;
use crate::tensor::{flat, numbers};

/// Values of one tensor outside of the network, in the order of PyTorch.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// One parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    pub shape: Vec<usize>,
    pub role: ParameterRole,
    /// All values in one row.
    pub value: Tensor<1>,
}

/// A description with values.
#[derive(Debug, Clone)]
pub struct Network {
    architecture: Architecture,
    parameters: BTreeMap<String, Parameter>,
    statistics: BTreeMap<String, Statistics>,
    device: Device,
}

impl Network {
    /// A network with first weights that depend on `seed` alone. `device` without differentiation.
    ///
    /// # Errors
    /// Layers that do not fit together.
    pub fn new(architecture: Architecture, seed: u64, device: &Device) -> Result<Self> {
        Self::with_values(architecture, device, &mut |declared| Ok(init::draw(declared, seed)))
    }

    /// A network with the values of `arrays`, which are called as in PyTorch.
    ///
    /// # Errors
    /// A parameter or statistic that is missing, has another shape, or is not there in the network.
    pub fn from_arrays(architecture: Architecture, arrays: &BTreeMap<String, Array>, device: &Device) -> Result<Self> {
        Self::from_owned(architecture, arrays.clone(), device)
    }

    /// As [`from_arrays`](Self::from_arrays), with no value in memory twice.
    ///
    /// # Errors
    /// As [`from_arrays`](Self::from_arrays).
    pub fn from_owned(
        architecture: Architecture,
        mut arrays: BTreeMap<String, Array>,
        device: &Device,
    ) -> Result<Self> {
        let name = architecture.name.clone();
        let place = || format!("weights of {name}");
        let mut value = |declared: &Declared| {
            let Declared { name, shape, .. } = declared;
            let array = arrays.remove(name).ok_or_else(|| {
                Error::input(place(), format!("no tensor `{name}`"))
                    .expected(format!("one of shape {shape:?}"))
                    .hint("are they the weights of another network?")
            })?;
            if array.shape != *shape || array.values.len() != shape.iter().product::<usize>() {
                return Err(Error::input(place(), format!("tensor `{name}` of shape {:?}", array.shape))
                    .expected(format!("{shape:?}"))
                    .hint("was it trained for other classes or another input?"));
            }
            Ok(array.values)
        };
        let network = Self::with_values(architecture, device, &mut value)?;
        // PyTorch counts the batches of every batch norm, and nothing reads the count.
        let unknown = arrays.keys().find(|name| !name.ends_with(".num_batches_tracked"));
        match unknown {
            Some(name) => Err(Error::input(place(), format!("a tensor `{name}`"))
                .expected("only what the network has")
                .hint("are they the weights of another network?")),
            None => Ok(network),
        }
    }

    fn with_values(
        architecture: Architecture,
        device: &Device,
        value: &mut dyn FnMut(&Declared) -> Result<Vec<f32>>,
    ) -> Result<Self> {
        let device = device.clone().without_autodiff();
        let mut tensor = |declared: &Declared| Ok(flat(value(declared)?, &device));
        let mut named = BTreeMap::new();
        for declared in parameters(&architecture)? {
            let value = tensor(&declared)?;
            named.insert(declared.name, Parameter { shape: declared.shape, role: declared.role, value });
        }
        let mut statistics = BTreeMap::new();
        for norm in batch_norms(&architecture)? {
            statistics.insert(norm.path, Statistics { mean: tensor(&norm.mean)?, variance: tensor(&norm.variance)? });
        }
        Ok(Self { architecture, parameters: named, statistics, device })
    }

    /// What the network is.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Where it computes, without differentiation.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Parameters by name.
    pub fn parameters(&self) -> &BTreeMap<String, Parameter> {
        &self.parameters
    }

    /// Running statistics by the path of their batch norm.
    pub fn statistics(&self) -> &BTreeMap<String, Statistics> {
        &self.statistics
    }

    /// The same network with parameters that gradients are taken for.
    #[must_use]
    pub fn trainable(&self) -> Self {
        self.map(|value| value.inner().autodiff().require_grad())
    }

    /// The same network without differentiation: what evaluation and analyses use, since a differentiated pass keeps all its maps
    /// until a backward pass follows.
    #[must_use]
    pub fn valid(&self) -> Self {
        self.map(Tensor::inner)
    }

    fn map(&self, change: impl Fn(Tensor<1>) -> Tensor<1>) -> Self {
        let mut network = self.clone();
        for parameter in network.parameters.values_mut() {
            parameter.value = change(parameter.value.clone());
        }
        network
    }

    /// Gives a parameter another value, of as many numbers.
    ///
    /// # Errors
    /// No parameter of that name, or another size.
    pub fn set(&mut self, name: &str, value: Tensor<1>) -> Result<()> {
        let parameter = self.parameters.get_mut(name).ok_or_else(|| unknown(name))?;
        let (old, new) = (parameter.value.dims()[0], value.dims()[0]);
        if old != new {
            return Err(Error::input(format!("parameter `{name}`"), format!("{new} numbers"))
                .expected(format!("{old} of them")));
        }
        parameter.value = value;
        Ok(())
    }

    /// The same values in the blocks `order`, positions of blocks that may be fewer or stand in another order.
    ///
    /// # Errors
    /// As [`Architecture::arranged`].
    pub fn arranged(&self, order: &[usize]) -> Result<Self> {
        let architecture = self.architecture.arranged(order)?;
        let mut network = Self {
            parameters: BTreeMap::new(),
            statistics: BTreeMap::new(),
            device: self.device.clone(),
            architecture,
        };
        for Declared { name, .. } in parameters(&network.architecture)? {
            let parameter = self.parameters.get(&name).ok_or_else(|| unknown(&name))?.clone();
            network.parameters.insert(name, parameter);
        }
        for norm in batch_norms(&network.architecture)? {
            let statistics = self.statistics_of(&norm.path)?.clone();
            network.statistics.insert(norm.path, statistics);
        }
        Ok(network)
    }

    /// Moves the running statistics towards those of one training pass.
    ///
    /// # Errors
    /// The trace of another network.
    pub fn update_statistics(&mut self, trace: &Trace) -> Result<()> {
        for (path, batch) in &trace.batch_statistics {
            let running = self.statistics.get_mut(path).ok_or_else(|| unknown(path))?;
            *running = running.updated(batch);
        }
        Ok(())
    }

    /// The same network with the statistics of `traces`, training passes over its weights, in place of running ones, which lag behind:
    /// what the networks that the authors of residual networks released were given after training.
    ///
    /// # Errors
    /// No traces, or traces whose batches have no values.
    pub fn with_exact_statistics(&self, traces: &[Trace]) -> Result<Self> {
        if traces.is_empty() {
            return Err(
                Error::input("statistics of batch norms", "no batch").expected("at least one to take them from")
            );
        }
        let mut seen: BTreeMap<&str, Vec<&BatchStatistics>> = BTreeMap::new();
        for (path, batch) in traces.iter().flat_map(|trace| &trace.batch_statistics) {
            seen.entry(path).or_default().push(batch);
        }
        let mut network = self.clone();
        for (path, statistics) in &mut network.statistics {
            // Branches that are switched off have met no batch, and nothing that their statistics could change.
            if let Some(batches) = seen.get(path.as_str()) {
                *statistics = Statistics::pooled(batches.iter().copied()).ok_or_else(|| unknown(path))?;
            }
        }
        Ok(network)
    }

    /// All values, called as in PyTorch.
    ///
    /// # Errors
    /// The device does not hand them out.
    pub fn to_arrays(&self) -> Result<BTreeMap<String, Array>> {
        let mut arrays = BTreeMap::new();
        for (name, parameter) in &self.parameters {
            let values = numbers(&parameter.value)?;
            arrays.insert(name.clone(), Array { shape: parameter.shape.clone(), values });
        }
        for (path, running) in &self.statistics {
            for (name, tensor) in [(running_mean(path), &running.mean), (running_variance(path), &running.variance)] {
                let values = numbers(tensor)?;
                arrays.insert(name, Array { shape: vec![values.len()], values });
            }
        }
        Ok(arrays)
    }

    pub(super) fn value_of(&self, name: &str) -> Result<Tensor<1>> {
        self.parameters.get(name).map(|parameter| parameter.value.clone()).ok_or_else(|| unknown(name))
    }

    pub(super) fn statistics_of(&self, path: &str) -> Result<&Statistics> {
        self.statistics.get(path).ok_or_else(|| unknown(path))
    }
}

fn unknown(name: &str) -> Error {
    Error::input("network", format!("no parameter or batch norm `{name}`")).hint("are these values of another network?")
}
