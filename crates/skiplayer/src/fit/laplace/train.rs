//! One network from one start, its lambda set by the evidence.

use serde::{Deserialize, Serialize};

use super::evidence::{
    is_nearly_exact, lambda_for, n_weights, negative_log_evidence, negative_log_posterior, precision, weight_sums,
};
use super::work;
use crate::fit::objective::NetworkObjective;
use crate::fit::sample::Sample;
use crate::loss::Loss;
use crate::net::kernel::Design;
use crate::net::kernel::Pass;
use crate::net::{Layout, Role, WeightsMut};
use crate::penalty::{InputRules, L1Weights};
use crate::solve::{ProxNewton, Reason, Step, StopRule, Termination};

/// Steps before lambda may move: from a random start the first residuals say nothing about the noise.
const SETTLING_STEPS: usize = 25;
/// Lambda while the network settles, in nats per unit of a standardised weight.
pub const FIRST_LAMBDA: f64 = 0.02;
/// Steps after which lambda and precision are updated even if the weights are not yet solved for.
const STEPS_PER_UPDATE: usize = 6;
/// Largest factor of an extrapolated update.
const LONGEST: f64 = 10.0;
/// Change of lambda and precision that counts as settled, relative to the tolerance of the weights: an update cannot be more
/// exact than what it is computed from.
const SETTLED: f64 = 0.1;

/// Nats by which the last steps improve a fit that leaves almost nothing: what it still gains are smaller weights.
const EXACT_WITHIN: f64 = 1.0;

/// How far a fit is taken.
#[derive(Debug, Clone, Copy)]
pub struct StopCriteria {
    pub rule: StopRule,
    /// Ends also where an update and the steps before it gained less than this, in nats, and the next would not gain more.
    pub nats_tolerance: f64,
    /// Ends also, without an evidence, where -log posterior would take more than [`PATIENCE`] times the last fall to come below this.
    pub give_up_above: f64,
    /// Ends also where so much [work](super::work) is done.
    pub work: f64,
    /// Whether the evidence is wanted, which takes as long as a Newton step.
    pub evidence: bool,
}

/// Falls like the last one that a fit is given to come below `give_up_above`.
const PATIENCE: f64 = 10.0;

impl From<StopRule> for StopCriteria {
    /// To the optimum.
    fn from(rule: StopRule) -> Self {
        Self { rule, nats_tolerance: 0.0, give_up_above: f64::INFINITY, work: f64::INFINITY, evidence: true }
    }
}

/// What a fit under the evidence ends with. The layout is the one that was offered; zeros are not yet removed.
#[derive(Debug, Clone)]
pub struct Member {
    pub theta: Vec<f64>,
    /// The L1 penalty of each weight, in nats.
    pub lambda: f64,
    /// Precision of each output (1 for losses other than squared error).
    pub precision: Vec<f64>,
    /// -log evidence; infinite where it was not wanted, or means nothing because the fit has neither converged nor come near enough.
    pub evidence: f64,
    /// Whether the fit may take part in a choice.
    is_usable: bool,
    pub termination: Termination,
    /// The [work](super::work) that it took.
    pub work: f64,
}

/// The record of a member in the result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberRecord {
    pub n_units: usize,
    pub n_weights: usize,
    /// The L1 penalty of each weight, in nats.
    #[serde(alias = "price")]
    pub lambda: f64,
    /// -log evidence in nats; `None` where the fit has not converged.
    pub evidence: Option<f64>,
    pub termination: Termination,
}

/// The rows and the likelihood that all fits of one problem share.
#[derive(Clone, Copy)]
pub struct Problem<'a> {
    pub design: &'a Design,
    pub loss: Loss,
    /// Rows.
    pub n: f64,
    pub rules: &'a InputRules,
    pub interrupted: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> Problem<'a> {
    /// Of `sample`, whose rows `design` has.
    pub fn new(sample: &'a Sample, design: &'a Design, interrupted: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { design, loss: sample.loss, n: sample.n(), rules: &sample.rules, interrupted }
    }

    pub fn objective(&self, layout: &'a Layout, precision: &'a [f64]) -> NetworkObjective<'a> {
        NetworkObjective::new(Pass { layout, design: self.design, loss: self.loss, precision }, self.rules)
    }
}

