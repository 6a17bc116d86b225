//! Tables in memory: typed columns, one cell at a time, and a table of which only a part is in memory.

pub mod cell;
mod column;
pub mod dates;
mod gregorian;
mod lines;
mod meaning;
mod names;
mod number;
mod source;

pub use column::{Column, MISSING, Origin, RowNames, Table, Values};
pub use lines::RowLines;
pub use meaning::Meaning;
pub use names::{listed, nearest_name};
pub use source::{CHUNK, TableSource};
