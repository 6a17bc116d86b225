//! Solvers.
mod termination;

pub use termination::{Reason, Termination};
