//! Arguments from the tables of options: one argument for each row, with its help, limits and former names.
//!
//! ```text
//!  schema::options::ROLES        ─┐                          ┌─> parser, --help, completions, man page
//!  fit::options::CONFIG           ├─> argument.rs ─> clap ───┼─> docs/reference/options.md (reference.rs, kept current by a test)
//!  evaluate::options::EVALUATION  │                          ├─> fitting.rs: ColumnRoles, Config, EvaluationOptions
//!  table::settings::READ          │                          ├─> reading.rs: ReadOptions
//!  export::options               ─┘                          └─> exporting.rs: the options of an export
//! ```
//!
//! Of deep networks the rows of `skiplayer_deep::options` become arguments in the same way (`deep/args`).
//!
//! A new option is a row of a table, a field of the struct beside it, and the place that uses it: nothing here.

mod argument;
mod exporting;
mod fitting;
mod lists;
mod pages;
mod reading;
#[cfg(all(test, feature = "deep"))]
mod reference;

#[cfg(feature = "deep")]
pub use argument::{add, given};
pub use exporting::Exporting;
pub use fitting::{Fitting, Roles};
#[cfg(feature = "deep")]
pub use lists::Columns;
pub use lists::Rows;
pub use pages::{Completions, Man};
pub use reading::{Reading, ReadingOfFit};
