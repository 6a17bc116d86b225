//! Concordance: of two rows of which one is known to have its event first, how often is that the one with the higher risk?
//!
//! Harrell's C (Harrell et al. 1982) counts all such pairs alike. Its limit depends on the censoring; Uno's (2011) weighs an event at t by
//! 1 / G(t)², G being the chance of not being censored before t, and counts events up to a horizon. Pairs of equal risk count half; pairs
//! of equal times do not count, but for an event and a row that was censored at its time. Rows of different strata are not compared.

use std::ops::Range;

use super::durations::Durations;

/// A concordance with the pieces of its standard error.
#[derive(Debug, Clone, PartialEq)]
pub struct Concordance {
    /// The share of pairs that are in order; 1/2 without any information.
    pub share: f64,
    /// (n), what each row adds to it: the infinitesimal jackknife, whose sum of squares is the variance.
    pub influence: Vec<f64>,
}

/// Sums over ranks, by Fenwick's tree (1994).
struct Tree(Vec<f64>);

impl Tree {
    fn new(n: usize) -> Self {
        Self(vec![0.0; n + 1])
    }

    fn add(&mut self, rank: usize, amount: f64) {
        let mut at = rank + 1;
        while at < self.0.len() {
            self.0[at] += amount;
            at += at & at.wrapping_neg();
        }
    }

    /// Sum over the ranks below `rank`.
    fn below(&self, rank: usize) -> f64 {
        let (mut at, mut sum) = (rank, 0.0);
        while at > 0 {
            sum += self.0[at];
            at &= at - 1;
        }
        sum
    }

    fn whole(&self) -> f64 {
        self.below(self.0.len() - 1)
    }
}

/// Of rows with risks (n; larger where events come sooner), `event` (n; 1 or 0), `weight` (n) and `of_event`, what an event at a time
/// counts. `None` without a pair. O(n log n).
pub fn concordance(
    durations: &Durations,
    event: &[f64],
    weight: &[f64],
    risk: &[f64],
    of_event: impl Fn(f64) -> f64,
) -> Option<Concordance> {
    let n = event.len();
    let time = &durations.time;
    let rank = ranks(risk);
    let n_ranks = rank.iter().max().map_or(0, |last| last + 1);
    let mut order: Vec<usize> = (0..n).collect();
    let stratum = |i: usize| durations.stratum_of(i);
    order.sort_by(|&a, &b| {
        stratum(a)
            .cmp(&stratum(b))
            .then(time[a].total_cmp(&time[b]))
            .then(event[b].total_cmp(&event[a]))
            .then(a.cmp(&b))
    });
    // Of each row the weight of its pairs, and of those in order, ties of risk counted half.
    let (mut pairs, mut ordered) = (vec![0.0; n], vec![0.0; n]);
    for own in order.chunk_by(|&a, &b| stratum(a) == stratum(b)) {
        // Events, all rows that outlast them in the tree.
        let mut tree = Tree::new(n_ranks);
        for tied in times(own, time).into_iter().rev() {
            let tied = &own[tied];
            let first_censored = tied.iter().position(|&i| event[i] == 0.0).unwrap_or(tied.len());
            tied[first_censored..].iter().for_each(|&i| tree.add(rank[i], weight[i]));
            for &i in &tied[..first_censored] {
                let counts = weight[i] * of_event(time[i]);
                let below = tree.below(rank[i]);
                let same = tree.below(rank[i] + 1) - below;
                pairs[i] += counts * tree.whole();
                ordered[i] += counts * (below + 0.5 * same);
            }
            tied[..first_censored].iter().for_each(|&i| tree.add(rank[i], weight[i]));
        }
        // Rows, all events that they outlast in the tree.
        let mut tree = Tree::new(n_ranks);
        for tied in times(own, time) {
            let tied = &own[tied];
            let first_censored = tied.iter().position(|&i| event[i] == 0.0).unwrap_or(tied.len());
            let mut count = |tree: &Tree, i: usize| {
                let (below, up_to) = (tree.below(rank[i]), tree.below(rank[i] + 1));
                pairs[i] += weight[i] * tree.whole();
                ordered[i] += weight[i] * (tree.whole() - up_to + 0.5 * (up_to - below));
            };
            tied[..first_censored].iter().for_each(|&i| count(&tree, i));
            tied[..first_censored].iter().for_each(|&i| tree.add(rank[i], weight[i] * of_event(time[i])));
            tied[first_censored..].iter().for_each(|&i| count(&tree, i));
        }
    }
    // Every pair is in the counts of both its rows.
    let all = 0.5 * pairs.iter().sum::<f64>();
    if all <= 0.0 {
        return None;
    }
    let share = 0.5 * ordered.iter().sum::<f64>() / all;
    let influence = pairs.iter().zip(&ordered).map(|(pairs, ordered)| (ordered - share * pairs) / all).collect();
    Some(Concordance { share, influence })
}

/// Rows of the same time, in an order by time.
fn times(order: &[usize], time: &[f64]) -> Vec<Range<usize>> {
    let mut start = 0;
    let of = |tied: &[usize]| {
        start += tied.len();
        start - tied.len()..start
    };
    order.chunk_by(|&a, &b| time[a] == time[b]).map(of).collect()
}

/// Ranks of values, equal ones alike.
fn ranks(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut rank = vec![0; values.len()];
    for (at, tied) in order.chunk_by(|&a, &b| values[a] == values[b]).enumerate() {
        tied.iter().for_each(|&i| rank[i] = at);
    }
    rank
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_share_of_pairs() {
        let n = 60;
        let number = |i: usize, k: usize| ((i * k) as f64 * 0.618_033_988).fract();
        let time: Vec<f64> = (0..n).map(|i| (20.0 * number(i, 7)).floor()).collect();
        let event: Vec<f64> = (0..n).map(|i| f64::from(u8::from(number(i, 3) < 0.6))).collect();
        let risk: Vec<f64> = (0..n).map(|i| (8.0 * number(i, 11)).floor()).collect();
        let weight: Vec<f64> = (0..n).map(|i| 0.5 + number(i, 5)).collect();
        let stratum: Vec<usize> = (0..n).map(|i| i % 2).collect();
        let durations = Durations { time: time.clone(), stratum: stratum.clone(), offset: Vec::new() };
        let of_event = |t: f64| if t < 15.0 { 1.0 + t } else { 0.0 };
        let (mut all, mut ordered) = (0.0, 0.0);
        for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
            let outlasts = time[j] > time[i] || time[j] == time[i] && event[j] == 0.0;
            if event[i] > 0.0 && i != j && outlasts && stratum[i] == stratum[j] {
                let counts = weight[i] * weight[j] * of_event(time[i]);
                all += counts;
                ordered += counts
                    * if risk[i] > risk[j] {
                        1.0
                    } else if risk[i] == risk[j] {
                        0.5
                    } else {
                        0.0
                    };
            }
        }
        let found = concordance(&durations, &event, &weight, &risk, of_event).unwrap();
        assert!((found.share - ordered / all).abs() < 1e-12, "{} {}", found.share, ordered / all);
        assert!(found.influence.iter().sum::<f64>().abs() < 1e-12);
    }
}
