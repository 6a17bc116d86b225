//! Vectors of R as columns of a table.

use std::collections::HashMap;

use savvy::{savvy_err, ListSexp, NotAvailableValue, RealSexp, Sexp, TypedSexp};
use skiplayer::table::{dates, Column, Meaning, Table, Values, MISSING};
use skiplayer::{Error, Result};

/// The table of a named list. An element is
///
/// - numbers or integers, NA where missing;
/// - truth values;
/// - `list(kind=, values=, levels=, zone=)` of the kinds "category" and "ordered" (codes from 1 into the levels), "date" (days since
///   1970-01-01), "timestamp" and "duration" (seconds).
///
/// Cells are copied once: the fit runs beside R, and must not see them change.
///
/// # Errors
/// The outer one for what is no such list, the inner one for cells that no model takes.
pub fn table(list: &ListSexp) -> savvy::Result<Result<Table>> {
    let mut columns = Vec::with_capacity(list.len());
    for (name, cells) in list.iter() {
        match column(name, cells)? {
            Ok(column) => columns.push(column),
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Table::new(columns))
}

fn column(name: &str, cells: Sexp) -> savvy::Result<Result<Column>> {
    Ok(match cells.into_typed() {
        TypedSexp::Real(cells) => numbers(name, &cells).map(|values| Column::new(name, values)),
        TypedSexp::Integer(cells) => {
            let number = |cell: &i32| if cell.is_na() { f64::NAN } else { f64::from(*cell) };
            Ok(Column::new(name, Values::Numeric(cells.as_slice().iter().map(number).collect())))
        }
        TypedSexp::Logical(cells) => Ok(Column::new(name, truths(cells.as_slice_raw()))),
        TypedSexp::List(parts) => of_kind(name, &parts)?,
        _ => Err(savvy_err!("column `{name}`: cells of a type that does not cross"))?,
    })
}

/// Finite numbers and NaN.
fn numbers(name: &str, cells: &RealSexp) -> Result<Values> {
    let cells = cells.as_slice();
    match cells.iter().position(|cell| cell.is_infinite()) {
        Some(at) => {
            let found = if cells[at] > 0.0 { "Inf" } else { "-Inf" };
            Err(Error::input(skiplayer::error::Place::of_column(name), format!("{found} in row {}", at + 1))
                .expected("finite numbers, or NA for a missing cell")
                .hint("mend the cell, or set it to NA"))
        }
        None => Ok(Values::Numeric(cells.to_vec())),
    }
}

/// Levels as a file gives them: each once, in the order they appear. So equal cells are equal tables, however they were coded.
fn levels(codes: impl Iterator<Item = Option<usize>>, given: &[&str]) -> Option<Values> {
    let (mut levels, mut codes_of_levels) = (Vec::new(), HashMap::new());
    let mut code = |at: Option<usize>| -> Option<u32> {
        let Some(at) = at else { return Some(MISSING) };
        let text = *given.get(at)?;
        Some(*codes_of_levels.entry(text).or_insert_with(|| {
            levels.push(text.to_owned());
            (levels.len() - 1) as u32
        }))
    };
    let codes = codes.map(&mut code).collect::<Option<_>>()?;
    Some(Values::Categorical { codes, levels })
}

fn truths(cells: &[i32]) -> Values {
    let code = |cell: &i32| if cell.is_na() { None } else { Some(usize::from(*cell != 0)) };
    levels(cells.iter().map(code), &["false", "true"])
        .unwrap_or(Values::Categorical { codes: Vec::new(), levels: Vec::new() })
}

fn of_kind(name: &str, parts: &ListSexp) -> savvy::Result<Result<Column>> {
    let wrong = |what: &str| savvy_err!("column `{name}`: {what}");
    let word = |field: &str| match parts.get(field).map(Sexp::into_typed) {
        Some(TypedSexp::String(texts)) => texts.iter().next(),
        _ => None,
    };
    let kind = word("kind").ok_or_else(|| wrong("no kind"))?;
    let values = parts.get("values").ok_or_else(|| wrong("no values"))?.into_typed();
    match (kind, values) {
        ("category" | "ordered", TypedSexp::Integer(codes)) => {
            let Some(TypedSexp::String(given)) = parts.get("levels").map(Sexp::into_typed) else {
                return Err(wrong("no levels"));
            };
            let code = |code: &i32| usize::try_from(*code).ok().and_then(|code| code.checked_sub(1));
            let values = levels(codes.as_slice().iter().map(code), &given.to_vec())
                .ok_or_else(|| wrong("a code without a level"))?;
            Ok(Ok(Column::new(name, values).meaning(Meaning::Category { is_ordered: kind == "ordered" })))
        }
        (_, TypedSexp::Real(cells)) => {
            let meaning = match kind {
                "date" => Meaning::Date { written: None },
                "timestamp" => Meaning::Timestamp { zone: word("zone").map(dates::zone), written: None },
                "duration" => Meaning::Duration,
                _ => return Err(wrong("a kind that is not known")),
            };
            Ok(numbers(name, &cells).map(|values| Column::new(name, values).meaning(meaning)))
        }
        _ => Err(wrong("values that are not of their kind")),
    }
}
