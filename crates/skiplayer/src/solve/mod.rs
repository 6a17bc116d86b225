//! Solvers. They see a smooth function and prices (`objective`), never a network.

pub mod insert;
mod objective;
pub mod owlqn;
mod prox_newton;
mod quadratic;
mod termination;

pub use objective::{HIDDEN_BIAS_PRECISION, NetworkObjective, Prices, Smooth, sign, soft_threshold};
pub use prox_newton::{ProxNewton, Step, StopRule};
pub use termination::{Reason, Termination};
