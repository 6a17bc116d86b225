//! How a front end writes an option.

use super::value::Value;

/// The customs of a front end: how its users write options and commands.
pub trait Spelling {
    /// The option with Rust `field` called `name`, set to `value` if there is one: `--keep age`, `keep=["age"]`.
    fn setting(&self, field: &str, name: &str, value: Option<&Value>) -> String;
    /// The command that calls the Rust `function`: `skiplayer fit`.
    fn action(&self, function: &str, name: &str) -> String;
    /// What makes a build with a feature.
    fn feature(&self, name: &str) -> String;
}

/// The names that a Rust program uses: fields and functions.
#[derive(Debug, Clone, Copy, Default)]
pub struct RustNames;

impl Spelling for RustNames {
    fn setting(&self, field: &str, _name: &str, value: Option<&Value>) -> String {
        match value {
            None => field.to_owned(),
            Some(Value::Word(word)) => format!("{field} = {word:?}"),
            Some(Value::Names(names)) => format!("{field} = {names:?}"),
            Some(Value::Number(number)) => format!("{field} = {number}"),
            Some(Value::Flag(flag)) => format!("{field} = {flag}"),
        }
    }

    fn action(&self, function: &str, _name: &str) -> String {
        function.to_owned()
    }

    fn feature(&self, name: &str) -> String {
        format!("features = [{name:?}]")
    }
}

/// Something in the words of a front end: `Display` writes it.
#[derive(Clone, Copy)]
pub struct Spelled<'a, T> {
    pub(super) what: &'a T,
    pub(super) spelling: &'a dyn Spelling,
}
