//! What solvers see: a smooth function of a flat buffer, with or without a model of its curvature.

use faer::Mat;

/// A smooth function with its gradient.
pub trait Smooth: Sync {
    fn value(&self, theta: &[f64]) -> f64;
    /// The value; overwrites `gradient`.
    fn value_gradient(&self, theta: &[f64], gradient: &mut [f64]) -> f64;
}

/// A smooth function with a positive semi-definite model of its curvature.
pub trait Curved: Smooth {
    /// The Gauss-Newton matrix over the `live` parameters; only the lower triangle is read.
    fn curvature(&self, theta: &[f64], live: &[usize]) -> Mat<f64>;
    /// Adds to `matrix` (L, L; row-major, both triangles) what [`curvature`](Self::curvature) leaves out of the Hessian;
    /// returns whether that is known.
    fn add_residual_curvature(&self, _theta: &[f64], _live: &[usize], _matrix: &mut [f64]) -> bool {
        false
    }
}
