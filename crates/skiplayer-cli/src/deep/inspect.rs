//! `skiplayer deep inspect`: what the skips of trained networks do.

use std::cell::Cell;
use std::fs;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use skiplayer::{Error, Result};
use skiplayer_deep::analysis::inspection::{Analysis, Inspection, Progress, Subject, inspect};
use skiplayer_deep::analysis::landscape::{Direction, Height, Trajectory, grid, moved};
use skiplayer_deep::backend::Backend;
use skiplayer_deep::data::{Examples, Fingerprint, Normalisation};
use skiplayer_deep::network::{Network, Pass};
use skiplayer_deep::tensor::numbers;
use skiplayer_deep::train::{on_training_thread, score, trained};
use skiplayer_io::deep::{RunFolder, read_checkpoint, write_inspections};
use skiplayer_io::write_atomic;

use super::training::{Trained, arrays, interruption, load};
use crate::output::{self, Label, complain};
use crate::render::{self, duration};

/// Steps along either direction of a landscape, and how far beyond a training its landscape goes.
const REACH: f64 = 1.0;
const BEYOND: f64 = 1.25;
/// Seconds that a landscape has to take for its cost to be said.
const WORTH_SAYING: f64 = 10.0;
/// Seconds between lines about progress where there is no bar.
const BETWEEN_LINES: f64 = 30.0;

pub struct InspectJob {
    pub runs: Vec<PathBuf>,
    pub data: Option<String>,
    pub analyses: Vec<Analysis>,
    /// Examples that networks are judged by.
    pub n_examples: usize,
    /// Examples that the landscape is the loss of.
    pub n_landscape: usize,
    /// Points on a side of the landscape.
    pub grid: usize,
    /// Whether the landscape is on the plane of the training.
    pub follows_training: bool,
    pub report: Option<PathBuf>,
    pub json: bool,
}

pub fn run(job: &InspectJob) -> Result<()> {
    let mut inspections =
        on_training_thread(|| job.runs.iter().map(|run| look_at(run, job)).collect::<Result<Vec<_>>>())?;
    label(&mut inspections);
    if let Some(path) = &job.report {
        write_inspections(path, &inspections)?;
    }
    match job.json {
        true => output::print_json(&json!({ "inspections": inspections })),
        false => output::print(&render::inspections(&inspections)),
    }
}

/// Networks are called by their names where these differ, and by their folders otherwise.
fn label(inspections: &mut [Inspection]) {
    let names: Vec<String> = inspections.iter().map(|inspection| inspection.network.clone()).collect();
    for inspection in inspections {
        let is_alone = names.iter().filter(|name| **name == inspection.network).count() == 1;
        inspection.label = if is_alone { inspection.network.clone() } else { inspection.run.clone() };
    }
}

fn look_at(path: &Path, job: &InspectJob) -> Result<Inspection> {
    let subject = load(path, job.data.as_deref(), Backend::Cpu)?;
    let Trained { request, data, network, normalisation, step } = &subject;
    if network.architecture().blocks().count() < 2 {
        return Err(Error::input(path.display().to_string(), format!("{}, a network of one block", request.network))
            .expected("at least two: nothing can be said about depth otherwise"));
    }
    let mut earlier = vec![(0, Network::new(network.architecture().clone(), request.seed, &Device::flex())?)];
    for file in RunFolder::open(path)?.checkpoint_files()?.into_iter().rev() {
        // What is not whole any more was passed over when the training was loaded, with a warning.
        let Ok(checkpoint) = read_checkpoint(&file) else { continue };
        if checkpoint.step < *step {
            let (network, _) = trained(checkpoint.state, arrays(checkpoint.tensors), &Device::flex())?;
            earlier.push((checkpoint.step, network));
        }
    }
    let judged = data.test.as_ref().unwrap_or(&data.train);
    let chosen = judged.subset(job.n_examples.min(judged.len()), request.seed)?;
    let subject = Subject {
        network,
        earlier: &earlier,
        train: &data.train,
        judged,
        chosen: &chosen,
        normalisation,
        step: *step,
        seed: request.seed,
    };
    let watch = Watch::new(path);
    let mut inspection = inspect(&subject, &job.analyses, &mut |progress| watch.see(progress))?;
    watch.finish();
    inspection.run = path.display().to_string();
    inspection.data.clone_from(&request.data);
    if job.analyses.contains(&Analysis::Landscape) {
        let (directions, reach) = match job.follows_training {
            false => {
                let seed = request.seed;
                ([Direction::random(network, seed, 0)?, Direction::random(network, seed, 1)?], REACH)
            }
            true => {
                let states: Vec<Network> =
                    earlier.iter().map(|(_, network)| network).chain([network]).cloned().collect();
                let trajectory = Trajectory::of(&states)?;
                inspection.trajectory = Some(trajectory.places);
                (trajectory.directions, BEYOND * REACH)
            }
        };
        inspection.n_landscape = job.n_landscape.min(data.train.len());
        inspection.landscape = Some(landscape(path, job, &directions, reach, &subject)?);
    }
    Ok(inspection)
}

