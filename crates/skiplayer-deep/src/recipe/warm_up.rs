//! The first steps of a training.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use skiplayer::Result;

use super::require;

/// What precedes the schedule. Its steps count: the schedule goes on as if there had been none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum WarmUp {
    None,
    /// A small learning rate for so many steps.
    Constant {
        iterations: u64,
        learning_rate: f64,
    },
    /// From zero to the schedule's learning rate in so many steps (Goyal et al. 2017, section 2.2): step k has k + 1 parts of it.
    Linear {
        iterations: u64,
    },
    /// A small learning rate until the training error falls below a fraction (He, Zhang, Ren & Sun 2015, section 4.2: 0.01 below
    /// 80%). The paper does not say how the error is measured: here it is the mean over the last `window` batches.
    UntilTrainingError {
        learning_rate: f64,
        below: f64,
        window: usize,
    },
}

/// How far the warm-up is; part of a checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WarmUpState {
    /// Errors of the last batches, while it matters.
    recent: VecDeque<f64>,
    /// Whether the training error has been low enough.
    is_over: bool,
}

impl WarmUpState {
    /// Takes note of the fraction of a batch that was classified wrongly.
    pub fn observe(&mut self, warm_up: &WarmUp, error: f64) {
        let WarmUp::UntilTrainingError { below, window, .. } = *warm_up else { return };
        if self.is_over {
            return;
        }
        self.recent.push_back(error);
        if self.recent.len() > window {
            self.recent.pop_front();
        }
        if self.recent.len() == window && self.recent.iter().sum::<f64>() < below * window as f64 {
            *self = Self { is_over: true, ..Self::default() };
        }
    }
}

impl WarmUp {
    /// The learning rate of step `step` (from 0), `scheduled` being what the schedule wants.
    pub fn learning_rate(&self, step: u64, state: &WarmUpState, scheduled: f64) -> f64 {
        match *self {
            Self::Constant { iterations, learning_rate } if step < iterations => learning_rate,
            Self::Linear { iterations } if step < iterations => scheduled * (step + 1) as f64 / iterations as f64,
            Self::UntilTrainingError { learning_rate, .. } if !state.is_over => learning_rate,
            _ => scheduled,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let rate = |variant: &str, rate: f64| {
            let field = format!("warm_up.{variant}.learning_rate");
            require(&field, rate, rate > 0.0 && rate.is_finite(), "a number above 0; 0.01 is usual")
        };
        match *self {
            Self::None => Ok(()),
            Self::Constant { iterations, learning_rate } => {
                require("warm_up.constant.iterations", iterations, iterations >= 1, "at least 1")?;
                rate("constant", learning_rate)
            }
            Self::Linear { iterations } => {
                require("warm_up.linear.iterations", iterations, iterations >= 1, "at least 1")
            }
            Self::UntilTrainingError { learning_rate, below, window } => {
                rate("until_training_error", learning_rate)?;
                let is_fraction = below > 0.0 && below <= 1.0;
                let field = "warm_up.until_training_error.below";
                require(field, below, is_fraction, "a fraction above 0 and at most 1; 0.8 is usual")?;
                require("warm_up.until_training_error.window", window, window >= 1, "at least 1 batch")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAPER: WarmUp = WarmUp::UntilTrainingError { learning_rate: 0.01, below: 0.8, window: 3 };

    #[test]
    fn one_lucky_batch_does_not_end_it_and_nothing_brings_it_back() {
        let mut state = WarmUpState::default();
        for error in [0.0, 0.9, 0.9] {
            state.observe(&PAPER, error);
        }
        // The mean is 0.6 only now that the window is full.
        assert_eq!(PAPER.learning_rate(3, &state, 0.1), 0.1);
        let mut state = WarmUpState::default();
        for error in [0.9, 0.9, 0.67, 0.85, 0.9] {
            state.observe(&PAPER, error);
            assert_eq!(PAPER.learning_rate(3, &state, 0.1), 0.01);
        }
        state.observe(&PAPER, 0.6);
        assert_eq!(PAPER.learning_rate(6, &state, 0.1), 0.1);
        (0..9).for_each(|_| state.observe(&PAPER, 1.0));
        assert_eq!(PAPER.learning_rate(15, &state, 0.001), 0.001);
    }

    #[test]
    fn a_resumed_warm_up_goes_on_where_it_was() {
        let mut state = WarmUpState::default();
        state.observe(&PAPER, 0.7);
        state.observe(&PAPER, 0.85);
        let mut resumed: WarmUpState = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
        resumed.observe(&PAPER, 0.8);
        assert_eq!(PAPER.learning_rate(3, &resumed, 0.1), 0.1);
        assert_eq!(PAPER.learning_rate(2, &state, 0.1), 0.01);
    }

    #[test]
    fn warm_up_by_steps() {
        let state = WarmUpState::default();
        let constant = WarmUp::Constant { iterations: 400, learning_rate: 0.01 };
        assert_eq!([0, 399, 400].map(|step| constant.learning_rate(step, &state, 0.1)), [0.01, 0.01, 0.1]);
        let linear = WarmUp::Linear { iterations: 4 };
        assert_eq!([0, 1, 3, 4, 9].map(|step| linear.learning_rate(step, &state, 1.0)), [0.25, 0.5, 1.0, 1.0, 1.0]);
        assert_eq!(WarmUp::None.learning_rate(0, &state, 0.1), 0.1);
    }
}
