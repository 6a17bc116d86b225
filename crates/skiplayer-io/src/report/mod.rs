//! A result as one HTML file that opens anywhere, without a network and without scripts.
//!
//! ```text
//!  ReportInput ──> section/*  (one a question, in reading order) ──> page ──> write_atomic
//!                     └──> chart/*  (one a chart)   html, number  (forms and digits)
//! ```
//!
//! Every chart has a title and a description in numbers, colour is never alone in telling marks apart, and what a chart
//! shows by length a table beside it says in digits. Colours are classes; `style.css` gives them values for light, dark and
//! paper.

pub(crate) mod chart;
mod columns;
pub(crate) mod html;
pub(crate) mod number;
pub(crate) mod page;
pub(crate) mod section;

use std::path::Path;

use skiplayer::Result;
use skiplayer::error::Spelling;
use skiplayer::evaluate::Evaluation;
use skiplayer::explain::Effects;

use crate::{ModelFile, write_atomic};

pub use columns::{ColumnKind, ColumnSummary};

/// What a report tells.
#[derive(Clone, Copy)]
pub struct ReportInput<'a> {
    pub file: &'a ModelFile,
    /// `None` for a fit that was not evaluated: the report says so and tells what is known in sample.
    pub evaluation: Option<&'a Evaluation>,
    pub effects: &'a Effects,
    /// The command that makes the same model again.
    pub command: &'a str,
    /// Columns of the table, in its order.
    pub columns: &'a [ColumnSummary],
    /// How warnings name options.
    pub spelling: &'a dyn Spelling,
}

/// Writes the report to `path`: the old file or the new one is there, never half of one.
///
/// # Errors
/// Those of [`write_atomic`].
///
/// # Complexity
/// Linear in the inputs and effects; of the rows at most 1,500 are drawn in each chart.
pub fn write_report(path: &Path, input: &ReportInput) -> Result<()> {
    write_atomic(path, page::page(input).as_str().as_bytes())
}
