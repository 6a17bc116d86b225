//! Fitting.
pub mod evidence;
pub mod member;
