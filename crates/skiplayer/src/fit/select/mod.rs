//! Linear, sparse or dense: inner cross-validation decides.

pub(crate) mod choose;
pub(crate) mod encoded;
pub(crate) mod folds;
pub(crate) mod paired;
mod race;
mod trials;
