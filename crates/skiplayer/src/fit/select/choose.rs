//! Linear, sparse or dense? Inner cross-validation decides.
//!
//! Every contender is fitted anew in each fold, encoding included. A network replaces the linear model only if its paired
//! gain is more than a standard error, and so does the sparse network the mean of dense ones; a contender that did not converge
//! in some fold never wins.

use super::folds::{Resample, Scheme};
use super::race;
use super::race::{Kind, Parts, Race};
use super::trials::Task;
use crate::Result;
use crate::fit::config::Config;
use crate::fit::contenders::dense;
use crate::fit::contenders::dense::Ensemble;
use crate::fit::contenders::distil;
use crate::fit::contenders::screen;
use crate::fit::contenders::sparse;
use crate::fit::contenders::sparse::{Fit, Growth};
use crate::fit::dispersion::{dispersion, quasi_design};
use crate::fit::laplace::train::{Problem, StopCriteria};
use crate::fit::observer::{Event, Observer};
use crate::fit::sample::Sample;
use crate::fit::settle::settle;
use crate::fit::summary::{Contender, Form};
use crate::net::{Architecture, Network, prune};
use crate::random::{Purpose, Random};
use crate::solve::StopRule;

/// Relative rise of the loss that the reduction of an ensemble may cost. The inner folds see fewer members than will be
/// deployed, and what looks like half a percent there can be two on new rows (yacht, concrete): little is allowed.
const REDUCTION: f64 = 0.002;
/// Standard errors by which a network must beat the linear model.
pub const REQUIRED_GAIN: f64 = 1.0;
/// Share of the loss of the line that a network has to save besides: less is the noise of optimisation.
const NEGLIGIBLE: f64 = 0.002;
/// Rows up to which dense networks without a skip take part, and the inner folds are repeated with other divisions: at few rows the
/// skip explains most of the variance before a unit has found its place, and one division decides by the luck of single rows.
const FEW_ROWS: usize = 200;
/// And inputs: with many of them the repeats cost more than they tell.
const FEW_INPUTS: usize = 30;
const FEW_REPEATS: usize = 3;
/// Rows above which fewer folds, widths and members decide: differences are then clear. In wide tables, whose units are not offered
/// all inputs, fewer decide because each is dear.
const MANY_ROWS: usize = 5_000;
/// Folds in which all contenders take part: what is seen in one alone may be its rows.
const FIRST_FOLDS: usize = 2;
/// Units of the sparse network, and in wide tables.
const MAX_UNITS: usize = 10;
const MAX_UNITS_WHERE_WIDE: usize = 4;

/// What a fit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// A model that will be used.
    Deploy,
    /// A score on rows left out.
    Evaluate,
}

/// What is fitted: sizes, numbers of starts, tolerances.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Widths of the dense contenders, increasing.
    pub widths: Vec<usize>,
    /// Most units of the sparse network.
    pub max_units: usize,
    pub members: usize,
    /// Members and folds of the inner cross-validation: enough to rank, and cautious, because the deployed ensemble has more.
    pub fold_members: usize,
    pub folds: usize,
    /// Divisions into inner folds.
    pub repeats: usize,
    /// Whether dense networks without a skip take part beside those with one.
    pub without_skip: bool,
    pub rule: StopRule,
    /// How far the members of the ensemble are taken.
    pub criteria: StopCriteria,
    /// How far those of the inner folds are taken.
    pub fold_criteria: StopCriteria,
}

/// Weights per row that a dense start may have: more cannot be told from noise.
const ROWS_PER_WEIGHT: usize = 2;
const MAX_WIDTH: usize = 20;

impl Plan {
    /// Sizes for `n` rows, `p` inputs and `k` outputs.
    pub fn new(n: usize, p: usize, k: usize, config: &Config, goal: Goal) -> Self {
        let is_wide = p > screen::MAX_UNIT_INPUTS;
        let is_dear = n > MANY_ROWS || is_wide;
        let affordable = n / (ROWS_PER_WEIGHT * (p + k + 1));
        let widths = match config.n_units {
            Some(0) => Vec::new(),
            Some(h) => vec![h],
            None => {
                let large = affordable.clamp(2, MAX_WIDTH);
                let small = if is_dear { large } else { (large as f64 * 0.4).round().max(2.0) as usize };
                let mut widths = vec![small, large];
                widths.dedup();
                widths
            }
        };
        let most = if is_wide { MAX_UNITS_WHERE_WIDE } else { MAX_UNITS };
        let max_units = config.n_units.unwrap_or(most).min(MAX_UNITS);
        let (fold_members, folds) = if is_dear { (2, config.inner_folds.min(3)) } else { (3, config.inner_folds) };
        let fold_members = fold_members.min(config.n_starts);
        let is_small = n <= FEW_ROWS && p <= FEW_INPUTS;
        let rule = StopRule { tolerance: 1e-2, max_iterations: 1500 };
        let judged = StopCriteria { nats_tolerance: dense::JUDGED_WITHIN, ..rule.into() };
        Self {
            widths,
            max_units,
            members: config.n_starts,
            fold_members,
            folds: folds.min(n),
            repeats: if is_small { FEW_REPEATS } else { 1 },
            without_skip: config.skip && is_small,
            rule,
            criteria: if goal == Goal::Deploy { rule.into() } else { judged },
            fold_criteria: judged,
        }
    }

