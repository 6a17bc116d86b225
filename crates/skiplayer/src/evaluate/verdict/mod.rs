//! The verdict: the written rule, what it rests on, and whether it stands under other conditions.

pub(crate) mod assess;
pub(crate) mod learning_curve;
pub(crate) mod rule;
pub(crate) mod sensitivity;
