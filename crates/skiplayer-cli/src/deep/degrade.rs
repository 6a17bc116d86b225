//! `skiplayer deep degrade`: does the training error rise with depth, and do skips change that?

use std::path::PathBuf;

use serde_json::json;
use skiplayer::{Error, Result};
use skiplayer_deep::analysis::degradation::{Finding, Planned, Trend, trends};
use skiplayer_deep::train::on_training_thread;
use skiplayer_io::deep::{StudyReport, write_study};

use super::study::{Study, epochs_within, with_epochs};
use super::training::read;
use crate::output::{self, Label, complain};
use crate::render;

pub struct DegradeJob {
    pub start: Start,
    pub report: Option<PathBuf>,
    pub quiet: bool,
    pub json: bool,
}

#[derive(Clone)]
pub enum Start {
    /// `minutes`: for all trainings together; the recipe has the epochs otherwise.
    New {
        planned: Vec<Planned>,
        folder: PathBuf,
        minutes: Option<f64>,
        suits: bool,
    },
    Resume {
        folder: PathBuf,
    },
}

pub fn run(job: &DegradeJob) -> Result<()> {
    on_training_thread(|| {
        let (study, is_over) = carry_out(&job.start, job.quiet || job.json)?;
        let outcomes = study.outcomes()?;
        let trends = trends(&outcomes);
        if let Some(path) = &job.report {
            let curves = study.curves()?;
            let text = verdict(&trends);
            let data = &study.planned()[0].request.data;
            let (outcomes, trends, curves) = (&outcomes, &trends, &curves);
            write_study(path, &StudyReport { is_about_depth: true, verdict: &text, data, outcomes, trends, curves })?;
        }
        if job.json {
            return output::print_json(&json!({
                "study": study.path().display().to_string(), "finished": is_over, "outcomes": outcomes, "trends": trends,
                "verdict": verdict(&trends),
            }));
        }
        if !job.quiet && !outcomes.is_empty() {
            let recipe = &study.planned()[0].request.recipe;
            output::print(&render::degradation(&trends, &outcomes, &verdict(&trends), recipe))?;
        }
        if !is_over {
            let path = study.path().display();
            complain(Label::Warning, &format!("stopped; `skiplayer deep degrade --resume {path}` goes on"));
        }
        Ok(())
    })
}

/// Begins or takes up a study, and trains; true if nothing is left to train.
pub fn carry_out(start: &Start, is_quiet: bool) -> Result<(Study, bool)> {
    let (study, data) = match start {
        Start::Resume { folder } => {
            let study = Study::open(folder)?;
            let data = read(&study.planned()[0].request)?;
            (study, data)
        }
        Start::New { planned, folder, minutes, suits } => {
            let mut planned = planned.clone();
            let first = planned.first().ok_or_else(|| Error::input("study", "no network").expected("at least one"))?;
            let data = read(&first.request)?;
            for Planned { request, .. } in &mut planned {
                if *suits {
                    request.recipe.augment = request.recipe.augment.suited(data.train.shape());
                }
                // All names and shapes are checked before the first training begins.
                request.architecture(&data.train)?.cost()?;
            }
            if let Some(minutes) = minutes {
                let epochs = epochs_within(*minutes, &planned, &data)?;
                planned = with_epochs(planned, epochs);
            }
            (Study::create(folder, planned)?, data)
        }
    };
    let is_over = study.run(&data, is_quiet)?;
    Ok((study, is_over))
}

/// What the study found, in words.
fn verdict(trends: &[Trend]) -> String {
    let sentences: Vec<String> = trends.iter().map(sentence).collect();
    sentences.join(" ")
}

fn sentence(trend: &Trend) -> String {
    let Trend { family, slope, interval, finding, .. } = trend;
    let points = |value: f64| format!("{:+.1}", 100.0 * value);
    let by = match interval {
        Some((lo, hi)) => {
            format!("{} points for each doubling, 95% {} to {}", points(*slope), points(*lo), points(*hi))
        }
        None => format!("{} points for each doubling", points(*slope)),
    };
    match finding {
        Finding::Degradation => format!("{family}: degradation, the training error rises with depth ({by})."),
        Finding::Improvement => format!("{family}: no degradation, the training error falls with depth ({by})."),
        Finding::NotShown => format!("{family}: degradation is not shown ({by})."),
        Finding::Inconclusive => format!("{family}: one seed or one depth shows nothing yet ({by})."),
    }
}
