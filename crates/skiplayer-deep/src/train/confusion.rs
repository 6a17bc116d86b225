//! How often each class was predicted where each was right, and what follows from it.

use crate::data::IGNORED;

/// Counts of pairs of classes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    n_classes: usize,
    /// (right, predicted)
    counts: Vec<u64>,
}

impl Confusion {
    /// Nothing counted yet.
    pub fn new(n_classes: usize) -> Self {
        Self { n_classes, counts: vec![0; n_classes * n_classes] }
    }

    /// Takes in what was `predicted` where classes were `right`; classes beyond those that there are count for nothing, as ignored ones do.
    pub fn add(&mut self, right: &[u16], predicted: &[u16]) {
        for (right, predicted) in right.iter().zip(predicted).filter(|(right, _)| **right != IGNORED) {
            let place = usize::from(*right) * self.n_classes + usize::from(*predicted);
            if let Some(count) = self.counts.get_mut(place) {
                *count += 1;
            }
        }
    }

    /// Intersection over union of each class (Jaccard index): the positions where it is right and predicted over those where it is either.
    /// None of a class that is neither.
    pub fn overlaps(&self) -> Vec<Option<f64>> {
        let count = |right: usize, predicted: usize| self.counts[right * self.n_classes + predicted];
        let overlap = |class: usize| {
            let there: u64 = (0..self.n_classes).map(|predicted| count(class, predicted)).sum();
            let predicted: u64 = (0..self.n_classes).map(|right| count(right, class)).sum();
            let both = count(class, class);
            let either = there + predicted - both;
            (either > 0).then(|| both as f64 / either as f64)
        };
        (0..self.n_classes).map(overlap).collect()
    }

    /// Of each class that is right somewhere: how often, and how often another one was predicted there.
    pub fn errors(&self) -> Vec<(u64, u64)> {
        let row = |right: usize| &self.counts[right * self.n_classes..][..self.n_classes];
        let errors = |right: usize| {
            let n: u64 = row(right).iter().sum();
            (n, n - row(right)[right])
        };
        (0..self.n_classes).map(errors).collect()
    }

    /// How often each class (column) was predicted where each was right (row).
    pub fn rows(&self) -> impl Iterator<Item = &[u64]> {
        self.counts.chunks(self.n_classes.max(1))
    }

    /// The pairs of a right class and another one that was predicted for it, the most frequent first: (right, predicted, how often).
    pub fn mistakes(&self) -> Vec<(usize, usize, u64)> {
        let pairs = self
            .rows()
            .enumerate()
            .flat_map(|(right, row)| row.iter().enumerate().map(move |(predicted, &n)| (right, predicted, n)));
        let mut pairs: Vec<_> = pairs.filter(|(right, predicted, n)| right != predicted && *n > 0).collect();
        pairs.sort_by_key(|(_, _, n)| std::cmp::Reverse(*n));
        pairs
    }

    /// The mean of [`overlaps`](Self::overlaps) over the classes that have one; none where nothing was predicted.
    pub fn mean_overlap(&self) -> Option<f64> {
        let known: Vec<f64> = self.overlaps().into_iter().flatten().collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_by_hand() {
        let mut confusion = Confusion::new(4);
        assert_eq!(confusion.mean_overlap(), None);
        confusion.add(&[0, 0, 0, 1, 1, IGNORED], &[0, 0, 1, 1, 2, 1]);
        // 0: two of three; 1: one of three; 2: predicted once and never there; 3: neither.
        assert_eq!(confusion.overlaps(), [Some(2.0 / 3.0), Some(1.0 / 3.0), Some(0.0), None]);
        assert!((confusion.mean_overlap().unwrap() - 1.0 / 3.0).abs() < 1e-15);
        assert_eq!(confusion.errors(), [(3, 1), (2, 1), (0, 0), (0, 0)]);
        assert_eq!(confusion.mistakes(), [(0, 1, 1), (1, 2, 1)]);
        assert_eq!(confusion.rows().next(), Some(&[2, 1, 0, 0][..]));
    }

    #[test]
    fn what_is_predicted_right_overlaps_whole() {
        let mut confusion = Confusion::new(3);
        confusion.add(&[0, 2, 2], &[0, 2, 2]);
        assert_eq!((confusion.overlaps(), confusion.mean_overlap()), (vec![Some(1.0), None, Some(1.0)], Some(1.0)));
    }
}
