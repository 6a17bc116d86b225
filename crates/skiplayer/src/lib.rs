#![forbid(unsafe_code)]
//! Networks with a skip layer for tables.

pub mod data;
mod error;

pub use error::{Error, ErrorKind, Result};
