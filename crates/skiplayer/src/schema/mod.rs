//! Which rows and columns of a table take part, and in what role; nothing numeric is learned here.

mod class_order;
mod class_weight;
mod column_rules;
mod dataset;
mod durations;
mod groups_and_times;
mod infer_task;
pub mod options;
pub(crate) mod parts;
mod resolve;
mod row_names;
mod spec;
mod trials;

pub use class_weight::ClassWeight;
pub use column_rules::{ColumnRules, Direction};
pub use dataset::Dataset;
pub(crate) use groups_and_times::numbered;
pub use resolve::resolve;
pub use row_names::{row_names, why_row_names};
pub use spec::{ColumnRoles, Schema, SetAside};
