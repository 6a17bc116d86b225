//! Means and standard deviations over the rows of all members.

use crate::encode::Standard;

/// Mean and standard deviation over the rows of all, from those over the rows of each and their shares.
pub fn pooled(parts: &[(Standard, f64)]) -> Standard {
    let mean = mean(parts.iter().map(|(part, share)| (part.mean, *share)));
    // By hypotenuses: squares of huge numbers are not finite.
    let spread = parts.iter().map(|(part, share)| share.sqrt() * part.scale.hypot(part.mean - mean));
    Standard { mean, scale: scale(spread.fold(0.0, f64::hypot)) }
}

/// The mean of numbers with weights; 0 of none.
pub fn mean(parts: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let total: f64 = parts.clone().map(|(_, weight)| weight).sum();
    if total > 0.0 { parts.map(|(value, weight)| weight / total * value).sum() } else { 0.0 }
}

/// A standard deviation that can be divided by: 1 where nothing varies.
pub fn scale(deviation: f64) -> f64 {
    if deviation.is_finite() && deviation >= f64::MIN_POSITIVE { deviation } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pooled_moments_are_those_of_all_rows() {
        let rows: Vec<f64> = (0..50).map(|i| f64::from(i * i % 17) + if i < 20 { 5.0 } else { 0.0 }).collect();
        let learn = |rows: &[f64]| Standard::learn(rows, &vec![1.0; rows.len()]);
        let all = pooled(&[(learn(&rows[..20]), 0.4), (learn(&rows[20..]), 0.6)]);
        let expected = learn(&rows);
        assert!((all.mean - expected.mean).abs() < 1e-12 && (all.scale - expected.scale).abs() < 1e-12);
        let huge = Standard { mean: 1e300, scale: 1e300 };
        assert!(pooled(&[(huge, 0.5), (Standard { mean: -1e300, ..huge }, 0.5)]).scale.is_finite());
        assert_eq!(pooled(&[(Standard { mean: 3.0, scale: 0.0 }, 1.0)]), Standard { mean: 3.0, scale: 1.0 });
    }
}
