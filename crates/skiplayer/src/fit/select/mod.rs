//! Linear, sparse or dense: inner cross-validation decides.

pub(crate) mod choose;
pub(crate) mod encoded;
pub(crate) mod folds;
pub(crate) mod lines;
pub(crate) mod paired;
pub(crate) mod plan;
mod race;
mod signal;
mod trials;
