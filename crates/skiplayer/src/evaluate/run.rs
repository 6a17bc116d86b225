//! The whole of an evaluation.

use super::durations::durations;
use super::leakage;
use super::options::{EVALUATE, EvaluationOptions, FOLDS};
use super::record::{Curvature, Design, Evaluation, SplitKind};
use crate::evaluate::compare::fold_scores::{FoldScores, Observed};
use crate::evaluate::curvature::{Question, is_saturated};
use crate::evaluate::intervals::conformal::IntervalModel;
use crate::evaluate::intervals::coverage::{interval_model, interval_summary, lowest};
use crate::evaluate::resample::nested;
use crate::evaluate::resample::nested::{ContenderKind, FoldResult, contenders};
use crate::evaluate::resample::outer_fold::OuterFold;
use crate::evaluate::resample::split;
use crate::evaluate::resample::split::{Split, splits};
use crate::evaluate::verdict::assess::{Assessment, Rule, assess};
use crate::evaluate::verdict::learning_curve::{LearningCurveRequest, learning_curve};
use crate::evaluate::verdict::sensitivity::{SensitivityAnalysis, scale_first};
use crate::fit::options::MAX_SECONDS;
use crate::fit::{Config, Encoded, Event, Goal, Method, Observer, Outlook, Scheme, Size, check_rules};
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
    let outline = Outline::new(data, config, options)?;
    outline.announce(observer);
    let results = nested::run(data, &outline.splits, &outline.kinds, &outline.config, observer)?;
    conclude(data, config, options, outline, results, observer)
}

/// Number of outer folds of [`evaluate`], over all repeats.
///
/// # Errors
/// Those of [`evaluate`] that come before any fit.
pub fn n_outer_folds(data: &Dataset, config: &Config, options: &EvaluationOptions) -> Result<usize> {
    Outline::new(data, config, options).map(|outline| outline.splits.len())
}

/// How long [`evaluate`] is likely to take; `None` for paths, whose length nobody knows.
///
/// # Errors
/// Those of [`n_outer_folds`].
pub fn outlook(data: &Dataset, config: &Config, options: &EvaluationOptions) -> Result<Option<Outlook>> {
    Outline::new(data, config, options).map(|outline| outline.outlook())
}

/// Runs outer fold `fold` alone, one of [`n_outer_folds`]: what takes the time of an evaluation, for callers that spread it over
/// processes or machines. It depends on data, options and seed, and not on where it runs.
///
/// # Errors
/// Those of [`evaluate`]; a fold that there is not; an interruption, after which there is nothing to send.
pub fn evaluate_fold(
    data: &Dataset,
    config: &Config,
    options: &EvaluationOptions,
    fold: usize,
    observer: &dyn Observer,
) -> Result<OuterFold> {
    let Outline { splits, kinds, config, .. } = Outline::new(data, config, options)?;
    let split = splits.get(fold).ok_or_else(|| {
        Error::input("fold", fold.to_string()).expected(format!("0 to {}, one of the outer folds", splits.len() - 1))
    })?;
    let result = nested::run_fold(data, split, &kinds, &config, observer)?;
    if observer.interrupted() {
        return Err(Error::failure(format!("outer fold {}", fold + 1), "interrupted"));
    }
    Ok(OuterFold::new(fold, splits.len(), result))
}

/// As [`evaluate`], from outer folds that [`evaluate_fold`] has run, each of them once and in any order: the same bits.
///
/// # Errors
/// Those of [`evaluate`], and folds of other data or options, that are missing or there twice.
pub fn evaluate_from(
    data: &Dataset,
    config: &Config,
    options: &EvaluationOptions,
    folds: &[OuterFold],
    observer: &dyn Observer,
) -> Result<(Evaluation, Option<IntervalModel>)> {
    let outline = Outline::new(data, config, options)?;
    let n = outline.splits.len();
    let result = |(at, split): (usize, &Split)| {
        let mut own = folds.iter().filter(|fold| fold.fold == at && fold.of == n);
        match (own.next(), own.next()) {
            (Some(fold), None) => fold.result(split, outline.kinds.len()),
            (found, _) => {
                let found = if found.is_none() { "none" } else { "more than one" };
                Err(Error::input(format!("outer fold {}", at + 1), found).expected(format!("each of {n} folds once")))
            }
        }
    };
    let results = outline.splits.iter().enumerate().map(result).collect::<Result<Vec<FoldResult>>>()?;
    conclude(data, config, options, outline, results, observer)
}

