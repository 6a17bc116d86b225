//! Tables in (CSV, TSV, Parquet, Arrow IPC) and predictions out (CSV).
//!
//! In reading order: `source` (what kind of file), then for text `records` (cells of a line), `dialect` (delimiter, header),
//! `cell` (what a word means), `column` (numbers or categories?) and `delimited`, which puts them together; `columnar` for
//! Parquet and Arrow; `numbers` and `long` for tables that memory need not hold; `names` for what columns are called; `write`
//! for the way out.

mod arff;
mod batches;
mod blanks;
mod cell;
mod column;
mod columnar;
mod delimited;
mod dialect;
mod extremes;
mod finish;
mod gather;
mod json_lines;
mod long;
mod names;
mod numbers;
mod odd_rows;
mod options;
mod packing;
mod records;
mod several;
mod source;
mod spelling;
mod stored;
mod strays;
mod svmlight;
mod wide;
mod workbook;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use skiplayer::Result;
use skiplayer::table::{RowLines, Table};

pub use cell::{DecimalMark, MISSING_WORDS};
pub use long::LongTable;
pub use options::{ReadOptions, ReadingRules};
pub use spelling::NumberSpelling;
pub use write::{OutputColumn, rows_to_csv, to_csv};

use numbers::Disk;
use source::Source;

/// A table, and how it came out of its file.
#[derive(Debug, Clone, PartialEq)]
pub struct TableFile<T = Table> {
    /// The cells.
    pub table: T,
    /// What the file turned out to be.
    pub format: Format,
    /// Whether the names of the columns are in the file.
    pub has_header: bool,
    /// Lines of the file where the rows start; none for Parquet, Arrow and workbooks, which have no lines.
    pub lines: RowLines,
    /// What was decided that another table of the same columns has to be read by.
    pub rules: ReadingRules,
    /// What a reader of the results should know about the reading, one sentence each.
    pub notes: Vec<String>,
    /// FNV-1a of the file's bytes as 16 hexadecimal digits: equal bytes have equal fingerprints. Not proof against forgery.
    pub fingerprint: String,
}

/// What a file is, told by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text with one record a line. A blank as delimiter stands for any number of blanks and tabs.
    Delimited { delimiter: u8 },
    /// An Excel or OpenDocument workbook.
    Workbook,
    /// Text with one JSON object a line.
    JsonLines,
    /// Attribute-relation file format, of Weka and OpenML.
    Arff,
    /// `label index:value …`, also called libsvm.
    Svmlight,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC with a footer (also called Feather version 2).
    ArrowFile,
    /// Arrow IPC as a stream of messages.
    ArrowStream,
}

impl Format {
    /// In words: "CSV with `;` between cells, names in the first line".
    pub fn describe(self, has_header: bool) -> String {
        match self {
            Format::Delimited { delimiter } => {
                let between = match delimiter {
                    b' ' => "blanks".to_owned(),
                    b'\t' => "tabs".to_owned(),
                    other => format!("`{}`", char::from(other)),
                };
                format!(
                    "text with {between} between cells, {}",
                    if has_header { "with names" } else { "without names" }
                )
            }
            Format::Parquet => "Parquet".to_owned(),
            Format::ArrowFile => "Arrow IPC (Feather 2)".to_owned(),
            Format::ArrowStream => "Arrow IPC stream".to_owned(),
            Format::Workbook => "workbook".to_owned(),
            Format::JsonLines => "JSON lines".to_owned(),
            Format::Arff => "ARFF".to_owned(),
            Format::Svmlight => "svmlight".to_owned(),
        }
    }
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
    let file = several::read(&[path.to_owned()], options, None)?;
    Ok(TableFile {
        table: file.table.into_table()?,
        format: file.format,
        has_header: file.has_header,
        lines: file.lines,
        rules: file.rules,
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
    several::read(&[path.to_owned()], options, Some(&Arc::default()))
}

/// As [`read_long_table`], for one table in several files or folders of files, one below the other.
///
/// # Errors
/// Those of [`read_long_table`]; files that differ in their columns, naming one.
pub fn read_long_tables(paths: &[PathBuf], options: &ReadOptions) -> Result<TableFile<LongTable>> {
    several::read(paths, options, Some(&Arc::default()))
}

fn read_one(path: &Path, options: &ReadOptions, disk: Option<&Arc<Disk>>) -> Result<TableFile<LongTable>> {
    let source = Source::open(path)?;
    let format = source.format()?;
    match format {
        Format::Delimited { .. } => delimited::read(&source, options, disk),
        Format::JsonLines => json_lines::read(&source, options, disk),
        Format::Arff => arff::read(&source, options, disk),
        Format::Svmlight => svmlight::read(&source, options, disk),
        Format::Workbook => {
            let (text, sheet) = workbook::as_csv(&source, options.sheet.as_deref())?;
            let mut options = options.clone();
            (options.delimiter, options.decimal) = (Some(b','), Some(DecimalMark::Point));
            let mut file = delimited::read(&source.with_text(&text)?, &options, disk)?;
            file.format = format;
            file.notes.insert(0, format!("the sheet `{sheet}` is read"));
            Ok(file)
        }
        Format::Parquet | Format::ArrowFile | Format::ArrowStream => columnar::read(&source, format, options, disk),
    }
}
