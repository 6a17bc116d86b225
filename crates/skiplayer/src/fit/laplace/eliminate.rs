//! The discrete step: is a weight worth more than the choice of having it?
//!
//! Descent under the Laplace prior leaves small weights alive that carry nothing (a weight at zero stays there only if its
//! score is below alpha sigma / sqrt(n)). So each network is asked weight by weight, least important first: refit without it,
//! and keep the removal if -log evidence + log C(offered, kept) falls. Removed weights may come back.

use faer::linalg::solvers::{DenseSolveCore, Solve};
use faer::{Mat, Side};

use super::evidence::{choice_cost, live_units, negative_log_posterior, support, weight_sums};
use super::train::{Member, Problem, StopCriteria, train_from};
use super::work;
use crate::net::Layout;
use crate::penalty::{InputRules, L1Weights};
use crate::solve::{Curved, Reason, Smooth};

/// Rise of -log posterior, in nats, above which a removal is not worth a refit: no weight saves as much by going. (Of 80 removals
/// that were worth it on nine tables one had a higher rise by the quadratic model, a batch of 19 weights; of 493 others 182 had, and
/// took half of the Newton steps of all.)
const HOPELESS: f64 = 10.0;
const HOPELESS_A_WEIGHT: f64 = 6.0;
/// Fall of the quadratic model, in nats, below which a return is not worth a refit.
const WORTHWHILE: f64 = 2.0;
/// Single weights that are tried before a round gives up.
const SINGLES: usize = 4;
/// Weights that are tried to come back after each elimination.
const RETURNS: usize = 4;
/// Weights whose curvature is computed at a time.
const AT_A_TIME: usize = 32;

/// -log evidence plus the cost of choosing these weights among those that `layout` offers; smaller is better. Weights without a penalty are
/// not chosen.
pub fn score(member: &Member, layout: &Layout, rules: &InputRules) -> f64 {
    let factor = rules.factors(layout);
    let offered = factor.iter().filter(|factor| **factor > 0.0).count();
    member.evidence + choice_cost(offered, weight_sums(&factor, &member.theta).0)
}

/// Removes what the evidence does not want, lets back what it does, until neither changes anything. Weights may live only
/// where `offered` says so, and the choice is paid for among all of the layout: weights that were screened out were looked at too.
pub fn eliminate(
    problem: &Problem,
    layout: &Layout,
    offered: &[bool],
    member: Member,
    criteria: StopCriteria,
) -> Member {
    let mut best = member;
    let mut refits = Refits { problem, layout, criteria, work: 0.0 };
    for _ in 0..10 {
        best = backward(&mut refits, best);
        let Some(better) = forward(&mut refits, offered, &best) else { break };
        best = better;
    }
    best.work = refits.work;
    best
}

/// Fits with some weights only, and the work that they have taken.
struct Refits<'a> {
    problem: &'a Problem<'a>,
    layout: &'a Layout,
    /// Its work is that of all together.
    criteria: StopCriteria,
    work: f64,
}

impl Refits<'_> {
    /// With only the weights in `keep` (and all biases of units); given up above a posterior.
    fn fit(&mut self, keep: &[bool], from: &Member, give_up_above: f64) -> Member {
        let theta = from.theta.iter().zip(keep).map(|(t, k)| if *k { *t } else { 0.0 }).collect();
        let criteria = StopCriteria { give_up_above, work: self.criteria.work - self.work, ..self.criteria };
        let hyper = Some((from.lambda, from.precision.clone()));
        let trial = train_from(self.problem, self.layout, keep, theta, hyper, criteria);
        self.work += trial.work;
        trial
    }

    /// Whether a refit has a score below this. One that was cut short has an evidence of no optimum, and what it started from has one.
    fn is_below(&self, standing: f64, trial: &Member) -> bool {
        trial.termination.reason != Reason::WorkLimit && score(trial, self.layout, self.problem.rules) < standing
    }

    fn are_over(&self) -> bool {
        self.work >= self.criteria.work || (self.problem.interrupted)()
    }
}

