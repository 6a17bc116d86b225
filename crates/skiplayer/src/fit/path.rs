//! The regularisation path: from dense to sparse with warm starts, lambda by inner cross-validation.
//!
//! The objective is the mean loss + lambda x penalty. At each lambda a unit may also enter by the global step. What is
//! evaluated and deployed is the relaxed fit: skip and output weights that are not zero, refitted without price but for a
//! small ridge. (A free refit of all weights would be non-convex and diverges on separable classes.)

use rayon::prelude::*;

use super::config::{Config, LambdaChoice, Penalty as PenaltyKind};
use super::folds::{Resample, Scheme};
use super::member::{Problem, offered};
use super::observer::{Event, Observer};
use super::sample::Sample;
use super::summary::PathPoint;
use crate::Result;
use crate::explain::inputs_in_use;
use crate::net::{Architecture, Layout, Network, Role, init};
use crate::penalty::{Group, Hierarchical};
use crate::prune;
use crate::random::Random;
use crate::solve::insert::best_candidates;
use crate::solve::{NetworkObjective, Prices, ProxNewton, StopRule, Termination, fista};

/// lambdas on the path, and the smallest relative to the largest.
const N_LAMBDA: usize = 25;
const LAMBDA_RATIO: f64 = 1e-3;
/// Random starts at the smallest lambda; the lowest objective begins the path.
const STARTS: usize = 4;
/// M of the hierarchical penalty: LassoNet's default.
const HIERARCHY: f64 = 10.0;
/// Ridge on output weights per row: without it the hierarchical penalty leaves their scale to drift.
const HEAD_RIDGE: f64 = 1e-4;
/// Ridge of the relaxed refit, per row.
const REFIT_RIDGE: f64 = 1e-6;

/// One lambda's solution.
#[derive(Debug, Clone)]
pub struct Point {
    pub lambda: f64,
    pub termination: Termination,
    /// Relaxed and pruned.
    pub network: Network,
}

/// What a path with cross-validation ends with.
#[derive(Debug, Clone)]
pub struct PathFit {
    pub network: Network,
    pub lambda: f64,
    pub termination: Termination,
    /// Largest lambda first.
    pub points: Vec<PathPoint>,
}

