//! The network (start with `network.rs`), where its weights live, and the kernels that run it.

mod activation;
pub mod combine;
pub mod init;
pub mod kernel;
mod layout;
mod network;

pub use activation::Activation;
pub use layout::{BlockLayout, Layout, Role};
pub use network::{Architecture, Network};
