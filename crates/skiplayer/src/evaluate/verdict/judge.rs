//! From losses of contenders to comparisons and the verdict.

use super::rule;
use super::rule::Evidence;
use crate::evaluate::compare::fold_scores::Board;
use crate::evaluate::compare::gain::compare;
use crate::evaluate::record::{Comparison, Curvature, Gain, Verdict};
use crate::evaluate::resample::nested::Kind;

/// Pairs that are compared, the second against the first.
const PAIRS: [(Kind, Kind); 4] = [
    (Kind::Mean, Kind::Linear),
    (Kind::Linear, Kind::Network),
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
    /// Of the network over the linear model.
    pub gain: Option<Gain>,
    pub verdict: Verdict,
}

/// Compares the contenders of `board` and applies the rule of `verdict`.
pub fn judge(board: &Board, curvature: &Curvature, rule: Rule) -> Judgement {
    let versus = |(a, b): (Kind, Kind)| -> Option<Comparison> {
        let losses = board.fold_losses(a, b)?;
        compare(&a.name(board.config), &b.name(board.config), &losses, rule.folds, rule.rope, rule.same_size)
    };
    let gain_of = |a: Kind, b: Kind| -> Option<Gain> { versus((a, b)).map(|c| c.gain) };
    let gain = gain_of(Kind::Linear, Kind::Network);
    let verdict = rule::decide(&Evidence {
        curvature,
        gain: gain.as_ref(),
        linear_over_mean: gain_of(Kind::Mean, Kind::Linear).as_ref(),
        skip: gain_of(Kind::NoSkip, Kind::Network).as_ref(),
        n: board.n_rows(),
    });
    Judgement { comparisons: PAIRS.into_iter().filter_map(versus).collect(), gain, verdict }
}
