//! Stochastic proximal steps for many rows: Adam's scaling (Kingma & Ba 2015) with the proximal operator of the L1 penalty in
//! the same metric, so that weights still become exactly zero (Yun, Lozano & Yang 2021 study this family).

use crate::penalty::soft_threshold;

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

    /// One step of length `rate`. `lambda` is on the scale of `gradient`; a parameter of infinite lambda stays at zero.
    pub fn step(&mut self, theta: &mut [f64], gradient: &[f64], lambda: &[f64], rate: f64) {
        self.steps += 1;
        let first = 1.0 - FIRST_MOMENT.powi(self.steps);
        let second = 1.0 - SECOND_MOMENT.powi(self.steps);
        let moments = self.mean.iter_mut().zip(&mut self.square);
        for (((theta, &g), &lambda), (mean, square)) in theta.iter_mut().zip(gradient).zip(lambda).zip(moments) {
            *mean += (1.0 - FIRST_MOMENT) * (g - *mean);
            *square += (1.0 - SECOND_MOMENT) * (g * g - *square);
            let length = rate / ((*square / second).sqrt() + EPSILON);
            *theta = soft_threshold(*theta - length * *mean / first, length * lambda);
        }
    }
}
