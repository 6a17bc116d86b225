//! Reads a file, fits it, asks whether a network predicts better than the line, and writes the model and a page of HTML.
//!
//!     cargo run --release -p skiplayer-io --example read_and_evaluate

use std::path::Path;

use skiplayer::Result;
use skiplayer::error::RustNames;
use skiplayer::evaluate::{EvaluationOptions, evaluate};
use skiplayer::explain::{Effects, EffectsOptions};
use skiplayer::fit::{Config, Fitted, Silent, fit};
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer_io::{
    ColumnSummary, ModelFile, Provenance, ReadOptions, ReportInput, read_table, save_model, write_report,
};

fn main() -> Result<()> {
    let path = Path::new("data/diabetes.csv");
    let read = read_table(path, &ReadOptions::default())?;
    read.notes.iter().for_each(|note| eprintln!("{note}"));
    let data = Dataset::new(&read.table, ColumnRoles::new("progression"))?;

    let config = Config::default();
    let Fitted { model, summary } = fit(&data, &config, &Silent)?;
    let (evaluation, intervals) = evaluate(&data, &config, &EvaluationOptions::default(), &Silent)?;
    println!("{}", evaluation.verdict.text);

    let effects = Effects::of(&model, &data, &EffectsOptions::default())?;
    let provenance = Provenance {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        seed: config.seed,
        options: config,
        data: path.display().to_string(),
        fingerprint: read.fingerprint,
        rows: data.table().n_rows(),
        reading: read.rules,
        members: Vec::new(),
    };
    let file = ModelFile { model, summary, provenance, evaluation: Some(evaluation), intervals, labels: None };
    save_model(Path::new("diabetes.safetensors"), &file)?;
    let columns: Vec<ColumnSummary> = data.table().columns().iter().map(ColumnSummary::of).collect();
    let page = ReportInput {
        file: &file,
        evaluation: file.evaluation.as_ref(),
        effects: &effects,
        command: "read_and_evaluate",
        columns: &columns,
        spelling: &RustNames,
    };
    write_report(Path::new("diabetes.html"), &page)
}
