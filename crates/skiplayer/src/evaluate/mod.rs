//! Does it help? Nested cross-validation, tests of curvature, and a verdict by a written rule.
//!
//! `run` is the whole of it; `nested` runs the contenders over the folds of `split`; `metrics` and `gain` score and compare
//! them; `curvature` tests; `judge` and `verdict` decide, `sensitivity` asks them again; `conformal` makes intervals from the fold
//! models; `leakage` warns of what makes scores look better than they are.

mod board;
mod calibration;
pub mod conformal;
mod coverage;
mod curvature;
mod distributions;
mod gain;
mod judge;
mod leakage;
mod learning_curve;
pub(crate) mod metrics;
pub(crate) mod nested;
mod options;
mod record;
mod run;
mod sensitivity;
mod split;
mod temperature;
mod verdict;

pub use calibration::Calibration;
pub use conformal::{Bounds, IntervalModel};
pub use curvature::{Dependence, LinearityData, curvature_battery, linearity_tests};
pub use distributions::student_t_quantile;
pub use nested::FoldModel;
pub use options::EvaluationOptions;
pub use record::{
    Comparison, ContenderScores, Curvature, CurveLine, Design, Evaluation, Gain, Intervals, LearningCurve,
    RowPrediction, Score, Sensitivity, SplitKind, Test, Verdict, VerdictCode,
};
pub use run::evaluate;
