//! A network that computes: a description, and a named tensor for each parameter that it declares.
//!
//! There is no second structure: the forward pass traverses the description. Parameters are flat tensors that are reshaped where they
//! are used, so that optimizers, checkpoints and files see one kind of thing. A clone shares no state.

pub mod batch_norm;
mod dense_block;
mod forward;
mod forward_pass;
mod init;
pub mod parameters;
mod pass;
mod recomputed;
mod tensors;

pub use self::batch_norm::{BatchStatistics, Statistics};
pub use self::parameters::ParameterRole;
pub use self::pass::{Mode, Pass, STEM, Trace, Way, branch_path};
pub use self::tensors::{Array, Network, Parameter};
