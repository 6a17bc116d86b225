//! A model as the bytes of a file: safetensors, weights as tensors, everything else as JSON in its header.
//!
//! ```text
//!  8 bytes         length of the header
//!  header (JSON)   __metadata__: { "skiplayer": "{ format, schema, model, summary, provenance }" }
//!                  output.bias, skip.weight, …: type, shape and place of each tensor
//!  tensors         f64, little endian, named and shaped by the network's layout; those of the models of outer folds,
//!                  which prediction intervals rest on, as fold.1.output.bias, …
//! ```
//!
//! Any safetensors reader can get at the weights; `metadata["skiplayer"]` tells it what they mean. Files are opened by whoever
//! has them; here are their bytes.

mod of_columns;

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use safetensors::tensor::{Dtype, TensorInfo, TensorView};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::encode::{Encoding, SurvivalTarget, TargetEncoding, Task};
use crate::error::{Action, Message, Place};
use crate::evaluate::{Evaluation, FoldModel, IntervalModel};
use crate::fit::{Config, Summary};
use crate::model::Model;
use crate::net::{Architecture, Network};
use crate::{Error, Result, message};

/// What writes a model: the command after a fit, a method in Python.
pub static SAVE: Action = Action::new("save_model", "fit");
/// What errors call a model that is no file.
pub const IN_MEMORY: &str = "in memory";
const KEY: &str = "skiplayer";
const FORMAT: &str = "skiplayer-model";
/// The newest schema that this program reads, and the one that it writes. In the first, columns had no meaning: what it lacks
/// has defaults.
const SCHEMA: u64 = 2;
/// The longest header that safetensors allows.
const MAX_HEADER: usize = 100_000_000;

/// A model and what is known about its making. `R` says how its table was read, which is the front end's to know: a
/// `serde_json::Value` keeps what another front end wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFile<R> {
    pub model: Model,
    pub summary: Summary,
    pub provenance: Provenance<R>,
    /// What the evaluation found, if there was one.
    pub evaluation: Option<Evaluation>,
    /// What predicts intervals, if there was an evaluation.
    pub intervals: Option<IntervalModel>,
    /// What the labels of a classification were where they came from, if that is known.
    pub labels: Option<LabelKind>,
}

/// What labels were before they became the text of classes, so that whoever predicts can give them back as they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelKind {
    TruthValue,
    Integer,
    Number,
    Text,
}

impl LabelKind {
    /// The name in model files.
    pub fn name(self) -> &'static str {
        match self {
            LabelKind::TruthValue => "truth_value",
            LabelKind::Integer => "integer",
            LabelKind::Number => "number",
            LabelKind::Text => "text",
        }
    }
}

/// Where a model comes from: enough to fit it again, nothing about the machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de> + Default"))]
pub struct Provenance<R> {
    /// Version of the program.
    pub version: String,
    pub seed: u64,
    pub options: Config,
    /// Name of the data file, without its folder.
    pub data: String,
    /// Of the data file's bytes.
    pub fingerprint: String,
    /// Rows of the data file.
    pub rows: usize,
    /// How it was read, as far as other tables have to be read alike. Files of before have none.
    #[serde(default)]
    pub reading: R,
    /// Where the models come from that it is the mean of, if it is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Provenance<R>>,
}

/// The JSON in the header.
#[derive(Serialize, Deserialize)]
struct Document<M, S, P, E, I> {
    format: String,
    schema: u64,
    model: M,
    summary: S,
    provenance: P,
    evaluation: Option<E>,
    intervals: Option<I>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels: Option<LabelKind>,
}

/// What every schema has, past and future.
#[derive(Deserialize)]
struct Label {
    format: String,
    schema: u64,
}

/// The header of any safetensors file.
#[derive(Deserialize)]
struct Header {
    #[serde(rename = "__metadata__", default)]
    metadata: HashMap<String, String>,
    #[serde(flatten)]
    tensors: HashMap<String, TensorInfo>,
}

