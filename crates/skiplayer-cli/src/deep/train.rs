//! `skiplayer deep train`: a network, images and a recipe in; a run folder out.

use std::path::{Path, PathBuf};

use serde_json::json;
use skiplayer::{Error, Result};
use skiplayer_deep::backend::Backend;
use skiplayer_deep::data::{Normalisation, TrainingData};
use skiplayer_deep::network::Network;
use skiplayer_deep::recipe::{Budget, Schedule};
use skiplayer_deep::train::{Request, Session, input_of, on_training_thread, output_names, trained};
use skiplayer_io::deep::RunFolder;

use super::monitor::Monitor;
use super::training::{
    Ending, Event, checkpoint, drive, interruption, keep_or_compare, lasting, outcome, read, read_for, resume_at, save,
};
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
    New {
        request: Box<Request>,
        folder: PathBuf,
        /// Whether the recipe's augmentation is brought to the size and colour of the images.
        suits: bool,
        /// Whether its batch is made smaller where there are fewer examples.
        suits_batch: bool,
        /// Weights to begin with.
        init: Option<PathBuf>,
    },
    Resume {
        folder: PathBuf,
        /// Another end.
        epochs: Option<f64>,
        /// Where the data are now.
        data: Option<String>,
    },
}

pub fn run(job: &TrainJob) -> Result<()> {
    // Burn's graph wants a deep stack.
    match &job.start {
        Start::New { request, folder, suits, suits_batch, init } => {
            let mut request = (**request).clone();
            let mut data = read(&request)?;
            let init = init.as_deref().map(|run| weights(run, job.backend)).transpose()?;
            if let Some((network, _, Some(names))) = &init {
                data = data.for_outputs(names)?.with_channels(network.architecture().input.channels);
            }
            if *suits {
                request.recipe.augment = request.recipe.augment.suited(data.train.shape());
            }
            let n = request.n_train.unwrap_or(data.train.len());
            if *suits_batch && request.recipe.batch > n {
                data.notes
                    .push(format!("batches of {n} instead of {}: there are no more examples", request.recipe.batch));
                request.recipe.batch = n.max(1);
                request.recipe.parts = request.recipe.parts.min(request.recipe.batch);
            }
            on_training_thread(|| {
                let session = Session::begin(&request, &data, &job.backend.device()?)?;
                let session = match &init {
                    Some((network, normalisation, _)) => session.starting_from(network, normalisation)?,
                    None => session,
                };
                let folder = RunFolder::create(folder, &request)?;
                if init.is_some() {
                    save(&session, &folder, job.keep, None, 0.0)?;
                }
                train(job, &request, &data, &folder, session)
            })
        }
        Start::Resume { folder: path, epochs, data } => {
            let folder = RunFolder::open(path)?;
            let mut request: Request = folder.config()?;
            let kept = checkpoint(&folder)?;
            if let Some(data) = data {
                request.data = lasting(data);
            }
            let data = read_for(&request, kept.as_ref(), path)?;
            let data = match kept.as_ref().and_then(|kept| input_of(&kept.state)) {
                Some(input) => data.with_channels(input.channels),
                None => data,
            };
            if let Some(epochs) = *epochs {
                lengthen(&mut request, epochs, kept.as_ref().map_or(0, |kept| kept.step), path)?;
            }
            on_training_thread(|| {
                let session = resume_at(kept, &folder, &request, &data, &job.backend.device()?)?;
                if session.is_over(0.0) {
                    return say_over(job, &folder, &session);
                }
                folder.reconfigure(&request)?;
                train(job, &request, &data, &folder, session)
            })
        }
    }
}

/// The network that the training in `run` came to, its normalisation and the names of its outputs.
fn weights(run: &Path, backend: Backend) -> Result<(Network, Normalisation, Option<Vec<String>>)> {
    let Some(kept) = outcome(&RunFolder::open(run)?)? else {
        return Err(
            Error::input(run.display().to_string(), "no checkpoint").expected("a training that has finished an epoch")
        );
    };
    let names = output_names(&kept.state);
    let (network, normalisation) = trained(kept.state, kept.arrays, &backend.device()?)?;
    Ok((network, normalisation, names))
}

/// Gives a training of `step` steps another end.
///
/// # Errors
/// A schedule that would let a rate rise that has fallen.
fn lengthen(request: &mut Request, epochs: f64, step: u64, run: &Path) -> Result<()> {
    if step > 0 && request.recipe.schedule != Schedule::Constant {
        return Err(Error::input(
            run.display().to_string(),
            "a learning rate that falls to its end as the training does",
        )
        .expected("a schedule that is constant, or a training that has not begun")
        .hint("with another end the rate would rise again: begin another training with these weights, `--init`"));
    }
    request.recipe.budget = Budget::Epochs(epochs);
    request.recipe.check()
}

/// A training that is over is not gone on with; how it could be is said.
fn say_over(job: &TrainJob, folder: &RunFolder, session: &Session) -> Result<()> {
    let path = folder.path().display();
    let why = if session.is_given_up() { "its validation error fell no more" } else { "its budget is spent" };
    if job.json {
        return print_json(&json!({ "run": path.to_string(), "step": session.step(), "finished": true, "last": null }));
    }
    let longer = match session.plan().recipe().schedule {
        Schedule::Constant => "`--epochs` gives it a later end",
        _ => "`--init` begins another one with its weights",
    };
    complain(
        Label::Warning,
        &format!("the training in {path} is over: {why} after {} steps; {longer}", session.step()),
    );
    Ok(())
}

fn train(
    job: &TrainJob,
    request: &Request,
    data: &TrainingData,
    folder: &RunFolder,
    mut session: Session,
) -> Result<()> {
    let summary = keep_or_compare(folder, data)?;
    let interrupted = interruption();
    let monitor = Monitor::new(&session, request, &summary, folder, job.quiet || job.json);
    let Ending { last, is_over, .. } = drive(&mut session, folder, job.keep, interrupted, &mut |event| match event {
        Event::Step(record) => monitor.step(record),
        Event::Epoch(record) => monitor.epoch(record),
    })?;
    monitor.finish(&session);
    let path = folder.path().display();
    if job.json {
        print_json(&json!({
            "run": path.to_string(), "step": session.step(), "finished": is_over, "last": last, "data": summary,
        }))
    } else {
        if !is_over {
            complain(Label::Warning, &format!("stopped; `skiplayer deep train --resume {path}` goes on"));
        }
        Ok(())
    }
}
