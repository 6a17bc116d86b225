//! How R writes the options that errors and warnings name.

use skiplayer::error::{Setting, Spelling, Value};
use skiplayer::evaluate::options::{EVALUATE, INTERVAL};
use skiplayer::fit::options::{FIT, N_UNITS};
use skiplayer::model_file::SAVE;
use skiplayer::schema::options::{DROP, EVENT, GROUP, LOSS, QUANTILE, STRATA, TARGET, TASK, TIME, WEIGHT};

/// Arguments of `skiplayer()` and its methods: `keep = "age"`, `weights`.
#[derive(Debug, Clone, Copy)]
pub struct RNames;

impl Spelling for RNames {
    fn setting(&self, field: &str, name: &str, value: Option<&Value>) -> String {
        let is = |setting: &Setting| field == setting.field;
        match value {
            Some(Value::Flag(true)) if is(&EVALUATE) => "evaluate()".to_owned(),
            Some(Value::Flag(false)) if is(&EVALUATE) => "skiplayer() alone".to_owned(),
            Some(Value::Word(task)) if is(&TASK) => format!("family = {}", family(task)),
            Some(Value::Word(loss)) if is(&LOSS) => format!("family = {}", family_of_loss(loss)),
            None if is(&TASK) || is(&LOSS) => "family".to_owned(),
            Some(Value::Names(names)) if is(&DROP) => format!(". ~ . - {}", names.join(" - ")),
            None if is(&DROP) => "- in the formula".to_owned(),
            // The column is ours, made from the argument: its name says nothing.
            Some(_) if [&WEIGHT, &GROUP, &TIME, &EVENT, &STRATA].into_iter().any(is) => {
                argument(field, name).to_owned()
            }
            Some(value) => format!("{} = {}", argument(field, name), literal(value)),
            None => argument(field, name).to_owned(),
        }
    }

    fn action(&self, function: &str, name: &str) -> String {
        if function == SAVE.function {
            "write_skiplayer()".to_owned()
        } else if function == FIT.function {
            "skiplayer()".to_owned()
        } else {
            format!("{}()", name.replace(' ', "_"))
        }
    }

    fn feature(&self, name: &str) -> String {
        format!("a build with the feature {name}")
    }
}

/// What R calls an option, where that is not our name.
fn argument<'a>(field: &str, name: &'a str) -> &'a str {
    let customs = [
        (&TARGET, "the response"),
        (&WEIGHT, "weights"),
        (&GROUP, "groups"),
        (&TIME, "times"),
        (&N_UNITS, "size"),
        (&INTERVAL, "level"),
        (&QUANTILE, "quantiles"),
        (&EVENT, "the event of Surv()"),
        (&STRATA, "strata()"),
    ];
    customs.into_iter().find(|(setting, _)| field == setting.field).map_or(name, |(_, custom)| custom)
}

/// The family of a task; another task is a family of that name.
fn family(task: &str) -> String {
    match task {
        "regression" => "gaussian()".to_owned(),
        "binary" => "binomial()".to_owned(),
        "multiclass" => "\"multinomial\"".to_owned(),
        "count" => "poisson()".to_owned(),
        "amount" => family_of_loss("gamma"),
        "survival" => family_of_loss("cox"),
        other => format!("\"{other}\""),
    }
}

/// The family of a loss.
fn family_of_loss(loss: &str) -> String {
    match loss {
        "squared" => "gaussian()".to_owned(),
        "logistic" => "binomial()".to_owned(),
        "softmax" => "\"multinomial\"".to_owned(),
        "poisson" => "poisson()".to_owned(),
        "gamma" => "Gamma(link = \"log\")".to_owned(),
        other => format!("\"{}\"", other.replace('-', "_")),
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Word(word) => text(word),
        Value::Names(names) if names.len() == 1 => text(&names[0]),
        Value::Names(names) => format!("c({})", names.iter().map(|name| text(name)).collect::<Vec<_>>().join(", ")),
        Value::Number(number) => number.clone(),
        Value::Flag(true) => "TRUE".to_owned(),
        Value::Flag(false) => "FALSE".to_owned(),
    }
}

/// A string of R: JSON escapes are R's too.
fn text(word: &str) -> String {
    serde_json::Value::from(word).to_string()
}
