//! Stochastic proximal steps for many rows: Adam's scaling (Kingma & Ba 2015) with the proximal operator of the L1 price in
//! the same metric, so that weights still become exactly zero (Yun, Lozano & Yang 2021 study this family).

use super::objective::soft_threshold;

const FIRST_MOMENT: f64 = 0.9;
const SECOND_MOMENT: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Moments of the gradient, a slot a parameter.
#[derive(Debug, Clone)]
pub struct ProxAdam {
    mean: Vec<f64>,
    square: Vec<f64>,
    steps: i32,
}

impl ProxAdam {
    pub fn new(n_parameters: usize) -> Self {
        Self { mean: vec![0.0; n_parameters], square: vec![0.0; n_parameters], steps: 0 }
    }

    /// One step of length `rate` on the parameters `live`; `price` is on the scale of `gradient`.
    pub fn step(&mut self, theta: &mut [f64], gradient: &[f64], price: &[f64], live: &[usize], rate: f64) {
        self.steps += 1;
        let first = 1.0 - FIRST_MOMENT.powi(self.steps);
        let second = 1.0 - SECOND_MOMENT.powi(self.steps);
        for &i in live {
            let g = gradient[i];
            self.mean[i] += (1.0 - FIRST_MOMENT) * (g - self.mean[i]);
            self.square[i] += (1.0 - SECOND_MOMENT) * (g * g - self.square[i]);
            let length = rate / ((self.square[i] / second).sqrt() + EPSILON);
            theta[i] = soft_threshold(theta[i] - length * self.mean[i] / first, length * price[i]);
        }
    }
}
