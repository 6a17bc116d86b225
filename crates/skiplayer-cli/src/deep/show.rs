//! `skiplayer deep show`: a network in words and lines, or as JSON.

use serde_json::json;
use skiplayer::{Error, Result};
use skiplayer_deep::describe::summary::summary;

use super::args::ShowJob;
use crate::output;
use crate::render;

pub fn run(job: &ShowJob) -> Result<()> {
    let architecture = job.family.build(job.input, job.n_outputs)?;
    if !job.json {
        return output::print(&render::network(&architecture)?);
    }
    let cost = architecture.cost()?;
    let description = serde_json::to_value(&architecture)
        .map_err(|error| Error::failure("writing the network as JSON", error.to_string()))?;
    output::print_json(&json!({
        "name": architecture.name,
        "input": architecture.input,
        "output": architecture.output()?,
        "n_layers": cost.n_layers,
        "parameters": cost.n_parameters,
        "multiply_adds": cost.multiply_adds,
        "memory": {
            "parameter_bytes": cost.parameter_bytes(),
            "training_bytes_per_image": cost.training_bytes(),
            "prediction_bytes_per_image": cost.prediction_bytes(),
        },
        "summary": summary(&architecture)?,
        "architecture": description,
    }))
}
