//! Networks with a skip layer for tables: a linear model that can be read, plus hidden units that pay for themselves.
//!
//! ```text
//!  Table ── prepare, encode ──> standardised rows ──> linear | sparse | dense | path ──> prune ──> Model
//!                                                      f(x) = b + A x + V act(W x + c)
//! ```
//!
//! Fit, read, predict:
//!
//! ```
//! use skiplayer::data::{Table, TargetSpec, Values};
//! use skiplayer::fit::{Config, Silent, fit};
//!
//! let x: Vec<f64> = (0..200).map(|i| f64::from(i * 73 % 200) / 100.0 - 1.0).collect();
//! let y: Vec<f64> = x.iter().map(|x| 1.0 + 2.0 * x + (4.0 * x).tanh()).collect();
//! let table = Table::from_columns(vec![x])?.with_column("y", Values::Numeric(y))?;
//! let config = Config { hidden: Some(3), ensemble: 2, ..Config::default() };
//! let fitted = fit(&table, &TargetSpec::new("y"), &config, &Silent)?;
//! assert!(fitted.summary.n_units > 0);
//! let (predictions, _) = fitted.model.predict(&table)?;
//! assert_eq!(predictions.columns[0].0, "prediction");
//! # Ok::<(), skiplayer::Error>(())
//! ```
//!
//! In reading order: [`net`] (the network), [`loss`], [`solve`] (the linear path; the other solvers are private), [`fit`] (from a
//! table to a model), [`explain`] (what a network says), [`data`] (tables and their encoding).
//!
//! The crate opens no file, prints nothing, and reads no clock: an [`Observer`](fit::Observer) watches and stops a fit.

// Unsafe code is one macro, `net/kernel/dispatch.rs`, which says why it is sound.
#![deny(unsafe_code)]
// Loops over several arrays with one index read like the formulas that they are.
#![allow(clippy::needless_range_loop)]

pub mod data;
mod error;
pub mod evaluate;
pub mod explain;
pub mod fit;
pub mod loss;
mod model;
pub mod net;
mod penalty;
mod prune;
pub mod random;
pub mod solve;

pub use error::{Error, ErrorKind, Result};
pub use model::{Model, PredictedColumn, Predictions};
pub use prune::prune;
