//! What is fitted: sizes, numbers of starts and folds, tolerances.

use crate::fit::choices::Method;
use crate::fit::config::Config;
use crate::fit::contenders::dense;
use crate::fit::contenders::screen;
use crate::fit::contenders::sparse::Growth;
use crate::fit::laplace::train::StopCriteria;
use crate::fit::laplace::warm_start::Approach;
use crate::fit::laplace::work::Limits;
use crate::fit::sample::Sample;
use crate::net::Architecture;
use crate::solve::StopRule;

/// Rows up to which dense networks without a skip take part, and the inner folds are repeated with other divisions: at few rows the
/// skip explains most of the variance before a unit has found its place, and one division decides by the luck of single rows.
const FEW_ROWS: usize = 200;
/// And inputs: with many of them the repeats cost more than they tell.
const FEW_INPUTS: usize = 30;
const FEW_REPEATS: usize = 3;
/// Rows above which fewer folds and members decide: differences are then clear. In wide tables, whose units are not offered all inputs,
/// fewer decide because each is dear. And rows above which networks may be wider, and come near their minima by steps on batches: Newton
/// steps are dear there, and are not needed ([decision 050](../../../../../docs/design/050-many-rows.md)).
const MANY_ROWS: usize = 5_000;
/// Folds in which all contenders take part: what is seen in one alone may be its rows.
const FIRST_FOLDS: usize = 2;
/// Units of the sparse network, and in wide tables.
const MAX_UNITS: usize = 10;
const MAX_UNITS_WHERE_WIDE: usize = 4;

/// What a fit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// A model that will be used.
    Deploy,
    /// A score on rows left out.
    Evaluate,
}

/// What is fitted: sizes, numbers of starts, tolerances.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Widths of the dense contenders, increasing.
    pub widths: Vec<usize>,
    /// The width where none is chosen.
    pub usual_width: usize,
    pub approach: Approach,
    /// Most units of the sparse network.
    pub max_units: usize,
    pub members: usize,
    /// Members and folds of the inner cross-validation: enough to rank, and cautious, because the deployed ensemble has more.
    pub fold_members: usize,
    pub folds: usize,
    /// Divisions into inner folds.
    pub repeats: usize,
    /// Whether dense networks without a skip take part beside those with one.
    pub without_skip: bool,
    pub rule: StopRule,
    pub limits: Limits,
    /// How far the members of the ensemble are taken.
    pub criteria: StopCriteria,
    /// How far those of the inner folds are taken.
    pub fold_criteria: StopCriteria,
}

/// Weights per row that a dense start may have: more cannot be told from noise.
const ROWS_PER_WEIGHT: usize = 2;
const MAX_WIDTH: usize = 20;
const MAX_WIDTH_OF_MANY_ROWS: usize = 64;

