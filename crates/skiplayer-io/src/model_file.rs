//! Model files: safetensors for the weights, a JSON header in its metadata for everything else.
//!
//! ```text
//! metadata["skiplayer"] = {"format": "skiplayer-model", "schema": 1, "model": …, "summary": …, "provenance": …}
//! tensors: output.bias, skip.weight, hidden.weight, … (f64, shapes as in `Layout::tensors`)
//! ```

use std::collections::HashMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use skiplayer::fit::{Config, Summary};
use skiplayer::net::Network;
use skiplayer::{Error, Model, Result};

use crate::write_atomic;

const KEY: &str = "skiplayer";
const FORMAT: &str = "skiplayer-model";
/// Raised when an older program could misread a newer file.
const SCHEMA: u32 = 1;

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Version of the program that fitted it.
    pub version: String,
    pub options: Config,
    /// Name of the data file, without its folder.
    pub data: String,
    /// Fingerprint of the data file's bytes.
    pub fingerprint: String,
}

/// A model with what was told about it and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFile {
    pub model: Model,
    pub summary: Summary,
    pub provenance: Provenance,
}

#[derive(Serialize)]
struct HeaderOut<'a> {
    format: &'a str,
    schema: u32,
    model: &'a Model,
    summary: &'a Summary,
    provenance: &'a Provenance,
}

#[derive(Deserialize)]
struct HeaderIn {
    model: Model,
    summary: Summary,
    provenance: Provenance,
}

/// What is read first, whatever the schema.
#[derive(Deserialize)]
struct Preamble {
    format: String,
    schema: u32,
}

/// Writes a model, whole or not at all.
///
/// # Errors
/// As [`write_atomic`]; and [`ErrorKind::Input`](skiplayer::ErrorKind::Input) if `path` is a file that is no model.
pub fn save_model(path: &Path, file: &ModelFile) -> Result<()> {
    if path.is_file() && !is_model(path) {
        return Err(place(path, "a file that is not a model of skiplayer")
            .expected("a new name, or a model to replace")
            .hint("choose another name with `-o`"));
    }
    write_atomic(path, &to_bytes(file)?)
}

fn to_bytes(file: &ModelFile) -> Result<Vec<u8>> {
    let failed = |e: &dyn std::fmt::Display| Error::failure("writing the model", e.to_string());
    let header = HeaderOut {
        format: FORMAT,
        schema: SCHEMA,
        model: &file.model,
        summary: &file.summary,
        provenance: &file.provenance,
    };
    let header = serde_json::to_string(&header).map_err(|e| failed(&e))?;
    let network = &file.model.network;
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = network
        .layout()
        .tensors()
        .into_iter()
        .map(|(name, shape, range)| {
            (name, shape, network.parameters[range].iter().flat_map(|w| w.to_le_bytes()).collect())
        })
        .collect();
    let mut views = Vec::new();
    for (name, shape, bytes) in &tensors {
        views.push((name, TensorView::new(Dtype::F64, shape.clone(), bytes).map_err(|e| failed(&e))?));
    }
    safetensors::serialize(views, Some(HashMap::from([(KEY.to_owned(), header)]))).map_err(|e| failed(&e))
}

/// Reads a model.
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) naming the file: it cannot be read, is cut short or damaged, belongs to
/// another program, or was written by a newer version.
pub fn load_model(path: &Path) -> Result<ModelFile> {
    let bytes = std::fs::read(path).map_err(|e| {
        place(path, e.to_string()).expected("a model written by `skiplayer fit`").hint("check the name")
    })?;
    from_bytes(path, &bytes)
}

fn is_model(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| header_text(path, &bytes).is_ok())
}

fn place(path: &Path, found: impl Into<String>) -> Error {
    Error::input(format!("model file {}", path.display()), found)
}

/// The JSON header, checked to be of this program.
fn header_text(path: &Path, bytes: &[u8]) -> Result<String> {
    let foreign = |found: String| place(path, found).expected("a model written by `skiplayer fit`");
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| {
        foreign(format!("no complete safetensors file ({e})")).hint("it may be cut short, or another kind of file")
    })?;
    let text = metadata
        .metadata()
        .as_ref()
        .and_then(|m| m.get(KEY))
        .ok_or_else(|| foreign("a safetensors file of another program".into()))?;
    let preamble: Preamble = serde_json::from_str(text).map_err(|e| foreign(format!("a damaged header ({e})")))?;
    if preamble.format != FORMAT {
        return Err(foreign(format!("the format `{}`", preamble.format)));
    }
    if preamble.schema > SCHEMA {
        return Err(place(path, format!("schema {}, written by a newer skiplayer", preamble.schema))
            .expected(format!("schema {SCHEMA} or older"))
            .hint("update skiplayer"));
    }
    Ok(text.clone())
}

fn from_bytes(path: &Path, bytes: &[u8]) -> Result<ModelFile> {
    let damaged = |what: String| place(path, what).expected("an undamaged model").hint("fit it again");
    let text = header_text(path, bytes)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(|e| damaged(format!("damaged tensors ({e})")))?;
    let header: HeaderIn = serde_json::from_str(&text).map_err(|e| damaged(format!("a damaged header ({e})")))?;
    let mut model = header.model;
    let architecture = model.network.architecture.clone();
    let sizes = architecture.hidden.iter().chain([&architecture.n_inputs, &architecture.n_outputs]);
    // Every dimension is that of a tensor, so more than the file's bytes means damage, not a wide network.
    if sizes.fold(1usize, |a, b| a.saturating_add(*b)) > bytes.len() {
        return Err(damaged("a network larger than its file".into()));
    }
    if architecture.n_inputs != model.encoding.n_features() || architecture.n_outputs != model.target.n_outputs() {
        return Err(damaged("a network that does not fit its inputs and outputs".into()));
    }
    let mut parameters = Vec::new();
    let layout = skiplayer::net::Layout::new(&architecture);
    for (name, shape, _) in layout.tensors() {
        let tensor = tensors.tensor(&name).map_err(|_| damaged(format!("no tensor `{name}`")))?;
        if tensor.dtype() != Dtype::F64 || tensor.shape() != shape {
            return Err(damaged(format!("tensor `{name}` of shape {:?} instead of {shape:?}", tensor.shape())));
        }
        parameters.extend(tensor.data().chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap_or_default())));
    }
    if parameters.iter().any(|w| !w.is_finite()) {
        return Err(damaged("weights that are not finite".into()));
    }
    model.network = Network::new(architecture, parameters);
    Ok(ModelFile { model, summary: header.summary, provenance: header.provenance })
}
