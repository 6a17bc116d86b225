//! What an option is set to in a message.

use std::fmt::Display;

use serde::{Deserialize, Serialize};

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
