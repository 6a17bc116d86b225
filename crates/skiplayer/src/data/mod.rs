//! Tables in memory and what is learned from them before any network sees them.
//!
//! `table` (typed columns), `columns` (a table of which a part is in memory), `prepare` (roles of rows and columns), `infer` (the task), `encode` and `target` (columns to
//! numbers and back), `cells` (a cell as a number or a known level), `standard` (scales), `remark` (what was
//! unusual about cells), `matrix`.

mod cells;
mod columns;
mod encode;
mod infer;
mod matrix;
mod names;
mod outside;
mod prepare;
mod remark;
mod roles;
mod standard;
mod table;
mod target;

pub use columns::{CHUNK, Columns};
pub use encode::{Encoding, InputEncoding};
pub use matrix::Matrix;
pub use names::{listed, nearest_name};
pub use outside::{Outside, Unlike};
pub use prepare::{Prepared, SetAside, TargetSpec, prepare};
pub use remark::Remark;
pub(crate) use roles::is_date;
pub use standard::Standard;
pub use table::{Column, MISSING, Table, Values};
pub use target::{TargetEncoding, Task, class_of_rows};
