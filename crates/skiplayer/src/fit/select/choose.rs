//! Linear, sparse or dense? Inner cross-validation decides.
//!
//! Every contender is fitted anew in each fold, encoding included. A network replaces the linear model only if its paired
//! gain is more than a standard error, and so does the sparse network the mean of dense ones; a contender that did not converge
//! in some fold never wins.

use rayon::prelude::*;

use super::folds::{Fold, Resample, Scheme};
use crate::Result;
use crate::fit::config::Config;
use crate::fit::contenders::dense;
use crate::fit::contenders::dense::Ensemble;
use crate::fit::contenders::distil;
use crate::fit::contenders::sparse;
use crate::fit::contenders::sparse::Fit;
use crate::fit::laplace::train::{Effort, Problem};
use crate::fit::observer::{Event, Observer};
use crate::fit::sample::Sample;
use crate::fit::summary::{Contender, Form};
use crate::net::{Architecture, Network};
use crate::random::{Purpose, Random};
use crate::solve::StopRule;

/// Relative rise of the loss that the reduction of an ensemble may cost. The inner folds see fewer members than will be
/// deployed, and what looks like half a percent there can be two on new rows (yacht, concrete): little is allowed.
const REDUCTION: f64 = 0.002;
/// Standard errors by which a network must beat the linear model.
pub const REQUIRED_GAIN: f64 = 1.0;
/// Rows above which fewer folds, widths and members decide: differences are then clear.
const MANY_ROWS: usize = 5_000;

/// What a fit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// A model that will be used.
    Deploy,
    /// A score on rows left out.
    Judge,
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
    pub rule: StopRule,
    /// How far the members of the ensemble are taken.
    pub effort: Effort,
    /// How far those of the inner folds are taken.
    pub fold_effort: Effort,
}

/// Weights per row that a dense start may have: more cannot be told from noise.
const ROWS_PER_WEIGHT: usize = 2;
const MAX_WIDTH: usize = 20;

