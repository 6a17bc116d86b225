//! `skiplayer deep train`: a network, images and a recipe in; a run folder out.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;
use skiplayer::{Error, Result};
use skiplayer_deep::backend::Backend;
use skiplayer_deep::data::{TrainingData, listed};
use skiplayer_deep::describe::shape::Shape;
use skiplayer_deep::precision::Precision;
use skiplayer_deep::recipe::{Budget, Schedule};
use skiplayer_deep::train::{RateTest, Request, Session, Start as Weights, encoding, input_of, on_training_thread};
use skiplayer_io::deep::RunFolder;

use super::monitor::Monitor;
use super::training::{
    Ending, Event, checkpoint, drive, interruption, keep_or_compare, lasting, outcome, read, read_as, read_for,
    resume_at, save,
};
use crate::output::{Label, complain, print, print_json};
use crate::render::rates;

pub struct TrainJob {
    pub start: Start,
    pub backend: Backend,
    /// Checkpoints that stay.
    pub keep: usize,
    /// Whether only a learning rate is looked for.
    pub finds_rate: bool,
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
        /// Another precision.
        precision: Option<Precision>,
        /// Where the data are now.
        data: Option<String>,
    },
}

pub fn run(job: &TrainJob) -> Result<()> {
    // Burn's graph wants a deep stack.
    match &job.start {
        Start::New { request, folder, suits, suits_batch, init } => {
            let mut request = (**request).clone();
            let (mut data, start) = match init {
                Some(init) => read_with_weights(init, &mut request, job.backend)?,
                None => (read(&request)?, None),
            };
            if *suits {
                request.recipe.augment = request.recipe.augment.suited(data.train.shape());
            }
            if *suits_batch {
                data.notes.extend(request.fit_batch(&data)?);
            }
            on_training_thread(|| {
                let session = Session::begin(&request, &data, &job.backend.device()?)?;
                let session = match &start {
                    Some(start) => session.initialised(start)?.0,
                    None => session,
                };
                if job.finds_rate {
                    return find_rate(job, &request, session);
                }
                let folder = RunFolder::create(folder, &request)?;
                if start.is_some() {
                    save(&session, &folder, job.keep, None, 0.0)?;
                }
                train(job, &request, &data, &folder, session)
            })
        }
        Start::Resume { folder: path, epochs, precision, data } => {
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
            if let Some(n) = request.n_train.filter(|n| *n > data.train.len()) {
                let left = data.train.len();
                complain(Label::Warning, &format!("all {left} training examples are used: there are no {n} any more"));
                request.n_train = None;
            }
            if let Some(said) = request.fit_batch(&data)? {
                complain(Label::Warning, &said);
            }
            if let Some(precision) = *precision {
                request.recipe.precision = precision;
                request.recipe.check()?;
            }
            if let Some(epochs) = *epochs {
                lengthen(&mut request, epochs, kept.as_ref().map_or(0, |kept| kept.step), path)?;
            }
            on_training_thread(|| {
                let session = resume_at(kept, &folder, &request, &data, &job.backend.device()?)?;
                let session = match precision {
                    Some(precision) => session.in_precision(*precision),
                    None => session,
                };
                if session.is_over(0.0) {
                    return say_over(job, &folder, &session);
                }
                folder.reconfigure(&request)?;
                train(job, &request, &data, &folder, session)
            })
        }
    }
}

/// What `request` trains on, brought to the weights in `init`, which it begins with: the folder of a training, or a file of PyTorch.
fn read_with_weights(init: &Path, request: &mut Request, backend: Backend) -> Result<(TrainingData, Option<Weights>)> {
    let device = backend.device()?;
    let place = init.display().to_string();
    if init.is_file() {
        let bytes =
            fs::read(init).map_err(|error| Error::input(&place, error.to_string()).expected("a safetensors file"))?;
        let data = read(request)?;
        let Shape { height, width, .. } = data.train.shape();
        let weights = Weights::of_file(&bytes, &request.network.parse()?, [height, width], &device)?;
        let data = data.with_channels(weights.network.architecture().input.channels);
        return Ok((noting_new_outputs(data, &weights, &place), Some(weights)));
    }
    let Some(kept) = outcome(&RunFolder::open(init)?)? else {
        return Err(Error::input(place, "no checkpoint").expected("a training that has finished an epoch"));
    };
    let encoding = encoding(&kept.state).cloned();
    let weights = Weights::of_training(kept.state, kept.arrays, &device)?;
    let input = weights.network.architecture().input;
    if encoding.is_none() {
        request.pictures.size.get_or_insert([input.height, input.width]);
    }
    let data = read_as(request, encoding.as_ref())?.with_channels(input.channels);
    let knows = |name: &String| weights.outputs.as_ref().is_some_and(|known| known.contains(name));
    let data = match &weights.outputs {
        Some(known) if data.train.output_names().iter().all(knows) => data.for_outputs(known)?,
        _ => noting_new_outputs(data, &weights, &place),
    };
    Ok((data, Some(weights)))
}

/// The same data, with a note where the last layer of a network with other outputs begins anew.
fn noting_new_outputs(mut data: TrainingData, weights: &Weights, place: &str) -> TrainingData {
    let n_outputs = weights.network.architecture().n_outputs;
    data.notes.push(match &weights.outputs {
        _ if n_outputs == data.train.n_outputs() => {
            format!("all layers begin with the weights in {place}: it has as many outputs, whatever they are called")
        }
        Some(names) => format!("the last layer begins anew: {place} was trained for {}", listed(names)),
        None => format!("the last layer begins anew: {place} has {n_outputs} outputs"),
    });
    data
}

/// Rates that a test goes through.
const RATES: (f64, f64) = (1e-6, 10.0);
const RATE_STEPS: u32 = 100;

/// Looks for a learning rate, and trains nothing.
fn find_rate(job: &TrainJob, request: &Request, mut session: Session) -> Result<()> {
    let mut test = RateTest::new(RATES.0, RATES.1, RATE_STEPS);
    while session.take_test_step(&mut test)? {}
    let proposed = test.proposed();
    if job.json {
        return print_json(
            &json!({ "network": request.network, "data": request.data, "proposed": proposed, "points": test.points }),
        );
    }
    print(&rates(&test))
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
    if let Some(note) = session.note() {
        complain(Label::Warning, note);
    }
    let summary = keep_or_compare(folder, data)?;
    let interrupted = interruption();
    let monitor = Monitor::new(&session, request, &summary, folder, job.quiet || job.json);
    let Ending { last, is_over, .. } = drive(&mut session, folder, job.keep, interrupted, &mut |event| match event {
        Event::Step(record) => monitor.step(record),
        Event::Epoch(record) => monitor.epoch(record),
    })?;
    monitor.finish(&session, last.as_ref())?;
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
