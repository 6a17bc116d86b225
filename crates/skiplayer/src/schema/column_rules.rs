//! What is asked of single columns: prices, directions, and which of them hidden units may combine.

use serde::{Deserialize, Serialize};

use super::options::{INTERACTIONS, MONOTONE, PENALTY_FACTOR, UNPENALIZED};
use crate::error::{Message, Setting};
use crate::table::{Meaning, TableSource, Values, listed, nearest_name};
use crate::{Error, Result, message};

/// Rules for columns, by name. The default asks nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ColumnRules {
    /// Columns of numbers in which predictions never fall (+) or never rise (-), on the scale of the linear predictor.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub monotone: Vec<(String, Direction)>,
    /// Columns whose linear coefficients are neither penalised nor removed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unpenalized: Vec<String>,
    /// Factors of the penalty of the weights of columns, above 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub penalty_factor: Vec<(String, f64)>,
    /// Groups of columns: a hidden unit has inputs of one group only, and columns of no group are on their own. `None`: units may combine all;
    /// no group at all: each unit has one column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interactions: Option<Vec<Vec<String>>>,
}

/// Which way predictions may go with a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    #[serde(rename = "+")]
    Up,
    #[serde(rename = "-")]
    Down,
}

impl Direction {
    /// 1 or -1.
    pub fn sign(self) -> f64 {
        match self {
            Direction::Up => 1.0,
            Direction::Down => -1.0,
        }
    }

    /// What `+` and `-` stand for.
    pub fn from_text(text: &str) -> Option<Self> {
        match text {
            "+" | "1" | "+1" => Some(Direction::Up),
            "-" | "-1" => Some(Direction::Down),
            _ => None,
        }
    }
}

impl ColumnRules {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is asked, in words.
    pub fn in_words(&self) -> Vec<String> {
        let quoted = |names: Vec<&String>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let going =
            |way: Direction| self.monotone.iter().filter(|(_, own)| *own == way).map(|(name, _)| name).collect();
        let mut words = Vec::new();
        for (way, verb) in [(Direction::Up, "falls"), (Direction::Down, "rises")] {
            let names: Vec<&String> = going(way);
            words.extend((!names.is_empty()).then(|| format!("never {verb} in {}", quoted(names))));
        }
        if !self.unpenalized.is_empty() {
            words.push(format!("no penalty on {}", quoted(self.unpenalized.iter().collect())));
        }
        words
            .extend(self.penalty_factor.iter().map(|(name, factor)| format!("{factor} times the penalty on `{name}`")));
        words.extend(self.interactions.as_ref().map(|groups| match groups.len() {
            0 => "no interactions".to_owned(),
            _ => {
                let groups: Vec<String> = groups.iter().map(|group| quoted(group.iter().collect())).collect();
                format!("interactions among {} only", groups.join(" and among "))
            }
        }));
        words
    }

    /// The first option that is used.
    pub fn first(&self) -> Option<&'static Setting> {
        let used = [
            (&MONOTONE, !self.monotone.is_empty()),
            (&INTERACTIONS, self.interactions.is_some()),
            (&UNPENALIZED, !self.unpenalized.is_empty()),
            (&PENALTY_FACTOR, !self.penalty_factor.is_empty()),
        ];
        used.into_iter().find(|(_, is_used)| *is_used).map(|(option, _)| option)
    }

    /// Every column that is named, with the option that names it.
    fn named(&self) -> impl Iterator<Item = (&'static Setting, &String)> {
        let monotone = self.monotone.iter().map(|(name, _)| (&MONOTONE, name));
        let unpenalized = self.unpenalized.iter().map(|name| (&UNPENALIZED, name));
        let factor = self.penalty_factor.iter().map(|(name, _)| (&PENALTY_FACTOR, name));
        let groups = self.interactions.iter().flatten().flatten().map(|name| (&INTERACTIONS, name));
        monotone.chain(unpenalized).chain(factor).chain(groups)
    }

    /// Refuses rules for what is no input, numbers that are no factors, and directions of what has no order.
    pub(super) fn check(
        &self,
        table: &dyn TableSource,
        inputs: &[String],
        why_not: &dyn Fn(&str) -> Option<Message>,
    ) -> Result<()> {
        for (option, name) in self.named() {
            if inputs.contains(name) {
                continue;
            }
            let names = table.names();
            if names.contains(&name.as_str()) {
                let error = Error::input(option.to(name), "a column that is no input").expected("one of the inputs");
                return Err(match why_not(name) {
                    Some(reason) => error.hint(message![format!("`{name}` is set aside: "), reason]),
                    None => error,
                });
            }
            let error = Error::input(option.to(name), "no such column").expected(format!("one of {}", listed(&names)));
            return Err(error.did_you_mean(nearest_name(name, names)));
        }
        for (at, (name, _)) in self.monotone.iter().enumerate() {
            if self.monotone[..at].iter().any(|(other, _)| other == name) {
                return Err(Error::input(MONOTONE.to(name), "two directions").expected("one"));
            }
            if let Some(column) = table.column_named(name)? {
                let what = match (&column.values, &column.meaning) {
                    (Values::Categorical { .. }, _) => Some("a column of categories, which have no direction"),
                    (_, meaning) if meaning.is_calendar() => Some("a column of dates, which becomes several inputs"),
                    (_, Meaning::TimeOfDay) => Some("a column of times of day, which go round"),
                    _ => None,
                };
                if let Some(what) = what {
                    return Err(Error::input(MONOTONE.to(name), what).expected("a column of numbers"));
                }
            }
        }
        for (name, factor) in &self.penalty_factor {
            if !(factor.is_finite() && *factor > 0.0) {
                return Err(Error::input(PENALTY_FACTOR.to(name), factor.to_string())
                    .expected("a number above 0")
                    .hint(message!["what has no penalty at all goes to ", &UNPENALIZED]));
            }
            if self.unpenalized.contains(name) {
                return Err(Error::input(PENALTY_FACTOR.to(name), message!["it is in ", &UNPENALIZED, " too"])
                    .expected("one of the two"));
            }
        }
        for group in self.interactions.iter().flatten() {
            if group.len() < 2 {
                return Err(Error::input(INTERACTIONS.to(group.as_slice()), "a group of one column")
                    .expected("two or more")
                    .hint("columns of no group are on their own"));
            }
        }
        Ok(())
    }
}