/// Proximal Newton steps and updates of lambda and precision in turn, from `theta`, moving the parameters in `mask`.
///
/// Stops when the optimality conditions hold for a lambda and precision that no longer change.
pub fn train(problem: &Problem, layout: &Layout, mask: &[bool], theta: Vec<f64>, rule: StopRule) -> Member {
    train_from(problem, layout, mask, theta, None, rule.into())
}

/// As [`train`], from a point that is already good: `hyper` holds its lambda and precision.
pub fn train_from(
    problem: &Problem,
    layout: &Layout,
    mask: &[bool],
    theta: Vec<f64>,
    hyper: Option<(f64, Vec<f64>)>,
    criteria: StopCriteria,
) -> Member {
    let StopCriteria { rule, nats_tolerance, give_up_above, work: most_work, evidence: is_wanted } = criteria;
    let mut mask = mask.to_vec();
    let settling = if hyper.is_some() { 0 } else { SETTLING_STEPS };
    let (mut alpha, mut beta) = hyper.unwrap_or_else(|| (FIRST_LAMBDA, vec![1.0; layout.n_outputs]));
    let (factor, sides) = (problem.rules.factors(layout), problem.rules.sides(layout, &theta));
    let penalty = |alpha: f64, mask: &[bool]| L1Weights::scaled(&factor, alpha, mask).with_sides(sides.clone());
    let mut newton: Option<ProxNewton> = None;
    let mut theta = Some(theta);
    let mut iterations = 0;
    let mut since_update = 0;
    let mut work = 0.0;
    let mut accelerator = Accelerator::new();
    let mut settled = false;
    let mut posterior = f64::INFINITY;
    let mut is_hopeless = false;
    let reason = loop {
        let has_moved = newton.as_mut().is_some_and(|newton| drop_disconnected(layout, &mut newton.theta, &mut mask));
        let objective = problem.objective(layout, &beta);
        let l1 = penalty(alpha, &mask);
        let state = match &mut newton {
            Some(state) => {
                if since_update == 0 || has_moved {
                    state.refresh(&objective, &l1);
                }
                state
            }
            None => newton.insert(ProxNewton::new(&objective, &l1, theta.take().unwrap_or_default())),
        };
        let kkt = l1.kkt(&state.theta, &state.gradient);
        if settled && kkt <= rule.tolerance {
            break Reason::Converged;
        } else if (problem.interrupted)() {
            break Reason::Interrupted;
        } else if iterations >= rule.max_iterations {
            break Reason::IterationLimit;
        } else if work >= most_work {
            break Reason::WorkLimit;
        }
        let n_live = state.theta.iter().filter(|weight| **weight != 0.0).count();
        work += work::of_step(problem.n, n_live);
        let stuck = kkt > rule.tolerance && state.step(&objective, &l1) == Step::Stuck;
        if stuck && settled {
            break Reason::NoProgress;
        }
        iterations += 1;
        since_update += 1;
        let solved = stuck || l1.kkt(&state.theta, &state.gradient) <= accelerator.tolerance(rule.tolerance);
        if iterations >= settling && (solved || since_update >= STEPS_PER_UPDATE) {
            let losses = objective.pass.losses(&state.theta);
            let before =
                std::mem::replace(&mut posterior, negative_log_posterior(&objective, &losses, &state.theta, problem.n));
            let fall = before - posterior;
            is_hopeless = posterior - give_up_above > PATIENCE * fall.max(0.0);
            if is_hopeless {
                break Reason::Enough;
            }
            let (n_priced, sum) = weight_sums(&factor, &state.theta);
            let next_beta = precision(problem.loss, &losses, problem.n, n_weights(layout, &state.theta));
            let next_alpha = lambda_for(n_priced, sum);
            let ratio =
                |alpha: f64, beta: &[f64]| alpha.ln() - beta.iter().map(|b| b.ln()).sum::<f64>() / beta.len() as f64;
            let change = ratio(next_alpha, &next_beta) - ratio(alpha, &beta);
            let is_exact = is_nearly_exact(problem.loss, &losses, problem.n);
            let nats_tolerance = if is_exact { nats_tolerance.max(EXACT_WITHIN) } else { nats_tolerance };
            // At its optimum a change of the ratio moves the posterior by its square.
            if fall < nats_tolerance && 0.5 * n_priced as f64 * change * change < nats_tolerance {
                let holds = is_exact && l1.kkt(&state.theta, &state.gradient) <= rule.tolerance;
                break if holds { Reason::Converged } else { Reason::Enough };
            }
            settled = change.abs() * accelerator.cap < SETTLED * rule.tolerance;
            let factor = if settled { accelerator.cap } else { accelerator.factor(change, n_priced) };
            alpha *= (next_alpha / alpha).powf(factor);
            for (b, next) in beta.iter_mut().zip(next_beta) {
                *b *= (next / *b).powf(factor);
            }
            since_update = 0;
        }
    };
    let state = newton.expect("the loop runs at least once");
    let objective = problem.objective(layout, &beta);
    let l1 = penalty(alpha, &mask);
    let losses = objective.pass.losses(&state.theta);
    let kkt = l1.kkt(&state.theta, &state.gradient);
    let usable = reason == Reason::Converged
        || (reason == Reason::Enough && !is_hopeless)
        || reason == Reason::WorkLimit
        || (reason == Reason::NoProgress && kkt < 10.0 * rule.tolerance);
    let evidence = (usable && is_wanted)
        .then(|| negative_log_evidence(&objective, &losses, &state.theta, problem.n))
        .flatten()
        .unwrap_or(f64::INFINITY);
    let termination = Termination { reason, iterations, objective: state.value, kkt };
    let is_usable = if is_wanted { evidence.is_finite() } else { usable };
    Member { theta: state.theta, lambda: alpha, precision: beta, evidence, is_usable, termination, work }
}

