//! Tables in (CSV, TSV, Parquet, Arrow IPC) and predictions out (CSV).
//!
//! In reading order: `source` (what kind of file), then for text `records` (cells of a line), `dialect` (delimiter, header),
//! `cell` (what a word means), `column` (numbers or categories?) and `delimited`, which puts them together; `columnar` for
//! Parquet and Arrow; `numbers` and `long` for tables that memory need not hold; `names` for what columns are called; `write`
//! for the way out.

mod arff;
mod batches;
mod beginning;
mod blanks;
mod cell;
mod column;
mod columnar;
mod delimited;
mod dialect;
mod extremes;
mod finish;
mod format;
mod gather;
mod json_lines;
mod json_object;
mod logarithms;
mod long;
mod names;
mod numbers;
mod odd_rows;
mod options;
mod packing;
mod records;
pub mod settings;
mod several;
mod source;
mod spelling;
mod stored;
mod strays;
mod svmlight;
mod table_file;
mod wide;
mod workbook;
mod write;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use skiplayer::Result;

pub use cell::{DecimalMark, MISSING_WORDS};
pub use format::Format;
pub use logarithms::logarithm_of;
pub use long::LongTable;
pub use options::{ReadOptions, ReadingRules};
pub use spelling::NumberSpelling;
pub use table_file::TableFile;
pub use write::{OutputColumn, rows_to_csv, to_csv};

use numbers::Disk;
use source::Source;

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
