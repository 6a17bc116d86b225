//! Inner folds: everything that is learned is learned anew on the training part of each.

use crate::fit::sample::Sample;
use crate::fit::thresholds::own_loss;
use crate::matrix::Matrix;
use crate::net::Network;
use crate::random::Random;

/// One inner fold.
pub struct Fold {
    pub train: Sample,
    /// Inputs and responses encoded as the training part says.
    pub test: Sample,
    /// Factor that turns a loss in this fold's target units into one of the whole sample's (numbers and amounts only).
    pub loss_scale: Vec<f64>,
}

impl Fold {
    /// The loss of each test row under `network`; of ordered classes with the thresholds that the training rows give it.
    pub fn losses_of(&self, network: &Network) -> Vec<f64> {
        let eta = network.forward(&self.test.x);
        match own_loss(&self.train, &network.forward(&self.train.x)) {
            Some(loss) => self.test.row_losses_by(loss, &eta),
            None => self.row_losses(&eta),
        }
    }

    /// The loss of each test row at the linear predictors `eta`, comparable between folds.
    pub fn row_losses(&self, eta: &Matrix) -> Vec<f64> {
        if self.loss_scale.is_empty() {
            return self.test.row_losses(eta);
        }
        let outputs = (0..eta.n_columns()).map(|o| self.test.output_losses(eta, o));
        let scaled = outputs.zip(&self.loss_scale).map(|(losses, scale)| losses.into_iter().map(move |l| l * scale));
        let mut total = vec![0.0; eta.n_rows()];
        scaled.for_each(|losses| total.iter_mut().zip(losses).for_each(|(t, l)| *t += l));
        total
    }
}

/// Makes folds; the table level knows how to encode anew.
pub trait Resample: Sync {
    /// The sample of `train` rows, and of `test` rows seen through what was learned from `train`.
    fn fold(&self, train: &[usize], test: &[usize]) -> crate::Result<Fold>;

    /// The group of each row, where rows of a group are alike. Folds that somebody else has divided are none.
    fn groups(&self) -> Option<&[usize]>;
}

/// What decides which rows may be in different folds; one entry a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Scheme {
    /// Rows of each class are dealt out evenly; one class where there are none.
    Strata(Vec<usize>),
    /// Rows of a group stay together.
    Groups(Vec<usize>),
    /// Folds are stretches of time.
    Time(Vec<f64>),
}

impl Scheme {
    /// Fold number of each row, and the number of folds: `k`, or fewer where there are not so many groups or times. Where
    /// there is only one of these, rows are dealt out singly.
    pub fn assign(&self, k: usize, random: &mut Random) -> (Vec<usize>, usize) {
        let (fold, n_folds) = match self {
            Scheme::Strata(strata) => (deal(strata, k.min(strata.len()), random), k.min(strata.len())),
            Scheme::Groups(groups) => gather(groups, k, random),
            Scheme::Time(time) => stretches(time, k),
        };
        if n_folds < 2 && fold.len() > 1 {
            let k = k.min(fold.len());
            return (deal(&vec![0; fold.len()], k, random), k);
        }
        (fold, n_folds)
    }
}

/// Sizes of folds differ by at most one in each class.
fn deal(strata: &[usize], k: usize, random: &mut Random) -> Vec<usize> {
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

/// Groups, the largest first and equal ones in random order, each into the fold that is smallest then.
fn gather(groups: &[usize], k: usize, random: &mut Random) -> (Vec<usize>, usize) {
    let n_groups = groups.iter().max().map_or(0, |m| m + 1);
    let mut sizes = vec![0; n_groups];
    groups.iter().for_each(|&g| sizes[g] += 1);
    let mut order: Vec<usize> = random.permutation(n_groups).into_iter().filter(|&g| sizes[g] > 0).collect();
    order.sort_by_key(|&g| std::cmp::Reverse(sizes[g]));
    let k = k.min(order.len());
    let mut rows = vec![0; k];
    let mut fold_of_group = vec![0; n_groups];
    for g in order {
        let smallest = (0..k).min_by_key(|&f| rows[f]).unwrap_or(0);
        fold_of_group[g] = smallest;
        rows[smallest] += sizes[g];
    }
    (groups.iter().map(|&g| fold_of_group[g]).collect(), k)
}

/// Stretches of about equal length; rows of the same time stay together.
fn stretches(time: &[f64], k: usize) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..time.len()).collect();
    order.sort_by(|&a, &b| time[a].total_cmp(&time[b]));
    let mut fold = vec![0; time.len()];
    let mut current = 0;
    for (place, pair) in order.windows(2).enumerate() {
        let due = (place + 1) * k / time.len();
        if due > current && time[pair[1]] > time[pair[0]] {
            current += 1;
        }
        fold[pair[1]] = current;
    }
    (fold, current + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_even_within_classes() {
        let strata: Vec<usize> = (0..103).map(|i| usize::from(i % 4 == 0)).collect();
        let fold = deal(&strata, 5, &mut Random::simulated(1));
        for class in 0..2 {
            let counts: Vec<usize> =
                (0..5).map(|f| (0..103).filter(|&i| fold[i] == f && strata[i] == class).count()).collect();
            assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "{counts:?}");
        }
    }

    #[test]
    fn groups_and_times_stay_together() {
        let groups: Vec<usize> = (0..200).map(|i| i * i % 17).collect();
        let (fold, k) = Scheme::Groups(groups.clone()).assign(5, &mut Random::simulated(1));
        assert_eq!(k, 5);
        let (stretch, n) =
            Scheme::Time(groups.iter().map(|&g| g as f64).collect()).assign(4, &mut Random::simulated(1));
        assert_eq!(n, 4);
        for i in 0..200 {
            for j in 0..200 {
                if groups[i] == groups[j] {
                    assert_eq!((fold[i], stretch[i]), (fold[j], stretch[j]));
                }
                if groups[i] < groups[j] {
                    assert!(stretch[i] <= stretch[j]);
                }
            }
        }
        let few: Vec<usize> = groups.iter().map(|group| group % 5).collect();
        let (own, _) = Scheme::Groups(few.clone()).assign(5, &mut Random::simulated(1));
        assert!(
            (0..200).all(|i| (0..200).all(|j| (few[i] == few[j]) == (own[i] == own[j]))),
            "each is a fold of its own"
        );
        assert_eq!(Scheme::Groups(vec![0, 1, 1]).assign(5, &mut Random::simulated(1)).1, 2);
        assert_eq!(Scheme::Time(vec![3.0; 4]).assign(3, &mut Random::simulated(1)).1, 3, "one by one");
    }
}
