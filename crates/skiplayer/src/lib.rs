#![deny(unsafe_code)]
//! Networks with a skip layer for tables.

pub mod data;
mod error;
pub mod explain;
pub mod fit;
pub mod loss;
mod model;
pub mod net;
mod penalty;
mod prune;
mod random;
pub mod solve;

pub use error::{Error, ErrorKind, Result};
pub use model::{Model, PredictedColumn, Predictions};
pub use prune::prune;
