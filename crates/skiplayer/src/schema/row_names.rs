//! Columns that name or number the rows: what was a name is no input.
//!
//! The rule, in this order:
//! 1. the file says that the column was an index;
//! 2. it is the first column of a text file, without a name (or `Unnamed: 0`, as pandas calls such a column when it reads it),
//!    and its cells are names: all different, or whole numbers of which a fifth differ; numbers with fractions and words that
//!    come again are data;
//! 3. whatever it is called, it counts the rows: consecutive whole numbers from 0 or 1 on, 20 or more. Years and other numbers
//!    that start elsewhere are data; so are numbers in another order than that of the rows where another column names or counts
//!    these, or counts them in a third order: those are ranks, unless their name is that of a number (`patient_id`, `case_no`);
//! 4. it is called as row names are (`index`, `rownames`, `row`, `id`, …) and holds whole numbers or words that are all
//!    different.

use std::collections::HashSet;

use crate::Result;
use crate::table::{Column, MISSING, Meaning, RowNames, TableSource, Values};

/// The reason of rule 3.
pub(super) const COUNTED: &str = "it numbers the rows, like an identifier";

/// A column that counts so many rows is no accident.
const MIN_COUNTED: usize = 20;
/// Of whole numbers without a name so many differ at least where they are names: pieces of tables that were put together
/// count from the start again.
const DIFFERENT: f64 = 0.2;
/// What columns of row names are called, in lower case and without blanks, points and underscores.
const NAMES: [&str; 17] = [
    "index",
    "level0",
    "indexlevel0",
    "rownames",
    "rowname",
    "row",
    "rows",
    "rowid",
    "rowindex",
    "rownumber",
    "rownum",
    "rownr",
    "obs",
    "observation",
    "id",
    "recordid",
    "caseid",
];

/// Words in the name of a column that make its numbers names.
const NUMBERS: [&str; 15] = [
    "id", "ids", "nr", "no", "num", "number", "index", "key", "code", "case", "subject", "patient", "row", "obs",
    "record",
];

/// Why `column` names the rows, if it does. O(rows).
pub fn why_row_names(column: &Column) -> Option<&'static str> {
    let name: String = column.name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    let is_unnamed = column.origin.row_names == Some(RowNames::Unnamed)
        || name
            .strip_prefix("unnamed")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
    if column.origin.row_names == Some(RowNames::Declared) {
        return Some("the file says that it was the index of its rows");
    }
    if is_unnamed && (are_different(column) || are_numbers_of_pieces(column)) {
        return Some("it has no name and names the rows");
    }
    if matches!(&column.values, Values::Numeric(values) if column.meaning == Meaning::Number && counts_rows(values)) {
        return Some(COUNTED);
    }
    (NAMES.contains(&name.as_str()) && are_different(column))
        .then_some("it is called as row names are, and every cell is different")
}

/// Columns of `table` that name or number its rows, with the reason.
pub fn row_names(table: &dyn TableSource) -> Result<Vec<(String, &'static str)>> {
    let mut found = Vec::new();
    let mut shuffled = Vec::new();
    for (at, name) in table.names().into_iter().enumerate() {
        let column = table.column_at(at)?;
        if let Some(reason) = why_row_names(&column) {
            if may_be_rank(&column, reason) {
                shuffled.push(name.to_owned());
            }
            found.push((name.to_owned(), reason));
        }
    }
    let others: Vec<String> =
        found.iter().map(|(name, _)| name).filter(|name| !shuffled.contains(name)).cloned().collect();
    let ranks = ranks(table, &shuffled, &others)?;
    found.retain(|(name, _)| !ranks.contains(name));
    Ok(found)
}

/// Whether `column`, set aside for `reason`, counts the rows in another order than theirs.
pub(super) fn may_be_rank(column: &Column, reason: &str) -> bool {
    let is_shuffled = matches!(&column.values, Values::Numeric(values) if !values.is_sorted());
    reason == COUNTED && is_shuffled && !is_called_as_numbers(&column.name)
}

/// Whether a word of a name, between signs and capitals, says that what it names is a number of something.
fn is_called_as_numbers(name: &str) -> bool {
    let mut words = vec![String::new()];
    let mut was_small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && was_small) {
            words.push(String::new());
        }
        was_small = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.iter().any(|word| NUMBERS.contains(&word.as_str()) || word.ends_with("id"))
}

/// Which of the columns `shuffled` are ranks: another one of them, or of `others`, which name the rows, is in another order.
pub(super) fn ranks(table: &dyn TableSource, shuffled: &[String], others: &[String]) -> Result<HashSet<String>> {
    let mut ranks = HashSet::new();
    for name in shuffled {
        let Some(own) = table.column_named(name)? else { continue };
        for other in shuffled.iter().chain(others).filter(|other| *other != name) {
            if table.column_named(other)?.is_some_and(|other| !are_alike(&own.values, &other.values)) {
                ranks.insert(name.clone());
                break;
            }
        }
    }
    Ok(ranks)
}

