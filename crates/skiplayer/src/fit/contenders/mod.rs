//! The networks that compete: one grown unit by unit, and the mean of dense starts with what it is reduced to.

pub(crate) mod dense;
pub(crate) mod distil;
pub(crate) mod screen;
pub(crate) mod sparse;
pub(crate) mod unit_search;
