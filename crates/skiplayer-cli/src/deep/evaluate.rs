//! `skiplayer deep evaluate`: the error of a trained network on test examples; of one for masks how well classes overlap too.

use std::path::PathBuf;

use serde_json::json;
use skiplayer::Result;
use skiplayer_deep::backend::Backend;
use skiplayer_deep::network::Pass;
use skiplayer_deep::train::{Confusion, on_training_thread, score};

use super::training::load;
use crate::output;
use crate::render::{number, percent};

/// Classes that are listed with their errors.
const SHOWN: usize = 10;

pub struct EvaluateJob {
    pub folder: PathBuf,
    pub data: Option<String>,
    pub backend: Backend,
    pub json: bool,
}

pub fn run(job: &EvaluateJob) -> Result<()> {
    let trained = load(&job.folder, job.data.as_deref(), job.backend)?;
    let tested = trained.data.test.as_ref().unwrap_or(&trained.data.train);
    let score = on_training_thread(|| {
        score(&trained.network, tested, &trained.normalisation, &tested.indices(), Pass::EVALUATION)
    })?;
    if job.json {
        let mut record = json!({
            "network": trained.request.network, "data": trained.request.data, "step": trained.step,
            tested.word(): tested.len(), "loss": score.loss, "error": score.error(), "error_interval": score.error_interval(), "correct": score.n_correct,
        });
        if let Some(confusion) = score.confusion.as_ref().filter(|_| !score.is_map) {
            let classes = tested.output_names().iter().zip(confusion.errors());
            record["classes"] =
                classes.map(|(class, (n, n_wrong))| (class.clone(), json!({ "n": n, "wrong": n_wrong }))).collect();
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
    let which =
        if trained.data.test.is_some() { format!("test {word}") } else { format!("{word}, which were trained on") };
    let found = match score.n_correct {
        Some(_) if score.is_map => format!(
            "{} of the pixels wrong, mean intersection over union {}, loss {} ({} pixels of {} {which})",
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
                "error {}, 95% {} to {} ({wrong} of {} {which} wrong), loss {}",
                percent(score.error()),
                percent(lo),
                percent(hi),
                score.n,
                number(score.loss)
            )
        }
        None => format!("mean squared error {} of the variance ({} {which})", number(score.error()), score.n),
    };
    let mistakes =
        score.confusion.as_ref().filter(|_| !score.is_map).map(|confusion| by_class(confusion, tested.output_names()));
    let mistakes = mistakes.unwrap_or_default();
    output::print(&format!("{} after {} steps: {found}\n{mistakes}", trained.request.network, trained.step))
}

/// Errors of the classes, of which the worst come first, and what they are taken for most often.
fn by_class(confusion: &Confusion, names: &[String]) -> String {
    let mut classes: Vec<(&String, u64, u64)> =
        names.iter().zip(confusion.errors()).map(|(name, (n, n_wrong))| (name, n, n_wrong)).collect();
    classes.retain(|(_, _, n_wrong)| *n_wrong > 0);
    classes.sort_by(|a, b| (b.2 as f64 / b.1 as f64).total_cmp(&(a.2 as f64 / a.1 as f64)));
    let n_more = classes.len().saturating_sub(SHOWN);
    let mut lines: Vec<String> = classes
        .into_iter()
        .take(SHOWN)
        .map(|(name, n, n_wrong)| format!("  {name}: {} ({n_wrong} of {n})", percent(n_wrong as f64 / n as f64)))
        .collect();
    if n_more > 0 {
        lines.push(format!("  and {n_more} more classes; `--json` has all of them"));
    }
    let mistakes = confusion.mistakes().into_iter().take(SHOWN / 2);
    lines.extend(
        mistakes.map(|(right, predicted, n)| format!("  {} taken for {}: {n}", names[right], names[predicted])),
    );
    lines.into_iter().map(|line| line + "\n").collect()
}
