//! Standardisation that neither overflows nor divides by zero.

use serde::{Deserialize, Serialize};

/// Spread below this share of the largest size is rounding, not variation.
const CONSTANT: f64 = 1e-13;
/// The exponent of a number: with the other bits cleared it is the power of two just below.
const EXPONENT_BITS: u64 = 0x7ff0_0000_0000_0000;

/// x -> (x - mean) / scale.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Standard {
    pub mean: f64,
    pub scale: f64,
}

impl Standard {
    /// Weighted mean and population standard deviation of the values that are not NaN; scale 1 where they do not vary.
    pub fn learn(values: &[f64], weight: &[f64]) -> Self {
        Self::learn_varying(values, weight).unwrap_or_else(|mean| Self { mean, scale: 1.0 })
    }

    /// The same, or the mean alone where the values do not vary. Rows of weight zero teach nothing.
    pub(crate) fn learn_varying(values: &[f64], weight: &[f64]) -> Result<Self, f64> {
        let present = || values.iter().zip(weight).filter(|(v, w)| !v.is_nan() && **w > 0.0);
        let Some((&first, _)) = present().next() else { return Err(0.0) };
        let total: f64 = present().map(|(_, w)| w).sum();
        let largest = present().map(|(v, _)| v.abs()).fold(0.0, f64::max);
        // A power of two near the largest value: 1e300 can be squared, and no digit is lost. Distances are from the first
        // value, so that large numbers close together (times of day in seconds since 1970) keep their digits too.
        let unit = power_of_two_below(largest);
        let (first, size) = (first / unit, largest / unit);
        let shift = present().map(|(v, w)| w * (v / unit - first)).sum::<f64>() / total;
        let variance = present().map(|(v, w)| w * (v / unit - first - shift).powi(2)).sum::<f64>() / total;
        let mean = (first + shift).max(-size).min(size) * unit;
        let deviation = variance.sqrt().min(size);
        let scale = deviation * unit;
        if deviation > CONSTANT * size && scale >= f64::MIN_POSITIVE { Ok(Self { mean, scale }) } else { Err(mean) }
    }

    /// Mean and deviation of values of which the largest has the size `largest`, or the mean alone where they do not vary.
    pub(super) fn if_varying(mean: f64, deviation: f64, largest: f64) -> Result<Self, f64> {
        let (mean, scale) = (mean.clamp(-largest, largest), deviation.min(largest));
        if scale > CONSTANT * largest && scale >= f64::MIN_POSITIVE { Ok(Self { mean, scale }) } else { Err(mean) }
    }

    /// That of an indicator which is 1 for a `share` of the weight.
    pub(super) fn of_indicator(share: f64) -> Self {
        let scale = (share * (1.0 - share)).max(0.0).sqrt();
        Self { mean: share, scale: if scale > 0.0 { scale } else { 1.0 } }
    }

    /// Standardised value, never beyond the largest number.
    pub fn apply(&self, value: f64) -> f64 {
        // Halved, the difference of two huge values is finite.
        let standardised = (0.5 * value - 0.5 * self.mean) / self.scale * 2.0;
        standardised.clamp(-f64::MAX, f64::MAX)
    }

    /// Back to original units.
    pub fn invert(&self, value: f64) -> f64 {
        value * self.scale + self.mean
    }
}

/// The power of two just below a size, which divides without losing a digit.
pub(super) fn power_of_two_below(size: f64) -> f64 {
    f64::from_bits(size.to_bits() & EXPONENT_BITS).max(f64::MIN_POSITIVE)
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
        for constant in [0.1, 1e300, -1e300, 5e-324, 0.0] {
            let weight = [0.3, 1.1, 1.7, 0.9];
            assert_eq!(Standard::learn(&[constant; 4], &weight), Standard { mean: constant, scale: 1.0 });
        }
        let subnormal = Standard::learn(&[5e-324, 0.0], &ones[..2]);
        assert!(subnormal.apply(5e-324).is_finite());
    }

    #[test]
    fn the_ends_of_the_range_stay_finite() {
        let values = [f64::MAX, -f64::MAX, f64::MAX];
        let standard = Standard::learn(&values, &[1.0; 3]);
        assert!((standard.apply(f64::MAX) - 0.5f64.sqrt()).abs() < 1e-12);
        let tiny = Standard::learn(&[1e-300, 2e-300], &[1.0; 2]);
        assert_eq!(tiny.apply(1e300), f64::MAX);
        assert_eq!(tiny.apply(-1e300), -f64::MAX);
    }

    #[test]
    fn large_numbers_close_together_keep_their_digits() {
        let values: Vec<f64> = (0..1000).map(|i| 1.7e12 + f64::from(i)).collect();
        let standard = Standard::learn(&values, &[1.0; 1000]);
        let exact = ((1000.0f64 * 1000.0 - 1.0) / 12.0).sqrt();
        assert_eq!(standard.mean, 1.7e12 + 499.5);
        assert!((standard.scale / exact - 1.0).abs() < 1e-14);
    }
}
