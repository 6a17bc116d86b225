//! Prediction intervals (CV+) and prediction sets from the models of outer folds.

pub mod conformal;
pub(crate) mod coverage;
mod predict;
pub(crate) mod temperature;

pub use predict::PredictedIntervals;
