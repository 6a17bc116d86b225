//! Rows of text into columns.

use std::collections::BTreeMap;
use std::str;
use std::sync::Arc;

use skiplayer::table::{Meaning, RowLines};
use skiplayer::{Error, Result};

use super::cell::{CellRules, DecimalMark};
use super::column::{GrowingColumn, Wanted};
use super::finish::finish;
use super::format::Format;
use super::long::LongTable;
use super::numbers::Disk;
use super::options::{ReadOptions, ReadingRules, missing_words};
use super::records::Record;
use super::source::Source;
use super::spelling::NumberSpelling;
use super::stored::Stored;
use super::table_file::TableFile;
use super::{dialect, names};

/// Rows of cells that can be gone through more than once.
pub trait Rows {
    /// Calls `work` with every row, in order, each with as many cells as the table has columns.
    ///
    /// # Errors
    /// What cannot be read, and what `work` finds.
    fn each(&self, work: &mut dyn FnMut(&Record) -> Result<()>) -> Result<()>;
}

/// Columns, and what became of their rows.
pub struct Gathered {
    pub table: LongTable,
    pub lines: RowLines,
    /// Columns whose numbers are not written plainly.
    pub spellings: BTreeMap<String, NumberSpelling>,
}

/// Reads all `rows` of a file that says itself what its cells are, with a decimal point, into the columns called `names`.
pub fn gather_file(
    source: &Source,
    rows: &dyn Rows,
    names: Vec<String>,
    format: Format,
    options: &ReadOptions,
    disk: Option<&Arc<Disk>>,
    mut notes: Vec<String>,
) -> Result<TableFile<LongTable>> {
    let missing = missing_words(options);
    let rules = Arc::new(CellRules::new(missing.clone(), Some(DecimalMark::Point)));
    let Gathered { table, lines, spellings } = gather(&source.name, rows, names, &rules, options, disk, &mut notes)?;
    Ok(TableFile {
        table,
        has_header: format != Format::Svmlight,
        format,
        lines,
        rules: ReadingRules { missing, spellings, ..ReadingRules::default() },
        notes,
        fingerprint: source.fingerprint()?,
    })
}

/// Reads all `rows` of `file` into columns called `names`; once more where a column turns out to be text late.
pub fn gather(
    file: &str,
    rows: &dyn Rows,
    names: Vec<String>,
    rules: &Arc<CellRules>,
    options: &ReadOptions,
    disk: Option<&Arc<Disk>>,
    notes: &mut Vec<String>,
) -> Result<Gathered> {
    let wanted = names::wanted(file, &names, options)?;
    let mut columns = names::growing(&wanted, rules, disk);
    let mut lines = RowLines::default();
    let mut n_rows = 0;
    rows.each(&mut |record| {
        if record.line > 0 {
            lines.push(n_rows, record.line);
        }
        n_rows += 1;
        let whole = record.whole();
        for (j, column) in columns.iter_mut().enumerate() {
            let cell = whole.and_then(|whole| record.text(whole, j));
            column.push_text(cell.map_or_else(|| text(file, record, j), Ok)?);
        }
        Ok(())
    })?;
    if n_rows == 0 {
        return Err(Error::input(file, "the names of the columns and nothing below them")
            .expected("at least one row of data")
            .hint("if the only line is data, say that there is no header"));
    }
    read_again(file, rows, &mut columns)?;

    let mut spellings = BTreeMap::new();
    let mut finished = Vec::new();
    for ((name, column), wanted) in names.into_iter().zip(columns).zip(wanted) {
        let stored = match wanted {
            Wanted::Either => Stored::Text,
            Wanted::Categories => Stored::As(Meaning::CATEGORY),
            Wanted::Numbers => Stored::As(Meaning::Number),
        };
        let (column, spelling) = finish(file, name, column, &stored, options.dates, &lines, notes)?;
        spellings.extend(spelling.map(|spelling| (column.name.clone(), spelling)));
        finished.push(column);
    }
    Ok(Gathered { table: LongTable::new(finished)?, lines, spellings })
}

/// Columns that began as numbers and turned out to be text need the text of their numbers.
fn read_again(file: &str, rows: &dyn Rows, columns: &mut [GrowingColumn]) -> Result<()> {
    let mut again: Vec<(usize, &mut GrowingColumn)> =
        columns.iter_mut().enumerate().filter(|(_, column)| column.needs_second_reading()).collect();
    if again.is_empty() {
        return Ok(());
    }
    again.iter_mut().for_each(|(_, column)| column.start_second_reading());
    rows.each(&mut |record| {
        for (j, column) in &mut again {
            column.push_again(text(file, record, *j)?);
        }
        Ok(())
    })
}

/// Cell `column` of a record as text.
pub fn text<'a>(file: &str, record: &'a Record, column: usize) -> Result<&'a str> {
    let cell = record.cell(column);
    str::from_utf8(cell).map_err(|error| dialect::not_utf8(file, record.line, &cell[error.valid_up_to()..]))
}
