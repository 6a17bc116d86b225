//! All that a training needs to go on, in one safetensors file.
//!
//! ```text
//!  header    __metadata__: { "skiplayer": "{ format, schema, network, step, validation_error, crc32, state }" }
//!  tensors   f32, little endian: weights, statistics, momentum, whatever the training calls by a name
//! ```

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use skiplayer::error::Message;
use skiplayer::{Error, Result};

use super::missing::cannot_read;

const KEY: &str = "skiplayer";
const FORMAT: &str = "skiplayer-checkpoint";
const SCHEMA: u64 = 1;
/// The longest header that safetensors allows.
const MAX_HEADER: u64 = 100_000_000;
/// Numbers that are written at once.
const PIECE: usize = 1 << 14;

/// A training after `step` steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Name of the network (`resnet-56`): a checkpoint fits no other.
    pub network: String,
    /// Steps done.
    pub step: u64,
    /// Lower is better; none if it was not measured.
    pub validation_error: Option<f64>,
    /// Everything that is not a tensor: the place in the schedule, the warm-up, best values so far.
    pub state: Value,
    /// Weights, statistics and momentum by name.
    pub tensors: BTreeMap<String, Tensor>,
}

/// Numbers in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// The JSON in the header.
#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    schema: u64,
    network: String,
    step: u64,
    validation_error: Option<f64>,
    /// Of the bytes of all tensors, in the order of their names.
    crc32: u32,
    state: Value,
}

impl Checkpoint {
    /// Whether this is a checkpoint of `network` with the tensors `expected` (name, shape) and no others: to be asked before
    /// anything is loaded.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](skiplayer::ErrorKind::Input) that names the first difference.
    pub fn check<'a>(&self, network: &str, expected: impl IntoIterator<Item = (&'a str, &'a [usize])>) -> Result<()> {
        let place = || format!("the checkpoint of step {}", self.step);
        let hint = "is it a checkpoint of another network or another version of the program?";
        if self.network != network {
            return Err(Error::input(place(), format!("the network {}", self.network))
                .expected(network)
                .hint("continue with the network it was written for, or begin anew in another folder"));
        }
        let mut n_expected = 0;
        let mut names = std::collections::BTreeSet::new();
        for (name, shape) in expected {
            n_expected += 1;
            names.insert(name);
            let Some(tensor) = self.tensors.get(name) else {
                return Err(Error::input(place(), format!("no tensor `{name}`"))
                    .expected(format!("one of shape {shape:?}"))
                    .hint(hint));
            };
            if tensor.shape != shape {
                return Err(Error::input(place(), format!("the tensor `{name}` of shape {:?}", tensor.shape))
                    .expected(format!("shape {shape:?}"))
                    .hint(hint));
            }
        }
        match self.tensors.keys().find(|name| !names.contains(name.as_str())) {
            Some(surplus) => Err(Error::input(place(), format!("a tensor `{surplus}`"))
                .expected(format!("{n_expected} tensors, none of this name"))
                .hint(hint)),
            None => Ok(()),
        }
    }

    /// Hands the bytes of the file to `write` in pieces: tensors are in memory once. `path` is for messages.
    pub(super) fn write(&self, path: &Path, write: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let failed = |what: String| Error::failure(format!("writing the checkpoint {}", path.display()), what);
        let mut end = 0;
        let mut infos = Vec::new();
        for (name, Tensor { shape, values }) in &self.tensors {
            if values.len() != shape.iter().product::<usize>() {
                return Err(failed(format!("the tensor `{name}`: {} numbers of shape {shape:?}", values.len())));
            }
            let start = end;
            end += values.len() * size_of::<f32>();
            let info = TensorInfo { dtype: Dtype::F32, shape: shape.clone(), data_offsets: (start, end) };
            infos.push((name.clone(), info));
        }
        let mut crc = flate2::Crc::new();
        self.each_piece(&mut |bytes| {
            crc.update(bytes);
            Ok(())
        })?;
        let document = Document {
            format: FORMAT.to_owned(),
            schema: SCHEMA,
            network: self.network.clone(),
            step: self.step,
            validation_error: self.validation_error.filter(|error| error.is_finite()),
            crc32: crc.sum(),
            state: self.state.clone(),
        };
        let json = serde_json::to_string(&document).map_err(|error| failed(error.to_string()))?;
        let header = Metadata::new(Some(HashMap::from([(KEY.to_owned(), json)])), infos);
        let header = header.map_err(|error| failed(error.to_string()))?;
        let mut header = serde_json::to_vec(&header).map_err(|error| failed(error.to_string()))?;
        // Numbers begin at a multiple of 8 bytes.
        header.resize(header.len().next_multiple_of(8), b' ');
        write(&(header.len() as u64).to_le_bytes())?;
        write(&header)?;
        self.each_piece(write)
    }

    /// The numbers of all tensors by name, as bytes.
    fn each_piece(&self, work: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut bytes = Vec::with_capacity(PIECE * size_of::<f32>());
        for numbers in self.tensors.values().flat_map(|tensor| tensor.values.chunks(PIECE)) {
            bytes.clear();
            bytes.extend(numbers.iter().flat_map(|value| value.to_le_bytes()));
            work(&bytes)?;
        }
        Ok(())
    }
}

