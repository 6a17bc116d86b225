//! The dense network: many random starts, the best by evidence kept, their mean deployed as one network. Where rows are many, the
//! evidence takes longer than a start and all are kept.

use std::ops::Range;

use rayon::prelude::*;

use crate::fit::laplace::train::{Member, MemberRecord, Offer, Problem, StopCriteria, train_from};
use crate::fit::laplace::warm_start::{Approach, Single, warm_start};
use crate::fit::laplace::work::{self, Limits};
use crate::net::prune;
use crate::net::{Architecture, Layout, Network, WeightsMut, init};
use crate::penalty::InputRules;
use crate::random::{Purpose, Random};
use crate::solve::Reason;

/// Nats by which the last steps of a start improve it when it is judged, by its evidence, which differs by tens, or by rows left out.
/// (Concrete, 3 starts of 20 units in 5 folds: loss on those .0425 at the optima, .0416 within a nat, after half of the Newton steps.)
pub const JUDGED_WITHIN: f64 = 1.0;
/// Starts for each member that is kept: evidence screens out the worst.
const STARTS_PER_MEMBER: f64 = 1.5;

/// The members that were kept, best evidence first, and the records of all.
#[derive(Debug, Clone)]
pub struct Ensemble {
    /// Pruned.
    pub networks: Vec<Network>,
    /// Those of `networks` first, then those screened out.
    pub records: Vec<MemberRecord>,
    /// At least half as many starts as members converged, and only those are kept.
    pub converged: bool,
}

impl Ensemble {
    /// The mean of the members, as one network.
    pub fn mean(&self) -> Network {
        Network::average(&self.networks)
    }

    /// Whether more than half of the members lost all their units.
    pub fn mostly_linear(&self) -> bool {
        2 * self.networks.iter().filter(|n| n.n_units() == 0).count() > self.networks.len()
    }
}

/// Starts for an ensemble of `members`.
pub fn n_starts(members: usize, approach: Approach) -> usize {
    (members as f64 * per_member(approach)).ceil() as usize
}

fn per_member(approach: Approach) -> f64 {
    if approach == Approach::Batches { 1.0 } else { STARTS_PER_MEMBER }
}

/// What all starts of an ensemble have in common.
#[derive(Clone, Copy)]
pub struct Starts<'a> {
    pub problem: &'a Problem<'a>,
    pub architecture: &'a Architecture,
    pub offer: Offer<'a>,
    pub seed: u64,
    pub approach: Approach,
    pub limits: Limits,
    pub criteria: StopCriteria,
}

/// Starts that tell what one takes, where inner folds have not.
const PROBES: usize = 2;

/// [Work](work) of a start, the mean of those that were made.
pub fn mean_work<'a>(starts: impl IntoIterator<Item = &'a Member>) -> f64 {
    let (count, sum) = starts.into_iter().fold((0, 0.0), |(count, sum), start| (count + 1, sum + start.work));
    sum / f64::from(count.max(1))
}

/// How many starts an ensemble has: those of [`n_starts`] that `work` is enough for, and the members that are kept of them.
pub fn affordable(members: usize, approach: Approach, limits: Limits, work_of_start: f64) -> (usize, usize) {
    let all = n_starts(members, approach);
    let starts = work::affordable(work_of_start, (limits.fewest_starts, all), limits.member * members as f64);
    if starts == all { (all, members) } else { (starts, (starts as f64 / per_member(approach)).ceil() as usize) }
}

/// Fits as many starts as are [`affordable`] for `members`, and keeps the best by evidence: all come near their optima, and only the kept
/// are taken as far as the criteria say. `work_of_start` is what one takes, where that is known. `done` is called after every start and
/// every member, also after those that are not made.
pub fn fit(all: Starts, members: usize, work_of_start: Option<f64>, done: &(dyn Fn() + Sync)) -> Ensemble {
    let mut fits = Vec::new();
    let work = work_of_start.unwrap_or_else(|| {
        fits = near(all, 0..PROBES.min(n_starts(members, all.approach)), done);
        mean_work(&fits)
    });
    let (starts, kept) = affordable(members, all.approach, all.limits, work);
    fits.extend(near(all, fits.len()..starts, done));
    (starts + kept..n_starts(members, all.approach) + members).for_each(|_| done());
    keep(all, fits, kept, done)
}

