//! Everything of skiplayer that touches a file.
//!
//! ```text
//!  data.csv  data.tsv  data.csv.gz ─┐                      ┌─> Table: named columns of numbers or categories
//!  data.parquet ────────────────────┼──> read_table ───────┼─> notes: what was decided on the way, in words
//!  data.arrow  data.feather ────────┘                      └─> fingerprint: are these still the same bytes?
//!
//!  model, evaluation, effects ──> write_report ──> one HTML page that opens without a network
//!  models ──> merge_models ──> one model, the mean of theirs
//!  model ──> export_model ──> ONNX, SQL or JSON for other programs
//!
//!  CIFAR, IDX, PNG, JPEG, digits ──> read_data_set ──> images with labels or masks
//!  a training <──> RunFolder: config.json, metrics.jsonl, checkpoints that survive a crash
//!
//!  predictions ──> to_csv ──> text ──> write_atomic ──> a file that is either the old one or the new one, whole
//! ```
//!
//! Layers, each of which imports from those before it: `file_error`, `foreign` and `atomic`, [`table`], `model_file`, `merge`, `onnx`, [`export`], `report`, and [`deep`],
//! which is compiled with the feature of that name only.
//!
//! The format is told by the bytes, never by the name. What looks like a decision of taste (which words are missing cells,
//! when a first line is a header, when `3,14` is a number) is written down beside the code that takes it, and said in the
//! notes when it was not obvious. Nothing here decides anything about models, and nothing prints.

#![forbid(unsafe_code)]

mod atomic;
#[cfg(feature = "deep")]
pub mod deep;
pub mod export;
mod file_error;
mod foreign;
mod merge;
mod model_file;
mod onnx;
mod report;
pub mod table;

pub use atomic::{write_atomic, write_atomic_with};
pub use export::export_model;
pub use merge::merge_models;
pub use model_file::{
    ModelFile, Provenance, check_model_path, load_model, model_from_bytes, model_to_bytes, save_model,
};
pub use report::{ColumnKind, ColumnSummary, ReportInput, write_report};
pub use skiplayer::model_file::{LabelKind, SAVE};
pub use table::{
    DecimalMark, Format, LongTable, NumberSpelling, OutputColumn, ReadOptions, ReadingRules, TableFile, logarithm_of,
    read_long_table, read_long_tables, read_table, rows_to_csv, to_csv,
};