/// The updates of lambda and precision are a fixed-point iteration, which contracts slowly where there is little noise. What
/// it changes is one number, the ratio of the two; Aitken's extrapolation of that number makes it fast.
///
/// The count of live weights jumps, so there may be no fixed point but a ratio where one more weight lives on one side and
/// not on the other: updates then go to and fro across it, and are halved each time until they stand still. Where they leave that
/// stretch after all, they are doubled again.
#[derive(Debug)]
struct Accelerator {
    /// Largest factor of a plain update.
    cap: f64,
    /// Change of the logarithm of the ratio at the last update, the factor that it was multiplied by, and the weights then.
    last: Option<(f64, f64, usize)>,
    /// Logarithm of the ratio, from where it began.
    position: f64,
    /// Where updates last turned round, and the time before.
    turns: (f64, f64),
}

/// Changes of the logarithm of the ratio below which going to and fro is a matter of single weights, or else such changes over what the
/// count of weights alone changes the logarithm by.
const NEARLY: f64 = 0.1;
const BY_COUNT: f64 = 1.1;

impl Accelerator {
    fn new() -> Self {
        Self { cap: 1.0, last: None, position: 0.0, turns: (0.0, 0.0) }
    }

    /// The factor for a plain update that would change the logarithm of the ratio by `change`.
    fn factor(&mut self, change: f64, n_weights: usize) -> f64 {
        if let Some((before, _, weights)) = self.last {
            if before * change < 0.0 {
                self.turns = (self.turns.1, self.position);
                let by_count = ((n_weights as f64 + 1.0) / (weights as f64 + 1.0)).ln().abs();
                if weights != n_weights && change.abs() < NEARLY.max(BY_COUNT * by_count) {
                    self.cap *= 0.5;
                }
            } else if self.is_past_its_turns() {
                self.cap = (2.0 * self.cap).min(1.0);
            }
        }
        let factor = match self.last {
            Some((before, factor, weights)) if weights == n_weights => {
                let contraction = change / before;
                if contraction < 0.9 {
                    (factor / (1.0 - contraction)).clamp(0.3, LONGEST)
                } else {
                    (2.0 * factor).min(LONGEST)
                }
            }
            _ => 1.0,
        };
        let factor = factor.min(1.0 / change.abs().max(1e-12)).max(0.3) * self.cap;
        self.last = Some((change, factor, n_weights));
        self.position += factor * change;
        factor
    }

