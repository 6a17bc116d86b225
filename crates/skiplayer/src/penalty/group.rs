//! Group lasso on hidden units (Yuan & Lin 2006): a unit is worth all its weights or none.

use super::Penalty;
use crate::net::Layout;
use crate::penalty::soft_threshold;

/// lambda ( sum |skip| + sum over units of sqrt(d) ||(w_h, v_h)|| ), d the number of weights of a unit; one hidden layer.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    pub layout: &'a Layout,
    pub lambda: f64,
}

impl Group<'_> {
    fn unit_lambda(&self) -> f64 {
        self.lambda * ((self.layout.n_inputs + self.layout.n_outputs) as f64).sqrt()
    }

    fn norm(&self, theta: &[f64], h: usize) -> f64 {
        self.layout.unit_weights(h).map(|i| theta[i] * theta[i]).sum::<f64>().sqrt()
    }
}

impl Penalty for Group<'_> {
    fn value(&self, theta: &[f64]) -> f64 {
        let skip: f64 = theta[self.layout.skip.range()].iter().map(|a| a.abs()).sum();
        let units: f64 = (0..self.layout.width).map(|h| self.norm(theta, h)).sum();
        self.lambda * skip + self.unit_lambda() * units
    }

    fn prox_in_place(&self, theta: &mut [f64], step: f64) {
        theta[self.layout.skip.range()].iter_mut().for_each(|a| *a = soft_threshold(*a, step * self.lambda));
        for h in 0..self.layout.width {
            let norm = self.norm(theta, h);
            let scale = if norm > 0.0 { (1.0 - step * self.unit_lambda() / norm).max(0.0) } else { 0.0 };
            self.layout.unit_weights(h).for_each(|i| theta[i] *= scale);
        }
    }
}
