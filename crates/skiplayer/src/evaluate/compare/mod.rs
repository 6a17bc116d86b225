//! Scores of out-of-fold predictions, what one contender gains over another, and how sure probabilities are.

pub(crate) mod calibration;
pub(crate) mod fold_scores;
pub(crate) mod gain;
pub(crate) mod metrics;
mod survival;
