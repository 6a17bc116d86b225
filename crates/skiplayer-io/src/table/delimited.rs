//! Delimited text (CSV, TSV) into a table, one record at a time.

use std::str;
use std::sync::Arc;

use skiplayer::table::{Meaning, RowNames};
use skiplayer::{Error, Result};

use super::column::{GrowingColumn, Wanted};
use super::dialect::{self, Dialect};
use super::finish::finish;
use super::long::LongTable;
use super::numbers::Disk;
use super::records::{Record, Records};
use super::source::Source;
use super::stored::Stored;
use super::{Format, ReadOptions, TableFile, names};

/// Reads the whole file.
pub fn read(
    source: &Source,
    gzip: bool,
    options: &ReadOptions,
    disk: Option<&Arc<Disk>>,
) -> Result<TableFile<LongTable>> {
    let mut notes = Vec::new();
    let dialect = dialect::detect(source, gzip, options, &mut notes)?;
    let names = column_names(source, &dialect, options, &mut notes)?;
    let has_name = !dialect.has_header || !dialect.first.cell(0).trim_ascii().is_empty();
    let wanted = names::wanted(&source.name, &names, options)?;
    let mut columns = names::growing(&wanted, dialect.decimal_comma(), disk);

    let mut first_data_line = None;
    each_record(source, gzip, &dialect, |record| {
        first_data_line.get_or_insert(record.line);
        for (j, column) in columns.iter_mut().enumerate() {
            column.push_text(text(source, record, j)?, Some(record.line));
        }
        Ok(())
    })?;
    if first_data_line.is_none() {
        return Err(Error::input(&source.name, "the names of the columns and nothing below them")
            .expected("at least one row of data")
            .hint("if the only line is data, say that there is no header"));
    }
    read_again(source, gzip, &dialect, &mut columns)?;

    let mut finished = Vec::new();
    for ((name, column), wanted) in names.into_iter().zip(columns).zip(wanted) {
        let is_exact = column.is_exact();
        let stored = match wanted {
            Wanted::Either => Stored::Text,
            Wanted::Categories => Stored::As(Meaning::CATEGORY),
            Wanted::Numbers => Stored::As(Meaning::Number),
        };
        let mut column = finish(&source.name, name, column, &stored, options.dates, &mut notes)?;
        if is_exact {
            notes.push(column.told_apart());
        }
        if finished.is_empty() && !has_name {
            column.origin.row_names = Some(RowNames::Unnamed);
        }
        finished.push(column);
    }
    Ok(TableFile {
        table: LongTable::new(finished)?,
        format: Format::Delimited { delimiter: dialect.delimiter, gzip },
        has_header: dialect.has_header,
        first_data_line,
        notes,
        fingerprint: source.fingerprint()?,
    })
}

fn column_names(
    source: &Source,
    dialect: &Dialect,
    options: &ReadOptions,
    notes: &mut Vec<String>,
) -> Result<Vec<String>> {
    let n_columns = dialect.first.len();
    if !dialect.has_header {
        return match &options.columns {
            Some(given) => names::from_options(&source.name, given, n_columns),
            None => Ok(names::numbered(n_columns)),
        };
    }
    let found = (0..n_columns).map(|j| text(source, &dialect.first, j).map(str::to_owned)).collect::<Result<_>>()?;
    let names = names::from_file(&source.name, found, notes)?;
    if options.columns.as_ref().is_some_and(|given| *given != names) {
        notes.push(format!(
            "line {} holds the names of the columns, so those given are not used: if it is data, say that there is no header",
            dialect.first.line
        ));
    }
    Ok(names)
}

/// Columns that began as numbers and turned out to be text need the text of their numbers.
fn read_again(source: &Source, gzip: bool, dialect: &Dialect, columns: &mut [GrowingColumn]) -> Result<()> {
    let mut again: Vec<(usize, &mut GrowingColumn)> =
        columns.iter_mut().enumerate().filter(|(_, column)| column.needs_second_reading()).collect();
    if again.is_empty() {
        return Ok(());
    }
    again.iter_mut().for_each(|(_, column)| column.start_second_reading());
    each_record(source, gzip, dialect, |record| {
        for (j, column) in &mut again {
            column.push_again(text(source, record, *j)?);
        }
        Ok(())
    })
}

/// Calls `work` with every record of data, all of the same length.
fn each_record(
    source: &Source,
    gzip: bool,
    dialect: &Dialect,
    mut work: impl FnMut(&Record) -> Result<()>,
) -> Result<()> {
    let mut records = Records::new(source.text(gzip)?, dialect.delimiter);
    let mut record = Record::default();
    let mut is_header = dialect.has_header;
    while records.read(&mut record).map_err(|error| source.cannot_read(error))? {
        if record.unclosed_quote {
            return Err(Error::input(format!("{}, line {}", source.name, record.line), "a quote that is never closed")
                .expected("a `\"` at the end of the cell")
                .hint("close it, or write `\"\"` for a quote inside a cell"));
        }
        if record.len() != dialect.first.len() {
            return Err(ragged(source, dialect, &record));
        }
        if !std::mem::take(&mut is_header) {
            work(&record)?;
        }
    }
    Ok(())
}

fn ragged(source: &Source, dialect: &Dialect, record: &Record) -> Error {
    let cells = |n: usize| if n == 1 { "1 cell".to_owned() } else { format!("{n} cells") };
    let delimiter = char::from(dialect.delimiter).escape_default();
    let (found, expected) = (record.len(), dialect.first.len());
    let place = if record.last_line > record.line {
        format!("{}, lines {} to {}", source.name, record.line, record.last_line)
    } else {
        format!("{}, line {}", source.name, record.line)
    };
    let hint = if record.last_line > record.line {
        "is there a stray quote at the start of a cell?".to_owned()
    } else if dialect.has_header && found == expected + 1 {
        format!("quote a cell that holds `{delimiter}`; if the first column is row names, give it a name in the header")
    } else if found > expected {
        format!("quote cells that hold `{delimiter}`, and delete lines above the table that do not belong to it")
    } else {
        "fill up or delete the line".to_owned()
    };
    Error::input(place, format!("{} between `{delimiter}`", cells(found)))
        .expected(format!("{} as in line {}", cells(expected), dialect.first.line))
        .hint(hint)
}

fn text<'a>(source: &Source, record: &'a Record, column: usize) -> Result<&'a str> {
    let cell = record.cell(column);
    str::from_utf8(cell).map_err(|error| dialect::not_utf8(source, record.line, &cell[error.valid_up_to()..]))
}
