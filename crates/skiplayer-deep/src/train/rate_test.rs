//! Looking for a learning rate (Smith 2017, "Cyclical learning rates for training neural networks", section 3.3): one short training whose
//! rate grows at every step, until the loss explodes.

use serde::Serialize;

/// Weight of what was before in the smoothed loss.
const SMOOTHING: f64 = 0.9;
/// The test ends when the smoothed loss is this many times its lowest value: what comes then says nothing more.
const EXPLODED: f64 = 4.0;
/// The rate that is proposed, over the one at which the loss was lowest: there it is about to rise.
const BELOW_LOWEST: f64 = 0.1;

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RatePoint {
    pub learning_rate: f64,
    /// Of the batch, before the step.
    pub loss: f64,
    /// Mean over the steps so far, later ones counting more, without the bias of the beginning (Kingma & Ba 2015, section 3).
    pub smoothed: f64,
}

/// A learning rate test on its way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RateTest {
    pub points: Vec<RatePoint>,
    #[serde(skip)]
    mean: f64,
    #[serde(skip)]
    rates: (f64, f64),
    #[serde(skip)]
    n_steps: u32,
}

impl RateTest {
    /// Rates from `lowest` to `highest` in `n_steps` steps, each the same multiple of the one before.
    pub fn new(lowest: f64, highest: f64, n_steps: u32) -> Self {
        Self { points: Vec::new(), mean: 0.0, rates: (lowest, highest), n_steps: n_steps.max(2) }
    }

    /// The rate of the next step; none if the test is over.
    pub fn next_rate(&self) -> Option<f64> {
        let i = self.points.len() as u32;
        let (lowest, highest) = self.rates;
        let rate = lowest * (highest / lowest).powf(f64::from(i) / f64::from(self.n_steps - 1));
        (i < self.n_steps && !self.has_exploded()).then_some(rate)
    }

    /// Takes note of the loss that the step at `learning_rate` began with.
    pub fn add(&mut self, learning_rate: f64, loss: f64) {
        self.mean = SMOOTHING * self.mean + (1.0 - SMOOTHING) * loss;
        let smoothed = self.mean / (1.0 - SMOOTHING.powi(self.points.len() as i32 + 1));
        self.points.push(RatePoint { learning_rate, loss, smoothed });
    }

    /// Whether the loss is far above its lowest value, or no number any more.
    pub fn has_exploded(&self) -> bool {
        match (self.points.last(), self.lowest()) {
            (Some(last), Some(lowest)) => last.smoothed.is_nan() || last.smoothed > EXPLODED * lowest.smoothed,
            _ => !self.points.is_empty(),
        }
    }

    /// The step at which the smoothed loss was lowest.
    pub fn lowest(&self) -> Option<&RatePoint> {
        self.points.iter().filter(|point| point.smoothed.is_finite()).min_by(|a, b| a.smoothed.total_cmp(&b.smoothed))
    }

    /// The rate that is proposed: a tenth of that at which the smoothed loss was lowest. None if the loss never fell.
    pub fn proposed(&self) -> Option<f64> {
        let (first, lowest) = (self.points.first()?, self.lowest()?);
        (lowest.smoothed < first.smoothed).then_some(BELOW_LOWEST * lowest.learning_rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gradient descent on a parabola of curvature 2 falls below rates of 1 and explodes above.
    #[test]
    fn a_parabola_explodes_where_theory_says() {
        let mut test = RateTest::new(1e-4, 100.0, 121);
        let mut x = 1.0_f64;
        while let Some(rate) = test.next_rate() {
            test.add(rate, 1.0 + x * x);
            x -= rate * 2.0 * x;
        }
        assert!(test.has_exploded());
        let last = test.points.last().unwrap().learning_rate;
        assert!((1.0..40.0).contains(&last), "{last}");
        let proposed = test.proposed().unwrap();
        assert!((0.01..1.0).contains(&proposed), "{proposed}");
        let ratios = test.points.windows(2).map(|pair| pair[1].learning_rate / pair[0].learning_rate);
        assert!(ratios.into_iter().all(|ratio| (ratio - 1e6_f64.powf(1.0 / 120.0)).abs() < 1e-9));
    }

    #[test]
    fn a_loss_that_never_falls_proposes_nothing() {
        let mut test = RateTest::new(1e-3, 1.0, 5);
        while let Some(rate) = test.next_rate() {
            test.add(rate, 1.0 + rate);
        }
        assert_eq!((test.points.len(), test.proposed()), (5, None));
        test.add(1.0, f64::NAN);
        assert_eq!(test.next_rate(), None);
    }

    /// Smoothing without bias: a constant stays what it is.
    #[test]
    fn a_constant_loss_is_its_own_mean() {
        let mut test = RateTest::new(1e-3, 1.0, 20);
        while let Some(rate) = test.next_rate() {
            test.add(rate, 2.5);
        }
        assert!(test.points.iter().all(|point| (point.smoothed - 2.5).abs() < 1e-12));
    }
}
