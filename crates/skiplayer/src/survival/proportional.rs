//! Are the hazards proportional? Tests of coefficients that change with time.
//!
//! Schoenfeld's residuals are what is left of x at an event, x - (its mean over the risk set); under proportional hazards they have no
//! trend in time. The test is Rao's score test of adding g(t) x to the line (Grambsch & Therneau 1994, in the exact form of `cox.zph` in R's
//! survival 3), for each coefficient and for all of them; g is one less Kaplan and Meier's curve.

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use super::durations::Durations;
use super::kaplan_meier::KaplanMeier;
use super::risk_sets::RiskSets;
use crate::matrix::Matrix;
use crate::stats::chi_squared_tail;

/// Chi-squared statistics with their p-values.
#[derive(Debug, Clone, PartialEq)]
pub struct Proportionality {
    /// One for each coefficient, with a degree of freedom.
    pub each: Vec<(f64, f64)>,
    /// All together, with as many as there are coefficients.
    pub all: (f64, f64),
}

/// Tests the line with log hazards `eta` (n) on the columns of `x` (n, p). `None` where columns determine each other.
/// O((n + turns) p²).
pub fn proportionality(
    durations: &Durations,
    event: &[f64],
    weight: &[f64],
    sets: &RiskSets,
    x: &Matrix,
    eta: &[f64],
) -> Option<Proportionality> {
    let p = x.n_columns();
    let curve = KaplanMeier::of_events(&durations.time, event, weight);
    let risk = sets.risks(eta);
    let n_events: f64 = event.iter().zip(weight).map(|(d, w)| d * w).sum();
    // Just before each time, as cox.zph has it.
    let g = |time: f64| 1.0 - curve.before(time);
    let centre = (0..event.len()).map(|i| event[i] * weight[i] * g(durations.time[i])).sum::<f64>() / n_events;
    let mut slope = vec![0.0; p];
    let [mut plain, mut once, mut twice] = [(); 3].map(|()| Mat::<f64>::zeros(p, p));
    for stratum in &sets.strata {
        let sums = RiskSets::sums(stratum, &risk);
        let [mut whole, mut events] = [(); 2].map(|()| vec![0.0; p]);
        let [mut squares, mut of_events] = [(); 2].map(|()| Mat::<f64>::zeros(p, p));
        let mut end = stratum.order.len();
        for (at, (all, own)) in stratum.times.iter().zip(sums).rev() {
            let moved = g(at.time) - centre;
            events.fill(0.0);
            of_events.fill(0.0);
            for (place, &i) in stratum.order[at.events.start..end].iter().enumerate() {
                let is_event = place < at.events.len();
                for j in 0..p {
                    whole[j] += risk[i] * x.get(i, j);
                    slope[j] += if is_event { moved * weight[i] * x.get(i, j) } else { 0.0 };
                    events[j] += if is_event { risk[i] * x.get(i, j) } else { 0.0 };
                    for k in 0..p {
                        let term = risk[i] * x.get(i, j) * x.get(i, k);
                        squares[(j, k)] += term;
                        of_events[(j, k)] += if is_event { term } else { 0.0 };
                    }
                }
            }
            end = at.events.start;
            for turn in sets.turns(at, all, own) {
                let mean: Vec<f64> = (0..p).map(|j| (whole[j] - turn.left * events[j]) / turn.at_risk).collect();
                for j in 0..p {
                    slope[j] -= moved * turn.weight * mean[j];
                    for k in 0..p {
                        let second = (squares[(j, k)] - turn.left * of_events[(j, k)]) / turn.at_risk;
                        let variance = turn.weight * (second - mean[j] * mean[k]);
                        plain[(j, k)] += variance;
                        once[(j, k)] += moved * variance;
                        twice[(j, k)] += moved * moved * variance;
                    }
                }
            }
        }
    }
    let left = &twice - &once * plain.llt(Side::Lower).ok()?.solve(&once);
    let score = Mat::from_fn(p, 1, |j, _| slope[j]);
    let solved = left.llt(Side::Lower).ok()?.solve(&score);
    let statistic: f64 = (0..p).map(|j| slope[j] * solved[(j, 0)]).sum();
    // One coefficient that changes, beside all that do not.
    let of_one = |j: usize| {
        let statistic = slope[j] * slope[j] / left[(j, j)];
        (statistic, chi_squared_tail(statistic, 1.0))
    };
    Some(Proportionality {
        each: (0..p).map(of_one).collect(),
        all: (statistic, chi_squared_tail(statistic, p as f64)),
    })
}
