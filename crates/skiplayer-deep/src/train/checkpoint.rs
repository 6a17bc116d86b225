//! A run as parts for a file: what it is as JSON, and its tensors by name.
//!
//! ```text
//!  header     { format, schema, architecture, seed, step, loss, optimizer, … }
//!  tensors    layer1.0.conv1.weight, …                     the network, as any reader of safetensors expects it
//!             optimizer/velocity/layer1.0.conv1.weight, …  what the optimizer remembers
//! ```

use std::collections::BTreeMap;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skiplayer::{Error, Result};

use super::loss::Loss;
use super::optimizer::Optimizer;
use super::request::Request;
use super::run::Run;
use crate::describe::architecture::Architecture;
use crate::network::{Array, Network};
use crate::precision::Precision;
use crate::recipe::OptimizerOptions;

const FORMAT: &str = "skiplayer-deep-checkpoint";
const SCHEMA: u64 = 1;
const PREFIX: &str = "optimizer/";

/// What is in the header.
#[derive(Serialize, Deserialize)]
struct Head {
    format: String,
    schema: u64,
    architecture: Architecture,
    seed: u64,
    step: u64,
    loss: Loss,
    optimizer: OptimizerOptions,
    optimizer_steps: u64,
    #[serde(default = "one")]
    parts: usize,
    #[serde(default)]
    memory_efficient: bool,
    #[serde(default)]
    precision: Precision,
}

fn one() -> usize {
    1
}

impl Head {
    fn to_value(&self) -> Result<Value> {
        serde_json::to_value(self).map_err(|error| Error::failure("checkpoint", error.to_string()))
    }
}

/// What the header of a run says that begins with weights of `architecture`, which are then all of its tensors: none of them has to become a
/// network first.
///
/// # Errors
/// Options that make no sense.
pub(super) fn head_of_a_start(
    architecture: Architecture,
    optimizer: OptimizerOptions,
    loss: Loss,
    request: &Request,
) -> Result<Value> {
    optimizer.check()?;
    let head = Head {
        format: FORMAT.to_owned(),
        schema: SCHEMA,
        architecture,
        seed: request.seed,
        step: 0,
        loss,
        optimizer,
        optimizer_steps: 0,
        parts: request.recipe.parts,
        memory_efficient: request.recipe.memory_efficient,
        precision: request.recipe.precision,
    };
    head.to_value()
}

impl Run {
    /// All of the run: what it is, and its tensors by name.
    ///
    /// # Errors
    /// The device does not hand out its numbers.
    pub fn to_parts(&self) -> Result<(Value, BTreeMap<String, Array>)> {
        let mut arrays = self.network.to_arrays()?;
        let (optimizer_steps, remembered) = self.optimizer.to_arrays()?;
        arrays.extend(remembered.into_iter().map(|(name, array)| (format!("{PREFIX}{name}"), array)));
        let head = Head {
            format: FORMAT.to_owned(),
            schema: SCHEMA,
            architecture: self.network.architecture().clone(),
            seed: self.seed,
            step: self.step,
            loss: self.loss,
            optimizer: *self.optimizer.options(),
            optimizer_steps,
            parts: self.parts,
            memory_efficient: self.memory_efficient,
            precision: self.precision,
        };
        Ok((head.to_value()?, arrays))
    }

    /// The run that [`Self::to_parts`] was taken from; it goes on bit for bit on the same device.
    ///
    /// # Errors
    /// No run, one of a newer program, or tensors of another network.
    pub fn from_parts(head: Value, arrays: BTreeMap<String, Array>, device: &Device) -> Result<Self> {
        let refused =
            |found: String| Error::input("checkpoint", found).expected(format!("a {FORMAT} of schema {SCHEMA}"));
        let head: Head = serde_json::from_value(head).map_err(|error| refused(format!("another header ({error})")))?;
        if (head.format.as_str(), head.schema) != (FORMAT, SCHEMA) {
            return Err(refused(format!("a {} of schema {}", head.format, head.schema)));
        }
        let (remembered, weights): (BTreeMap<String, Array>, BTreeMap<String, Array>) =
            arrays.into_iter().partition(|(name, _)| name.starts_with(PREFIX));
        let remembered = remembered.into_iter().map(|(name, array)| (name[PREFIX.len()..].to_owned(), array)).collect();
        let network = Network::from_owned(head.architecture, weights, device)?;
        let optimizer = Optimizer::from_arrays(head.optimizer, &network, head.optimizer_steps, &remembered)?;
        let Head { loss, seed, step, parts, memory_efficient, precision, .. } = head;
        Ok(Self { network, optimizer, loss, seed, step, parts, memory_efficient, precision })
    }
}
