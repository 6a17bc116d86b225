//! Outer folds.

use crate::evaluate::record::SplitKind;
use crate::fit::Scheme;
use crate::random::{Purpose, Random};

/// One training and one test set; indices into the usable rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    pub train: Vec<usize>,
    pub test: Vec<usize>,
}

/// Fewest rows of a training set.
const MIN_TRAIN: usize = 5;

/// The kind of splits that `scheme` leads to.
pub fn kind(scheme: &Scheme) -> SplitKind {
    match scheme {
        Scheme::Strata(strata) if strata.iter().any(|s| *s != strata[0]) => SplitKind::Stratified,
        Scheme::Strata(_) => SplitKind::Plain,
        Scheme::Groups(_) => SplitKind::Grouped,
        Scheme::Time(_) => SplitKind::ForwardInTime,
    }
}

/// Splits of one repeat: `folds` folds, each the test set once; in time, each stretch after the first from all before it.
///
/// Rows with equal `identity` (0, 1, ...) are copies of each other; where rows are divided singly, they go into one fold.
pub fn splits(scheme: &Scheme, identity: Option<&[usize]>, folds: usize, seed: u64, repeat: usize) -> Vec<Split> {
    let mut random = Random::of(seed, Purpose::OuterFolds, repeat as u64);
    let in_time = matches!(scheme, Scheme::Time(_));
    let (fold_of, k) = match (scheme, identity) {
        (Scheme::Strata(strata), Some(identity)) => together(strata, identity, folds, &mut random),
        _ => scheme.assign(if in_time { folds + 1 } else { folds }, &mut random),
    };
    let rows = |wanted: &dyn Fn(usize) -> bool| (0..fold_of.len()).filter(|&i| wanted(fold_of[i])).collect::<Vec<_>>();
    (usize::from(in_time)..k)
        .map(|f| Split { train: rows(&|of| if in_time { of < f } else { of != f }), test: rows(&|of| of == f) })
        .filter(|split| split.train.len() >= MIN_TRAIN && !split.test.is_empty())
        .collect()
}

/// Folds of different rows, which their copies follow.
fn together(strata: &[usize], identity: &[usize], folds: usize, random: &mut Random) -> (Vec<usize>, usize) {
    let count = identity.iter().max().map_or(0, |last| last + 1);
    let mut stratum = vec![0; count];
    identity.iter().zip(strata).for_each(|(&which, &own)| stratum[which] = own);
    let (fold_of, k) = Scheme::Strata(stratum).assign(folds, random);
    (identity.iter().map(|&which| fold_of[which]).collect(), k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_tested_once_and_never_trained_on_at_the_same_time() {
        let splits = splits(&Scheme::Strata(vec![0; 53]), None, 10, 1, 0);
        let mut tested: Vec<usize> = splits.iter().flat_map(|s| s.test.iter().copied()).collect();
        tested.sort_unstable();
        assert_eq!(tested, (0..53).collect::<Vec<_>>());
        for split in &splits {
            assert_eq!(split.train.len() + split.test.len(), 53);
            assert!(split.test.iter().all(|i| !split.train.contains(i)));
        }
    }

    #[test]
    fn time_runs_forward() {
        let time: Vec<f64> = (0..60).map(|i| f64::from(i * 7 % 60)).collect();
        let splits = splits(&Scheme::Time(time.clone()), None, 5, 1, 0);
        assert_eq!(splits.len(), 5);
        for split in &splits {
            let last = split.train.iter().map(|&i| time[i]).fold(f64::MIN, f64::max);
            assert!(split.test.iter().all(|&i| time[i] > last));
        }
    }

    #[test]
    fn copies_stay_in_one_fold() {
        let identity: Vec<usize> = (0..60).map(|i| i / 2).collect();
        let strata: Vec<usize> = identity.iter().map(|i| i % 3).collect();
        let splits = splits(&Scheme::Strata(strata), Some(&identity), 5, 1, 0);
        assert_eq!(splits.len(), 5);
        for split in &splits {
            assert_eq!(split.test.len(), 12);
            assert!(split.test.iter().all(|i| split.test.contains(&(i ^ 1))));
        }
    }
}
