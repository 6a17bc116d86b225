//! Kernels.
pub mod math;
