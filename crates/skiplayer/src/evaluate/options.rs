//! How an evaluation is made, and a row for each of its options.

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::error::{Kind, Setting};
use crate::fit::Config;

const SECTION: &str = "Evaluation";

const fn setting(field: &'static str, name: &'static str, kind: Kind) -> Setting {
    Setting::new(field, name, kind).section(SECTION)
}

/// Outer folds.
pub static FOLDS: Setting = setting("EvaluationOptions::folds", "folds", Kind::Count { least: 2, most: 100 })
    .formerly(&["n_folds"])
    .help("Outer folds of the nested cross-validation");
/// Repeats of the outer folds.
pub static REPEATS: Setting = setting("EvaluationOptions::repeats", "repeats", Kind::Count { least: 1, most: 100 })
    .formerly(&["n_repeats"])
    .help("Repeats of the outer cross-validation with other folds [default: more for few rows]");
/// Whether contenders are also trained on parts of the rows.
pub static LEARNING_CURVE: Setting = setting("EvaluationOptions::learning_curve", "learning_curve", Kind::Switch)
    .help("Also train all contenders on growing parts of the rows: shows which is ahead with few rows");
/// Whether there is an evaluation at all.
pub static EVALUATE: Setting = setting("evaluate", "evaluate", Kind::Switch)
    .help("Evaluate the model: a verdict, and prediction intervals")
    .off("Leave out the evaluation: no verdict, no intervals, a tenth of the time")
    .excludes(&["folds", "repeats", "learning_curve"]);
/// Coverage of prediction intervals.
pub static INTERVAL: Setting =
    setting("Model::predict_interval::level", "interval", Kind::Number { above: 0.0, below: 1.0 })
        .help("Also intervals that cover this share of new rows, or for classes the set that does");

/// The fields of [`EvaluationOptions`] that a user sets, in the order of the help.
pub static EVALUATION: [&Setting; 3] = [&FOLDS, &REPEATS, &LEARNING_CURVE];

/// Options of an evaluation; the default is what `skiplayer fit` does without any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluationOptions {
    /// Outer folds.
    pub folds: usize,
    /// Repeats of the outer folds with other divisions; `None`: more where there are few rows.
    pub repeats: Option<usize>,
    /// Half-width of the region of practical equivalence, relative to the loss of the linear model.
    pub rope: f64,
    /// Coverage that the summary of the prediction intervals is told for.
    pub level: f64,
    /// Whether the contenders are also trained on parts of the rows.
    pub learning_curve: bool,
}

impl Default for EvaluationOptions {
    fn default() -> Self {
        Self { folds: 10, repeats: None, rope: 0.01, level: 0.9, learning_curve: false }
    }
}

/// Networks that are averaged in each outer fold. The deployed model has more, which makes the evaluation cautious.
const MEMBERS: usize = 4;
/// Inner folds of each outer fold where there are more than `FEW_ROWS`. With fewer rows the choice of the form is the less sure the
/// fewer the folds (boston: a sparse network in 2 of 10 outer folds, which was wrong by far on a few rows).
const INNER_FOLDS: usize = 3;
const FEW_ROWS: usize = 600;
/// Predictions of held-out rows that are enough for the scores of contenders to be compared.
const PREDICTIONS: usize = 400;
/// Rows above which fewer outer folds are enough.
const MANY_ROWS: usize = 20_000;

impl EvaluationOptions {
    /// Refuses what cannot be meant.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) naming the option.
    pub fn check(&self) -> Result<()> {
        FOLDS.check_count(self.folds)?;
        self.repeats.map_or(Ok(()), |repeats| REPEATS.check_count(repeats))
    }

    /// Outer folds for `n` rows.
    pub(super) fn folds_for(&self, n: usize) -> usize {
        if n > MANY_ROWS { self.folds.min(5) } else { self.folds.min(n) }
    }

    /// Repeats for `n` rows: those with which the number of predictions is nearest to 400.
    pub(super) fn repeats_for(&self, n: usize) -> usize {
        self.repeats.unwrap_or_else(|| ((PREDICTIONS + n / 2) / n.max(1)).clamp(1, 5))
    }

    /// The options of the fits in outer folds of `n` rows: the same procedure with less effort.
    pub(super) fn fold_config(&self, config: &Config, n: usize) -> Config {
        let inner_folds = if n > FEW_ROWS { config.inner_folds.min(INNER_FOLDS) } else { config.inner_folds };
        // Training sets are smaller than the table: stochastic steps are judged where stochastic steps are deployed.
        let stochastic_above = if config.is_stochastic(n) { 0 } else { usize::MAX };
        Config { n_starts: config.n_starts.min(MEMBERS), inner_folds, stochastic_above, ..config.clone() }
    }
}
