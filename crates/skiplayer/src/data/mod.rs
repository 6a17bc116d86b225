//! Tables in memory and what is learned from them before any network sees them.

mod names;
mod table;

pub use names::nearest_name;
pub use table::{Column, MISSING, Table, Values};
