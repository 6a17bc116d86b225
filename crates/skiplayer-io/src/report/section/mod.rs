//! The sections of a report: each answers one question, or has nothing to say and is left out.

mod coefficients;
mod comparison;
mod curvature;
mod data;
mod diagnostics;
mod effects;
mod formulas;
mod intervals;
mod path;
mod provenance;
mod restarts;
mod survival;
mod verdict;

use super::ReportInput;
use super::html::Html;
use skiplayer::error::Message;

pub use verdict::verdict;

/// A part of the page.
pub struct Section {
    /// Of the anchor.
    pub id: &'static str,
    pub title: &'static str,
    pub body: Html,
}

/// Those that have something to say, in reading order.
pub fn all(input: &ReportInput) -> Vec<Section> {
    [
        comparison::section(input),
        curvature::section(input),
        effects::section(input),
        coefficients::section(input),
        formulas::section(input),
        survival::section(input),
        diagnostics::section(input),
        intervals::section(input),
        path::section(input),
        restarts::section(input),
        data::section(input),
        provenance::section(input),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Everything that a reader should be warned of, once.
fn warnings(input: &ReportInput) -> Vec<String> {
    let evaluated = input.evaluation.map(|evaluation| &evaluation.warnings[..]).unwrap_or_default();
    let mut warnings: Vec<String> = Vec::new();
    let spelled = |message: &Message| message.spelled(input.spelling).to_string();
    let typed = evaluated.iter().chain(&input.file.summary.warnings).map(spelled);
    for warning in typed.chain(input.file.model.explanation.notes.iter().cloned()) {
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }
    warnings
}
