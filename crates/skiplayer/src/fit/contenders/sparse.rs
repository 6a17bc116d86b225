//! The sparse network: the linear model, and units that enter one by one where the evidence wants them.

use rayon::prelude::*;

use super::unit_search::{Bank, Candidate, branch};
use crate::fit::laplace::eliminate::{eliminate, score};
use crate::fit::laplace::evidence::{live_units, support};
use crate::fit::laplace::train::{Member, Offer, Problem, StopCriteria, train, train_from};
use crate::fit::laplace::work;
use crate::fit::sample::Sample;
use crate::net::{Activation, Architecture, Layout, Network, WeightsMut};
use crate::penalty::InputRules;
use crate::random::Random;
use crate::solve::StopRule;

const ROUGHLY: StopRule = StopRule { tolerance: 5e-2, max_iterations: 120 };
/// How far candidates are taken before one is chosen, and removals before one is kept.
const CHOSEN: StopCriteria = StopCriteria {
    rule: ROUGHLY,
    nats_tolerance: 0.5,
    give_up_above: f64::INFINITY,
    work: f64::INFINITY,
    evidence: true,
};
const COMPARED: StopCriteria = StopCriteria { nats_tolerance: 0.05, ..CHOSEN };
/// Candidates that are fitted in each round.
const TRIES: usize = 4;

/// A network and the fit that it came from.
#[derive(Debug, Clone)]
pub struct Fit {
    pub architecture: Architecture,
    pub member: Member,
}

impl Fit {
    pub fn layout(&self) -> Layout {
        Layout::new(&self.architecture)
    }

    pub fn network(&self) -> Network {
        Network::new(self.architecture.clone(), self.member.theta.clone())
    }

    /// -log evidence plus the cost of the choice of weights.
    pub fn score(&self, rules: &InputRules) -> f64 {
        score(&self.member, &self.layout(), rules)
    }
}

/// The linear model under the evidence: inputs stay only if they are worth it. `support` are the inputs that are offered. An
/// interruption leaves inputs in that might have gone.
pub fn linear(problem: &Problem, sample: &Sample, support: &[usize], rule: StopRule) -> Fit {
    let architecture = Architecture::linear(sample.n_inputs(), sample.n_outputs());
    let layout = Layout::new(&architecture);
    let mut mask = vec![false; layout.n_parameters()];
    let mut may_move = WeightsMut::new(&layout, &mut mask);
    may_move.output_bias.fill(true);
    for o in 0..layout.n_outputs {
        support.iter().for_each(|&j| may_move.skip[(o, j)] = true);
    }
    let mut theta = vec![0.0; layout.n_parameters()];
    theta[layout.output_bias.clone()].copy_from_slice(&sample.loss.constant_fit(sample.y.values(), sample.terms()));
    let member = train(&Problem { interrupted: &|| false, ..*problem }, &layout, &mask, theta, rule);
    let criteria = StopCriteria { work: work::OF_LINE, ..rule.into() };
    let member = eliminate(problem, &layout, &mask, member, criteria);
    Fit { architecture, member }
}

/// The units that may enter.
#[derive(Debug, Clone, Copy)]
pub struct Growth<'a> {
    pub activation: Activation,
    pub max_units: usize,
    /// Inputs that units are offered, where those are not all.
    pub inputs: Option<&'a [usize]>,
    /// [Work](crate::fit::laplace::work) after which the network is what it is by then.
    pub work: f64,
}

/// Adds units to `linear` while the score falls.
pub fn grow(
    problem: &Problem,
    sample: &Sample,
    linear: &Fit,
    Growth { activation, max_units, inputs, work }: Growth,
    rule: StopRule,
    random: &mut Random,
) -> Fit {
    let mut best = linear.clone();
    best.architecture.activation = activation;
    let offer = Offer { skip: true, unit_inputs: inputs };
    let mut left = work;
    while live_units(&best.layout(), &best.member.theta) < max_units && left > 0.0 && !(problem.interrupted)() {
        let (scores, curvature) = sample.scores(&best.network().forward(&sample.x));
        let candidates =
            Bank::new(&sample.x, &curvature, inputs, activation, problem.rules, random).best(&scores, TRIES);
        let mut insertions: Vec<Vec<&Candidate>> = candidates.iter().map(|c| vec![c]).collect();
        if candidates.len() > 1 {
            // A product of two inputs needs two units before it pays.
            insertions.push(vec![&candidates[0], &candidates[1]]);
        }
        let score = |fit: &Fit| fit.score(problem.rules);
        let standing = score(&best);
        let chosen = StopCriteria { work: left / insertions.len().max(1) as f64, ..CHOSEN };
        let trials: Vec<(Fit, Vec<bool>)> =
            insertions.par_iter().map(|units| insert(problem, &best, inputs, units, chosen)).collect();
        left -= trials.iter().map(|(fit, _)| fit.member.work).sum::<f64>();
        let Some((mut trial, mask)) = trials.into_iter().min_by(|(a, _), (b, _)| score(a).total_cmp(&score(b))) else {
            break;
        };
        let layout = trial.layout();
        go_on(problem, &mut trial, &mask, StopCriteria { work: left, ..ROUGHLY.into() });
        left -= trial.member.work;
        let compared = StopCriteria { work: left, ..COMPARED };
        trial.member = eliminate(problem, &layout, &offer.mask(&layout), trial.member, compared);
        left -= trial.member.work;
        if score(&trial) >= standing {
            break;
        }
        best = trial;
    }
    if live_units(&best.layout(), &best.member.theta) == 0 {
        return linear.clone();
    }
    polish(problem, best, StopCriteria { work, ..rule.into() })
}

/// The same support, to the final tolerance.
fn polish(problem: &Problem, mut fit: Fit, criteria: StopCriteria) -> Fit {
    let mask = support(&fit.layout(), &fit.member.theta);
    go_on(problem, &mut fit, &mask, criteria);
    fit
}

/// Takes `fit` on from where it is.
fn go_on(problem: &Problem, fit: &mut Fit, mask: &[bool], criteria: StopCriteria) {
    let hyper = Some((fit.member.lambda, fit.member.precision.clone()));
    fit.member = train_from(problem, &fit.layout(), mask, std::mem::take(&mut fit.member.theta), hyper, criteria);
}

/// Refits `fit` with more units, roughly; also returns the parameters that may move.
fn insert(
    problem: &Problem,
    fit: &Fit,
    inputs: Option<&[usize]>,
    units: &[&Candidate],
    criteria: StopCriteria,
) -> (Fit, Vec<bool>) {
    let was = &fit.architecture;
    let wider = fit.network().append_units(&branch(units, was.n_inputs, was.n_outputs, was.activation));
    let layout = wider.layout();
    let mut mask = support(&layout, &wider.parameters);
    let offered = Offer { skip: true, unit_inputs: inputs }.mask(&layout);
    for h in was.width()..layout.width {
        layout.unit_weights(h).for_each(|i| mask[i] = offered[i]);
    }
    problem.rules.restrict(&layout, &wider.parameters, &mut mask);
    let hyper = Some((fit.member.lambda, fit.member.precision.clone()));
    let member = train_from(problem, &layout, &mask, wider.parameters, hyper, criteria);
    (Fit { architecture: wider.architecture, member }, mask)
}
