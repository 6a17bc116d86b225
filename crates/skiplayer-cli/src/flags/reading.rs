//! The options of reading, read from the command line.

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde_json::Value;
use skiplayer::error::Setting;
use skiplayer::table::dates::DayOrder;
use skiplayer_io::table::settings::{
    ALL_ROWS, CATEGORICAL, DATES, DECIMAL, DELIMITER, HEADER, LOG, MISSING, NO_HEADER, NUMERIC, READ, READ_COLUMNS,
    SHEET, SKIP_LINES,
};
use skiplayer_io::{DecimalMark, ReadOptions};

use super::argument::{add, given};

/// How a table is read.
#[derive(Debug, Clone)]
pub struct Reading(pub ReadOptions);

/// How a table is read that a model learns from: what its columns mean, too.
#[derive(Debug, Clone)]
pub struct ReadingOfFit(pub ReadOptions);

impl Args for Reading {
    fn augment_args(command: Command) -> Command {
        READ.into_iter().fold(command, |command, row| add(command, row, &Value::Null))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Reading {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let value = |row: &'static Setting| given(matches, row, &Value::Null);
        let text = |row| value(row).and_then(|text| text.as_str().map(str::to_owned));
        let mut options = ReadOptions::default();
        options.header = match (value(&HEADER), value(&NO_HEADER)) {
            (Some(_), _) => Some(true),
            (None, Some(_)) => Some(false),
            (None, None) => None,
        };
        options.missing = value(&MISSING).map(words);
        let lines = value(&SKIP_LINES).and_then(|lines| lines.as_u64()).unwrap_or(0);
        options.skip = usize::try_from(lines).unwrap_or(usize::MAX);
        options.delimiter = text(&DELIMITER).map(|text| delimiter(&text)).transpose()?;
        options.decimal = text(&DECIMAL).map(|word| match word.as_str() {
            "comma" => DecimalMark::Comma,
            _ => DecimalMark::Point,
        });
        options.sheet = text(&SHEET);
        options.all_rows = value(&ALL_ROWS).is_some();
        options.dates = text(&DATES).map(|word| match word.as_str() {
            "mdy" => DayOrder::MonthDay,
            _ => DayOrder::DayMonth,
        });
        Ok(Self(options))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for ReadingOfFit {
    fn augment_args(command: Command) -> Command {
        Reading::augment_args(READ_COLUMNS.into_iter().fold(command, |command, row| add(command, row, &Value::Null)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ReadingOfFit {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let Reading(mut options) = Reading::from_arg_matches(matches)?;
        let columns = |row: &'static Setting| given(matches, row, &Value::Null).map(words).unwrap_or_default();
        (options.categorical, options.numeric) = (columns(&CATEGORICAL), columns(&NUMERIC));
        options.logarithms = columns(&LOG);
        Ok(Self(options))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The words of a list.
fn words(list: Value) -> Vec<String> {
    serde_json::from_value(list).unwrap_or_default()
}

fn delimiter(text: &str) -> Result<u8, clap::Error> {
    match (text, text.as_bytes()) {
        ("tab" | "\\t", _) => Ok(b'\t'),
        ("blank" | "blanks" | "space", _) => Ok(b' '),
        (_, [only]) => Ok(*only),
        _ => Err(clap::Error::raw(
            ErrorKind::ValueValidation,
            format!("invalid value '{text}' for '--delimiter': expected one character, `tab` or `blanks`\n"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::delimiter;

    #[test]
    fn delimiters() {
        let cases = [(";", b';'), ("tab", b'\t'), ("\\t", b'\t'), ("blanks", b' '), (" ", b' '), ("|", b'|')];
        assert!(cases.iter().all(|(text, byte)| delimiter(text).ok() == Some(*byte)));
        assert!(delimiter("ab").is_err() && delimiter("").is_err() && delimiter("é").is_err());
    }
}
