//! The whole of an evaluation.

use super::leakage;
use super::options::{EVALUATE, EvaluationOptions, FOLDS};
use super::record::{Curvature, Design, Evaluation, SplitKind};
use crate::evaluate::compare::fold_scores::{FoldScores, Observed};
use crate::evaluate::curvature::{Question, is_saturated};
use crate::evaluate::intervals::conformal::IntervalModel;
use crate::evaluate::intervals::coverage::{interval_model, interval_summary, lowest};
use crate::evaluate::resample::nested;
use crate::evaluate::resample::nested::{FoldResult, contenders};
use crate::evaluate::resample::split;
use crate::evaluate::resample::split::{Split, splits};
use crate::evaluate::verdict::assess::{Assessment, Rule, assess};
use crate::evaluate::verdict::learning_curve::{LearningCurveRequest, learning_curve};
use crate::evaluate::verdict::sensitivity::{SensitivityAnalysis, scale_first};
use crate::fit::options::MAX_SECONDS;
use crate::fit::{Config, Event, Observer};
use crate::schema::Dataset;
use crate::{Error, Result, message};

/// Whether `data` bend away from a line: the tests of an evaluation alone, which take no fit of a network.
///
/// # Errors
/// Cells that cannot be used as given.
pub fn curvature(data: &Dataset, seed: u64) -> Result<Curvature> {
    let encoded = data.encode(&data.all())?;
    let names = encoded.encoding.feature_names();
    Ok(Question::new(&encoded.sample, &names, &data.scheme()?).curvature(seed))
}

/// Evaluates the procedure that `fit` with `config` is, on the same data: nested cross-validation of the contenders, tests
/// of curvature, the verdict, and the models behind prediction intervals.
///
/// # Errors
/// Those of [`fit`](crate::fit::fit()), and options that cannot be meant.
pub fn evaluate(
    data: &Dataset,
    config: &Config,
    options: &EvaluationOptions,
    observer: &dyn Observer,
) -> Result<(Evaluation, Option<IntervalModel>)> {
    config.check()?;
    crate::fit::check_rules(data.schema(), config)?;
    options.check()?;
    let (schema, roles) = (data.schema(), data.roles());
    let n = data.n_rows();
    let scheme = data.scheme()?;
    let kinds = contenders(config);
    let fold_config = options.fold_config(config, n);
    let (folds, repeats) = (options.folds_for(n), options.repeats_for(n));
    let in_time = split::kind(&scheme) == SplitKind::ForwardInTime;
    let repeats = if in_time { 1 } else { repeats };
    let encoded = data.encode(&data.all())?;
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
    let results = nested::run(data, &all, &kinds, &fold_config, observer)?;
    let finished = results.len();
    if finished < 2 {
        return Err(Error::failure("evaluation", format!("time ran out after {finished} of {} folds", all.len()))
            .hint(message!["a larger ", &MAX_SECONDS, ", fewer ", &FOLDS, ", or ", EVALUATE.to(false)]));
    }
    let names = encoded.encoding.feature_names();
    let question = Question::new(&encoded.sample, &names, &scheme);
    let curvature = question.curvature(config.seed);
    let linearity_tests = question.classical();

    let observed = Observed::new(data, &encoded, &scheme);
    let scores =
        FoldScores { kinds: &kinds, config, results: &results, observed: &observed, loss: schema.loss, kept: None };
    let rule = Rule { folds: k, rope: options.rope, same_size: !in_time };
    let is_saturated = is_saturated(&encoded.sample);
    let assessment = assess(&scores, &curvature, rule, is_saturated);
    let (linear_share, nonlinear_share) = scores.shares();

    // Folds are finished in any order; those of one repeat test each row once at most.
    let first: Vec<&FoldResult> = results.iter().filter(|r| all[..k].contains(&r.split)).collect();
    let lowest = lowest(schema.task, &schema.targets, &observed.response);
    let intervals = interval_model(&first, schema.task, &observed, in_time, lowest);
    let summary =
        intervals.as_ref().and_then(|model| interval_summary(model, &first, &observed, schema.task, options.level));
    let mut warnings = leakage::warnings(data, &encoded);
    if finished < all.len() {
        warnings.push(format!("the evaluation was stopped after {finished} of {} folds", all.len()).into());
    }
    let again = SensitivityAnalysis {
        data,
        encoded: &encoded,
        names: &names,
        scheme: &scheme,
        identity: identity.as_deref(),
        scores: &scores,
        assessment: &assessment,
        rule,
        config: &fold_config,
    };
    let sensitivity = again.all(observer)?;
    let learning_curve = if options.learning_curve {
        let (scheme, kinds, observed) = (&scheme, &kinds[..], &observed);
        let identity = identity.as_deref();
        let request =
            LearningCurveRequest { data, scheme, identity, kinds, observed, config: &fold_config, named: config };
        Some(learning_curve(&request, observer)?)
    } else {
        None
    };
    let contenders = kinds.iter().map(|&kind| scores.scores(kind)).collect();
    let Assessment { mut verdict, gain, comparisons } = assessment;
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
            column: roles.group.clone().or_else(|| roles.time.clone()),
        },
        intervals: summary,
        rows: scores.row_predictions(&first, &schema.rows),
        warnings,
        learning_curve,
    };
    Ok((evaluation, intervals))
}
