//! The network and its kernels.
pub(crate) mod kernel;
