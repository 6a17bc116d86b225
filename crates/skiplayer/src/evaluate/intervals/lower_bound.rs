//! Lower bounds of durations, from held-out rows of which some were censored.
//!
//! For each event of a held-out row, what share of such rows should have had theirs by then, u = 1 - S(t | x), according to the model that
//! did not see it. A duration is below the time at which 1 - S(t | x) reaches a exactly if u < a. So a is the largest share with
//!
//! (1 + sum of 1 / G(t-) over events with u < a) / (n + 1) <= 1 - level,
//!
//! G being Kaplan and Meier's curve of not being censored: weighted like that, events stand for all n rows (inverse probability of
//! censoring; Robins & Rotnitzky 1992). With nobody censored it is split conformal prediction with the score u, whose coverage is at
//! least the level on average over tables (Vovk, Gammerman & Shafer 2005). With censoring that is independent of duration and inputs, the
//! coverage tends to the level or more as rows become many; with one that depends on inputs it need not.

use serde::{Deserialize, Serialize};

/// Events of held-out rows, and the number of these rows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HeldOutEvents {
    /// Of each event, the predicted probability of one by then.
    pub share: Vec<f64>,
    /// Of each event, how many rows it stands for.
    pub weight: Vec<f64>,
    pub n_rows: usize,
}

impl HeldOutEvents {
    /// The largest share a at which bounds hold in a share `level` of rows; 0, which bounds nothing, where rows are too few. O(n log n).
    pub fn share_at(&self, level: f64) -> f64 {
        let allowed = (1.0 - level) * (self.n_rows as f64 + 1.0);
        let mut order: Vec<usize> = (0..self.share.len()).collect();
        order.sort_by(|&a, &b| self.share[a].total_cmp(&self.share[b]));
        // 0.1 * 10 may be a hair below 1.
        let mut missed = 1.0 - 1e-9;
        if missed > allowed {
            return 0.0;
        }
        for ties in order.chunk_by(|&a, &b| self.share[a] == self.share[b]) {
            missed += ties.iter().map(|&i| self.weight[i]).sum::<f64>();
            if missed > allowed {
                return self.share[ties[0]];
            }
        }
        1.0
    }

    /// The number of rows, estimated by its events, of which the bound by `share` does not hold.
    pub fn missed(&self, share: f64) -> f64 {
        self.share.iter().zip(&self.weight).filter(|(own, _)| **own < share).map(|(_, weight)| weight).sum()
    }

    /// All of several parts of the rows.
    pub fn joined<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        parts.into_iter().fold(Self::default(), |mut all, part| {
            all.share.extend(&part.share);
            all.weight.extend(&part.weight);
            all.n_rows += part.n_rows;
            all
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::survival::KaplanMeier;

    #[test]
    fn without_censoring_it_is_the_rank_of_split_conformal_prediction() {
        let events =
            HeldOutEvents { share: (1..=9).map(|i| f64::from(i) / 10.0).collect(), weight: vec![1.0; 9], n_rows: 9 };
        // Of ten rows one may be missed, the new one: no event of the nine is below 0.1.
        assert_eq!(events.share_at(0.9), 0.1);
        assert_eq!(events.share_at(0.8), 0.2);
        assert_eq!(events.share_at(0.91), 0.0);
        assert_eq!(events.missed(0.2), 1.0);
        assert_eq!(HeldOutEvents { share: Vec::new(), weight: Vec::new(), n_rows: 9 }.share_at(0.9), 1.0);
    }

    /// Exponential durations, half of them censored, and predictions that are wrong: the model takes hazards for twice what they are.
    #[test]
    fn coverage_is_the_level_though_many_are_censored_and_the_model_is_wrong() {
        let mut random = Random::simulated(12);
        let (runs, n, level) = (400, 200, 0.8);
        let exponential = |random: &mut Random| -(1.0 - random.uniform()).ln();
        let (mut covered, mut by_model) = (0.0, 0.0);
        for _ in 0..runs {
            let rows: Vec<(f64, f64)> = (0..n).map(|_| (exponential(&mut random), exponential(&mut random))).collect();
            let time: Vec<f64> = rows.iter().map(|(t, c)| t.min(*c)).collect();
            let event: Vec<f64> = rows.iter().map(|(t, c)| f64::from(u8::from(t <= c))).collect();
            let censoring = KaplanMeier::of_censoring(&time, &event, &vec![1.0; n]);
            let at: Vec<usize> = (0..n).filter(|&i| event[i] > 0.0).collect();
            let events = HeldOutEvents {
                share: at.iter().map(|&i| 1.0 - (-2.0 * time[i]).exp()).collect(),
                weight: at.iter().map(|&i| 1.0 / censoring.before(time[i])).collect(),
                n_rows: n,
            };
            let bound = |share: f64| -(1.0 - share).ln() / 2.0;
            covered += (-bound(events.share_at(level))).exp();
            by_model += (-bound(1.0 - level)).exp();
        }
        let (covered, by_model) = (covered / f64::from(runs), by_model / f64::from(runs));
        assert!((covered - level).abs() < 0.01, "{covered}");
        assert!(by_model > 0.88, "{by_model}");
    }
}
