//! A pipeline as one SELECT: a step of the pipeline is a common table expression.
//!
//! ```text
//!  skiplayer_cells      the key, and each column that is read, as double or text
//!  skiplayer_features   standardised features
//!  skiplayer_units      units of the hidden layer;  skiplayer_units_2, skiplayer_layer_2, … of residual blocks
//!  skiplayer_scores     linear predictors
//!  skiplayer_means      numbers, counts or probabilities
//!  the SELECT           the key, and the columns that `predict` writes
//! ```

mod dialect;
mod query;
mod select;

use skiplayer::Result;
use skiplayer::pipeline::Pipeline;

use super::options::ExportOptions;

/// The query, which ends with a semicolon.
///
/// # Errors
/// CV+ intervals, keys that are called like an output, more columns than the database has room for.
pub fn write(pipeline: &Pipeline, options: &ExportOptions) -> Result<String> {
    select::write(pipeline, options)
}
