//! `skiplayer deep inspect`: what the skips of trained networks do.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use burn::tensor::Device;
use serde_json::json;
use skiplayer::{Error, Result};
use skiplayer_deep::analysis::inspection::{Analysis, Inspection, Subject, inspect};
use skiplayer_deep::analysis::landscape::{Direction, Height, Trajectory, grid, moved};
use skiplayer_deep::backend::Backend;
use skiplayer_deep::network::{Network, Pass};
use skiplayer_deep::train::{on_training_thread, score, trained};
use skiplayer_io::deep::{RunFolder, read_checkpoint, write_inspections};

use super::training::{Trained, arrays, interruption, load};
use crate::output;
use crate::render;

/// Steps along either direction of a landscape, and how far beyond a training its landscape goes.
const REACH: f64 = 1.0;
const BEYOND: f64 = 1.25;

pub struct InspectJob {
    pub runs: Vec<PathBuf>,
    pub data: Option<String>,
    pub analyses: Vec<Analysis>,
    /// Examples that networks are judged by.
    pub n_examples: usize,
    /// Points on a side of the landscape.
    pub grid: usize,
    /// Whether the landscape is on the plane of the training.
    pub follows_training: bool,
    pub report: Option<PathBuf>,
    pub json: bool,
}

pub fn run(job: &InspectJob) -> Result<()> {
    let inspections = on_training_thread(|| job.runs.iter().map(|run| look_at(run, job)).collect::<Result<Vec<_>>>())?;
    if let Some(path) = &job.report {
        write_inspections(path, &inspections)?;
    }
    match job.json {
        true => output::print_json(&json!({ "inspections": inspections })),
        false => output::print(&render::inspections(&inspections)),
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
    let mut inspection = inspect(&subject, &job.analyses)?;
    inspection.run = path.display().to_string();
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
        inspection.landscape = Some(landscape(path, job, &directions, reach, &subject)?);
    }
    Ok(inspection)
}

/// The landscape of the training loss, place by place into a file of the run folder: what is there is not computed again.
fn landscape(
    path: &Path,
    job: &InspectJob,
    directions: &[Direction; 2],
    reach: f64,
    subject: &Subject,
) -> Result<Vec<Height>> {
    let Subject { network, train, normalisation, step, seed, .. } = *subject;
    let plane = if job.follows_training { "trajectory" } else { "landscape" };
    let file = path.join(format!("{plane}-{}-of-{}-step-{step}.jsonl", job.grid, subject.chosen.len()));
    let failed = |error: std::io::Error| Error::failure(format!("the landscape {}", file.display()), error.to_string());
    let known: Vec<Height> = match fs::File::open(&file) {
        // A line that was torn is computed again.
        Ok(open) => BufReader::new(open).lines().map_while(|line| serde_json::from_str(&line.ok()?).ok()).collect(),
        Err(_) => Vec::new(),
    };
    let chosen = train.subset(subject.chosen.len().min(train.len()), seed)?;
    let places = grid(job.grid, reach);
    let mut heights: Vec<Height> = known.into_iter().take(places.len()).collect();
    let lines = |heights: &[Height]| -> Result<String> {
        let line = |height: &Height| serde_json::to_string(height).map(|line| line + "\n");
        heights.iter().map(line).collect::<std::result::Result<_, _>>().map_err(|e| failed(e.into()))
    };
    skiplayer_io::write_atomic(&file, lines(&heights)?.as_bytes())?;
    let mut out = fs::OpenOptions::new().append(true).open(&file).map_err(failed)?;
    let interrupted = interruption();
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
        out.write_all(lines(&[height])?.as_bytes()).map_err(failed)?;
        heights.push(height);
    }
    Ok(heights)
}
