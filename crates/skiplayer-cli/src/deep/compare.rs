//! `skiplayer deep compare`: networks by one recipe, beside each other.

use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::json;
use skiplayer::Result;
use skiplayer_deep::analysis::degradation::trends;
use skiplayer_deep::describe::cost::Cost;
use skiplayer_deep::describe::family::Family;
use skiplayer_deep::train::on_training_thread;
use skiplayer_io::deep::{StudyReport, write_study};

use super::degrade::{Start, carry_out};
use super::training::read;
use crate::output::{self, Label, complain};
use crate::render;

pub struct CompareJob {
    pub start: Start,
    pub equal: Option<Equal>,
    pub report: Option<PathBuf>,
    pub quiet: bool,
    pub json: bool,
}

/// In what all networks are brought near to the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Equal {
    Parameters,
    MultiplyAdds,
}

pub fn run(job: &CompareJob) -> Result<()> {
    on_training_thread(|| {
        let start = match (&job.start, job.equal) {
            (start, None) => start.clone(),
            (start, Some(equal)) => brought_near(start, equal)?,
        };
        let (study, is_over) = carry_out(&start, job.quiet || job.json)?;
        let outcomes = study.outcomes()?;
        let first = &study.planned()[0].request;
        let data = read(first)?;
        let training_bytes = |name: &str| {
            let request = study.planned().iter().find(|planned| planned.request.network == name)?;
            let cost = request.request.architecture(&data.train).and_then(|network| network.cost()).ok()?;
            Some(cost.training_bytes())
        };
        if let Some(path) = &job.report {
            let curves = study.curves()?;
            let verdict = "Networks by one recipe, beside each other.";
            let trends = trends(&outcomes);
            let (outcomes, trends, curves, data) = (&outcomes, &trends, &curves, &first.data);
            write_study(path, &StudyReport { is_about_depth: false, verdict, data, outcomes, trends, curves })?;
        }
        if job.json {
            return output::print_json(&json!({
                "study": study.path().display().to_string(), "finished": is_over, "outcomes": outcomes,
            }));
        }
        if !job.quiet && !outcomes.is_empty() {
            output::print(&render::comparison(&outcomes, &training_bytes, &first.recipe))?;
        }
        if !is_over {
            let path = study.path().display();
            complain(Label::Warning, &format!("stopped; `skiplayer deep compare --resume {path}` goes on"));
        }
        Ok(())
    })
}

/// The same networks at depths where they cost what the first one costs.
fn brought_near(start: &Start, equal: Equal) -> Result<Start> {
    let mut start = start.clone();
    let Start::New { planned, .. } = &mut start else { return Ok(start) };
    let Some(first) = planned.first() else { return Ok(start) };
    let data = read(&first.request)?;
    let measure = |cost: &Cost| match equal {
        Equal::Parameters => cost.n_parameters,
        Equal::MultiplyAdds => cost.multiply_adds,
    };
    let wanted = measure(&first.request.architecture(&data.train)?.cost()?);
    let leader = first.request.network.clone();
    for planned in planned.iter_mut().filter(|planned| planned.request.network != leader) {
        let family: Family = planned.request.network.parse()?;
        let near = family.resized(data.train.shape(), data.train.n_outputs(), wanted, measure)?;
        planned.request.network = near.to_string();
        planned.family = near.to_string();
    }
    Ok(start)
}
