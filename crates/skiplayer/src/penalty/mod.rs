//! Prices on weights that are not separable: a hidden unit as a whole, or an input as a whole.
//!
//! The L1 price of single weights is [`Prices`](crate::solve::objective::Prices), which solvers with curvature know how to handle.

mod group;
mod hierarchical;
mod l1;

pub use group::Group;
pub use hierarchical::Hierarchical;
pub use l1::{Prices, sign, soft_threshold};

/// A convex price, or a cone, with a proximal operator.
pub trait Penalty: Sync {
    /// The price of `theta`, at the smallest lambda that this value stands for.
    fn value(&self, theta: &[f64]) -> f64;

    /// theta <- argmin_z  step x price(z) + 1/2 ||z - theta||^2.
    fn prox_in_place(&self, theta: &mut [f64], step: f64);
}
