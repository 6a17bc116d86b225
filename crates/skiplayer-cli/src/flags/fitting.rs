//! The options of a fit and of its evaluation, read from the command line.

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use skiplayer::Error;
use skiplayer::encode::{OffsetColumns, Task};
use skiplayer::error::{Choices, Kind, Setting};
use skiplayer::evaluate::EvaluationOptions;
use skiplayer::evaluate::options::{EVALUATE, EVALUATION};
use skiplayer::fit::Config;
use skiplayer::fit::options::CONFIG;
use skiplayer::loss::{LossKind, Ties};
use skiplayer::schema::options::{
    CLASS_WEIGHT, CLASSES, DROP, EVENT, EXPOSURE, GROUP, INTERACTIONS, KEEP, LOSS, MONOTONE, OFFSET, PENALTY_FACTOR,
    POWER, QUANTILE, ROLES, STRATA, TARGET, TASK, TIES, TIME, TRIALS, UNPENALIZED, WEIGHT,
};
use skiplayer::schema::{ClassWeight, ColumnRoles, ColumnRules, Direction};

use super::argument::{add, former, given};

/// What the tables of options say about a fit.
#[derive(Debug, Clone)]
pub struct Fitting {
    /// An error for two columns where one is expected.
    pub target: skiplayer::Result<ColumnRoles>,
    pub config: Config,
    /// `None`: no evaluation.
    pub evaluation: Option<EvaluationOptions>,
    /// Former names that were used.
    pub notes: Vec<String>,
}

