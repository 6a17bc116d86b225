//! The options of a table: a row for each field of [`ColumnRoles`](super::ColumnRoles) and [`ColumnRules`](super::ColumnRules).

use crate::encode::Task;
use crate::error::{Choices, Kind, Setting};
use crate::loss::{LossKind, Ties};

const SECTION: &str = "Table";

const fn setting(field: &'static str, name: &'static str, kind: Kind) -> Setting {
    Setting::new(field, name, kind).section(SECTION)
}

/// Columns to predict.
pub static TARGET: Setting = setting("ColumnRoles::columns", "target", Kind::Columns)
    .help("Column to predict; several for a regression with several outputs")
    .required();
/// What the target is.
pub static TASK: Setting = setting("ColumnRoles::task", "task", Kind::Choice(Task::CHOICES)).help("What the target is");
/// What is minimised.
pub static LOSS: Setting = setting("ColumnRoles::loss", "loss", Kind::Choice(LossKind::CHOICES))
    .help("What is minimised, which also says what the target is")
    .auto("From the task");
/// The power of Tweedie's variance.
pub static POWER: Setting = setting("ColumnRoles::power", "power", Kind::Number { above: 1.0, below: 2.0 })
    .help("Tweedie's loss: the power of the mean that the variance is proportional to; 1.5 by default");
/// The order of classes.
pub static CLASSES: Setting = setting("ColumnRoles::classes", "classes", Kind::Words)
    .help("The classes in their order, the lowest first, such as low,middle,high; by default numbers by size, text by the alphabet");
/// The levels of quantiles.
pub static QUANTILE: Setting = setting("ColumnRoles::quantiles", "quantile", Kind::Numbers { above: 0.0, below: 1.0 })
    .help("Quantile loss: the levels, in increasing order, such as .5 for the median; .1,.5,.9 by default");
/// Out of how many.
pub static TRIALS: Setting = setting("ColumnRoles::trials", "trials", Kind::Column)
    .help("Column of numbers of trials, beside a target that counts the successes among them; not an input");
/// How durations end.
pub static EVENT: Setting = setting("ColumnRoles::event", "event", Kind::Column)
    .help("Column of events, beside a target of durations: 1 or true where it happened, 0 or false where the row was censored");
/// Who is compared with whom.
pub static STRATA: Setting = setting("ColumnRoles::strata", "strata", Kind::Column)
    .help("Durations: column of strata (centres, sexes), each with a baseline hazard of its own; not an input");
/// Events at the same time.
pub static TIES: Setting = setting("ColumnRoles::ties", "ties", Kind::Choice(Ties::CHOICES))
    .help("Durations: how events at the same time are counted")
    .auto("Efron's");
/// Columns that are no inputs.
pub static DROP: Setting =
    setting("ColumnRoles::drop", "drop", Kind::Columns).help("Columns that are not used as inputs");
/// Columns that are inputs whatever they look like.
pub static KEEP: Setting = setting("ColumnRoles::keep", "keep", Kind::Columns)
    .help("Columns that are inputs even if they look like identifiers (a year in each row)");
/// Row weights.
pub static WEIGHT: Setting =
    setting("ColumnRoles::weight", "weight", Kind::Column).help("Column of row weights; only their ratios matter");
/// Weights of classes.
pub static CLASS_WEIGHT: Setting =
    setting("ColumnRoles::class_weight", "class_weight", Kind::ColumnValues("balanced|CLASS:X"))
        .help("Factors of the weights of rows by their class; `balanced`: each class weighs the same");
/// What is added to the linear predictor.
pub static OFFSET: Setting = setting("ColumnRoles::offset", "offset", Kind::Column)
    .help("Column that is added to the linear predictor as it is: with a log link a logarithm, for numbers in units of the target");
/// What the mean is proportional to.
pub static EXPOSURE: Setting = setting("ColumnRoles::exposure", "exposure", Kind::Column)
    .help("Column of exposures (years insured, population): counts and amounts are proportional to it");
/// Groups of rows.
pub static GROUP: Setting = setting("ColumnRoles::group", "group", Kind::Column)
    .help("Column of groups (patients, wells): rows of a group stay in one fold; not an input")
    .excludes(&["time"]);
/// Times of rows.
pub static TIME: Setting = setting("ColumnRoles::time", "time", Kind::Column)
    .help("Column of times, numbers or dates: folds are periods of time, evaluation runs forward; not an input");

const RULES_SECTION: &str = "Columns";

/// Columns in which predictions go one way only.
pub static MONOTONE: Setting = Setting::new("ColumnRules::monotone", "monotone", Kind::ColumnValues("COL:+|COL:-"))
    .section(RULES_SECTION)
    .help("Columns of numbers in which predictions never fall (+) or never rise (-), whatever the other inputs are");
/// Columns that stay in the linear part.
pub static UNPENALIZED: Setting = Setting::new("ColumnRules::unpenalized", "unpenalized", Kind::Columns)
    .section(RULES_SECTION)
    .help("Columns whose linear coefficients are neither penalised nor removed");
/// Penalties of columns.
pub static PENALTY_FACTOR: Setting =
    Setting::new("ColumnRules::penalty_factor", "penalty_factor", Kind::ColumnValues("COL:X"))
        .section(RULES_SECTION)
        .help("Factors of the penalty of the weights of columns: those above 1 are kept out more readily");
/// What hidden units may combine.
pub static INTERACTIONS: Setting =
    Setting::new("ColumnRules::interactions", "interactions", Kind::ColumnGroups).section(RULES_SECTION).help(
        "Columns that may interact, once for each group of them; others act on their own. `none`: all act on their own",
    );

/// All of them, in the order of the help.
pub static ROLES: [&Setting; 22] = [
    &TARGET,
    &TASK,
    &LOSS,
    &CLASSES,
    &POWER,
    &QUANTILE,
    &TRIALS,
    &EVENT,
    &STRATA,
    &TIES,
    &DROP,
    &KEEP,
    &WEIGHT,
    &CLASS_WEIGHT,
    &OFFSET,
    &EXPOSURE,
    &GROUP,
    &TIME,
    &MONOTONE,
    &UNPENALIZED,
    &PENALTY_FACTOR,
    &INTERACTIONS,
];
