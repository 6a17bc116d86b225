//! The options of an export, read from the command line.

use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde_json::Value;
use skiplayer::error::{Choices, Setting};
use skiplayer_io::export::options::{DIALECT, Dialect, EXPORT_OPTIONS, ExportFormat, ExportOptions, KEY, TABLE, TO};

use super::argument::{add, given};

/// What the table of options says about an export.
#[derive(Debug, Clone)]
pub struct Exporting {
    /// `None`: as the name of the file says.
    pub format: Option<ExportFormat>,
    pub dialect: Dialect,
    pub table: String,
    pub key: Vec<String>,
    /// The first option for queries that was given.
    pub of_queries: Option<&'static Setting>,
}

/// What the program does without an option.
fn default(setting: &Setting) -> Value {
    let options = ExportOptions::new(ExportFormat::Sql);
    match setting {
        setting if *setting == DIALECT => options.dialect.name().into(),
        setting if *setting == TABLE => options.table.into(),
        _ => Value::Null,
    }
}

impl Args for Exporting {
    fn augment_args(command: Command) -> Command {
        EXPORT_OPTIONS.into_iter().fold(command, |command, setting| add(command, setting, &default(setting)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Exporting {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let options = ExportOptions::new(ExportFormat::Sql);
        let word =
            |setting| given(matches, setting, &default(setting)).and_then(|value| value.as_str().map(str::to_owned));
        let key = given(matches, &KEY, &Value::Null).and_then(|names| serde_json::from_value(names).ok());
        Ok(Self {
            format: word(&TO).as_deref().and_then(ExportFormat::from_name),
            dialect: word(&DIALECT).as_deref().and_then(Dialect::from_name).unwrap_or(options.dialect),
            table: word(&TABLE).unwrap_or(options.table),
            key: key.unwrap_or_default(),
            of_queries: [&DIALECT, &TABLE, &KEY]
                .into_iter()
                .find(|setting| super::argument::is_given(matches, setting.name)),
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
