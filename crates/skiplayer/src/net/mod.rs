//! The network (start with `network.rs`), where its weights live, and the kernels that run it.

mod activation;
pub(crate) mod combine;
pub(crate) mod init;
pub(crate) mod kernel;
mod layout;
mod network;

pub use activation::Activation;
pub use kernel::scalar::Scalar;
pub use layout::{BlockLayout, Layout, Role};
pub use network::{Architecture, Network};
