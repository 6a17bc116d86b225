//! From losses of contenders to comparisons and the verdict.

use super::rule;
use super::rule::Evidence;
use crate::encode::Task;
use crate::evaluate::compare::fold_scores::Board;
use crate::evaluate::compare::gain::{FoldLoss, compare};
use crate::evaluate::record::{Comparison, Curvature, Gain, Verdict};
use crate::evaluate::resample::nested::Kind;

/// Pairs that are compared, the second against the first.
const PAIRS: [(Kind, Kind); 6] = [
    (Kind::Mean, Kind::Linear),
    (Kind::Linear, Kind::Network),
    (Kind::Linear, Kind::NoSkip),
    (Kind::Linear, Kind::Shallow),
    (Kind::NoSkip, Kind::Network),
    (Kind::Shallow, Kind::Network),
];

/// How losses of folds are compared.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Folds of one repeat.
    pub folds: usize,
    /// Half-width of the region of practical equivalence.
    pub rope: f64,
    /// Whether all training sets have about the same size; forward in time they grow.
    pub same_size: bool,
}

/// What the contenders' losses and the test of curvature come to.
pub struct Judgement {
    pub comparisons: Vec<Comparison>,
    /// Of the best network over the linear model.
    pub gain: Option<Gain>,
    pub verdict: Verdict,
}

/// Compares the contenders of `board` and applies the rule of `verdict`. A saturated linear model has a coefficient for every
/// combination of inputs that occurs.
pub fn judge(board: &Board, curvature: &Curvature, rule: Rule, is_saturated: bool) -> Judgement {
    let name = |kind: Kind| kind.name(board.config);
    let over = |a: &str, b: &str, losses: &[FoldLoss]| compare(a, b, losses, rule.folds, rule.rope, rule.same_size);
    let versus = |(a, b): (Kind, Kind)| over(&name(a), &name(b), &board.fold_losses(a, b)?);
    let gain_of = |a: Kind, b: Kind| -> Option<Gain> { versus((a, b)).map(|c| c.gain) };
    let best = board.best_network(rule.rope);
    let line = name(Kind::Linear);
    let gain = best.as_ref().and_then(|best| over(&line, "the best network", &best.losses)).map(|c| c.gain);
    let networks = [Kind::Network, Kind::NoSkip, Kind::Shallow].into_iter();
    let rivals: Vec<(String, Gain)> =
        networks.filter_map(|kind| Some((the(&name(kind)), gain_of(Kind::Linear, kind)?))).collect();
    let verdict = rule::decide(&Evidence {
        curvature,
        gain: gain.as_ref(),
        best: &best.as_ref().map_or_else(String::new, |best| the(&name(best.kind))),
        has_units: best.as_ref().is_some_and(|best| best.has_units),
        rivals: &rivals,
        linear_over_mean: gain_of(Kind::Mean, Kind::Linear).as_ref(),
        skip: gain_of(Kind::NoSkip, Kind::Network).as_ref(),
        explained: best.as_ref().and_then(|best| board.explained(&best.losses)),
        measure: if board.task == Task::Regression { "variance" } else { "deviance" },
        is_saturated,
        n: board.n_rows(),
    });
    Judgement { comparisons: PAIRS.into_iter().filter_map(versus).collect(), gain, verdict }
}

fn the(name: &str) -> String {
    format!("the {name}")
}
