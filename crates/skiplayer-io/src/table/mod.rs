//! Tables in (CSV, TSV, Parquet, Arrow IPC) and predictions out (CSV).
//!
//! In reading order: `source` (what kind of file), then for text `records` (cells of a line), `dialect` (delimiter, header),
//! `cell` (what a word means), `column` (numbers or categories?) and `delimited`, which puts them together; `columnar` for
//! Parquet and Arrow; `numbers` and `long` for tables that memory need not hold; `names` for what columns are called; `write`
//! for the way out.

mod batches;
mod cell;
mod column;
mod columnar;
mod delimited;
mod dialect;
mod finish;
mod long;
mod names;
mod numbers;
mod records;
mod source;
mod stored;
mod wide;
mod write;

use std::path::Path;
use std::sync::Arc;

use skiplayer::Result;
use skiplayer::table::Table;
use skiplayer::table::dates::DayOrder;

pub use cell::MISSING_WORDS;
pub use long::LongTable;
pub use write::{OutputColumn, rows_to_csv, to_csv};

use numbers::Disk;
use source::Source;

/// How to read a table; the default decides everything from the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Columns to read as categories even when every cell is a number (postcodes, class labels).
    pub categorical: Vec<String>,
    /// Columns that must be numbers: any other text in them is an error instead of a category.
    pub numeric: Vec<String>,
    /// Whether the first line holds the names of the columns; `None` looks at the cells. Text formats only.
    pub header: Option<bool>,
    /// The names of all columns, in order, for a text file without a header.
    pub columns: Option<Vec<String>>,
    /// The byte between cells; `None` finds out. Text formats only.
    pub delimiter: Option<u8>,
    /// What comes first in dates such as 03/04/2024, where no cell of the column tells.
    pub dates: Option<DayOrder>,
}

/// A table, and how it came out of its file.
#[derive(Debug, Clone, PartialEq)]
pub struct TableFile<T = Table> {
    /// The cells.
    pub table: T,
    /// What the file turned out to be.
    pub format: Format,
    /// Whether the names of the columns are in the file.
    pub has_header: bool,
    /// Line of the file, counted from 1, where data row 1 starts; `None` for Parquet and Arrow, which have no lines.
    pub first_data_line: Option<usize>,
    /// What a reader of the results should know about the reading, one sentence each.
    pub notes: Vec<String>,
    /// FNV-1a of the file's bytes as 16 hexadecimal digits: equal bytes have equal fingerprints. Not proof against forgery.
    pub fingerprint: String,
}

/// What a file is, told by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text with one record a line, possibly compressed by gzip.
    Delimited { delimiter: u8, gzip: bool },
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC with a footer (also called Feather version 2).
    ArrowFile,
    /// Arrow IPC as a stream of messages.
    ArrowStream,
}

/// Reads a table from a CSV, TSV, Parquet or Arrow IPC file.
///
/// A column is numeric if every cell that is not missing is a finite number, and categorical otherwise. Text is trimmed, the
/// words in [`MISSING_WORDS`] are missing cells (and `none` too, among numbers), and the words true and false in any case are
/// the levels `true` and `false`.
/// In a file with `;` between cells a column may use decimal commas. A column without any value is numeric.
/// In Parquet and Arrow the stored type decides between numbers and categories; dates and times become numbers, and nested
/// or binary columns are set aside.
///
/// # Errors
/// [`ErrorKind::Input`](skiplayer::ErrorKind::Input), naming file, row and line where there is one: the file is missing, a
/// folder, unreadable, empty, without data rows, not a table or not UTF-8; a row has the wrong number of cells; a quote is
/// never closed; two columns share a name; an option names a column that is not there; a column declared numeric holds
/// text; a number is infinite.
///
/// # Complexity
/// Linear in the size of the file, which is read once for the fingerprint, once for the cells, and once more if a column
/// turns out to be text after it began with numbers. Memory: 8 bytes a number and 4 bytes a category, each distinct text
/// once, and a buffer of some megabytes; not the file.
pub fn read_table(path: &Path, options: &ReadOptions) -> Result<TableFile> {
    let file = read(path, options, None)?;
    Ok(TableFile {
        table: file.table.into_table()?,
        format: file.format,
        has_header: file.has_header,
        first_data_line: file.first_data_line,
        notes: file.notes,
        fingerprint: file.fingerprint,
    })
}

/// As [`read_table`], for tables that memory need not hold: of more than [`CHUNK`](skiplayer::table::CHUNK) rows, numbers go to a
/// temporary file.
///
/// # Errors
/// Those of [`read_table`], and a folder for temporary files that is full.
///
/// # Complexity
/// Memory: half a megabyte a column of numbers, and 4 bytes a category. Disk: 8 bytes a number.
pub fn read_long_table(path: &Path, options: &ReadOptions) -> Result<TableFile<LongTable>> {
    read(path, options, Some(&Arc::default()))
}

fn read(path: &Path, options: &ReadOptions, disk: Option<&Arc<Disk>>) -> Result<TableFile<LongTable>> {
    let source = Source::open(path)?;
    match source.format()? {
        Format::Delimited { gzip, .. } => delimited::read(&source, gzip, options, disk),
        format => columnar::read(&source, format, options, disk),
    }
}
