//! The regularisation path: from dense to sparse, or from the linear model on, with warm starts.
//!
//! The objective is the mean loss + lambda x penalty. At each lambda a unit may also enter by the global step. What is
//! evaluated and deployed is the relaxed fit: skip and output weights that are not zero, refitted without penalty but for a
//! small ridge. (A free refit of all weights would be non-convex and diverges on separable classes.)

use rayon::prelude::*;

use crate::Result;
use crate::fit::choices::{PathStart, Penalty as PenaltyKind};
use crate::fit::contenders::unit_search::Bank;
use crate::fit::laplace::train::{Problem, drop_disconnected, offered};
use crate::fit::objective::NetworkObjective;
use crate::fit::sample::Sample;
use crate::loss::Loss;
use crate::matrix::Matrix;
use crate::net::kernel::Design;
use crate::net::kernel::Pass;
use crate::net::prune;
use crate::net::{Activation, Architecture, Layout, Network, Role, WeightsMut, init};
use crate::penalty::Group;
use crate::penalty::Hierarchical;
use crate::penalty::{InputRules, L1Weights};
use crate::random::{Purpose, Random};
use crate::solve::{ProxNewton, StopRule, Termination, check_data, fista, head_start, lambda_grid};

/// M of the hierarchical penalty: LassoNet's default.
const HIERARCHY: f64 = 10.0;
/// Ridge on output weights per row: without it the hierarchical penalty leaves their scale to drift.
const HEAD_RIDGE: f64 = 1e-4;
/// Ridge of the relaxed refit, per row.
const REFIT_RIDGE: f64 = 1e-6;

/// One lambda's solution.
#[derive(Debug, Clone)]
pub struct NetworkFit {
    pub lambda: f64,
    pub termination: Termination,
    /// Relaxed and pruned.
    pub network: Network,
}

/// What a path is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkPathOptions {
    /// Units in each hidden layer, and hidden layers (more than one: residual blocks, L1 penalty only).
    pub units: usize,
    pub depth: usize,
    pub activation: Activation,
    /// Whether there is a linear part.
    pub skip: bool,
    pub penalty: PenaltyKind,
    pub n_lambda: usize,
    /// The smallest lambda relative to the largest, at which the linear part is empty.
    pub lambda_ratio: f64,
    /// Where the path begins.
    pub start: PathStart,
    /// Random starts at the smallest lambda for [`PathStart::Dense`]; the lowest objective begins the path.
    pub starts: usize,
    pub seed: u64,
}

impl Default for NetworkPathOptions {
    fn default() -> Self {
        Self {
            units: 20,
            depth: 1,
            activation: Activation::default(),
            skip: true,
            penalty: PenaltyKind::default(),
            n_lambda: 25,
            lambda_ratio: 1e-3,
            start: PathStart::default(),
            starts: 4,
            seed: 1,
        }
    }
}

impl NetworkPathOptions {
    pub(super) fn architecture(&self, sample: &Sample) -> Architecture {
        Architecture {
            n_inputs: sample.n_inputs(),
            n_outputs: sample.n_outputs(),
            hidden: if self.units == 0 { Vec::new() } else { vec![self.units; self.depth] },
            activation: self.activation,
        }
    }

    /// Largest first.
    pub(super) fn lambdas(&self, sample: &Sample) -> Vec<f64> {
        lambda_grid(lambda_max(sample), self.lambda_ratio, self.n_lambda)
    }

