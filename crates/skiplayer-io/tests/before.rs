//! Models of before columns had a meaning: they load, and predict the same bits.
//!
//! `fixtures/before` holds two models that the program of 0.1.0 wrote before, the tables that they were fitted to, and what it
//! predicted: a line on a Parquet file with dates, timestamps, times and durations, and a network with intervals on a CSV file
//! with gaps, categories of numbers and truth values.

use std::path::{Path, PathBuf};

use skiplayer::encode::{InputEncoding, Part};
use skiplayer::table::Meaning;
use skiplayer::{PredictedColumn, Predictions};
use skiplayer_io::{ModelFile, ReadOptions, load_model, read_table};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/before").join(name)
}

/// Columns of a file of predictions, each cell by its bits.
fn expected(name: &str) -> Vec<Vec<u64>> {
    let table = read_table(&fixture(name), &ReadOptions::default()).unwrap().table;
    let rows: Vec<usize> = (0..table.n_rows()).collect();
    let cells = |column| skiplayer::table::cell::as_numbers("prediction", column, &rows, |i| i.to_string()).unwrap();
    table.columns().iter().map(|column| cells(&column.values).iter().map(|v| v.to_bits()).collect()).collect()
}

fn bits(columns: &[(String, PredictedColumn)]) -> Vec<Vec<u64>> {
    let bits = |column: &PredictedColumn| match column {
        PredictedColumn::Numbers(numbers) => numbers.iter().map(|v| v.to_bits()).collect(),
        other => panic!("no numbers: {other:?}"),
    };
    columns.iter().map(|(_, column)| bits(column)).collect()
}

fn predictions(model: &str, data: &str) -> (ModelFile, skiplayer::table::Table, Predictions) {
    let file = load_model(&fixture(model)).unwrap();
    let categorical = file
        .model
        .encoding
        .inputs
        .iter()
        .filter(|input| input.name() == "code")
        .filter(|&input| matches!(input, InputEncoding::Categorical { .. }))
        .map(|_| "code".to_owned());
    let options = ReadOptions::default().with_categorical(categorical);
    let table = read_table(&fixture(data), &options).unwrap().table;
    let predictions = file.model.predict(&table).unwrap();
    (file, table, predictions)
}

#[test]
fn a_line_on_dates_and_times_predicts_the_same_bits() {
    let (file, table, predictions) = predictions("before_linear.safetensors", "before.parquet");
    assert_eq!(bits(&predictions.columns()), expected("linear_predictions.csv"));
    for input in &file.model.encoding.inputs {
        assert_eq!((&input.source().meaning, input.source().part), (&Meaning::Unstated, Part::Whole));
        assert_eq!(input.column(), input.name());
    }
    // What those columns are read as now.
    let meaning = |name: &str| table.column(name).unwrap().meaning.to_string();
    assert_eq!(
        ["day", "night", "at", "clock", "span", "flag"].map(meaning),
        ["dates", "dates", "timestamps without a time zone", "times of day", "durations", "truth values"]
    );
}

#[test]
fn a_network_and_its_intervals_predict_the_same_bits() {
    let (file, table, predictions) = predictions("before_units.safetensors", "before.csv");
    let intervals = file.intervals.as_ref().unwrap().predict(&file.model, &table, 0.8).unwrap().unwrap();
    let columns = [predictions.columns(), intervals.columns()].concat();
    assert_eq!(bits(&columns), expected("units_predictions.csv"));
}
