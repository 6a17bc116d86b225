//! Which network comes out of a sample, by the method that was asked for.

use super::candidate::Candidate;
use super::choices::Method;
use super::config::Config;
use super::dispersion::{dispersion, quasi_design, remark};
use super::observer::{Event, Observer};
use super::options::N_STARTS;
use super::sample::Sample;
use super::settle::settle;
use super::summary::Form;
use crate::error::Message;
use crate::fit::contenders::dense;
use crate::fit::contenders::dense::Ensemble;
use crate::fit::contenders::screen;
use crate::fit::contenders::sparse;
use crate::fit::contenders::sparse::Fit;
use crate::fit::laplace::train::{Offer, Problem};
use crate::fit::large::stochastic;
use crate::fit::large::stored::Tiles;
use crate::fit::path::cross_validated;
use crate::fit::path::cross_validated::PathFit;
use crate::fit::path::elastic_net::Line;
use crate::fit::path::lasso;
use crate::fit::path::network::NetworkFit;
use crate::fit::select::choose;
use crate::fit::select::choose::{Choice, deploy_dense};
use crate::fit::select::folds::{Resample, Scheme};
use crate::fit::select::lines::{constant, fit_linear};
use crate::fit::select::plan::{DenseKind, Goal, Plan};
use crate::net::prune;
use crate::random::{Purpose, Random};
use crate::solve::{Reason, Termination};
use crate::{Result, message};

/// Solves `sample` as `config` says.
pub fn solve(
    sample: &Sample,
    scheme: &Scheme,
    folds: &dyn Resample,
    config: &Config,
    goal: Goal,
    observer: &dyn Observer,
) -> Result<Candidate> {
    let mut solution = by_method(sample, scheme, folds, config, goal, observer)?;
    let networks = std::iter::once(&mut solution.network).chain(&mut solution.line);
    networks.for_each(|network| settle(network, sample));
    Ok(solution)
}

fn by_method(
    sample: &Sample,
    scheme: &Scheme,
    folds: &dyn Resample,
    config: &Config,
    goal: Goal,
    observer: &dyn Observer,
) -> Result<Candidate> {
    let plan = Plan::new(sample.n_rows(), sample.n_inputs(), sample.n_outputs(), config, goal);
    let offered = plan.usual_width;
    match config.method {
        Method::Linear => Ok(from_path(lasso::fit(sample, scheme, folds, config, observer)?, Form::Linear, 0)),
        Method::Path => {
            let fit = cross_validated::fit(sample, scheme, folds, offered, config, observer)?;
            Ok(from_path(fit, Form::Path, offered * config.depth))
        }
        Method::Auto | Method::Evidence if config.is_stochastic(sample.n_rows()) => {
            stochastic::solve(&mut Tiles::of(sample, config.seed), &plan, config, observer)
        }
        Method::Auto | Method::Evidence => by_evidence(sample, scheme, folds, &plan, config, observer),
    }
}

fn from_path(fit: PathFit, form: Form, n_units_offered: usize) -> Candidate {
    Candidate {
        network: prune(&fit.network),
        line: None,
        form,
        n_units_offered,
        width: n_units_offered,
        evidence: None,
        lambda: Some(fit.lambda),
        l1_ratio: None,
        termination: fit.termination,
        members: Vec::new(),
        contenders: Vec::new(),
        path: fit.points,
        messages: Vec::new(),
    }
}

