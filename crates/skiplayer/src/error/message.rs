//! Text for people in which options are named by identity.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::mention::Mention;
use super::setting::{Action, Feature, Setting};
use super::spelling::{RustNames, Spelled, Spelling};

/// A text for people: a warning, a note, a part of an error. Options in it are named by identity, so that each front end can
/// write them as its users do.
///
/// `Display` gives the Rust fields. In files a message without options is a string, any other a list of its parts.
///
/// ```
/// use skiplayer::schema::options::KEEP;
/// use skiplayer::message;
///
/// let message = message![format!("column `{}` numbers the rows (", "year"), KEEP.to("year"), ")"];
/// assert_eq!(message.to_string(), "column `year` numbers the rows (`ColumnRoles::keep = [\"year\"]`)");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Message(Vec<Part>);

/// A piece of a [`Message`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Part {
    /// Words.
    Text(String),
    /// An option, a command or a feature.
    Mention(Mention),
}

/// A [`Message`] of its parts: text, whatever is formatted, settings and what they are set to, other messages.
///
/// ```
/// use skiplayer::fit::options::{DEPTH, PENALTY};
/// use skiplayer::message;
///
/// let either = message![DEPTH.to(1), ", or ", PENALTY.to("l1")];
/// assert_eq!(either.to_string(), "`Config::depth = 1`, or `Config::penalty = \"l1\"`");
/// ```
#[macro_export]
macro_rules! message {
    ($($part:expr),* $(,)?) => {
        <$crate::error::Message as ::core::iter::FromIterator<$crate::error::Message>>::from_iter([
            $($crate::error::Message::from($part)),*
        ])
    };
}

impl Message {
    /// Its options, commands and features.
    pub fn mentions(&self) -> impl Iterator<Item = &Mention> {
        self.0.iter().filter_map(|part| match part {
            Part::Mention(mention) => Some(mention),
            Part::Text(_) => None,
        })
    }

    /// In the words of a front end, options between backquotes.
    pub fn spelled<'a>(&'a self, spelling: &'a dyn Spelling) -> Spelled<'a, Self> {
        Spelled { what: self, spelling }
    }

    /// As [`spelled`](Self::spelled), options without quotes.
    pub(super) fn bare(&self, spelling: &dyn Spelling) -> String {
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Mention(mention) => mention.spelled(spelling),
        };
        self.0.iter().map(part).collect()
    }

    /// Replaces options by the words of a front end, for good.
    pub fn settle(&mut self, spelling: &dyn Spelling) {
        *self = self.spelled(spelling).to_string().into();
    }

    /// Whether `words` are in it, options named as in Rust.
    pub fn contains(&self, words: &str) -> bool {
        self.to_string().contains(words)
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// All of `messages`, with `between` between any two.
pub fn join(messages: impl IntoIterator<Item = Message>, between: &str) -> Message {
    let mut joined = Message::default();
    for (k, message) in messages.into_iter().enumerate() {
        if k > 0 {
            joined.extend([Part::from(between)]);
        }
        joined.extend(message.0);
    }
    joined
}

impl Extend<Part> for Message {
    fn extend<T: IntoIterator<Item = Part>>(&mut self, parts: T) {
        for part in parts {
            match (self.0.last_mut(), part) {
                // Equal messages are equal however they were put together.
                (_, Part::Text(text)) if text.is_empty() => {}
                (Some(Part::Text(last)), Part::Text(text)) => *last += &text,
                (_, part) => self.0.push(part),
            }
        }
    }
}

impl FromIterator<Part> for Message {
    fn from_iter<T: IntoIterator<Item = Part>>(parts: T) -> Self {
        let mut message = Self::default();
        message.extend(parts);
        message
    }
}

impl FromIterator<Message> for Message {
    fn from_iter<T: IntoIterator<Item = Message>>(messages: T) -> Self {
        messages.into_iter().flat_map(|message| message.0).collect()
    }
}

impl fmt::Display for Spelled<'_, Message> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.0.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Mention(mention) => write!(f, "`{}`", mention.spelled(self.spelling)),
        })
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spelled(&RustNames).fmt(f)
    }
}

impl<T: Into<Part>> From<T> for Message {
    fn from(part: T) -> Self {
        Self::from_iter([part.into()])
    }
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Part {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Part {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Mention> for Part {
    fn from(mention: Mention) -> Self {
        Self::Mention(mention)
    }
}

impl From<&Setting> for Part {
    fn from(setting: &Setting) -> Self {
        Self::Mention(setting.mention())
    }
}

impl From<&Action> for Part {
    fn from(action: &Action) -> Self {
        Self::Mention(action.mention())
    }
}

impl From<Feature> for Part {
    fn from(Feature(name): Feature) -> Self {
        Self::Mention(Mention::Feature { name })
    }
}

impl Serialize for Message {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0[..] {
            [] => serializer.serialize_str(""),
            [Part::Text(text)] => serializer.serialize_str(text),
            parts => parts.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Stored {
            Text(String),
            Parts(Vec<Part>),
        }
        Ok(match Stored::deserialize(deserializer)? {
            Stored::Text(text) => text.into(),
            Stored::Parts(parts) => parts.into_iter().collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::Value;
    use crate::schema::options::{KEEP, TASK};

    fn value() -> impl Strategy<Value = Option<Value>> {
        prop_oneof![
            Just(None),
            ".*".prop_map(|word| Some(Value::Word(word))),
            any::<Vec<String>>().prop_map(|names| Some(Value::Names(names))),
            any::<u64>().prop_map(|number| Some(number.into())),
            any::<bool>().prop_map(|flag| Some(Value::Flag(flag))),
        ]
    }

    fn part() -> impl Strategy<Value = Part> {
        prop_oneof![
            ".*".prop_map(Part::Text),
            (".*", ".*", value()).prop_map(|(field, name, value)| Part::Mention(Mention::Setting {
                field: field.into(),
                name: name.into(),
                value
            })),
            (".*", ".*").prop_map(|(function, name)| Part::Mention(Mention::Action {
                function: function.into(),
                name: name.into()
            })),
            ".*".prop_map(|name| Part::Mention(Mention::Feature { name: name.into() })),
        ]
    }

    proptest! {
        #[test]
        fn files_give_messages_back_as_they_were(parts in proptest::collection::vec(part(), 0..6)) {
            let message: Message = parts.into_iter().collect();
            let text = serde_json::to_string(&message).unwrap();
            prop_assert_eq!(serde_json::from_str::<Message>(&text).unwrap(), message);
        }

        #[test]
        fn words_alone_are_stored_as_a_string(text in ".*") {
            let message: Message = text.as_str().into();
            prop_assert_eq!(serde_json::to_value(&message).unwrap(), serde_json::Value::String(text));
        }
    }

    #[test]
    fn messages_are_equal_however_they_were_put_together() {
        let joined = join([message!["a", TASK.to("count")], "b".into(), message![KEEP.to("x")]], "; ");
        assert_eq!(joined, message!["", "a", TASK.to("count"), "; ", "b", "; ", KEEP.to("x")]);
    }

    #[test]
    fn a_setting_is_known_again() {
        let message = message![KEEP.to("x"), " and ", &TASK];
        let mentions: Vec<&Mention> = message.mentions().collect();
        assert!(KEEP.is_in(mentions[0]) && TASK.is_in(mentions[1]) && !KEEP.is_in(mentions[1]));
    }
}
