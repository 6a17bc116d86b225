//! `skiplayer explain`: model and table in, what adds up to each prediction out.

use serde_json::{Value, json};
use skiplayer::explain::{Contribution, RowExplanations};
use skiplayer::{Error, Result};
use skiplayer_io::{OutputColumn, load_model, to_csv, write_atomic};

use crate::args::ExplainJob;
use crate::output::{self, Warnings};
use crate::predict::read_as_in_training;
use crate::render;

/// Rows on a terminal if nobody says which.
const FIRST_ROWS: usize = 3;

pub fn run(job: &ExplainJob) -> Result<()> {
    let file = load_model(&job.model)?;
    let data = read_as_in_training(&job.data, &job.read, &file)?;
    let warnings = Warnings::new(job.output.quiet);
    warnings.extend(&data.notes);
    let table = data.table.into_table()?;
    let n = table.n_rows();
    let is_for_people = job.csv.is_none() && !job.output.json;
    let rows = match &job.rows {
        Some(rows) => rows.clone(),
        None if is_for_people => (0..n.min(FIRST_ROWS)).collect(),
        None => (0..n).collect(),
    };
    let found = file.model.explain(&table, &rows)?;
    warnings.extend(&found.notes);
    let warnings = warnings.finish();
    if let Some(path) = &job.csv {
        write_atomic(path, to_csv(&columns(&found))?.as_bytes())?;
    }
    if job.output.json {
        return output::print_json(&to_json(&found, warnings)?);
    }
    match &job.csv {
        Some(_) if job.output.quiet => Ok(()),
        Some(path) => output::print(&format!("wrote the contributions of {} rows to {}\n", rows.len(), path.display())),
        None => output::print(&render::explained(&file, &table, &found)),
    }
}

/// One line a row and output.
fn columns(found: &RowExplanations) -> Vec<(String, OutputColumn)> {
    let n = found.rows.len();
    let several = found.outputs.len() > 1;
    let numbers = |of: &dyn Fn(usize, usize) -> f64| {
        OutputColumn::Numeric((0..n).flat_map(|i| (0..found.outputs.len()).map(move |o| of(o, i))).collect())
    };
    let texts = |of: &dyn Fn(usize, usize) -> String| {
        OutputColumn::Text((0..n).flat_map(|i| (0..found.outputs.len()).map(move |o| of(o, i))).collect())
    };
    let mut columns = vec![("row".to_owned(), numbers(&|_, i| (found.rows[i] + 1) as f64))];
    if several {
        columns.push(("output".to_owned(), texts(&|o, _| found.outputs[o].output.clone().unwrap_or_default())));
    }
    columns.push(("prediction".to_owned(), numbers(&|o, i| found.outputs[o].prediction[i])));
    columns.push(("linear_predictor".to_owned(), numbers(&|o, i| found.outputs[o].linear_predictor[i])));
    columns.push(("baseline".to_owned(), numbers(&|o, _| found.outputs[o].baseline)));
    // A unit may serve some outputs only: it adds nothing to the others.
    let value = |parts: &[Contribution], name: &str, i: usize| {
        parts.iter().find(|part| part.name == name).map_or(0.0, |part| part.values[i])
    };
    for name in names(found.outputs.iter().map(|output| &output.inputs[..])) {
        let of = |o: usize, i: usize| value(&found.outputs[o].inputs, &name, i);
        columns.push((format!("contribution_{name}"), numbers(&of)));
    }
    for name in names(found.outputs.iter().map(|output| &output.units[..])) {
        let of = |o: usize, i: usize| value(&found.outputs[o].units, &name, i);
        columns.push((format!("unit_{}", name.replace(' ', "_")), numbers(&of)));
    }
    let outside = |_: usize, i: usize| render::outside(found, found.rows[i]).join("; ");
    columns.push(("outside".to_owned(), texts(&outside)));
    columns
}

/// Names of all parts, in the order of appearance.
fn names<'a>(outputs: impl Iterator<Item = &'a [Contribution]>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for part in outputs.flatten() {
        if !names.contains(&part.name) {
            names.push(part.name.clone());
        }
    }
    names
}

/// As the library has it, but for rows counted from 1.
fn to_json(found: &RowExplanations, warnings: Vec<String>) -> Result<Value> {
    let mut result = serde_json::to_value(found).map_err(|error| Error::failure("--json", error.to_string()))?;
    result["rows"] = json!(found.rows.iter().map(|row| row + 1).collect::<Vec<_>>());
    for (cell, outside) in result["outside"].as_array_mut().into_iter().flatten().zip(&found.outside) {
        cell["row"] = json!(outside.row + 1);
    }
    result["warnings"] = json!(warnings);
    Ok(result)
}