fn by_evidence(
    sample: &Sample,
    scheme: &Scheme,
    folds: &dyn Resample,
    plan: &Plan,
    config: &Config,
    observer: &dyn Observer,
) -> Result<Candidate> {
    let dispersion = dispersion(sample);
    let design = quasi_design(sample, dispersion);
    let interrupted = || observer.interrupted();
    let problem = Problem::new(sample, &design, &interrupted);
    let linear = fit_linear(&problem, sample, plan.rule)?;
    let width = plan.usual_width;
    if width == 0 {
        return Ok(from_fit(&linear, Form::Linear, 0));
    }
    let mut choice = if config.method == Method::Auto {
        choose::choose(sample, scheme, folds, plan, config, observer)?
    } else {
        let dense = DenseKind { width, skip: config.skip };
        Choice { form: Form::Dense, dense, reduction: None, contenders: Vec::new(), work_of_start: None, line: None }
    };
    // Folds that were cut short say nothing for a constant, and inputs that have to stay are in none.
    let must_stay = sample.rules.free_inputs().next().is_some();
    if choice.form == Form::Constant && config.skip && (must_stay || observer.interrupted()) {
        choice.deploy_the_line();
    }
    let inputs = if config.skip {
        screen::unit_inputs(sample, &linear.network())
    } else {
        screen::unit_inputs(sample, &constant(sample))
    };
    let grown = (config.skip
        && config.depth == 1
        && (choice.form == Form::Sparse || config.method == Method::Evidence))
        .then(|| {
            let mut random = Random::of(config.seed, Purpose::UnitSearch, 0);
            let growth = plan.growth(config, inputs.as_deref());
            sparse::grow(&problem, sample, &linear, growth, plan.rule, &mut random)
        });
    let ensemble = matches!(choice.form, Form::Dense | Form::DenseWithoutSkip)
        .then(|| fit_ensemble(&problem, sample, inputs.as_deref(), &choice, plan, config, observer));
    let remark_on_starts = ensemble.as_ref().and_then(|ensemble| fewer_starts(ensemble, plan));
    if config.method == Method::Evidence {
        choice.form = smallest_evidence(&linear, grown.as_ref(), ensemble.as_ref(), sample, config.skip);
    }
    let offered = choice.dense.width * config.depth;
    let on_path = choice.line.clone();
    let line = |n_units_offered: usize| match &on_path {
        Some(line) => from_line(line, n_units_offered),
        None => from_fit(&linear, Form::Linear, n_units_offered),
    };
    let mut solution = match (choice.form, &grown, &ensemble) {
        (Form::Sparse, Some(fit), _) => from_fit(fit, Form::Sparse, plan.max_units),
        (form @ (Form::Dense | Form::DenseWithoutSkip), _, Some(ensemble))
            if !(form == Form::Dense && config.skip && ensemble.mostly_linear() && choice.is_doubtful()) =>
        {
            from_ensemble(ensemble, sample, form, &choice, offered)
        }
        (Form::Dense, _, Some(ensemble)) => {
            choice.deploy_the_line();
            let mut solution = line(offered);
            solution.members = ensemble.records.clone();
            solution.messages.extend(overruled(ensemble).map(Message::from));
            solution
        }
        (Form::Constant, ..) => {
            let constant = sparse::linear(&problem, sample, &[], plan.rule);
            from_fit(&constant, Form::Constant, offered.max(plan.max_units))
        }
        _ => line(offered.max(plan.max_units)),
    };
    solution.messages.extend(remark(dispersion, sample.loss));
    solution.messages.extend(remark_on_starts);
    solution.width = choice.dense.width;
    solution.line = on_path.as_ref().map(|line| prune(&line.fit.network));
    solution.contenders = choice.contenders;
    if observer.interrupted() {
        solution.messages.push("stopped early: what had not converged by then was not considered".into());
    }
    Ok(solution)
}

/// Why the line is deployed where inner cross-validation preferred dense networks by little.
fn overruled(ensemble: &Ensemble) -> Option<String> {
    let n_linear = ensemble.networks.iter().filter(|network| network.n_units() == 0).count();
    (ensemble.networks.len() > n_linear).then(|| {
        format!(
            "{n_linear} of {} dense starts ended without hidden units, and the folds preferred the others by less than two standard \
             errors: the linear model is deployed",
            ensemble.networks.len()
        )
    })
}

