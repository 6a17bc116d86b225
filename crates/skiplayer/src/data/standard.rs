//! Standardisation that neither overflows nor divides by zero.

use serde::{Deserialize, Serialize};

/// Spread below this share of the largest size is rounding, not variation.
const CONSTANT: f64 = 1e-13;

/// x -> (x - mean) / scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Standard {
    pub mean: f64,
    pub scale: f64,
}

impl Standard {
    /// Weighted mean and population standard deviation of the values that are not NaN; scale 1 where they do not vary.
    pub fn learn(values: &[f64], weight: &[f64]) -> Self {
        let present = || values.iter().zip(weight).filter(|(v, _)| !v.is_nan());
        let total: f64 = present().map(|(_, w)| w).sum();
        let largest = present().map(|(v, _)| v.abs()).fold(0.0, f64::max);
        if total <= 0.0 || largest == 0.0 {
            return Self { mean: 0.0, scale: 1.0 };
        }
        // In units of the largest value, so that 1e300 can be squared.
        let mean = present().map(|(v, w)| w * (v / largest)).sum::<f64>() / total;
        let variance = present().map(|(v, w)| w * (v / largest - mean).powi(2)).sum::<f64>() / total;
        let deviation = variance.sqrt();
        let scale = if deviation > CONSTANT { deviation * largest } else { 1.0 };
        Self { mean: mean * largest, scale }
    }

    /// Standardised value; 0 for anything where the training rows did not vary is the caller's to decide.
    pub fn apply(&self, value: f64) -> f64 {
        // Dividing first keeps the difference of two huge values finite.
        value / self.scale - self.mean / self.scale
    }

    /// Back to original units.
    pub fn invert(&self, value: f64) -> f64 {
        value * self.scale + self.mean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn huge_tiny_and_constant_values() {
        let ones = [1.0; 4];
        for unit in [1.0, 1e300, 1e-300] {
            let values = [unit, 2.0 * unit, 3.0 * unit, 4.0 * unit];
            let standard = Standard::learn(&values, &ones);
            let z: Vec<f64> = values.iter().map(|v| standard.apply(*v)).collect();
            assert!((z[0] + 1.341_640_786_499_874).abs() < 1e-9 && (z[0] + z[3]).abs() < 1e-9, "{z:?}");
        }
        assert_eq!(Standard::learn(&[0.1, 0.1, 0.1, 0.1], &ones).scale, 1.0);
    }
}
