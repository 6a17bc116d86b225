//! The loop that `train` and studies share: steps, epochs, checkpoints.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use burn::tensor::Device;
use serde_json::Value;
use skiplayer::{Error, Result};
use skiplayer_deep::backend::Backend;
use skiplayer_deep::data::{DataSummary, Examples, Normalisation, TrainingData};
use skiplayer_deep::describe::architecture::Architecture;
use skiplayer_deep::network::{Array, Network};
use skiplayer_deep::train::{EpochRecord, Request, Session, StepRecord, encoding, output_names, trained};
use skiplayer_io::deep::{Checkpoint, ImageOptions, RunFolder, Tensor, read_training_data};

use crate::output::{Label, complain};

/// Checkpoints that a run folder keeps where nothing else is asked for.
pub const KEPT: usize = 2;

/// What happens in a training.
pub enum Event<'a> {
    Step(&'a StepRecord),
    Epoch(&'a EpochRecord),
}

/// Where a training stands when its loop ends.
pub struct Ending {
    /// Of the last epoch that ended in this process.
    pub last: Option<EpochRecord>,
    /// Whether the budget is spent; it was interrupted otherwise.
    pub is_over: bool,
    /// A step of this process on average, without evaluation and checkpoints; 0 where it took none.
    pub seconds_per_step: f64,
}

/// True once Ctrl-C was pressed; from the first call on it no longer ends the process.
pub fn interruption() -> &'static AtomicBool {
    static INTERRUPTED: AtomicBool = AtomicBool::new(false);
    // Later calls are refused: the handler of the first one sets the same flag.
    let _ = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed));
    &INTERRUPTED
}

/// Where a run folder says what was read.
const DATA: &str = "data.json";
/// Data that are in no file.
const BUILT_IN: [&str; 2] = ["digits", "digit-scenes"];

/// What `request` trains on.
pub fn read(request: &Request) -> Result<TrainingData> {
    read_as(request, None)
}

/// What `request` trains on, its columns encoded as a network in a checkpoint saw them.
pub fn read_as(request: &Request, encoding: Option<&Value>) -> Result<TrainingData> {
    let options = ImageOptions::from(request.pictures.clone());
    read_training_data(request.data.as_ref(), &options, request.target.as_deref(), encoding)
}

/// What `request` trains on, as the network of a checkpoint sees it: its classes by their names, its columns as they were encoded.
pub fn read_for(request: &Request, kept: Option<&Kept>, run: &Path) -> Result<TrainingData> {
    let outputs = kept.and_then(|kept| output_names(&kept.state));
    read_known(request, kept.and_then(|kept| encoding(&kept.state)), outputs.as_deref(), run)
}

fn read_known(
    request: &Request,
    encoding: Option<&Value>,
    outputs: Option<&[String]>,
    run: &Path,
) -> Result<TrainingData> {
    let is_gone = !BUILT_IN.contains(&request.data.as_str()) && !Path::new(&request.data).exists();
    if is_gone {
        return Err(Error::input(&request.data, "no such file or folder")
            .expected(format!("the data that {} was trained on", run.display()))
            .hint("if they were moved, say where they are: `--data`"));
    }
    let data = read_as(request, encoding)?;
    match outputs {
        Some(names) => data.for_outputs(names),
        None => Ok(data),
    }
}

/// The name of data that does not depend on the folder that the program is called from: what is there as a file or a folder becomes an
/// absolute path.
pub fn lasting(data: &str) -> String {
    let path = Path::new(data);
    match path.is_relative() && path.exists() {
        true => std::path::absolute(path).map_or_else(|_| data.to_owned(), |path| path.display().to_string()),
        false => data.to_owned(),
    }
}

/// Whether `examples` are those that the training in `folder` learned from, as far as it has kept what these were.
pub fn is_learned_from(folder: &RunFolder, examples: &Examples) -> bool {
    folder.kept::<DataSummary>(DATA).is_some_and(|kept| kept.is_learned_from(examples))
}

/// Keeps what was read beside a training that begins, or says what has changed since it began.
pub fn keep_or_compare(folder: &RunFolder, data: &TrainingData) -> Result<DataSummary> {
    let now = DataSummary::of(data);
    match folder.kept::<DataSummary>(DATA) {
        None => folder.keep(DATA, &now)?,
        Some(before) => {
            let changes = before.changes(&now);
            if !changes.is_empty() {
                let what = changes.join("; ");
                complain(Label::Warning, &format!("the data have changed since this training began: {what}"));
            }
        }
    }
    Ok(now)
}