/// The bytes of a file that holds the model; errors call it `path`, or [`IN_MEMORY`].
///
/// # Errors
/// [`ErrorKind::Failure`](crate::ErrorKind::Failure) for a model that could not be read back (a number that is not finite).
///
/// # Complexity
/// Linear in the size of the model.
pub fn to_bytes<R>(path: &Path, file: &ModelFile<R>) -> Result<Vec<u8>>
where
    R: Serialize + DeserializeOwned + Default,
{
    let failed = |what: String| Error::failure(format!("writing the model {}", path.display()), what);
    let document = Document {
        format: FORMAT.to_owned(),
        schema: SCHEMA,
        model: &file.model,
        summary: &file.summary,
        provenance: &file.provenance,
        evaluation: file.evaluation.as_ref(),
        intervals: file.intervals.as_ref(),
        labels: file.labels,
    };
    let json = serde_json::to_string(&document).map_err(|error| failed(error.to_string()))?;
    let networks: Vec<(String, &Network, Vec<u8>)> = std::iter::once(("".to_owned(), &file.model.network))
        .chain(folds(file.intervals.as_ref()).iter().enumerate().map(|(f, fold)| (prefix(f), &fold.network)))
        .map(|(prefix, network)| (prefix, network, network.parameters.iter().flat_map(|w| w.to_le_bytes()).collect()))
        .collect();
    let mut tensors = Vec::new();
    for (prefix, network, bytes) in &networks {
        for (name, shape, range) in network.layout().tensors() {
            let data = bytes.get(8 * range.start..8 * range.end).unwrap_or_default();
            let view = TensorView::new(Dtype::F64, shape, data).map_err(|error| failed(error.to_string()))?;
            tensors.push((format!("{prefix}{name}"), view));
        }
    }
    let metadata = HashMap::from([(KEY.to_owned(), json)]);
    let bytes = safetensors::serialize(tensors, Some(metadata)).map_err(|error| failed(error.to_string()))?;
    // JSON has no infinity: better no file than one that cannot be read.
    from_bytes::<R>(path, &bytes).map_err(|error| failed(format!("it could not be read back ({error})")))?;
    Ok(bytes)
}

/// The model that the bytes of a file hold, exactly as it was saved; errors call it `path`, or [`IN_MEMORY`].
///
/// # Errors
/// [`ErrorKind::Input`](crate::ErrorKind::Input), naming `path`: not a safetensors file, cut short, of another program, written
/// by a newer version, or inconsistent in itself.
///
/// # Complexity
/// Linear in the number of bytes.
pub fn from_bytes<R: DeserializeOwned + Default>(path: &Path, bytes: &[u8]) -> Result<ModelFile<R>> {
    let place = || Place::of_file_as("the model", path);
    let foreign = |found: &str| {
        Error::input(place(), found)
            .expected(message!["a file that ", &SAVE, " wrote"])
            .hint("is it the table, where the model should be?")
    };
    let cut_short = |length: usize| {
        Error::input(place(), format!("{} bytes where its header promises {length}", bytes.len()))
            .expected("the whole file")
            .hint("it was cut short or damaged: copy it again, or fit it again")
    };

    let (header, tensors) = match bytes.split_first_chunk::<8>() {
        // Every header begins with a brace; the ninth character of a table hardly ever is one.
        Some((length, rest)) if rest.first() == Some(&b'{') => {
            let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
            if length > MAX_HEADER {
                return Err(foreign("a file that is not in the safetensors format"));
            }
            rest.split_at_checked(length).ok_or_else(|| cut_short(8 + length))?
        }
        _ => return Err(foreign("a file that is not in the safetensors format")),
    };
    let header: Header = serde_json::from_slice(header)
        .map_err(|error| damaged(path, format!("a header that makes no sense ({error})")))?;
    let Some(json) = header.metadata.get(KEY) else {
        return Err(foreign("a safetensors file of another program"));
    };
    let makes_no_sense =
        |error: serde_json::Error| damaged(path, format!("a description that makes no sense ({error})"));
    let label: Label = serde_json::from_str(json).map_err(makes_no_sense)?;
    if label.format != FORMAT {
        return Err(Error::input(place(), format!("the format `{}`", label.format))
            .expected(format!("`{FORMAT}`"))
            .hint("it is not a model for tables"));
    }
    if label.schema > SCHEMA {
        return Err(Error::input(place(), format!("a file written by a newer skiplayer (schema {})", label.schema))
            .expected(format!("a schema up to {SCHEMA}, which is what this program reads"))
            .hint("update skiplayer"));
    }
    let longest = header.tensors.values().map(|info| info.data_offsets.1).max().unwrap_or(0);
    if longest > tensors.len() {
        return Err(cut_short((bytes.len() - tensors.len()).saturating_add(longest)));
    }
    let Document::<Model, Summary, Provenance<R>, Evaluation, IntervalModel> {
        mut model,
        summary,
        provenance,
        evaluation,
        mut intervals,
        labels,
        ..
    } = serde_json::from_str(json).map_err(makes_no_sense)?;
    check_shapes(path, model.task, &model.encoding, &model.target, &model.network)?;
    if model.linear_part.as_ref().is_some_and(|part| !part.fits(&model.network)) {
        return Err(damaged(path, "a linear part that does not fit the network"));
    }
    model.network.parameters = read_parameters(path, "", &model.network, &header, tensors)?;
    if let Some(IntervalModel::CvPlus { folds, .. }) = &mut intervals {
        for (f, fold) in folds.iter_mut().enumerate() {
            check_shapes(path, model.task, &fold.encoding, &fold.target, &fold.network)?;
            fold.network.parameters = read_parameters(path, &prefix(f), &fold.network, &header, tensors)?;
        }
    }
    Ok(ModelFile { model, summary, provenance, evaluation, intervals, labels })
}

