//! The information of a partial likelihood, and the scores of rows.
//!
//! With the baseline taken out, the information is sum over rows of w E e^eta x x' less, for each turn, its weight times m m', m being the
//! mean of x over its risk set (Cox 1972). The score of a row is what it adds to the derivative once everybody else's risk sets are
//! accounted for: w (d (x - m) - e^eta sum of hazards (x - m)) (Lin & Wei 1989).

use faer::Mat;

use super::risk_sets::{RiskSets, Stratum, Turn};
use crate::matrix::Matrix;

impl RiskSets {
    /// Calls `visit` with each stratum's event times from the last to the first: the number of the time, its turns, and the sums of w e^eta x
    /// over the rows at risk and over the events.
    fn each_time(
        &self,
        stratum: &Stratum,
        x: &Matrix,
        risk: &[f64],
        mut visit: impl FnMut(usize, &mut dyn Iterator<Item = Turn>, &[f64], &[f64]),
    ) {
        let p = x.n_columns();
        let (mut whole, mut events) = (vec![0.0; p], vec![0.0; p]);
        let sums = Self::sums(stratum, risk);
        let mut end = stratum.order.len();
        for (k, (at, (all, own))) in stratum.times.iter().zip(sums).enumerate().rev() {
            events.fill(0.0);
            for (place, &i) in stratum.order[at.events.start..end].iter().enumerate() {
                let is_event = place < at.events.len();
                for j in 0..p {
                    let term = risk[i] * x.get(i, j);
                    whole[j] += term;
                    events[j] += if is_event { term } else { 0.0 };
                }
            }
            end = at.events.start;
            visit(k, &mut self.turns(at, all, own), &whole, &events);
        }
    }
}

fn mean(turn: Turn, whole: &[f64], events: &[f64]) -> Vec<f64> {
    whole.iter().zip(events).map(|(whole, events)| (whole - turn.left * events) / turn.at_risk).collect()
}

/// The information (p, p) of coefficients on the columns of `x` (n, p) at log hazards `eta` (n). O((n + turns) p²).
pub(crate) fn information(sets: &RiskSets, x: &Matrix, eta: &[f64]) -> Mat<f64> {
    let (n, p) = (x.n_rows(), x.n_columns());
    let (risk, exposure) = (sets.risks(eta), sets.exposures(eta));
    let columns = Mat::from_fn(n, p, |i, j| x.get(i, j));
    let weighted = Mat::from_fn(n, p, |i, j| risk[i] * exposure[i] * x.get(i, j));
    let mut information = columns.transpose() * &weighted;
    for stratum in &sets.strata {
        sets.each_time(stratum, x, &risk, |_, turns, whole, events| {
            for turn in turns {
                let mean = mean(turn, whole, events);
                for (a, b) in (0..p).flat_map(|a| (0..p).map(move |b| (a, b))) {
                    information[(a, b)] -= turn.weight * mean[a] * mean[b];
                }
            }
        });
    }
    information
}

/// Scores (n, p) of the rows at log hazards `eta` (n); `event` as in [`RiskSets::new`]. They add to the derivative of the log partial
/// likelihood. O(n p + turns p).
pub(crate) fn scores(sets: &RiskSets, x: &Matrix, event: &[f64], eta: &[f64]) -> Matrix {
    let (n, p) = (x.n_rows(), x.n_columns());
    let (risk, exposure) = (sets.risks(eta), sets.exposures(eta));
    let mut scores = Matrix::zeros(n, p);
    for stratum in &sets.strata {
        // Of each event time: hazards times means, all and as far as tied events were there, and the mean over the turns.
        let mut steps = vec![(Vec::new(), Vec::new(), Vec::new()); stratum.times.len()];
        sets.each_time(stratum, x, &risk, |k, turns, whole, events| {
            let (mut all, mut own, mut centre) = (vec![0.0; p], vec![0.0; p], vec![0.0; p]);
            for turn in turns {
                for (j, mean) in mean(turn, whole, events).into_iter().enumerate() {
                    all[j] += turn.hazard() * mean;
                    own[j] += (1.0 - turn.left) * turn.hazard() * mean;
                    centre[j] += turn.weight / stratum.times[k].weight * mean;
                }
            }
            steps[k] = (all, own, centre);
        });
        let mut sum = vec![0.0; p];
        let mut from = 0;
        let mut write = |i: usize, sum: &[f64], more: Option<(&Vec<f64>, &Vec<f64>)>| {
            for j in 0..p {
                let own = more.map_or(0.0, |(own, _)| own[j]);
                let of_event = more.map_or(0.0, |(_, centre)| event[i] * (x.get(i, j) - centre[j]));
                let taken = risk[i] * (exposure[i] * x.get(i, j) - sum[j] - own);
                scores.column_mut(j)[i] = sets.weight[i] * of_event - taken;
            }
        };
        for (at, (all, own, centre)) in stratum.times.iter().zip(&steps) {
            stratum.order[from..at.events.start].iter().for_each(|&i| write(i, &sum, None));
            stratum.order[at.events.clone()].iter().for_each(|&i| write(i, &sum, Some((own, centre))));
            sum.iter_mut().zip(all).for_each(|(sum, more)| *sum += more);
            from = at.events.end;
        }
        stratum.order[from..].iter().for_each(|&i| write(i, &sum, None));
    }
    scores
}