impl Args for Fitting {
    fn augment_args(mut command: Command) -> Command {
        for setting in ROLES {
            command = add(command, setting, &Value::Null);
        }
        let (config, evaluation) = (defaults::<Config>(), defaults::<EvaluationOptions>());
        for setting in CONFIG {
            command = add(command, setting, &config[setting.name]);
        }
        command = add(command, &EVALUATE, &Value::Bool(true));
        for setting in EVALUATION {
            command = add(command, setting, &evaluation[setting.name]);
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Fitting {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let evaluates = given(matches, &EVALUATE, &Value::Bool(true)).is_none();
        let evaluation = replaced::<EvaluationOptions>(matches, &EVALUATION)?;
        let tables = ROLES.into_iter().chain(CONFIG).chain([&EVALUATE]).chain(EVALUATION);
        Ok(Self {
            target: roles(matches),
            config: replaced(matches, &CONFIG)?,
            evaluation: evaluates.then_some(evaluation),
            notes: tables.flat_map(|setting| former(matches, setting)).collect(),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The roles of columns alone, none of which has to be given.
#[derive(Debug, Clone)]
pub struct Roles(pub skiplayer::Result<ColumnRoles>);

impl Args for Roles {
    fn augment_args(mut command: Command) -> Command {
        for setting in ROLES {
            command = add(command, setting, &Value::Null).mut_arg(setting.name, |arg| arg.required(false));
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Roles {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(roles(matches)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The fields of a struct of options, as they are if nobody says anything.
fn defaults<T: Default + Serialize>() -> Value {
    serde_json::to_value(T::default()).unwrap_or_default()
}

/// The default options with those that were given in their places.
fn replaced<T: Default + Serialize + DeserializeOwned>(
    matches: &ArgMatches,
    table: &[&'static Setting],
) -> Result<T, clap::Error> {
    let mut options = defaults::<T>();
    for setting in table {
        if let Some(value) = given(matches, setting, &options[setting.name]) {
            options[setting.name] = value;
        }
    }
    serde_json::from_value(options).map_err(|error| clap::Error::raw(ErrorKind::ValueValidation, format!("{error}\n")))
}

/// Values behind columns as what they stand for.
fn parsed<T>(
    setting: &'static Setting,
    pairs: Vec<(String, String)>,
    parse: impl Fn(&str) -> Option<T>,
) -> skiplayer::Result<Vec<(String, T)>> {
    let value = |(name, text): (String, String)| match parse(&text) {
        Some(value) => Ok((name, value)),
        None => Err(not_valued(setting, &format!("{name}:{text}"))),
    };
    pairs.into_iter().map(value).collect()
}

fn not_valued(setting: &'static Setting, text: &str) -> Error {
    let expected = match setting.kind {
        Kind::ColumnValues(example) => format!("a name and a value behind a colon: {}", example.replace('|', " or ")),
        _ => "a name".to_owned(),
    };
    Error::input(setting, format!("`{text}`")).expected(expected)
}

/// The word for balanced classes, or a factor behind each class.
fn class_weight(texts: &[String]) -> skiplayer::Result<Option<ClassWeight>> {
    match texts {
        [] => Ok(None),
        [word] if word == ClassWeight::BALANCED => Ok(Some(ClassWeight::Balanced)),
        texts => parsed(&CLASS_WEIGHT, pairs(&CLASS_WEIGHT, texts)?, |text| text.parse().ok())
            .map(|given| Some(ClassWeight::Given(given))),
    }
}

/// Names and the texts behind their colons.
fn pairs(setting: &'static Setting, texts: &[String]) -> skiplayer::Result<Vec<(String, String)>> {
    let pair = |text: &String| match text.rsplit_once(':') {
        Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
        None => Err(not_valued(setting, text)),
    };
    texts.iter().map(pair).collect()
}

/// Groups of columns, none of them for the word `none`.
fn interactions(matches: &ArgMatches) -> Option<Vec<Vec<String>>> {
    let groups: Vec<Vec<String>> = serde_json::from_value(given(matches, &INTERACTIONS, &Value::Null)?).ok()?;
    Some(groups.into_iter().filter(|group| group.as_slice() != ["none"]).collect())
}

fn roles(matches: &ArgMatches) -> skiplayer::Result<ColumnRoles> {
    let names = |setting: &'static Setting| -> Vec<String> {
        given(matches, setting, &Value::Null).and_then(|names| serde_json::from_value(names).ok()).unwrap_or_default()
    };
    let single = |setting: &'static Setting| match <[String; 1]>::try_from(names(setting)) {
        Ok([name]) => Ok(Some(name)),
        Err(names) if names.is_empty() => Ok(None),
        Err(names) => {
            Err(Error::input(setting, format!("{} columns, {}", names.len(), names.join(", "))).expected("one column"))
        }
    };
    let task = given(matches, &TASK, &Value::Null);
    let loss = given(matches, &LOSS, &Value::Null);
    Ok(ColumnRoles {
        columns: names(&TARGET),
        task: task.as_ref().and_then(Value::as_str).and_then(Task::from_name),
        loss: loss.as_ref().and_then(Value::as_str).and_then(LossKind::from_name),
        power: given(matches, &POWER, &Value::Null).as_ref().and_then(Value::as_f64),
        quantiles: given(matches, &QUANTILE, &Value::Null)
            .and_then(|levels| serde_json::from_value(levels).ok())
            .unwrap_or_default(),
        classes: names(&CLASSES),
        trials: single(&TRIALS)?,
        event: single(&EVENT)?,
        strata: single(&STRATA)?,
        ties: given(matches, &TIES, &Value::Null).as_ref().and_then(Value::as_str).and_then(Ties::from_name),
        weight: single(&WEIGHT)?,
        class_weight: class_weight(&names(&CLASS_WEIGHT))?,
        offset: OffsetColumns { offset: single(&OFFSET)?, exposure: single(&EXPOSURE)? },
        group: single(&GROUP)?,
        time: single(&TIME)?,
        drop: names(&DROP),
        keep: names(&KEEP),
        rules: ColumnRules {
            monotone: parsed(&MONOTONE, pairs(&MONOTONE, &names(&MONOTONE))?, Direction::from_text)?,
            unpenalized: names(&UNPENALIZED),
            penalty_factor: parsed(&PENALTY_FACTOR, pairs(&PENALTY_FACTOR, &names(&PENALTY_FACTOR))?, |text| {
                text.parse().ok()
            })?,
            interactions: interactions(matches),
        },
        ..ColumnRoles::default()
    })
}
