//! How far predicted survival is from what happened, at times up to a horizon.
//!
//! The squared error of the probability of no event up to t, of rows whose state at t is known, each weighted by one over the chance of its
//! being known (Graf et al. 1999): (0 - S(t))² / G(T-) for an event at T <= t, (1 - S(t))² / G(t) beyond t, G being Kaplan and Meier's
//! curve of not being censored. 1/4 is that of S = 1/2 everywhere.

use super::durations::Durations;
use super::kaplan_meier::KaplanMeier;

/// Share of the rows that is still watched at the horizon.
const STILL_WATCHED: f64 = 0.1;
/// Times at which survival is looked at.
const MOST_TIMES: usize = 100;

/// Up to when predictions are judged, and how rows were censored.
#[derive(Debug, Clone, PartialEq)]
pub struct Horizon {
    /// The last event time at which a tenth of the rows are still watched.
    pub end: f64,
    /// Event times up to the end, at most 100 of them, evenly among all.
    pub times: Vec<f64>,
    pub censoring: KaplanMeier,
}

impl Horizon {
    /// Of rows with `event` (n; 1 or 0) and `weight` (n). O(n log n).
    pub fn new(durations: &Durations, event: &[f64], weight: &[f64]) -> Self {
        let time = &durations.time;
        let mut sorted = time.clone();
        sorted.sort_by(f64::total_cmp);
        let watched = ((1.0 - STILL_WATCHED) * (sorted.len() as f64 - 1.0)).floor() as usize;
        let limit = sorted.get(watched).copied().unwrap_or(0.0);
        let mut events: Vec<f64> = time.iter().zip(event).filter(|(_, event)| **event > 0.0).map(|(t, _)| *t).collect();
        events.sort_by(f64::total_cmp);
        events.dedup();
        // Where nobody has an event by then, up to the first one.
        let first = events.first().copied().unwrap_or(limit);
        events.retain(|t| *t <= limit.max(first));
        let n = events.len();
        let times = if n <= MOST_TIMES {
            events.clone()
        } else {
            (0..MOST_TIMES).map(|k| events[k * (n - 1) / (MOST_TIMES - 1)]).collect()
        };
        let censoring = KaplanMeier::of_censoring(time, event, weight);
        Self { end: events.last().copied().unwrap_or(limit), times, censoring }
    }

    /// What an event at `time` counts in Uno's concordance.
    pub fn of_event(&self, time: f64) -> f64 {
        if time <= self.end { self.censoring.before(time).max(f64::MIN_POSITIVE).powi(-2) } else { 0.0 }
    }

    /// The weighted squared error of a row at `t`; its predicted probability of no event up to then is `survival`.
    pub fn squared_error(&self, time: f64, event: f64, t: f64, survival: f64) -> f64 {
        if time > t {
            (1.0 - survival).powi(2) / self.censoring.at(t)
        } else if event > 0.0 {
            survival.powi(2) / self.censoring.before(time)
        } else {
            0.0
        }
    }

    /// Its mean over the times up to the end (trapezoids). `survival` (T) at [`times`](Self::times).
    pub fn integrated(&self, time: f64, event: f64, survival: &[f64]) -> f64 {
        let error = |k: usize| self.squared_error(time, event, self.times[k], survival[k]);
        let n = self.times.len();
        if n < 2 {
            return if n == 1 { error(0) } else { 0.0 };
        }
        let pieces = (1..n).map(|k| 0.5 * (error(k - 1) + error(k)) * (self.times[k] - self.times[k - 1]));
        pieces.sum::<f64>() / (self.times[n - 1] - self.times[0])
    }
}
