//! `skiplayer predict`

use serde_json::{Map, Value, json};
use skiplayer::{Error, PredictedColumn, Result};
use skiplayer_io::{OutputColumn, ReadOptions, load_model, read_table, to_csv, write_atomic};

use crate::args::PredictArgs;
use crate::render;

/// Reads model and table, writes predictions.
pub fn run(args: &PredictArgs) -> Result<()> {
    let file = load_model(&args.model)?;
    let table = read_table(&args.file, &ReadOptions::default())?;
    let (predictions, messages) = file.model.predict(&table.table)?;
    if !args.quiet {
        render::warnings(&messages);
    }
    if args.json {
        let mut object = Map::new();
        for (name, column) in &predictions.columns {
            object.insert(
                name.clone(),
                match column {
                    PredictedColumn::Numbers(values) => json!(values),
                    PredictedColumn::Labels { codes, classes } => codes.iter().map(|&c| json!(classes[c])).collect(),
                },
            );
        }
        object.insert("warnings".into(), json!(messages));
        let text =
            serde_json::to_string(&Value::Object(object)).map_err(|e| Error::failure("--json", e.to_string()))?;
        return render::print(&(text + "\n"));
    }
    let columns: Vec<(String, OutputColumn)> = predictions
        .columns
        .into_iter()
        .map(|(name, column)| {
            let column = match column {
                PredictedColumn::Numbers(values) => OutputColumn::Numeric(values),
                PredictedColumn::Labels { codes, classes } => {
                    OutputColumn::Text(codes.iter().map(|&c| classes[c].clone()).collect())
                }
            };
            (name, column)
        })
        .collect();
    let csv = to_csv(&columns)?;
    match &args.output {
        Some(path) => write_atomic(path, csv.as_bytes()),
        None => render::print(&csv),
    }
}
