//! `skiplayer deep export`: the network of a run for other programs.

use std::path::PathBuf;

use burn::tensor::Device;
use skiplayer::{Error, Result};
use skiplayer_deep::import::Names;
use skiplayer_deep::surgery::fold::with_folded_norms;
use skiplayer_deep::train::trained;
use skiplayer_deep::weights::Weights;
use skiplayer_io::deep::{RunFolder, network_to_onnx};
use skiplayer_io::write_atomic;

use super::training::{Kept, outcome};
use crate::output;

pub struct ExportJob {
    pub run: PathBuf,
    pub file: PathBuf,
    /// Whether the network itself is written, and not its weights alone.
    pub is_onnx: bool,
    pub names: Names,
    /// Whether batch norms become part of the convolutions before them.
    pub folds: bool,
    pub is_quiet: bool,
}

pub fn run(job: &ExportJob) -> Result<()> {
    let place = job.run.display().to_string();
    let Some(Kept { state, arrays, .. }) = outcome(&RunFolder::open(&job.run)?)? else {
        return Err(Error::input(place, "no checkpoint").expected("a training that has finished an epoch"));
    };
    let (network, normalisation) = trained(state, arrays, &Device::flex())?;
    let there = job.names.in_library(network.architecture())?;
    let network = if job.folds { with_folded_norms(&network)? } else { network };
    let arrays = network.to_arrays()?;
    let n_tensors = arrays.len();
    let bytes = match job.is_onnx {
        true => network_to_onnx(&network, &normalisation)?,
        false => Weights { arrays, note: String::new() }.to_bytes_for_pytorch()?,
    };
    write_atomic(&job.file, &bytes)?;
    if job.is_quiet {
        return Ok(());
    }
    let channels: Vec<String> =
        normalisation.mean_std().iter().map(|(mean, std)| format!("({mean:.4}, {std:.4})")).collect();
    let there = there.map_or_else(String::new, |name| format!(", for {name} of {}", job.names.name()));
    output::print(&format!(
        "wrote {n_tensors} tensors of {} to {}{there}; images are normalised by (mean, deviation) {}\n",
        network.architecture().name,
        job.file.display(),
        channels.join(", ")
    ))
}