/// Whether what `source` begins with is the header of a skiplayer model, of whatever schema.
pub fn is_model(mut source: impl Read) -> bool {
    let mut read = || -> Option<bool> {
        let mut length = [0; 8];
        source.read_exact(&mut length).ok()?;
        let length = u64::from_le_bytes(length);
        if length > MAX_HEADER as u64 {
            return None;
        }
        let mut header = Vec::new();
        source.by_ref().take(length).read_to_end(&mut header).ok()?;
        let header: Header = serde_json::from_slice(&header).ok()?;
        Some(header.metadata.contains_key(KEY))
    };
    read().unwrap_or(false)
}

/// The models of outer folds, whose weights are tensors too.
fn folds(intervals: Option<&IntervalModel>) -> &[FoldModel] {
    match intervals {
        Some(IntervalModel::CvPlus { folds, .. }) => folds,
        _ => &[],
    }
}

/// What the tensors of fold `f` are called by.
fn prefix(f: usize) -> String {
    format!("fold.{}.", f + 1)
}

fn damaged(path: &Path, found: impl Into<Message>) -> Error {
    Error::input(Place::of_file_as("the model", path), found)
        .expected(message!["a file as ", &SAVE, " writes it"])
        .hint("it was damaged or edited: copy it again, or fit it again")
}

/// Whether inputs, network and target fit together, and sizes computed from the architecture do not overflow.
fn check_shapes(
    path: &Path,
    task: Task,
    encoding: &Encoding,
    target: &TargetEncoding,
    network: &Network,
) -> Result<()> {
    let architecture = &network.architecture;
    if n_parameters(architecture).is_none() {
        return Err(damaged(path, "a network larger than any file"));
    }
    let is_complete = target.task == task
        && Task::of_loss(target.loss().kind()) == task
        && !target.names.is_empty()
        && match target.task {
            Task::Regression | Task::Amount => target.standard.len() == target.n_outputs(),
            Task::Binary => target.classes.len() == 2,
            Task::Multiclass => target.classes.len() > 1,
            Task::Ordinal => target.thresholds().len() + 1 == target.classes.len(),
            Task::Count => true,
            Task::Successes => target.trials.is_some(),
            Task::Survival => target.survival.as_ref().is_some_and(SurvivalTarget::is_complete),
        };
    if !is_complete || target.n_outputs() != architecture.n_outputs {
        return Err(damaged(path, "a target that does not fit the network"));
    }
    if encoding.n_features() != architecture.n_inputs {
        let found = format!("{} features for a network of {} inputs", encoding.n_features(), architecture.n_inputs);
        return Err(damaged(path, found));
    }
    Ok(())
}

/// As [`Network::n_parameters`], or `None` for shapes that no file can hold.
fn n_parameters(architecture: &Architecture) -> Option<usize> {
    let (p, k) = (architecture.n_inputs, architecture.n_outputs);
    let h = architecture.width();
    let blocks = architecture.blocks().iter().flat_map(|&m| [(m, h), (m, 1), (h, m)]);
    [(k, 1), (k, p), (h, p), (h, 1), (k, h)]
        .into_iter()
        .chain(blocks)
        .try_fold(0usize, |sum, (rows, columns)| sum.checked_add(rows.checked_mul(columns)?))
}

fn read_parameters(path: &Path, prefix: &str, network: &Network, header: &Header, bytes: &[u8]) -> Result<Vec<f64>> {
    let layout = network.layout();
    let mut parameters = Vec::new();
    for (name, shape, range) in layout.tensors() {
        let name = format!("{prefix}{name}");
        let Some(info) = header.tensors.get(&name) else {
            return Err(damaged(path, format!("no tensor `{name}`")));
        };
        if info.dtype != Dtype::F64 || info.shape != shape {
            return Err(damaged(
                path,
                format!("the tensor `{name}` as {:?} {:?}, not F64 {shape:?}", info.dtype, info.shape),
            ));
        }
        let values = bytes.get(info.data_offsets.0..info.data_offsets.1).unwrap_or_default();
        let (values, _) = values.as_chunks::<8>();
        if values.len() != range.len() {
            return Err(damaged(
                path,
                format!("the tensor `{name}` with {} numbers, not {}", values.len(), range.len()),
            ));
        }
        parameters.extend(values.iter().map(|value| f64::from_le_bytes(*value)));
        if parameters[range].iter().any(|w| !w.is_finite()) {
            return Err(damaged(path, format!("a weight in the tensor `{name}` that is not a finite number")));
        }
    }
    Ok(parameters)
}
