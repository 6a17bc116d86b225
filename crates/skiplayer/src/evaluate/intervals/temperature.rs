//! Temperature scaling of class probabilities.
//!
//! All log probabilities are multiplied by one number, the inverse temperature of Guo, Pleiss, Sun & Weinberger (2017), "On calibration of
//! modern neural networks": that of the largest likelihood of rows which the models did not see. The likeliest class stays the likeliest.

/// Probabilities below this count as this.
pub(crate) const LEAST: f64 = 1e-12;
/// Where the inverse temperature is looked for.
const RANGE: (f64, f64) = (0.05, 20.0);

/// `probabilities` to the power of `inverse_temperature`, with sum one again.
pub fn sharpened(probabilities: &[f64], inverse_temperature: f64) -> Vec<f64> {
    let logs: Vec<f64> = probabilities.iter().map(|p| inverse_temperature * p.max(LEAST).ln()).collect();
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logs.iter().map(|l| (l - largest).exp()).collect();
    let total: f64 = powers.iter().sum();
    powers.into_iter().map(|p| p / total).collect()
}

/// The most probable inverse_temperature where row i, of these `probabilities`, was of class `observed[i]`. Its logarithm is normal to begin with:
/// a few rows that were all right would make it infinite, and a few that were wrong zero. O(n classes) times 40: bisection on the slope
/// of the likelihood, which is concave, and the prior.
pub fn inverse_temperature(probabilities: &[Vec<f64>], observed: &[usize], weight: &[f64]) -> f64 {
    let slope = |inverse_temperature: f64| -> f64 {
        let of_row = |i: usize| {
            let log = |c: usize| probabilities[i][c].max(LEAST).ln();
            let expected: f64 =
                sharpened(&probabilities[i], inverse_temperature).iter().enumerate().map(|(c, p)| p * log(c)).sum();
            weight[i] * (log(observed[i]) - expected)
        };
        (0..observed.len()).map(of_row).sum::<f64>() - inverse_temperature.ln() / inverse_temperature
    };
    let (mut low, mut high) = RANGE;
    for _ in 0..40 {
        let middle = (low * high).sqrt();
        if slope(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low * high).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn one_leaves_all_as_it_is_and_the_order_stays() {
        let p = [0.2, 0.5, 0.3];
        assert!(sharpened(&p, 1.0).iter().zip(p).all(|(a, b)| (a - b).abs() < 1e-15));
        for power in [0.1, 3.0] {
            let q = sharpened(&p, power);
            assert!(q[1] > q[2] && q[2] > q[0] && (q.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        }
        assert_eq!(sharpened(&[0.0, 1.0], 2.0)[1], 1.0);
    }

    /// Outcomes are drawn from probabilities to the power of `power`.
    #[test]
    fn the_truth_is_found() {
        for (power, classes) in [(0.5, 2), (1.0, 3), (1.6, 4)] {
            let (n, mut random) = (5_000, Random::simulated(8));
            let (mut probabilities, mut observed) = (Vec::new(), Vec::new());
            for _ in 0..n {
                let powers: Vec<f64> = (0..classes).map(|_| random.normal().exp()).collect();
                let total: f64 = powers.iter().sum();
                let row: Vec<f64> = powers.iter().map(|p| p / total).collect();
                let (drawn, mut sum) = (random.uniform(), 0.0);
                let cumulative = sharpened(&row, power).into_iter().map(|p| {
                    sum += p;
                    sum
                });
                observed.push(cumulative.filter(|sum| *sum < drawn).count().min(classes - 1));
                probabilities.push(row);
            }
            let found = inverse_temperature(&probabilities, &observed, &vec![1.0; n]);
            assert!((found / power - 1.0).abs() < 0.1, "{power}: {found}");
        }
    }

    #[test]
    fn a_few_rows_change_little_and_many_stay_within_bounds() {
        let of = |n: usize, observed: usize| {
            inverse_temperature(&vec![vec![0.9, 0.1]; n], &vec![observed; n], &vec![1.0; n])
        };
        assert!((1.0..1.6).contains(&of(3, 0)) && (0.2..1.0).contains(&of(3, 1)));
        assert!((1.3..10.0).contains(&of(10_000, 0)) && of(10_000, 1) < 0.06);
        // Nothing can be told from probabilities that are all the same.
        assert!((inverse_temperature(&vec![vec![0.5, 0.5]; 9], &[0; 9], &[1.0; 9]) - 1.0).abs() < 1e-9);
    }
}
