//! Options by identity: a row of a table of options, which stands beside the struct that holds them.

use std::borrow::Cow;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

use super::message::Mention;
use super::{Error, Result};

/// One option: what it is called, what it takes, and what it does.
///
/// Tables of them are the only place that knows an option's name, limits and description: parsers, help, completions,
/// reference pages and the checks of a `Config` read them there. Errors and messages name an option by its row.
#[derive(Debug)]
pub struct Setting {
    /// The Rust field, which is unique: `Config::n_units`.
    pub field: &'static str,
    /// The name in model files and, up to their customs, in all front ends: `n_units`.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What it is or does, as a phrase without a full stop.
    pub help: &'static str,
    /// Heading that it stands under.
    pub section: &'static str,
    /// Earlier names, still understood.
    pub former: &'static [&'static str],
}

/// What an option takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Yes or no.
    Switch,
    /// A whole number from `least` to `most`.
    Count { least: u64, most: u64 },
    /// A number between two bounds that are not included.
    Number { above: f64, below: f64 },
    /// One of these words.
    Choice(&'static [Choice]),
    /// The name of a column.
    Column,
    /// Names of columns.
    Columns,
    /// Any text, such as a path.
    Text,
}

/// A word that an option takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    pub name: &'static str,
    /// What it stands for.
    pub help: &'static str,
}

/// A closed set of alternatives with a word for each. The macro `choices!` implements it and is the only place where
/// these words are written: options, files and messages use the same.
pub trait Choices: Copy + Sized + 'static {
    /// All of them, in the order in which they are shown.
    const ALL: &'static [Self];
    /// Their words, in the same order.
    const CHOICES: &'static [Choice];

    /// What a word stands for.
    fn from_name(name: &str) -> Option<Self>;
}

/// Gives the alternatives of an enum their words: `name`, [`Choices`](crate::error::Choices) and serde all read this one list. Words
/// after a `|` are earlier ones, which files may still hold.
macro_rules! choices {
    ($set:ty { $($variant:ident = $name:literal $(| $former:literal)*: $help:literal),+ $(,)? }) => {
        impl $set {
            /// The word for it in options and files.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }

        impl $crate::error::Choices for $set {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            const CHOICES: &'static [$crate::error::Choice] = &[$($crate::error::Choice { name: $name, help: $help }),+];

            fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name $(| $former)* => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        impl serde::Serialize for $set {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $set {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                let name = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                <Self as $crate::error::Choices>::from_name(&name)
                    .ok_or_else(|| serde::de::Error::unknown_variant(&name, &[$($name),+]))
            }
        }
    };
}

pub(crate) use choices;

impl Setting {
    /// A setting without help, section and former names.
    pub const fn new(field: &'static str, name: &'static str, kind: Kind) -> Self {
        Self { field, name, kind, help: "", section: "", former: &[] }
    }

    /// With a phrase that says what it is or does.
    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// With the heading that it stands under.
    #[must_use]
    pub const fn section(mut self, section: &'static str) -> Self {
        self.section = section;
        self
    }

    /// With earlier names.
    #[must_use]
    pub const fn formerly(mut self, former: &'static [&'static str]) -> Self {
        self.former = former;
        self
    }

    /// The option set to a value, for a message: `KEEP.to("age")`.
    pub fn to(&self, value: impl Into<Value>) -> Mention {
        let value = match (self.kind, value.into()) {
            (Kind::Columns, Value::Word(name)) => Value::Names(vec![name]),
            (_, value) => value,
        };
        Mention::Setting { field: self.field.into(), name: self.name.into(), value: Some(value) }
    }

    /// The option as such, for a message.
    pub fn mention(&self) -> Mention {
        Mention::Setting { field: self.field.into(), name: self.name.into(), value: None }
    }

    /// Refuses a count that the table does not allow.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](super::ErrorKind::Input), with the limits.
    pub fn check_count(&self, value: usize) -> Result<()> {
        match self.kind {
            Kind::Count { least, most } if !(least..=most).contains(&(value as u64)) => {
                Err(Error::input(self, value.to_string()).expected(format!("{least} to {most}")))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a number that the table does not allow, NaN among them.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](super::ErrorKind::Input), with the limits.
    pub fn check_number(&self, value: f64) -> Result<()> {
        match self.kind {
            Kind::Number { above, below } if !(value > above && value < below) => {
                let limits = if below.is_finite() {
                    format!("above {above} and below {below}")
                } else {
                    format!("above {above}")
                };
                Err(Error::input(self, value.to_string()).expected(format!("a number {limits}")))
            }
            _ => Ok(()),
        }
    }
}

/// Two settings are the same if they are the same field.
impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.field == other.field
    }
}

impl Eq for Setting {}

/// What an option is set to in a message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A word, a column, a path.
    Word(String),
    /// Names of columns.
    Names(Vec<String>),
    /// A number as it is to be read.
    Number(String),
    /// Yes or no.
    Flag(bool),
}

impl From<&str> for Value {
    fn from(word: &str) -> Self {
        Self::Word(word.to_owned())
    }
}

impl From<&String> for Value {
    fn from(word: &String) -> Self {
        Self::Word(word.clone())
    }
}

impl From<String> for Value {
    fn from(word: String) -> Self {
        Self::Word(word)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<T: Display> From<&[T]> for Value {
    fn from(names: &[T]) -> Self {
        Self::Names(names.iter().map(T::to_string).collect())
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl From<$number> for Value {
            fn from(number: $number) -> Self {
                Self::Number(number.to_string())
            }
        }
    )*};
}

numbers!(i32, u32, u64, usize, f64);

/// Something that a user can have done, by the function that does it: `Action::new("fit::fit", "fit")`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// The Rust function.
    pub function: &'static str,
    /// The words of the command: `fit`, `deep show`.
    pub name: &'static str,
}

impl Action {
    /// `function` of Rust, called `name` in front ends.
    pub const fn new(function: &'static str, name: &'static str) -> Self {
        Self { function, name }
    }

    /// The action as such, for a message.
    pub fn mention(&self) -> Mention {
        Mention::Action { function: self.function.into(), name: self.name.into() }
    }
}

/// A part of the program that has to be compiled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature(pub Cow<'static, str>);
