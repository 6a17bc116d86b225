//! Does it help? Nested cross-validation, tests of curvature, and a verdict by a written rule.
//!
//! | place | job |
//! |---|---|
//! | `run` | the whole of an evaluation: START HERE |
//! | `resample` | outer folds, and the contenders run over them |
//! | `curvature` | tests of curvature by a wild bootstrap |
//! | `compare` | scores, gains with their uncertainty, calibration of probabilities |
//! | `intervals` | prediction intervals and sets from the fold models |
//! | `verdict` | the rule, and the verdict again under other conditions |
//! | `durations` | groups of predicted risk, and whether hazards are proportional |
//! | `agreement` | whether the deployed model is of the kind that was judged |
//! | `leakage` | what makes scores look better than they are |

mod agreement;
mod compare;
mod curvature;
mod durations;
pub mod intervals;
mod leakage;
pub mod options;
mod record;
mod resample;
mod run;
mod survival_record;
mod verdict;

pub use agreement::disagreement;
pub use curvature::{Dependence, LinearityData, curvature_battery, linearity_tests};
pub use intervals::PredictedIntervals;
pub use intervals::conformal::{Bounds, IntervalModel};
pub use leakage::leaks;
pub use options::EvaluationOptions;
pub use record::{
    BetweenScores, Calibration, Comparison, ContenderScores, Curvature, CurveLine, Design, Evaluation, Gain, Intervals,
    LearningCurve, LevelScores, QuantileScores, RowPrediction, Score, Sensitivity, SplitKind, Test, Verdict,
    VerdictCode,
};
pub use resample::nested::FoldModel;
pub use resample::outer_fold::OuterFold;
pub use run::{curvature, evaluate, evaluate_fold, evaluate_from, n_outer_folds, outlook};
pub use survival_record::{CoefficientTest, ProportionalHazards, RiskGroup, SurvivalEvaluation};
pub use verdict::rule::p_value_text;
pub use verdict::sensitivity::advised_logarithms;