/// That an ensemble had fewer starts than the plan has, because each takes long.
fn fewer_starts(ensemble: &Ensemble, plan: &Plan) -> Option<Message> {
    let (made, planned) = (ensemble.records.len(), dense::n_starts(plan.members, plan.approach));
    let text = format!("a start takes long on this table, so that {made} of {planned} were made; a larger ");
    (made < planned).then(|| message![text, &N_STARTS, " allows more"])
}

fn fit_ensemble(
    problem: &Problem,
    sample: &Sample,
    unit_inputs: Option<&[usize]>,
    choice: &Choice,
    plan: &Plan,
    config: &Config,
    observer: &dyn Observer,
) -> Ensemble {
    let DenseKind { width, skip } = choice.dense;
    let steps = dense::n_starts(plan.members, plan.approach) + plan.members;
    observer.event(Event::Stage { name: format!("random starts with {width} units"), steps });
    let architecture = plan.architecture(sample, width, config);
    let done = || observer.event(Event::Step);
    let offer = Offer { skip, unit_inputs };
    let (approach, criteria, seed) = (plan.approach, plan.criteria, config.seed);
    let all =
        dense::Starts { problem, architecture: &architecture, offer, seed, approach, limits: plan.limits, criteria };
    dense::fit(all, plan.members, choice.work_of_start, &done)
}

fn smallest_evidence(
    linear: &Fit,
    sparse: Option<&Fit>,
    dense: Option<&Ensemble>,
    sample: &Sample,
    skip: bool,
) -> Form {
    let dense_score = dense.and_then(|e| e.records.first()).and_then(|r| r.evidence).unwrap_or(f64::INFINITY);
    let linear_score = if skip { linear.score(&sample.rules) } else { f64::INFINITY };
    let sparse_score = sparse.map_or(f64::INFINITY, |fit| fit.score(&sample.rules));
    if dense_score < linear_score.min(sparse_score) {
        Form::Dense
    } else if sparse_score < linear_score {
        Form::Sparse
    } else if skip {
        Form::Linear
    } else {
        Form::Dense
    }
}

fn from_line(line: &Line, n_units_offered: usize) -> Candidate {
    let NetworkFit { network, lambda, termination } = line.fit.clone();
    let form = line.form();
    let l1_ratio = (form == Form::ElasticNet).then_some(line.l1_ratio);
    let points = Vec::new();
    Candidate { l1_ratio, ..from_path(PathFit { network, lambda, termination, points }, form, n_units_offered) }
}

fn from_fit(fit: &Fit, form: Form, n_units_offered: usize) -> Candidate {
    let network = prune(&fit.network());
    // Without units the sparse network is the linear model.
    let form = if network.n_units() == 0 && form == Form::Sparse { Form::Linear } else { form };
    Candidate {
        network,
        line: None,
        form,
        n_units_offered,
        width: n_units_offered,
        evidence: fit.member.evidence.is_finite().then_some(fit.member.evidence),
        lambda: None,
        l1_ratio: None,
        termination: fit.member.termination,
        members: Vec::new(),
        contenders: Vec::new(),
        path: Vec::new(),
        messages: Vec::new(),
    }
}

fn from_ensemble(
    ensemble: &Ensemble,
    sample: &Sample,
    form: Form,
    choice: &Choice,
    n_units_offered: usize,
) -> Candidate {
    let kept = &ensemble.records[..ensemble.networks.len()];
    let worst = kept.iter().map(|r| r.termination).max_by(|a, b| a.kkt.total_cmp(&b.kkt)).unwrap_or(Termination {
        reason: Reason::NoProgress,
        iterations: 0,
        objective: f64::NAN,
        kkt: f64::INFINITY,
    });
    Candidate {
        network: prune(&deploy_dense(ensemble, sample, choice)),
        line: None,
        form,
        n_units_offered,
        width: n_units_offered,
        evidence: ensemble.records.first().and_then(|r| r.evidence),
        lambda: None,
        l1_ratio: None,
        termination: worst,
        members: ensemble.records.clone(),
        contenders: Vec::new(),
        path: Vec::new(),
        messages: Vec::new(),
    }
}
