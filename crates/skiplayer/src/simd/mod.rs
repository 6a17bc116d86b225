//! Arithmetic over vectors of the processor at hand: the ground that losses, networks and solvers stand on.

pub(crate) mod dispatch;
mod exp;
pub(crate) mod lanes;
mod ln;
pub(crate) mod products;
mod scalar;
mod series;
pub(crate) mod vector;

pub use exp::{exp, tanh};
pub use ln::ln_1p;
pub use scalar::Scalar;
