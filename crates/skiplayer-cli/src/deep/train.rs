//! `skiplayer deep train`: a network, images and a recipe in; a run folder out.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use burn::tensor::Device;
use serde_json::{Value, json};
use skiplayer::{Error, Result};
use skiplayer_deep::data::DataSet;
use skiplayer_deep::network::Array;
use skiplayer_deep::train::{EpochRecord, Request, Session, on_training_thread};
use skiplayer_io::{Checkpoint, ImageOptions, RunFolder, Tensor, read_data_set};

use super::monitor::Monitor;
use crate::output::{Label, complain, print_json};

/// Checkpoints that a run folder keeps.
const KEPT: usize = 2;

pub struct TrainJob {
    pub start: Start,
    pub quiet: bool,
    pub json: bool,
}

/// Where the first step is from.
pub enum Start {
    /// `suits`: whether the recipe's augmentation is brought to the size and colour of the images.
    New {
        request: Box<Request>,
        folder: PathBuf,
        suits: bool,
    },
    Resume {
        folder: PathBuf,
    },
}

pub fn run(job: &TrainJob) -> Result<()> {
    let (mut request, folder): (Request, _) = match &job.start {
        Start::New { request, .. } => ((**request).clone(), None),
        Start::Resume { folder } => {
            let folder = RunFolder::open(folder)?;
            (folder.config()?, Some(folder))
        }
    };
    let data = read_data_set(request.data.as_ref(), &ImageOptions::default())?;
    if let Start::New { suits: true, .. } = job.start {
        request.recipe.augment = request.recipe.augment.suited(data.train.shape());
    }
    // Burn's graph wants a deep stack.
    on_training_thread(|| train(job, &request, &data, folder))
}

fn train(job: &TrainJob, request: &Request, data: &DataSet, resumed: Option<RunFolder>) -> Result<()> {
    let device = Device::flex();
    let (folder, mut session) = match (resumed, &job.start) {
        (Some(folder), _) => {
            let session = resume(&folder, request, data, &device)?;
            (folder, session)
        }
        (None, Start::New { folder, .. }) => {
            let session = Session::begin(request, data, &device)?;
            (RunFolder::create(folder, request)?, session)
        }
        (None, Start::Resume { .. }) => return Err(Error::failure("--resume", "the run folder was not read")),
    };
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    // Only a second handler in one process could be refused, and then Ctrl-C ends the process as it always did.
    let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));

    let monitor = Monitor::new(&session, request, &folder, job.quiet || job.json);
    let begin = Instant::now();
    let minutes = || begin.elapsed().as_secs_f64() / 60.0;
    let mut last = None;
    while !session.is_over(minutes()) && !interrupted.load(Ordering::Relaxed) {
        let record = session.take_step(minutes())?;
        monitor.step(&record);
        if session.is_between_epochs() || session.is_over(minutes()) {
            last = Some(close(&mut session, &folder, record.learning_rate, minutes())?);
            last.iter().for_each(|record| monitor.epoch(record));
        }
    }
    monitor.finish();
    if !session.is_between_epochs() || last.is_none() {
        save(&session, &folder, minutes())?;
    }
    let over = session.is_over(minutes());
    let path = folder.path().display();
    if job.json {
        print_json(&json!({ "run": path.to_string(), "step": session.step(), "finished": over, "last": last }))
    } else {
        if !over {
            complain(Label::Warning, &format!("stopped; `skiplayer deep train --resume {path}` goes on"));
        }
        Ok(())
    }
}

/// Evaluates, writes the metrics and then the checkpoint: a training that is killed in between does the epoch again.
fn close(session: &mut Session, folder: &RunFolder, rate: f64, minutes: f64) -> Result<EpochRecord> {
    let record = session.close_epoch(rate, minutes)?;
    folder.append(&record)?;
    save(session, folder, minutes)?;
    Ok(record)
}

fn save(session: &Session, folder: &RunFolder, minutes: f64) -> Result<()> {
    let (state, arrays) = session.to_parts(minutes)?;
    let tensors = arrays.into_iter().map(|(name, Array { shape, values })| (name, Tensor { shape, values })).collect();
    let network = session.network().architecture().name.clone();
    folder.save(&Checkpoint { network, step: session.step(), validation_error: None, state, tensors }, KEPT)
}

fn resume<'a>(folder: &RunFolder, request: &Request, data: &'a DataSet, device: &Device) -> Result<Session<'a>> {
    match checkpoint(folder)? {
        None => {
            folder.rewind(0)?;
            Session::begin(request, data, device)
        }
        Some(Kept { step, state, arrays }) => {
            folder.rewind(step)?;
            Session::resume(request, data, state, arrays, device)
        }
    }
}

/// What the newest checkpoint that is whole holds.
pub struct Kept {
    pub step: u64,
    pub state: Value,
    pub arrays: BTreeMap<String, Array>,
}

pub fn checkpoint(folder: &RunFolder) -> Result<Option<Kept>> {
    let Some(latest) = folder.latest()? else { return Ok(None) };
    latest.passed_over.iter().for_each(|why| complain(Label::Warning, &format!("an older checkpoint is used: {why}")));
    let Checkpoint { step, state, tensors, .. } = latest.checkpoint;
    let arrays = tensors.into_iter().map(|(name, Tensor { shape, values })| (name, Array { shape, values })).collect();
    Ok(Some(Kept { step, state, arrays }))
}
