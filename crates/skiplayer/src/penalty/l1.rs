//! The L1 penalty on single weights, its optimality conditions and its proximal operator.

use crate::net::Layout;

/// The L1 penalty (lambda) of each parameter (0: free), and the parameters that may move. The others stay where they are.
#[derive(Debug, Clone, PartialEq)]
pub struct L1Weights {
    pub lambda: Vec<f64>,
    pub live: Vec<usize>,
}

impl L1Weights {
    /// The same `lambda` on every penalised parameter of `layout` that `mask` allows.
    pub fn uniform(layout: &Layout, lambda: f64, mask: &[bool]) -> Self {
        let lambda = layout.roles().map(|role| if role.is_penalised() { lambda } else { 0.0 }).collect();
        Self { lambda, live: (0..mask.len()).filter(|&i| mask[i]).collect() }
    }

    /// sum of lambda |theta|.
    pub fn value(&self, theta: &[f64]) -> f64 {
        self.live.iter().map(|&i| self.lambda[i] * theta[i].abs()).sum()
    }

    /// The largest violation of the optimality conditions of smooth part + penalty, divided by max(1, largest lambda).
    ///
    /// A parameter that is not zero violates by |gradient + lambda sign|, one at zero by what |gradient| exceeds lambda.
    pub fn kkt(&self, theta: &[f64], gradient: &[f64]) -> f64 {
        let scale = self.live.iter().map(|&i| self.lambda[i]).fold(1.0, f64::max);
        self.live.iter().map(|&i| self.violation(i, theta, gradient)).fold(0.0, f64::max) / scale
    }

    fn violation(&self, i: usize, theta: &[f64], gradient: &[f64]) -> f64 {
        if theta[i] == 0.0 && self.lambda[i] > 0.0 {
            (gradient[i].abs() - self.lambda[i]).max(0.0)
        } else {
            (gradient[i] + self.lambda[i] * sign(theta[i])).abs()
        }
    }
}

/// -1, 0 or 1.
pub fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

/// sign(x) max(0, |x| - threshold): the proximal operator of threshold |.|.
pub fn soft_threshold(x: f64, threshold: f64) -> f64 {
    x.signum() * (x.abs() - threshold).max(0.0)
}
