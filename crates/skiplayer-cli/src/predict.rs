//! `skiplayer predict`: model and table in, predictions out.

use std::path::Path;

use skiplayer::data::{InputEncoding, Values};
use skiplayer::{Error, Model, PredictedColumn, Predictions, Result};
use skiplayer_io::{OutputColumn, ReadOptions, TableFile, load_model, read_table, to_csv, write_atomic};

use serde_json::{Map, Value, json};

use crate::args::PredictJob;
use crate::output::{self, Warnings};

pub fn run(job: &PredictJob) -> Result<()> {
    let file = load_model(&job.model)?;
    let model = &file.model;
    let data = read_as_in_training(&job.data, &job.read, model)?;
    let warnings = Warnings::new(job.output.quiet);
    warnings.extend(&data.notes);
    let (mut predictions, messages) = model.predict(&data.table)?;
    if let Some(level) = job.interval {
        let Some(intervals) = &file.intervals else {
            return Err(Error::input(format!("--interval with {}", job.model.display()), "a model without intervals")
                .expected("a model that was evaluated")
                .hint("fit it again without `--no-evaluate`"));
        };
        predictions.columns.extend(model.predict_interval(intervals, &data.table, level)?);
    }
    warnings.extend(&messages);
    let warnings = warnings.finish();

    if job.csv.is_some() || !job.output.json {
        let csv = to_csv(&columns(&predictions))?;
        match &job.csv {
            Some(path) => write_atomic(path, csv.as_bytes())?,
            None => output::print(&csv)?,
        }
    }
    if job.output.json {
        let mut result = to_json(&predictions);
        result.insert("n_rows".to_owned(), json!(data.table.n_rows()));
        result.insert("warnings".to_owned(), json!(warnings));
        return output::print_json(&result.into());
    }
    match &job.csv {
        Some(path) if !job.output.quiet => {
            output::print(&format!("wrote {} predictions to {}\n", data.table.n_rows(), path.display()))
        }
        _ => Ok(()),
    }
}

/// Categories that look like numbers are read as the text that they were in training (`007`), if they are there at all.
pub fn read_as_in_training(path: &Path, options: &ReadOptions, model: &Model) -> Result<TableFile> {
    let data = read_table(path, options)?;
    let looks_numeric =
        |name: &str| data.table.column(name).is_some_and(|column| matches!(column.values, Values::Numeric(_)));
    let categorical: Vec<String> = model
        .encoding
        .inputs
        .iter()
        .filter(|input| matches!(input, InputEncoding::Categorical { .. }) && looks_numeric(input.name()))
        .map(|input| input.name().to_owned())
        .collect();
    if categorical.is_empty() {
        return Ok(data);
    }
    read_table(path, &ReadOptions { categorical, ..options.clone() })
}

fn columns(predictions: &Predictions) -> Vec<(String, OutputColumn)> {
    let cells = |column: &PredictedColumn| match column {
        PredictedColumn::Numbers(numbers) => OutputColumn::Numeric(numbers.clone()),
        PredictedColumn::Labels { codes, classes } => OutputColumn::Text(labels(codes, classes)),
        PredictedColumn::Text(texts) => OutputColumn::Text(texts.clone()),
    };
    predictions.columns.iter().map(|(name, column)| (name.clone(), cells(column))).collect()
}

/// One list a column.
fn to_json(predictions: &Predictions) -> Map<String, Value> {
    let cells = |column: &PredictedColumn| match column {
        PredictedColumn::Numbers(numbers) => json!(numbers),
        PredictedColumn::Labels { codes, classes } => json!(labels(codes, classes)),
        PredictedColumn::Text(texts) => json!(texts),
    };
    predictions.columns.iter().map(|(name, column)| (name.clone(), cells(column))).collect()
}

fn labels(codes: &[usize], classes: &[String]) -> Vec<String> {
    codes.iter().map(|&code| classes.get(code).cloned().unwrap_or_default()).collect()
}