impl Plan {
    /// Sizes for `n` rows, `p` inputs and `k` outputs.
    pub fn new(n: usize, p: usize, k: usize, config: &Config, goal: Goal) -> Self {
        let affordable = n / (ROWS_PER_WEIGHT * (p + k + 1));
        let widths = match config.n_units {
            Some(0) => Vec::new(),
            Some(h) => vec![h],
            None => {
                let large = affordable.clamp(2, MAX_WIDTH);
                let small = if n > MANY_ROWS { large } else { (large as f64 * 0.4).round().max(2.0) as usize };
                let mut widths = vec![small, large];
                widths.dedup();
                widths
            }
        };
        let max_units = config.n_units.unwrap_or(10).min(10);
        let (fold_members, folds) =
            if n > MANY_ROWS { (2, config.inner_folds.min(3)) } else { (3, config.inner_folds) };
        let fold_members = fold_members.min(config.n_starts);
        let rule = StopRule { tolerance: 1e-2, max_iterations: 1500 };
        let judged = Effort { enough: dense::JUDGED_WITHIN, ..rule.into() };
        Self {
            widths,
            max_units,
            members: config.n_starts,
            fold_members,
            folds: folds.min(n),
            rule,
            effort: if goal == Goal::Deploy { rule.into() } else { judged },
            fold_effort: judged,
        }
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
    let support = crate::fit::contenders::screen::inputs(sample)?;
    Ok(sparse::linear(problem, sample, &support, rule))
}

/// Held-out losses of one contender, a row each, in the units of the whole sample.
struct Trial {
    losses: Vec<f64>,
    converged: bool,
}

/// Losses of all contenders in one fold.
struct FoldTrials {
    weight: Vec<f64>,
    linear: Option<Trial>,
    sparse: Option<Trial>,
    /// One a width.
    dense: Vec<Trial>,
    /// For each width, for each entry of [`distil::SHARES`], the losses of the reduced ensemble.
    reduced: Vec<Vec<Vec<f64>>>,
}

/// What cross-validation decided.
#[derive(Debug, Clone)]
pub struct Choice {
    pub form: Form,
    /// Width of the dense network, if that is the form.
    pub width: usize,
    /// How far the dense network may be reduced: an index into [`distil::SHARES`].
    pub reduction: Option<usize>,
    pub contenders: Vec<Contender>,
}

/// Runs the contenders over `config.inner_folds` folds.
pub fn choose(
    sample: &Sample,
    scheme: &Scheme,
    folds: &dyn Resample,
    plan: &Plan,
    config: &Config,
    observer: &dyn Observer,
) -> Result<Choice> {
    let k = plan.folds;
    let (fold_of, k) = scheme.assign(k, &mut Random::of(config.seed, Purpose::InnerFolds, 0));
    let starts = 2 * plan.widths.len() * plan.fold_members;
    observer.event(Event::Stage { name: format!("cross-validation in {k} inner folds"), steps: k * (starts + 2) });
    let trials = (0..k)
        .into_par_iter()
        .map(|f| {
            let (test, train): (Vec<usize>, Vec<usize>) = (0..sample.n_rows()).partition(|&i| fold_of[i] == f);
            run_fold(&folds.fold(&train, &test)?, plan, config, observer)
        })
        .collect::<Result<Vec<FoldTrials>>>()?;
    Ok(decide(&trials, plan, config))
}

fn run_fold(fold: &Fold, plan: &Plan, config: &Config, observer: &dyn Observer) -> Result<FoldTrials> {
    let design = fold.train.design();
    let interrupted = || observer.interrupted();
    let problem = Problem { design: &design, loss: fold.train.loss, n: fold.train.n(), interrupted: &interrupted };
    let held_out = |network: &Network| fold.row_losses(&network.forward(&fold.test.x));

    let mut linear = None;
    let mut sparse = None;
    if config.skip {
        let fit = fit_linear(&problem, &fold.train, plan.rule)?;
        linear = Some(Trial { losses: held_out(&fit.network()), converged: fit.member.converged() });
        observer.event(Event::Step);
        if config.depth == 1 && plan.max_units > 0 {
            let mut random = Random::of(config.seed, Purpose::UnitSearch, 0);
            let fit =
                sparse::grow(&problem, &fold.train, &fit, plan.max_units, config.activation, plan.rule, &mut random);
            sparse = Some(Trial { losses: held_out(&fit.network()), converged: fit.member.converged() });
        }
        observer.event(Event::Step);
    }
    let mut dense = Vec::new();
    let mut reduced = Vec::new();
    for &width in &plan.widths {
        let architecture = plan.architecture(&fold.train, width, config);
        let members = plan.fold_members;
        let done = || observer.event(Event::Step);
        let ensemble =
            dense::fit(&problem, &architecture, config.skip, (members, members), config.seed, plan.fold_effort, &done);
        let mean = ensemble.mean();
        dense.push(Trial { losses: held_out(&mean), converged: ensemble.converged });
        reduced.push(distil::reductions(&mean, &fold.train.x, &fold.train.weight).iter().map(held_out).collect());
    }
    Ok(FoldTrials { weight: fold.test.weight.clone(), linear, sparse, dense, reduced })
}

fn decide(trials: &[FoldTrials], plan: &Plan, config: &Config) -> Choice {
    let weight: Vec<f64> = trials.iter().flat_map(|t| t.weight.iter().copied()).collect();
    let gather = |pick: &dyn Fn(&FoldTrials) -> Option<&Trial>| -> Option<Trial> {
        let mut losses = Vec::new();
        let mut converged = true;
        for trial in trials {
            let trial = pick(trial)?;
            losses.extend_from_slice(&trial.losses);
            converged &= trial.converged;
        }
        Some(Trial { losses, converged })
    };
    let mean = |losses: &[f64]| weighted_mean(losses, &weight);
    let linear = gather(&|t| t.linear.as_ref());
    let sparse = gather(&|t| t.sparse.as_ref());
    let dense: Vec<Trial> = (0..plan.widths.len()).filter_map(|w| gather(&|t| t.dense.get(w))).collect();
    let by_loss = |a: &usize, b: &usize| mean(&dense[*a].losses).total_cmp(&mean(&dense[*b].losses));
    let best_width =
        (0..dense.len()).filter(|&w| dense[w].converged).min_by(by_loss).or_else(|| (0..dense.len()).min_by(by_loss));

    let mut contenders = Vec::new();
    let mut add = |form: Form, trial: &Trial| {
        let (gain, error) = match &linear {
            Some(linear) => paired_gain(&linear.losses, &trial.losses, &weight),
            None => (0.0, 0.0),
        };
        contenders.push(Contender {
            form,
            cv_loss: mean(&trial.losses),
            gain_over_linear: gain,
            gain_standard_error: error,
            converged: trial.converged,
            chosen: false,
        });
    };
    if let Some(trial) = &linear {
        add(Form::Linear, trial);
    }
    if let Some(trial) = &sparse {
        add(Form::Sparse, trial);
    }
    if let Some(w) = best_width {
        add(Form::Dense, &dense[w]);
    }
    let wins = |c: &Contender| {
        let required = if linear.is_some() { REQUIRED_GAIN * c.gain_standard_error } else { f64::NEG_INFINITY };
        c.converged && c.form != Form::Linear && c.gain_over_linear > required
    };
    // One grown network varies more than the mean of several starts: where the folds cannot tell them apart, the mean is safer.
    let sparse_is_clear = sparse.as_ref().zip(best_width).is_none_or(|(sparse, w)| {
        let (gain, error) = paired_gain(&dense[w].losses, &sparse.losses, &weight);
        gain > REQUIRED_GAIN * error
    });
    let dense_wins = contenders.iter().any(|c| c.form == Form::Dense && wins(c));
    let safe = |c: &Contender| c.form != Form::Sparse || sparse_is_clear || !dense_wins;
    let networks: Vec<&Contender> = contenders.iter().filter(|c| wins(c) && safe(c)).collect();
    let form = networks
        .iter()
        .min_by(|a, b| a.cv_loss.total_cmp(&b.cv_loss))
        .map_or(if linear.is_some() { Form::Linear } else { Form::Dense }, |c| c.form);
    contenders.iter_mut().for_each(|c| c.chosen = c.form == form);
    let w = best_width.unwrap_or(0);
    let reduction = (form == Form::Dense && config.depth == 1).then(|| {
        let limit = (1.0 + REDUCTION) * mean(&dense[w].losses);
        (0..distil::SHARES.len())
            .take_while(|&share| {
                let losses: Vec<f64> = trials.iter().flat_map(|t| t.reduced[w][share].iter().copied()).collect();
                mean(&losses) <= limit
            })
            .last()
    });
    let width = plan.widths.get(w).copied().unwrap_or(0);
    Choice { form, width, reduction: reduction.flatten(), contenders }
}

pub fn weighted_mean(values: &[f64], weight: &[f64]) -> f64 {
    values.iter().zip(weight).map(|(v, w)| v * w).sum::<f64>() / weight.iter().sum::<f64>()
}

/// Weighted mean of a - b over rows, and its standard error.
pub fn paired_gain(a: &[f64], b: &[f64], weight: &[f64]) -> (f64, f64) {
    let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let mean = weighted_mean(&difference, weight);
    let total: f64 = weight.iter().sum();
    let variance: f64 = difference.iter().zip(weight).map(|(d, w)| (w * (d - mean)).powi(2)).sum();
    (mean, variance.sqrt() / total)
}

/// The deployed ensemble, reduced as far as the inner folds allowed.
pub fn deploy_dense(ensemble: &Ensemble, sample: &Sample, choice: &Choice) -> Network {
    let mean = ensemble.mean();
    match choice.reduction {
        Some(share) => distil::reductions(&mean, &sample.x, &sample.weight).swap_remove(share),
        None => mean,
    }
}
