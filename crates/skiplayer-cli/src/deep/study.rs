//! Many trainings in one folder: each in a run folder of its own, all resumable, results printed as they come.
//!
//! ```text
//!  OUT/config.json        what is trained, in which order
//!  OUT/metrics.jsonl      an outcome for each training that is finished
//!  OUT/plain-20-seed-1/   a run folder, as `deep train` makes them
//! ```

use std::path::Path;
use std::time::Instant;

use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use skiplayer::{Error, Result};
use skiplayer_deep::analysis::degradation::{Finished, Outcome, Planned};
use skiplayer_deep::data::TrainingData;
use skiplayer_deep::recipe::Budget;
use skiplayer_deep::train::{Score, Session, wilson};
use skiplayer_io::deep::{Curve, RunFolder};

use super::training::{Event, KEPT, drive, interruption, resume};
use crate::output::print;
use crate::render::{percent, with_interval};

/// Steps that a training is timed by, after a first one that is not counted.
const TIMED: u32 = 2;

/// A study on its way.
pub struct Study {
    folder: RunFolder,
    planned: Vec<Planned>,
}

impl Study {
    /// A study that begins at `path`.
    ///
    /// # Errors
    /// Two trainings that are the same: nothing would tell them apart.
    pub fn create(path: &Path, planned: Vec<Planned>) -> Result<Self> {
        let folders: Vec<String> = planned.iter().map(folder_of).collect();
        if let Some(i) = (0..folders.len()).find(|&i| folders[..i].contains(&folders[i])) {
            return Err(Error::input("networks of a study", format!("{} twice", planned[i].request.network))
                .expected("different ones: trainings of one network differ by their seeds alone"));
        }
        Ok(Self { folder: RunFolder::create(path, &planned)?, planned })
    }

    /// The study at `path`.
    pub fn open(path: &Path) -> Result<Self> {
        let folder = RunFolder::open(path)?;
        let planned: Vec<Planned> = folder.config()?;
        if planned.is_empty() {
            return Err(Error::input(path.display().to_string(), "a study without trainings"));
        }
        Ok(Self { folder, planned })
    }

    pub fn planned(&self) -> &[Planned] {
        &self.planned
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What the finished trainings came to.
    pub fn outcomes(&self) -> Result<Vec<Outcome>> {
        Ok(self.folder.metrics::<Finished>()?.into_iter().map(|finished| finished.outcome).collect())
    }

    /// The epochs of every training that has any.
    pub fn curves(&self) -> Result<Vec<Curve<'_>>> {
        let mut curves = Vec::new();
        for planned in &self.planned {
            if let Ok(folder) = RunFolder::open(&self.folder.path().join(folder_of(planned))) {
                let network = &planned.request.network;
                curves.push(Curve { family: &planned.family, network, epochs: folder.metrics()? });
            }
        }
        Ok(curves)
    }

    /// Trains what is left to train. Whether that is all of it, or Ctrl-C came first.
    pub fn run(&self, data: &TrainingData, is_quiet: bool) -> Result<bool> {
        let n_done = self.outcomes()?.len();
        let interrupted = interruption();
        for (i, planned) in self.planned.iter().enumerate().skip(n_done) {
            let Some(outcome) = self.train(planned, data, interrupted, is_quiet)? else { return Ok(false) };
            if !is_quiet {
                say(i + 1, self.planned.len(), &outcome)?;
            }
            self.folder.append(&Finished { step: i as u64 + 1, outcome })?;
        }
        Ok(true)
    }

