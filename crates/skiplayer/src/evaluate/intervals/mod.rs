//! Prediction intervals (CV+), lower bounds of durations and prediction sets from the models of outer folds.

pub mod conformal;
pub(crate) mod coverage;
pub mod lower_bound;
mod predict;
pub(crate) mod temperature;

pub use predict::PredictedIntervals;
