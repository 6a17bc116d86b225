//! A row of a table of options as an argument.

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use serde_json::Value;
use skiplayer::error::{Kind, Setting};

use super::lists::Columns;
use crate::spelling::flag;

/// What leaves the choice to the program, where a choice may be left out.
const AUTO: &str = "auto";

/// `command` with an argument for `setting`, and hidden ones for its former names. `default` is what the program does without it:
/// null if that depends on the data.
pub fn add(command: Command, setting: &'static Setting, default: &Value) -> Command {
    let long = flag(setting.field, setting.name);
    let arg = Arg::new(setting.name).required(setting.is_required);
    let arg = if setting.section.is_empty() { arg } else { arg.help_heading(setting.section) };
    let arg = taking(arg, setting, default).conflicts_with_all(setting.excludes);
    let arg = match (setting.kind, default) {
        (Kind::Switch, Value::Bool(true)) => arg.long(format!("no-{long}")).help(setting.off),
        _ => arg.long(long).help(setting.help),
    };
    setting.former.iter().fold(command.arg(arg), |command, former| {
        let hidden = Arg::new(*former).long(former.replace('_', "-")).hide(true).conflicts_with(setting.name);
        command.arg(taking(hidden, setting, &Value::Null))
    })
}

/// What it takes, and its default.
fn taking(arg: Arg, setting: &Setting, default: &Value) -> Arg {
    let arg = match setting.kind {
        Kind::Switch => return arg.action(ArgAction::SetTrue),
        Kind::Count { .. } => arg.value_name("N").value_parser(value_parser!(u64)),
        Kind::Number { .. } => arg.value_name("X").value_parser(value_parser!(f64)),
        Kind::Numbers { .. } => {
            let numbers = arg.value_name("X,...").value_parser(value_parser!(f64)).action(ArgAction::Append);
            numbers.value_delimiter(',').allow_negative_numbers(true)
        }
        Kind::Text => arg.value_name("TEXT").value_parser(value_parser!(String)),
        Kind::Column => arg.value_name("COL").value_parser(value_parser!(Columns)),
        Kind::Columns | Kind::ColumnGroups => {
            arg.value_name("COLS").value_parser(value_parser!(Columns)).action(ArgAction::Append)
        }
        Kind::ColumnValues(example) => {
            arg.value_name(example).value_parser(value_parser!(Columns)).action(ArgAction::Append)
        }
        Kind::Words => {
            let words = arg.value_name("WORDS").value_parser(value_parser!(Columns)).action(ArgAction::Append);
            words.allow_hyphen_values(true)
        }
        Kind::Choice(choices) => {
            let auto = default.is_null().then(|| PossibleValue::new(AUTO).help(setting.auto));
            let words = choices.iter().map(|choice| PossibleValue::new(choice.name).help(choice.help));
            let name = flag(setting.field, setting.name).to_uppercase().replace('-', "_");
            let arg = arg.value_name(name).value_parser(PossibleValuesParser::new(auto.into_iter().chain(words)));
            return if default.is_null() { arg.default_value(AUTO) } else { arg.default_value(text(default)) };
        }
    };
    if default.is_null() { arg } else { arg.default_value(text(default)) }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What was given for `setting`, under its name or a former one; `None` if it was left out.
pub fn given(matches: &ArgMatches, setting: &'static Setting, default: &Value) -> Option<Value> {
    let former = setting.former.iter().copied().filter(|former| is_given(matches, former));
    let mut ids = former.chain(is_given(matches, setting.name).then_some(setting.name));
    let id = ids.next()?;
    let names = |lists: Vec<&Columns>| Value::from(lists.iter().flat_map(|list| list.0.clone()).collect::<Vec<_>>());
    match setting.kind {
        Kind::Switch => Some(Value::Bool(default != &Value::Bool(true))),
        Kind::Count { .. } => matches.get_one::<u64>(id).map(|count| Value::from(*count)),
        Kind::Number { .. } => matches.get_one::<f64>(id).map(|number| Value::from(*number)),
        Kind::Numbers { .. } => {
            matches.get_many::<f64>(id).map(|numbers| Value::from(numbers.copied().collect::<Vec<f64>>()))
        }
        Kind::Text => matches.get_one::<String>(id).map(|text| Value::from(text.as_str())),
        Kind::Choice(_) => matches
            .get_one::<String>(id)
            .filter(|word| *word != AUTO || !default.is_null())
            .map(|word| Value::from(word.as_str())),
        Kind::ColumnGroups => {
            let groups = matches.get_many::<Columns>(id)?.map(|list| Value::from(list.0.clone()));
            Some(groups.collect())
        }
        Kind::Column | Kind::Columns | Kind::ColumnValues(_) | Kind::Words => {
            matches.get_many::<Columns>(id).map(|lists| names(lists.collect()))
        }
    }
}

/// The former names that were used, each with the flag to use in its place.
pub fn former(matches: &ArgMatches, setting: &'static Setting) -> impl Iterator<Item = String> {
    let used = setting.former.iter().filter(|former| is_given(matches, former));
    used.map(|former| {
        format!("`--{}` is now called `--{}`", former.replace('_', "-"), flag(setting.field, setting.name))
    })
}

/// Whether the argument stands on the command line.
pub fn is_given(matches: &ArgMatches, id: &str) -> bool {
    matches.value_source(id) == Some(clap::parser::ValueSource::CommandLine)
}
