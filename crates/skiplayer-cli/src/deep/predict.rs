//! `skiplayer deep predict`: the classes of pictures.

use std::path::PathBuf;

use serde_json::json;
use skiplayer::{Error, Result};
use skiplayer_deep::backend::Backend;
use skiplayer_deep::train::{on_training_thread, output_names, probabilities, trained};
use skiplayer_io::{OutputColumn, RunFolder, read_pictures, to_csv, write_atomic};

use super::training::{Kept, outcome};
use crate::output;

pub struct PredictJob {
    pub run: PathBuf,
    pub pictures: Vec<PathBuf>,
    pub backend: Backend,
    /// `None`: to stdout.
    pub csv: Option<PathBuf>,
    pub json: bool,
}

pub fn run(job: &PredictJob) -> Result<()> {
    let folder = RunFolder::open(&job.run)?;
    let place = job.run.display().to_string();
    let Some(Kept { state, arrays, .. }) = outcome(&folder)? else {
        return Err(Error::input(place, "no checkpoint").expected("a training that has finished an epoch"));
    };
    let names = output_names(&state);
    let (network, normalisation) = trained(state, arrays, &job.backend.device()?)?;
    let shape = network.architecture().input;
    if shape.positions() == 1 {
        return Err(Error::input(place, "a network for tables").expected("one for images"));
    }
    let images = read_pictures(&job.pictures, shape)?;
    let shares = on_training_thread(|| probabilities(&network, &images, &normalisation))?;
    let name = |k: usize| names.as_ref().and_then(|names| names.get(k).cloned()).unwrap_or_else(|| k.to_string());
    let best: Vec<(String, f64)> = shares
        .iter()
        .map(|row| {
            let largest = row.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
            largest.map_or((String::new(), f64::NAN), |(k, p)| (name(k), p))
        })
        .collect();
    let files: Vec<String> = job.pictures.iter().map(|path| path.display().to_string()).collect();
    if job.json {
        let rows = files.iter().zip(&best).zip(&shares).map(|((file, (class, probability)), row)| {
            let all: serde_json::Map<_, _> = row.iter().enumerate().map(|(k, p)| (name(k), json!(p))).collect();
            json!({ "image": file, "class": class, "probability": probability, "probabilities": all })
        });
        return output::print_json(&json!({ "predictions": rows.collect::<Vec<_>>() }));
    }
    let (classes, probabilities) = best.into_iter().unzip();
    let csv = to_csv(&[
        ("image".to_owned(), OutputColumn::Text(files)),
        ("class".to_owned(), OutputColumn::Text(classes)),
        ("probability".to_owned(), OutputColumn::Numeric(probabilities)),
    ])?;
    match &job.csv {
        Some(path) => write_atomic(path, csv.as_bytes()),
        None => output::print(&csv),
    }
}
