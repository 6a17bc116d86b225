//! Contenders in one inner fold.

use std::ops::Range;

use super::folds::Fold;
use super::lines::{constant, fit_linear};
use super::plan::{DenseKind, Plan};
use crate::Result;
use crate::fit::config::Config;
use crate::fit::contenders::dense::{self, Starts};
use crate::fit::contenders::distil;
use crate::fit::contenders::screen;
use crate::fit::contenders::sparse;
use crate::fit::contenders::sparse::Fit;
use crate::fit::dispersion::{dispersion, quasi_design};
use crate::fit::laplace::train::{Member, Offer, Problem};
use crate::fit::observer::{Event, Observer};
use crate::fit::path::elastic_net::Paths;
use crate::net::Network;
use crate::net::kernel::Design;
use crate::random::{Purpose, Random};
use crate::solve::Reason;

/// Held-out losses of one contender in one fold, a row each, in the units of the whole sample.
#[derive(Debug, Clone)]
pub struct Trial {
    pub losses: Vec<f64>,
    pub converged: bool,
}

/// What all folds are fitted with.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    pub plan: &'a Plan,
    pub config: &'a Config,
    pub observer: &'a dyn Observer,
}

/// A fold and its linear model, to which networks are added.
pub struct FoldRun {
    /// The rows that are held out.
    pub rows: Vec<usize>,
    fold: Fold,
    design: Design,
    constant: Network,
    /// Where there is a skip.
    linear: Option<Fit>,
    /// Inputs that units are offered, where those are not all.
    unit_inputs: Option<Vec<usize>>,
}

impl FoldRun {
    /// Fits the linear model of the training part; `rows` are held out.
    pub fn begin(rows: Vec<usize>, fold: Fold, task: Task) -> Result<Self> {
        let design = quasi_design(&fold.train, dispersion(&fold.train));
        let constant = constant(&fold.train);
        let mut run = Self { rows, fold, design, constant, linear: None, unit_inputs: None };
        if task.config.skip {
            let interrupted = || task.observer.interrupted();
            run.linear = Some(fit_linear(&run.problem(&interrupted), &run.fold.train, task.plan.rule)?);
        }
        let line = run.linear.as_ref().map_or_else(|| run.constant.clone(), Fit::network);
        run.unit_inputs = screen::unit_inputs(&run.fold.train, &line);
        task.observer.event(Event::Step);
        Ok(run)
    }

    fn problem<'a>(&'a self, interrupted: &'a (dyn Fn() -> bool + Sync)) -> Problem<'a> {
        Problem::new(&self.fold.train, &self.design, interrupted)
    }

    fn held_out(&self, network: &Network, converged: bool) -> Trial {
        Trial { losses: self.fold.losses_of(network), converged }
    }

    pub fn constant(&self) -> Trial {
        self.held_out(&self.constant, true)
    }

    pub fn linear(&self) -> Option<Trial> {
        self.linear.as_ref().map(|fit| self.held_out(&fit.network(), fit.member.converged()))
    }

    /// Lines at each point of `paths`.
    pub fn on_paths(&self, paths: &Paths) -> Result<Vec<Trial>> {
        let fits = paths.solutions(&self.fold.train)?;
        Ok(fits.iter().map(|fit| self.held_out(&fit.network, fit.termination.reason == Reason::Converged)).collect())
    }

    /// The sparse network; `None` without a linear model to grow it from.
    pub fn sparse(&self, task: Task) -> Option<Trial> {
        let Task { plan, config, observer } = task;
        let linear = self.linear.as_ref()?;
        let interrupted = || observer.interrupted();
        let mut random = Random::of(config.seed, Purpose::UnitSearch, 0);
        let growth = plan.growth(config, self.unit_inputs.as_deref());
        let fit = sparse::grow(&self.problem(&interrupted), &self.fold.train, linear, growth, plan.rule, &mut random);
        observer.event(Event::Step);
        Some(self.held_out(&fit.network(), fit.member.converged()))
    }

    /// The dense starts `numbers` of a kind.
    pub fn starts(&self, kind: DenseKind, numbers: Range<usize>, task: Task) -> Vec<Member> {
        self.with_starts(kind, task, |all| dense::near(all, numbers, &|| task.observer.event(Event::Step)))
    }

    /// The mean of dense starts of a kind.
    pub fn dense(&self, kind: DenseKind, starts: &[Member], task: Task) -> Trial {
        let (mean, converged) = self.mean(kind, starts, task);
        self.held_out(&mean, converged)
    }

    /// For each entry of [`distil::SHARES`], that mean reduced.
    pub fn reduced(&self, kind: DenseKind, starts: &[Member], task: Task) -> Vec<Trial> {
        let (mean, converged) = self.mean(kind, starts, task);
        let train = &self.fold.train;
        let smaller = distil::reductions(&mean, &train.x, &train.weight, &train.rules);
        smaller.iter().map(|network| self.held_out(network, converged)).collect()
    }

    fn mean(&self, kind: DenseKind, starts: &[Member], task: Task) -> (Network, bool) {
        let ensemble = self.with_starts(kind, task, |all| dense::keep(all, starts.to_vec(), starts.len(), &|| ()));
        (ensemble.mean(), ensemble.converged)
    }

    fn with_starts<T>(&self, kind: DenseKind, task: Task, then: impl FnOnce(Starts) -> T) -> T {
        let Task { plan, config, observer } = task;
        let interrupted = || observer.interrupted();
        then(Starts {
            problem: &self.problem(&interrupted),
            architecture: &plan.architecture(&self.fold.train, kind.width, config),
            offer: Offer { skip: kind.skip, unit_inputs: self.unit_inputs.as_deref() },
            seed: config.seed,
            approach: plan.approach,
            limits: plan.limits,
            criteria: plan.fold_criteria,
        })
    }
}
