//! A standardised feature as a function of one cell.

use serde::Serialize;

use super::spelling::spellings;
use crate::encode::{InputEncoding, Part, Source, Standard};

/// A number that the network takes, made of one cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Feature {
    /// (value - mean) / scale of the `part` of the cell; 0 where it is missing.
    Number { column: String, part: Part, mean: f64, scale: f64 },
    /// What was known beforehand, as it is; where it is missing there is no prediction.
    Offset { column: String },
    /// `yes` where the cell passes the test, otherwise `no`.
    Indicator { column: String, part: Part, test: Test, yes: f64, no: f64 },
}

/// What is asked of a cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// Whether it is missing.
    Missing,
    /// Whether it is one of these texts: the spellings of one level.
    AnyOf(Vec<String>),
    /// Whether it is there and none of these texts: a rarer level, or one that training did not have.
    NoneOf(Vec<String>),
    /// Whether its part is the one at this place, counted from 0: January, the first quarter, Monday.
    At(usize),
}

impl Feature {
    /// The column that it is made of.
    pub fn column(&self) -> &str {
        match self {
            Feature::Number { column, .. } | Feature::Offset { column } | Feature::Indicator { column, .. } => column,
        }
    }

    /// What of the cell is taken.
    pub fn part(&self) -> Part {
        match self {
            Feature::Number { part, .. } | Feature::Indicator { part, .. } => *part,
            Feature::Offset { .. } => Part::Whole,
        }
    }

    /// Its value where the cell is missing.
    pub fn of_missing(&self) -> f64 {
        match self {
            Feature::Number { .. } => 0.0,
            Feature::Offset { .. } => f64::NAN,
            Feature::Indicator { test, yes, no, .. } => {
                if matches!(test, Test::Missing) {
                    *yes
                } else {
                    *no
                }
            }
        }
    }

    /// Its value where the cell of a category is `text`; `None` is a text that no test names.
    pub fn of_text(&self, text: Option<&str>) -> f64 {
        let is_named = |texts: &[String]| text.is_some_and(|text| texts.iter().any(|own| own == text));
        match self {
            Feature::Number { .. } | Feature::Offset { .. } => self.of_missing(),
            Feature::Indicator { test, yes, no, .. } => {
                let passes = match test {
                    Test::AnyOf(texts) => is_named(texts),
                    Test::NoneOf(texts) => !is_named(texts),
                    Test::Missing | Test::At(_) => false,
                };
                if passes { *yes } else { *no }
            }
        }
    }
}

/// The features of an input in the order of the network's inputs, each with whether it varies: one that did not vary in training
/// is always 0.
pub fn features(input: &InputEncoding) -> Vec<(Feature, bool)> {
    let Source { part, .. } = *input.source();
    let column = || input.column().to_owned();
    let indicator = |test: Test, standard: &Standard| {
        let (no, yes) = (standard.apply(0.0), standard.apply(1.0));
        (Feature::Indicator { column: column(), part, test, yes, no }, standard.scale < 1.0)
    };
    let missing = |missing: &Option<Standard>| missing.map(|standard| indicator(Test::Missing, &standard));
    match input {
        InputEncoding::Numeric { standard: Standard { mean, scale }, missing: gaps, range, .. } => {
            let number = Feature::Number { column: column(), part, mean: *mean, scale: *scale };
            [(number, range.0 < range.1)].into_iter().chain(missing(gaps)).collect()
        }
        InputEncoding::Categorical { reference, levels, other, missing: gaps, .. } => {
            let known: Vec<&str> = levels.iter().map(|(level, _)| level.as_str()).chain([reference.as_str()]).collect();
            let spelt = if part == Part::Whole { spellings(&known) } else { Vec::new() };
            let place = |level: &str| part.levels().iter().position(|own| *own == level).unwrap_or(part.levels().len());
            let own = levels.iter().enumerate().map(|(k, (level, standard))| {
                let test = match part {
                    Part::Whole => Test::AnyOf(spelt[k].clone()),
                    _ => Test::At(place(level)),
                };
                indicator(test, standard)
            });
            let rest = other.map(|standard| indicator(Test::NoneOf(spelt.concat()), &standard));
            own.chain(rest).chain(missing(gaps)).collect()
        }
    }
}
