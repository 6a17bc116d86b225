//! Losses of two contenders on the same rows: what one gains over the other, and how surely.

use std::collections::BTreeMap;

/// Standard errors by which a network must beat the linear model.
pub const REQUIRED_GAIN: f64 = 1.0;

/// Share of the loss of the line that a network, or another line, has to save besides: less is the noise of optimisation, and where rows are very many
/// the noise of their sums is less than that.
pub const NEGLIGIBLE: f64 = 0.002;

/// Whether a gain, with its standard error, over a `loss` is worth a more complicated model.
pub fn is_clear((gain, error): (f64, f64), loss: f64) -> bool {
    gain > REQUIRED_GAIN * error && gain > NEGLIGIBLE * loss
}

pub fn weighted_mean(values: &[f64], weight: &[f64]) -> f64 {
    values.iter().zip(weight).map(|(v, w)| v * w).sum::<f64>() / weight.iter().sum::<f64>()
}

/// Weighted mean of a - b over rows, and its standard error. Rows of a group are alike, so that a network that suits one of them suits
/// the others: with `groups` (a number for each row) it is their sums that vary.
pub fn paired_gain(a: &[f64], b: &[f64], weight: &[f64], groups: Option<&[usize]>) -> (f64, f64) {
    let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let mean = weighted_mean(&difference, weight);
    let total: f64 = weight.iter().sum();
    let deviations = difference.iter().zip(weight).map(|(d, w)| w * (d - mean));
    let variance: f64 = match groups {
        None => deviations.map(|d| d * d).sum(),
        Some(groups) => {
            let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
            let rows = deviations.zip(groups).zip(weight).filter(|(_, weight)| **weight > 0.0);
            rows.for_each(|((d, &group), _)| *sums.entry(group).or_insert(0.0) += d);
            let n_groups = sums.len() as f64;
            // Few groups vary about their own mean less than about the true one.
            sums.values().map(|sum| sum * sum).sum::<f64>() * n_groups / (n_groups - 1.0).max(1.0)
        }
    };
    (mean, variance.sqrt() / total)
}

/// Standard deviations of what rows that are still to come can change, beyond which a contender is not waited for.
const LUCK: f64 = 1.5;

/// Whether a contender that is behind by so much, with this standard error, over the share `seen` of all rows will hardly end
/// `needed` standard errors ahead.
///
/// If rows are alike, the mean over all differs from that over the share s of them by a deviate of variance error² (1 - s), and its own
/// standard error will be error sqrt(s).
pub fn is_out_of_reach((behind, error): (f64, f64), seen: f64, needed: f64) -> bool {
    behind + needed * error * seen.sqrt() > LUCK * error * (1.0 - seen).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Of contenders that will end ahead hardly any are given up on the way, of those that will end clearly behind many.
    #[test]
    fn whoever_is_out_of_reach_does_not_win() {
        let (n, seen) = (300, 120);
        let mut random = Random::simulated(5);
        let (mut winners, mut lost_winners, mut losers, mut lost_losers) = (0, 0, 0, 0);
        for _ in 0..400 {
            let gap = 0.1 * random.normal();
            let behind: Vec<f64> = (0..n).map(|_| gap + random.normal()).collect();
            let over = |rows: usize| paired_gain(&behind[..rows], &vec![0.0; rows], &vec![1.0; rows], None);
            let is_lost = is_out_of_reach(over(seen), seen as f64 / n as f64, 0.0);
            let (mean, error) = over(n);
            if mean < 0.0 {
                winners += 1;
                lost_winners += usize::from(is_lost);
            } else if mean > 2.0 * error {
                losers += 1;
                lost_losers += usize::from(is_lost);
            }
        }
        assert!(winners > 100 && 20 * lost_winners < winners, "{lost_winners} of {winners}");
        assert!(losers > 50 && 2 * lost_losers > losers, "{lost_losers} of {losers}");
    }

    #[test]
    fn with_all_rows_seen_only_the_lead_counts() {
        assert!(is_out_of_reach((0.1, 1.0), 1.0, 0.0) && !is_out_of_reach((-0.1, 1.0), 1.0, 0.0));
        assert!(is_out_of_reach((-0.9, 1.0), 1.0, 1.0) && !is_out_of_reach((-1.1, 1.0), 1.0, 1.0));
    }

    #[test]
    fn rows_of_a_group_do_not_add_to_what_is_known_of_a_gain() {
        // Four groups of six rows: what a network saves is the same in all rows of a group.
        let saved = [0.3, -0.1, 0.2, 0.0];
        let groups: Vec<usize> = (0..24).map(|i| i % 4).collect();
        let (a, b) = ([1.0; 24], groups.iter().map(|&g| 1.0 - saved[g]).collect::<Vec<_>>());
        let (mean, error) = paired_gain(&a, &b, &[1.0; 24], Some(&groups));
        let of_groups: Vec<f64> = saved.iter().map(|s| s - 0.1).collect();
        let expected = (of_groups.iter().map(|d| d * d).sum::<f64>() / 3.0 / 4.0).sqrt();
        assert!((mean - 0.1).abs() < 1e-12 && (error - expected).abs() < 1e-12, "{mean} {error} {expected}");
        // As if they were 24 rows on their own, a gain of one standard error would look like one of more than two.
        let (_, of_rows) = paired_gain(&a, &b, &[1.0; 24], None);
        assert!(error > 2.0 * of_rows, "{error} {of_rows}");
        // Each row a group of its own: the error of rows, but for the correction for few of them.
        let own: Vec<usize> = (0..24).collect();
        let (_, alone) = paired_gain(&a, &b, &[1.0; 24], Some(&own));
        assert!((alone - of_rows * (24.0_f64 / 23.0).sqrt()).abs() < 1e-12);
    }
}
