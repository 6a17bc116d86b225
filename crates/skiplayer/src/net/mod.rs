//! The network (start with `network.rs`), where its weights live, and the kernels that run it.

mod activation;
mod architecture;
mod average;
mod change_inputs;
pub(crate) mod init;
pub(crate) mod kernel;
mod layout;
mod matrix_view;
mod network;
mod prune;
mod subnetwork;
mod surgery;
mod weights;

pub(crate) use activation::activate;
pub use activation::{Activation, GELU_BOUND, GELU_CUBIC, GELU_SCALE};
pub use architecture::Architecture;
pub use change_inputs::InputMap;
pub use layout::{BlockLayout, Layout, Role};
pub use matrix_view::{MatrixRange, MatrixView, MatrixViewMut};
pub use network::Network;
pub use prune::prune;
pub use weights::{BlockWeights, BlockWeightsMut, Weights, WeightsMut};