/// The smallest lambda that leaves the linear part empty.
fn lambda_max(sample: &Sample) -> f64 {
    let constant = sample.loss.constant_fit(sample.y.values(), &sample.weight);
    let eta = crate::data::Matrix::from_fn(sample.n_rows(), sample.n_outputs(), |_, o| constant[o]);
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
    fn solve(&self, theta: Vec<f64>, lambda: f64) -> (Vec<f64>, Termination) {
        let ones = vec![1.0; self.layout.n_outputs];
        let price = self.problem.n * lambda;
        let mut objective = self.problem.objective(self.layout, &ones);
        match self.penalty {
            PenaltyKind::L1 => {
                let prices = Prices::uniform(self.layout, price, self.mask);
                let mut newton = ProxNewton::new(&objective, &prices, theta);
                let termination = newton.run(&objective, &prices, self.rule, &|_| (self.problem.interrupted)());
                (newton.theta, termination)
            }
            PenaltyKind::Group => {
                let penalty = Group { layout: self.layout, lambda: price };
                self.proximal(&objective, &penalty, price, theta)
            }
            PenaltyKind::Hierarchical => {
                for (ridge, role) in objective.ridge.iter_mut().zip(self.layout.roles()) {
                    if role == Role::Head {
                        *ridge = HEAD_RIDGE * self.problem.n;
                    }
                }
                let penalty = Hierarchical { layout: self.layout, lambda: price, hierarchy: HIERARCHY };
                self.proximal(&objective, &penalty, price, theta)
            }
        }
    }

    fn proximal(
        &self,
        objective: &NetworkObjective,
        penalty: &dyn crate::penalty::Penalty,
        price: f64,
        mut theta: Vec<f64>,
    ) -> (Vec<f64>, Termination) {
        let live: Vec<usize> = (0..theta.len()).filter(|&i| self.mask[i]).collect();
        let rule = StopRule { max_iterations: 20 * self.rule.max_iterations, ..self.rule };
        let termination = fista::minimise(objective, penalty, &live, price, &mut theta, rule, self.problem.interrupted);
        (theta, termination)
    }

    /// Puts the most promising unit into an empty place, if there is one and the objective falls by it.
    fn insert(
        &self,
        theta: &[f64],
        lambda: f64,
        standing: f64,
        random: &mut Random,
    ) -> Option<(Vec<f64>, Termination)> {
        let layout = self.layout;
        let connected = super::evidence::connected_units(layout, theta);
        let h = (0..layout.width).find(|&h| !connected[h] && layout.blocks.is_empty())?;
        let network = Network::new(self.architecture.clone(), theta.to_vec());
        let (score, curvature) = self.sample.scores(&network.forward(&self.sample.x));
        let best = best_candidates(&self.sample.x, &score, &curvature, layout.activation, 1, random).pop()?;
        let mut wider = theta.to_vec();
        wider[layout.input.start + h * layout.n_inputs..][..layout.n_inputs].copy_from_slice(&best.w);
        wider[layout.hidden_bias.start + h] = best.c;
        for o in 0..layout.n_outputs {
            wider[layout.head.start + o * layout.width + h] = best.v[o];
        }
        let (theta, termination) = self.solve(wider, lambda);
        (termination.objective < standing * (1.0 - 1e-9)).then_some((theta, termination))
    }

    /// Refits biases, and skip and output weights that are not zero, with a small ridge instead of the price; pruned.
    fn relax(&self, theta: &[f64]) -> Network {
        let layout = self.layout;
        let roles = layout.roles();
        let ones = vec![1.0; layout.n_outputs];
        let mut objective = self.problem.objective(layout, &ones);
        let free =
            |i: usize| roles[i] == Role::OutputBias || (matches!(roles[i], Role::Skip | Role::Head) && theta[i] != 0.0);
        for (i, ridge) in objective.ridge.iter_mut().enumerate() {
            if roles[i].is_priced() {
                *ridge = REFIT_RIDGE * self.problem.n;
            }
        }
        let prices = Prices { price: vec![0.0; theta.len()], live: (0..theta.len()).filter(|&i| free(i)).collect() };
        let mut newton = ProxNewton::new(&objective, &prices, theta.to_vec());
        newton.run(&objective, &prices, StopRule { tolerance: 1e-6, max_iterations: 100 }, &|_| false);
        prune(&Network::new(self.architecture.clone(), newton.theta))
    }

    /// All lambdas, largest first in the result; solved from the smallest on.
    fn path(&self, lambdas: &[f64], seed: u64) -> Vec<Point> {
        let smallest = lambdas[lambdas.len() - 1];
        let starts: Vec<(Vec<f64>, Termination)> = (0..STARTS as u64)
            .into_par_iter()
            .map(|r| {
                let mut start = init::dense_start(self.layout, &mut Random::new(seed, 1 + r));
                start.iter_mut().zip(self.mask).for_each(|(t, live)| *t = if *live { *t } else { 0.0 });
                if self.penalty == PenaltyKind::Hierarchical {
                    // The hierarchy holds from the start: a skip for every input.
                    start[self.layout.skip.clone()].fill(0.5);
                }
                self.solve(start, smallest)
            })
            .collect();
        let Some((mut theta, _)) = starts.into_iter().min_by(|a, b| a.1.objective.total_cmp(&b.1.objective)) else {
            return Vec::new();
        };
        let mut random = Random::new(seed, 1 << 33);
        let mut points = Vec::new();
        for &lambda in lambdas.iter().rev() {
            let (mut solution, mut termination) = self.solve(theta, lambda);
            if self.penalty == PenaltyKind::L1
                && let Some(better) = self.insert(&solution, lambda, termination.objective, &mut random)
            {
                (solution, termination) = better;
            }
            let network = self.relax(&solution);
            points.push(Point { lambda, termination, network });
            theta = solution;
        }
        points.reverse();
        points
    }
}

