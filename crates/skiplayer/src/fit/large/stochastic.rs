//! Networks for many rows: stochastic proximal steps, lambda and precision by the evidence after every epoch, then OWL-QN on
//! all rows; a random tenth of the rows, held out, decides between the linear model and the network.
//!
//! Where there are so many rows, one held-out tenth has a smaller error than five folds of a small table.

use faer::Mat;
use rayon::prelude::*;

use super::moments::condense;
use super::stored::Tiles;
use crate::Result;
use crate::fit::candidate::Candidate;
use crate::fit::config::Config;
use crate::fit::contenders::screen;
use crate::fit::contenders::sparse;
use crate::fit::contenders::sparse::Fit;
use crate::fit::laplace::evidence;
use crate::fit::laplace::evidence::{live_units, n_weights, precision, weight_sums};
use crate::fit::laplace::train::{MemberRecord, Problem, offered};
use crate::fit::objective::usual_ridge;
use crate::fit::observer::{Event, Observer};
use crate::fit::select::paired::{is_clear, paired_gain, weighted_mean};
use crate::fit::select::plan::{Goal, Plan};
use crate::fit::summary::{Contender, Form};
use crate::net::kernel::Batch;
use crate::net::kernel::Pass;
use crate::net::prune;
use crate::net::{Architecture, Layout, Network, init};
use crate::penalty::L1Weights;
use crate::random::{Purpose, Random};
use crate::simd::lanes::LANES;
use crate::solve::prox_adam::ProxAdam;
use crate::solve::{Curved, ProxNewton, Reason, Smooth, StopRule, Termination, owlqn};

/// Networks that are averaged.
const MEMBERS: usize = 4;
/// Tiles of 64 rows in a step.
const BATCH: usize = 4;
/// Row visits in all: at least three epochs, at most forty.
const VISITS: usize = 3_000_000;
const FIRST_RATE: f64 = 5e-3;
const LAST_RATE: f64 = 2e-5;
const MAX_HELD_OUT: usize = 50_000;
/// Row visits by quasi-Newton iterations at the end, which record how well the optimality conditions hold: at least ten
/// iterations, at most 150.
const POLISH_VISITS: usize = 30_000_000;
/// Rows on which inputs of a linear model are judged where there are no moments to judge them by.
const LINEAR_ROWS: usize = 100_000;

/// Work of a row in a pass, for each unit and for each weight.
const OF_UNIT: f64 = 8.0;
const OF_WEIGHT: f64 = 0.4;

/// The [work](crate::fit::laplace::work) of [`solve`] for `rows` rows.
pub fn likely_work(rows: usize, width: usize, weights: usize, config: &Config) -> f64 {
    let visits = VISITS.max(3 * rows) + POLISH_VISITS.min(150 * rows).max(10 * rows);
    let members = MEMBERS.min(config.n_starts);
    (members * visits) as f64 * (OF_UNIT * width as f64 + OF_WEIGHT * weights as f64)
}

struct Trained {
    theta: Vec<f64>,
    lambda: f64,
    precision: Vec<f64>,
    termination: Termination,
}

