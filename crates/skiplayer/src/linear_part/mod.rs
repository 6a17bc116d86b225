//! The linear part of a network, made unique: its coefficients, their standard errors, and the remaining units as formulas.

mod determined;
mod explanation;
mod formula;
mod leave_group_out;
mod of_durations;
mod of_ordered;
mod original_units;
mod projection;
mod projection_of_durations;
mod responses;
mod split;
mod standard_errors;
mod twins;

pub use determined::Unknown;
pub(crate) use explanation::readable;
pub use explanation::{Explanation, explain};
pub(crate) use formula::stream;
pub(crate) use original_units::Units;
pub use original_units::{Coefficient, UnitFormula};
pub use projection::{LinearPart, linear_part};
pub(crate) use projection_of_durations::linear_part_of_durations;
pub use responses::Responses;
pub use split::SplitInference;
pub use standard_errors::StandardErrors;
pub(crate) use standard_errors::renumbered;
