//! How Python writes the options that errors and warnings name.

use skiplayer::error::{Setting, Spelling, Value};
use skiplayer::evaluate::options::{EVALUATE, INTERVAL};
use skiplayer::fit::options::LAMBDA_CHOICE;
use skiplayer::schema::options::{DROP, GROUP, TARGET, TASK, TIME, WEIGHT};
use skiplayer_io::SAVE;

/// Parameters of the estimators and arguments of their methods: `keep=["age"]`, `sample_weight`.
#[derive(Debug, Clone, Copy)]
pub struct PythonNames;

impl Spelling for PythonNames {
    fn setting(&self, field: &str, name: &str, value: Option<&Value>) -> String {
        let is = |setting: &Setting| field == setting.field;
        match value {
            Some(Value::Flag(true)) if is(&EVALUATE) => "evaluate".to_owned(),
            Some(Value::Flag(false)) if is(&EVALUATE) => "fit".to_owned(),
            Some(Value::Word(task)) if is(&TASK) => estimator(task).to_owned(),
            Some(Value::Names(names)) if is(&DROP) => format!("X.drop(columns={})", list(names)),
            None if is(&DROP) => "X.drop".to_owned(),
            // The column is ours, made from the argument: its name says nothing.
            Some(_) if [&WEIGHT, &GROUP, &TIME].into_iter().any(is) => parameter(field, name).to_owned(),
            Some(value) => format!("{}={}", parameter(field, name), literal(value)),
            None => parameter(field, name).to_owned(),
        }
    }

    fn action(&self, function: &str, name: &str) -> String {
        // The command writes a model with every fit, an estimator when it is told to.
        if function == SAVE.function { "save".to_owned() } else { name.replace(' ', ".") }
    }

    fn feature(&self, name: &str) -> String {
        format!("maturin develop --features {name}")
    }
}

/// What scikit-learn calls an option, where that is not our name.
pub fn parameter<'a>(field: &str, name: &'a str) -> &'a str {
    let customs = [
        (&TARGET, "y"),
        (&WEIGHT, "sample_weight"),
        (&GROUP, "groups"),
        (&TIME, "times"),
        (&LAMBDA_CHOICE, "alpha_choice"),
        (&INTERVAL, "level"),
    ];
    customs.into_iter().find(|(setting, _)| field == setting.field).map_or(name, |(_, custom)| custom)
}

/// The estimator for a task.
fn estimator(task: &str) -> &'static str {
    match task {
        "regression" => "SkipLayerRegressor(loss=\"squared_error\")",
        "count" => "SkipLayerRegressor(loss=\"poisson\")",
        _ => "SkipLayerClassifier",
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Word(word) => text(word),
        Value::Names(names) => list(names),
        Value::Number(number) => number.clone(),
        Value::Flag(true) => "True".to_owned(),
        Value::Flag(false) => "False".to_owned(),
    }
}

fn list(names: &[String]) -> String {
    format!("[{}]", names.iter().map(|name| text(name)).collect::<Vec<_>>().join(", "))
}

/// A Python string: JSON escapes are Python's too.
fn text(word: &str) -> String {
    serde_json::Value::from(word).to_string()
}
