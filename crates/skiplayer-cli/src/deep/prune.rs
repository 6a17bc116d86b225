//! `skiplayer deep prune`: a price on branches, and what is left of the network.
//!
//! ```text
//!  RUN ── penalised (scales of branches under an L1 penalty) ── those at zero go ──┬── pruned: fine-tuned
//!                                                                             └── scratch: the same network from the start
//! ```

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use burn::tensor::Device;
use indicatif::ProgressBar;
use serde_json::{Value, json};
use skiplayer::{Error, Result};
use skiplayer_deep::backend::Backend;
use skiplayer_deep::data::TrainingData;
use skiplayer_deep::describe::block::Block;
use skiplayer_deep::network::{Network, Pass};
use skiplayer_deep::recipe::{Budget, Schedule, WarmUp};
use skiplayer_deep::surgery::prune::folded;
use skiplayer_deep::train::{Request, Score, Session, on_training_thread, score};
use skiplayer_io::deep::RunFolder;
use skiplayer_io::write_atomic;

use super::training::{Event, KEPT, Trained, drive, interruption, load, resume, save};
use crate::output::{self, Label, complain};
use crate::render;

/// The learning rate of what is trained already, over that of the recipe.
const GENTLY: f64 = 0.2;
/// The share of the penalised epochs after which a branch of no use is gone, by the default lambda.
const GONE_AFTER: f64 = 0.25;
const RESULT: &str = "result.json";

pub struct PruneJob {
    pub run: Option<PathBuf>,
    pub lambda: Option<f64>,
    pub epochs: f64,
    pub fine_tune: f64,
    pub lr: Option<f64>,
    pub out: Option<PathBuf>,
    pub resume: Option<PathBuf>,
    pub json: bool,
}

pub fn run(job: &PruneJob) -> Result<()> {
    on_training_thread(|| match prune(job)? {
        Some(result) if job.json => output::print_json(&result),
        Some(result) => output::print(&render::pruning(&result)),
        None => Ok(()),
    })
}

/// The three trainings of a folder, and where the first begins.
struct Requests {
    original: Request,
    penalised: Request,
    fine_tuned: Request,
}

/// None where it was interrupted.
fn prune(job: &PruneJob) -> Result<Option<Value>> {
    let folder = match (&job.resume, &job.run, &job.out) {
        (Some(folder), ..) => folder.clone(),
        (None, Some(_), Some(out)) => out.clone(),
        (None, Some(run), None) => PathBuf::from(format!("{}-pruned", run.display())),
        (None, None, _) => return Err(Error::input("deep prune", "no run folder").expected("one, or `--resume DIR`")),
    };
    if job.resume.is_none() {
        begin(job, &folder)?;
    }
    let requests = Requests {
        original: RunFolder::open(&folder.join("original"))?.config()?,
        penalised: RunFolder::open(&folder.join("penalised"))?.config()?,
        fine_tuned: RunFolder::open(&folder)?.config()?,
    };
    let before = load(&folder.join("original"), None, Backend::Cpu)?;
    let data = &before.data;
    let interrupted = interruption();
    let stopped = || {
        let path = folder.display();
        complain(Label::Warning, &format!("stopped; `skiplayer deep prune --resume {path}` goes on"));
    };
    let Some(penalised) = train(&folder.join("penalised"), &requests.penalised, data, interrupted)? else {
        stopped();
        return Ok(None);
    };
    let scales = penalised.scales().map(|scales| scales.values.clone()).unwrap_or_default();
    let whole = penalised.network();
    let left = folded(whole, &scales)?;
    let gone: Vec<String> = penalised
        .scales()
        .map(|scales| scales.gone(whole.architecture()).into_iter().map(str::to_owned).collect())
        .unwrap_or_default();
    let judged = data.test.as_ref().unwrap_or(&data.train);
    let judge = |network: &Network, branches: Option<&[f64]>| -> Result<Score> {
        let pass = Pass { branches, ..Pass::EVALUATION };
        score(network, judged, penalised.normalisation(), &judged.indices(), pass)
    };
    let error_before = judge(&before.network, None)?;
    let error_pruned = judge(&left, None)?;
    let curve = curve(whole, &scales, &judge)?;

    // The network may have been pruned before.
    let removed = [&requests.original.removed[..], &gone[..]].concat();
    let without = |request: &Request| {
        let mut request = request.clone();
        request.removed.clone_from(&removed);
        request
    };
    let (pruned, scratch) = (without(&requests.fine_tuned), without(&requests.original));
    let mut errors = Vec::new();
    for (name, request, start) in [("pruned", &pruned, Some(&left)), ("scratch", &scratch, None)] {
        let path = folder.join(name);
        if RunFolder::open(&path).is_err() {
            let session = Session::begin(request, data, &Device::flex())?;
            let session = match start {
                Some(start) => session.starting_from(start, penalised.normalisation())?,
                None => session.with_normalisation(penalised.normalisation())?,
            };
            save(&session, &RunFolder::create(&path, request)?, KEPT, None, 0.0)?;
        }
        let Some(session) = train(&path, request, data, interrupted)? else {
            stopped();
            return Ok(None);
        };
        errors.push(judge(session.network(), None)?);
    }
    let (cost, cost_left) = (whole.architecture().cost()?, left.architecture().cost()?);
    let blocks: Vec<Value> = whole
        .architecture()
        .blocks()
        .zip(&scales)
        .map(|(block, scale)| json!({ "block": block.name, "scale": scale }))
        .collect();
    let result = json!({
        "folder": folder.display().to_string(),
        "network": requests.original.network,
        "lambda": requests.penalised.lambda,
        "blocks": blocks,
        "removed": gone,
        "parameters": { "before": cost.n_parameters, "after": cost_left.n_parameters },
        "multiply_adds": { "before": cost.multiply_adds, "after": cost_left.multiply_adds },
        "data": requests.original.data,
        "examples": judged.len(),
        "error": {
            "before": error_before.error(), "pruned": error_pruned.error(),
            "fine_tuned": errors[0].error(), "scratch": errors[1].error(),
        },
        "interval": {
            "before": error_before.error_interval(), "pruned": error_pruned.error_interval(),
            "fine_tuned": errors[0].error_interval(), "scratch": errors[1].error_interval(),
        },
        "curve": curve,
    });
    let bytes = serde_json::to_vec_pretty(&result).map_err(|error| Error::failure(RESULT, error.to_string()))?;
    write_atomic(&folder.join(RESULT), &bytes)?;
    Ok(Some(result))
}

