//! What columns are called, and whether the options speak of columns that exist.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use skiplayer::table::{listed, nearest_name};
use skiplayer::{Error, Result};

use super::ReadOptions;
use super::cell::CellRules;
use super::column::{GrowingColumn, Wanted};
use super::numbers::Disk;

/// Names as found in the file, trimmed; an empty one becomes `x` and the number of its column.
pub fn from_file(file: &str, found: Vec<String>, notes: &mut Vec<String>) -> Result<Vec<String>> {
    let mut names: Vec<String> = found.iter().map(|name| name.trim().to_owned()).collect();
    let taken: HashSet<&str> = found.iter().map(|name| name.trim()).collect();
    for (column, name) in names.iter_mut().enumerate().filter(|(_, name)| name.is_empty()) {
        *name = format!("x{}", column + 1);
        while taken.contains(name.as_str()) {
            name.push('_');
        }
        // The first may hold the names of the rows: whoever gives columns their roles says what becomes of it.
        if column > 0 {
            notes.push(format!("column {} has no name: called `{name}`", column + 1));
        }
    }
    check_unique(file, &names)?;
    Ok(names)
}

/// `x1`, `x2`, …
pub fn numbered(n_columns: usize) -> Vec<String> {
    (1..=n_columns).map(|j| format!("x{j}")).collect()
}

/// Names given by the user for a file without any.
pub fn from_options(file: &str, given: &[String], n_columns: usize) -> Result<Vec<String>> {
    if given.len() != n_columns {
        return Err(Error::input(format!("{file}, option `columns`"), format!("{} names", given.len()))
            .expected(format!("{n_columns}, one a column of the file"))
            .hint("name every column in order"));
    }
    check_unique(file, given)?;
    Ok(given.to_vec())
}

fn check_unique(file: &str, names: &[String]) -> Result<()> {
    let mut first = HashMap::new();
    for (column, name) in names.iter().enumerate() {
        if let Some(earlier) = first.insert(name.as_str(), column) {
            return Err(Error::input(
                format!("{file}, names of the columns"),
                format!("`{name}` for both column {} and column {}", earlier + 1, column + 1),
            )
            .expected("a name of its own for each column")
            .hint("rename one; if the first line of the file is data, say that there is no header"));
        }
    }
    Ok(())
}

/// What the options want each column to be.
pub fn wanted(file: &str, names: &[String], options: &ReadOptions) -> Result<Vec<Wanted>> {
    let known: HashSet<&str> = names.iter().map(String::as_str).collect();
    let lists = [("categorical", &options.categorical), ("numeric", &options.numeric)];
    for (option, list) in lists {
        if let Some(unknown) = list.iter().find(|name| !known.contains(name.as_str())) {
            let error =
                Error::input(format!("{file}, option `{option}`"), format!("`{unknown}`, which is not in the file"))
                    .expected("the name of a column");
            return Err(match nearest_name(unknown, names.iter().map(String::as_str)) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(format!("the columns are {}", listed(names))),
            });
        }
    }
    let categorical: HashSet<&String> = options.categorical.iter().collect();
    if let Some(both) = options.numeric.iter().find(|name| categorical.contains(name)) {
        return Err(Error::input(format!("{file}, options `categorical` and `numeric`"), format!("`{both}` in both"))
            .expected("each column in one of them at most"));
    }
    let numeric: HashSet<&String> = options.numeric.iter().collect();
    let want = |name: &String| {
        if categorical.contains(name) {
            Wanted::Categories
        } else if numeric.contains(name) {
            Wanted::Numbers
        } else {
            Wanted::Either
        }
    };
    Ok(names.iter().map(want).collect())
}

/// Empty columns of the wanted kinds.
pub fn growing(wanted: &[Wanted], rules: &Arc<CellRules>, disk: Option<&Arc<Disk>>) -> Vec<GrowingColumn> {
    let column = |&wanted| GrowingColumn::new(wanted, wanted != Wanted::Either, rules, disk);
    wanted.iter().map(column).collect()
}