/// Trains until the budget is spent or `interrupted`; there is a checkpoint at the end of each epoch and of the loop, and the last
/// `keep` of them stay.
pub fn drive(
    session: &mut Session,
    folder: &RunFolder,
    keep: usize,
    interrupted: &AtomicBool,
    watch: &mut dyn FnMut(Event),
) -> Result<Ending> {
    let begin = Instant::now();
    let minutes = || begin.elapsed().as_secs_f64() / 60.0;
    let mut last = None;
    let (mut stepping, mut n_steps) = (Duration::ZERO, 0_u32);
    while !session.is_over(minutes()) && !interrupted.load(Ordering::Relaxed) {
        let before = Instant::now();
        let record = session.take_step(minutes())?;
        stepping += before.elapsed();
        n_steps += 1;
        watch(Event::Step(&record));
        if session.is_between_epochs() || session.is_over(minutes()) {
            let epoch = close(session, folder, keep, record.learning_rate, minutes())?;
            watch(Event::Epoch(&epoch));
            last = Some(epoch);
        }
    }
    if !session.is_between_epochs() || last.is_none() {
        session.settle()?;
        save(session, folder, keep, None, minutes())?;
    }
    let seconds_per_step = stepping.as_secs_f64() / f64::from(n_steps.max(1));
    Ok(Ending { last, is_over: session.is_over(minutes()), seconds_per_step })
}

/// Evaluates, writes the metrics and then the checkpoint: a training that is killed in between does the epoch again.
fn close(session: &mut Session, folder: &RunFolder, keep: usize, rate: f64, minutes: f64) -> Result<EpochRecord> {
    let record = session.close_epoch(rate, minutes)?;
    folder.append(&record)?;
    save(session, folder, keep, record.validation_error, minutes)?;
    Ok(record)
}

/// A checkpoint; the one with the lowest `validation_error` stays whatever comes after it.
pub fn save(
    session: &Session,
    folder: &RunFolder,
    keep: usize,
    validation_error: Option<f64>,
    minutes: f64,
) -> Result<()> {
    let (state, arrays) = session.to_parts(minutes)?;
    let tensors = arrays.into_iter().map(|(name, Array { shape, values })| (name, Tensor { shape, values })).collect();
    let network = session.network().architecture().name.clone();
    folder.save(&Checkpoint { network, step: session.step(), validation_error, state, tensors }, keep)
}

/// The training in `folder` at its newest checkpoint, or at its beginning if there is none.
pub fn resume<'a>(
    folder: &RunFolder,
    request: &Request,
    data: &'a TrainingData,
    device: &Device,
) -> Result<Session<'a>> {
    resume_at(checkpoint(folder)?, folder, request, data, device)
}

/// As [`resume`], at a checkpoint that was read already.
pub fn resume_at<'a>(
    kept: Option<Kept>,
    folder: &RunFolder,
    request: &Request,
    data: &'a TrainingData,
    device: &Device,
) -> Result<Session<'a>> {
    match kept {
        None => {
            folder.rewind(0)?;
            Session::begin(request, data, device)
        }
        Some(Kept { step, state, arrays, .. }) => {
            folder.rewind(step)?;
            Session::resume(request, data, state, arrays, device)
        }
    }
}

/// What a checkpoint holds.
pub struct Kept {
    pub network: String,
    pub step: u64,
    pub state: Value,
    pub arrays: BTreeMap<String, Array>,
}

impl From<Checkpoint> for Kept {
    fn from(checkpoint: Checkpoint) -> Self {
        let Checkpoint { network, step, state, tensors, .. } = checkpoint;
        Self { network, step, state, arrays: arrays(tensors) }
    }
}

/// The newest checkpoint that is whole: where a training goes on.
pub fn checkpoint(folder: &RunFolder) -> Result<Option<Kept>> {
    let Some(latest) = folder.latest()? else { return Ok(None) };
    latest.passed_over.iter().for_each(|why| complain(Label::Warning, &format!("an older checkpoint is used: {why}")));
    Ok(Some(latest.checkpoint.into()))
}

/// Which checkpoint of a training is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The one that validation chose; the newest where nothing chose.
    Best,
    Last,
}

/// What a training has come to: the checkpoint that validation chose, or the newest.
pub fn outcome(folder: &RunFolder) -> Result<Option<Kept>> {
    chosen(folder, Which::Best)
}

