//! Options as JSON objects: those that are named replace the defaults of the engine.

use pyo3::PyResult;
use pyo3::exceptions::PyValueError;
use serde_json::{Map, Value};
use skiplayer::encode::Task;
use skiplayer::evaluate::EvaluationOptions;
use skiplayer::fit::Config;

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

pub fn task(name: &str) -> PyResult<Task> {
    serde_json::from_value(Value::from(name)).map_err(|error| PyValueError::new_err(format!("task: {error}")))
}

fn replaced(mut defaults: Value, options: Map<String, Value>) -> Value {
    if let Value::Object(defaults) = &mut defaults {
        defaults.extend(options);
    }
    defaults
}
