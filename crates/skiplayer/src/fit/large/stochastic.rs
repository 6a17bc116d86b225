//! Networks for many rows: stochastic proximal steps, lambda and precision by the evidence after every epoch, then OWL-QN on
//! all rows; a random tenth of the rows, held out, decides between the linear model and the network.
//!
//! Where there are so many rows, one held-out tenth has a smaller error than five folds of a small table.

use std::ops::{Range, RangeInclusive};

use rayon::prelude::*;

use super::line::fit_linear;
use super::stored::Tiles;
use super::sums::{Sums, Wide};
use crate::Result;
use crate::fit::candidate::Candidate;
use crate::fit::config::Config;
use crate::fit::contenders::sparse::Fit;
use crate::fit::laplace::evidence::{live_units, n_weights};
use crate::fit::laplace::stochastic_steps::{Rows, descend};
use crate::fit::laplace::train::{MemberRecord, offered};
use crate::fit::objective::usual_ridge;
use crate::fit::observer::{Event, Observer};
use crate::fit::sample::Sample;
use crate::fit::select::paired::{is_clear, paired_gain, weighted_mean};
use crate::fit::select::plan::Plan;
use crate::fit::summary::{Contender, Form};
use crate::net::prune;
use crate::net::{Architecture, Layout, Network, init};
use crate::penalty::L1Weights;
use crate::random::{Purpose, Random};
use crate::simd::lanes::LANES;
use crate::solve::{Reason, StopRule, Termination, owlqn};

/// Networks that are averaged.
const MEMBERS: usize = 4;
/// Row visits in all, of so many epochs.
const VISITS: usize = 6_000_000;
const EPOCHS: RangeInclusive<usize> = 3..=160;
/// Most rows over which widths are compared, a start each.
const MOST_COMPARED: usize = 500_000;
const MAX_HELD_OUT: usize = 50_000;
/// Row visits by quasi-Newton iterations at the end, which record how well the optimality conditions hold: at least ten
/// iterations, at most 150.
const POLISH_VISITS: usize = 30_000_000;

/// Work of a row in a pass, for each unit and for each weight.
const OF_UNIT: f64 = 8.0;
const OF_WEIGHT: f64 = 0.4;

/// The [work](crate::fit::laplace::work) of [`solve`] for `rows` rows.
pub fn likely_work(rows: usize, width: usize, weights: usize, config: &Config) -> f64 {
    let visits = VISITS.max(3 * rows) + POLISH_VISITS.min(150 * rows).max(10 * rows);
    let members = MEMBERS.min(config.n_starts);
    (members * visits) as f64 * (OF_UNIT * width as f64 + OF_WEIGHT * weights as f64)
}

/// Epochs over so many tiles.
fn epochs(n_tiles: usize) -> usize {
    (VISITS / (n_tiles * LANES)).clamp(*EPOCHS.start(), *EPOCHS.end())
}

/// A network after its stochastic steps.
pub struct Trained {
    theta: Vec<f64>,
    lambda: f64,
    precision: Vec<f64>,
    termination: Termination,
}

/// What is offered to the rows.
pub struct Offered<'a> {
    pub architecture: Architecture,
    pub layout: Layout,
    pub config: &'a Config,
}

impl<'a> Offered<'a> {
    pub fn new(n_inputs: usize, n_outputs: usize, width: usize, config: &'a Config) -> Self {
        let hidden = vec![width; config.depth];
        let architecture = Architecture { n_inputs, n_outputs, hidden, activation: config.activation };
        Self { layout: Layout::new(&architecture), architecture, config }
    }

    /// The mean of networks.
    pub fn mean(&self, fits: &[Trained]) -> Network {
        let of = |t: &Trained| prune(&Network::new(self.architecture.clone(), t.theta.clone()));
        Network::average(&fits.iter().map(of).collect::<Vec<_>>())
    }

    /// The linear model as what comes of the fit.
    pub fn line(&self, fit: Fit, contenders: Vec<Contender>) -> Candidate {
        Candidate {
            network: prune(&fit.network()),
            line: None,
            form: Form::Linear,
            n_units_offered: self.architecture.n_units(),
            width: self.architecture.width(),
            evidence: Some(fit.member.evidence).filter(|e| e.is_finite()),
            lambda: None,
            l1_ratio: None,
            termination: fit.member.termination,
            members: Vec::new(),
            contenders,
            path: Vec::new(),
            messages: Vec::new(),
        }
    }

