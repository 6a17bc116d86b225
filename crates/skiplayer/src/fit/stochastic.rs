//! Networks for many rows: stochastic proximal steps, price and precision by the evidence after every epoch, then OWL-QN on
//! all rows; a random tenth of the rows, held out, decides between the linear model and the network.
//!
//! Where there are so many rows, one held-out tenth has a smaller error than five folds of a small table.

use rayon::prelude::*;

use super::choose::{Plan, REQUIRED_GAIN, fit_linear, paired_gain, weighted_mean};
use super::config::Config;
use super::evidence::{self, live_units, precision, weight_sums};
use super::member::{MemberRecord, Problem, offered};
use super::observer::{Event, Observer};
use super::sample::Sample;
use super::solution::Solution;
use super::summary::{Contender, Form};
use crate::Result;
use crate::net::kernel::{Batch, Design, LANES, Pass};
use crate::net::{Layout, Network, combine, init};
use crate::prune;
use crate::random::Random;
use crate::solve::prox_adam::ProxAdam;
use crate::solve::{Prices, Reason, StopRule, Termination, bias_ridge, owlqn};

/// Networks that are averaged.
const MEMBERS: usize = 4;
/// Tiles of 64 rows in a step.
const BATCH: usize = 4;
/// Row visits in all: at least three epochs, at most forty.
const VISITS: usize = 3_000_000;
const FIRST_RATE: f64 = 5e-3;
const LAST_RATE: f64 = 2e-5;
const MAX_HELD_OUT: usize = 50_000;
/// Quasi-Newton iterations at the end; they record how well the optimality conditions hold.
const POLISH: usize = 150;

struct Trained {
    theta: Vec<f64>,
    price: f64,
    precision: Vec<f64>,
    termination: Termination,
}

/// Fits, compares on held-out rows, and deploys.
pub fn solve(sample: &Sample, width: usize, config: &Config, observer: &dyn Observer) -> Result<Solution> {
    let n = sample.n_rows();
    let order = Random::new(config.seed, 0).permutation(n);
    let (test, train) = order.split_at((n / 10).min(MAX_HELD_OUT));
    let (test, train) = (select(sample, test), select(sample, train));
    let plan = Plan::new(n, sample.n_inputs(), sample.n_outputs(), config);
    let architecture = plan.architecture(sample, width, config);
    let layout = Layout::new(&architecture);
    let members = MEMBERS.min(config.ensemble);
    let epochs = (VISITS / train.n_rows()).clamp(3, 40);
    observer.event(Event::Stage { name: format!("{members} starts, {epochs} epochs each"), steps: members * epochs });
    let trained: Vec<Trained> = (0..members as u64)
        .into_par_iter()
        .map(|r| {
            let start = init::dense_start(&layout, &mut Random::new(config.seed, 1 + r));
            train_one(&train, &layout, start, config, epochs, observer)
        })
        .collect();
    let mean = |fits: &[Trained]| {
        let networks: Vec<Network> =
            fits.iter().map(|t| prune(&Network::new(architecture.clone(), t.theta.clone()))).collect();
        combine::mean(&networks)
    };
    let never = || false;
    let losses = |network: &Network| test.row_losses(&network.forward(&test.x));
    let mut contenders = Vec::new();
    let network_losses = losses(&mean(&trained));
    let mut linear_wins = false;
    let design = sample.design();
    let whole = Problem { design: &design, loss: sample.loss, n: sample.n(), interrupted: &never };
    if config.skip {
        let design = train.design();
        let problem = Problem { design: &design, loss: train.loss, n: train.n(), interrupted: &never };
        let linear = fit_linear(&problem, &train, plan.rule)?;
        let linear_losses = losses(&linear.network());
        let (gain, error) = paired_gain(&linear_losses, &network_losses, &test.weight);
        linear_wins = gain <= REQUIRED_GAIN * error;
        contenders.push(Contender {
            form: Form::Linear,
            cv_loss: weighted_mean(&linear_losses, &test.weight),
            gain_over_linear: 0.0,
            gain_standard_error: 0.0,
            converged: linear.member.converged(),
            chosen: linear_wins,
        });
        contenders.push(Contender {
            form: Form::Stochastic,
            cv_loss: weighted_mean(&network_losses, &test.weight),
            gain_over_linear: gain,
            gain_standard_error: error,
            converged: true,
            chosen: !linear_wins,
        });
    }
    let offered_units = width * config.depth;
    if linear_wins {
        let fit = fit_linear(&whole, sample, plan.rule)?;
        return Ok(Solution {
            network: prune(&fit.network()),
            form: Form::Linear,
            n_units_offered: offered_units,
            width,
            evidence: Some(fit.member.evidence).filter(|e| e.is_finite()),
            lambda: None,
            termination: fit.member.termination,
            members: Vec::new(),
            contenders,
            path: Vec::new(),
            messages: Vec::new(),
        });
    }
    observer.event(Event::Stage { name: "all rows, quasi-Newton".into(), steps: members });
    let polished: Vec<Trained> = trained
        .into_iter()
        .map(|trained| {
            let polished = polish(&whole, &layout, trained, config, observer);
            observer.event(Event::Step);
            polished
        })
        .collect();
    let worst = polished.iter().map(|t| t.termination).max_by(|a, b| a.kkt.total_cmp(&b.kkt));
    Ok(Solution {
        network: mean(&polished),
        form: Form::Stochastic,
        n_units_offered: offered_units,
        width,
        evidence: None,
        lambda: None,
        termination: worst.unwrap_or(Termination {
            reason: Reason::IterationLimit,
            iterations: 0,
            objective: f64::NAN,
            kkt: f64::INFINITY,
        }),
        members: polished.iter().map(|t| record(t, &layout)).collect(),
        contenders,
        path: Vec::new(),
        messages: vec!["many rows: networks were fitted by stochastic steps and chosen on a held-out tenth".into()],
    })
}