    fn train(
        &self,
        planned: &Planned,
        data: &TrainingData,
        interrupted: &std::sync::atomic::AtomicBool,
        is_quiet: bool,
    ) -> Result<Option<Outcome>> {
        let Planned { family, depth, request } = planned;
        let path = self.folder.path().join(folder_of(planned));
        let folder = match RunFolder::open(&path) {
            Ok(folder) => folder,
            Err(_) => RunFolder::create(&path, request)?,
        };
        let mut session = resume(&folder, request, data, &Device::flex())?;
        let cost = session.network().architecture().cost()?;
        let bar = bar(&session, &request.network, is_quiet);
        let mut minutes = 0.0;
        let ending = drive(&mut session, &folder, KEPT, interrupted, &mut |event| match event {
            Event::Step(_) => bar.inc(1),
            Event::Epoch(record) => minutes = record.minutes,
        })?;
        bar.finish_and_clear();
        if !ending.is_over {
            return Ok(None);
        }
        let (train, test) = (session.training_score()?, session.test_score()?);
        let n_examples = |score: &Score| score.error_interval().map_or(0, |_| score.n);
        Ok(Some(Outcome {
            family: family.clone(),
            network: request.network.clone(),
            depth: *depth,
            seed: request.seed,
            run: folder_of(planned),
            n_train: n_examples(&train),
            n_test: test.as_ref().map_or(0, n_examples),
            n_parameters: cost.n_parameters,
            multiply_adds: cost.multiply_adds,
            train_error: train.error(),
            train_loss: train.loss,
            test_error: test.as_ref().map(|test| test.error()),
            test_loss: test.map(|test| test.loss),
            minutes,
            seconds_per_step: ending.seconds_per_step,
        }))
    }
}

fn folder_of(planned: &Planned) -> String {
    format!("{}-seed-{}", planned.request.network, planned.request.seed)
}

/// Epochs of one length for all `planned` trainings, so that they take `minutes` together on this machine as it is now.
pub fn epochs_within(minutes: f64, planned: &[Planned], data: &TrainingData) -> Result<f64> {
    let mut seconds_per_epoch = 0.0;
    let mut timed: Vec<(&str, f64)> = Vec::new();
    for Planned { request, .. } in planned {
        let known = timed.iter().find(|(network, _)| *network == request.network).map(|(_, seconds)| *seconds);
        let seconds = match known {
            Some(seconds) => seconds,
            None => {
                let mut session = Session::begin(request, data, &Device::flex())?;
                session.take_step(0.0)?;
                let begin = Instant::now();
                (0..TIMED).try_for_each(|_| session.take_step(0.0).map(|_| ()))?;
                let step = begin.elapsed().as_secs_f64() / f64::from(TIMED);
                let seconds = step * session.plan().steps_per_epoch() as f64;
                timed.push((&request.network, seconds));
                seconds
            }
        };
        seconds_per_epoch += seconds;
    }
    let epochs = 60.0 * minutes / seconds_per_epoch;
    // A tenth for evaluation and checkpoints.
    Ok((0.9 * epochs).max(0.1))
}

/// The plans with another budget.
pub fn with_epochs(mut planned: Vec<Planned>, epochs: f64) -> Vec<Planned> {
    let epochs = if epochs >= 2.0 { epochs.floor() } else { (10.0 * epochs).floor() / 10.0 };
    planned.iter_mut().for_each(|planned| planned.request.recipe.budget = Budget::Epochs(epochs));
    planned
}

fn bar(session: &Session, network: &str, is_quiet: bool) -> ProgressBar {
    let bar = match is_quiet {
        true => ProgressBar::hidden(),
        false => ProgressBar::with_draw_target(session.plan().n_steps(), ProgressDrawTarget::stderr()),
    };
    let style = ProgressStyle::with_template("{spinner} {bar:30} {pos}/{len}  {msg}  {elapsed} < {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─"));
    bar.set_position(session.step());
    bar.set_message(network.to_owned());
    bar
}

fn say(i: usize, n: usize, outcome: &Outcome) -> Result<()> {
    let test = outcome.test_error.map(|error| with_interval(error, wilson(error, outcome.n_test)));
    let test = test.map_or(String::new(), |test| format!(", test error {test}"));
    print(&format!(
        "{i:>3} of {n}: {:<22} training error {}{test} ({:.2} min)\n",
        outcome.run,
        percent(outcome.train_error),
        outcome.minutes
    ))
}
