//! An option, a command or a feature in a message.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::spelling::Spelling;
use super::value::Value;

/// What each front end writes in its own way.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mention {
    /// An option, set to a value if there is one.
    Setting { field: Cow<'static, str>, name: Cow<'static, str>, value: Option<Value> },
    /// What can be done.
    Action { function: Cow<'static, str>, name: Cow<'static, str> },
    /// What can be compiled in.
    Feature { name: Cow<'static, str> },
}

impl Mention {
    /// In the words of a front end, as it stands in a text: without quotes.
    pub fn spelled(&self, spelling: &dyn Spelling) -> String {
        match self {
            Self::Setting { field, name, value } => spelling.setting(field, name, value.as_ref()),
            Self::Action { function, name } => spelling.action(function, name),
            Self::Feature { name } => spelling.feature(name),
        }
    }
}
