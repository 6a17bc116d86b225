//! The first part of a descent in single precision, whose passes take a third of the time.

use std::cell::Cell;

use super::owlqn;
use crate::penalty::L1Weights;
use crate::solve::Smooth;
use crate::solve::prox_newton::StopRule;

/// Steps after which progress is looked at.
const STRETCH: usize = 10;
/// Fall of the value over a stretch, relative to it, below which the digits of f32 (6e-8 each, sums somewhat worse) no longer
/// tell better from worse.
const WORTHWHILE: f64 = 1e-5;

/// Quasi-Newton steps from `theta`, in place, while single precision serves; returns their number. `objective` computes in f32;
/// `interrupted` is asked with the value before every step.
pub fn head_start(
    objective: &impl Smooth,
    l1: &L1Weights,
    theta: &mut [f64],
    rule: StopRule,
    interrupted: &dyn Fn(f64) -> bool,
) -> usize {
    let steps = Cell::new(0_usize);
    let last = Cell::new(f64::INFINITY);
    let stop = |value: f64| {
        let looks = steps.get().is_multiple_of(STRETCH);
        steps.set(steps.get() + 1);
        let stalled = looks && last.replace(value) - value < WORTHWHILE * value.abs();
        stalled || interrupted(value)
    };
    owlqn::minimise(objective, l1, theta, rule, &stop).iterations
}
