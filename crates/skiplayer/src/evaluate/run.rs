//! The whole of an evaluation.

use super::leakage;
use super::options::{EVALUATE, EvaluationOptions, FOLDS};
use super::record::{Design, Evaluation, SplitKind};
use crate::evaluate::compare::fold_scores::{Board, Truth};
use crate::evaluate::curvature::{Question, is_saturated};
use crate::evaluate::intervals::conformal::IntervalModel;
use crate::evaluate::intervals::coverage::{interval_model, interval_summary};
use crate::evaluate::resample::nested;
use crate::evaluate::resample::nested::{FoldResult, contenders};
use crate::evaluate::resample::split;
use crate::evaluate::resample::split::{Split, splits};
use crate::evaluate::verdict::judge::{Judgement, Rule, judge};
use crate::evaluate::verdict::learning_curve::{Ask, learning_curve};
use crate::evaluate::verdict::sensitivity::{Again, scale_first};
use crate::fit::options::MAX_SECONDS;
use crate::fit::{Config, Event, Observer, Rows, target_scales};
use crate::schema::{TargetSpec, prepare};
use crate::table::Table;
use crate::{Error, Result, message};

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
    let whole: Vec<usize> = (0..n).collect();
    let encoded = rows.encode(&whole)?;
    let identity = leakage::accidental(&encoded);
    let divide = |repeat: usize| splits(&scheme, identity.as_deref(), folds, config.seed, repeat);
    let divided: Vec<Vec<Split>> = (0..repeats).map(divide).collect();
    let k = divided[0].len();
    if k < 2 {
        return Err(Error::input(&FOLDS, format!("{k} usable fold from {n} rows"))
            .expected("at least two folds")
            .hint(message!["more rows, more groups or times, or ", EVALUATE.to(false)]));
    }
    let all: Vec<Split> = divided.into_iter().flatten().collect();
    let name = format!("evaluation: {} outer folds, {} contenders", all.len(), kinds.len());
    observer.event(Event::Stage { name, steps: all.len() });
    let results = nested::run(&rows, &all, &kinds, &fold_config, observer)?;
    let finished = results.len();
    if finished < 2 {
        return Err(Error::failure("evaluation", format!("time ran out after {finished} of {} folds", all.len()))
            .hint(message!["a larger ", &MAX_SECONDS, ", fewer ", &FOLDS, ", or ", EVALUATE.to(false)]));
    }
    let names = encoded.encoding.feature_names();
    let question = Question::new(&encoded.sample, &names, &scheme);
    let curvature = question.curvature(config.seed);
    let linearity_tests = question.classical();

    let truth = Truth::new(&rows, &encoded, &scheme);
    let board = Board { kinds: &kinds, config, results: &results, truth: &truth, task: prepared.task, kept: None };
    let rule = Rule { folds: k, rope: options.rope, same_size: !in_time };
    let is_saturated = is_saturated(&encoded.sample);
    let judgement = judge(&board, &curvature, rule, is_saturated);
    let (linear_share, nonlinear_share) = board.shares();

    // Folds are finished in any order; those of one repeat test each row once at most.
    let first: Vec<&FoldResult> = results.iter().filter(|r| all[..k].contains(&r.split)).collect();
    let intervals = interval_model(&first, prepared.task, &truth, in_time);
    let summary =
        intervals.as_ref().and_then(|model| interval_summary(model, &first, &truth, prepared.task, options.level));
    let mut warnings = leakage::warnings(table, &prepared, &encoded);
    if finished < all.len() {
        warnings.push(format!("the evaluation was stopped after {finished} of {} folds", all.len()).into());
    }
    let again = Again {
        rows: &rows,
        target,
        encoded: &encoded,
        names: &names,
        scheme: &scheme,
        identity: identity.as_deref(),
        board: &board,
        judgement: &judgement,
        rule,
        config: &fold_config,
    };
    let sensitivity = again.all(observer)?;
    let learning_curve = if options.learning_curve {
        let (rows, scheme, kinds, truth) = (&rows, &scheme, &kinds[..], &truth);
        let identity = identity.as_deref();
        let ask = Ask { rows, scheme, identity, kinds, truth, config: &fold_config, named: config };
        Some(learning_curve(&ask, observer)?)
    } else {
        None
    };
    let contenders = kinds.iter().map(|&kind| board.scores(kind)).collect();
    let Judgement { mut verdict, gain, comparisons } = judgement;
    if let Some(first) = scale_first(&sensitivity, verdict.code) {
        verdict.text.insert_str(0, &first);
    }
    let evaluation = Evaluation {
        verdict,
        sensitivity,
        curvature,
        gain,
        linear_share,
        nonlinear_share,
        contenders,
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
        rows: board.row_predictions(&first, &prepared.rows),
        warnings,
        learning_curve,
    };
    Ok((evaluation, intervals))
}
