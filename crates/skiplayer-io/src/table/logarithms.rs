//! Logarithms of columns, taken while a table is read: a column `x` becomes `log(x)`.

use skiplayer::table::{Meaning, RowLines, nearest_name};
use skiplayer::{Error, Result};

use super::long::LongTable;
use super::table_file::TableFile;

/// What the natural logarithm of column `name` is called.
pub fn logarithm_of(name: &str) -> String {
    format!("log({name})")
}

/// Takes the logarithms of the columns `names` of the table from `file`.
///
/// # Errors
/// A column that is not there, is no number, or holds a number that is not positive, with its row; a name that is taken.
pub fn take_logarithms(read: &mut TableFile<LongTable>, names: &[String], file: &str) -> Result<()> {
    for name in names {
        take(&mut read.table, name, file, &read.lines)?;
    }
    read.rules.logarithms = names.to_vec();
    Ok(())
}

fn take(table: &mut LongTable, name: &str, file: &str, lines: &RowLines) -> Result<()> {
    let refused = |found: String| {
        Error::input(format!("{file}, column `{name}`"), found)
            .expected("a column of positive numbers, to take the logarithm of")
    };
    match table.meaning_of(name) {
        None => {
            let error = refused("no such column".into());
            return Err(error.did_you_mean(nearest_name(name, table.column_names())));
        }
        Some(Meaning::Number | Meaning::Unstated | Meaning::Duration) => {}
        Some(other) => return Err(refused(other.to_string())),
    }
    if table.is_numeric(name) != Some(true) {
        return Err(refused("categories".into()));
    }
    let new = logarithm_of(name);
    if table.meaning_of(&new).is_some() {
        return Err(refused(format!("a column `{new}` besides")));
    }
    if let Some((row, number)) = table.first_number(name, |number| number <= 0.0)? {
        return Err(refused(format!("{number} in {}", lines.name(row))));
    }
    table.take_logarithm(name, new);
    Ok(())
}