    /// Folds after which contenders that can hardly win are given up: one whole division, or the first of the only one.
    pub fn first_folds(&self) -> usize {
        if self.repeats > 1 { self.folds } else { FIRST_FOLDS.min(self.folds) }
    }

    /// Whether a sparse network is grown from the linear model.
    pub fn grows(&self, config: &Config) -> bool {
        config.skip && config.depth == 1 && self.max_units > 0
    }

    /// What may enter the sparse network.
    pub fn growth<'a>(&self, config: &Config, inputs: Option<&'a [usize]>) -> Growth<'a> {
        Growth { activation: config.activation, max_units: self.max_units, inputs }
    }

    /// The hidden layers of a dense network of this width.
    pub fn architecture(&self, sample: &Sample, width: usize, config: &Config) -> Architecture {
        Architecture {
            n_inputs: sample.n_inputs(),
            n_outputs: sample.n_outputs(),
            hidden: vec![width; config.depth],
            activation: config.activation,
        }
    }
}

/// The linear model of a sample: all inputs, or those that a lasso path selects where there are too many to judge.
pub fn fit_linear(problem: &Problem, sample: &Sample, rule: StopRule) -> Result<Fit> {
    let support = screen::inputs(sample)?;
    Ok(sparse::linear(problem, sample, &support, rule))
}

/// The constant that predicts a sample best.
pub fn constant(sample: &Sample) -> Network {
    let mut network = Network::zeros(Architecture::linear(sample.n_inputs(), sample.n_outputs()));
    let best = sample.loss.constant_fit(sample.y.values(), sample.terms());
    network.weights_mut().output_bias.copy_from_slice(&best);
    network
}

/// The linear model of a sample by the evidence, without the inputs that it does not need; counts by their quasi-likelihood.
pub fn line_by_evidence(sample: &Sample) -> Result<Network> {
    let design = quasi_design(sample, dispersion(sample));
    let never = || false;
    let problem = Problem::new(sample, &design, &never);
    let fit = fit_linear(&problem, sample, StopRule { tolerance: 1e-2, max_iterations: 1500 })?;
    let mut network = prune(&fit.network());
    settle(&mut network, sample);
    Ok(network)
}

/// An ensemble of dense starts that takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DenseKind {
    pub width: usize,
    pub skip: bool,
}

/// What cross-validation decided.
#[derive(Debug, Clone)]
pub struct Choice {
    pub form: Form,
    /// The dense ensemble that is deployed, if that is the form.
    pub dense: DenseKind,
    /// How far the dense network may be reduced: an index into [`distil::SHARES`].
    pub reduction: Option<usize>,
    pub contenders: Vec<Contender>,
}

/// Standard errors of a gain up to which the starts of the deployed ensemble may overrule the folds.
const DOUBTFUL: f64 = 2.0;

impl Choice {
    /// Whether the network that was chosen beats the line by less than [`DOUBTFUL`] standard errors.
    pub fn is_doubtful(&self) -> bool {
        let chosen = self.contenders.iter().find(|c| c.chosen);
        chosen.is_some_and(|c| c.gain_over_linear < DOUBTFUL * c.gain_standard_error)
    }

    /// Another form is deployed than was chosen.
    pub fn deploy_instead(&mut self, form: Form) {
        self.form = form;
        self.contenders.iter_mut().for_each(|c| c.chosen = c.form == form);
    }
}

/// Runs the contenders over the folds of `plan`.
pub fn choose(
    sample: &Sample,
    scheme: &Scheme,
    folds: &dyn Resample,
    plan: &Plan,
    config: &Config,
    observer: &dyn Observer,
) -> Result<Choice> {
    let mut parts: Vec<Parts> = Vec::new();
    for repeat in 0..plan.repeats {
        let (fold_of, k) = scheme.assign(plan.folds, &mut Random::of(config.seed, Purpose::InnerFolds, repeat as u64));
        parts.extend((0..k).map(|f| (0..sample.n_rows()).partition::<Vec<usize>, _>(|&i| fold_of[i] == f)));
    }
    let k = parts.len();
    let n_dense = plan.widths.len() + usize::from(plan.without_skip);
    let steps = k * (n_dense * plan.fold_members + usize::from(plan.grows(config)) + 1);
    observer.event(Event::Stage { name: format!("cross-validation in {k} inner folds"), steps });
    let task = Task { plan, config, observer };
    let race = race::run(&parts, plan.first_folds(), folds, &sample.weight, task)?;
    Ok(decide(&race, config))
}

