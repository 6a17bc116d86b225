//! Who is at risk when something happens: what the partial likelihood consists of.
//!
//! At an event time with d events of weights that add to W, S is the sum of w e^eta over the rows at risk and T that over the events. The
//! risk set is counted once for each *turn*:
//!
//! | ties | turns | weight of a turn | its risk set |
//! |---|---|---|---|
//! | Breslow | 1 | W | S |
//! | Efron | d | W / d | S - (l / d) T for l = 0, …, d - 1: events leave it bit by bit |
//!
//! The log partial likelihood is the sum of w eta over the events less that of (weight of a turn) ln(risk set). The baseline's hazard at
//! that time is the sum of (weight of a turn) / (risk set), and a row's *exposure* E the sum of the hazards at which it was at risk (of an
//! event with ties as far as it was still there), so that d - E e^eta are martingale residuals (Therneau, Grambsch & Fleming 1990).

use std::ops::Range;

use super::durations::Durations;
use crate::loss::{LARGEST_LOG_MEAN, Ties};
use crate::simd::exp;

/// A time with events, in one stratum.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct EventTime {
    pub time: f64,
    /// Places in the order of its stratum: from the first of them on rows are at risk.
    pub events: Range<usize>,
    /// Sum of their weights.
    pub weight: f64,
}

/// The rows of a stratum.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stratum {
    /// Rows in order of time, events before rows that were censored at the same time.
    pub order: Vec<usize>,
    pub times: Vec<EventTime>,
}

/// A turn: its weight, the share of the tied events that have left, and its risk set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    pub weight: f64,
    pub left: f64,
    pub at_risk: f64,
}

impl Turn {
    pub fn hazard(&self) -> f64 {
        self.weight / self.at_risk
    }
}

/// Rows in order of time within strata, with the times at which something happened.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskSets {
    pub(super) strata: Vec<Stratum>,
    pub(super) weight: Vec<f64>,
    ties: Ties,
}

impl RiskSets {
    /// `event` (n) is 1 for an event and 0 for a row that was censored, `weight` (n) positive. O(n log n).
    pub fn new(durations: &Durations, event: &[f64], weight: &[f64], ties: Ties) -> Self {
        let n_strata = durations.stratum.iter().max().map_or(1, |last| last + 1);
        let mut orders = vec![Vec::new(); n_strata];
        (0..event.len()).for_each(|i| orders[durations.stratum_of(i)].push(i));
        let time = &durations.time;
        let strata = orders.into_iter().map(|mut order| {
            order.sort_by(|&a, &b| time[a].total_cmp(&time[b]).then(event[b].total_cmp(&event[a])).then(a.cmp(&b)));
            let mut times: Vec<EventTime> = Vec::new();
            for (at, &i) in order.iter().enumerate().filter(|(_, i)| event[**i] > 0.0) {
                match times.last_mut() {
                    Some(last) if last.time == time[i] => {
                        last.events.end = at + 1;
                        last.weight += weight[i];
                    }
                    _ => times.push(EventTime { time: time[i], events: at..at + 1, weight: weight[i] }),
                }
            }
            Stratum { order, times }
        });
        Self { strata: strata.collect(), weight: weight.to_vec(), ties }
    }

    /// Weights of the rows (n).
    pub(crate) fn weights(&self) -> &[f64] {
        &self.weight
    }

    /// Number of different times with events, over all strata.
    pub fn n_times(&self) -> usize {
        self.strata.iter().map(|stratum| stratum.times.len()).sum()
    }

    /// w e^eta of each row.
    pub(super) fn risks(&self, eta: &[f64]) -> Vec<f64> {
        let risk = |(eta, weight): (&f64, &f64)| weight * exp::<f64, pulp::Scalar>(eta.min(LARGEST_LOG_MEAN));
        eta.iter().zip(&self.weight).map(risk).collect()
    }

    /// The turns of an event time whose risk set is `whole`, `events` of which are those of its events.
    pub(super) fn turns(&self, at: &EventTime, whole: f64, events: f64) -> impl Iterator<Item = Turn> + use<> {
        let (n, weight) = match self.ties {
            Ties::Breslow => (1, at.weight),
            Ties::Efron => (at.events.len(), at.weight / at.events.len() as f64),
        };
        (0..n).map(move |l| {
            let left = l as f64 / n as f64;
            Turn { weight, left, at_risk: whole - left * events }
        })
    }

    /// S and T of each event time of a stratum.
    pub(super) fn sums(stratum: &Stratum, risk: &[f64]) -> Vec<(f64, f64)> {
        let mut sums = vec![(0.0, 0.0); stratum.times.len()];
        let (mut whole, mut end) = (0.0, stratum.order.len());
        for (sum, at) in sums.iter_mut().zip(&stratum.times).rev() {
            let of = |places: Range<usize>| stratum.order[places].iter().map(|&i| risk[i]).sum::<f64>();
            let events = of(at.events.clone());
            whole += of(at.events.end..end) + events;
            end = at.events.start;
            *sum = (whole, events);
        }
        sums
    }

    /// Hazards of the baseline at each event time of a stratum, and as much of them as falls on its tied events.
    pub(super) fn hazards(&self, stratum: &Stratum, risk: &[f64]) -> Vec<(f64, f64)> {
        let sums = Self::sums(stratum, risk);
        let of_time = |(at, (whole, events)): (&EventTime, (f64, f64))| {
            self.turns(at, whole, events)
                .fold((0.0, 0.0), |(all, own), turn| (all + turn.hazard(), own + (1.0 - turn.left) * turn.hazard()))
        };
        stratum.times.iter().zip(sums).map(of_time).collect()
    }