fn chosen(folder: &RunFolder, which: Which) -> Result<Option<Kept>> {
    let best = match which {
        Which::Best => folder.best()?,
        Which::Last => None,
    };
    match best {
        Some(best) => Ok(Some(best.into())),
        None => checkpoint(folder),
    }
}

/// Tensors of a file as those of a network.
pub fn arrays(tensors: BTreeMap<String, Tensor>) -> BTreeMap<String, Array> {
    tensors.into_iter().map(|(name, Tensor { shape, values })| (name, Array { shape, values })).collect()
}

/// A trained network and what it was trained on.
pub struct Trained {
    pub request: Request,
    pub data: TrainingData,
    pub network: Network,
    pub normalisation: Normalisation,
    /// Steps that it was trained for.
    pub step: u64,
}

/// Whether a checkpoint in the run folder at `path`, which is of `name`, is of the network that the folder is for.
pub fn check_name(path: &Path, name: &str, expected: &Architecture) -> Result<()> {
    if name == expected.name {
        return Ok(());
    }
    Err(Error::input(path.display().to_string(), format!("a checkpoint of {name}"))
        .expected(format!("one of {}, as its configuration says", expected.name))
        .hint("were files of another training copied into the folder?"))
}

/// The network in the run folder at `path`, with its data, or with those of `other`.
pub fn load(path: &Path, other: Option<&str>, backend: Backend) -> Result<Trained> {
    load_checkpoint(path, Which::Best, other, backend)
}

/// As [`load`], at the checkpoint that is asked for.
pub fn load_checkpoint(path: &Path, which: Which, other: Option<&str>, backend: Backend) -> Result<Trained> {
    let folder = RunFolder::open(path)?;
    let mut request: Request = folder.config()?;
    let Some(kept) = chosen(&folder, which)? else {
        return Err(Error::input(path.display().to_string(), "no checkpoint")
            .expected("a training that has finished an epoch")
            .hint(format!("`skiplayer deep train --resume {}` begins it", path.display())));
    };
    let (name, step) = (kept.network.clone(), kept.step);
    let outputs = output_names(&kept.state);
    let encoding = encoding(&kept.state).cloned();
    let (network, normalisation) = trained(kept.state, kept.arrays, &backend.device()?)?;
    let input = network.architecture().input;
    check_name(path, &name, &request.architecture_for(input, network.architecture().n_outputs)?)?;
    if let Some(other) = other {
        request.data = lasting(other);
        // As they are brought to the network when classes are predicted.
        request.pictures.size.get_or_insert([input.height, input.width]);
    }
    let data = read_known(&request, encoding.as_ref(), None, path)?.with_channels(input.channels);
    check_kind(&data, &network, encoding.is_some(), &request, path)?;
    let data = match outputs {
        Some(names) => data.for_outputs(&names)?,
        None => data,
    };
    check_outputs(&data, &network, &request, path)?;
    Ok(Trained { request, data, network, normalisation, step })
}

/// Whether `network` takes examples like those of `data`, and answers as they are answered: by images, or by pixels.
fn check_kind(data: &TrainingData, network: &Network, is_table: bool, request: &Request, path: &Path) -> Result<()> {
    let Architecture { input, .. } = network.architecture();
    let known = format!("as {} in {} was trained on", request.network, path.display());
    if data.train.shape() != *input {
        let kind = if is_table { "rows of a table" } else { "images" };
        return Err(Error::input(&request.data, format!("{} of {}", data.train.word(), data.train.shape()))
            .expected(format!("{kind} of {input}, {known}")));
    }
    let predicts_masks = network.architecture().output()?.positions() > 1;
    if predicts_masks != data.has_masks() {
        let kind = |has_masks: bool| if has_masks { "images with masks" } else { "one answer for each image or row" };
        return Err(
            Error::input(&request.data, kind(data.has_masks())).expected(format!("{}, {known}", kind(predicts_masks)))
        );
    }
    Ok(())
}

/// Whether `network` has an output for each class or number in `data`; checkpoints of older programs do not know their names.
fn check_outputs(data: &TrainingData, network: &Network, request: &Request, path: &Path) -> Result<()> {
    let (output, answer) = (network.architecture().output()?, data.train.answer());
    if output == answer {
        return Ok(());
    }
    Err(Error::input(&request.data, format!("answers of {answer}")).expected(format!(
        "answers of {output}, as {} in {} gives them",
        request.network,
        path.display()
    )))
}
