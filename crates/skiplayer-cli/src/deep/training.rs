//! The loop that `train` and studies share: steps, epochs, checkpoints.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use burn::tensor::Device;
use serde_json::Value;
use skiplayer::{Error, Result};
use skiplayer_deep::backend::Backend;
use skiplayer_deep::data::{Normalisation, TrainingData};
use skiplayer_deep::describe::architecture::Architecture;
use skiplayer_deep::network::{Array, Network};
use skiplayer_deep::train::{EpochRecord, Request, Session, StepRecord, trained};
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

/// What `request` trains on.
pub fn read(request: &Request) -> Result<TrainingData> {
    read_training_data(request.data.as_ref(), &ImageOptions::default(), request.target.as_deref())
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
    match checkpoint(folder)? {
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

/// What a training has come to: the checkpoint that validation chose, or the newest.
pub fn outcome(folder: &RunFolder) -> Result<Option<Kept>> {
    match folder.best()? {
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
    let folder = RunFolder::open(path)?;
    let mut request: Request = folder.config()?;
    if let Some(other) = other {
        request.data = other.to_owned();
    }
    let data = read(&request)?;
    let Some(Kept { network: name, step, state, arrays }) = outcome(&folder)? else {
        return Err(Error::input(path.display().to_string(), "no checkpoint")
            .expected("a training that has finished an epoch")
            .hint(format!("`skiplayer deep train --resume {}` begins it", path.display())));
    };
    check_name(path, &name, &request.architecture(&data.train)?)?;
    let (network, normalisation) = trained(state, arrays, &backend.device()?)?;
    if data.train.shape() != network.architecture().input {
        return Err(Error::input(&request.data, format!("{} of {}", data.train.word(), data.train.shape()))
            .expected(format!("{}, as {} was trained on", network.architecture().input, request.network)));
    }
    Ok(Trained { request, data, network, normalisation, step })
}
