//! `skiplayer deep predict`: the classes of pictures, or of their pixels.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use skiplayer::{Error, Result};
use skiplayer_deep::backend::Backend;
use skiplayer_deep::data::Normalisation;
use skiplayer_deep::network::Network;
use skiplayer_deep::train::{Request, on_training_thread, output_names, predicted_masks, probabilities, trained};
use skiplayer_io::deep::{OtherSizes, RunFolder, list_pictures, read_pictures, write_mask};
use skiplayer_io::{OutputColumn, to_csv, write_atomic};

use super::training::{Kept, check_name, outcome};
use crate::output;

pub struct PredictJob {
    pub run: PathBuf,
    /// Files, or folders of them.
    pub pictures: Vec<PathBuf>,
    /// Classes that are listed for each picture.
    pub n_top: usize,
    /// Where masks go, of a network that tells the class of each pixel.
    pub masks: Option<PathBuf>,
    pub backend: Backend,
    /// `None`: to stdout.
    pub csv: Option<PathBuf>,
    pub json: bool,
}

pub fn run(job: &PredictJob) -> Result<()> {
    let subject = Subject::load(job)?;
    let job = &PredictJob {
        pictures: pictures_in(&job.pictures)?,
        masks: job.masks.clone(),
        csv: job.csv.clone(),
        run: job.run.clone(),
        ..*job
    };
    match (subject.network.architecture().output()?.positions(), &job.masks) {
        (1, None) => tell_pictures(job, &subject),
        (1, Some(_)) => Err(Error::input("--masks", format!("a run of {}", subject.request.network))
            .expected("a network that tells the class of each pixel, such as unet")),
        (_, Some(folder)) => tell_pixels(job, &subject, folder),
        (_, None) => Err(Error::input("deep predict", format!("{}, which tells a mask", subject.request.network))
            .expected("--masks DIR, the folder that masks are written to")),
    }
}

/// What tells.
struct Subject {
    request: Request,
    network: Network,
    normalisation: Normalisation,
    /// Of classes, where the checkpoint knows them.
    names: Option<Vec<String>>,
}

impl Subject {
    fn load(job: &PredictJob) -> Result<Self> {
        let folder = RunFolder::open(&job.run)?;
        let request: Request = folder.config()?;
        let place = job.run.display().to_string();
        let Some(Kept { network: name, state, arrays, .. }) = outcome(&folder)? else {
            return Err(Error::input(place, "no checkpoint").expected("a training that has finished an epoch"));
        };
        let names = output_names(&state);
        let (network, normalisation) = trained(state, arrays, &job.backend.device()?)?;
        let (input, n_outputs) = (network.architecture().input, network.architecture().n_outputs);
        check_name(&job.run, &name, &request.architecture_for(input, n_outputs)?)?;
        if input.positions() == 1 {
            return Err(Error::input(place, "a network for tables").expected("one for images"));
        }
        Ok(Self { request, network, normalisation, names })
    }

    fn name(&self, class: usize) -> String {
        self.names.as_ref().and_then(|names| names.get(class).cloned()).unwrap_or_else(|| class.to_string())
    }
}