fn backward(refits: &mut Refits, member: Member) -> Member {
    let Refits { problem, layout, .. } = *refits;
    let mut best = member;
    let mut batch = weight_sums(&problem.rules.factors(layout), &best.theta).0 / 4;
    loop {
        let Some(importance) = Importance::new(problem, layout, &best) else { return best };
        let order = importance.order();
        refits.work += work::of_step(problem.n, importance.live.len());
        if refits.are_over() {
            return best;
        }
        batch = batch.clamp(1, order.len().max(1));
        let standing = score(&best, layout, problem.rules);
        let tries: Vec<Vec<usize>> = if batch > 1 {
            vec![order[..batch].to_vec()]
        } else {
            order.iter().take(SINGLES).map(|&i| vec![i]).chain(units(layout, &best.theta)).collect()
        };
        let better = tries.into_iter().find_map(|removed| {
            let allowed = HOPELESS + HOPELESS_A_WEIGHT * removed.len() as f64;
            if importance.rise(&removed) > allowed {
                return None;
            }
            let mut keep = support(layout, &best.theta);
            removed.iter().for_each(|&i| keep[i] = false);
            let trial = refits.fit(&keep, &best, importance.posterior + allowed);
            refits.is_below(standing, &trial).then_some(trial)
        });
        match better {
            Some(trial) => best = trial,
            None if batch > 1 => batch /= 2,
            None => return best,
        }
    }
}

/// The weights of each hidden unit of a network with one hidden layer: a unit may be worth less than its parts.
fn units(layout: &Layout, theta: &[f64]) -> Vec<Vec<usize>> {
    if !layout.blocks.is_empty() || live_units(layout, theta) < 1 {
        return Vec::new();
    }
    (0..layout.width)
        .map(|h| layout.unit_weights(h).filter(|&i| theta[i] != 0.0).collect())
        .filter(|weights: &Vec<usize>| !weights.is_empty())
        .collect()
}

/// What the quadratic model says of removals, as in optimal brain surgeon (Hassibi & Stork 1993).
struct Importance<'a> {
    theta: &'a [f64],
    /// Parameters that shape the function, and the inverse curvature over them.
    live: Vec<usize>,
    inverse: Mat<f64>,
    /// Priced parameters among them.
    priced: Vec<usize>,
    /// -log posterior of the network.
    posterior: f64,
}

impl<'a> Importance<'a> {
    /// `None` where the curvature is not positive. O(n W^2 + W^3).
    fn new(problem: &Problem, layout: &Layout, member: &'a Member) -> Option<Self> {
        let support = support(layout, &member.theta);
        let live: Vec<usize> = (0..support.len()).filter(|&i| support[i]).collect();
        let objective = problem.objective(layout, &member.precision);
        let mut curvature = objective.curvature(&member.theta, &live);
        let factor = problem.rules.factors(layout);
        for (slot, &i) in live.iter().enumerate() {
            curvature[(slot, slot)] += 0.5 * (member.lambda * factor[i]) * (member.lambda * factor[i]);
        }
        let inverse = curvature.llt(Side::Lower).ok()?.inverse();
        let losses = objective.pass.losses(&member.theta);
        Some(Self {
            theta: &member.theta,
            priced: live.iter().copied().filter(|&i| factor[i] > 0.0).collect(),
            live,
            inverse,
            posterior: negative_log_posterior(&objective, &losses, &member.theta, problem.n),
        })
    }

    /// Rise of the model when the parameters in `removed` become zero and the others adapt: half w' ((H^-1)_rr)^-1 w.
    fn rise(&self, removed: &[usize]) -> f64 {
        let at: Vec<usize> = removed.iter().map(|i| self.live.binary_search(i).expect("alive")).collect();
        let block = Mat::from_fn(at.len(), at.len(), |a, b| self.inverse[(at[a], at[b])]);
        let w = Mat::from_fn(at.len(), 1, |a, _| self.theta[removed[a]]);
        block.llt(Side::Lower).map_or(0.0, |factor| 0.5 * (w.transpose() * factor.solve(&w))[(0, 0)])
    }

    /// Weights whose removal may be worth it, the least important first.
    fn order(&self) -> Vec<usize> {
        let mut rises: Vec<(f64, usize)> = self.priced.iter().map(|&i| (self.rise(&[i]), i)).collect();
        rises.retain(|(rise, _)| *rise < HOPELESS + HOPELESS_A_WEIGHT);
        rises.sort_by(|a, b| a.0.total_cmp(&b.0));
        rises.into_iter().map(|(_, i)| i).collect()
    }
}

