//! Options by identity: a row of a table of options, which stands beside the struct that holds them.

use std::borrow::Cow;

use super::mention::Mention;
use super::value::Value;

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
    /// For a switch that is on unless turned off: what turning it off means, as a phrase.
    pub off: &'static str,
    /// For a choice that may be left to the program: what it then goes by, as a phrase.
    pub auto: &'static str,
    /// Names of options that cannot be given with it.
    pub excludes: &'static [&'static str],
    /// Whether nothing can be done without it.
    pub is_required: bool,
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
    /// Numbers between two bounds that are not included.
    Numbers { above: f64, below: f64 },
    /// One of these words.
    Choice(&'static [Choice]),
    /// The name of a column.
    Column,
    /// Names of columns.
    Columns,
    /// Names of columns, each with a value behind a colon; the text shows one.
    ColumnValues(&'static str),
    /// Groups of names of columns, or the word `none`.
    ColumnGroups,
    /// Several words.
    Words,
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
        Self {
            field,
            name,
            kind,
            help: "",
            section: "",
            former: &[],
            off: "",
            auto: "From the data",
            excludes: &[],
            is_required: false,
        }
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

    /// With a phrase that says what turning it off means.
    #[must_use]
    pub const fn off(mut self, off: &'static str) -> Self {
        self.off = off;
        self
    }

    /// With what the program goes by where the choice is left to it.
    #[must_use]
    pub const fn auto(mut self, auto: &'static str) -> Self {
        self.auto = auto;
        self
    }

    /// With the names of options that cannot be given with it.
    #[must_use]
    pub const fn excludes(mut self, names: &'static [&'static str]) -> Self {
        self.excludes = names;
        self
    }

    /// As one that nothing can be done without.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.is_required = true;
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
            (Kind::Columns | Kind::ColumnValues(_) | Kind::ColumnGroups | Kind::Words, Value::Word(name)) => {
                Value::Names(vec![name])
            }
            (_, value) => value,
        };
        Mention::Setting { field: self.field.into(), name: self.name.into(), value: Some(value) }
    }

    /// The option as such, for a message.
    pub fn mention(&self) -> Mention {
        Mention::Setting { field: self.field.into(), name: self.name.into(), value: None }
    }

    /// Whether `mention` names this option, with whatever value.
    pub fn is_in(&self, mention: &Mention) -> bool {
        matches!(mention, Mention::Setting { field, .. } if field == self.field)
    }
}

/// Two settings are the same if they are the same field.
impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.field == other.field
    }
}

impl Eq for Setting {}

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
