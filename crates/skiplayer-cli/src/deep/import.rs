//! `skiplayer deep import`: weights of another program in, a run folder out.

use std::path::PathBuf;

use serde_json::json;
use skiplayer::{Error, Result};
use skiplayer_deep::backend::Backend;
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::import::{Imported, Settings, import};
use skiplayer_deep::network::Array;
use skiplayer_deep::recipe::Recipe;
use skiplayer_deep::train::{Request, Session};
use skiplayer_io::deep::{Checkpoint, ForeignWeights, RunFolder, Tensor, read_weights};

use super::evaluate::{self, EvaluateJob};
use super::training::{KEPT, lasting};
use crate::output;

pub struct ImportJob {
    pub file: PathBuf,
    pub family: Family,
    pub settings: Settings,
    pub recipe: Recipe,
    pub class_names: Option<Vec<String>>,
    /// What the network is evaluated on.
    pub check: Option<String>,
    pub folder: PathBuf,
    pub json: bool,
}

/// What stands in the configuration in place of data that nobody named.
const NO_DATA: &str = "unknown data";

pub fn run(job: &ImportJob) -> Result<()> {
    let ForeignWeights { arrays, inside, note } = read_weights(&job.file)?;
    if !note.is_empty() {
        return Err(Error::input(job.file.display().to_string(), "a checkpoint of this program")
            .expected("weights of another one")
            .hint("the commands take its run folder"));
    }
    let n_tensors = arrays.len();
    let imported = import(arrays, &job.family, &job.settings)?;
    let architecture = &imported.architecture;
    if let Some(classes) = job.class_names.as_ref().filter(|classes| classes.len() != architecture.n_outputs) {
        return Err(Error::input("--class-names", format!("{} names", classes.len()))
            .expected(format!("one for each of the {} outputs", architecture.n_outputs)));
    }
    let data = job.check.as_deref().map_or_else(|| NO_DATA.to_owned(), lasting);
    let request = Request::new(job.family.to_string(), data, job.recipe.clone());
    let network_name = architecture.name.clone();
    let printed = if job.json {
        let result = json!({
            "run": job.folder.display().to_string(), "network": request.network, "source": imported.source.name(),
            "inside": inside, "prefix": imported.prefix, "conventions": imported.conventions, "tensors": n_tensors,
            "by_order": imported.by_order, "normalisation": imported.normalisation.mean_std(),
            "input": architecture.input.to_string(), "n_outputs": architecture.n_outputs,
        });
        format!("{result}\n")
    } else {
        report(job, &imported, &inside, n_tensors)
    };
    // From here to the file, weights are handed on and not copied.
    let Imported { architecture, arrays, normalisation, .. } = imported;
    let state = Session::state_of(&request, architecture, &normalisation, job.class_names.as_deref())?;
    let tensors = arrays.into_iter().map(|(name, Array { shape, values })| (name, Tensor { shape, values })).collect();
    let folder = RunFolder::create(&job.folder, &request)?;
    folder.save(&Checkpoint { network: network_name, step: 0, validation_error: None, state, tensors }, KEPT)?;
    output::print(&printed)?;
    match &job.check {
        None => Ok(()),
        Some(_) => evaluate::run(&EvaluateJob {
            folder: job.folder.clone(),
            data: None,
            is_last: true,
            confusion: None,
            backend: Backend::Cpu,
            json: job.json,
        }),
    }
}

fn report(job: &ImportJob, imported: &Imported, inside: &str, n_tensors: usize) -> String {
    let Imported { architecture, normalisation, source, prefix, conventions, by_order, .. } = imported;
    let path = job.folder.display();
    let mut text = format!(
        "{path}: {} for {} and {} outputs, {n_tensors} tensors of {}\n",
        job.family,
        architecture.input,
        architecture.n_outputs,
        job.file.display()
    );
    let mut add = |line: String| text += &format!("  {line}\n");
    match by_order {
        None => add(format!("names of {}", source.name())),
        Some(_) => add("names mean nothing here: matched by order and shape (below)".to_owned()),
    }
    if !inside.is_empty() {
        add(format!("they were in `{inside}`"));
    }
    if !prefix.is_empty() {
        add(format!("without the prefix `{prefix}`"));
    }
    conventions.iter().for_each(|convention| add(convention.clone()));
    let channels = normalisation.mean_std();
    let list = |of: &dyn Fn(&(f64, f64)) -> f64| {
        channels.iter().map(|channel| format!("{:.3}", of(channel))).collect::<Vec<_>>().join(", ")
    };
    add(format!("images normalised by mean {} and standard deviation {}", list(&|c| c.0), list(&|c| c.1)));
    if let Some(table) = by_order {
        let widest = table.iter().map(|(theirs, _)| theirs.chars().count()).max().unwrap_or(0);
        table.iter().for_each(|(theirs, ours)| text += &format!("    {theirs:widest$}  {ours}\n"));
    }
    if job.check.is_none() {
        text += &format!("`skiplayer deep evaluate {path} --data DIR` says whether it is right.\n");
    }
    text
}
