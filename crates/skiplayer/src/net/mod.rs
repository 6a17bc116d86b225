//! The network (start with `network.rs`), where its weights live, and the kernels that run it.

mod activation;
pub(crate) mod average;
pub(crate) mod init;
pub(crate) mod kernel;
mod layout;
mod network;
mod prune;

pub use activation::Activation;
pub use layout::{BlockLayout, Layout, Role};
pub use network::{Architecture, Network};
pub use prune::prune;
