//! A response in the form of least squares, and what the null says of it.

use crate::random::Random;

/// Rows in the form of least squares: see `line`.
pub struct Working {
    pub root: Vec<f64>,
    pub response: Vec<f64>,
    pub predictor: Option<Vec<f64>>,
    pub law: Option<Law>,
}

/// Working responses that take two values: `step` (1 - `probability`) with that probability, else -`step` `probability`. (n) each.
pub struct Law {
    pub probability: Vec<f64>,
    pub step: Vec<f64>,
    /// That of a working response of weight 1.
    pub variance: Vec<f64>,
}

impl Law {
    /// Pearson's residuals of two classes; `root` is sqrt(w p (1 - p)), 0 where the line is certain.
    pub fn of_classes(probability: Vec<f64>, root: &[f64]) -> Self {
        let step = |(root, p): (&f64, &f64)| if *root == 0.0 { 0.0 } else { root / (p * (1.0 - p)) };
        let step = root.iter().zip(&probability).map(step).collect();
        Self { variance: vec![1.0; probability.len()], probability, step }
    }

    /// The working response of a row, drawn anew.
    pub fn draw(&self, row: usize, random: &mut Random) -> f64 {
        let event = f64::from(u8::from(random.uniform() < self.probability[row]));
        self.step[row] * (event - self.probability[row])
    }
}
