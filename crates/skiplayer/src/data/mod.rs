//! Tables in memory and what is learned from them before any network sees them.

mod matrix;
mod names;
mod table;

pub use matrix::Matrix;
pub use names::nearest_name;
pub use table::{Column, MISSING, Table, Values};
