//! From losses of contenders to comparisons and the verdict.

use super::rule;
use super::rule::VerdictInputs;
use crate::evaluate::compare::fold_scores::FoldScores;
use crate::evaluate::compare::gain::{FoldLoss, compare};
use crate::evaluate::record::{Comparison, Curvature, Gain, Verdict};
use crate::evaluate::resample::nested::ContenderKind;

/// Pairs that are compared, the second against the first.
const PAIRS: [(ContenderKind, ContenderKind); 6] = [
    (ContenderKind::Mean, ContenderKind::Linear),
    (ContenderKind::Linear, ContenderKind::Network),
    (ContenderKind::Linear, ContenderKind::NoSkip),
    (ContenderKind::Linear, ContenderKind::Shallow),
    (ContenderKind::NoSkip, ContenderKind::Network),
    (ContenderKind::Shallow, ContenderKind::Network),
];

/// What the best network is called where it is not the same in all folds.
const CHOSEN_BY_FOLDS: &str = "the best network (chosen for each fold by the others)";

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
pub struct Assessment {
    pub comparisons: Vec<Comparison>,
    /// Of the best network over the linear model.
    pub gain: Option<Gain>,
    pub verdict: Verdict,
}

/// Compares the contenders of `scores` and applies the rule of `verdict`. A saturated linear model has a coefficient for every
/// combination of inputs that occurs.
pub fn assess(scores: &FoldScores, curvature: &Curvature, rule: Rule, is_saturated: bool) -> Assessment {
    let name = |kind: ContenderKind| kind.name(scores.config);
    let over = |a: &str, b: &str, losses: &[FoldLoss]| compare(a, b, losses, rule.folds, rule.rope, rule.same_size);
    let versus = |(a, b): (ContenderKind, ContenderKind)| over(&name(a), &name(b), &scores.fold_losses(a, b)?);
    let gain_of = |a: ContenderKind, b: ContenderKind| -> Option<Gain> { versus((a, b)).map(|c| c.gain) };
    let best = scores.best_network(rule.rope);
    let line = name(ContenderKind::Linear);
    let gain = best.as_ref().and_then(|best| over(&line, "the best network", &best.losses)).map(|c| c.gain);
    let networks = [ContenderKind::Network, ContenderKind::NoSkip, ContenderKind::Shallow].into_iter();
    let rivals: Vec<(String, Gain)> =
        networks.filter_map(|kind| Some((the(&name(kind)), gain_of(ContenderKind::Linear, kind)?))).collect();
    let verdict = rule::decide(&VerdictInputs {
        curvature,
        gain: gain.as_ref(),
        best: &best
            .as_ref()
            .and_then(|best| best.kind)
            .map_or_else(|| CHOSEN_BY_FOLDS.to_owned(), |kind| the(&name(kind))),
        has_units: best.as_ref().is_some_and(|best| best.has_units),
        rivals: &rivals,
        linear_over_mean: gain_of(ContenderKind::Mean, ContenderKind::Linear).as_ref(),
        skip: gain_of(ContenderKind::NoSkip, ContenderKind::Network).as_ref(),
        explained: best.as_ref().and_then(|best| scores.explained(&best.losses)),
        measure: scores.loss.kind().measure(),
        is_saturated,
        n: scores.n_rows(),
    });
    Assessment { comparisons: PAIRS.into_iter().filter_map(versus).collect(), gain, verdict }
}

fn the(name: &str) -> String {
    format!("the {name}")
}
