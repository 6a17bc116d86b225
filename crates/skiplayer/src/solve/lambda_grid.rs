//! The lambdas of a regularisation path.

/// `count` lambdas from `largest` down to `ratio` times that, equally spaced on the log scale.
pub fn lambda_grid(largest: f64, ratio: f64, count: usize) -> Vec<f64> {
    let steps = count.saturating_sub(1).max(1) as f64;
    (0..count).map(|i| largest * ratio.powf(i as f64 / steps)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambdas_fall_by_the_same_factor_from_the_largest_to_its_share() {
        let lambdas = lambda_grid(2.0, 0.001, 4);
        for (lambda, expected) in lambdas.iter().zip([2.0, 0.2, 0.02, 0.002]) {
            assert!((lambda - expected).abs() < 1e-12 * expected, "{lambda}, expected {expected}");
        }
        assert_eq!(lambda_grid(2.0, 0.001, 1), [2.0]);
        assert!(lambda_grid(2.0, 0.001, 0).is_empty());
    }
}
