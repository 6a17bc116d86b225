//! The dense network: many random starts, the best by evidence kept, their mean deployed as one network.

use rayon::prelude::*;

use super::approach::approach;
use super::member::{Member, MemberRecord, Problem, offered, train_from};
use crate::net::{Architecture, Layout, Network, combine, init};
use crate::prune;
use crate::random::Random;
use crate::solve::StopRule;

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

/// Fits `starts` of `architecture` and keeps the best `members` by evidence. Start `r` depends on `seed` and `r` alone.
/// `done` is called after every start.
pub fn fit(
    problem: &Problem,
    architecture: &Architecture,
    skip: bool,
    (starts, members): (usize, usize),
    seed: u64,
    rule: StopRule,
    done: &(dyn Fn() + Sync),
) -> Ensemble {
    let layout = Layout::new(architecture);
    let mask = offered(&layout, skip);
    let single = problem.design.single();
    let mut fits: Vec<Member> = (0..starts)
        .into_par_iter()
        .map(|r| {
            let start = init::dense_start(&layout, &mut Random::new(seed, 1 + r as u64));
            let near = approach(problem, &single, &layout, &mask, start);
            let member = train_from(problem, &layout, &mask, near.theta, Some((near.price, near.precision)), rule);
            done();
            member
        })
        .collect();
    // Stable: equal evidence, and fits without one, keep the order of their starts.
    fits.sort_by(|a, b| a.evidence.total_cmp(&b.evidence).then(a.termination.kkt.total_cmp(&b.termination.kkt)));
    let records = fits.iter().map(|m| m.record(&layout)).collect();
    // Starts that did not converge take no part, unless hardly any did; then the ensemble is no candidate for anything.
    let n_converged = fits.iter().filter(|m| m.converged()).count();
    let converged = 2 * n_converged >= members;
    fits.truncate(if converged { n_converged.min(members) } else { members });
    let networks = fits.into_iter().map(|m| prune(&Network::new(architecture.clone(), m.theta))).collect();
    Ensemble { networks, records, converged }
}