fn tell_pictures(job: &PredictJob, subject: &Subject) -> Result<()> {
    let Subject { network, normalisation, .. } = subject;
    let images =
        read_pictures(&job.pictures, network.architecture().input, OtherSizes::Fitted(subject.request.pictures.fit))?;
    let shares = on_training_thread(|| probabilities(network, &images, normalisation))?;
    let ranked: Vec<Vec<(String, f64)>> = shares
        .iter()
        .map(|row| {
            let mut all: Vec<(usize, f64)> = row.iter().copied().enumerate().collect();
            all.sort_by(|a, b| b.1.total_cmp(&a.1));
            all.into_iter().map(|(k, p)| (subject.name(k), p)).collect()
        })
        .collect();
    let files = shown(&job.pictures);
    if job.json {
        let rows = files.iter().zip(&ranked).map(|(file, ranked)| {
            let all: Map<_, _> = ranked.iter().map(|(class, p)| (class.clone(), json!(p))).collect();
            let (class, probability) = ranked.first().cloned().unwrap_or((String::new(), f64::NAN));
            let top: Vec<&String> = ranked.iter().take(job.n_top).map(|(class, _)| class).collect();
            json!({ "image": file, "class": class, "probability": probability, "top": top, "probabilities": all })
        });
        return output::print_json(&json!({ "predictions": rows.collect::<Vec<_>>() }));
    }
    let mut columns = vec![("image".to_owned(), OutputColumn::Text(files))];
    for k in 0..job.n_top.min(network.architecture().n_outputs) {
        let place = if k == 0 { String::new() } else { format!("_{}", k + 1) };
        let at = |row: &Vec<(String, f64)>| row.get(k).cloned().unwrap_or((String::new(), f64::NAN));
        let (classes, probabilities) = ranked.iter().map(at).unzip();
        columns.push((format!("class{place}"), OutputColumn::Text(classes)));
        columns.push((format!("probability{place}"), OutputColumn::Numeric(probabilities)));
    }
    hand_out(job, &columns)
}

/// The pictures at `paths`, those of folders in the order of their names.
fn pictures_in(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut pictures = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => pictures.extend(list_pictures(path)?),
            false => pictures.push(path.clone()),
        }
    }
    Ok(pictures)
}

fn tell_pixels(job: &PredictJob, subject: &Subject, folder: &Path) -> Result<()> {
    let Subject { network, normalisation, .. } = subject;
    let shape = network.architecture().input;
    let paths = mask_paths(&job.pictures, folder)?;
    // A mask of a picture that was scaled and cut would lie on no picture.
    let images = read_pictures(&job.pictures, shape, OtherSizes::Refused)?;
    let predicted = on_training_thread(|| predicted_masks(network, &images, normalisation))?;
    let n_positions = shape.positions() as usize;
    let mut rows = Vec::new();
    for ((picture, path), mask) in job.pictures.iter().zip(&paths).zip(predicted.chunks_exact(n_positions)) {
        write_mask(path, shape, mask)?;
        let mut counts = BTreeMap::new();
        mask.iter().for_each(|&class| *counts.entry(class).or_insert(0) += 1);
        let share = |(class, n): (u16, usize)| (subject.name(class.into()), json!(n as f64 / n_positions as f64));
        let shares: Map<String, Value> = counts.into_iter().map(share).collect();
        rows.push(json!({
            "image": picture.display().to_string(), "mask": path.display().to_string(), "shares": shares,
        }));
    }
    if job.json {
        return output::print_json(&json!({ "predictions": rows }));
    }
    hand_out(
        job,
        &[
            ("image".to_owned(), OutputColumn::Text(shown(&job.pictures))),
            ("mask".to_owned(), OutputColumn::Text(shown(&paths))),
        ],
    )
}

/// Where the mask of each picture goes: into `folder`, under the picture's name.
fn mask_paths(pictures: &[PathBuf], folder: &Path) -> Result<Vec<PathBuf>> {
    let mut taken: BTreeMap<PathBuf, &PathBuf> = BTreeMap::new();
    let mut paths = Vec::new();
    for picture in pictures {
        let stem = picture.file_stem().unwrap_or_default().to_string_lossy();
        let path = folder.join(format!("{stem}.png"));
        if same_file(&path, picture) {
            return Err(Error::input("--masks", format!("the folder of {}", picture.display()))
                .expected("another one: the mask would take the place of the picture"));
        }
        if let Some(other) = taken.insert(path.clone(), picture) {
            return Err(Error::input(picture.display().to_string(), format!("the name of {} too", other.display()))
                .expected("pictures of different names, as their masks are named after them"));
        }
        paths.push(path);
    }
    Ok(paths)
}

fn same_file(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn shown(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.display().to_string()).collect()
}

fn hand_out(job: &PredictJob, columns: &[(String, OutputColumn)]) -> Result<()> {
    let csv = to_csv(columns)?;
    match &job.csv {
        Some(path) => write_atomic(path, csv.as_bytes()),
        None => output::print(&csv),
    }
}
