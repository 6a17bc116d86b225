//! Fitting.
pub mod config;
pub mod eliminate;
pub mod evidence;
pub mod member;
pub mod observer;
pub mod sample;
pub mod sparse;
