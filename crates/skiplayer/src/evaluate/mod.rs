//! Does it help? Nested cross-validation, tests of curvature, and a verdict by a written rule.

mod curvature;
// Parts of it wait for their callers.
#[allow(dead_code)]
mod distributions;
mod record;

pub use curvature::{Dependence, LinearityData, curvature_battery, linearity_tests};
pub use record::{
    Comparison, ContenderScores, Curvature, Design, Evaluation, Gain, Intervals, RowPrediction, Score, Sensitivity,
    SplitKind, Test, Verdict, VerdictCode,
};