/// The first weight at zero whose return lowers the score, among those with the greatest promise.
fn forward(refits: &mut Refits, offered: &[bool], member: &Member) -> Option<Member> {
    let Refits { problem, layout, .. } = *refits;
    if refits.are_over() {
        return None;
    }
    let objective = problem.objective(layout, &member.precision);
    let mut gradient = vec![0.0; member.theta.len()];
    objective.value_gradient(&member.theta, &mut gradient);
    let mut offered = offered.to_vec();
    problem.rules.restrict(layout, &member.theta, &mut offered);
    let sides = problem.rules.sides(layout, &member.theta);
    let l1 = L1Weights::scaled(&problem.rules.factors(layout), member.lambda, &offered).with_sides(sides);
    let returns = |&i: &usize| l1.lambda[i] > 0.0 && member.theta[i] == 0.0 && l1.pull(i, gradient[i]) > 0.0;
    let candidates: Vec<usize> = l1.live.iter().copied().filter(returns).collect();
    // Only the diagonal is asked for: of few at a time.
    let curvature = candidates.chunks(AT_A_TIME).flat_map(|some| {
        let block = objective.curvature(&member.theta, some);
        (0..some.len()).map(move |slot| block[(slot, slot)])
    });
    let fall = |(&i, curvature): (&usize, f64)| {
        let slope = l1.pull(i, gradient[i]);
        (slope * slope / (2.0 * curvature).max(f64::MIN_POSITIVE), i)
    };
    let mut falls: Vec<(f64, usize)> = candidates.iter().zip(curvature).map(fall).collect();
    falls.retain(|(fall, _)| *fall > WORTHWHILE);
    falls.sort_by(|a, b| b.0.total_cmp(&a.0));
    let standing = score(member, layout, problem.rules);
    falls.into_iter().take(RETURNS).find_map(|(_, i)| {
        let mut keep = support(layout, &member.theta);
        keep[i] = true;
        let trial = refits.fit(&keep, member, f64::INFINITY);
        refits.is_below(standing - 1e-6, &trial).then_some(trial)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::laplace::train::train;
    use crate::fit::sample::Sample;
    use crate::loss::Loss;
    use crate::matrix::Matrix;
    use crate::net::Architecture;
    use crate::random::Random;
    use crate::solve::StopRule;

    /// Without work to spend nothing is removed, with it inputs that are only noise.
    #[test]
    fn removals_end_with_the_work_that_they_may_take() {
        let mut random = Random::simulated(5);
        let x = Matrix::from_fn(100, 3, |_, _| random.normal());
        let y = Matrix::from_fn(100, 1, |i, _| x.get(i, 0) + 0.5 * random.normal());
        let (loss, rules) = (Loss::Squared, InputRules::default());
        let sample = Sample { x, y, weight: vec![1.0; 100], offset: Vec::new(), durations: None, loss, rules };
        let design = sample.design();
        let problem = Problem::new(&sample, &design, &|| false);
        let layout = Layout::new(&Architecture::linear(3, 1));
        let mask = vec![true; layout.n_parameters()];
        let rule = StopRule { tolerance: 1e-2, max_iterations: 100 };
        let full = train(&problem, &layout, &mask, vec![0.0; layout.n_parameters()], rule);
        let with_work =
            |work: f64| eliminate(&problem, &layout, &mask, full.clone(), StopCriteria { work, ..rule.into() });
        assert_eq!(with_work(0.0).theta, full.theta);
        let live = |member: &Member| member.theta.iter().filter(|weight| **weight != 0.0).count();
        let whole = with_work(f64::INFINITY);
        assert!(live(&whole) < live(&full), "{:?}", whole.theta);
        let some = with_work(0.5 * whole.work);
        assert!(some.work < whole.work && live(&some) >= live(&whole));
    }

    /// The rise is what the quadratic model costs at the point where the removed are zero and the others are free.
    #[test]
    fn the_rise_is_that_of_the_quadratic_model() {
        let n = 7;
        let mut random = Random::simulated(3);
        let root = Mat::from_fn(n, n + 2, |_, _| random.normal());
        let h = &root * root.transpose();
        let theta: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let importance = Importance {
            theta: &theta,
            live: (0..n).collect(),
            inverse: h.llt(Side::Lower).unwrap().inverse(),
            priced: (0..n).collect(),
            posterior: 0.0,
        };
        for removed in [vec![2], vec![0, 5], vec![1, 3, 4, 6], (0..n).collect()] {
            let kept: Vec<usize> = (0..n).filter(|i| !removed.contains(i)).collect();
            let mut d = vec![0.0; n];
            removed.iter().for_each(|&i| d[i] = -theta[i]);
            if !kept.is_empty() {
                let among = Mat::from_fn(kept.len(), kept.len(), |a, b| h[(kept[a], kept[b])]);
                let right =
                    Mat::from_fn(kept.len(), 1, |a, _| -removed.iter().map(|&j| h[(kept[a], j)] * d[j]).sum::<f64>());
                let free = among.llt(Side::Lower).unwrap().solve(&right);
                kept.iter().enumerate().for_each(|(a, &i)| d[i] = free[(a, 0)]);
            }
            let d = Mat::from_fn(n, 1, |i, _| d[i]);
            let expected = 0.5 * (d.transpose() * &h * &d)[(0, 0)];
            let rise = importance.rise(&removed);
            assert!((rise - expected).abs() < 1e-9 * (1.0 + expected), "{removed:?}: {rise}, expected {expected}");
        }
    }
}
