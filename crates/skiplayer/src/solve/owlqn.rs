//! OWL-QN: limited-memory quasi-Newton steps inside an orthant (Andrew & Gao 2007; Gong & Ye 2015).
//!
//! For networks whose Gauss-Newton matrix is too large: O(n W + memory x W) an iteration.

use std::collections::VecDeque;

use super::termination::{Reason, Termination};
use crate::penalty::{L1Weights, sign};
use crate::simd::vector::{add_scaled, dot};
use crate::solve::Smooth;
use crate::solve::prox_newton::StopRule;

/// Pairs of steps and gradient differences that are kept. Many, because a pass over a table costs more than all of them: on concrete with
/// 10 units 100 pairs need 100 to 200 passes where 20 need 150 to 700.
const MEMORY: usize = 100;

/// Minimises the smooth part plus the L1 penalty from `theta`, in place. `interrupted` is asked with the value before every step.
pub fn minimise(
    objective: &impl Smooth,
    l1: &L1Weights,
    theta: &mut [f64],
    rule: StopRule,
    interrupted: &dyn Fn(f64) -> bool,
) -> Termination {
    let mut gradient = vec![0.0; theta.len()];
    let mut value = objective.value_gradient(theta, &mut gradient) + l1.value(theta);
    let mut pairs: VecDeque<Pair> = VecDeque::new();
    let mut next_gradient = vec![0.0; theta.len()];
    let mut reason = Reason::IterationLimit;
    let mut iterations = 0;
    while iterations < rule.max_iterations {
        if l1.kkt(theta, &gradient) <= rule.tolerance {
            reason = Reason::Converged;
            break;
        }
        if interrupted(value) {
            reason = Reason::Interrupted;
            break;
        }
        let steepest = pseudo_gradient(l1, theta, &gradient);
        let mut direction = two_loop(&pairs, &steepest);
        // Andrew & Gao, section 3.2, drop every component that disagrees with the steepest descent. What must be dropped are
        // those that would leave zero on the wrong side; the others are what makes a quasi-Newton direction one.
        for i in 0..direction.len() {
            if theta[i] == 0.0 && l1.has_kink(i) && direction[i] * steepest[i] >= 0.0 {
                direction[i] = 0.0;
            }
        }
        let descent: f64 = direction.iter().zip(&steepest).map(|(d, s)| d * s).sum();
        if descent >= 0.0 {
            if pairs.is_empty() {
                reason = Reason::NoProgress;
                break;
            }
            pairs.clear();
            continue;
        }
        let orthant: Vec<f64> =
            (0..theta.len()).map(|i| if theta[i] == 0.0 { -sign(steepest[i]) } else { sign(theta[i]) }).collect();
        let mut length = if pairs.is_empty() { 1.0 / norm(&steepest).max(1e-300) } else { 1.0 };
        let mut moved = None;
        for _ in 0..40 {
            let mut candidate = theta.to_vec();
            for &i in &l1.live {
                candidate[i] += length * direction[i];
                if l1.has_kink(i) && candidate[i] * orthant[i] < 0.0 {
                    candidate[i] = 0.0;
                }
            }
            let candidate_value = objective.value_gradient(&candidate, &mut next_gradient) + l1.value(&candidate);
            let promised: f64 = (0..theta.len()).map(|i| steepest[i] * (candidate[i] - theta[i])).sum();
            if candidate_value <= value + 1e-4 * promised && candidate_value.is_finite() {
                moved = Some((candidate, candidate_value));
                break;
            }
            length *= 0.5;
        }
        iterations += 1;
        let Some((candidate, candidate_value)) = moved else {
            if pairs.is_empty() {
                reason = Reason::NoProgress;
                break;
            }
            pairs.clear();
            continue;
        };
        let step: Vec<f64> = candidate.iter().zip(&*theta).map(|(a, b)| a - b).collect();
        let change: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&step, &change);
        if curvature > 1e-12 * norm(&step) * norm(&change) {
            pairs.push_back(Pair { step, change, curvature });
            if pairs.len() > MEMORY {
                pairs.pop_front();
            }
        }
        theta.copy_from_slice(&candidate);
        gradient.copy_from_slice(&next_gradient);
        value = candidate_value;
    }
    Termination { reason, iterations, objective: value, kkt: l1.kkt(theta, &gradient) }
}

/// The one-sided derivative of the objective that is smallest in size; zero for parameters that may not move.
fn pseudo_gradient(l1: &L1Weights, theta: &[f64], gradient: &[f64]) -> Vec<f64> {
    let mut pseudo = vec![0.0; theta.len()];
    for &i in &l1.live {
        let g = gradient[i];
        pseudo[i] = if theta[i] != 0.0 { g + l1.lambda[i] * sign(theta[i]) } else { sign(g) * l1.pull(i, g) };
    }
    pseudo
}

/// A step, the change of the gradient along it, and their product.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    curvature: f64,
}

/// -(inverse Hessian estimate) x `slope`, by the two-loop recursion (Nocedal 1980).
fn two_loop(pairs: &VecDeque<Pair>, slope: &[f64]) -> Vec<f64> {
    let mut q: Vec<f64> = slope.iter().map(|s| -s).collect();
    let mut coefficients = Vec::with_capacity(pairs.len());
    for Pair { step, change, curvature } in pairs.iter().rev() {
        let a = dot(step, &q) / curvature;
        add_scaled(&mut q, -a, change);
        coefficients.push(a);
    }
    if let Some(Pair { change, curvature, .. }) = pairs.back() {
        let scale = curvature / dot(change, change);
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for (Pair { step, change, curvature }, a) in pairs.iter().zip(coefficients.iter().rev()) {
        let b = dot(change, &q) / curvature;
        add_scaled(&mut q, a - b, step);
    }
    q
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}
