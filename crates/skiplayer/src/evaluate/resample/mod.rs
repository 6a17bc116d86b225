//! Outer folds, and the contenders run over them.

pub(crate) mod nested;
pub(crate) mod outer_fold;
pub(crate) mod split;
