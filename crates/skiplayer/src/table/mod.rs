//! Tables in memory: typed columns, one cell at a time, and a table of which only a part is in memory.

pub(crate) mod cell;
mod column;
mod names;
mod source;

pub use column::{Column, MISSING, Table, Values};
pub use names::{listed, nearest_name};
pub use source::{CHUNK, Columns};
