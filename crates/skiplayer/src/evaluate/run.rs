//! The whole of an evaluation.

use super::board::{Board, Truth};
use super::conformal::IntervalModel;
use super::coverage::{interval_model, interval_summary};
use super::curvature::{Question, sensitivity};
use super::gain::compare;
use super::leakage;
use super::learning_curve::{Ask, learning_curve};
use super::nested::{self, Kind, contenders};
use super::options::EvaluationOptions;
use super::record::{Comparison, Design, Evaluation, Gain, SplitKind};
use super::split::{self, Split, splits};
use super::verdict::{self, Evidence};
use crate::data::{Table, TargetSpec, prepare};
use crate::fit::{Config, Event, Observer, Rows, target_scales};
use crate::{Error, Result};

/// Evaluates the procedure that `fit` with `config` is, on the same table: nested cross-validation of the contenders, tests
/// of curvature, the verdict, and the models behind prediction intervals.
///
/// # Errors
/// Those of [`fit`](crate::fit::fit()), and options that cannot be meant.
pub fn evaluate(
    table: &Table,
    target: &TargetSpec,
    config: &Config,
    options: &EvaluationOptions,
    observer: &dyn Observer,
) -> Result<(Evaluation, Option<IntervalModel>)> {
    config.check()?;
    options.check()?;
    let prepared = prepare(table, target)?;
    let scales = target_scales(table, &prepared);
    let rows = Rows { table, prepared: &prepared, scales: &scales };
    let n = prepared.rows.len();
    let scheme = rows.scheme()?;
    let kinds = contenders(config);
    let fold_config = options.fold_config(config, n);
    let (folds, repeats) = (options.folds_for(n), options.repeats_for(n));
    let in_time = split::kind(&scheme) == SplitKind::ForwardInTime;
    let repeats = if in_time { 1 } else { repeats };
    let divided: Vec<Vec<Split>> = (0..repeats).map(|r| splits(&scheme, folds, config.seed, r)).collect();
    let k = divided[0].len();
    if k < 2 {
        return Err(Error::input("--folds", format!("{k} usable fold from {n} rows"))
            .expected("at least two folds")
            .hint("more rows, more groups or times, or `--no-evaluate`"));
    }
    let all: Vec<Split> = divided.into_iter().flatten().collect();
    let name = format!("evaluation: {} outer folds, {} contenders", all.len(), kinds.len());
    observer.event(Event::Stage { name, steps: all.len() });
    let results = nested::run(&rows, &all, &kinds, &fold_config, observer)?;
    let finished = results.len();
    if finished < 2 {
        return Err(Error::failure("evaluation", format!("time ran out after {finished} of {} folds", all.len()))
            .hint("a larger `--max-seconds`, fewer `--folds`, or `--no-evaluate`"));
    }
    let whole: Vec<usize> = (0..n).collect();
    let encoded = rows.encode(&whole)?;
    let names = encoded.encoding.feature_names();
    let question = Question::new(&encoded.sample, &names, &scheme);
    let curvature = question.curvature(config.seed);
    let linearity_tests = question.classical();

    let truth = Truth::new(&rows, &encoded);
    let board = Board { kinds: &kinds, config, results: &results, truth: &truth, task: prepared.task };
    let losses = |a: Kind, b: Kind| board.fold_losses(a, b);
    let versus = |a: Kind, b: Kind| -> Option<Comparison> {
        compare(&a.name(config), &b.name(config), &losses(a, b)?, k, options.rope, !in_time)
    };
    let comparisons: Vec<Comparison> = [
        (Kind::Mean, Kind::Linear),
        (Kind::Linear, Kind::Network),
        (Kind::NoSkip, Kind::Network),
        (Kind::Shallow, Kind::Network),
    ]
    .into_iter()
    .filter_map(|(a, b)| versus(a, b))
    .collect();
    let gain_of = |a: Kind, b: Kind| -> Option<Gain> { versus(a, b).map(|c| c.gain) };
    let gain = gain_of(Kind::Linear, Kind::Network);
    let verdict = verdict::decide(&Evidence {
        curvature: &curvature,
        gain: gain.as_ref(),
        linear_over_mean: gain_of(Kind::Mean, Kind::Linear).as_ref(),
        skip: gain_of(Kind::NoSkip, Kind::Network).as_ref(),
    });
    let (linear_share, nonlinear_share) = board.shares();

    let first = &results[..results.iter().position(|r| r.split == all[k - 1]).map_or(finished.min(k), |at| at + 1)];
    let intervals = interval_model(first, prepared.task, &truth, in_time);
    let summary = intervals.as_ref().map(|model| interval_summary(model, first, &truth, prepared.task, options.level));
    let mut warnings = leakage::warnings(table, &prepared, &encoded);
    if finished < all.len() {
        warnings.push(format!("the evaluation was stopped after {finished} of {} folds", all.len()));
    }
    let sensitivity = sensitivity(&encoded.sample, &names, &scheme, table, &prepared, curvature.p_value, config.seed);
    let learning_curve = if options.learning_curve {
        let (rows, scheme, kinds, truth) = (&rows, &scheme, &kinds[..], &truth);
        Some(learning_curve(&Ask { rows, scheme, kinds, truth, config: &fold_config, named: config }, observer)?)
    } else {
        None
    };
    let evaluation = Evaluation {
        verdict,
        sensitivity,
        curvature,
        gain,
        linear_share,
        nonlinear_share,
        contenders: kinds.iter().map(|&kind| board.scores(kind)).collect(),
        comparisons,
        linearity_tests,
        design: Design {
            split: split::kind(&scheme),
            folds: k,
            repeats,
            finished,
            column: target.group.clone().or_else(|| target.time.clone()),
        },
        intervals: summary,
        rows: board.row_predictions(first, &prepared.rows),
        warnings,
        learning_curve,
    };
    Ok((evaluation, intervals))
}