/// The starts `numbers`, each near its optimum. Start `r` depends on the seed and `r` alone. `done` is called after every start.
pub fn near(all: Starts, numbers: Range<usize>, done: &(dyn Fn() + Sync)) -> Vec<Member> {
    let Starts { problem, architecture, offer, seed, approach, criteria, .. } = all;
    let layout = Layout::new(architecture);
    let mask = offer.mask(&layout);
    let single = Single::new(problem.design, approach, seed);
    let near = StopCriteria { nats_tolerance: criteria.nats_tolerance.max(JUDGED_WITHIN), ..criteria };
    numbers
        .into_par_iter()
        .map(|r| {
            let start = start(&layout, offer, problem.rules, &mut Random::of(seed, Purpose::Start, r as u64));
            let mask = kept_to_rules(problem, &layout, &mask, &start);
            let at = warm_start(problem, &single, &layout, &mask, start);
            let mut member = train_from(problem, &layout, &mask, at.theta, Some((at.lambda, at.precision)), near);
            member.work += at.work;
            done();
            member
        })
        .collect()
}

/// The best `members` of `fits` by evidence. `done` is called after every member that is finished.
pub fn keep(all: Starts, mut fits: Vec<Member>, members: usize, done: &(dyn Fn() + Sync)) -> Ensemble {
    let Starts { problem, architecture, offer, criteria, .. } = all;
    let layout = Layout::new(architecture);
    let mask = offer.mask(&layout);
    // Stable: equal evidence, and fits without one, keep the order of their starts.
    let by_evidence = |a: &Member, b: &Member| {
        a.evidence.total_cmp(&b.evidence).then(a.termination.kkt.total_cmp(&b.termination.kkt))
    };
    fits.sort_by(by_evidence);
    // Where some do not get to their optimum the next best take their place.
    let (mut n_finished, mut n_good) = (0, 0);
    while n_good < members && n_finished < fits.len() {
        let next = n_finished..(n_finished + members - n_good).min(fits.len());
        fits[next.clone()].par_iter_mut().for_each(|fit| {
            finish(problem, &layout, &kept_to_rules(problem, &layout, &mask, &fit.theta), fit, criteria);
            done();
        });
        n_good += fits[next.clone()].iter().filter(|fit| fit.converged()).count();
        n_finished = next.end;
    }
    fits[..n_finished].sort_by(by_evidence);
    let records = fits.iter().map(|m| m.record(&layout)).collect();
    // Starts that did not converge take no part, unless hardly any did; then the ensemble is no candidate for anything.
    let converged = 2 * n_good >= members;
    fits.truncate(if converged { n_good.min(members) } else { members });
    let networks = fits.into_iter().map(|m| prune(&Network::new(architecture.clone(), m.theta))).collect();
    Ensemble { networks, records, converged }
}

/// What of `mask` units may have beside what they have in `theta`.
fn kept_to_rules(problem: &Problem, layout: &Layout, mask: &[bool], theta: &[f64]) -> Vec<bool> {
    let mut mask = mask.to_vec();
    problem.rules.restrict(layout, theta, &mut mask);
    mask
}

/// A random start that keeps the rules, whose units have weights of the inputs that they are offered only, of the usual length.
fn start(layout: &Layout, offer: Offer, rules: &InputRules, random: &mut Random) -> Vec<f64> {
    let mut theta = init::dense_start(layout, random);
    if let Some(inputs) = offer.unit_inputs {
        let longer = (layout.n_inputs as f64 / inputs.len().max(1) as f64).sqrt();
        let mut is_offered = vec![false; layout.n_inputs];
        inputs.iter().for_each(|&j| is_offered[j] = true);
        let mut weights = WeightsMut::new(layout, &mut theta);
        for h in 0..layout.width {
            for (weight, is_offered) in weights.input.row_mut(h).iter_mut().zip(&is_offered) {
                *weight = if *is_offered { longer * *weight } else { 0.0 };
            }
        }
    }
    rules.impose(layout, &mut theta, random);
    theta
}

