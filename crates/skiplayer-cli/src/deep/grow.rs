//! `skiplayer deep grow`: a trained network inside of a deeper one.

use std::path::PathBuf;

use burn::tensor::Device;
use serde_json::json;
use skiplayer::{Error, Result};
use skiplayer_deep::backend::Backend;
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::network::Pass;
use skiplayer_deep::recipe::Budget;
use skiplayer_deep::surgery::grow::{NewBlocks, grown};
use skiplayer_deep::train::{Request, Session, on_training_thread, plain_batch};
use skiplayer_io::deep::RunFolder;

use super::training::{KEPT, Trained, load, save};
use crate::output;
use crate::render::with_interval;

/// Examples that both networks are compared on.
const COMPARED: usize = 200;

pub struct GrowJob {
    pub run: PathBuf,
    pub to: Family,
    pub is_dirac: bool,
    pub epochs: Option<f64>,
    pub folder: PathBuf,
    pub json: bool,
}

pub fn run(job: &GrowJob) -> Result<()> {
    on_training_thread(|| grow(job))
}

fn grow(job: &GrowJob) -> Result<()> {
    let Trained { mut request, data, network, normalisation, .. } = load(&job.run, None, Backend::Cpu)?;
    if !request.removed.is_empty() {
        return Err(Error::input(job.run.display().to_string(), "a pruned network").expected("a whole one"));
    }
    request.network = job.to.to_string();
    if let Some(epochs) = job.epochs {
        request.recipe.budget = Budget::Epochs(epochs);
        request.recipe.check()?;
    }
    let deeper = request.architecture(&data.train)?;
    let new = if job.is_dirac { NewBlocks::Dirac } else { NewBlocks::Zero };
    let deep = grown(&network, deeper, new, request.seed)?;

    let chosen = data.train.subset(COMPARED.min(data.train.len()), request.seed)?;
    let x = plain_batch(&data.train, &normalisation, &chosen).tensor(network.device())?;
    let difference = |pass: Pass<'_>| -> Result<f64> {
        let (ours, _) = network.forward(x.clone(), pass)?;
        let (theirs, _) = deep.forward(x.clone(), pass)?;
        let size = ours.clone().square().mean().sqrt();
        let off = (theirs - ours).square().mean().sqrt() / size;
        Ok(f64::from(skiplayer_deep::tensor::numbers(&off)?[0]))
    };
    let (evaluation, training) = (difference(Pass::EVALUATION)?, difference(Pass::TRAINING)?);

    let session = Session::begin(&request, &data, &Device::flex())?.starting_from(&deep, &normalisation)?;
    let folder = RunFolder::create(&job.folder, &request)?;
    save(&session, &folder, KEPT, None, 0.0)?;
    let (path, to) = (folder.path().display(), &request.network);
    if job.json {
        return output::print_json(&json!({
            "run": path.to_string(), "network": to, "difference": { "evaluation": evaluation, "training": training },
        }));
    }
    output::print(&format!(
        "{} inside of {to}: outputs differ by {evaluation:.1e} of their size in evaluation, by {training:.1e} in training.\n\
         `skiplayer deep train --resume {path}` goes on from there{}.\n",
        name(&job.run)?,
        match data.test {
            Some(_) => {
                let score = session.test_score()?.unwrap_or_default();
                format!("; its test error is {}", with_interval(score.error(), score.error_interval()))
            }
            None => String::new(),
        }
    ))
}

/// What was trained in the folder.
fn name(run: &std::path::Path) -> Result<String> {
    Ok(RunFolder::open(run)?.config::<Request>()?.network)
}