    fn check(&self) -> Result<()> {
        let refuse =
            |name: &str, found: String, expected: &str| Err(crate::Error::input(name, found).expected(expected));
        if !(self.lambda_ratio > 0.0 && self.lambda_ratio < 1.0) {
            return refuse("lambda_ratio", self.lambda_ratio.to_string(), "above 0 and below 1");
        }
        for (name, value) in [("n_lambda", self.n_lambda), ("starts", self.starts), ("depth", self.depth)] {
            if value == 0 {
                return refuse(name, value.to_string(), "at least 1");
            }
        }
        if self.penalty != PenaltyKind::L1 && self.depth > 1 {
            return refuse("depth", self.depth.to_string(), "1 with a group or hierarchical penalty");
        }
        if self.start == PathStart::Linear && (self.penalty != PenaltyKind::L1 || self.depth > 1) {
            return refuse(
                "start",
                "Linear".into(),
                "Dense with another penalty than L1 and with more than one hidden layer",
            );
        }
        if self.penalty == PenaltyKind::Hierarchical && !self.skip {
            return refuse("skip", "none".into(), "a linear part: a hierarchical penalty ties units to it");
        }
        Ok(())
    }
}

/// The path over the rows of `x` (n, p), `y` (n, K) and `weight` (n), largest lambda first, without any choice among its networks. Inputs, and
/// responses of squared error, should be standardised; no missing values.
///
/// Each lambda is solved to 1e-3 of lambda, or says in its `termination` that it was not. O(n W^2 + W^3) a step for W weights that live.
///
/// ```
/// use skiplayer::matrix::Matrix;
/// use skiplayer::fit::{NetworkPathOptions, network_path};
/// use skiplayer::loss::Loss;
///
/// let x = Matrix::from_fn(100, 1, |i, _| (i as f64 - 49.5) / 28.9);
/// let y = Matrix::from_fn(100, 1, |i, _| x.get(i, 0) + (3.0 * x.get(i, 0)).sin());
/// let options = NetworkPathOptions { units: 3, ..NetworkPathOptions::default() };
/// let path = network_path(&x, &y, &[1.0; 100], Loss::Squared, &options)?;
/// assert_eq!(path[0].network.n_units(), 0);
/// assert!(path[24].network.n_units() > 0);
/// # Ok::<(), skiplayer::Error>(())
/// ```
///
/// # Errors
/// What is not finite, does not fit together or is no response for the loss; options out of range.
pub fn network_path(
    x: &Matrix,
    y: &Matrix,
    weight: &[f64],
    loss: Loss,
    options: &NetworkPathOptions,
) -> Result<Vec<NetworkFit>> {
    check_data(x, y, weight, loss)?;
    options.check()?;
    let mean = weight.iter().sum::<f64>() / weight.len() as f64;
    let weight = weight.iter().map(|w| w / mean).collect();
    let sample = Sample {
        x: x.clone(),
        y: y.clone(),
        weight,
        offset: Vec::new(),
        loss,
        rules: InputRules::default(),
        durations: None,
    };
    Ok(run(&sample, &options.lambdas(&sample), options, &|| false))
}

/// The smallest lambda that leaves the linear part empty.
fn lambda_max(sample: &Sample) -> f64 {
    let constant = sample.loss.constant_fit(sample.y.values(), sample.terms());
    let eta = Matrix::from_fn(sample.n_rows(), sample.n_outputs(), |_, o| constant[o]);
    let (score, _) = sample.scores(&eta);
    let mut largest: f64 = 0.0;
    for j in 0..sample.n_inputs() {
        for o in 0..sample.n_outputs() {
            let dot: f64 = sample.x.column(j).iter().zip(score.column(o)).map(|(x, s)| x * s).sum();
            largest = largest.max(dot.abs() / sample.n());
        }
    }
    largest.max(1e-6)
}

struct Run<'a> {
    problem: Problem<'a>,
    sample: &'a Sample,
    layout: &'a Layout,
    architecture: &'a Architecture,
    penalty: PenaltyKind,
    mask: &'a [bool],
    rule: StopRule,
}

