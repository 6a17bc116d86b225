//! What is minimised: the likelihood of a network over a table, with the usual ridge on biases.

use faer::Mat;

use crate::net::kernel::Pass;
use crate::net::{Layout, Role};
use crate::penalty::InputRules;
use crate::simd::Scalar;
use crate::solve::{Curved, Smooth};

/// The likelihood of a network over a table plus half a sum of ridge_i theta_i^2.
#[derive(Debug, Clone)]
pub struct NetworkObjective<'a, T = f64> {
    pub pass: Pass<'a, T>,
    /// Second derivative of the quadratic penalty of each parameter.
    pub ridge: Vec<f64>,
    pub rules: &'a InputRules,
}

/// Prior precision of hidden biases: N(0, 9). It keeps units bent where the data are.
pub const HIDDEN_BIAS_PRECISION: f64 = 1.0 / 9.0;
/// Output biases are free, but for a hair of ridge: the constants of a softmax have a direction that nothing else fixes.
pub const OUTPUT_BIAS_PRECISION: f64 = 1e-6;

/// The usual ridge on each parameter of `layout`: on biases only.
pub fn bias_ridge(layout: &Layout) -> Vec<f64> {
    let precision = |role: Role| match role {
        Role::HiddenBias => HIDDEN_BIAS_PRECISION,
        Role::OutputBias => OUTPUT_BIAS_PRECISION,
        _ => 0.0,
    };
    layout.roles().map(precision).collect()
}

/// With the usual ridge on biases, and with that of output biases on linear coefficients that are as free as those.
pub fn usual_ridge(layout: &Layout, rules: &InputRules) -> Vec<f64> {
    let mut ridge = bias_ridge(layout);
    for j in rules.free_inputs() {
        layout.skip.column(j).for_each(|i| ridge[i] = OUTPUT_BIAS_PRECISION);
    }
    ridge
}

impl<'a, T: Scalar> NetworkObjective<'a, T> {
    /// With the [usual ridge](usual_ridge).
    pub fn new(pass: Pass<'a, T>, rules: &'a InputRules) -> Self {
        Self { ridge: usual_ridge(pass.layout, rules), pass, rules }
    }

    pub fn layout(&self) -> &'a Layout {
        self.pass.layout
    }

    /// The value, given the losses of the outputs.
    pub fn weighted(&self, losses: &[f64], theta: &[f64]) -> f64 {
        let data: f64 = losses.iter().zip(self.pass.precision).map(|(l, b)| l * b).sum();
        data + self.ridge_value(theta)
    }

    /// 1/2 sum ridge_i theta_i^2.
    pub fn ridge_value(&self, theta: &[f64]) -> f64 {
        0.5 * self.ridge.iter().zip(theta).map(|(r, t)| r * t * t).sum::<f64>()
    }

    /// The losses of the outputs, the value, and the gradient.
    pub fn losses_gradient(&self, theta: &[f64], gradient: &mut [f64]) -> Vec<f64> {
        let losses = self.pass.losses_gradient(theta, gradient);
        for ((g, r), t) in gradient.iter_mut().zip(&self.ridge).zip(theta) {
            *g += r * t;
        }
        losses
    }
}

impl<T: Scalar> Smooth for NetworkObjective<'_, T> {
    fn value(&self, theta: &[f64]) -> f64 {
        self.weighted(&self.pass.losses(theta), theta)
    }

    fn value_gradient(&self, theta: &[f64], gradient: &mut [f64]) -> f64 {
        let losses = self.losses_gradient(theta, gradient);
        self.weighted(&losses, theta)
    }
}

impl Curved for NetworkObjective<'_> {
    fn curvature(&self, theta: &[f64], live: &[usize]) -> Mat<f64> {
        let mut matrix = self.pass.gauss_newton(theta, live);
        for (slot, &i) in live.iter().enumerate() {
            matrix[(slot, slot)] += self.ridge[i];
        }
        matrix
    }

    fn add_residual_curvature(&self, theta: &[f64], live: &[usize], matrix: &mut [f64]) -> bool {
        self.pass.add_residual_curvature(theta, live, matrix)
    }
}
