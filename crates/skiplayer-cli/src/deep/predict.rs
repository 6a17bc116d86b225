//! `skiplayer deep predict`: the classes of pictures, or of their pixels.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use skiplayer::{Error, Result};
use skiplayer_deep::analysis::activation_map::activation_maps;
use skiplayer_deep::backend::Backend;
use skiplayer_deep::data::{Images, Normalisation};
use skiplayer_deep::network::Network;
use skiplayer_deep::train::{
    Request, encoding, on_training_thread, output_names, predicted_masks, probabilities, trained,
};
use skiplayer_io::deep::{OtherSizes, RunFolder, list_pictures, read_pictures, write_heat_map, write_mask};
use skiplayer_io::{OutputColumn, to_csv, write_atomic};

use super::training::{Kept, check_name, outcome};
use crate::output;

pub struct PredictJob {
    pub run: PathBuf,
    /// Files, or folders of them.
    pub pictures: Vec<PathBuf>,
    /// Classes that are listed for each picture.
    pub n_top: usize,
    /// Where masks go, of a network that predicts the class of each pixel.
    pub masks: Option<PathBuf>,
    /// Where pictures go that show where a network sees the class that it predicts.
    pub maps: Option<PathBuf>,
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
        maps: job.maps.clone(),
        csv: job.csv.clone(),
        run: job.run.clone(),
        ..*job
    };
    match (subject.network.architecture().output()?.positions(), &job.masks) {
        (1, None) => predict_pictures(job, &subject),
        (1, Some(_)) => Err(Error::input("--masks", format!("a run of {}", subject.request.network))
            .expected("a network that predicts the class of each pixel, such as unet")),
        (_, Some(folder)) => predict_pixels(job, &subject, folder),
        (_, None) => Err(Error::input("deep predict", format!("{}, which predicts a mask", subject.request.network))
            .expected("--masks DIR, the folder that masks are written to")),
    }
}

/// What predicts.
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
        let (names, is_table) = (output_names(&state), encoding(&state).is_some());
        let (network, normalisation) = trained(state, arrays, &job.backend.device()?)?;
        let (input, n_outputs) = (network.architecture().input, network.architecture().n_outputs);
        check_name(&job.run, &name, &request.architecture_for(input, n_outputs)?)?;
        if is_table {
            return Err(Error::input(place, "a network for tables").expected("one for images"));
        }
        Ok(Self { request, network, normalisation, names })
    }

    fn name(&self, class: usize) -> String {
        self.names.as_ref().and_then(|names| names.get(class).cloned()).unwrap_or_else(|| class.to_string())
    }
}

fn predict_pictures(job: &PredictJob, subject: &Subject) -> Result<()> {
    let Subject { network, normalisation, .. } = subject;
    let images =
        read_pictures(&job.pictures, network.architecture().input, OtherSizes::Fitted(subject.request.pictures.fit))?;
    let shares = on_training_thread(|| probabilities(network, &images, normalisation))?;
    let order = |row: &Vec<f64>| {
        let mut all: Vec<(usize, f64)> = row.iter().copied().enumerate().collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all
    };
    let ranked: Vec<Vec<(usize, f64)>> = shares.iter().map(order).collect();
    let likeliest: Vec<usize> = ranked.iter().filter_map(|row| row.first()).map(|(k, _)| *k).collect();
    let maps = job.maps.as_deref().map(|folder| write_maps(job, subject, &images, &likeliest, folder)).transpose()?;
    let named = |row: &Vec<(usize, f64)>| row.iter().map(|(k, p)| (subject.name(*k), *p)).collect();
    let ranked: Vec<Vec<(String, f64)>> = ranked.iter().map(named).collect();
    let files = shown(&job.pictures);
    if job.json {
        let rows = files.iter().zip(&ranked).enumerate().map(|(i, (file, ranked))| {
            let all: Map<_, _> = ranked.iter().map(|(class, p)| (class.clone(), json!(p))).collect();
            let (class, probability) = ranked.first().cloned().unwrap_or((String::new(), f64::NAN));
            let top: Vec<&String> = ranked.iter().take(job.n_top).map(|(class, _)| class).collect();
            let mut row =
                json!({ "image": file, "class": class, "probability": probability, "top": top, "probabilities": all });
            if let Some(maps) = &maps {
                row["map"] = json!(maps[i]);
            }
            row
        });
        let rows: Vec<Value> = rows.collect();
        return output::print_json(&json!({ "run": job.run.display().to_string(), "predictions": rows }));
    }
    let mut columns = vec![("image".to_owned(), OutputColumn::Text(files))];
    for k in 0..job.n_top.min(network.architecture().n_outputs) {
        let place = if k == 0 { String::new() } else { format!("_{}", k + 1) };
        let at = |row: &Vec<(String, f64)>| row.get(k).cloned().unwrap_or((String::new(), f64::NAN));
        let (classes, probabilities) = ranked.iter().map(at).unzip();
        columns.push((format!("class{place}"), OutputColumn::Text(classes)));
        columns.push((format!("probability{place}"), OutputColumn::Numeric(probabilities)));
    }
    columns.extend(maps.map(|maps| ("map".to_owned(), OutputColumn::Text(maps))));
    hand_out(job, &columns)
}

/// Writes where in each picture the network sees the class that it predicts there; the files.
fn write_maps(
    job: &PredictJob,
    subject: &Subject,
    images: &Images,
    classes: &[usize],
    folder: &Path,
) -> Result<Vec<String>> {
    let Subject { network, normalisation, .. } = subject;
    let paths = written_paths(&job.pictures, folder, "--maps")?;
    let maps = on_training_thread(|| activation_maps(network, images, normalisation, classes))?;
    for ((i, path), map) in images.indices().into_iter().zip(&paths).zip(&maps) {
        write_heat_map(path, images.image(i), images.shape(), [map.height, map.width], &map.values)?;
    }
    Ok(shown(&paths))
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

fn predict_pixels(job: &PredictJob, subject: &Subject, folder: &Path) -> Result<()> {
    let Subject { network, normalisation, .. } = subject;
    let shape = network.architecture().input;
    let paths = written_paths(&job.pictures, folder, "--masks")?;
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

/// Where what is made of each picture goes: into `folder`, which `option` names, under the picture's name.
fn written_paths(pictures: &[PathBuf], folder: &Path, option: &str) -> Result<Vec<PathBuf>> {
    let mut taken: BTreeMap<PathBuf, &PathBuf> = BTreeMap::new();
    let mut paths = Vec::new();
    for picture in pictures {
        let stem = picture.file_stem().unwrap_or_default().to_string_lossy();
        let path = folder.join(format!("{stem}.png"));
        if same_file(&path, picture) {
            return Err(Error::input(option, format!("the folder of {}", picture.display()))
                .expected("another one: what is written would take the place of the picture"));
        }
        if let Some(other) = taken.insert(path.clone(), picture) {
            return Err(Error::input(picture.display().to_string(), format!("the name of {} too", other.display()))
                .expected("pictures of different names, as what is written is named after them"));
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