    /// Whether the ratio has left the stretch between its last turns by more than the length of it.
    fn is_past_its_turns(&self) -> bool {
        let (a, b) = self.turns;
        let length = (a - b).abs();
        self.position < a.min(b) - length || self.position > a.max(b) + length
    }

    /// How well the weights must be solved for before the next update is worth making.
    fn tolerance(&self, last: f64) -> f64 {
        self.last.map_or(0.1, |(change, ..)| (0.1 * change.abs()).max(last))
    }
}

/// A unit without weights on both sides can never come back by descent: its parameters leave the problem, at zero. Returns whether one
/// of them had to be moved there.
pub fn drop_disconnected(layout: &Layout, theta: &mut [f64], mask: &mut [bool]) -> bool {
    if !layout.blocks.is_empty() {
        return false;
    }
    let mut has_moved = false;
    for h in 0..layout.width {
        if layout.unit_weights(h).all(|i| theta[i] == 0.0) {
            let bias = layout.hidden_bias.start + h;
            layout.unit_weights(h).chain([bias]).for_each(|i| mask[i] = false);
            has_moved |= std::mem::take(&mut theta[bias]) != 0.0;
        }
    }
    has_moved
}

impl Member {
    /// The summary that results carry.
    pub fn record(&self, layout: &Layout) -> MemberRecord {
        MemberRecord {
            n_units: super::evidence::live_units(layout, &self.theta),
            n_weights: n_weights(layout, &self.theta),
            lambda: self.lambda,
            evidence: self.evidence.is_finite().then_some(self.evidence),
            termination: self.termination,
        }
    }

    /// Whether it may take part in a choice.
    pub fn converged(&self) -> bool {
        self.is_usable
    }
}

/// What a network may use of its architecture.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'a> {
    pub skip: bool,
    /// Inputs of the first hidden layer, where it is not offered all.
    pub unit_inputs: Option<&'a [usize]>,
}

impl Offer<'_> {
    /// The parameters that a fit may move.
    pub fn mask(&self, layout: &Layout) -> Vec<bool> {
        let mut mask: Vec<bool> = layout.roles().map(|role| self.skip || role != Role::Skip).collect();
        if let Some(inputs) = self.unit_inputs {
            let mut may_move = WeightsMut::new(layout, &mut mask);
            may_move.input.values_mut().fill(false);
            for h in 0..layout.width {
                inputs.iter().for_each(|&j| may_move.input[(h, j)] = true);
            }
        }
        mask
    }
}

/// The parameters that a fit may move: all, but for the skip where there is none.
pub fn offered(layout: &Layout, skip: bool) -> Vec<bool> {
    Offer { skip, unit_inputs: None }.mask(layout)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A weight that dies at a ratio of .01 and is back at 0, so that no ratio in between is a fixed point.
    #[test]
    fn a_loop_of_one_weight_comes_to_rest() {
        let (mut accelerator, mut ratio, mut lives) = (Accelerator::new(), 0.005, true);
        for _ in 0..60 {
            lives = if lives { ratio < 0.01 } else { ratio < 0.0 };
            let (change, n_weights) = if lives { (0.02, 21) } else { (-0.02, 20) };
            ratio += change * accelerator.factor(change, n_weights);
        }
        assert!(accelerator.cap < 0.05 && ratio.abs() < 0.02, "{accelerator:?} at {ratio}");
    }

    #[test]
    fn updates_that_were_halved_speed_up_on_a_long_way() {
        let mut accelerator = Accelerator::new();
        for update in 0..6 {
            accelerator.factor(if update % 2 == 0 { 0.02 } else { -0.02 }, 20 + update % 2);
        }
        assert!(accelerator.cap < 0.05, "{accelerator:?}");
        // One that comes and goes in every update keeps plain updates plain.
        let way: f64 = (0..40).map(|update| 0.02 * accelerator.factor(0.02, 20 + update % 2)).sum();
        assert!(way > 0.5, "{way} of .8 at most");
    }
}
