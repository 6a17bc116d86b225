//! Inner folds: everything that is learned is learned anew on the training part of each.

use super::sample::Sample;
use crate::data::Matrix;
use crate::random::Random;

/// One inner fold.
pub struct Fold {
    pub train: Sample,
    /// Inputs and responses encoded as the training part says.
    pub test: Sample,
    /// Factor that turns a loss in this fold's target units into one of the whole sample's (squared error only).
    pub loss_scale: Vec<f64>,
}

impl Fold {
    /// The loss of each test row at the linear predictors `eta`, comparable between folds.
    pub fn row_losses(&self, eta: &Matrix) -> Vec<f64> {
        if self.loss_scale.is_empty() {
            return self.test.row_losses(eta);
        }
        let row = |i: usize| {
            let of = |o: usize| 0.5 * (eta.get(i, o) - self.test.y.get(i, o)).powi(2) * self.loss_scale[o];
            (0..eta.n_columns()).map(of).sum()
        };
        (0..eta.n_rows()).map(row).collect()
    }
}

/// Makes folds; the table level knows how to encode anew.
pub trait Resample: Sync {
    /// The sample of `train` rows, and of `test` rows seen through what was learned from `train`.
    fn fold(&self, train: &[usize], test: &[usize]) -> crate::Result<Fold>;
}

/// Fold number (0..k) of each row: sizes differ by at most one in each class of `strata`.
pub fn assign(strata: &[usize], k: usize, random: &mut Random) -> Vec<usize> {
    let order = random.permutation(strata.len());
    let n_strata = strata.iter().max().map_or(0, |m| m + 1);
    let mut next = 0;
    let mut fold = vec![0; strata.len()];
    for stratum in 0..n_strata {
        for &i in order.iter().filter(|&&i| strata[i] == stratum) {
            fold[i] = next % k;
            next += 1;
        }
    }
    fold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_even_within_classes() {
        let strata: Vec<usize> = (0..103).map(|i| usize::from(i % 4 == 0)).collect();
        let fold = assign(&strata, 5, &mut Random::new(1, 0));
        for class in 0..2 {
            let counts: Vec<usize> =
                (0..5).map(|f| (0..103).filter(|&i| fold[i] == f && strata[i] == class).count()).collect();
            assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "{counts:?}");
        }
    }
}
