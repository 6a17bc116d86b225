//! Models for other programs: ONNX, SQL and JSON, written from the steps of [`Pipeline`].
//!
//! ```text
//!  ModelFile ──> Pipeline ──┬─> onnx/    a graph in double precision
//!                           ├─> sql/     one SELECT
//!                           └─> JSON     the steps themselves
//! ```
//!
//! What a target cannot express is an error that names it.

mod onnx;
pub mod options;
mod sql;

use serde::Serialize;
use skiplayer::pipeline::Pipeline;
use skiplayer::{Error, Result};

use crate::model_file::ModelFile;
use crate::table::logarithm_of;
use options::{ExportFormat, ExportOptions};

/// The number that changes when the JSON does.
const JSON_SCHEMA: u64 = 1;

/// The bytes of `file`'s model in another format.
///
/// # Errors
/// Intervals of a model that was not evaluated, or at a level that its rows cannot vouch for; a key that no output can stand beside;
/// what the format cannot express.
pub fn export_model(file: &ModelFile, options: &ExportOptions) -> Result<Vec<u8>> {
    let intervals = match (&file.intervals, options.interval) {
        (_, None) => None,
        (Some(intervals), Some(level)) => Some((intervals, level)),
        (None, Some(_)) => return Err(options::no_intervals()),
    };
    let mut pipeline = Pipeline::new(&file.model, intervals)?;
    for column in &file.provenance.reading.logarithms {
        pipeline.reads_logarithm(&logarithm_of(column), column);
    }
    match options.format {
        ExportFormat::Onnx => onnx::write(&pipeline),
        ExportFormat::Sql => sql::write(&pipeline, options).map(String::into_bytes),
        ExportFormat::Json => json(&pipeline),
    }
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    schema: u64,
    version: &'static str,
    #[serde(flatten)]
    pipeline: &'a Pipeline,
}

fn json(pipeline: &Pipeline) -> Result<Vec<u8>> {
    let document =
        Document { format: "skiplayer-pipeline", schema: JSON_SCHEMA, version: env!("CARGO_PKG_VERSION"), pipeline };
    let mut text =
        serde_json::to_vec_pretty(&document).map_err(|error| Error::failure("the model as JSON", error.to_string()))?;
    text.push(b'\n');
    Ok(text)
}
