//! Linear, sparse or dense? Inner cross-validation decides.
//!
//! Every contender is fitted anew in each fold, encoding included. A network replaces the linear model only if its paired
//! gain is more than a standard error, and so does the sparse network the mean of dense ones; a contender that did not converge
//! in some fold never wins.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::folds::{Fold, Resample, Scheme};
use crate::Result;
use crate::fit::config::Config;
use crate::fit::contenders::dense;
use crate::fit::contenders::dense::Ensemble;
use crate::fit::contenders::distil;
use crate::fit::contenders::screen;
use crate::fit::contenders::sparse;
use crate::fit::contenders::sparse::{Fit, Growth};
use crate::fit::dispersion::{dispersion, quasi_design};
use crate::fit::laplace::train::{Offer, Problem, StopCriteria};
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

    /// The dense ensembles that take part.
    pub fn ensembles(&self, config: &Config) -> Vec<DenseKind> {
        let skips = if self.without_skip { &[true, false][..] } else { &[config.skip] };
        skips.iter().flat_map(|&skip| self.widths.iter().map(move |&width| DenseKind { width, skip })).collect()
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

/// Held-out losses of one contender, a row each, in the units of the whole sample.
#[derive(Clone)]
struct Trial {
    losses: Vec<f64>,
    converged: bool,
}

/// Losses of all contenders in one fold.
struct FoldTrials {
    /// The rows that were held out.
    rows: Vec<usize>,
    constant: Trial,
    linear: Option<Trial>,
    sparse: Option<Trial>,
    /// One for each of [`Plan::ensembles`].
    dense: Vec<Trial>,
    /// For each of those, for each entry of [`distil::SHARES`], the losses of the reduced ensemble.
    reduced: Vec<Vec<Trial>>,
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
    let mut parts: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    for repeat in 0..plan.repeats {
        let (fold_of, k) = scheme.assign(plan.folds, &mut Random::of(config.seed, Purpose::InnerFolds, repeat as u64));
        parts.extend((0..k).map(|f| (0..sample.n_rows()).partition::<Vec<usize>, _>(|&i| fold_of[i] == f)));
    }
    let steps = parts.len() * (plan.ensembles(config).len() * 2 * plan.fold_members + 2);
    let k = parts.len();
    observer.event(Event::Stage { name: format!("cross-validation in {k} inner folds"), steps });
    let trials = parts
        .into_par_iter()
        .map(|(test, train)| run_fold(test.clone(), &folds.fold(&train, &test)?, plan, config, observer))
        .collect::<Result<Vec<FoldTrials>>>()?;
    Ok(decide(&trials, &sample.weight, folds.groups(), plan, config))
}

fn run_fold(
    rows: Vec<usize>,
    fold: &Fold,
    plan: &Plan,
    config: &Config,
    observer: &dyn Observer,
) -> Result<FoldTrials> {
    let design = quasi_design(&fold.train, dispersion(&fold.train));
    let interrupted = || observer.interrupted();
    let problem = Problem::new(&fold.train, &design, &interrupted);
    let held_out = |network: &Network| fold.row_losses(&network.forward(&fold.test.x));

    let constant = constant(&fold.train);
    let mut linear = None;
    let mut sparse = None;
    let mut inputs = screen::unit_inputs(&fold.train, &constant);
    if config.skip {
        let fit = fit_linear(&problem, &fold.train, plan.rule)?;
        inputs = screen::unit_inputs(&fold.train, &fit.network());
        linear = Some(Trial { losses: held_out(&fit.network()), converged: fit.member.converged() });
        observer.event(Event::Step);
        if config.depth == 1 && plan.max_units > 0 {
            let mut random = Random::of(config.seed, Purpose::UnitSearch, 0);
            let growth = plan.growth(config, inputs.as_deref());
            let fit = sparse::grow(&problem, &fold.train, &fit, growth, plan.rule, &mut random);
            sparse = Some(Trial { losses: held_out(&fit.network()), converged: fit.member.converged() });
        }
        observer.event(Event::Step);
    }
    let constant = Trial { losses: held_out(&constant), converged: true };
    let mut dense = Vec::new();
    let mut reduced = Vec::new();
    for DenseKind { width, skip } in plan.ensembles(config) {
        let architecture = plan.architecture(&fold.train, width, config);
        let members = plan.fold_members;
        let done = || observer.event(Event::Step);
        let offer = Offer { skip, unit_inputs: inputs.as_deref() };
        let ensemble =
            dense::fit(&problem, &architecture, offer, (members, members), config.seed, plan.fold_criteria, &done);
        let mean = ensemble.mean();
        let trial = |network: &Network| Trial { losses: held_out(network), converged: ensemble.converged };
        dense.push(trial(&mean));
        reduced.push(
            distil::reductions(&mean, &fold.train.x, &fold.train.weight, &fold.train.rules).iter().map(trial).collect(),
        );
    }
    Ok(FoldTrials { rows, constant, linear, sparse, dense, reduced })
}

/// The losses of one contender over all rows, averaged over repeats; `None` where it took part in no fold.
fn gather(trials: &[FoldTrials], n: usize, pick: impl Fn(&FoldTrials) -> Option<&Trial>) -> Option<Trial> {
    let (mut losses, mut count) = (vec![0.0; n], vec![0.0_f64; n]);
    let mut converged = true;
    for fold in trials {
        let trial = pick(fold)?;
        converged &= trial.converged;
        for (&i, loss) in fold.rows.iter().zip(&trial.losses) {
            losses[i] += loss;
            count[i] += 1.0;
        }
    }
    losses.iter_mut().zip(&count).for_each(|(loss, count)| *loss /= count.max(1.0));
    Some(Trial { losses, converged })
}

fn decide(trials: &[FoldTrials], weight: &[f64], groups: Option<&[usize]>, plan: &Plan, config: &Config) -> Choice {
    let n = weight.len();
    let mean = |trial: &Trial| weighted_mean(&trial.losses, weight);
    let ensembles = plan.ensembles(config);
    let dense: Vec<Trial> = (0..ensembles.len()).filter_map(|e| gather(trials, n, |t| t.dense.get(e))).collect();
    let best = |skip: bool| {
        let of_kind = (0..dense.len()).filter(|&e| ensembles[e].skip == skip);
        // What did not converge comes last.
        of_kind.min_by(|&a, &b| {
            dense[b].converged.cmp(&dense[a].converged).then(mean(&dense[a]).total_cmp(&mean(&dense[b])))
        })
    };
    let mut entered: Vec<(Form, Trial, Option<usize>)> = Vec::new();
    entered.extend(gather(trials, n, |t| Some(&t.constant)).map(|trial| (Form::Constant, trial, None)));
    entered.extend(gather(trials, n, |t| t.linear.as_ref()).map(|trial| (Form::Linear, trial, None)));
    entered.extend(gather(trials, n, |t| t.sparse.as_ref()).map(|trial| (Form::Sparse, trial, None)));
    let form_of = |skip: bool| if skip || !config.skip { Form::Dense } else { Form::DenseWithoutSkip };
    for skip in [true, false] {
        entered.extend(best(skip).map(|e| (form_of(skip), dense[e].clone(), Some(e))));
    }

    let at = |form: Form| entered.iter().position(|(own, ..)| *own == form);
    // What networks have to beat: the line, or a constant where the line predicts no better.
    let constant_is_enough = at(Form::Linear).is_none_or(|line| mean(&entered[0].1) <= mean(&entered[line].1));
    let standing = if constant_is_enough { 0 } else { at(Form::Linear).unwrap_or(0) };
    let reference = &entered[standing].1;
    let gain_over = |from: &Trial, trial: &Trial| paired_gain(&from.losses, &trial.losses, weight, groups);
    let is_clear = |(gain, error): (f64, f64), of: &Trial| gain > REQUIRED_GAIN * error && gain > NEGLIGIBLE * mean(of);
    let wins = |(form, trial, _): &(Form, Trial, Option<usize>)| {
        let is_network = !matches!(form, Form::Constant | Form::Linear);
        is_network && trial.converged && is_clear(gain_over(reference, trial), reference)
    };
    let dense_winner = entered
        .iter()
        .filter(|entry| entry.2.is_some() && wins(entry))
        .min_by(|a, b| mean(&a.1).total_cmp(&mean(&b.1)));
    // One grown network varies more than the mean of several starts: where the folds cannot tell them apart, the mean is safer.
    let sparse_winner = entered.iter().find(|entry| entry.0 == Form::Sparse && wins(entry)).filter(|sparse| {
        dense_winner.is_none_or(|dense| {
            let (gain, error) = gain_over(&dense.1, &sparse.1);
            gain > REQUIRED_GAIN * error
        })
    });
    let without_line = if at(Form::Linear).is_none() { entered.iter().find(|e| e.2.is_some()) } else { None };
    let chosen = sparse_winner.or(dense_winner).or(without_line).unwrap_or(&entered[standing]);

    let line = at(Form::Linear).map(|line| &entered[line].1);
    let contenders = entered
        .iter()
        .map(|(form, trial, _)| {
            let (gain, error) = line.map_or((0.0, 0.0), |line| gain_over(line, trial));
            Contender {
                form: *form,
                cv_loss: mean(trial),
                gain_over_linear: gain,
                gain_standard_error: error,
                converged: trial.converged,
                chosen: *form == chosen.0,
            }
        })
        .collect();
    let fallback = || best(config.skip).unwrap_or(0);
    let e = chosen.2.unwrap_or_else(fallback);
    let reduction = (chosen.2.is_some() && config.depth == 1).then(|| {
        let limit = (1.0 + REDUCTION) * mean(&dense[e]);
        (0..distil::SHARES.len())
            .take_while(|&share| gather(trials, n, |t| t.reduced[e].get(share)).is_some_and(|t| mean(&t) <= limit))
            .last()
    });
    let none = DenseKind { width: 0, skip: config.skip };
    Choice {
        form: chosen.0,
        dense: ensembles.get(e).copied().unwrap_or(none),
        reduction: reduction.flatten(),
        contenders,
    }
}

pub fn weighted_mean(values: &[f64], weight: &[f64]) -> f64 {
    values.iter().zip(weight).map(|(v, w)| v * w).sum::<f64>() / weight.iter().sum::<f64>()
}

/// Weighted mean of a - b over rows, and its standard error. Rows of a group are alike, so that a network that suits one of them suits
/// the others: with `groups` (a number for each row) it is their sums that vary.
pub fn paired_gain(a: &[f64], b: &[f64], weight: &[f64], groups: Option<&[usize]>) -> (f64, f64) {
    let difference: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let mean = weighted_mean(&difference, weight);
    let total: f64 = weight.iter().sum();
    let deviations = difference.iter().zip(weight).map(|(d, w)| w * (d - mean));
    let variance: f64 = match groups {
        None => deviations.map(|d| d * d).sum(),
        Some(groups) => {
            let mut sums: BTreeMap<usize, f64> = BTreeMap::new();
            deviations.zip(groups).for_each(|(d, &group)| *sums.entry(group).or_insert(0.0) += d);
            let n_groups = sums.len() as f64;
            // Few groups vary about their own mean less than about the true one.
            sums.values().map(|sum| sum * sum).sum::<f64>() * n_groups / (n_groups - 1.0).max(1.0)
        }
    };
    (mean, variance.sqrt() / total)
}

/// The deployed ensemble, reduced as far as the inner folds allowed.
pub fn deploy_dense(ensemble: &Ensemble, sample: &Sample, choice: &Choice) -> Network {
    let mean = ensemble.mean();
    match choice.reduction {
        Some(share) => distil::reductions(&mean, &sample.x, &sample.weight, &sample.rules).swap_remove(share),
        None => mean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_group_do_not_add_to_what_is_known_of_a_gain() {
        // Four groups of six rows: what a network saves is the same in all rows of a group.
        let saved = [0.3, -0.1, 0.2, 0.0];
        let groups: Vec<usize> = (0..24).map(|i| i % 4).collect();
        let (a, b) = ([1.0; 24], groups.iter().map(|&g| 1.0 - saved[g]).collect::<Vec<_>>());
        let (mean, error) = paired_gain(&a, &b, &[1.0; 24], Some(&groups));
        let of_groups: Vec<f64> = saved.iter().map(|s| s - 0.1).collect();
        let expected = (of_groups.iter().map(|d| d * d).sum::<f64>() / 3.0 / 4.0).sqrt();
        assert!((mean - 0.1).abs() < 1e-12 && (error - expected).abs() < 1e-12, "{mean} {error} {expected}");
        // As if they were 24 rows on their own, a gain of one standard error would look like one of more than two.
        let (_, of_rows) = paired_gain(&a, &b, &[1.0; 24], None);
        assert!(error > 2.0 * of_rows, "{error} {of_rows}");
        // Each row a group of its own: the error of rows, but for the correction for few of them.
        let own: Vec<usize> = (0..24).collect();
        let (_, alone) = paired_gain(&a, &b, &[1.0; 24], Some(&own));
        assert!((alone - of_rows * (24.0_f64 / 23.0).sqrt()).abs() < 1e-12);
    }
}