/// Whether two columns of numbers differ by a constant.
fn are_alike(own: &Values, other: &Values) -> bool {
    match (own, other) {
        (Values::Numeric(own), Values::Numeric(other)) => {
            let mut steps = own.iter().zip(other).map(|(a, b)| a - b);
            let first = steps.next();
            steps.all(|step| Some(step) == first)
        }
        _ => false,
    }
}

/// Whether the cells are names: whole numbers from 0 on, words or dates, all of them different, none missing.
fn are_different(column: &Column) -> bool {
    let n = column.values.len();
    match &column.values {
        Values::Numeric(values) => {
            let is_name = |v: &f64| !v.is_nan() && (column.meaning.is_calendar() || is_whole(*v));
            values.iter().all(is_name) && n_different(values) == n
        }
        Values::Categorical { codes, levels } => {
            let mut seen = vec![false; levels.len()];
            codes.iter().all(|&code| code != MISSING && !std::mem::replace(&mut seen[code as usize], true))
        }
    }
}

fn are_numbers_of_pieces(column: &Column) -> bool {
    match &column.values {
        Values::Numeric(values) if column.meaning == Meaning::Number => {
            let n = values.len();
            values.iter().all(|v| is_whole(*v)) && n_different(values) as f64 >= DIFFERENT * n as f64
        }
        _ => false,
    }
}

fn is_whole(value: f64) -> bool {
    value >= 0.0 && value.fract() == 0.0
}

fn n_different(values: &[f64]) -> usize {
    values.iter().map(|v| v.to_bits()).collect::<HashSet<_>>().len()
}

/// Whether the numbers are 0, 1, 2, … or 1, 2, 3, … in some order: over the whole table, as a counter has gaps where rows
/// without a target are left out.
fn counts_rows(values: &[f64]) -> bool {
    let n = values.len();
    let smallest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let mut seen = vec![false; n];
    n >= MIN_COUNTED
        && (smallest == 0.0 || smallest == 1.0)
        && values.iter().all(|v| {
            let place = v - smallest;
            place.fract() == 0.0 && place < n as f64 && !std::mem::replace(&mut seen[place as usize], true)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(name: &str, values: impl IntoIterator<Item = i32>) -> Column {
        Column::new(name, Values::Numeric(values.into_iter().map(f64::from).collect()))
    }

    fn words(name: &str, cells: &[&str]) -> Column {
        Column::new(name, Values::from_text(cells.iter().map(|cell| Some(*cell))))
    }

    fn unnamed(mut column: Column) -> Column {
        column.origin.row_names = Some(RowNames::Unnamed);
        column
    }

    fn is_set_aside(column: &Column) -> bool {
        why_row_names(column).is_some()
    }

    #[test]
    fn row_names_of_every_program_are_no_inputs() {
        let gaps = [1, 4, 7, 9, 15];
        for name in [
            "index",
            "Unnamed: 0",
            "Unnamed: 0.1",
            "rownames",
            "row.names",
            "Row",
            "id",
            "ID",
            "level_0",
            "__index_level_0__",
        ] {
            assert!(is_set_aside(&numbers(name, gaps)), "{name}");
            assert!(is_set_aside(&words(name, &["a", "b", "c"])), "{name}");
        }
        assert!(is_set_aside(&unnamed(numbers("x1", gaps))));
        assert!(is_set_aside(&unnamed(numbers("x1", [5, 2, 9, 0]))), "shuffled");
        assert!(
            is_set_aside(&unnamed(numbers("x1", (0..10).chain(0..10).chain(0..10)))),
            "three tables, one below the other"
        );
        assert!(is_set_aside(&unnamed(words("x1", &["Mazda RX4", "Datsun 710"]))));
        let mut index = numbers("dose", [3, 3, 4]);
        index.origin.row_names = Some(RowNames::Declared);
        assert!(is_set_aside(&index));
        assert!(is_set_aside(&numbers("anything", (1..=20).rev())));
    }

    #[test]
    fn data_that_looks_a_little_like_row_names_stays() {
        assert!(!is_set_aside(&numbers("year", 1950..1990)), "years are consecutive by nature");
        assert!(!is_set_aside(&numbers("dose", 1..12)), "too few to be no accident");
        assert!(!is_set_aside(&numbers("dose", (0..30).map(|i| i % 10))));
        assert!(!is_set_aside(&numbers("index", [100, 102, 102, 105])), "an index of prices");
        let fractions = Column::new("index", Values::Numeric(vec![100.0, 101.5, 99.2]));
        assert!(!is_set_aside(&fractions) && !is_set_aside(&unnamed(fractions)));
        assert!(!is_set_aside(&unnamed(words("x1", &["a", "b", "a", "b"]))));
        assert!(!is_set_aside(&unnamed(numbers("x1", (0..40).map(|i| i % 2)))));
        let gap = Column::new(
            "anything",
            Values::Numeric((0..30).map(|i| if i == 3 { f64::NAN } else { f64::from(i) }).collect()),
        );
        assert!(!is_set_aside(&gap));
    }
}
