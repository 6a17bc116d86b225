//! The network (start with `network.rs`), where its weights live, and the kernels that run it.

mod activation;
mod architecture;
pub(crate) mod average;
pub(crate) mod init;
pub(crate) mod kernel;
mod layout;
mod network;
mod prune;

pub use activation::Activation;
pub(crate) use activation::activate;
pub use architecture::Architecture;
pub use layout::{BlockLayout, Layout, Role};
pub use network::Network;
pub use prune::prune;
