//! Which rows and columns of a table take part, and in what role; nothing numeric is learned here.

mod groups_and_times;
mod infer_task;
pub mod options;
mod resolve;
mod spec;

pub(crate) use groups_and_times::{is_date, numbered};
pub use resolve::prepare;
pub use spec::{Prepared, SetAside, TargetSpec};
