//! `skiplayer deep evaluate`: the error of a trained network on test examples; of one for masks how well classes overlap too.

use std::path::PathBuf;

use serde_json::json;
use skiplayer::Result;
use skiplayer_deep::backend::Backend;
use skiplayer_deep::network::Pass;
use skiplayer_deep::train::{on_training_thread, score};

use super::training::load;
use crate::output;
use crate::render::{number, percent};

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
            tested.word(): tested.len(), "loss": score.loss, "error": score.error(), "correct": score.n_correct,
        });
        if let Some(confusion) = &score.confusion {
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
        Some(_) if score.confusion.is_some() => format!(
            "{} of the pixels wrong, mean intersection over union {}, loss {} ({} pixels of {} {which})",
            percent(score.error()),
            number(score.mean_iou().unwrap_or(f64::NAN)),
            number(score.loss),
            score.n,
            tested.len()
        ),
        Some(n_correct) => {
            let wrong = score.n - n_correct;
            format!(
                "error {} ({wrong} of {} {which} wrong), loss {}",
                percent(score.error()),
                score.n,
                number(score.loss)
            )
        }
        None => format!("mean squared error {} of the variance ({} {which})", number(score.error()), score.n),
    };
    output::print(&format!("{} after {} steps: {found}\n", trained.request.network, trained.step))
}