fn run_path(
    sample: &Sample,
    architecture: &Architecture,
    lambdas: &[f64],
    config: &Config,
    interrupted: &(dyn Fn() -> bool + Sync),
) -> Vec<Point> {
    let design = sample.design();
    let layout = Layout::new(architecture);
    let mask = offered(&layout, config.skip);
    let run = Run {
        problem: Problem { design: &design, loss: sample.loss, n: sample.n(), interrupted },
        sample,
        layout: &layout,
        architecture,
        penalty: config.penalty,
        mask: &mask,
        rule: StopRule { tolerance: 1e-3, max_iterations: 300 },
    };
    run.path(lambdas, config.seed)
}

/// The path over all rows and over inner folds, and the lambda that `config` asks for.
pub fn fit(
    sample: &Sample,
    scheme: &Scheme,
    folds: &dyn Resample,
    width: usize,
    config: &Config,
    observer: &dyn Observer,
) -> Result<PathFit> {
    let largest = lambda_max(sample);
    let lambdas: Vec<f64> =
        (0..N_LAMBDA).map(|i| largest * LAMBDA_RATIO.powf(i as f64 / (N_LAMBDA - 1) as f64)).collect();
    let architecture = |sample: &Sample| Architecture {
        n_inputs: sample.n_inputs(),
        n_outputs: sample.n_outputs(),
        hidden: if width == 0 { Vec::new() } else { vec![width; config.depth] },
        activation: config.activation,
    };
    let k = config.folds.min(sample.n_rows());
    let (fold_of, k) = scheme.assign(k, &mut Random::new(config.seed, 0));
    observer.event(Event::Stage { name: format!("regularisation path in {k} inner folds"), steps: k + 1 });
    let interrupted = || observer.interrupted();
    // (mean loss of the fold at each lambda, weight of the fold)
    let fold_losses = (0..k)
        .into_par_iter()
        .map(|f| {
            let (test, train): (Vec<usize>, Vec<usize>) = (0..sample.n_rows()).partition(|&i| fold_of[i] == f);
            let fold = folds.fold(&train, &test)?;
            let points = run_path(&fold.train, &architecture(&fold.train), &lambdas, config, &interrupted);
            observer.event(Event::Step);
            let total: f64 = fold.test.weight.iter().sum();
            let losses = points.iter().map(|point| {
                let losses = fold.row_losses(&point.network.forward(&fold.test.x));
                losses.iter().zip(&fold.test.weight).map(|(l, w)| l * w).sum::<f64>() / total
            });
            Ok((losses.collect::<Vec<f64>>(), total))
        })
        .collect::<Result<Vec<(Vec<f64>, f64)>>>()?;
    let points = run_path(sample, &architecture(sample), &lambdas, config, &interrupted);
    observer.event(Event::Step);

    let total: f64 = fold_losses.iter().map(|(_, w)| w).sum();
    let mut records = Vec::new();
    for (i, point) in points.iter().enumerate() {
        let mean = fold_losses.iter().map(|(l, w)| l[i] * w).sum::<f64>() / total;
        let variance = fold_losses.iter().map(|(l, w)| w * (l[i] - mean).powi(2)).sum::<f64>() / total;
        records.push(PathPoint {
            lambda: point.lambda,
            n_units: point.network.n_units(),
            n_inputs: inputs_in_use(&point.network).len(),
            n_weights: point.network.n_weights(),
            train_loss: sample.mean_loss(&point.network.forward(&sample.x)),
            cv_loss: mean,
            cv_standard_error: (variance / (k as f64 - 1.0)).sqrt(),
            termination: point.termination,
        });
    }
    let chosen = choose(&records, config.lambda_choice);
    Ok(PathFit {
        network: points[chosen].network.clone(),
        lambda: points[chosen].lambda,
        termination: points[chosen].termination,
        points: records,
    })
}

/// Index of lambda_min or lambda_1se among points that run from the largest lambda to the smallest.
pub fn choose(points: &[PathPoint], choice: LambdaChoice) -> usize {
    let min = (0..points.len()).min_by(|&a, &b| points[a].cv_loss.total_cmp(&points[b].cv_loss)).unwrap_or(0);
    match choice {
        LambdaChoice::Min => min,
        LambdaChoice::OneStandardError => {
            let limit = points[min].cv_loss + points[min].cv_standard_error;
            (0..=min).find(|&i| points[i].cv_loss <= limit).unwrap_or(min)
        }
    }
}
