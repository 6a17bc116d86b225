//! The compiled half of the R package `skiplayer`: columns in, vectors out, nothing decided and nothing computed here.
//!
//! ```text
//!  columns.rs   vectors of R            ──> skiplayer::table::Table
//!  roles.rs     lists of R              ──> skiplayer::schema::ColumnRoles
//!  options.rs   lists of R              ──> skiplayer::fit::Config
//!  run.rs       a fit in a thread of its own; R waits for it, and can be interrupted
//!  model.rs     skiplayer's model file  ──> the external pointer that R holds
//!  value.rs     JSON                    <─> lists of R
//!  fault.rs     errors as values, which R raises as conditions with a class
//!  spelling.rs  how R writes the options that messages name
//! ```
//!
//! Formulas, methods and their documentation are in `R/`.

#![deny(unsafe_code)]
// `#[savvy]` writes the border to C.
#![allow(unsafe_op_in_unsafe_fn)]

mod columns;
mod fault;
mod model;
mod options;
mod roles;
mod run;
mod spelling;
mod threads;
mod value;
