//! A table with the record of its reading.

use skiplayer::table::{RowLines, Table};

use super::format::Format;
use super::options::ReadingRules;

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
