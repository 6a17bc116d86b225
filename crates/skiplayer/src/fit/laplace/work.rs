//! What fits may cost. Work is counted and not timed: the same table and seed give the same model on any machine.
//!
//! One unit is a multiply-add of a Newton step, n L² for the curvature of L weights over n rows and L³ for the subproblem; a core does
//! about 10^10 in a second. On small tables the limits are never reached; on wide ones, and on those with almost no noise, whose
//! networks take a thousand steps, they keep a fit to seconds. Networks that end at a limit are judged by held-out rows like any other.

/// What a core does in a second.
pub const A_SECOND: f64 = 1e10;
/// Most that the removal of inputs from a line takes; those that it has not come to stay.
pub const OF_LINE: f64 = 2e10;

/// The most that parts of a fit may take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// One dense start in Newton steps.
    pub start: f64,
    /// All starts of a width in an inner fold, if more than one is to be made there.
    pub fold: f64,
    /// All starts of an ensemble together, for each member that is asked for.
    pub member: f64,
    /// Starts of an ensemble that are made whatever they take.
    pub fewest_starts: usize,
    /// The growth of one sparse network.
    pub growth: f64,
}

impl Limits {
    /// Of a model that will be used.
    pub const DEPLOY: Self = Self { start: 1.5e10, fold: 1.5e10, member: 7.5e9, fewest_starts: 4, growth: 1e10 };
    /// Of a fit in an outer fold, of which there are ten or more with two networks each.
    pub const EVALUATE: Self = Self { start: 7.5e9, fold: 5e9, member: 3.75e9, fewest_starts: 2, growth: 5e9 };
}

/// Most that a start takes in quasi-Newton steps, before its Newton steps.
const OF_WARM_START: f64 = 4e9;
/// A pass of `n` rows through a network of one weight, in single precision.
const OF_PASS: f64 = 0.4;

/// `passes` of `n` rows in single precision through a network of `n_live` weights.
pub fn of_passes(passes: usize, n: f64, n_live: usize) -> f64 {
    OF_PASS * passes as f64 * n * n_live as f64
}

/// Of `most` rounds those that a start takes before its Newton steps, and at least `fewest`.
pub fn rounds((fewest, most): (usize, usize), of_round: f64) -> usize {
    affordable(of_round, (fewest, most), OF_WARM_START)
}

/// A Newton step of `n_live` weights over `n` rows.
pub fn of_step(n: f64, n_live: usize) -> f64 {
    let live = n_live as f64;
    live * live * (n + live)
}

/// Of `most` starts those that `budget` is enough for where each takes `each`, and at least `fewest`.
pub fn affordable(each: f64, (fewest, most): (usize, usize), budget: f64) -> usize {
    // Towards zero; what is beyond all numbers becomes the largest.
    let n = (budget / each.max(1.0)) as usize;
    n.clamp(fewest.min(most), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_as_many_as_the_budget_is_enough_for() {
        assert_eq!(affordable(0.0, (4, 12), 65.0), 12);
        assert_eq!(affordable(10.0, (4, 12), 65.0), 6);
        assert_eq!(affordable(1e9, (4, 12), 65.0), 4);
        assert_eq!(affordable(1e9, (4, 2), 65.0), 2);
        assert_eq!(affordable(f64::INFINITY, (1, 3), 1.0), 1);
    }
}