impl Run<'_> {
    /// Minimises the penalised loss at `lambda` from `theta`.
    fn solve(&self, mut theta: Vec<f64>, lambda: f64) -> (Vec<f64>, Termination) {
        let ones = vec![1.0; self.layout.n_outputs];
        let summed = self.problem.n * lambda;
        let mut objective = self.problem.objective(self.layout, &ones);
        match self.penalty {
            PenaltyKind::L1 => {
                let mut mask = self.mask.to_vec();
                drop_disconnected(self.layout, &mut theta, &mut mask);
                let l1 = L1Weights::uniform(self.layout, summed, &mask);
                let mut newton = ProxNewton::new(&objective, &l1, theta);
                let termination = newton.run(&objective, &l1, self.rule, &|_| (self.problem.interrupted)());
                (newton.theta, termination)
            }
            PenaltyKind::Group => {
                let penalty = Group { layout: self.layout, lambda: summed };
                self.proximal(&objective, &penalty, summed, theta)
            }
            PenaltyKind::Hierarchical => {
                objective.ridge[self.layout.head.range()].fill(HEAD_RIDGE * self.problem.n);
                let penalty = Hierarchical { layout: self.layout, lambda: summed, hierarchy: HIERARCHY };
                self.proximal(&objective, &penalty, summed, theta)
            }
        }
    }

    fn proximal(
        &self,
        objective: &NetworkObjective,
        penalty: &dyn crate::penalty::Penalty,
        lambda: f64,
        mut theta: Vec<f64>,
    ) -> (Vec<f64>, Termination) {
        let live: Vec<usize> = (0..theta.len()).filter(|&i| self.mask[i]).collect();
        let rule = StopRule { max_iterations: 20 * self.rule.max_iterations, ..self.rule };
        let termination =
            fista::minimise(objective, penalty, &live, lambda, &mut theta, rule, self.problem.interrupted);
        (theta, termination)
    }

    /// Moves `theta` to where a Newton step is worth its penalty; `single` are the rows in single precision.
    fn near(&self, single: &Design<f32>, theta: &mut [f64], lambda: f64) {
        if self.penalty != PenaltyKind::L1 {
            return;
        }
        let ones = vec![1.0; self.layout.n_outputs];
        let pass = Pass { layout: self.layout, design: single, loss: self.problem.loss, precision: &ones };
        let l1 = L1Weights::uniform(self.layout, self.problem.n * lambda, self.mask);
        head_start(&NetworkObjective::new(pass, self.problem.rules), &l1, theta, self.rule, &|_| {
            (self.problem.interrupted)()
        });
    }

    /// Puts the most promising unit into an empty place, if there is one and the objective falls by it.
    fn insert(
        &self,
        theta: &[f64],
        lambda: f64,
        standing: f64,
        bank: &mut Option<Bank>,
        random: &mut Random,
    ) -> Option<(Vec<f64>, Termination)> {
        let layout = self.layout;
        let connected = crate::fit::laplace::evidence::connected_units(layout, theta);
        let h = (0..layout.width).find(|&h| !connected[h] && layout.blocks.is_empty())?;
        let network = Network::new(self.architecture.clone(), theta.to_vec());
        let (score, curvature) = self.sample.scores(&network.forward(&self.sample.x));
        if !self.problem.loss.is_quadratic() {
            // Its rows' curvature moves with the network.
            *bank = None;
        }
        let bank = bank.get_or_insert_with(|| {
            Bank::new(&self.sample.x, &curvature, None, layout.activation, InputRules::NONE, random)
        });
        let best = bank.best(&score, 1).pop()?;
        let mut wider = theta.to_vec();
        WeightsMut::new(layout, &mut wider).set_unit(h, &best.w, best.c, &best.v);
        let (theta, termination) = self.solve(wider, lambda);
        (termination.objective < standing * (1.0 - 1e-9)).then_some((theta, termination))
    }

    /// Refits biases, and skip and output weights that are not zero, with a small ridge instead of the penalty; pruned.
    fn relax(&self, theta: &[f64]) -> Network {
        let layout = self.layout;
        let ones = vec![1.0; layout.n_outputs];
        let mut objective = self.problem.objective(layout, &ones);
        let free = |i: usize| match layout.role(i) {
            Role::OutputBias => true,
            Role::Skip | Role::Head => theta[i] != 0.0,
            _ => false,
        };
        for (ridge, role) in objective.ridge.iter_mut().zip(layout.roles()) {
            if role.is_penalised() {
                *ridge = REFIT_RIDGE * self.problem.n;
            }
        }
        let l1 = L1Weights { live: (0..theta.len()).filter(|&i| free(i)).collect(), ..L1Weights::none(theta.len()) };
        let mut newton = ProxNewton::new(&objective, &l1, theta.to_vec());
        newton.run(&objective, &l1, StopRule { tolerance: 1e-6, max_iterations: 100 }, &|_| false);
        prune(&Network::new(self.architecture.clone(), newton.theta))
    }

    /// All lambdas, largest first in the result.
    fn path(&self, lambdas: &[f64], options: &NetworkPathOptions) -> Vec<NetworkFit> {
        match options.start {
            PathStart::Linear => self.follow(lambdas.iter(), vec![0.0; self.layout.n_parameters()], options.seed),
            PathStart::Dense => {
                let start = self.dense_start(lambdas[lambdas.len() - 1], options);
                let mut points = self.follow(lambdas.iter().rev(), start, options.seed);
                points.reverse();
                points
            }
        }
    }

    /// The lowest of some random starts at the smallest lambda.
    fn dense_start(&self, smallest: f64, options: &NetworkPathOptions) -> Vec<f64> {
        let single = self.problem.design.single();
        let starts: Vec<(Vec<f64>, Termination)> = (0..options.starts as u64)
            .into_par_iter()
            .map(|r| {
                let mut start = init::dense_start(self.layout, &mut Random::of(options.seed, Purpose::Start, r));
                start.iter_mut().zip(self.mask).for_each(|(t, live)| *t = if *live { *t } else { 0.0 });
                if self.penalty == PenaltyKind::Hierarchical {
                    // The hierarchy holds from the start: a skip for every input.
                    start[self.layout.skip.range()].fill(0.5);
                }
                self.near(&single, &mut start, smallest);
                self.solve(start, smallest)
            })
            .collect();
        let lowest = starts.into_iter().min_by(|a, b| a.1.objective.total_cmp(&b.1.objective));
        lowest.expect("at least one start").0
    }

    /// Each lambda from the solution of the one before, the first from `theta`.
    fn follow<'b>(&self, lambdas: impl Iterator<Item = &'b f64>, mut theta: Vec<f64>, seed: u64) -> Vec<NetworkFit> {
        let mut random = Random::of(seed, Purpose::PathUnitSearch, 0);
        let mut bank = None;
        let mut points = Vec::new();
        for &lambda in lambdas {
            let (mut solution, mut termination) = self.solve(theta, lambda);
            if self.penalty == PenaltyKind::L1
                && let Some(better) = self.insert(&solution, lambda, termination.objective, &mut bank, &mut random)
            {
                (solution, termination) = better;
            }
            let network = self.relax(&solution);
            points.push(NetworkFit { lambda, termination, network });
            theta = solution;
        }
        points
    }
}

/// The path over `sample` at `lambdas`, largest first.
pub(super) fn run(
    sample: &Sample,
    lambdas: &[f64],
    options: &NetworkPathOptions,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Vec<NetworkFit> {
    let design = sample.design();
    let architecture = options.architecture(sample);
    let layout = Layout::new(&architecture);
    let mask = offered(&layout, options.skip);
    let run = Run {
        problem: Problem::new(sample, &design, interrupted),
        sample,
        layout: &layout,
        architecture: &architecture,
        penalty: options.penalty,
        mask: &mask,
        rule: StopRule { tolerance: 1e-3, max_iterations: 300 },
    };
    run.path(lambdas, options)
}