    /// The mean of networks as what comes of the fit.
    pub fn network(&self, polished: &[Trained], contenders: Vec<Contender>) -> Candidate {
        let worst = polished.iter().map(|t| t.termination).max_by(|a, b| a.kkt.total_cmp(&b.kkt));
        Candidate {
            network: self.mean(polished),
            line: None,
            form: Form::Stochastic,
            n_units_offered: self.architecture.n_units(),
            width: self.architecture.width(),
            evidence: None,
            lambda: None,
            l1_ratio: None,
            termination: worst.unwrap_or(Termination {
                reason: Reason::IterationLimit,
                iterations: 0,
                objective: f64::NAN,
                kkt: f64::INFINITY,
            }),
            members: polished.iter().map(|t| record(t, &self.layout)).collect(),
            contenders,
            path: Vec::new(),
            messages: vec!["many rows: networks were fitted by stochastic steps and chosen on a held-out tenth".into()],
        }
    }

    /// Starts that there are in all.
    pub fn starts(&self) -> Range<usize> {
        0..MEMBERS.min(self.config.n_starts)
    }

    /// Tells of `n_starts` that [`train`](Self::train) makes.
    pub fn announce(&self, n_starts: usize, n_train: usize, observer: &dyn Observer) {
        let name = format!("{n_starts} starts with {} units", self.architecture.width());
        observer.event(Event::Stage { name, steps: n_starts * epochs(n_train) });
    }

    /// Networks from the starts `numbers`, by steps over the first `n_train` tiles; no others weigh anything.
    pub fn train(&self, tiles: &Tiles, n_train: usize, numbers: Range<usize>, observer: &dyn Observer) -> Vec<Trained> {
        let Self { layout, config, .. } = self;
        numbers
            .into_par_iter()
            .map(|r| {
                let random = &mut Random::of(config.seed, Purpose::Start, r as u64);
                let mut start = init::dense_start(layout, random);
                tiles.rules().impose(layout, &mut start, random);
                train_one(tiles, n_train, layout, start, config, observer)
            })
            .collect()
    }

    /// Quasi-Newton steps over all `rows`, of which there are `n`.
    pub fn polish(&self, rows: &impl Sums, n: usize, trained: Vec<Trained>, observer: &dyn Observer) -> Vec<Trained> {
        observer.event(Event::Stage { name: "all rows, quasi-Newton".into(), steps: trained.len() });
        let to_the_optimum = |trained| {
            let polished = polish(rows, n, &self.layout, trained, self.config, observer);
            observer.event(Event::Step);
            polished
        };
        trained.into_iter().map(to_the_optimum).collect()
    }
}

/// Mean losses of the linear model and of the network on rows held out, and what the network gains, with its standard error.
pub struct HeldOut {
    pub linear_loss: f64,
    pub network_loss: f64,
    pub gain: (f64, f64),
}

impl HeldOut {
    /// Whether the linear model is kept.
    pub fn linear_wins(&self) -> bool {
        !is_clear(self.gain, self.linear_loss)
    }

    /// What is told of it.
    pub fn contenders(&self, linear_converged: bool) -> Vec<Contender> {
        let (gain, error) = self.gain;
        let linear_wins = self.linear_wins();
        vec![
            Contender {
                form: Form::Linear,
                cv_loss: self.linear_loss,
                gain_over_linear: 0.0,
                gain_standard_error: 0.0,
                converged: linear_converged,
                given_up_after: None,
                chosen: linear_wins,
            },
            Contender {
                form: Form::Stochastic,
                cv_loss: self.network_loss,
                gain_over_linear: gain,
                gain_standard_error: error,
                converged: true,
                given_up_after: None,
                chosen: !linear_wins,
            },
        ]
    }
}

/// Fits, compares on held-out rows, and deploys.
pub fn solve(tiles: &mut Tiles, plan: &Plan, config: &Config, observer: &dyn Observer) -> Result<Candidate> {
    let n_tiles = tiles.n_tiles();
    let train = 0..n_tiles - (n_tiles / 10).clamp(1, MAX_HELD_OUT / LANES);
    let (test, _) = tiles.sample(train.end..n_tiles);
    let held_out = tiles.silence(train.end..n_tiles);
    let (offered, trained) = train_the_best_width(tiles, train.len(), &test, plan, config, observer);
    let mut contenders = Vec::new();
    let mut linear_wins = false;
    if config.skip {
        let losses = |network: &Network| test.row_losses(&network.forward(&test.x));
        let network_losses = losses(&offered.mean(&trained));
        let linear = fit_linear(&*tiles, plan.rule)?;
        let linear_losses = losses(&linear.network());
        let compared = HeldOut {
            linear_loss: weighted_mean(&linear_losses, &test.weight),
            network_loss: weighted_mean(&network_losses, &test.weight),
            gain: paired_gain(&linear_losses, &network_losses, &test.weight, None),
        };
        linear_wins = compared.linear_wins();
        contenders = compared.contenders(linear.member.converged());
    }
    tiles.weigh(train.end, &held_out);
    if linear_wins {
        return Ok(offered.line(fit_linear(&*tiles, plan.rule)?, contenders));
    }
    let polished = offered.polish(&*tiles, tiles.n_rows(), trained, observer);
    Ok(offered.network(&polished, contenders))
}

