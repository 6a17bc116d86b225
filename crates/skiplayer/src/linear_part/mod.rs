//! The linear part of a network, made unique: its coefficients, their standard errors, and the remaining units as formulas.

mod explanation;
mod formula;
mod projection;
mod standard_errors;

pub(crate) use explanation::Units;
pub use explanation::{Coefficient, Explanation, UnitFormula, explain};
pub(crate) use formula::stream;
pub use projection::{LinearPart, inputs_in_use, linear_part};
pub use standard_errors::Responses;
