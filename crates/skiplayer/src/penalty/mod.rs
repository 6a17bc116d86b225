//! L1Weights on weights that are not separable: a hidden unit as a whole, or an input as a whole.
//!
//! The L1 penalty of single weights is [`L1Weights`](crate::solve::objective::L1Weights), which solvers with curvature know how to handle.

mod group;
mod hierarchical;
mod l1;

pub use group::Group;
pub use hierarchical::Hierarchical;
pub use l1::{L1Weights, sign, soft_threshold};

/// A convex penalty, or a cone, with a proximal operator.
pub trait Penalty: Sync {
    /// The penalty of `theta`, at the smallest lambda that this value stands for.
    fn value(&self, theta: &[f64]) -> f64;

    /// theta <- argmin_z  step x penalty(z) + 1/2 ||z - theta||^2.
    fn prox_in_place(&self, theta: &mut [f64], step: f64);
}
