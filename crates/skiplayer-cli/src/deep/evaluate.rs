//! `skiplayer deep evaluate`: the error of a trained network on test images.

use std::path::PathBuf;

use burn::tensor::Device;
use serde_json::json;
use skiplayer::{Error, Result};
use skiplayer_deep::train::{Request, on_training_thread, score, trained};
use skiplayer_io::{ImageOptions, RunFolder, read_data_set};

use super::train::{Kept, checkpoint};
use crate::output;
use crate::render::{number, percent};

pub struct EvaluateJob {
    pub folder: PathBuf,
    pub data: Option<String>,
    pub json: bool,
}

pub fn run(job: &EvaluateJob) -> Result<()> {
    let folder = RunFolder::open(&job.folder)?;
    let request: Request = folder.config()?;
    let source = job.data.as_ref().unwrap_or(&request.data);
    let data = read_data_set(source.as_ref(), &ImageOptions::default())?;
    let Some(Kept { step, state, arrays }) = checkpoint(&folder)? else {
        return Err(Error::input(folder.path().display().to_string(), "no checkpoint")
            .expected("a training that has finished an epoch")
            .hint(format!("`skiplayer deep train --resume {}` begins it", folder.path().display())));
    };
    let images = data.test.as_ref().unwrap_or(&data.train);
    let score = on_training_thread(|| {
        let (network, normalisation) = trained(state, arrays, &Device::flex())?;
        score(&network, images, &normalisation)
    })?;
    if job.json {
        return output::print_json(&json!({
            "network": request.network, "data": source, "step": step, "images": score.n,
            "loss": score.loss, "error": score.error(), "correct": score.n_correct,
        }));
    }
    let which = if data.test.is_some() { "test images" } else { "images, which were trained on" };
    output::print(&format!(
        "{} after {step} steps: error {} ({} of {} {which} wrong), loss {}\n",
        request.network,
        percent(score.error()),
        score.n - score.n_correct,
        score.n,
        number(score.loss)
    ))
}
