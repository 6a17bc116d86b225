//! Options as JSON objects: those that are named replace the defaults of the engine.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::{Map, Value, json};
use skiplayer::encode::Task;
use skiplayer::error::{Choices, Kind, Setting};
use skiplayer::evaluate::EvaluationOptions;
use skiplayer::evaluate::options::EVALUATION;
use skiplayer::fit::Config;
use skiplayer::fit::options::CONFIG;
use skiplayer::schema::ColumnRules;
use skiplayer_io::LabelKind;

use crate::spelling::parameter;

pub fn config(json: &str) -> PyResult<Config> {
    serde_json::to_value(Config::default())
        .and_then(|defaults| serde_json::from_value(replaced(defaults, serde_json::from_str(json)?)))
        .map_err(|error| PyValueError::new_err(format!("options of a fit: {error}")))
}

pub fn evaluation(json: &str) -> PyResult<EvaluationOptions> {
    serde_json::to_value(EvaluationOptions::default())
        .and_then(|defaults| serde_json::from_value(replaced(defaults, serde_json::from_str(json)?)))
        .map_err(|error| PyValueError::new_err(format!("options of an evaluation: {error}")))
}

pub fn rules(json: &str) -> PyResult<ColumnRules> {
    serde_json::from_str(json).map_err(|error| PyValueError::new_err(format!("rules of columns: {error}")))
}

pub fn task(name: &str) -> PyResult<Task> {
    serde_json::from_value(Value::from(name)).map_err(|error| PyValueError::new_err(format!("task: {error}")))
}

pub fn labels(name: &str) -> PyResult<LabelKind> {
    serde_json::from_value(Value::from(name)).map_err(|error| PyValueError::new_err(format!("labels: {error}")))
}

/// What a word stands for.
pub fn choice<T: Choices>(setting: &Setting, word: &str) -> PyResult<T> {
    T::from_name(word).ok_or_else(|| {
        let words: Vec<String> = T::CHOICES.iter().map(|choice| format!("{:?}", choice.name)).collect();
        PyValueError::new_err(format!("{}: found {word:?}, expected one of {}.", setting.name, words.join(", ")))
    })
}

fn replaced(mut defaults: Value, options: Map<String, Value>) -> Value {
    if let Value::Object(defaults) = &mut defaults {
        defaults.extend(options);
    }
    defaults
}

/// The tables of options as JSON: by Python's name, what each parameter takes and what it is if it is left out.
#[pyfunction]
pub fn settings() -> PyResult<String> {
    let failed = |error: serde_json::Error| PyValueError::new_err(error.to_string());
    let config = serde_json::to_value(Config::default()).map_err(failed)?;
    let evaluation = serde_json::to_value(EvaluationOptions::default()).map_err(failed)?;
    let of_a_fit = CONFIG.into_iter().map(|setting| (setting, &config));
    let of_an_evaluation = EVALUATION.into_iter().map(|setting| (setting, &evaluation));
    let row = |(setting, defaults): (&'static Setting, &Value)| {
        let mut row = takes(setting.kind);
        row["default"] = defaults[setting.name].clone();
        row["help"] = Value::from(setting.help);
        (parameter(setting.field, setting.name).to_owned(), row)
    };
    let rows: Map<String, Value> = of_a_fit.chain(of_an_evaluation).map(row).collect();
    serde_json::to_string(&rows).map_err(failed)
}

fn takes(kind: Kind) -> Value {
    match kind {
        Kind::Switch => json!({"kind": "switch"}),
        Kind::Count { least, most } => json!({"kind": "count", "least": least, "most": most}),
        Kind::Number { above, below } => {
            // JSON has no infinity: no limit is null.
            json!({"kind": "number", "above": above, "below": below.is_finite().then_some(below)})
        }
        Kind::Numbers { above, below } => json!({"kind": "numbers", "above": above, "below": below}),
        Kind::Choice(choices) => {
            json!({"kind": "choice", "choices": choices.iter().map(|choice| choice.name).collect::<Vec<_>>()})
        }
        Kind::Column | Kind::Columns | Kind::ColumnValues(_) | Kind::ColumnGroups | Kind::Words | Kind::Text => {
            json!({"kind": "text"})
        }
    }
}
