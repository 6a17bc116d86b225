//! Where something is wrong.

use std::path::{Path, PathBuf};

use super::mention::Mention;
use super::message::{Message, Part};
use super::setting::Setting;
use super::spelling::{RustNames, Spelling};

/// A file, row, column or option: what it is called in a message, and the facts for who wants to mark it.
///
/// ```
/// use skiplayer::error::Place;
///
/// let place = Place::of_file("ages.csv").with_line(18).with_column("age");
/// assert_eq!(place.to_string(), "ages.csv, line 18, column `age`");
/// assert_eq!((place.line(), place.column()), (Some(18), Some("age")));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    words: Message,
    file: Option<PathBuf>,
    row: Option<usize>,
    line: Option<usize>,
    column: Option<String>,
}

impl Place {
    /// A file or folder.
    pub fn of_file(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        Self { words: path.display().to_string().into(), file: Some(path.to_owned()), ..Self::default() }
    }

    /// A file or folder in a role: "the model model.safetensors", "writing report.html".
    pub fn of_file_as(role: &str, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        Self { words: format!("{role} {}", path.display()).into(), ..Self::of_file(path) }
    }

    /// A column.
    pub fn of_column(name: &str) -> Self {
        Self { words: format!("column `{name}`").into(), column: Some(name.to_owned()), ..Self::default() }
    }

    /// A column that is to be predicted.
    pub fn of_target(name: &str) -> Self {
        Self { words: format!("target `{name}`").into(), ..Self::of_column(name) }
    }

    /// With a line of the file, counted from 1.
    #[must_use]
    pub fn with_line(mut self, line: usize) -> Self {
        self.words.extend([Part::from(format!(", line {line}"))]);
        self.line = Some(line);
        self
    }

    /// With a row of data, counted from 1.
    #[must_use]
    pub fn with_row(mut self, row: usize) -> Self {
        self.words.extend([Part::from(format!(", row {row}"))]);
        self.row = Some(row);
        self
    }

    /// With a column.
    #[must_use]
    pub fn with_column(mut self, name: &str) -> Self {
        self.words.extend([Part::from(format!(", column `{name}`"))]);
        self.column = Some(name.to_owned());
        self
    }

    /// The file, if it is known.
    pub fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Row of data, counted from 1.
    pub fn row(&self) -> Option<usize> {
        self.row
    }

    /// Line of the file, counted from 1.
    pub fn line(&self) -> Option<usize> {
        self.line
    }

    /// The column's name.
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// The option, with its value where that is at fault.
    pub fn setting(&self) -> Option<&Mention> {
        self.words.mentions().find(|mention| matches!(mention, Mention::Setting { .. }))
    }

    /// In the words of a front end.
    pub fn spelled(&self, spelling: &dyn Spelling) -> String {
        self.words.bare(spelling)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.spelled(&RustNames))
    }
}

/// Anything else that has a name.
impl From<&str> for Place {
    fn from(name: &str) -> Self {
        Self { words: name.into(), ..Self::default() }
    }
}

impl From<&String> for Place {
    fn from(name: &String) -> Self {
        name.as_str().into()
    }
}

impl From<String> for Place {
    fn from(name: String) -> Self {
        Self { words: name.into(), ..Self::default() }
    }
}

impl From<Message> for Place {
    fn from(words: Message) -> Self {
        Self { words, ..Self::default() }
    }
}

impl From<&Setting> for Place {
    fn from(setting: &Setting) -> Self {
        setting.mention().into()
    }
}

impl From<Mention> for Place {
    fn from(mention: Mention) -> Self {
        Self { words: mention.into(), ..Self::default() }
    }
}