/// Makes the folder: the requests of all three trainings, and the trained network at the start of the penalised one.
fn begin(job: &PruneJob, folder: &Path) -> Result<()> {
    let Some(run) = &job.run else { return Err(Error::input("deep prune", "no run folder")) };
    let Trained { request, data, network, normalisation, .. } = load(run, None, Backend::Cpu)?;
    if !network.architecture().blocks().any(Block::can_lose_branch) {
        return Err(Error::input(run.display().to_string(), format!("{}, where no block can go", request.network))
            .expected("residual blocks with identity shortcuts"));
    }
    let gently = |epochs: f64| {
        let mut request = request.clone();
        request.recipe.budget = Budget::Epochs(epochs);
        request.recipe.learning_rate = job.lr.unwrap_or(GENTLY * request.recipe.learning_rate);
        request.recipe.schedule = Schedule::Cosine { last: 0.0 };
        request.recipe.warm_up = WarmUp::None;
        request
    };
    let mut penalised = gently(job.epochs);
    penalised.lambda = Some(match job.lambda {
        Some(lambda) => lambda,
        None => default_lambda(&penalised, &data)?,
    });
    RunFolder::create(folder, &gently(job.fine_tune))?;
    let session = Session::begin(&request, &data, &Device::flex())?.starting_from(&network, &normalisation)?;
    save(&session, &RunFolder::create(&folder.join("original"), &request)?, KEPT, None, 0.0)?;
    let session = Session::begin(&penalised, &data, &Device::flex())?.starting_from(&network, &normalisation)?;
    save(&session, &RunFolder::create(&folder.join("penalised"), &penalised)?, KEPT, None, 0.0)
}

/// A scale without a slope falls by rate * lambda / (1 - momentum) a step.
fn default_lambda(request: &Request, data: &TrainingData) -> Result<f64> {
    let session = Session::begin(request, data, &Device::flex())?;
    let n_steps = session.plan().n_steps().unwrap_or(1) as f64;
    let Request { recipe, .. } = request;
    Ok((1.0 - recipe.optimizer.inertia()) / (recipe.learning_rate * (GONE_AFTER * n_steps).max(1.0)))
}

/// The score of a network with factors for its branches.
type Judge<'a> = dyn Fn(&Network, Option<&[f64]>) -> Result<Score> + 'a;

/// The error as branches go in the order of their scales, the smallest first, without further training.
fn curve(whole: &Network, scales: &[f64], judge: &Judge<'_>) -> Result<Vec<Value>> {
    let blocks: Vec<_> = whole.architecture().blocks().collect();
    let mut order: Vec<usize> = (0..scales.len()).filter(|&i| blocks[i].can_lose_branch()).collect();
    order.sort_by(|a, b| scales[*a].total_cmp(&scales[*b]));
    let mut factors = scales.to_vec();
    let n_gone = order.iter().filter(|i| scales[**i] == 0.0).count();
    let mut points = Vec::new();
    for n in n_gone..=order.len() {
        order[..n].iter().for_each(|&i| factors[i] = 0.0);
        let found = judge(whole, Some(&factors))?;
        points.push(json!({ "branches": order.len() - n, "error": found.error(), "loss": found.loss }));
    }
    Ok(points)
}

fn train<'a>(
    path: &Path,
    request: &Request,
    data: &'a TrainingData,
    interrupted: &AtomicBool,
) -> Result<Option<Session<'a>>> {
    let folder = RunFolder::open(path)?;
    let mut session = resume(&folder, request, data, &Device::flex())?;
    if session.is_over(0.0) {
        return Ok(Some(session));
    }
    let bar = session.plan().n_steps().map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    bar.set_position(session.step());
    bar.set_message(path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default());
    let ending = drive(&mut session, &folder, KEPT, interrupted, &mut |event| {
        if let Event::Step(_) = event {
            bar.inc(1);
        }
    })?;
    bar.finish_and_clear();
    Ok(ending.is_over.then_some(session))
}