/// Fits, compares on held-out rows, and deploys.
pub fn solve(tiles: &mut Tiles, width: usize, config: &Config, observer: &dyn Observer) -> Result<Candidate> {
    let n_tiles = tiles.n_tiles();
    let train = 0..n_tiles - (n_tiles / 10).clamp(1, MAX_HELD_OUT / LANES);
    let (test, _) = tiles.sample(train.end..n_tiles);
    let plan = Plan::new(tiles.n_rows(), tiles.n_inputs(), tiles.n_outputs(), config, Goal::Deploy);
    let architecture = Architecture {
        n_inputs: tiles.n_inputs(),
        n_outputs: tiles.n_outputs(),
        hidden: vec![width; config.depth],
        activation: config.activation,
    };
    let layout = Layout::new(&architecture);
    let members = MEMBERS.min(config.n_starts);
    let epochs = (VISITS / (train.len() * LANES)).clamp(3, 40);
    observer.event(Event::Stage { name: format!("{members} starts, {epochs} epochs each"), steps: members * epochs });
    let held_out = tiles.silence(train.end..n_tiles);
    let trained: Vec<Trained> = (0..members as u64)
        .into_par_iter()
        .map(|r| {
            let random = &mut Random::of(config.seed, Purpose::Start, r);
            let mut start = init::dense_start(&layout, random);
            tiles.rules().impose(&layout, &mut start, random);
            train_one(tiles, train.len(), &layout, start, config, epochs, observer)
        })
        .collect();
    let mean = |fits: &[Trained]| {
        let networks: Vec<Network> =
            fits.iter().map(|t| prune(&Network::new(architecture.clone(), t.theta.clone()))).collect();
        Network::average(&networks)
    };
    let losses = |network: &Network| test.row_losses(&network.forward(&test.x));
    let mut contenders = Vec::new();
    let mut linear_wins = false;
    if config.skip {
        let network_losses = losses(&mean(&trained));
        let linear = fit_linear(tiles, plan.rule)?;
        let linear_losses = losses(&linear.network());
        let (gain, error) = paired_gain(&linear_losses, &network_losses, &test.weight, None);
        let linear_loss = weighted_mean(&linear_losses, &test.weight);
        linear_wins = !is_clear((gain, error), linear_loss);
        contenders.push(Contender {
            form: Form::Linear,
            cv_loss: linear_loss,
            gain_over_linear: 0.0,
            gain_standard_error: 0.0,
            converged: linear.member.converged(),
            given_up_after: None,
            chosen: linear_wins,
        });
        contenders.push(Contender {
            form: Form::Stochastic,
            cv_loss: weighted_mean(&network_losses, &test.weight),
            gain_over_linear: gain,
            gain_standard_error: error,
            converged: true,
            given_up_after: None,
            chosen: !linear_wins,
        });
    }
    tiles.weigh(train.end, &held_out);
    let offered_units = width * config.depth;
    if linear_wins {
        let fit = fit_linear(tiles, plan.rule)?;
        return Ok(Candidate {
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
            let polished = polish(tiles, &layout, trained, config, observer);
            observer.event(Event::Step);
            polished
        })
        .collect();
    let worst = polished.iter().map(|t| t.termination).max_by(|a, b| a.kkt.total_cmp(&b.kkt));
    Ok(Candidate {
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

/// The linear model of the rows that weigh something: from their second moments where those are all it needs, else its inputs
/// judged on some of the rows and its weights fitted on all.
fn fit_linear(tiles: &Tiles, rule: StopRule) -> Result<Fit> {
    let never = || false;
    let p = tiles.n_inputs();
    let by_moments = tiles.loss().is_quadratic() && p <= screen::MAX_INPUTS;
    let n_judged = LINEAR_ROWS.div_ceil(LANES).min(tiles.n_tiles());
    let (sample, n) = if by_moments {
        (condense(tiles)?, tiles.total(0..tiles.n_tiles()))
    } else {
        let (sample, _) = tiles.sample(0..n_judged);
        let n = sample.n();
        (sample, n)
    };
    let design = sample.design();
    let problem = Problem { n, ..Problem::new(&sample, &design, &never) };
    let support = if by_moments { (0..p).collect() } else { screen::inputs(&sample)? };
    let mut fit = sparse::linear(&problem, &sample, &support, rule);
    if !by_moments {
        let layout = fit.layout();
        let ridge = usual_ridge(&layout, tiles.rules());
        let objective = Wide { tiles, layout: &layout, precision: &fit.member.precision, ridge };
        let in_use = evidence::support(&layout, &fit.member.theta);
        let l1 = L1Weights::scaled(&tiles.rules().factors(&layout), fit.member.lambda, &in_use)
            .with_sides(tiles.rules().sides(&layout, &fit.member.theta));
        let mut newton = ProxNewton::new(&objective, &l1, std::mem::take(&mut fit.member.theta));
        fit.member.termination = newton.run(&objective, &l1, rule, &|_| false);
        fit.member.theta = newton.theta;
    }
    Ok(fit)
}

/// The rows in single precision, the arithmetic in double: for conditions of optimality that are exact.
struct Wide<'a> {
    tiles: &'a Tiles,
    layout: &'a Layout,
    precision: &'a [f64],
    ridge: Vec<f64>,
}

impl Wide<'_> {
    fn value_of(&self, losses: &[f64], theta: &[f64]) -> f64 {
        let ridge: f64 = self.ridge.iter().zip(theta).map(|(r, t)| 0.5 * r * t * t).sum();
        losses.iter().zip(self.precision).map(|(l, b)| l * b).sum::<f64>() + ridge
    }
}

impl Smooth for Wide<'_> {
    fn value(&self, theta: &[f64]) -> f64 {
        self.value_of(&self.tiles.sum(self.layout, self.precision, |pass| pass.losses(theta)), theta)
    }

    fn value_gradient(&self, theta: &[f64], gradient: &mut [f64]) -> f64 {
        let sums = self.tiles.sum(self.layout, self.precision, |pass| {
            let mut gradient = vec![0.0; theta.len()];
            let mut sums = pass.losses_gradient(theta, &mut gradient);
            sums.extend(gradient);
            sums
        });
        let (losses, slopes) = sums.split_at(self.layout.n_outputs);
        for (i, g) in gradient.iter_mut().enumerate() {
            *g = slopes[i] + self.ridge[i] * theta[i];
        }
        self.value_of(losses, theta)
    }
}

impl Curved for Wide<'_> {
    fn curvature(&self, theta: &[f64], live: &[usize]) -> Mat<f64> {
        let l = live.len();
        let sums = self.tiles.sum(self.layout, self.precision, |pass| {
            let matrix = pass.gauss_newton(theta, live);
            (0..l * l).map(|at| matrix[(at / l, at % l)]).collect()
        });
        Mat::from_fn(l, l, |a, b| sums[a * l + b] + if a == b { self.ridge[live[a]] } else { 0.0 })
    }
}