/// What is known before any outer fold is run.
struct Outline {
    encoded: Encoded,
    scheme: Scheme,
    identity: Option<Vec<usize>>,
    kinds: Vec<ContenderKind>,
    /// Of the fits in the folds.
    config: Config,
    /// Those of the first repeat, then those of the second, ...
    splits: Vec<Split>,
    /// Folds of one repeat.
    folds: usize,
    repeats: usize,
}

impl Outline {
    fn new(data: &Dataset, config: &Config, options: &EvaluationOptions) -> Result<Self> {
        config.check()?;
        check_rules(data.schema(), config)?;
        options.check()?;
        let n = data.n_rows();
        let scheme = data.scheme()?;
        let in_time = split::kind(&scheme) == SplitKind::ForwardInTime;
        let repeats = if in_time { 1 } else { options.repeats_for(n) };
        let encoded = data.encode(&data.all())?;
        let identity = leakage::accidental(&encoded);
        let divide = |repeat: usize| splits(&scheme, identity.as_deref(), options.folds_for(n), config.seed, repeat);
        let divided: Vec<Vec<Split>> = (0..repeats).map(divide).collect();
        let folds = divided[0].len();
        if folds < 2 {
            return Err(Error::input(&FOLDS, format!("{folds} usable fold from {n} rows"))
                .expected("at least two folds")
                .hint(message!["more rows, more groups or times, or ", EVALUATE.to(false)]));
        }
        let (kinds, config) = (contenders(config), options.fold_config(config, n));
        let splits = divided.into_iter().flatten().collect();
        Ok(Self { encoded, scheme, identity, kinds, config, splits, folds, repeats })
    }

    /// How long it is likely to take on one core; `None` for paths, whose length nobody knows.
    fn outlook(&self) -> Option<Outlook> {
        let size = Size::of(&self.encoded.sample);
        let network = Outlook::of_size(size, &self.config, Goal::Evaluate)?;
        let without_skip = Config { skip: false, method: Method::Evidence, ..self.config.clone() };
        let of_fold = network.and(Outlook::of_size(size, &without_skip, Goal::Evaluate)?);
        Some(of_fold.repeated(self.splits.len() as f64))
    }

    fn announce(&self, observer: &dyn Observer) {
        if let Some(outlook) = self.outlook() {
            observer.event(Event::Expected(outlook.on_cores(rayon::current_num_threads())));
        }
        let name = format!("evaluation: {} outer folds, {} contenders", self.splits.len(), self.kinds.len());
        observer.event(Event::Stage { name, steps: self.splits.len() });
    }
}

/// What the results of outer folds say.
fn conclude(
    data: &Dataset,
    config: &Config,
    options: &EvaluationOptions,
    outline: Outline,
    results: Vec<FoldResult>,
    observer: &dyn Observer,
) -> Result<(Evaluation, Option<IntervalModel>)> {
    let Outline { encoded, scheme, identity, kinds, config: fold_config, splits: all, folds: k, repeats } = outline;
    let (schema, roles) = (data.schema(), data.roles());
    let in_time = split::kind(&scheme) == SplitKind::ForwardInTime;
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
    let survival = durations(&encoded.sample, &names, &observed, &first);
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
        survival,
        rows: scores.row_predictions(&first, &schema.rows),
        warnings,
        learning_curve,
    };
    Ok((evaluation, intervals))
}
