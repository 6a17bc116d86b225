//! The order of classes: the caller's, or for ordered classes that of numbers and of ordered categories.

use super::options::{CLASSES, LOSS};
use super::spec::ColumnRoles;
use crate::error::Place;
use crate::loss::MOST_ORDERED;
use crate::table::cell::parse_number;
use crate::table::{Column, Meaning, Values, listed};
use crate::{Error, Result, message};

/// The classes that were found, as the caller orders them.
pub fn in_order(found: Vec<String>, spec: &ColumnRoles) -> Result<Vec<String>> {
    if spec.classes.is_empty() {
        return Ok(found);
    }
    let place = Place::of_target(&spec.columns[0]);
    let is_repeated = |(at, class): (usize, &String)| spec.classes[..at].contains(class).then_some(class.clone());
    if let Some(class) = spec.classes.iter().enumerate().find_map(is_repeated) {
        return Err(Error::input(place, format!("the class `{class}` twice in the order of classes"))
            .expected("each class once"));
    }
    if let Some(other) = found.iter().find(|class| !spec.classes.contains(class)) {
        return Err(
            Error::input(place, format!("the class `{other}`")).expected(format!("one of {}", listed(&spec.classes)))
        );
    }
    Ok(spec.classes.iter().filter(|class| found.contains(class)).cloned().collect())
}

/// The order of ordered classes: the caller's, or that of ordered categories or of whole numbers.
pub fn ranked(target: &Column, found: Vec<String>, spec: &ColumnRoles, rows: &[usize]) -> Result<Vec<String>> {
    let error = |found: String| Error::input(Place::of_target(&target.name), found);
    let first = |class: &str| {
        rows.iter().find(|&&i| target.text(i) == class).map_or(String::new(), |&i| format!(" in {}", spec.row(i)))
    };
    if found.len() > MOST_ORDERED {
        return Err(error(format!("{} ordered classes", found.len()))
            .expected(format!("at most {MOST_ORDERED}"))
            .hint(message!["numbers with so many values are for ", LOSS.to("squared")]));
    }
    if !spec.classes.is_empty() {
        if let Some(other) = found.iter().find(|class| !spec.classes.contains(class)) {
            return Err(error(format!("the class `{other}`{}", first(other)))
                .expected(message!["one of ", CLASSES.to(spec.classes.as_slice())]));
        }
        if let Some(absent) = spec.classes.iter().find(|class| !found.contains(class)) {
            return Err(error(format!("no row of the class `{absent}`, which is in the order of classes"))
                .expected(format!("rows of each class; there are {}", listed(&found)))
                .hint("without rows nothing can be said of the thresholds around it: leave it out of the order"));
        }
        return in_order(found, spec);
    }
    if let (Values::Categorical { levels, .. }, Meaning::Category { is_ordered: true }) =
        (&target.values, &target.meaning)
    {
        return Ok(levels.iter().filter(|level| found.contains(level)).cloned().collect());
    }
    let numbers: Option<Vec<f64>> = found.iter().map(|class| parse_number(class)).collect();
    let Some(numbers) = numbers else {
        return Err(error(format!("the classes {} without an order", listed(&found)))
            .expected("classes in order: whole numbers, ordered categories, or an order that is given")
            .hint(message!["say it, the lowest class first: ", CLASSES.to(found.as_slice())]));
    };
    if let Some(at) = numbers.iter().position(|number| number.fract() != 0.0) {
        return Err(error(format!("{}{}", found[at], first(&found[at])))
            .expected("whole numbers or categories as ordered classes")
            .hint(message!["try ", LOSS.to("squared"), ", or say the order of the classes (", &CLASSES, ")"]));
    }
    let mut by_size: Vec<(f64, String)> = numbers.into_iter().zip(found).collect();
    by_size.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(by_size.into_iter().map(|(_, class)| class).collect())
}
