//! Counts that vary more than Poisson's, or successes more than the binomial's: how much more, and what that does to the penalty of weights.
//!
//! Pearson's chi-square of the linear model over its degrees of freedom (McCullagh & Nelder 1989, sections 4.5.2 and 6.2.3). Where it
//! contradicts the distribution the log-likelihood is divided by it (quasi-likelihood, Wedderburn 1974), so that the evidence does not take the
//! extra variance for structure.

use super::sample::Sample;
use crate::error::Message;
use crate::loss::{Loss, RowTerms};
use crate::message;
use crate::net::kernel::Design;
use crate::schema::options::LOSS;
use crate::solve::{PathOptions, linear_path};

/// Standard deviations of chi-square above its mean from which the distribution is contradicted.
const CONTRADICTED: f64 = 3.0;
/// Rows for each coefficient below which the linear model leaves too little to tell.
const ROWS_PER_COEFFICIENT: usize = 3;

/// Variance of the counts or successes in `sample` about the linear model on all inputs over that of their distribution; 1 where this is not
/// contradicted, where there are too few rows to tell, and for other losses. O(n p²).
pub fn dispersion(sample: &Sample) -> f64 {
    let (n, p) = (sample.n_rows(), sample.n_inputs());
    if !sample.loss.may_be_overdispersed() || n < ROWS_PER_COEFFICIENT * (p + 1) || p == 0 {
        return 1.0;
    }
    let options = PathOptions { l1_ratio: 0.0, lambdas: Some(vec![1e-3, 1e-6]), ..PathOptions::default() };
    let Some(fit) =
        linear_path(&sample.x, &sample.y, sample.terms(), sample.loss, &options).ok().and_then(|mut fits| fits.pop())
    else {
        return 1.0;
    };
    let predictor = |i: usize| {
        let slopes = (0..p).map(|j| fit.coef[j] * sample.x.get(i, j)).sum::<f64>();
        fit.intercept[0] + slopes + sample.offset.get(i).copied().unwrap_or_default()
    };
    let mut mean: Vec<f64> = (0..n).map(predictor).collect();
    sample.loss.mean_in_place(&mut mean, n);
    let of_row = |(i, mean): (usize, &f64)| {
        let variance = sample.loss.variance(*mean).max(f64::MIN_POSITIVE);
        sample.weight[i] * (sample.y.get(i, 0) - mean).powi(2) / variance
    };
    let chi_square: f64 = mean.iter().enumerate().map(of_row).sum();
    let degrees = (n - p - 1) as f64;
    let is_contradicted = chi_square - degrees > CONTRADICTED * (2.0 * degrees).sqrt();
    if is_contradicted && chi_square.is_finite() { chi_square / degrees } else { 1.0 }
}

/// The rows with their weights over `dispersion`: what the evidence is computed from.
pub fn quasi_design(sample: &Sample, dispersion: f64) -> Design {
    if dispersion == 1.0 {
        return sample.design();
    }
    let weight: Vec<f64> = sample.weight.iter().map(|w| w / dispersion).collect();
    Design::new(&sample.x, &sample.y, RowTerms { weight: &weight, ..sample.terms() })
}

/// What is said of it.
pub fn remark(dispersion: f64, loss: Loss) -> Option<Message> {
    if loss == Loss::Binomial {
        return (dispersion > 1.0).then(|| {
            let text = format!(
                "the successes vary {dispersion:.1} times as much as the binomial's (Pearson's chi-square of the linear model over its \
                 degrees of freedom), as where trials of a row have something in common: the penalty allows for that, and standard errors are \
                 robust; likelihoods and deviances are still the binomial's"
            );
            text.into()
        });
    }
    (dispersion > 1.0).then(|| {
        let text = format!(
            "the counts vary {dispersion:.1} times as much as Poisson's (Pearson's chi-square of the linear model over its degrees of \
             freedom): the penalty allows for that, and standard errors are robust; likelihoods and deviances are still Poisson's ("
        );
        message![text, LOSS.to("negative-binomial"), " has a likelihood for such counts)"]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Matrix;
    use crate::penalty::InputRules;
    use crate::random::Random;

    /// Poisson counts with a log mean of 1 + 0.5 x, each mean times `effect` of a row.
    fn counts(effect: impl Fn(&mut Random) -> f64) -> Sample {
        let mut random = Random::simulated(11);
        let n = 400;
        let x = Matrix::from_fn(n, 1, |_, _| random.normal());
        let y = Matrix::from_fn(n, 1, |i, _| {
            let mean = (1.0 + 0.5 * x.get(i, 0)).exp() * effect(&mut random);
            let mut count = [0.0];
            Loss::Poisson.draw(&[mean], 0.0, &mut random, &mut count);
            count[0]
        });
        Sample {
            x,
            y,
            weight: vec![1.0; n],
            offset: Vec::new(),
            loss: Loss::Poisson,
            rules: InputRules::default(),
            durations: None,
        }
    }

    #[test]
    fn poisson_counts_are_not_contradicted_and_mixed_ones_are() {
        assert_eq!(dispersion(&counts(|_| 1.0)), 1.0);
        let mixed = dispersion(&counts(|random| if random.uniform() < 0.5 { 0.2 } else { 1.8 }));
        assert!(mixed > 1.5, "{mixed}");
        assert!(remark(1.0, Loss::Poisson).is_none() && remark(mixed, Loss::Poisson).is_some());
        let gaussian = Sample { loss: Loss::Squared, ..counts(|_| 1.0) };
        assert_eq!(dispersion(&gaussian), 1.0);
    }
}