/// The landscape of the training loss, place by place into a file of the run folder: what is there is not computed again, if it is of
/// the same network, examples, directions and places.
fn landscape(
    path: &Path,
    job: &InspectJob,
    directions: &[Direction; 2],
    reach: f64,
    subject: &Subject,
) -> Result<Vec<Height>> {
    let Subject { network, train, normalisation, step, seed, .. } = *subject;
    let plane = if job.follows_training { "trajectory" } else { "landscape" };
    let chosen = train.subset(job.n_landscape.min(train.len()), seed)?;
    let places = grid(job.grid, reach);
    let of = fingerprint(network, train, normalisation, &chosen, directions, &places)?;
    let file = path.join(format!("{plane}-{}-of-{}-step-{step}.jsonl", job.grid, chosen.len()));
    let failed = |error: std::io::Error| Error::failure(format!("the landscape {}", file.display()), error.to_string());
    let mut heights = known_heights(&file, &of);
    heights.truncate(places.len());
    let line = |value: Value| value.to_string() + "\n";
    let lines = |heights: &[Height]| heights.iter().map(|height| line(json!(height))).collect::<String>();
    write_atomic(&file, (line(json!({ "of": of })) + &lines(&heights)).as_bytes())?;
    let mut out = fs::OpenOptions::new().append(true).open(&file).map_err(failed)?;
    let interrupted = interruption();
    say_cost(path, subject, &chosen, places.len() - heights.len())?;
    let bar = bar(places.len(), &format!("{plane} of {}", path.display()));
    bar.set_position(heights.len() as u64);
    bar.reset_eta();
    for &(a, b) in &places[heights.len()..] {
        if interrupted.load(Ordering::Relaxed) {
            return Err(Error::failure(
                "landscape",
                format!("stopped after {} of {} places", heights.len(), places.len()),
            )
            .hint("the same command goes on from there"));
        }
        let there = moved(network, directions, a, b)?;
        let found = score(&there, train, normalisation, &chosen, Pass::EVALUATION)?;
        let height = Height { a, b, loss: found.loss, error: found.error() };
        out.write_all(lines(&[height]).as_bytes()).map_err(failed)?;
        heights.push(height);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(heights)
}

/// What a landscape is of: kept heights are those of another one if this differs.
fn fingerprint(
    network: &Network,
    train: &Examples,
    normalisation: &Normalisation,
    chosen: &[u32],
    directions: &[Direction; 2],
    places: &[(f64, f64)],
) -> Result<String> {
    let mut fingerprint = Fingerprint::default();
    for (name, array) in network.to_arrays()? {
        fingerprint.add(name.as_bytes());
        fingerprint.add_numbers(&array.values);
    }
    for direction in directions {
        for (name, change) in direction.changes() {
            fingerprint.add(name.as_bytes());
            fingerprint.add_numbers(&numbers(change)?);
        }
    }
    fingerprint.add(train.fingerprint().as_bytes());
    fingerprint
        .add(json!({ "normalisation": normalisation, "chosen": chosen, "places": places }).to_string().as_bytes());
    Ok(fingerprint.hex())
}

/// The heights in `file`, if they are of the landscape `of`. A line that was torn is computed again.
fn known_heights(file: &Path, of: &str) -> Vec<Height> {
    let Ok(open) = fs::File::open(file) else { return Vec::new() };
    let mut lines = BufReader::new(open).lines().map_while(std::result::Result::ok);
    let first: Option<Value> = lines.next().and_then(|line| serde_json::from_str(&line).ok());
    match first.is_some_and(|first| first["of"] == of) {
        true => lines.map_while(|line| serde_json::from_str(&line).ok()).collect(),
        false => Vec::new(),
    }
}

/// Says what a landscape of so many places will take before it begins, by the time of one place, if that is worth saying.
fn say_cost(path: &Path, subject: &Subject, chosen: &[u32], n_places: usize) -> Result<()> {
    let begin = Instant::now();
    score(subject.network, subject.train, subject.normalisation, chosen, Pass::EVALUATION)?;
    let seconds = begin.elapsed().as_secs_f64() * n_places as f64;
    if seconds >= WORTH_SAYING {
        let (time, n) = (duration(seconds), chosen.len());
        let what = format!("the landscape of {} has {n_places} places left, each of {n} examples", path.display());
        complain(Label::Note, &format!("{what}: about {time}; fewer by `--grid` or `--examples` take less"));
    }
    Ok(())
}

/// Shows how far the analyses of a run are: a bar where somebody can see it, and otherwise a line now and then.
struct Watch<'a> {
    run: &'a Path,
    bar: ProgressBar,
    current: Cell<Option<Analysis>>,
    begin: Cell<Instant>,
    said: Cell<Instant>,
}

impl<'a> Watch<'a> {
    fn new(run: &'a Path) -> Self {
        let now = Instant::now();
        Self { run, bar: bar(1, ""), current: Cell::new(None), begin: Cell::new(now), said: Cell::new(now) }
    }

    fn see(&self, progress: Progress) {
        let Progress { analysis, done, of } = progress;
        let what = format!("{} of {}", analysis.name(), self.run.display());
        if self.current.replace(Some(analysis)) != Some(analysis) {
            self.begin.set(Instant::now());
            self.bar.reset();
            self.bar.set_message(what.clone());
        }
        self.bar.set_length(of as u64);
        self.bar.set_position(done as u64);
        if self.bar.is_hidden() && self.said.get().elapsed().as_secs_f64() >= BETWEEN_LINES {
            self.said.set(Instant::now());
            let left = self.begin.get().elapsed().as_secs_f64() * (of - done) as f64 / done.max(1) as f64;
            complain(Label::Note, &format!("{what}: {done} of {of}, about {} left", duration(left)));
        }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// A bar on stderr, where somebody can see it.
fn bar(n: usize, what: &str) -> ProgressBar {
    let is_watched = std::io::stderr().is_terminal();
    let target = if is_watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(n as u64), target);
    let style = ProgressStyle::with_template("{spinner} {bar:30} {pos}/{len}  {msg}  {elapsed} < {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─"));
    bar.set_message(what.to_owned());
    bar
}
