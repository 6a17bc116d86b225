//! Arguments that say how folders of pictures are read: rows of the table of options.

use clap::{ArgMatches, Args, Command, FromArgMatches};
use serde_json::{Value, json};
use skiplayer::error::Setting;
use skiplayer::{Error, Result};
use skiplayer_deep::data::{Fit, MaskValues, PictureOptions};
use skiplayer_deep::options::{CLASSES, FIT, PICTURES, SIZE, THRESHOLD};

use crate::flags::{add, given};

/// How folders of pictures are read.
pub struct LowPictures {
    given: Vec<(&'static Setting, Value)>,
}

impl Args for LowPictures {
    fn augment_args(command: Command) -> Command {
        PICTURES.into_iter().fold(command, |command, row| add(command, row, &usual(row)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// What is done without an option; null where that depends on the pictures.
fn usual(row: &Setting) -> Value {
    if *row == FIT { json!(Fit::default()) } else { Value::Null }
}

impl FromArgMatches for LowPictures {
    fn from_arg_matches(matches: &ArgMatches) -> std::result::Result<Self, clap::Error> {
        let value = |row: &'static Setting| Some((row, given(matches, row, &usual(row))?));
        Ok(Self { given: PICTURES.into_iter().filter_map(value).collect() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> std::result::Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl LowPictures {
    fn value(&self, row: &Setting) -> Option<&Value> {
        self.given.iter().find(|(other, _)| *other == row).map(|(_, value)| value)
    }

    fn text(&self, row: &Setting) -> Option<&str> {
        self.value(row).and_then(Value::as_str)
    }

    pub fn check(&self) -> Result<PictureOptions> {
        let fit = self.value(&FIT).and_then(|word| serde_json::from_value(word.clone()).ok()).unwrap_or_default();
        let masks = match (self.value(&THRESHOLD), self.text(&CLASSES)) {
            (Some(level), _) => Some(MaskValues::Threshold(threshold(level)?)),
            (None, Some(levels)) => Some(MaskValues::Values(classes(levels)?)),
            (None, None) => None,
        };
        let mut options = PictureOptions::default();
        (options.size, options.fit, options.masks) = (self.text(&SIZE).map(size).transpose()?, fit, masks);
        Ok(options)
    }
}

fn threshold(level: &Value) -> Result<u8> {
    let found = level.as_u64().and_then(|level| u8::try_from(level).ok()).filter(|level| *level > 0);
    found.ok_or_else(|| Error::input(&THRESHOLD, level.to_string()).expected("a grey value from 1 to 255"))
}

fn classes(text: &str) -> Result<Vec<u8>> {
    let levels: Option<Vec<u8>> = text.split(',').map(|level| level.trim().parse().ok()).collect();
    levels
        .ok_or_else(|| Error::input(&CLASSES, format!("`{text}`")).expected("grey values from 0 to 255, such as 0,255"))
}

/// Height and width, such as `64` or `48x64`.
pub fn size(text: &str) -> Result<[usize; 2]> {
    let sides: Option<Vec<usize>> = text.split('x').map(|side| side.trim().parse().ok()).collect();
    match sides.as_deref() {
        Some([side]) => Ok([*side; 2]),
        Some([height, width]) => Ok([*height, *width]),
        _ => {
            Err(Error::input(&SIZE, format!("`{text}`"))
                .expected("pixels such as 64, or height and width such as 48x64"))
        }
    }
}