fn decide(race: &Race, config: &Config) -> Choice {
    let form_of = |kind: Kind| match kind {
        Kind::Constant => Form::Constant,
        Kind::Linear => Form::Linear,
        Kind::Sparse => Form::Sparse,
        Kind::Dense(kind) if kind.skip || !config.skip => Form::Dense,
        Kind::Dense(_) => Form::DenseWithoutSkip,
    };
    // Of the widths the best; networks that were given up come last.
    let mut entered: Vec<usize> = Vec::new();
    entered.extend((0..race.entries.len()).filter(|&e| race.entries[e].kind.dense().is_none()));
    entered.extend([true, false].into_iter().filter_map(|skip| race.leading_dense(skip)));

    let entry = |e: usize| &race.entries[e];
    let mean = |e: usize| race.mean(&entry(e).trials);
    let at = |form: Form| entered.iter().copied().find(|&e| form_of(entry(e).kind) == form);
    let gain_over = |from: usize, e: usize| race.gain(&entry(from).trials, &entry(e).trials);
    // What networks have to beat: the line, or a constant where the line predicts no better.
    let line = at(Form::Linear);
    let constant = entered[0];
    let standing = line.filter(|&line| mean(line) < mean(constant)).unwrap_or(constant);
    let is_clear = |(gain, error): (f64, f64), of: usize| gain > REQUIRED_GAIN * error && gain > NEGLIGIBLE * mean(of);
    let wins = |e: usize| {
        let takes_part = entry(e).kind.is_network() && race.has_finished(e) && entry(e).has_converged();
        takes_part && is_clear(gain_over(standing, e), standing)
    };
    let is_dense = |e: usize| entry(e).kind.dense().is_some();
    let dense_winner =
        entered.iter().copied().filter(|&e| is_dense(e) && wins(e)).min_by(|&a, &b| mean(a).total_cmp(&mean(b)));
    // One grown network varies more than the mean of several starts: where the folds cannot tell them apart, the mean is safer.
    let sparse_winner = at(Form::Sparse).filter(|&sparse| wins(sparse)).filter(|&sparse| {
        dense_winner.is_none_or(|dense| {
            let (gain, error) = gain_over(dense, sparse);
            gain > REQUIRED_GAIN * error
        })
    });
    let without_line = if line.is_none() { entered.iter().copied().find(|&e| is_dense(e)) } else { None };
    let chosen = sparse_winner.or(dense_winner).or(without_line).unwrap_or(standing);

    let contenders = entered
        .iter()
        .map(|&e| {
            let (gain, error) = line.map_or((0.0, 0.0), |line| gain_over(line, e));
            let given_up_after = (!race.has_finished(e)).then(|| entry(e).trials.len());
            let base = line.unwrap_or(constant);
            Contender {
                form: form_of(entry(e).kind),
                // What was given up is compared in its own folds, which may be easier or harder than all.
                cv_loss: if given_up_after.is_some() { mean(base) - gain_over(base, e).0 } else { mean(e) },
                gain_over_linear: gain,
                gain_standard_error: error,
                converged: entry(e).has_converged(),
                given_up_after,
                chosen: e == chosen,
            }
        })
        .collect();
    let reduction = (is_dense(chosen) && config.depth == 1).then(|| {
        let limit = (1.0 + REDUCTION) * mean(chosen);
        race.reduced(chosen).iter().take_while(|trials| race.mean(trials) <= limit).count().checked_sub(1)
    });
    let dense = if is_dense(chosen) { Some(chosen) } else { race.leading_dense(config.skip) };
    let none = DenseKind { width: 0, skip: config.skip };
    Choice {
        form: form_of(entry(chosen).kind),
        dense: dense.and_then(|e| entry(e).kind.dense()).unwrap_or(none),
        reduction: reduction.flatten(),
        contenders,
    }
}

/// The deployed ensemble, reduced as far as the inner folds allowed.
pub fn deploy_dense(ensemble: &Ensemble, sample: &Sample, choice: &Choice) -> Network {
    let mean = ensemble.mean();
    match choice.reduction {
        Some(share) => distil::reductions(&mean, &sample.x, &sample.weight, &sample.rules).swap_remove(share),
        None => mean,
    }
}
