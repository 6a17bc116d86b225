#![deny(unsafe_code)]
//! Networks with a skip layer for tables.

pub mod data;
mod error;
pub mod fit;
pub mod loss;
pub mod net;
pub mod random;
pub mod solve;

pub use error::{Error, ErrorKind, Result};
