//! What the cells of a column mean to all members.

use super::member::Member;
use crate::encode::{InputEncoding, Part};
use crate::error::Place;
use crate::table::Meaning;
use crate::{Error, Result};

/// Whether a column is numbers to all members, or categories to all.
pub fn check_kinds<'a>(column: &str, all: impl Iterator<Item = (&'a Member<'a>, &'a InputEncoding)>) -> Result<()> {
    let mut seen: Option<(&Member, &InputEncoding)> = None;
    // Dates are both, part by part, and are told apart by their meaning.
    for (member, input) in all.filter(|(_, input)| input.source().part == Part::Whole) {
        let Some((first, own)) = seen else {
            seen = Some((member, input));
            continue;
        };
        if std::mem::discriminant(own) != std::mem::discriminant(input) {
            return Err(two_meanings(Place::of_column(column), (first, kind(own)), (member, kind(input))));
        }
    }
    Ok(())
}

/// The one meaning of cells that all `stated` can have.
///
/// # Errors
/// Names two members whose meanings differ.
pub fn one_meaning<'a>(
    stated: impl Iterator<Item = (&'a Member<'a>, &'a Meaning)>,
    place: impl Fn() -> Place,
) -> Result<Meaning> {
    let mut found: Option<(&Member, Meaning)> = None;
    for (member, meaning) in stated.filter(|(_, meaning)| **meaning != Meaning::Unstated) {
        found = Some(match found {
            None => (member, meaning.clone()),
            Some((first, own)) => match both(&own, meaning) {
                Some(meaning) => (first, meaning),
                None => {
                    return Err(two_meanings(place(), (first, own.to_string()), (member, meaning.to_string())));
                }
            },
        });
    }
    Ok(found.map_or(Meaning::Unstated, |(_, meaning)| meaning))
}

/// What cells mean that both meanings are of.
fn both(a: &Meaning, b: &Meaning) -> Option<Meaning> {
    use Meaning::*;
    match (a, b) {
        _ if a == b => Some(a.clone()),
        (Truth | Category { .. }, Truth | Category { .. }) => Some(Meaning::CATEGORY),
        (Date { .. } | Timestamp { .. }, Date { .. } | Timestamp { .. }) if a.takes(b) && b.takes(a) => {
            // In which order days and months stand has to show again where it was not the same.
            let written = a
                .written()
                .filter(|order| b.written().is_none_or(|other| other == *order))
                .or_else(|| b.written().filter(|_| a.written().is_none()));
            Some(match (a, b) {
                (Timestamp { zone, .. }, _) | (_, Timestamp { zone, .. }) => Timestamp { zone: zone.clone(), written },
                _ => Date { written },
            })
        }
        _ => None,
    }
}

fn kind(input: &InputEncoding) -> String {
    match input {
        InputEncoding::Numeric { source, .. } if source.meaning == Meaning::Unstated => Meaning::Number.to_string(),
        InputEncoding::Categorical { source, .. } if source.meaning == Meaning::Unstated => {
            Meaning::CATEGORY.to_string()
        }
        input => input.source().meaning.to_string(),
    }
}

fn two_meanings(place: Place, (first, own): (&Member, String), (other, new): (&Member, String)) -> Error {
    Error::input(place, format!("{own} in {} and {new} in {}", first.name, other.name))
        .expected("one meaning in all models that are merged")
        .hint("fit one of them again, with the column read as in the other")
}
