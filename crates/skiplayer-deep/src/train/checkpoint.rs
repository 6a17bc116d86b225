//! A run on disk: one safetensors file that is either the old one or the new one, whole.
//!
//! ```text
//!  header     { format, schema, architecture, seed, step, loss, optimizer, … }
//!  tensors    layer1.0.conv1.weight, …                     the network, as any reader of safetensors expects it
//!             optimizer/velocity/layer1.0.conv1.weight, …  what the optimizer remembers
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use skiplayer::{Error, Result};

use super::{Loss, Optimizer, OptimizerOptions, Run};
use crate::architecture::Architecture;
use crate::network::{Array, Network};
use crate::weights::Weights;

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
}

impl Run {
    /// All of the run as a safetensors file.
    ///
    /// # Errors
    /// The device does not hand out its numbers.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
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
        };
        let note = serde_json::to_string(&head).map_err(|error| Error::failure("checkpoint", error.to_string()))?;
        Weights { arrays, note }.to_bytes()
    }

    /// The run that [`Self::to_bytes`] was taken from; it goes on bit for bit on the same device.
    ///
    /// # Errors
    /// No checkpoint, a damaged one, or one of a newer program.
    pub fn from_bytes(bytes: &[u8], device: &Device) -> Result<Self> {
        let Weights { arrays, note } = Weights::from_bytes(bytes)?;
        let refused =
            |found: String| Error::input("checkpoint", found).expected(format!("a {FORMAT} of schema {SCHEMA}"));
        if note.is_empty() {
            return Err(refused("weights without the state of a run".to_owned())
                .hint("these may be the weights of a model: start a new run from them"));
        }
        let head: Head = serde_json::from_str(&note).map_err(|error| refused(format!("another header ({error})")))?;
        if (head.format.as_str(), head.schema) != (FORMAT, SCHEMA) {
            return Err(refused(format!("a {} of schema {}", head.format, head.schema)));
        }
        let (remembered, weights): (BTreeMap<String, Array>, BTreeMap<String, Array>) =
            arrays.into_iter().partition(|(name, _)| name.starts_with(PREFIX));
        let remembered = remembered.into_iter().map(|(name, array)| (name[PREFIX.len()..].to_owned(), array)).collect();
        let network = Network::from_arrays(head.architecture, &weights, device)?;
        let optimizer = Optimizer::from_arrays(head.optimizer, &network, head.optimizer_steps, &remembered)?;
        Ok(Self { network, optimizer, loss: head.loss, seed: head.seed, step: head.step })
    }

    /// Writes a checkpoint beside `path` and gives it that name once it is on disk: whoever is killed on the way leaves the old one.
    ///
    /// # Errors
    /// The folder is missing or full.
    pub fn save(&self, path: &Path) -> Result<()> {
        let bytes = self.to_bytes()?;
        let failed = |error: std::io::Error| {
            Error::failure(format!("writing the checkpoint {}", path.display()), error.to_string())
                .hint("is the folder there, and is there room? What was there before is untouched")
        };
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(name);
        let written = File::create(&temporary)
            .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&temporary, path));
        written.map_err(|error| {
            // The first error says more than one about the clean-up would.
            let _ = fs::remove_file(&temporary);
            failed(error)
        })
    }

    /// Reads the checkpoint at `path`.
    ///
    /// # Errors
    /// No such file, or as [`Self::from_bytes`].
    pub fn load(path: &Path, device: &Device) -> Result<Self> {
        let bytes = fs::read(path).map_err(|error| {
            Error::input(format!("checkpoint {}", path.display()), error.to_string())
                .expected("a file that can be read")
        })?;
        Self::from_bytes(&bytes, device)
    }
}