/// Takes a fit that was stopped near its optimum as far as `criteria` says.
fn finish(problem: &Problem, layout: &Layout, mask: &[bool], fit: &mut Member, criteria: StopCriteria) {
    if fit.termination.reason != Reason::Enough || criteria.nats_tolerance >= JUDGED_WITHIN {
        return;
    }
    let (iterations, work) = (fit.termination.iterations, fit.work);
    let hyper = Some((fit.lambda, std::mem::take(&mut fit.precision)));
    let criteria = StopCriteria { work: criteria.work - work, ..criteria };
    *fit = train_from(problem, layout, mask, std::mem::take(&mut fit.theta), hyper, criteria);
    fit.termination.iterations += iterations;
    fit.work += work;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::laplace::train;
    use crate::fit::laplace::train::offered;
    use crate::fit::laplace::work::{self, Limits};
    use crate::fit::sample::Sample;
    use crate::loss::Loss;
    use crate::matrix::Matrix;
    use crate::net::Activation;
    use crate::solve::StopRule;

    const ALL: Offer = Offer { skip: true, unit_inputs: None };
    const NEWTON: Approach = Approach::QuasiNewton;
    const RULE: StopRule = StopRule { tolerance: 1e-2, max_iterations: 1500 };

    fn sample() -> Sample {
        let mut random = Random::simulated(4);
        let x = Matrix::from_fn(250, 3, |_, _| random.normal());
        let y = Matrix::from_fn(250, 1, |i, _| {
            0.6 * x.get(i, 0) + (1.5 * x.get(i, 1)).sin() * x.get(i, 2).tanh() + 0.2 * random.normal()
        });
        Sample {
            x,
            y,
            weight: vec![1.0; 250],
            offset: Vec::new(),
            loss: Loss::Squared,
            rules: InputRules::default(),
            durations: None,
        }
    }

    fn architecture() -> Architecture {
        Architecture { n_inputs: 3, n_outputs: 1, hidden: vec![6], activation: Activation::Tanh }
    }

    #[test]
    fn members_are_finished_and_the_others_judged_near_their_optima() {
        let sample = sample();
        let design = sample.design();
        let problem = Problem::new(&sample, &design, &|| false);
        let architecture = architecture();
        let starts = Starts {
            problem: &problem,
            architecture: &architecture,
            offer: ALL,
            seed: 1,
            approach: NEWTON,
            limits: Limits::DEPLOY,
            criteria: RULE.into(),
        };
        let ensemble = fit(starts, 4, Some(0.0), &|| ());
        assert!(ensemble.converged && ensemble.records.len() == 6);
        let (kept, left) = ensemble.records.split_at(ensemble.networks.len());
        assert!(kept.len() == 4 && kept.iter().all(|r| r.termination.reason == Reason::Converged), "{kept:?}");
        // To the optimum all six differ by little from what they were judged by.
        let all = keep(starts, near(starts, 0..6, &|| ()), 6, &|| ());
        assert!(all.records.iter().all(|r| r.termination.converged()));
        for record in left {
            let judged = record.evidence.unwrap();
            let nearest =
                all.records.iter().map(|r| (r.evidence.unwrap() - judged).abs()).fold(f64::INFINITY, f64::min);
            assert!(nearest < 5.0, "{judged}: {:?}", all.records);
        }
    }

    #[test]
    fn a_start_ends_at_its_limit_of_work_and_takes_part() {
        let sample = sample();
        let design = sample.design();
        let problem = Problem::new(&sample, &design, &|| false);
        let architecture = architecture();
        let layout = Layout::new(&architecture);
        let limit = 1e3;
        let criteria = StopCriteria { work: limit, ..RULE.into() };
        let starts = |criteria| Starts {
            problem: &problem,
            architecture: &architecture,
            offer: ALL,
            seed: 1,
            approach: NEWTON,
            limits: Limits::DEPLOY,
            criteria,
        };
        let cut = near(starts(criteria), 0..1, &|| ()).swap_remove(0);
        assert!(cut.termination.reason == Reason::WorkLimit && cut.converged(), "{:?}", cut.termination);
        let whole = near(starts(RULE.into()), 0..1, &|| ()).swap_remove(0);
        let of_last_step = work::of_step(problem.n, layout.n_parameters());
        assert!(cut.work < whole.work && cut.termination.iterations < whole.termination.iterations);
        // Quasi-Newton passes are counted besides.
        let at_most = NEWTON.most_work(problem.n, layout.n_parameters()) + limit + of_last_step;
        assert!(cut.work <= at_most, "{:e} of {at_most:e}", cut.work);
    }

    #[test]
    fn dear_starts_are_fewer() {
        assert_eq!(affordable(8, NEWTON, Limits::DEPLOY, 0.0), (12, 8));
        assert_eq!(affordable(8, NEWTON, Limits::DEPLOY, 1e10), (6, 4));
        assert_eq!(affordable(8, NEWTON, Limits::DEPLOY, 1e13), (4, 3));
        assert_eq!(affordable(4, NEWTON, Limits::EVALUATE, 1e13), (2, 2));
        assert_eq!(affordable(1, NEWTON, Limits::DEPLOY, 1e13), (2, 1));
    }

    #[test]
    fn a_fit_gives_up_below_a_bar_that_it_cannot_reach() {
        let sample = sample();
        let design = sample.design();
        let problem = Problem::new(&sample, &design, &|| false);
        let layout = Layout::new(&architecture());
        let mask = offered(&layout, true);
        let run = |give_up_above: f64| {
            let start = init::dense_start(&layout, &mut Random::of(1, Purpose::Start, 0));
            let at = warm_start(&problem, &Single::new(&design, NEWTON, 1), &layout, &mask, start);
            let criteria = StopCriteria { give_up_above, ..RULE.into() };
            train::train_from(&problem, &layout, &mask, at.theta, Some((at.lambda, at.precision)), criteria)
        };
        let free = run(f64::INFINITY);
        assert!(free.converged() && free.termination.reason == Reason::Converged);
        // -log evidence is above -log posterior by less than a few nats a weight.
        let low = run(free.evidence - 1e4);
        assert!(!low.converged() && low.termination.reason == Reason::Enough, "{:?}", low.termination);
        assert!(
            low.termination.iterations < free.termination.iterations,
            "{:?}, {:?}",
            low.termination,
            free.termination
        );
        let high = run(free.evidence + 1e4);
        assert_eq!(high.theta, free.theta);
    }

    /// Rows that are sorted by what they are to be predicted from would be batches of a kind each.
    #[test]
    fn steps_on_batches_find_what_sorted_rows_hold() {
        let mut random = Random::simulated(5);
        let n = 4_000;
        let mut inputs: Vec<[f64; 2]> = (0..n).map(|_| [random.normal(), random.normal()]).collect();
        inputs.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let x = Matrix::from_fn(n, 2, |i, j| inputs[i][j]);
        let y = Matrix::from_fn(n, 1, |i, _| (2.0 * x.get(i, 0)).sin() * x.get(i, 1).tanh() + 0.2 * random.normal());
        let sample = Sample { x, y, weight: vec![1.0; n], ..sample() };
        let design = sample.design();
        let problem = Problem::new(&sample, &design, &|| false);
        let architecture = Architecture { n_inputs: 2, hidden: vec![10], ..architecture() };
        let criteria = StopCriteria { work: 0.0, evidence: false, ..RULE.into() };
        let approach = Approach::Batches;
        let limits = Limits::DEPLOY;
        let architecture = &architecture;
        let starts = Starts { problem: &problem, architecture, offer: ALL, seed: 1, approach, limits, criteria };
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit(starts, 3, None, &|| ()))
        };
        let ensemble = on(2);
        assert!(ensemble.converged && ensemble.networks.len() == 3 && ensemble.records.len() == 3);
        assert!(ensemble.records.iter().all(|r| r.evidence.is_none() && r.termination.reason == Reason::WorkLimit));
        assert_eq!(ensemble.networks, on(1).networks);
        // Half the squared error is the loss: the noise has 0.02, and without units it is more than 0.1.
        let loss = sample.mean_loss(&ensemble.mean().forward(&sample.x));
        assert!(loss < 0.0225, "{loss}");
    }
}
