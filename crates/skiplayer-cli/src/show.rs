//! `skiplayer show`: a model file in words, or as JSON.

use serde_json::json;
use skiplayer::Result;
use skiplayer_io::load_model;

use crate::args::ShowJob;
use crate::output;
use crate::render;
use crate::spelling::CommandLine;

pub fn run(job: &ShowJob) -> Result<()> {
    let mut file = load_model(&job.model)?;
    if job.json {
        file.summary.warnings.iter_mut().for_each(|warning| warning.settle(&CommandLine));
        return output::print_json(&json!({
            "file": job.model.display().to_string(),
            "explanation": file.model.explanation,
            "summary": file.summary,
            "provenance": file.provenance,
            "target": file.model.target,
            "architecture": file.model.network.architecture,
        }));
    }
    output::print(&render::shown(&file))
}
