//! Solvers. They see a smooth function and prices (`objective`), never a network.

#[cfg(test)]
mod agreement;
mod coordinate_descent;
pub(crate) mod fista;
pub mod fixed;
mod held;
pub(crate) mod insert;
mod objective;
pub(crate) mod owlqn;
pub mod prox_adam;
mod prox_newton;
mod quadratic;
mod single;
mod termination;

pub(crate) use coordinate_descent::check_data;
pub use coordinate_descent::{LinearFit, PathOptions, lambda_max, linear_path};
pub(crate) use objective::{
    Curved, HIDDEN_BIAS_PRECISION, NetworkObjective, Prices, Smooth, bias_ridge, sign, soft_threshold,
};
pub(crate) use prox_newton::{ProxNewton, Step, StopRule};
pub(crate) use single::head_start;
pub use termination::{Reason, Termination};
