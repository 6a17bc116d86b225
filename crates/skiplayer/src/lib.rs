//! Networks with a skip layer for tables: a readable linear model, plus hidden units that are kept only if they improve it.
//!
//! ```text
//!  Table ── resolve, encode ──> standardised rows ──> linear | sparse | dense | path ──> prune ──> Model
//!                                                      f(x) = b + A x + V act(W x + c)
//! ```
//!
//! From arrays:
//!
//! ```
//! use skiplayer::SkipLayer;
//!
//! let x: Vec<[f64; 1]> = (0..200).map(|i| [f64::from(i * 73 % 200) / 100.0 - 1.0]).collect();
//! let y: Vec<f64> = x.iter().map(|[x]| 1.0 + 2.0 * x + (4.0 * x).tanh()).collect();
//! let fitted = SkipLayer::regression().n_units(3).fit(&x, &y)?;
//! assert!(fitted.summary.n_units > 0);
//! let predicted = fitted.predict(&x)?;
//! assert!((predicted.mean.get(0, 0) - y[0]).abs() < 0.1);
//! # Ok::<(), skiplayer::Error>(())
//! ```
//!
//! A table with columns of numbers and categories is a [`Table`](table::Table); with the roles of its columns it is a
//! [`Dataset`](schema::Dataset), which [`fit`](fit::fit()) and [`evaluate`](evaluate::evaluate()) take.
//!
//! The modules are the pipeline: [`table`], [`encode`] and [`schema`] (from columns to numbers), [`loss`] and [`net`] (the network and
//! what it minimises), [`solve`] (the linear path; the other solvers are private), [`linear_part`] (the network made readable), [`fit`],
//! [`explain`] and [`evaluate`]; [`merge`] makes one model of several, [`model_file`] bytes of it, and [`pipeline`] steps for other
//! programs.
//!
//! The crate opens no file, prints nothing, and reads no clock: an [`Observer`](fit::Observer) watches and stops a fit.

// Unsafe code is in `simd/dispatch.rs` and `simd/products.rs` only, which say why it is sound.
#![deny(unsafe_code)]
// Loops over several arrays with one index read like the formulas that they are.
#![allow(clippy::needless_range_loop)]

pub mod encode;
pub mod error;
pub mod evaluate;
pub mod explain;
pub mod fit;
pub mod linear_part;
pub mod loss;
pub mod matrix;
pub mod merge;
mod model;
pub mod model_file;
pub mod net;
mod penalty;
pub mod pipeline;
pub mod random;
pub mod schema;
pub mod simd;
pub mod solve;
pub mod stats;
pub mod survival;
pub mod table;

pub use error::{Error, ErrorKind, Result};
pub use fit::SkipLayer;
pub use model::{Model, PredictedColumn, Predictions, SurvivalPredictions};
pub use net::prune;