/// Steps over the first `n_train` tiles; no others weigh anything.
fn train_one(
    tiles: &Tiles,
    n_train: usize,
    layout: &Layout,
    mut theta: Vec<f64>,
    config: &Config,
    epochs: usize,
    observer: &dyn Observer,
) -> Trained {
    let (design, loss, n) = (tiles.design(), tiles.loss(), tiles.total(0..n_train));
    let rules = tiles.rules();
    let mut mask = offered(layout, config.skip);
    rules.restrict(layout, &theta, &mut mask);
    let (factor, sides) = (rules.factors(layout), rules.sides(layout, &theta));
    theta.iter_mut().zip(&mask).for_each(|(t, live)| *t = if *live { *t } else { 0.0 });
    let (mut alpha, mut beta) = (1.0, vec![1.0; layout.n_outputs]);
    let mut adam = ProxAdam::new(theta.len());
    let ridge = usual_ridge(layout, rules);
    let mut batch = Batch::new(layout);
    let mut gradient = vec![0.0; theta.len()];
    let n_batches = n_train.div_ceil(BATCH);
    let total = (epochs * n_batches) as f64;
    for epoch in 0..epochs {
        if observer.interrupted() && epoch > 0 {
            break;
        }
        let pass = Pass { layout, design, loss, precision: &beta };
        let mut lambda = L1Weights::scaled(&factor, alpha / n, &mask).lambda;
        lambda.iter_mut().zip(&mask).for_each(|(lambda, live)| *lambda = if *live { *lambda } else { f64::INFINITY });
        for step in 0..n_batches {
            let tiles = step * BATCH..((step + 1) * BATCH).min(n_train);
            let share = 1.0 / (tiles.len() * LANES) as f64;
            batch.gradient(&pass, &theta, tiles, &mut gradient);
            for i in 0..theta.len() {
                gradient[i] = gradient[i] * share + ridge[i] * theta[i] / n;
            }
            let progress = (epoch * n_batches + step) as f64 / total;
            let rate = LAST_RATE + 0.5 * (FIRST_RATE - LAST_RATE) * (1.0 + (std::f64::consts::PI * progress).cos());
            adam.step(&mut theta, &gradient, &lambda, rate);
            let wrong = |(theta, side): &(&mut f64, &f64)| **theta * **side < 0.0;
            theta.iter_mut().zip(&sides).filter(wrong).for_each(|(theta, _)| *theta = 0.0);
        }
        let losses = pass.losses(&theta);
        let (n_priced, sum) = weight_sums(&factor, &theta);
        beta = precision(loss, &losses, n, n_weights(layout, &theta));
        alpha = evidence::lambda_for(n_priced, sum);
        observer.event(Event::Step);
    }
    let termination =
        Termination { reason: Reason::IterationLimit, iterations: epochs, objective: f64::NAN, kkt: f64::INFINITY };
    Trained { theta, lambda: alpha, precision: beta, termination }
}

