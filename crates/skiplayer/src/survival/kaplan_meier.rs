//! Survival without a model (Kaplan & Meier 1958), of the event or of being censored.

/// A survival curve: 1 at the start, lower from each time with an event on.
#[derive(Debug, Clone, PartialEq)]
pub struct KaplanMeier {
    /// Times with events, growing.
    pub time: Vec<f64>,
    /// The curve from each of them on.
    pub survival: Vec<f64>,
    /// Greenwood's standard error (1926) of each.
    pub error: Vec<f64>,
}

impl KaplanMeier {
    /// Of rows with `time` (n), `event` (n; 1 or 0) and `weight` (n). O(n log n).
    pub fn of_events(time: &[f64], event: &[f64], weight: &[f64]) -> Self {
        Self::new(time, weight, |i| event[i] > 0.0, false)
    }

    /// Of not being censored: events at the same time are taken to come first, so that they are no longer at risk of it.
    pub fn of_censoring(time: &[f64], event: &[f64], weight: &[f64]) -> Self {
        let is_censored = |i: usize| event[i] == 0.0;
        Self::new(time, weight, is_censored, true)
    }

    fn new(time: &[f64], weight: &[f64], falls: impl Fn(usize) -> bool, others_first: bool) -> Self {
        let mut order: Vec<usize> = (0..time.len()).collect();
        order.sort_by(|&a, &b| time[a].total_cmp(&time[b]));
        let mut at_risk: f64 = weight.iter().sum();
        let mut curve = Self { time: Vec::new(), survival: Vec::new(), error: Vec::new() };
        let (mut survival, mut variance) = (1.0, 0.0);
        for tied in order.chunk_by(|&a, &b| time[a] == time[b]) {
            let all: f64 = tied.iter().map(|&i| weight[i]).sum();
            let fallen: f64 = tied.iter().filter(|&&i| falls(i)).map(|&i| weight[i]).sum();
            if fallen > 0.0 {
                let exposed = if others_first { at_risk - (all - fallen) } else { at_risk };
                survival *= (1.0 - fallen / exposed).max(0.0);
                variance += if exposed > fallen { fallen / (exposed * (exposed - fallen)) } else { 0.0 };
                curve.time.push(time[tied[0]]);
                curve.survival.push(survival);
                curve.error.push(survival * f64::sqrt(variance));
            }
            at_risk -= all;
        }
        curve
    }

    /// The curve at `time`.
    pub fn at(&self, time: f64) -> f64 {
        self.value(self.time.partition_point(|own| *own <= time))
    }

    /// The curve just before `time`.
    pub fn before(&self, time: f64) -> f64 {
        self.value(self.time.partition_point(|own| *own < time))
    }

    fn value(&self, n_steps: usize) -> f64 {
        n_steps.checked_sub(1).map_or(1.0, |k| self.survival[k])
    }

    /// The first time at which the curve is a half or less; `None` where it stays above.
    pub fn median(&self) -> Option<f64> {
        self.time.get(self.survival.partition_point(|own| *own > 0.5)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_by_hand() {
        let (time, event) = ([1.0, 2.0, 2.0, 3.0, 4.0], [1.0, 1.0, 0.0, 0.0, 1.0]);
        let curve = KaplanMeier::of_events(&time, &event, &[1.0; 5]);
        assert_eq!(curve.time, [1.0, 2.0, 4.0]);
        assert!((curve.at(2.0) - 0.8 * 0.75).abs() < 1e-15 && curve.before(2.0) == 0.8 && curve.at(0.9) == 1.0);
        assert_eq!((curve.at(4.0), curve.median()), (0.0, Some(4.0)));
        let censoring = KaplanMeier::of_censoring(&time, &event, &[1.0; 5]);
        // At 2 the event comes first: one of three is censored.
        assert!((censoring.at(2.0) - 2.0 / 3.0).abs() < 1e-15 && (censoring.at(3.0) - 1.0 / 3.0).abs() < 1e-15);
    }
}
