//! Which rows and columns of a table take part, and in what role; nothing numeric is learned here.

mod groups_and_times;
mod infer_task;
pub mod options;
mod resolve;
mod row_names;
mod spec;

pub(crate) use groups_and_times::numbered;
pub use resolve::prepare;
pub use row_names::why_row_names;
pub use spec::{Prepared, SetAside, TargetSpec};