impl Plan {
    /// Sizes for `n` rows, `p` inputs and `k` outputs.
    pub fn new(n: usize, p: usize, k: usize, config: &Config, goal: Goal) -> Self {
        let is_wide = p > screen::MAX_UNIT_INPUTS;
        let is_dear = n > MANY_ROWS || is_wide;
        let affordable = n / (ROWS_PER_WEIGHT * (p + k + 1));
        let usual_width = config.n_units.unwrap_or_else(|| affordable.clamp(2, MAX_WIDTH));
        let widths = match config.n_units {
            Some(0) => Vec::new(),
            Some(h) => vec![h],
            None => {
                let small = (usual_width as f64 * 0.4).round().max(2.0) as usize;
                let largest = affordable.min(MAX_WIDTH_OF_MANY_ROWS);
                let mut widths = if is_wide {
                    vec![usual_width]
                } else if n > MANY_ROWS {
                    vec![usual_width, largest.max(usual_width)]
                } else {
                    vec![small, usual_width]
                };
                widths.dedup();
                widths
            }
        };
        let most = if is_wide { MAX_UNITS_WHERE_WIDE } else { MAX_UNITS };
        let max_units = config.n_units.unwrap_or(most).min(MAX_UNITS);
        let (fold_members, folds) = if is_dear { (2, config.inner_folds.min(3)) } else { (3, config.inner_folds) };
        let fold_members = fold_members.min(config.n_starts);
        let is_small = n <= FEW_ROWS && p <= FEW_INPUTS;
        let rule = StopRule { tolerance: 1e-2, max_iterations: 1500 };
        // The method that compares evidences needs them.
        let in_batches = n > MANY_ROWS && config.method == Method::Auto;
        let approach = if in_batches { Approach::Batches } else { Approach::QuasiNewton };
        let limits = if goal == Goal::Deploy { Limits::DEPLOY } else { Limits::EVALUATE };
        let newton_work = if in_batches { 0.0 } else { limits.start };
        let exact = StopCriteria { work: newton_work, evidence: !in_batches, ..rule.into() };
        let judged = StopCriteria { nats_tolerance: dense::JUDGED_WITHIN, ..exact };
        Self {
            widths,
            usual_width,
            approach,
            max_units,
            members: config.n_starts,
            fold_members,
            folds: folds.min(n),
            repeats: if is_small { FEW_REPEATS } else { 1 },
            without_skip: config.skip && is_small,
            rule,
            limits,
            criteria: if goal == Goal::Deploy { exact } else { judged },
            fold_criteria: judged,
        }
    }

    /// Folds after which contenders that can hardly win are given up: one whole division, or the first of the only one.
    pub fn first_folds(&self) -> usize {
        if self.repeats > 1 { self.folds } else { FIRST_FOLDS.min(self.folds) }
    }

    /// Whether a sparse network is grown from the linear model.
    pub fn grows(&self, config: &Config) -> bool {
        config.skip && config.depth == 1 && self.max_units > 0
    }

    /// What may enter the sparse network.
    pub fn growth<'a>(&self, config: &Config, inputs: Option<&'a [usize]>) -> Growth<'a> {
        Growth { activation: config.activation, max_units: self.max_units, inputs, work: self.limits.growth }
    }

    /// The hidden layers of a dense network of this width.
    pub fn architecture(&self, sample: &Sample, width: usize, config: &Config) -> Architecture {
        Architecture {
            n_inputs: sample.n_inputs(),
            n_outputs: sample.n_outputs(),
            hidden: vec![width; config.depth],
            activation: config.activation,
        }
    }
}

/// An ensemble of dense starts that takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DenseKind {
    pub width: usize,
    pub skip: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(n: usize, p: usize, config: &Config) -> Vec<usize> {
        Plan::new(n, p, 1, config, Goal::Deploy).widths
    }

    #[test]
    fn widths_follow_rows_and_inputs() {
        let config = Config::default();
        assert_eq!(widths(100, 8, &config), [2, 5]);
        assert_eq!(widths(1_000, 8, &config), [8, 20]);
        assert_eq!(widths(MANY_ROWS, 8, &config), [8, 20]);
        assert_eq!(widths(MANY_ROWS + 1, 8, &config), [20, 64]);
        assert_eq!(widths(MANY_ROWS + 1, 50, &config), [20, 48], "as many as there are rows for");
        assert_eq!(widths(MANY_ROWS + 1, 80, &config), [20]);
        assert_eq!(widths(MANY_ROWS + 1, 400, &config), [6]);
        assert_eq!(widths(MANY_ROWS + 1, 8, &Config { n_units: Some(7), ..config }), [7]);
    }

    #[test]
    fn the_method_that_compares_evidences_has_them() {
        let with = |method| Plan::new(MANY_ROWS + 1, 8, 1, &Config { method, ..Config::default() }, Goal::Deploy);
        assert!(with(Method::Evidence).criteria.evidence && with(Method::Evidence).approach == Approach::QuasiNewton);
        assert!(!with(Method::Auto).criteria.evidence && with(Method::Auto).approach == Approach::Batches);
    }
}
