//! Solvers. They see a smooth function and penalties (`objective`), never a network.

mod coordinate_descent;
pub(crate) mod fista;
mod lambda_grid;
mod mixed_precision;
mod objective;
pub(crate) mod ordered_line;
pub(crate) mod owlqn;
pub mod prox_adam;
mod prox_newton;
mod quantile_line;
mod termination;

pub(crate) use coordinate_descent::check_data;
pub use coordinate_descent::{LinearFit, PathOptions, lambda_max, linear_path};
pub(crate) use lambda_grid::lambda_grid;
pub(crate) use mixed_precision::head_start;
pub(crate) use objective::{Curved, Smooth};
pub(crate) use prox_newton::{ProxNewton, Step, StopRule};
pub use termination::{Reason, Termination};
