//! What an evaluation finds, as plain values: the same for the terminal, the report, JSON and Python.

use serde::{Deserialize, Serialize};

use super::survival_record::SurvivalEvaluation;
use crate::error::Message;

/// The answer to "does it help?", with everything that it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    pub verdict: Verdict,
    pub curvature: Curvature,
    /// Of the best network over the linear model, chosen in each fold by the others; `None` without a linear contender.
    pub gain: Option<Gain>,
    /// Out of fold: 1 - loss(linear part) / loss(mean), in squared error or deviance. May be negative.
    pub linear_share: f64,
    /// Out of fold: (loss(linear part) - loss(network)) / loss(mean). May be negative.
    pub nonlinear_share: f64,
    /// All on the same folds: mean, linear, network without skip, skip-layer network, ...
    pub contenders: Vec<ContenderScores>,
    pub comparisons: Vec<Comparison>,
    /// Classical tests, for reference: each with a note where it does not hold its size.
    pub linearity_tests: Vec<Test>,
    pub design: Design,
    pub intervals: Option<Intervals>,
    /// The main question asked again under other conditions.
    pub sensitivity: Vec<Sensitivity>,
    /// Of durations what is told of them besides scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survival: Option<SurvivalEvaluation>,
    /// One an evaluated row of the first repeat, in table order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<RowPrediction>,
    pub warnings: Vec<Message>,
    /// Where it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub learning_curve: Option<LearningCurve>,
}

/// The contenders at growing numbers of training rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearningCurve {
    /// The headline metric.
    pub metric: String,
    /// Training rows, mean over the folds, growing.
    pub n_train: Vec<usize>,
    pub contenders: Vec<CurveLine>,
}

/// A contender of a learning curve: one value a size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CurveLine {
    pub name: String,
    pub mean: Vec<f64>,
    pub se: Vec<f64>,
}

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictCode {
    Linear,
    LinearPlusUnits,
    Nonlinear,
    NoSignal,
    Undecided,
}

impl VerdictCode {
    /// "linear plus hidden units".
    pub fn words(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::LinearPlusUnits => "linear plus hidden units",
            Self::Nonlinear => "nonlinear",
            Self::NoSignal => "no signal",
            Self::Undecided => "undecided",
        }
    }
}

/// The verdict and its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    pub code: VerdictCode,
    /// A few sentences.
    pub text: String,
    /// The gates of the rule in order, each with what was seen.
    pub reasons: Vec<String>,
}

/// Is there curvature? The wild-bootstrap score battery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curvature {
    /// Of the Cauchy combination; `None` where the tests could not be made (see `note`).
    pub p_value: Option<f64>,
    /// coord, poly, reset.
    pub tests: Vec<Test>,
    pub n_bootstrap: usize,
    /// Wild-bootstrap test of all slopes: is there any linear signal?
    pub slopes: Option<Test>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A statistical test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Test {
    pub name: String,
    pub statistic: f64,
    pub p_value: f64,
    /// What drove it, or where it cannot be trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Relative gain G = 1 - loss(b) / loss(a) of a contender b over a, with the Bayesian correlated t posterior.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Gain {
    pub mean: f64,
    /// Central 95% posterior interval.
    pub lo: f64,
    pub hi: f64,
    /// Posterior probabilities that G > rope, |G| <= rope, G < -rope.
    pub p_better: f64,
    pub p_equal: f64,
    pub p_worse: f64,
    /// Half-width of the region of practical equivalence.
    pub rope: f64,
}

/// Scores of one contender over the outer folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContenderScores {
    /// "mean", "linear", "network without skip", "skip-layer network", "skip-layer network, depth 2".
    pub name: String,
    /// The headline metric: RMSE, pinball loss, log loss or deviance; smaller is better.
    pub metric: String,
    pub mean: f64,
    pub se: f64,
    /// The headline metric in each fold (repeats one after the other).
    pub folds: Vec<f64>,
    /// All metrics of the task, the headline first.
    pub scores: Vec<Score>,
    /// Hidden units in each fold's model.
    pub units: Vec<usize>,
    /// Of classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// Of quantiles, by level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantiles: Option<QuantileScores>,
}

