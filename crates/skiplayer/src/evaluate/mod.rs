//! Does it help? Nested cross-validation, tests of curvature, and a verdict by a written rule.

mod record;

pub use record::{
    Comparison, ContenderScores, Curvature, Design, Evaluation, Gain, Intervals, RowPrediction, Score, Sensitivity,
    SplitKind, Test, Verdict, VerdictCode,
};
