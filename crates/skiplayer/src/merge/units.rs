//! Features that can say what those of every member say.

use super::affine::Affine;
use super::levels::levels;
use super::meaning::{check_kinds, one_meaning};
use super::member::Member;
use super::numbers::numbers;
use crate::Result;
use crate::encode::{Encoding, InputEncoding, Part, Source};
use crate::error::Place;
use crate::net::InputMap;

/// An encoding for all members.
pub struct United {
    pub encoding: Encoding,
    /// Of each member its own features as functions of these.
    pub maps: Vec<InputMap>,
    /// What somebody should know who merges.
    pub remarks: Vec<String>,
}

/// The encodings of `members` as one.
///
/// # Errors
/// A column that is numbers to one member and categories to another, or that means different things.
pub fn unite(members: &[Member], shares: &[f64]) -> Result<United> {
    let mut remarks = Vec::new();
    let mut inputs: Vec<InputEncoding> = Vec::new();
    let mut maps: Vec<InputMap> = members
        .iter()
        .map(|member| {
            let n = member.model.encoding.n_features();
            InputMap { n_inputs: 0, shift: vec![0.0; n], terms: vec![Vec::new(); n] }
        })
        .collect();
    let mut n_features = 0;
    for column in columns(members) {
        remarks.extend(absent(members, column));
        let of_column = |member: &Member| -> Vec<usize> {
            let own = &member.model.encoding.inputs;
            (0..own.len()).filter(|&i| own[i].column() == column).collect()
        };
        let own: Vec<Vec<usize>> = members.iter().map(of_column).collect();
        let all =
            || members.iter().zip(&own).flat_map(|(m, own)| own.iter().map(move |&i| (m, &m.model.encoding.inputs[i])));
        check_kinds(column, all())?;
        let meaning = one_meaning(all().map(|(m, input)| (m, &input.source().meaning)), || Place::of_column(column))?;
        let has_gaps = all().any(|(_, input)| match input {
            InputEncoding::Numeric { missing, .. } | InputEncoding::Categorical { missing, .. } => missing.is_some(),
        });
        for part in parts(all().map(|(_, input)| input.source().part)) {
            let place: Vec<Option<usize>> = members
                .iter()
                .zip(&own)
                .map(|(m, own)| own.iter().copied().find(|&i| is_same(m.model.encoding.inputs[i].source().part, part)))
                .collect();
            let of_members: Vec<(Option<&InputEncoding>, f64)> = members
                .iter()
                .zip(&place)
                .zip(shares)
                .map(|((m, place), share)| (place.map(|i| &m.model.encoding.inputs[i]), *share))
                .collect();
            let name = free_name(of_members.iter().find_map(|(own, _)| *own), &inputs);
            let source = Source { column: (name != column).then(|| column.to_owned()), meaning: meaning.clone(), part };
            let is_number = of_members.iter().any(|(own, _)| matches!(own, Some(InputEncoding::Numeric { .. })));
            let (input, functions) = if is_number {
                numbers(&of_members, name, source, has_gaps)
            } else {
                levels(&of_members, name, source, has_gaps)
            };
            for (((member, map), place), functions) in members.iter().zip(&mut maps).zip(&place).zip(functions) {
                let Some(input) = place else { continue };
                let before: usize = member.model.encoding.inputs[..*input].iter().map(|i| i.scales().len()).sum();
                for (j, Affine { shift, terms }) in functions.into_iter().enumerate() {
                    map.shift[before + j] = shift;
                    map.terms[before + j] = terms.into_iter().map(|(k, factor)| (n_features + k, factor)).collect();
                }
            }
            n_features += input.scales().len();
            inputs.push(input);
        }
    }
    maps.iter_mut().for_each(|map| map.n_inputs = n_features);
    Ok(United { encoding: Encoding { inputs }, maps, remarks })
}

/// The columns of all members, each once, in the order in which they come first.
fn columns<'a>(members: &[Member<'a>]) -> Vec<&'a str> {
    let mut columns: Vec<&str> = Vec::new();
    for member in members {
        for column in member.model.encoding.columns() {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
    }
    columns
}

/// Says which members do not know a column.
fn absent(members: &[Member], column: &str) -> Option<String> {
    let without: Vec<&str> =
        members.iter().filter(|m| !m.model.encoding.columns().contains(&column)).map(|m| m.name).collect();
    (!without.is_empty())
        .then(|| format!("column `{column}` is no input of {}, to which it adds nothing", without.join(", ")))
}

/// The parts of a column that are inputs of some member, each once; of dates counted from different days the earliest.
fn parts(all: impl Iterator<Item = Part>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for part in all {
        match parts.iter_mut().find(|own| is_same(**own, part)) {
            Some(Part::DaysSince(first)) => {
                if let Part::DaysSince(other) = part {
                    *first = first.min(other);
                }
            }
            Some(_) => {}
            None => parts.push(part),
        }
    }
    parts
}

fn is_same(a: Part, b: Part) -> bool {
    std::mem::discriminant(&a) == std::mem::discriminant(&b)
}

/// The name of `input`, or one like it that no other input has.
fn free_name(input: Option<&InputEncoding>, taken: &[InputEncoding]) -> String {
    let mut name = input.map_or_else(String::new, |input| input.name().to_owned());
    while taken.iter().any(|own| own.name() == name) {
        name.push('_');
    }
    name
}