/// Of the widths that with the smallest loss on `test` after one start, and all its starts.
fn train_the_best_width<'a>(
    tiles: &Tiles,
    n_train: usize,
    test: &Sample,
    plan: &Plan,
    config: &'a Config,
    observer: &dyn Observer,
) -> (Offered<'a>, Vec<Trained>) {
    let of_width = |&width: &usize| Offered::new(tiles.n_inputs(), tiles.n_outputs(), width, config);
    let n_compared = n_train.min(MOST_COMPARED / LANES);
    let (offered, mut trained) = match plan.widths.as_slice() {
        [width] => (of_width(width), Vec::new()),
        widths => {
            let steps = widths.len() * epochs(n_compared);
            observer.event(Event::Stage { name: "one start of each width".into(), steps });
            let tried = widths.par_iter().map(|width| {
                let offered = of_width(width);
                let start = offered.train(tiles, n_compared, 0..1, observer);
                let losses = test.row_losses(&offered.mean(&start).forward(&test.x));
                (weighted_mean(&losses, &test.weight), offered, start)
            });
            let best = tried.collect::<Vec<_>>().into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
            best.map_or_else(|| (of_width(&0), Vec::new()), |(_, offered, start)| (offered, start))
        }
    };
    if n_compared < n_train {
        trained.clear();
    }
    let left = trained.len()..offered.starts().end;
    offered.announce(left.len(), n_train, observer);
    trained.extend(offered.train(tiles, n_train, left, observer));
    (offered, trained)
}

/// Steps over the first `n_train` tiles; no others weigh anything.
fn train_one(
    tiles: &Tiles,
    n_train: usize,
    layout: &Layout,
    theta: Vec<f64>,
    config: &Config,
    observer: &dyn Observer,
) -> Trained {
    let epochs = epochs(n_train);
    let rules = tiles.rules();
    let mut mask = offered(layout, config.skip);
    rules.restrict(layout, &theta, &mut mask);
    let rows = Rows { design: tiles.design(), n_tiles: n_train, loss: tiles.loss(), n: tiles.total(0..n_train), rules };
    let near = descend(rows, layout, &mask, theta, epochs, &|| {
        observer.event(Event::Step);
        !observer.interrupted()
    });
    let termination =
        Termination { reason: Reason::IterationLimit, iterations: epochs, objective: f64::NAN, kkt: f64::INFINITY };
    Trained { theta: near.theta, lambda: near.lambda, precision: near.precision, termination }
}

fn polish(
    rows: &impl Sums,
    n: usize,
    layout: &Layout,
    trained: Trained,
    config: &Config,
    observer: &dyn Observer,
) -> Trained {
    let rules = rows.rules();
    let objective = Wide { rows, layout, precision: &trained.precision, ridge: usual_ridge(layout, rules) };
    let mut theta = trained.theta.clone();
    let mut mask = offered(layout, config.skip);
    rules.restrict(layout, &theta, &mut mask);
    let l1 = L1Weights::scaled(&rules.factors(layout), trained.lambda, &mask).with_sides(rules.sides(layout, &theta));
    let rule = StopRule { tolerance: 1e-2, max_iterations: (POLISH_VISITS / n).clamp(10, 150) };
    let stop = |_| observer.interrupted() || rows.has_failed();
    let mut termination = owlqn::minimise(&objective, &l1, &mut theta, rule, &stop);
    if termination.reason == Reason::IterationLimit {
        // Planned, and rows that were held out have judged the network long before.
        termination.reason = Reason::WorkLimit;
    }
    Trained { theta, termination, ..trained }
}

fn record(trained: &Trained, layout: &Layout) -> MemberRecord {
    MemberRecord {
        n_units: live_units(layout, &trained.theta),
        n_weights: n_weights(layout, &trained.theta),
        lambda: trained.lambda,
        evidence: None,
        termination: trained.termination,
    }
}
