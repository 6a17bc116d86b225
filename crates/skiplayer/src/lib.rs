#![deny(unsafe_code)]
//! Networks with a skip layer for tables.

pub mod data;
mod error;
pub mod explain;
pub mod fit;
pub mod loss;
pub mod net;
mod prune;
pub mod random;
pub mod solve;

pub use error::{Error, ErrorKind, Result};
pub use prune::prune;
