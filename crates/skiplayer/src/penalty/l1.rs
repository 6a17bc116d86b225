//! The L1 penalty on single weights, its optimality conditions and its proximal operator.

use crate::net::Layout;

/// The L1 price of each parameter (0: free), and the parameters that may move. The others stay where they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    pub price: Vec<f64>,
    pub live: Vec<usize>,
}

impl Prices {
    /// The same `price` on every priced parameter of `layout` that `mask` allows.
    pub fn uniform(layout: &Layout, price: f64, mask: &[bool]) -> Self {
        let price = layout.roles().map(|role| if role.is_priced() { price } else { 0.0 }).collect();
        Self { price, live: (0..mask.len()).filter(|&i| mask[i]).collect() }
    }

    /// sum of price |theta|.
    pub fn value(&self, theta: &[f64]) -> f64 {
        self.live.iter().map(|&i| self.price[i] * theta[i].abs()).sum()
    }

    /// The largest violation of the optimality conditions of smooth + price, divided by max(1, largest price).
    ///
    /// A parameter that is not zero violates by |gradient + price sign|, one at zero by what |gradient| exceeds the price.
    pub fn kkt(&self, theta: &[f64], gradient: &[f64]) -> f64 {
        let scale = self.live.iter().map(|&i| self.price[i]).fold(1.0, f64::max);
        self.live.iter().map(|&i| self.violation(i, theta, gradient)).fold(0.0, f64::max) / scale
    }

    fn violation(&self, i: usize, theta: &[f64], gradient: &[f64]) -> f64 {
        if theta[i] == 0.0 && self.price[i] > 0.0 {
            (gradient[i].abs() - self.price[i]).max(0.0)
        } else {
            (gradient[i] + self.price[i] * sign(theta[i])).abs()
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
