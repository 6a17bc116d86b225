//! What a fit tells besides the model.

use serde::{Deserialize, Serialize};

use super::choices::Method;
use crate::encode::Task;
use crate::error::Message;
use crate::fit::laplace::train::MemberRecord;
use crate::linear_part::Coefficient;
use crate::loss::Loss;
use crate::schema::ColumnRules;
use crate::solve::Termination;

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// No input predicts the target.
    Constant,
    /// No hidden unit: the linear model.
    Linear,
    /// The linear model by the lasso, with the lambda of inner cross-validation.
    Lasso,
    /// The linear model by the elastic net, with the lambda and the mixture of inner cross-validation.
    ElasticNet,
    /// Units inserted one by one into the linear model.
    Sparse,
    /// The mean of networks from dense starts.
    Dense,
    /// The same without a skip, where rows are few.
    DenseWithoutSkip,
    /// A point of a regularisation path.
    Path,
    /// A network fitted by stochastic steps, for many rows.
    Stochastic,
    /// The mean of models that were fitted on different rows.
    Merged,
}

/// The cross-validated loss of a candidate, in the units of `train_loss`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contender {
    pub form: Form,
    pub cv_loss: f64,
    /// Loss of the linear model minus that of this one, mean over rows, and its paired standard error.
    pub gain_over_linear: f64,
    pub gain_standard_error: f64,
    /// False if a fit did not converge in some fold.
    pub converged: bool,
    /// Folds after which it was too far behind to be chosen, and ran no further: its gain is over these, and its loss by that gain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_up_after: Option<usize>,
    pub chosen: bool,
}

impl Contender {
    /// Whether it is the line that gains are over.
    pub fn is_yardstick(&self) -> bool {
        matches!(self.form, Form::Linear | Form::Lasso | Form::ElasticNet)
            && self.gain_over_linear == 0.0
            && self.gain_standard_error == 0.0
    }

    /// What tables say beside its figures.
    pub fn remark(&self) -> String {
        match (self.chosen, self.converged, self.given_up_after) {
            (true, true, _) => "chosen".into(),
            (true, false, _) => "chosen, not converged in every fold".into(),
            (false, false, _) => "not converged in every fold".into(),
            (false, true, Some(folds)) => format!("given up after {folds} folds"),
            (false, true, None) => String::new(),
        }
    }
}

/// One lambda of a regularisation path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathPoint {
    pub lambda: f64,
    pub n_units: usize,
    pub n_inputs: usize,
    pub n_weights: usize,
    pub train_loss: f64,
    pub cv_loss: f64,
    pub cv_standard_error: f64,
    pub termination: Termination,
}

/// The result of a fit in numbers and words. Losses and shares of a [merged](Form::Merged) model are the means of those of its members, each
/// over its own rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    pub task: Task,
    /// `None`: that of the task. A Huber loss is in units of the target's standard deviation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
    pub n_rows: usize,
    /// Groups of rows that belong together, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n_groups: Option<usize>,
    /// What was asked of single columns.
    #[serde(default, skip_serializing_if = "ColumnRules::is_empty")]
    pub rules: ColumnRules,
    /// Columns that were offered as inputs.
    pub n_inputs: usize,
    pub method: Method,
    pub form: Form,
    pub n_units: usize,
    /// Hidden units that were offered.
    pub n_units_offered: usize,
    /// Names of the columns that some weight uses.
    pub inputs_used: Vec<String>,
    /// Priced weights (not biases) that are not zero.
    pub n_weights: usize,
    /// Mean loss over the training rows: half the squared error over the target's variance, or the negative log-likelihood.
    pub train_loss: f64,
    /// -log evidence in nats (the best member's); `None` for paths.
    pub evidence: Option<f64>,
    pub lambda: Option<f64>,
    /// The share of L1 in the price, if the model is a line by the [elastic net](Form::ElasticNet).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub l1_ratio: Option<f64>,
    pub converged: bool,
    /// Largest violation of the optimality conditions on the live weights, in units of lambda.
    pub kkt: f64,
    pub termination: Termination,
    /// Share of the variance (identity link) or deviance that the projected linear part explains in the training rows.
    pub linear_share_in_sample: f64,
    /// What the hidden units explain beyond it.
    pub nonlinear_share_in_sample: f64,
    /// Projected linear part in original units.
    pub coefficients: Vec<Coefficient>,
    /// One an output.
    pub intercept: Vec<f64>,
    /// Members of the ensemble, those kept first.
    pub members: Vec<MemberRecord>,
    pub contenders: Vec<Contender>,
    pub path: Vec<PathPoint>,
    /// What came out, in words.
    #[serde(alias = "story")]
    pub headline: String,
    pub warnings: Vec<Message>,
}

impl Summary {
    /// What is minimised.
    pub fn loss(&self) -> Loss {
        self.loss.unwrap_or_else(|| self.task.loss())
    }
}
