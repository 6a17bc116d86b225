//! FISTA for penalties that only have a proximal operator (Beck & Teboulle 2009), made safe off the convex case: backtracking,
//! monotone, momentum restarted when it points uphill (O'Donoghue & Candes 2015).

use super::objective::Smooth;
use super::termination::{Reason, Termination};
use crate::penalty::Penalty;
use crate::solve::prox_newton::StopRule;

/// Minimises smooth part plus `penalty` over the parameters in `live`, in place.
///
/// The residual is the largest change of a proximal gradient step of length 1/L, times L, over max(1, `scale`). O(n W) an
/// iteration.
pub fn minimise(
    objective: &impl Smooth,
    penalty: &dyn Penalty,
    live: &[usize],
    scale: f64,
    theta: &mut Vec<f64>,
    rule: StopRule,
    interrupted: &dyn Fn() -> bool,
) -> Termination {
    let mut gradient = vec![0.0; theta.len()];
    let mut value = objective.value(theta) + penalty.value(theta);
    let mut point = theta.clone();
    let mut momentum: f64 = 1.0;
    let mut step = 1.0;
    let mut residual = f64::INFINITY;
    let mut reason = Reason::IterationLimit;
    let mut iterations = 0;
    while iterations < rule.max_iterations {
        if interrupted() {
            reason = Reason::Interrupted;
            break;
        }
        iterations += 1;
        let smooth = objective.value_gradient(&point, &mut gradient);
        let mut next;
        loop {
            next = point.clone();
            live.iter().for_each(|&i| next[i] -= step * gradient[i]);
            penalty.prox_in_place(&mut next, step);
            let (mut linear, mut square) = (0.0, 0.0);
            for i in 0..next.len() {
                let d = next[i] - point[i];
                linear += gradient[i] * d;
                square += d * d;
            }
            let bound = smooth + linear + square / (2.0 * step);
            if objective.value(&next) <= bound + 1e-12 * smooth.abs() || step < 1e-18 {
                break;
            }
            step *= 0.5;
        }
        let at_theta = momentum == 1.0;
        if at_theta {
            let largest = live.iter().map(|&i| (next[i] - point[i]).abs()).fold(0.0, f64::max);
            residual = largest / step / scale.max(1.0);
            if residual <= rule.tolerance {
                reason = Reason::Converged;
                break;
            }
        }
        let next_value = objective.value(&next) + penalty.value(&next);
        if next_value < value {
            let grown = 0.5 * (1.0 + (1.0 + 4.0 * momentum * momentum).sqrt());
            let uphill: f64 = (0..next.len()).map(|i| (point[i] - next[i]) * (next[i] - theta[i])).sum();
            // Every 50th step is plain, so that the residual is measured at the iterate itself.
            let restart = uphill > 0.0 || iterations % 50 == 0;
            let inertia = if restart { 0.0 } else { (momentum - 1.0) / grown };
            point = next.iter().zip(&*theta).map(|(a, b)| a + inertia * (a - b)).collect();
            momentum = if restart { 1.0 } else { grown };
            theta.copy_from_slice(&next);
            value = next_value;
            // Off the convex case the curvature falls as well as rises.
            step *= 1.1;
        } else if at_theta {
            reason = Reason::NoProgress;
            break;
        } else {
            point.copy_from_slice(theta);
            momentum = 1.0;
        }
    }
    Termination { reason, iterations, objective: value, kkt: residual }
}
