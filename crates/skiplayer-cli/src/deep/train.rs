//! `skiplayer deep train`: a network, images and a recipe in; a run folder out.

use std::path::PathBuf;

use serde_json::json;
use skiplayer::{Error, Result};
use skiplayer_deep::backend::Backend;
use skiplayer_deep::data::TrainingData;
use skiplayer_deep::train::{Request, Session, on_training_thread};
use skiplayer_io::deep::RunFolder;

use super::monitor::Monitor;
use super::training::{Ending, Event, drive, interruption, read, resume};
use crate::output::{Label, complain, print_json};

pub struct TrainJob {
    pub start: Start,
    pub backend: Backend,
    /// Checkpoints that stay.
    pub keep: usize,
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
    let data = read(&request)?;
    if let Start::New { suits: true, .. } = job.start {
        request.recipe.augment = request.recipe.augment.suited(data.train.shape());
    }
    // Burn's graph wants a deep stack.
    on_training_thread(|| train(job, &request, &data, folder))
}

fn train(job: &TrainJob, request: &Request, data: &TrainingData, resumed: Option<RunFolder>) -> Result<()> {
    let device = job.backend.device()?;
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
    let interrupted = interruption();
    let monitor = Monitor::new(&session, request, &folder, job.quiet || job.json);
    let Ending { last, is_over, .. } = drive(&mut session, &folder, job.keep, interrupted, &mut |event| match event {
        Event::Step(record) => monitor.step(record),
        Event::Epoch(record) => monitor.epoch(record),
    })?;
    monitor.finish(&session);
    let path = folder.path().display();
    if job.json {
        print_json(&json!({ "run": path.to_string(), "step": session.step(), "finished": is_over, "last": last }))
    } else {
        if !is_over {
            complain(Label::Warning, &format!("stopped; `skiplayer deep train --resume {path}` goes on"));
        }
        Ok(())
    }
}
