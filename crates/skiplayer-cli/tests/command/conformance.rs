//! One model, three front ends: what the command writes, the library reads and predicts from, bit for bit.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use skiplayer::PredictedColumn;
use skiplayer_io::{ReadOptions, load_model, model_from_bytes, model_to_bytes, read_table};

use crate::run::*;

fn conformance() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance")
}

#[test]
fn the_library_predicts_what_the_command_predicts() {
    let cases: Vec<Value> =
        serde_json::from_str(&fs::read_to_string(conformance().join("cases.json")).unwrap()).unwrap();
    assert!(cases.len() >= 12);
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let table = case["table"].as_str().unwrap();
        let folder = Folder::with(table, fs::read(conformance().join(table)).unwrap());
        let mut args = vec!["fit", table, "--target", case["target"].as_str().unwrap(), "-q", "-o", "m.safetensors"];
        args.extend(["--folds", "3", "--repeats", "1"]);
        args.extend(case["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()));
        for (role, option) in
            [("group", "--group"), ("weight", "--weight"), ("event", "--event"), ("strata", "--strata")]
        {
            args.extend(case[role].as_str().into_iter().flat_map(|column| [option, column]));
        }
        folder.run(&args).ok();
        let told = folder.run(&["predict", "m.safetensors", table, "--json"]).json();

        let file = load_model(&folder.path("m.safetensors")).unwrap();
        assert_eq!(model_from_bytes(&model_to_bytes(&file).unwrap()).unwrap(), file, "{name}");
        let data = read_table(&folder.path(table), &ReadOptions::default()).unwrap();
        let predictions = file.model.predict(&data.table).unwrap();
        let mut n_compared = 0;
        for (column, values) in predictions.columns() {
            if let PredictedColumn::Numbers(values) = values {
                assert_eq!(told[&column], serde_json::json!(values), "{name}: {column}");
                n_compared += values.len();
            }
        }
        assert!(n_compared >= data.table.n_rows(), "{name}");
    }
}