/// How good quantiles are, out of fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuantileScores {
    pub levels: Vec<LevelScores>,
    /// The interval between the outermost two levels; `None` for one level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<BetweenScores>,
}

/// A level of quantiles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LevelScores {
    pub level: f64,
    /// Mean pinball loss in units of the target.
    pub pinball: f64,
    pub pinball_se: f64,
    /// Share of the rows at or below their quantile; the level is ideal.
    pub below: f64,
    pub below_se: f64,
}

/// The interval from the lowest to the highest level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BetweenScores {
    /// The highest level less the lowest: the share that should be inside.
    pub level: f64,
    pub coverage: f64,
    pub coverage_se: f64,
    /// Mean width in units of the target.
    pub width: f64,
}

/// Logistic regression of what happened on the log odds that were predicted for it, out of fold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// 1 is ideal; below 1 predictions are overconfident, above 1 underconfident.
    pub slope: f64,
    /// HC3, with groups or in time order CR3.
    pub slope_se: f64,
    /// 0 is right where the slope is 1.
    pub intercept: f64,
}

/// A metric with its standard error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    pub metric: String,
    pub mean: f64,
    pub se: f64,
    pub larger_is_better: bool,
}

/// Contender b against contender a.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub a: String,
    pub b: String,
    pub gain: Gain,
    /// Corrected resampled t (Nadeau & Bengio 2003; Bouckaert & Frank 2004), its degrees of freedom and two-sided p; `None`
    /// for forward-in-time splits, where folds differ in their training sizes.
    pub t: Option<f64>,
    pub degrees_of_freedom: Option<f64>,
    pub p_value: Option<f64>,
}

/// How rows were divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitKind {
    Plain,
    Stratified,
    Grouped,
    ForwardInTime,
}

/// The outer resampling.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Design {
    pub split: SplitKind,
    pub folds: usize,
    pub repeats: usize,
    /// Folds that were finished when time ran out; folds * repeats otherwise.
    pub finished: usize,
    /// The column of groups or times.
    pub column: Option<String>,
}

/// Prediction intervals or sets that travel with the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intervals {
    /// "CV+", "split conformal in time order", "LAC", "lower bounds by weights".
    pub method: String,
    pub level: f64,
    /// Share of the rows covered when each is predicted by the fold models that did not see it.
    pub coverage: f64,
    /// Mean width (regression), or mean number of classes in the set; `None` for lower bounds, which have no width.
    #[serde(default)]
    pub mean_width: Option<f64>,
    /// Width of prediction +- quantile of the residuals out of fold, for comparison.
    pub plain_width: Option<f64>,
    /// Below which no interval goes: 0 for counts, and for numbers that were all positive and of several sizes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowest: Option<f64>,
    /// Share of held-out rows of which no class is likely enough: their sets are empty. `None` but for classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty: Option<f64>,
}

impl Intervals {
    /// What a reader of single intervals or sets may stumble over: that they stop at zero, or are empty.
    pub fn reading(&self) -> Option<String> {
        match (self.lowest, self.empty) {
            (Some(lowest), _) => Some(format!("they stop at {lowest}, as no value of the target is below it")),
            (_, Some(empty)) if empty > 0.0 => {
                Some(format!("{:.1}% of the sets are empty: no class is likely enough there", 100.0 * empty))
            }
            _ => None,
        }
    }
}

/// The main question under another condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// "without the 1% of rows with the highest leverage", "for the logarithm of the target", "for logarithms of the target and `x`".
    pub condition: String,
    pub curvature_p_value: Option<f64>,
    /// Of the network over the linear model, and the verdict; `None` where networks were not compared.
    #[serde(default)]
    pub gain: Option<f64>,
    #[serde(default)]
    pub verdict: Option<VerdictCode>,
    /// What it changes, in words.
    pub text: String,
    /// Columns whose logarithms were taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logarithms: Vec<String>,
}

/// An out-of-fold prediction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RowPrediction {
    /// Row of the table, from 0.
    pub row: usize,
    pub fold: usize,
    /// The response, or 1 for the class that was there and was predicted with the probabilities below.
    pub observed: f64,
    /// Mean (regression, counts), or the probability of the observed class.
    pub linear: f64,
    pub network: f64,
}
