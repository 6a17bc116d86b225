//! The compiled half of the Python package `skiplayer`: columns in, arrays out, nothing decided and nothing computed here.
//!
//! ```text
//!  arrow.rs     frames of any library      ──> lists of named arrays
//!  columns.rs   lists of named arrays      ──> skiplayer::table::Table
//!  meaning.rs   what cells mean, in a word; dates.rs finds dates as a file's reader does
//!  watch.rs     a fit in a thread of its own, while the caller's thread hands on events and listens for Ctrl-C
//!  fit.rs       a dataset and options      ──> the class `Fit`, which makes models and outer folds
//!  parts.rs     rows that are with workers ──> the class `Shard` and the fit that asks them
//!  model.rs     skiplayer_io::ModelFile    ──> the class `Model`
//!  options.rs   JSON of the options        ──> skiplayer::fit::Config
//!  survival.rs  concordance of risks, as evaluations have it
//!  spelling.rs  how Python writes the options that messages name
//! ```
//!
//! The estimators, their parameters and their documentation are in `python/skiplayer`.

#![deny(unsafe_code)]

mod arrow;
mod columns;
mod dates;
mod fault;
mod fit;
mod meaning;
mod model;
mod numbers;
mod options;
mod parts;
mod spelling;
mod survival;
mod threads;
mod watch;

use pyo3::prelude::*;

/// Internals of skiplayer: the fitted model and its file.
#[pymodule]
fn _skiplayer(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_function(wrap_pyfunction!(arrow::arrow_columns, module)?)?;
    module.add_function(wrap_pyfunction!(options::settings, module)?)?;
    module.add_function(wrap_pyfunction!(survival::concordance, module)?)?;
    module.add_function(wrap_pyfunction!(parts::fit_parts, module)?)?;
    module.add("PART_ROWS", skiplayer::fit::parts::PART_ROWS)?;
    module.add_class::<fit::Fit>()?;
    module.add_class::<parts::Shard>()?;
    module.add_class::<model::Model>()
}
