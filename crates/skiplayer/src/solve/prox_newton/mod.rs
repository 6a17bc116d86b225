//! Proximal Newton method with Levenberg-Marquardt damping: the main solver for networks of a few hundred weights.
//!
//! Each step minimises a quadratic model plus damping plus the L1 penalties (see `quadratic`), so that weights become exactly
//! zero on the way. The model is the Hessian where that leads downhill, else the Gauss-Newton matrix: the latter is never
//! indefinite, but leaves out what the residuals bend, and then crawls into a minimum (500 to 1500 steps from a random start
//! on the concrete data where this takes 100 to 200). The damping follows the ratio of actual to promised decrease
//! (Marquardt 1963; Nielsen 1999, "Damping parameter in Marquardt's method"; for the proximal form Lee, Sun & Saunders
//! 2014). The objective never rises.

mod bordered_cholesky;
mod subproblem;

use faer::Mat;

use crate::penalty::L1Weights;
use crate::solve::Curved;
use crate::solve::termination::{Reason, Termination};
use subproblem::Quadratic;

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StopRule {
    /// Largest [`L1Weights::kkt`] at a solution.
    pub tolerance: f64,
    pub max_iterations: usize,
}

/// A point, its value and gradient, and the damping that the last steps led to.
#[derive(Debug, Clone)]
pub struct ProxNewton {
    pub theta: Vec<f64>,
    /// Smooth part and penalty together.
    pub value: f64,
    pub gradient: Vec<f64>,
    damping: f64,
    growth: f64,
    /// Actual over promised decrease of the last step.
    last_ratio: f64,
    curvature: Option<Curvature>,
}

/// Steps for which a curvature is kept while it predicts well: near a minimum it hardly changes, and computing it is nine
/// tenths of a step.
const REUSES: usize = 5;

/// The curvature of the smooth part at some point, over the parameters that were live there.
#[derive(Debug, Clone)]
struct Curvature {
    live: Vec<usize>,
    /// (L, L) row-major, full.
    matrix: Vec<f64>,
    /// Diagonal of the Gauss-Newton matrix (L), never negative: what damping is measured by.
    scale: Vec<f64>,
    uses: usize,
}

impl Curvature {
    fn new(live: Vec<usize>, gauss_newton: Vec<f64>) -> Self {
        let scale = (0..live.len()).map(|a| gauss_newton[a * live.len() + a]).collect();
        Self { live, matrix: gauss_newton, scale, uses: 0 }
    }

    /// The part over `live`, if all of it is there.
    fn select(&self, live: &[usize]) -> Option<Self> {
        if live == self.live {
            return Some(self.clone());
        }
        let n = self.live.len();
        let slots: Vec<usize> = live.iter().map(|i| self.live.binary_search(i).ok()).collect::<Option<_>>()?;
        let matrix = slots.iter().flat_map(|a| slots.iter().map(move |b| self.matrix[a * n + b])).collect();
        let scale = slots.iter().map(|&a| self.scale[a]).collect();
        Some(Self { live: live.to_vec(), matrix, scale, uses: self.uses })
    }
}

/// Both triangles, row-major, of a symmetric matrix given by its lower one.
fn full(lower: &Mat<f64>) -> Vec<f64> {
    let n = lower.nrows();
    let mut matrix = vec![0.0; n * n];
    for j in 0..n {
        for (i, value) in lower.col(j).iter().enumerate().skip(j) {
            matrix[i * n + j] = *value;
            matrix[j * n + i] = *value;
        }
    }
    matrix
}

/// What a call of [`ProxNewton::step`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The point moved to a lower value.
    Moved,
    /// No damping up to the largest gave a decrease: the point is as good as working precision allows.
    Stuck,
}

const LARGEST_DAMPING: f64 = 1e12;
const SMALLEST_DAMPING: f64 = 1e-12;

impl ProxNewton {
    /// Starts at `theta`.
    pub fn new(objective: &impl Curved, l1: &L1Weights, theta: Vec<f64>) -> Self {
        let mut gradient = vec![0.0; theta.len()];
        let value = objective.value_gradient(&theta, &mut gradient) + l1.value(&theta);
        Self { theta, value, gradient, damping: 1e-2, growth: 2.0, last_ratio: 0.0, curvature: None }
    }

    /// Re-evaluates after the objective or the penalties have changed.
    pub fn refresh(&mut self, objective: &impl Curved, l1: &L1Weights) {
        self.value = objective.value_gradient(&self.theta, &mut self.gradient) + l1.value(&self.theta);
    }