/// Reads a checkpoint, whole.
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input), naming the file: missing, cut short, damaged, of another program or of a
/// newer version.
///
/// # Complexity
/// Linear in the size of the file.
pub fn read_checkpoint(path: &Path) -> Result<Checkpoint> {
    let bytes = fs::read(path).map_err(|error| cannot_read(path, &error))?;
    let (_, header) = SafeTensors::read_metadata(&bytes)
        .map_err(|error| damaged(path, format!("a file that is not whole ({error})")))?;
    let document = document(path, &header)?;
    let file = SafeTensors::deserialize(&bytes)
        .map_err(|error| damaged(path, format!("a file that is not whole ({error})")))?;
    let mut views = file.tensors();
    views.sort_by(|a, b| a.0.cmp(&b.0));
    if checksum(views.iter().map(|(_, view)| view.data())) != document.crc32 {
        return Err(damaged(path, "tensors that have changed since they were written"));
    }
    let mut tensors = BTreeMap::new();
    for (name, view) in views {
        if view.dtype() != Dtype::F32 {
            return Err(damaged(path, format!("the tensor `{name}` of type {:?}", view.dtype())));
        }
        let (values, _) = view.data().as_chunks::<4>();
        let values = values.iter().map(|&value| f32::from_le_bytes(value)).collect();
        tensors.insert(name, Tensor { shape: view.shape().to_vec(), values });
    }
    let Document { network, step, validation_error, state, .. } = document;
    Ok(Checkpoint { network, step, validation_error, state, tensors })
}

/// The validation error that the checkpoint at `path` has, if it has one; none at all if the file is not whole, as far as its header
/// and its length tell.
pub(super) fn validation_error(path: &Path) -> Option<Option<f64>> {
    let mut file = File::open(path).ok()?;
    let mut length = [0; 8];
    file.read_exact(&mut length).ok()?;
    let n = u64::from_le_bytes(length);
    if n > MAX_HEADER {
        return None;
    }
    let mut bytes = length.to_vec();
    file.by_ref().take(n).read_to_end(&mut bytes).ok()?;
    let header: Metadata = serde_json::from_slice(bytes.get(8..)?).ok()?;
    let is_whole = file.metadata().ok()?.len() == 8 + n + header.data_len() as u64;
    if is_whole { document(path, &header).ok().map(|document| document.validation_error) } else { None }
}

fn document(path: &Path, header: &Metadata) -> Result<Document> {
    let Some(json) = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY)) else {
        return Err(Error::input(place(path), "a safetensors file of another program")
            .expected("a checkpoint as a training writes it"));
    };
    let value: Value = serde_json::from_str(json)
        .map_err(|error| damaged(path, format!("a description that makes no sense ({error})")))?;
    let format = value["format"].as_str().unwrap_or("none");
    if format != FORMAT {
        return Err(Error::input(place(path), format!("the format `{format}`"))
            .expected(format!("`{FORMAT}`"))
            .hint("is it a model?"));
    }
    if let Some(schema) = value["schema"].as_u64().filter(|&schema| schema > SCHEMA) {
        return Err(Error::input(place(path), format!("a file written by a newer skiplayer (schema {schema})"))
            .expected(format!("a schema up to {SCHEMA}, which is what this program reads"))
            .hint("update skiplayer"));
    }
    serde_json::from_value(value).map_err(|error| damaged(path, format!("a description that makes no sense ({error})")))
}

/// CRC-32 as in gzip.
fn checksum<'a>(parts: impl Iterator<Item = &'a [u8]>) -> u32 {
    let mut crc = flate2::Crc::new();
    parts.for_each(|part| crc.update(part));
    crc.sum()
}

fn place(path: &Path) -> String {
    format!("the checkpoint {}", path.display())
}

fn damaged(path: &Path, found: impl Into<Message>) -> Error {
    Error::input(place(path), found)
        .expected("a checkpoint as a training writes it")
        .hint("take an older one, or copy it again")
}
