//! `skiplayer deep evaluate`: the error of a trained network on test examples; of one for masks how well classes overlap too.

use std::path::PathBuf;

use serde_json::json;
use skiplayer::{Error, Result};
use skiplayer_deep::backend::Backend;
use skiplayer_deep::network::Pass;
use skiplayer_deep::train::{Confusion, on_training_thread, score};
use skiplayer_io::deep::RunFolder;
use skiplayer_io::{OutputColumn, to_csv, write_atomic};

use super::training::{Which, is_learned_from, load_checkpoint};
use crate::output;
use crate::render::{self, number, percent};

pub struct EvaluateJob {
    pub folder: PathBuf,
    pub data: Option<String>,
    /// Whether the newest checkpoint is judged, and not the one that validation chose.
    pub is_last: bool,
    /// Where the matrix of what classes are taken for goes.
    pub confusion: Option<PathBuf>,
    pub backend: Backend,
    pub json: bool,
}

pub fn run(job: &EvaluateJob) -> Result<()> {
    let which = if job.is_last { Which::Last } else { Which::Best };
    let trained = load_checkpoint(&job.folder, which, job.data.as_deref(), job.backend)?;
    let tested = trained.data.test.as_ref().unwrap_or(&trained.data.train);
    let score = on_training_thread(|| {
        score(&trained.network, tested, &trained.normalisation, &tested.indices(), Pass::EVALUATION)
    })?;
    let classes = score.confusion.as_ref().filter(|_| !score.is_map);
    if let Some(path) = &job.confusion {
        let Some(confusion) = classes else {
            return Err(Error::input("--confusion", "a network that predicts no class of each example")
                .expected("one that does"));
        };
        write_atomic(path, matrix(confusion, tested.output_names())?.as_bytes())?;
    }
    if job.json {
        let mut record = json!({
            "run": job.folder.display().to_string(), "network": trained.request.network, "data": trained.request.data, "step": trained.step,
            tested.word(): tested.len(), "loss": score.loss, "error": score.error(), "error_interval": score.error_interval(), "correct": score.n_correct,
        });
        if let Some(confusion) = classes {
            let errors = tested.output_names().iter().zip(confusion.errors());
            record["classes"] =
                errors.map(|(class, (n, n_wrong))| (class.clone(), json!({ "n": n, "wrong": n_wrong }))).collect();
            record["confusion"] = json!(confusion.rows().collect::<Vec<_>>());
        }
        if let Some(confusion) = score.confusion.as_ref().filter(|_| score.is_map) {
            let overlaps = tested.output_names().iter().cloned().zip(confusion.overlaps());
            record["pixels"] = score.n.into();
            record["mean_iou"] = json!(confusion.mean_overlap());
            record["iou"] = overlaps.map(|(class, overlap)| (class, json!(overlap))).collect();
        }
        return output::print_json(&record);
    }
    let word = tested.word();
    let which = if trained.data.test.is_some() { format!("test {word}") } else { word.to_owned() };
    let seen = if is_learned_from(&RunFolder::open(&job.folder)?, tested) { "; it was trained on these" } else { "" };
    let found = match score.n_correct {
        Some(_) if score.is_map => format!(
            "{} of the pixels wrong, mean intersection over union {}, loss {} ({} pixels of {} {which}{seen})",
            percent(score.error()),
            number(score.mean_iou().unwrap_or(f64::NAN)),
            number(score.loss),
            score.n,
            tested.len()
        ),
        Some(n_correct) => {
            let wrong = score.n - n_correct;
            let (lo, hi) = score.error_interval().unwrap_or((f64::NAN, f64::NAN));
            format!(
                "error {}, 95% {} to {} ({wrong} of {} {which} wrong{seen}), loss {}",
                percent(score.error()),
                percent(lo),
                percent(hi),
                score.n,
                number(score.loss)
            )
        }
        None => format!("mean squared error {} of the variance ({} {which}{seen})", number(score.error()), score.n),
    };
    let mistakes = classes.map(|confusion| render::confusion(confusion, tested.output_names())).unwrap_or_default();
    let (run, network, step) = (job.folder.display(), &trained.request.network, trained.step);
    output::print(&format!("{run}: {network} after {step} steps on {}: {found}\n{mistakes}", trained.data.name))
}

/// The matrix of what each class is taken for: a row for each right class.
fn matrix(confusion: &Confusion, names: &[String]) -> Result<String> {
    let mut columns = vec![("right".to_owned(), OutputColumn::Text(names.to_vec()))];
    for (k, name) in names.iter().enumerate() {
        let counts = confusion.rows().map(|row| row[k] as f64).collect();
        columns.push((name.clone(), OutputColumn::Numeric(counts)));
    }
    to_csv(&columns)
}
