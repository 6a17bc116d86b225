//! The linear part, term by term: what each feature of the network is, without names that could be those of columns.

use serde::Serialize;

use crate::Model;
use crate::encode::{Encoding, InputEncoding, Part};
use crate::table::dates::date_text;

/// What is multiplied by a coefficient.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Term {
    /// Index into the columns.
    pub column: usize,
    /// What of a date it is: "month", "weekday", "hour", "days since 2024-01-01".
    pub part: Option<String>,
    pub kind: TermKind,
    /// Of a level, or of the reference.
    pub level: Option<String>,
    /// Index into the features; the reference level of a category has none.
    pub feature: Option<usize>,
}

/// What a term is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TermKind {
    Number,
    Level,
    /// The rarer levels together.
    Other,
    Missing,
    /// All indicators are zero.
    Reference,
}

/// Terms in the order of inputs, those of a date beside each other; each reference level comes before the levels that are compared with it.
pub fn terms(encoding: &Encoding) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut feature = 0;
    let columns = encoding.columns();
    for encoded in &encoding.inputs {
        let column = columns.iter().position(|name| *name == encoded.column()).unwrap_or_default();
        let part = part(encoded.source().part);
        let mut add = |kind, level: Option<&String>| {
            let is_feature = !matches!(kind, TermKind::Reference);
            let (part, level) = (part.clone(), level.cloned());
            terms.push(Term { column, part, kind, level, feature: is_feature.then_some(feature) });
            feature += usize::from(is_feature);
        };
        let missing = match encoded {
            InputEncoding::Numeric { missing, .. } => {
                add(TermKind::Number, None);
                missing
            }
            InputEncoding::Categorical { reference, levels, other, missing, .. } => {
                add(TermKind::Reference, Some(reference));
                levels.iter().for_each(|(level, _)| add(TermKind::Level, Some(level)));
                if other.is_some() {
                    add(TermKind::Other, None);
                }
                missing
            }
        };
        if missing.is_some() {
            add(TermKind::Missing, None);
        }
    }
    terms
}

fn part(part: Part) -> Option<String> {
    match part {
        Part::Whole => None,
        Part::DaysSince(first) => Some(format!("days since {}", date_text(first))),
        part => Some(part.name().trim().to_owned()),
    }
}

/// Coefficient and standard error of each feature for each output, in original units.
pub fn term_coefficients(model: &Model) -> Vec<Vec<(f64, Option<f64>)>> {
    let names = model.encoding.feature_names();
    let (p, outputs) = (names.len(), model.target.output_names());
    let mut dense = vec![vec![(0.0, None); p]; outputs.len()];
    // Only those that are not zero are listed, output by output and in the order of features: where the linear part itself is
    // there it says which those are, and in files of older versions their names do.
    let mut listed = model.explanation.coefficients.iter().peekable();
    for (o, of_output) in dense.iter_mut().enumerate() {
        for (j, place) in of_output.iter_mut().enumerate() {
            let is_next = match &model.linear_part {
                Some(part) => part.coef.get(o * p + j).is_some_and(|value| *value != 0.0),
                None => listed.peek().is_some_and(|next| {
                    next.input == names[j] && next.output.as_ref().is_none_or(|output| *output == outputs[o])
                }),
            };
            if let Some(next) = listed.next_if(|_| is_next) {
                *place = (next.value, next.standard_error);
            }
        }
    }
    dense
}
