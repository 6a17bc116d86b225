//! Penalties. The L1 penalty of single weights is [`L1Weights`], which solvers with curvature know how to handle; those that are not separable,
//! on a hidden unit as a whole or an input as a whole, implement [`Penalty`]. [`InputRules`] say what is asked of single inputs.

mod group;
mod hierarchical;
mod input_rules;
mod l1;

pub use group::Group;
pub use hierarchical::Hierarchical;
pub use input_rules::InputRules;
pub use l1::{L1Weights, sign, soft_threshold};

/// A convex penalty, or a cone, with a proximal operator.
pub trait Penalty: Sync {
    /// The penalty of `theta`, at the smallest lambda that this value stands for.
    fn value(&self, theta: &[f64]) -> f64;

    /// theta <- argmin_z  step x penalty(z) + 1/2 ||z - theta||^2.
    fn prox_in_place(&self, theta: &mut [f64], step: f64);
}
