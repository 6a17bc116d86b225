//! What a model is written as for other programs, and a row for each option.

use skiplayer::error::{Action, Choice, Choices, Kind, Setting};
use skiplayer::evaluate::options::{EVALUATE, INTERVAL};
use skiplayer::{Error, message};

/// What writes a model for other programs.
pub static EXPORT: Action = Action::new("export_model", "export");

/// The format.
pub static TO: Setting = Setting::new("ExportOptions::format", "to", Kind::Choice(ExportFormat::CHOICES))
    .help("What to write the model as")
    .auto("By the ending of the output file");
/// The dialect of SQL.
pub static DIALECT: Setting = Setting::new("ExportOptions::dialect", "dialect", Kind::Choice(Dialect::CHOICES))
    .section(SQL_SECTION)
    .help("The database that the query is for");
/// What the query reads.
pub static TABLE: Setting = Setting::new("ExportOptions::table", "table", Kind::Text)
    .section(SQL_SECTION)
    .help("What stands behind FROM: a table, or whatever else the database reads rows from");
/// Columns that are handed through.
pub static KEY: Setting = Setting::new("ExportOptions::key", "key", Kind::Columns)
    .section(SQL_SECTION)
    .help("Columns of the table to hand through, which tell whose predictions these are");

const SQL_SECTION: &str = "SQL";

/// The fields of [`ExportOptions`] that a user sets, in the order of the help.
pub static EXPORT_OPTIONS: [&Setting; 4] = [&TO, &DIALECT, &TABLE, &KEY];

/// What a model is written as.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportOptions {
    pub format: ExportFormat,
    pub dialect: Dialect,
    /// What stands behind FROM, as the database takes it.
    pub table: String,
    /// Columns that the query hands through.
    pub key: Vec<String>,
    /// The share of new rows that intervals, or sets of classes, are to cover; `None`: no intervals.
    pub interval: Option<f64>,
}

impl ExportOptions {
    /// Without intervals; a query of DuckDB reads the table `input`.
    pub fn new(format: ExportFormat) -> Self {
        Self { format, dialect: Dialect::DuckDb, table: "input".to_owned(), key: Vec::new(), interval: None }
    }
}

/// A format for other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    Onnx,
    Sql,
    Json,
}

impl ExportFormat {
    /// Its word, which also is the ending of its files.
    pub fn name(self) -> &'static str {
        match self {
            ExportFormat::Onnx => "onnx",
            ExportFormat::Sql => "sql",
            ExportFormat::Json => "json",
        }
    }
}

impl Choices for ExportFormat {
    const ALL: &'static [Self] = &[Self::Onnx, Self::Sql, Self::Json];
    const CHOICES: &'static [Choice] = &[
        Choice { name: "onnx", help: "A graph for ONNX runtimes, in double precision" },
        Choice { name: "sql", help: "One SELECT" },
        Choice { name: "json", help: "The steps of a prediction, for programs of your own" },
    ];

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }
}

/// A database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    DuckDb,
    Postgres,
    Sqlite,
}

impl Dialect {
    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::DuckDb => "duckdb",
            Dialect::Postgres => "postgres",
            Dialect::Sqlite => "sqlite",
        }
    }
}

impl Choices for Dialect {
    const ALL: &'static [Self] = &[Self::DuckDb, Self::Postgres, Self::Sqlite];
    const CHOICES: &'static [Choice] = &[
        Choice { name: "duckdb", help: "DuckDB" },
        Choice { name: "postgres", help: "PostgreSQL, from version 12 on" },
        Choice { name: "sqlite", help: "SQLite, compiled with its mathematical functions" },
    ];

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|dialect| dialect.name() == name)
    }
}

/// The error of intervals that are not there.
pub(super) fn no_intervals() -> Error {
    Error::input(&INTERVAL, "a model without intervals")
        .expected("a model that was evaluated")
        .hint(message!["fit it again without ", EVALUATE.to(false)])
}