    /// Exposures (n) of the rows with log hazards `eta` (n). O(n).
    pub fn exposures(&self, eta: &[f64]) -> Vec<f64> {
        let risk = self.risks(eta);
        let mut exposure = vec![0.0; eta.len()];
        for stratum in &self.strata {
            let (mut sum, mut from) = (0.0, 0);
            for (at, (all, own)) in stratum.times.iter().zip(self.hazards(stratum, &risk)) {
                stratum.order[from..at.events.start].iter().for_each(|&i| exposure[i] = sum);
                stratum.order[at.events.clone()].iter().for_each(|&i| exposure[i] = sum + own);
                sum += all;
                from = at.events.end;
            }
            stratum.order[from..].iter().for_each(|&i| exposure[i] = sum);
        }
        exposure
    }

    /// The log partial likelihood of log hazards `eta` (n). O(n).
    pub fn log_likelihood(&self, eta: &[f64]) -> f64 {
        let of_events = |stratum: &Stratum| -> f64 {
            let events = stratum.times.iter().flat_map(|at| &stratum.order[at.events.clone()]);
            events.map(|&i| self.weight[i] * eta[i]).sum()
        };
        self.strata.iter().map(of_events).sum::<f64>() - self.of_risk_sets(eta)
    }

    /// What the risk sets take off it: the sum of (weight of a turn) ln(risk set). O(n).
    pub(super) fn of_risk_sets(&self, eta: &[f64]) -> f64 {
        let risk = self.risks(eta);
        let of_stratum = |stratum: &Stratum| -> f64 {
            let of_time = |(at, (whole, events)): (&EventTime, (f64, f64))| {
                self.turns(at, whole, events).map(|turn| turn.weight * turn.at_risk.ln()).sum::<f64>()
            };
            stratum.times.iter().zip(Self::sums(stratum, &risk)).map(of_time).sum()
        };
        self.strata.iter().map(of_stratum).sum()
    }

    /// Weights times events that are expected of the rows (n) under log hazards `eta` (n): as many as there were, over all. O(n).
    pub(crate) fn expected(&self, eta: &[f64]) -> Vec<f64> {
        self.risks(eta).iter().zip(self.exposures(eta)).map(|(risk, exposure)| risk * exposure).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> (Durations, Vec<f64>, Vec<f64>) {
        let time = vec![5.0, 3.0, 3.0, 8.0, 3.0, 1.0, 8.0, 9.0, 2.0, 5.0];
        let event = vec![1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0];
        let weight = vec![1.0, 0.5, 1.5, 2.0, 1.0, 1.0, 0.7, 1.3, 1.0, 1.0];
        let stratum = vec![0, 0, 1, 0, 0, 1, 1, 0, 1, 1];
        (Durations { time, stratum, offset: Vec::new() }, event, weight)
    }

    /// Each term of the definition, summed by itself.
    fn by_definition(durations: &Durations, event: &[f64], weight: &[f64], ties: Ties, eta: &[f64]) -> f64 {
        let n = event.len();
        let risk = |i: usize| weight[i] * eta[i].exp();
        let mut total = 0.0;
        for i in (0..n).filter(|&i| event[i] > 0.0) {
            let same = |j: &usize| durations.stratum[*j] == durations.stratum[i];
            let tied: Vec<usize> =
                (0..n).filter(same).filter(|&j| event[j] > 0.0 && durations.time[j] == durations.time[i]).collect();
            let whole: f64 = (0..n).filter(same).filter(|&j| durations.time[j] >= durations.time[i]).map(risk).sum();
            let events: f64 = tied.iter().map(|&j| risk(j)).sum();
            total += weight[i] * eta[i];
            let place = tied.iter().position(|&j| j == i).unwrap() as f64;
            let (share, own) = match ties {
                Ties::Breslow => (0.0, weight[i]),
                Ties::Efron => {
                    let mean = tied.iter().map(|&j| weight[j]).sum::<f64>() / tied.len() as f64;
                    (place / tied.len() as f64, mean)
                }
            };
            total -= own * (whole - share * events).ln();
        }
        total
    }

    #[test]
    fn the_partial_likelihood_is_its_definition_and_residuals_are_its_gradient() {
        let (durations, event, weight) = rows();
        let eta: Vec<f64> = (0..10).map(|i| (i as f64 * 1.7).sin()).collect();
        for ties in [Ties::Efron, Ties::Breslow] {
            let sets = RiskSets::new(&durations, &event, &weight, ties);
            let value = |eta: &[f64]| by_definition(&durations, &event, &weight, ties, eta);
            assert!((sets.log_likelihood(&eta) - value(&eta)).abs() < 1e-12, "{ties:?}");
            let exposure = sets.exposures(&eta);
            for i in 0..10 {
                let moved = |by: f64| {
                    let mut eta = eta.clone();
                    eta[i] += by;
                    value(&eta)
                };
                let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                let residual = weight[i] * (event[i] - exposure[i] * eta[i].exp());
                assert!((slope - residual).abs() < 1e-8, "{ties:?} {i}: {slope} {residual}");
            }
        }
    }
}
