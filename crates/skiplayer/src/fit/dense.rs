//! The dense network: many random starts, the best by evidence kept, their mean deployed as one network.

use rayon::prelude::*;

use super::approach::approach;
use super::member::{Effort, Member, MemberRecord, Problem, offered, train_from};
use crate::net::{Architecture, Layout, Network, combine, init};
use crate::prune;
use crate::random::Random;
use crate::solve::Reason;

/// Nats by which the last steps of a start improve it when it is judged: the evidence of starts differs by tens.
const JUDGED_WITHIN: f64 = 1.0;
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
        combine::mean(&self.networks)
    }

    /// Whether more than half of the members lost all their units.
    pub fn mostly_linear(&self) -> bool {
        2 * self.networks.iter().filter(|n| n.n_units() == 0).count() > self.networks.len()
    }
}

/// Starts for an ensemble of `members`.
pub fn n_starts(members: usize) -> usize {
    (members as f64 * STARTS_PER_MEMBER).ceil() as usize
}

/// Fits `starts` of `architecture` and keeps the best `members` by evidence: all come near their optima, and only the kept are
/// taken as far as `effort` says. Start `r` depends on `seed` and `r` alone. `done` is called after every start and every member.
pub fn fit(
    problem: &Problem,
    architecture: &Architecture,
    skip: bool,
    (starts, members): (usize, usize),
    seed: u64,
    effort: Effort,
    done: &(dyn Fn() + Sync),
) -> Ensemble {
    let layout = Layout::new(architecture);
    let mask = offered(&layout, skip);
    let single = problem.design.single();
    let near = Effort { enough: effort.enough.max(JUDGED_WITHIN), ..effort };
    let mut fits: Vec<Member> = (0..starts)
        .into_par_iter()
        .map(|r| {
            let start = init::dense_start(&layout, &mut Random::new(seed, 1 + r as u64));
            let at = approach(problem, &single, &layout, &mask, start);
            let member = train_from(problem, &layout, &mask, at.theta, Some((at.price, at.precision)), near);
            done();
            member
        })
        .collect();
    // Stable: equal evidence, and fits without one, keep the order of their starts.
    let by_evidence = |a: &Member, b: &Member| {
        a.evidence.total_cmp(&b.evidence).then(a.termination.kkt.total_cmp(&b.termination.kkt))
    };
    fits.sort_by(by_evidence);
    // Where some do not get to their optimum the next best take their place.
    let (mut n_finished, mut n_good) = (0, 0);
    while n_good < members && n_finished < starts {
        let next = n_finished..(n_finished + members - n_good).min(starts);
        fits[next.clone()].par_iter_mut().for_each(|fit| {
            finish(problem, &layout, &mask, fit, effort);
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

/// Takes a fit that was stopped near its optimum as far as `effort` says.
fn finish(problem: &Problem, layout: &Layout, mask: &[bool], fit: &mut Member, effort: Effort) {
    if fit.termination.reason != Reason::Enough || effort.enough >= JUDGED_WITHIN {
        return;
    }
    let iterations = fit.termination.iterations;
    let hyper = Some((fit.price, std::mem::take(&mut fit.precision)));
    *fit = train_from(problem, layout, mask, std::mem::take(&mut fit.theta), hyper, effort);
    fit.termination.iterations += iterations;
}
