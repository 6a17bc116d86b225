//! Linear, sparse or dense? Inner cross-validation decides.
//!
//! Every contender is fitted anew in each fold, encoding included. A network replaces the linear model only if its paired
//! gain is more than a standard error, and so does the sparse network the mean of dense ones; a contender that did not converge
//! in some fold never wins. A line that is not ahead of a constant gives way to it, but where it is not clearly behind
//! and a test of all rows sees that inputs and responses go together (`signal`). Of lines by the evidence, by the lasso and by the
//! elastic net, networks have to beat the best one.

use std::cell::LazyCell;

use super::folds::{Resample, Scheme};
use super::paired::{NEGLIGIBLE, REQUIRED_GAIN, is_clear};
use super::plan::{DenseKind, Plan};
use super::race;
use super::race::{Kind, Parts, Race};
use super::signal;
use super::trials::Task;
use crate::Result;
use crate::fit::config::Config;
use crate::fit::contenders::dense::Ensemble;
use crate::fit::contenders::distil;
use crate::fit::observer::{Event, Observer};
use crate::fit::path::elastic_net::{Line, Paths, Point};
use crate::fit::sample::Sample;
use crate::fit::summary::{Contender, Form};
use crate::net::Network;
use crate::penalty::InputRules;
use crate::random::{Purpose, Random};

/// Relative rise of the loss that the reduction of an ensemble may cost. The inner folds see fewer members than will be
/// deployed, and what looks like half a percent there can be two on new rows (yacht, concrete): little is allowed.
const REDUCTION: f64 = 0.002;
/// What cross-validation decided.
#[derive(Debug, Clone)]
pub struct Choice {
    pub form: Form,
    /// The dense ensemble that is deployed, if that is the form.
    pub dense: DenseKind,
    /// How far the dense network may be reduced: an index into [`distil::SHARES`].
    pub reduction: Option<usize>,
    pub contenders: Vec<Contender>,
    /// [Work](crate::fit::laplace::work) of a start of the dense network in the folds, if it ran there.
    pub work_of_start: Option<f64>,
    /// The line on a path of the elastic net that is ahead of the line by the evidence, if any is.
    pub line: Option<Line>,
}

/// Standard errors by which a line is ahead of a constant where no test has to ask whether there is any signal.
const BEYOND_DOUBT: f64 = 3.0;

/// Standard errors of a gain up to which the starts of the deployed ensemble may overrule the folds.
const DOUBTFUL: f64 = 2.0;

impl Choice {
    /// Whether the network that was chosen beats the line by less than [`DOUBTFUL`] standard errors.
    pub fn is_doubtful(&self) -> bool {
        let chosen = self.contenders.iter().find(|c| c.chosen);
        chosen.is_some_and(|c| c.gain_over_linear < DOUBTFUL * c.gain_standard_error)
    }

    /// The leading line is deployed, whatever was chosen.
    pub fn deploy_the_line(&mut self) {
        let form = self.line.as_ref().map_or(Form::Linear, Line::form);
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
    let has_paths = config.skip && &sample.rules == InputRules::NONE && sample.n_inputs() > 0;
    let paths = if has_paths { Paths::new(sample) } else { Paths::default() };
    let race = race::run(&parts, plan.first_folds(), folds, &sample.weight, &paths, task)?;
    let is_signal = LazyCell::new(|| matches!(scheme, Scheme::Strata(_)) && signal::is_seen(sample, config.seed));
    let (mut choice, point) = decide(&race, config, || *is_signal);
    if let Some(point) = point {
        choice.line = paths.solution(point, sample)?;
    }
    Ok(choice)
}

/// `is_signal` says whether a test of all rows sees any. Also returns the point of a path that is ahead of other lines, if any is.
fn decide(race: &Race, config: &Config, is_signal: impl Fn() -> bool) -> (Choice, Option<Point>) {
    let form_of = |kind: Kind| match kind {
        Kind::Constant => Form::Constant,
        Kind::Linear => Form::Linear,
        Kind::OnPath(point) => point.form(),
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
    // What networks have to beat clearly: the line, or a constant where the line predicts no better and may be noise. A constant they have to
    // beat in any case.
    let constant = entered[0];
    // The point of a path that suits noise best is ahead of a constant half of the time, and now and then by a standard error.
    let is_believed = |line: usize| {
        let (gain, error) = gain_over(constant, line);
        gain > BEYOND_DOUBT * error || is_signal()
    };
    // A hair is not worth the inputs that are kept besides, the more of them the later a form comes.
    let leads = |other: usize, line: usize| {
        let (gain, _) = gain_over(line, other);
        gain > NEGLIGIBLE * mean(line) && mean(other) < mean(constant) && is_believed(other)
    };
    let line = at(Form::Linear).map(|by_evidence| {
        let others = [Form::Lasso, Form::ElasticNet].into_iter().filter_map(at);
        others.fold(by_evidence, |line, other| if leads(other, line) { other } else { line })
    });
    let is_ahead = |line: usize| mean(line) < mean(constant);
    let is_undecided = |line: usize| !is_clear(gain_over(line, constant), mean(line));
    let standing = line.filter(|&line| is_ahead(line) || is_undecided(line) && is_signal()).unwrap_or(constant);
    let wins = |e: usize| {
        let takes_part = entry(e).kind.is_network() && race.has_finished(e) && entry(e).has_converged();
        takes_part && mean(e) < mean(constant) && is_clear(gain_over(standing, e), mean(standing))
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
    let work_of_start = dense.map(|e| entry(e).work_of_start());
    let point = line.and_then(|line| match entry(line).kind {
        Kind::OnPath(point) => Some(point),
        _ => None,
    });
    let choice = Choice {
        form: form_of(entry(chosen).kind),
        dense: dense.and_then(|e| entry(e).kind.dense()).unwrap_or(none),
        reduction: reduction.flatten(),
        contenders,
        work_of_start,
        line: None,
    };
    (choice, point)
}

/// The deployed ensemble, reduced as far as the inner folds allowed.
pub fn deploy_dense(ensemble: &Ensemble, sample: &Sample, choice: &Choice) -> Network {
    let mean = ensemble.mean();
    match choice.reduction {
        Some(share) => distil::reductions(&mean, &sample.x, &sample.weight, &sample.rules).swap_remove(share),
        None => mean,
    }
}