    /// One accepted step. O(L^3 + n L^2) for L live parameters, times the number of dampings tried; without the n L^2 where
    /// the curvature of an earlier step still describes the objective well.
    pub fn step(&mut self, objective: &impl Curved, l1: &L1Weights) -> Step {
        // Weights at zero that want to stay there need no curvature; most of a sparse network is spared that way.
        let may_leave =
            |i: usize| self.gradient[i].abs() > l1.lambda[i] * 0.999 && self.gradient[i] * l1.side(i) <= 0.0;
        let active = |&i: &usize| self.theta[i] != 0.0 || !l1.has_kink(i) || may_leave(i);
        let live: Vec<usize> = l1.live.iter().copied().filter(active).collect();
        if let Some(old) = self.curvature.take().filter(|old| old.uses < REUSES)
            && let Some(selected) = old.select(&live)
            && self.attempt(objective, l1, &selected, 1) == Step::Moved
        {
            self.curvature = self.trusted().then(|| Curvature { uses: old.uses + 1, ..old });
            return Step::Moved;
        }
        let matrix = full(&objective.curvature(&self.theta, &live));
        let gauss_newton = Curvature::new(live, matrix);
        let mut hessian = gauss_newton.clone();
        let curvature = if objective.add_residual_curvature(&self.theta, &hessian.live, &mut hessian.matrix)
            && self.attempt(objective, l1, &hessian, 1) == Step::Moved
        {
            hessian
        } else if self.attempt(objective, l1, &gauss_newton, usize::MAX) == Step::Moved {
            gauss_newton
        } else {
            return Step::Stuck;
        };
        self.curvature = self.trusted().then_some(curvature);
        Step::Moved
    }

    /// Whether the last curvature predicted so well that the next step can do with it.
    fn trusted(&self) -> bool {
        self.last_ratio > 0.8 && self.last_ratio < 1.25
    }

    /// Tries up to `tries` dampings with a curvature.
    fn attempt(&mut self, objective: &impl Curved, l1: &L1Weights, curvature: &Curvature, tries: usize) -> Step {
        let Curvature { live, scale, matrix, .. } = curvature;
        let n = live.len();
        let gradient: Vec<f64> = live.iter().map(|&i| self.gradient[i]).collect();
        let lambda: Vec<f64> = live.iter().map(|&i| l1.lambda[i]).collect();
        let side: Vec<f64> = live.iter().map(|&i| l1.side(i)).collect();
        let w: Vec<f64> = live.iter().map(|&i| self.theta[i]).collect();
        let mut damped = matrix.clone();
        // A part of the mean keeps flat directions (dead or saturated units) from running away.
        let mean = scale.iter().sum::<f64>() / n.max(1) as f64;
        let floor = (1e-3 * mean).max(f64::MIN_POSITIVE);
        let mut next = vec![0.0; self.theta.len()];
        for _ in 0..tries {
            if self.damping > LARGEST_DAMPING {
                self.damping = 1.0;
                self.growth = 2.0;
                break;
            }
            for a in 0..n {
                damped[a * n + a] = matrix[a * n + a] + self.damping * (scale[a] + floor) + 1e-12 * floor;
            }
            let model = Quadratic { gradient: &gradient, curvature: &damped, lambda: &lambda, side: &side, w: &w };
            if let Some((d, promised)) = model.minimise() {
                if promised <= 1e-15 * self.value.abs() {
                    return Step::Stuck;
                }
                let mut theta = self.theta.clone();
                for (a, &i) in live.iter().enumerate() {
                    theta[i] = if d[a] == -w[a] { 0.0 } else { w[a] + d[a] };
                }
                let value = objective.value_gradient(&theta, &mut next) + l1.value(&theta);
                let ratio = (self.value - value) / promised;
                if ratio > 1e-3 && value.is_finite() {
                    self.theta = theta;
                    self.value = value;
                    self.gradient = next;
                    self.damping *= (1.0 - (2.0 * ratio.min(1.5) - 1.0).powi(3)).max(1.0 / 5.0);
                    self.damping = self.damping.max(SMALLEST_DAMPING);
                    self.growth = 2.0;
                    self.last_ratio = ratio;
                    return Step::Moved;
                }
            }
            if tries == 1 {
                break;
            }
            self.damping *= self.growth;
            self.growth *= 2.0;
        }
        Step::Stuck
    }

    /// Steps until the optimality conditions hold. `interrupted` is asked with the value before every step.
    pub fn run(
        &mut self,
        objective: &impl Curved,
        l1: &L1Weights,
        rule: StopRule,
        interrupted: &dyn Fn(f64) -> bool,
    ) -> Termination {
        let mut reason = Reason::IterationLimit;
        let mut iterations = 0;
        for iteration in 0..=rule.max_iterations {
            iterations = iteration;
            if l1.kkt(&self.theta, &self.gradient) <= rule.tolerance {
                reason = Reason::Converged;
                break;
            }
            if interrupted(self.value) {
                reason = Reason::Interrupted;
                break;
            }
            if iteration < rule.max_iterations && self.step(objective, l1) == Step::Stuck {
                reason = Reason::NoProgress;
                break;
            }
        }
        Termination { reason, iterations, objective: self.value, kkt: l1.kkt(&self.theta, &self.gradient) }
    }
}
