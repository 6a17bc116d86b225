//! The L1 penalty on single weights, its optimality conditions and its proximal operator.

use crate::net::Layout;

/// The L1 penalty (lambda) of each parameter (0: free), and the parameters that may move. The others stay where they are.
#[derive(Debug, Clone, PartialEq)]
pub struct L1Weights {
    pub lambda: Vec<f64>,
    pub live: Vec<usize>,
    /// 1 where a parameter may not be negative, -1 where it may not be positive, 0 where it may be both; empty if all may.
    pub side: Vec<f64>,
}

impl L1Weights {
    /// The same `lambda` on every penalised parameter of `layout` that `mask` allows.
    pub fn uniform(layout: &Layout, lambda: f64, mask: &[bool]) -> Self {
        let factor: Vec<f64> = layout.roles().map(|role| f64::from(u8::from(role.is_penalised()))).collect();
        Self::scaled(&factor, lambda, mask)
    }

    /// `lambda` times the `factor` of each parameter, of which those may move that `mask` allows.
    pub fn scaled(factor: &[f64], lambda: f64, mask: &[bool]) -> Self {
        let live = (0..mask.len()).filter(|&i| mask[i]).collect();
        Self { lambda: factor.iter().map(|factor| factor * lambda).collect(), live, side: Vec::new() }
    }

    /// No penalty on `n` parameters, all of which may move.
    pub fn none(n: usize) -> Self {
        Self { lambda: vec![0.0; n], live: (0..n).collect(), side: Vec::new() }
    }

    /// With parameters that may have one sign only.
    #[must_use]
    pub fn with_sides(self, side: Vec<f64>) -> Self {
        Self { side, ..self }
    }

    /// The sign that parameter `i` may have; 0 for both.
    pub fn side(&self, i: usize) -> f64 {
        self.side.get(i).copied().unwrap_or_default()
    }

    /// Whether zero is a special value of parameter `i`, where it may come to rest: because of a penalty or of a bound.
    pub fn has_kink(&self, i: usize) -> bool {
        self.lambda[i] > 0.0 || self.side(i) != 0.0
    }

    /// How strongly parameter `i`, which is zero, is drawn away from there; 0 if it stays.
    pub fn pull(&self, i: usize, gradient: f64) -> f64 {
        if gradient * self.side(i) > 0.0 { 0.0 } else { (gradient.abs() - self.lambda[i]).max(0.0) }
    }

    /// sum of lambda |theta|.
    pub fn value(&self, theta: &[f64]) -> f64 {
        self.live.iter().map(|&i| self.lambda[i] * theta[i].abs()).sum()
    }

    /// The largest violation of the optimality conditions of smooth part + penalty, divided by max(1, largest lambda).
    ///
    /// A parameter that is not zero violates by |gradient + lambda sign|, one at zero by what |gradient| exceeds lambda, unless its sign
    /// would be wrong.
    pub fn kkt(&self, theta: &[f64], gradient: &[f64]) -> f64 {
        let scale = self.live.iter().map(|&i| self.lambda[i]).fold(1.0, f64::max);
        self.live.iter().map(|&i| self.violation(i, theta, gradient)).fold(0.0, f64::max) / scale
    }

    fn violation(&self, i: usize, theta: &[f64], gradient: &[f64]) -> f64 {
        if theta[i] == 0.0 && self.has_kink(i) {
            self.pull(i, gradient[i])
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