fn polish(tiles: &Tiles, layout: &Layout, trained: Trained, config: &Config, observer: &dyn Observer) -> Trained {
    let rules = tiles.rules();
    let objective = Wide { tiles, layout, precision: &trained.precision, ridge: usual_ridge(layout, rules) };
    let mut theta = trained.theta.clone();
    let mut mask = offered(layout, config.skip);
    rules.restrict(layout, &theta, &mut mask);
    let l1 = L1Weights::scaled(&rules.factors(layout), trained.lambda, &mask).with_sides(rules.sides(layout, &theta));
    let rule = StopRule { tolerance: 1e-2, max_iterations: (POLISH_VISITS / tiles.n_rows()).clamp(10, 150) };
    let mut termination = owlqn::minimise(&objective, &l1, &mut theta, rule, &|_| observer.interrupted());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::sample::Sample;
    use crate::loss::Loss;
    use crate::matrix::Matrix;
    use crate::penalty::InputRules;

    /// The first two of five inputs matter; values are such as single precision holds.
    fn sample(loss: Loss, n: usize) -> Sample {
        let mut random = Random::simulated(2);
        let mut draw = || f64::from(random.normal() as f32);
        let x = Matrix::from_fn(n, 5, |_, _| draw());
        let eta: Vec<f64> = (0..n).map(|i| 0.8 * x.get(i, 0) - 0.5 * x.get(i, 1) + 0.5 * draw()).collect();
        let y = Matrix::from_fn(n, 1, |i, _| match loss {
            Loss::Squared => f64::from(eta[i] as f32),
            Loss::Poisson => (0.5 * eta[i]).exp().round(),
            _ => f64::from(u8::from(eta[i] > 0.2)),
        });
        Sample { x, y, weight: vec![1.0; n], offset: Vec::new(), loss, rules: InputRules::default(), durations: None }
    }

    #[test]
    fn a_linear_model_of_tiles_is_that_of_the_sample() {
        let rule = StopRule { tolerance: 1e-5, max_iterations: 500 };
        for loss in [Loss::Squared, Loss::Logistic, Loss::Poisson] {
            let sample = sample(loss, 3_000);
            let mut tiles = Tiles::of(&sample, 1);
            let n_tiles = tiles.n_tiles();
            // Once of all rows, once of those that are not held out.
            for held_out in [0, 5] {
                let (kept, _) = tiles.sample(0..n_tiles - held_out);
                tiles.silence(n_tiles - held_out..n_tiles);
                let never = || false;
                let design = kept.design();
                let problem = Problem::new(&kept, &design, &never);
                let expected = sparse::linear(&problem, &kept, &[0, 1, 2, 3, 4], rule);
                let fit = fit_linear(&tiles, rule).unwrap();
                assert!(fit.member.termination.converged(), "{:?}", fit.member.termination);
                for (a, b) in fit.member.theta.iter().zip(&expected.member.theta) {
                    assert!((a - b).abs() < 1e-5, "{loss:?}: {a}, expected {b}");
                    assert_eq!(*a == 0.0, *b == 0.0);
                }
            }
        }
    }

    #[test]
    fn passes_over_tiles_are_those_over_the_sample() {
        let sample = sample(Loss::Logistic, 3_000);
        let tiles = Tiles::of(&sample, 1);
        let hidden = vec![3];
        let layout = Layout::new(&Architecture { n_inputs: 5, n_outputs: 1, hidden, activation: Default::default() });
        let theta = init::dense_start(&layout, &mut Random::simulated(5));
        let wide =
            Wide { tiles: &tiles, layout: &layout, precision: &[1.0], ridge: usual_ridge(&layout, InputRules::NONE) };
        let design = sample.design();
        let never = || false;
        let problem = Problem::new(&sample, &design, &never);
        let plain = problem.objective(&layout, &[1.0]);
        let (mut a, mut b) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
        let value = plain.value_gradient(&theta, &mut b);
        assert!((wide.value_gradient(&theta, &mut a) - value).abs() < 1e-9 * value);
        assert!((wide.value(&theta) - value).abs() < 1e-9 * value);
        assert!(a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-7 * (1.0 + b.abs())));
        let live: Vec<usize> = (0..theta.len()).step_by(2).collect();
        let (a, b) = (wide.curvature(&theta, &live), plain.curvature(&theta, &live));
        for i in 0..live.len() {
            assert!((0..=i).all(|j| (a[(i, j)] - b[(i, j)]).abs() < 1e-7 * (1.0 + b[(i, j)].abs())));
        }
    }
}