fn select(sample: &Sample, rows: &[usize]) -> Sample {
    let weight: Vec<f64> = rows.iter().map(|&i| sample.weight[i]).collect();
    let mean = weight.iter().sum::<f64>() / weight.len() as f64;
    Sample {
        x: sample.x.select_rows(rows),
        y: sample.y.select_rows(rows),
        weight: weight.iter().map(|w| w / mean).collect(),
        loss: sample.loss,
    }
}

fn train_one(
    sample: &Sample,
    layout: &Layout,
    mut theta: Vec<f64>,
    config: &Config,
    epochs: usize,
    observer: &dyn Observer,
) -> Trained {
    // Noise of the batches is far above the rounding of f32, which costs half.
    let design: Design<f32> = sample.design();
    let mask = offered(layout, config.skip);
    theta.iter_mut().zip(&mask).for_each(|(t, live)| *t = if *live { *t } else { 0.0 });
    let roles = layout.roles();
    let (mut alpha, mut beta) = (1.0, vec![1.0; layout.n_outputs]);
    let mut adam = ProxAdam::new(theta.len());
    let ridge = bias_ridge(layout);
    let mut batch = Batch::new(layout);
    let mut gradient = vec![0.0; theta.len()];
    let n_batches = design.n_tiles().div_ceil(BATCH);
    let total = (epochs * n_batches) as f64;
    for epoch in 0..epochs {
        if observer.interrupted() && epoch > 0 {
            break;
        }
        let pass = Pass { layout, design: &design, loss: sample.loss, precision: &beta };
        let mut price = Prices::uniform(layout, alpha / sample.n(), &mask).price;
        price.iter_mut().zip(&mask).for_each(|(price, live)| *price = if *live { *price } else { f64::INFINITY });
        for step in 0..n_batches {
            let tiles = step * BATCH..((step + 1) * BATCH).min(design.n_tiles());
            let share = 1.0 / (tiles.len() * LANES) as f64;
            batch.gradient(&pass, &theta, tiles, &mut gradient);
            for i in 0..theta.len() {
                gradient[i] = gradient[i] * share + ridge[i] * theta[i] / sample.n();
            }
            let progress = (epoch * n_batches + step) as f64 / total;
            let rate = LAST_RATE + 0.5 * (FIRST_RATE - LAST_RATE) * (1.0 + (std::f64::consts::PI * progress).cos());
            adam.step(&mut theta, &gradient, &price, rate);
        }
        let losses = pass.losses(&theta);
        let (n_weights, sum) = weight_sums(&roles, &theta);
        beta = precision(sample.loss, &losses, sample.n(), n_weights);
        alpha = evidence::price(n_weights, sum);
        observer.event(Event::Step);
    }
    let termination =
        Termination { reason: Reason::IterationLimit, iterations: epochs, objective: f64::NAN, kkt: f64::INFINITY };
    Trained { theta, price: alpha, precision: beta, termination }
}

fn polish(problem: &Problem, layout: &Layout, trained: Trained, config: &Config, observer: &dyn Observer) -> Trained {
    let objective = problem.objective(layout, &trained.precision);
    let prices = Prices::uniform(layout, trained.price, &offered(layout, config.skip));
    let mut theta = trained.theta.clone();
    let rule = StopRule { tolerance: 1e-2, max_iterations: POLISH };
    let termination = owlqn::minimise(&objective, &prices, &mut theta, rule, &|_| observer.interrupted());
    Trained { theta, termination, ..trained }
}

fn record(trained: &Trained, layout: &Layout) -> MemberRecord {
    MemberRecord {
        n_units: live_units(layout, &trained.theta),
        n_weights: weight_sums(&layout.roles(), &trained.theta).0,
        price: trained.price,
        evidence: None,
        termination: trained.termination,
    }
}
