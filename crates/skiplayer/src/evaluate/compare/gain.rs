//! Does it pay? The gain of one contender over another on the same folds.
//!
//! Folds share training rows, so their differences are correlated and the plain t statistic is far too sure. Corrected
//! resampled t: Nadeau & Bengio (2003), "Inference for the generalization error", with the variance over all folds of
//! repeated cross-validation as in Bouckaert & Frank (2004). Bayesian correlated t: Corani & Benavoli (2015), "A Bayesian
//! approach for comparing cross-validated algorithms on multiple data sets", with correlation 1/k.

use crate::evaluate::record::{Comparison, Gain};
use crate::stats::distributions::student_t_cdf;
use crate::stats::student_t_quantile;

/// The mean losses of two contenders in one fold, and the sizes of its parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FoldLoss {
    pub a: f64,
    pub b: f64,
    pub n_train: usize,
    pub n_test: usize,
}

/// Compares contender b with a over `folds`, of which `k` make one repeat.
///
/// The gain is relative to the mean loss of a. Training sets that grow forward in time allow no t test: `same_size` is false.
pub fn compare(a: &str, b: &str, folds: &[FoldLoss], k: usize, rope: f64, same_size: bool) -> Option<Comparison> {
    let count = folds.len() as f64;
    let reference = folds.iter().map(|f| f.a).sum::<f64>() / count;
    if folds.len() < 2 || reference <= 0.0 {
        return None;
    }
    let differences: Vec<f64> = folds.iter().map(|f| (f.a - f.b) / reference).collect();
    let mean = differences.iter().sum::<f64>() / count;
    let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (count - 1.0);
    // Repeats use the same rows again: they make the mean steadier, not the evidence greater.
    let degrees_of_freedom = (k.min(folds.len()) - 1) as f64;
    let posterior = (variance * (1.0 / count + 1.0 / (k.max(2) as f64 - 1.0))).sqrt();
    let below = |x: f64| {
        if posterior > 0.0 {
            student_t_cdf((x - mean) / posterior, degrees_of_freedom)
        } else {
            f64::from(u8::from(mean <= x))
        }
    };
    let (p_worse, p_better) = (below(-rope), 1.0 - below(rope));
    let reach = posterior * student_t_quantile(0.975, degrees_of_freedom);
    // No network removes more than all of the loss, whatever the symmetric posterior says.
    let (lo, hi) = (mean - reach, (mean + reach).min(1.0));
    let gain = Gain { mean, lo, hi, p_better, p_equal: 1.0 - p_better - p_worse, p_worse, rope };
    let ratio = folds.iter().map(|f| f.n_test as f64 / f.n_train as f64).sum::<f64>() / count;
    let error = (variance * (1.0 / count + ratio)).sqrt();
    let t = (same_size && error > 0.0).then(|| mean / error);
    Some(Comparison {
        a: a.to_owned(),
        b: b.to_owned(),
        gain,
        t,
        degrees_of_freedom: t.map(|_| degrees_of_freedom),
        p_value: t.map(|t| 2.0 * student_t_cdf(-t.abs(), degrees_of_freedom)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folds(b: impl Fn(usize) -> f64) -> Vec<FoldLoss> {
        (0..10).map(|f| FoldLoss { a: 1.0 + 0.1 * (f as f64).sin(), b: b(f), n_train: 90, n_test: 10 }).collect()
    }

    #[test]
    fn equal_contenders_are_practically_equal() {
        let same = folds(|f| 1.0 + 0.1 * (f as f64).sin());
        let comparison = compare("a", "b", &same, 10, 0.01, true).expect("ten folds");
        assert_eq!((comparison.gain.mean, comparison.gain.p_equal, comparison.t), (0.0, 1.0, None));
    }

    #[test]
    fn a_clear_gain_is_clear_and_probabilities_add_up() {
        let better = folds(|f| 0.5 + 0.02 * (f as f64).cos());
        let Comparison { gain, t, p_value, .. } = compare("a", "b", &better, 10, 0.01, true).expect("ten folds");
        assert!(gain.p_better > 0.999 && gain.lo > 0.3 && gain.hi < 0.7, "{gain:?}");
        assert!((gain.p_better + gain.p_equal + gain.p_worse - 1.0).abs() < 1e-12);
        assert!(t.expect("t") > 5.0 && p_value.expect("p") < 1e-3);
    }

    #[test]
    fn the_corrected_t_by_hand() {
        // d = 0.3, 0.1, 0.2 relative to a mean loss of 1; s^2 = 0.01; t = 0.2 / sqrt((1/3 + 1/2) 0.01).
        let folds: Vec<FoldLoss> =
            [0.7, 0.9, 0.8].iter().map(|&b| FoldLoss { a: 1.0, b, n_train: 20, n_test: 10 }).collect();
        let comparison = compare("a", "b", &folds, 3, 0.01, true).expect("three folds");
        assert!((comparison.t.expect("t") - 0.2 / (0.01_f64 * (1.0 / 3.0 + 0.5)).sqrt()).abs() < 1e-12);
        assert!(compare("a", "b", &folds, 3, 0.01, false).expect("three folds").t.is_none());
    }
}
