//! What a caller may choose about a fit. [`Config::check`] turns it into numbers that the mathematics need not doubt.

use serde::{Deserialize, Serialize};

use crate::net::Activation;
use crate::{Error, Result};

/// How the network is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Inner cross-validation decides between the linear model, a sparse network and an ensemble of dense starts.
    #[default]
    Auto,
    /// The same without cross-validation: the smallest -log evidence of linear, sparse and dense decides.
    Evidence,
    /// A regularisation path from dense to sparse, lambda by inner cross-validation.
    Path,
    /// The linear model only: lasso path, lambda by inner cross-validation.
    Linear,
}

/// What the price of a regularisation path is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Penalty {
    /// sum |w| over all weights.
    #[default]
    L1,
    /// sum |w| over the skip, sum of sqrt(d) ||.|| over the d weights into and out of each hidden unit.
    Group,
    /// |w_hj| <= M ||skip_j||: an input enters hidden units only together with its linear effect (LassoNet).
    Hierarchical,
}

/// Which lambda of a path is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LambdaChoice {
    /// The smallest cross-validated loss.
    #[default]
    Min,
    /// The largest lambda whose loss is within one standard error of the smallest.
    OneStandardError,
}

/// Options of a fit; the default is what `skiplayer fit` does without any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub method: Method,
    pub penalty: Penalty,
    pub lambda_choice: LambdaChoice,
    /// Hidden units offered in each layer; `None`: from the number of rows and inputs.
    pub hidden: Option<usize>,
    /// Hidden layers; those after the first are residual blocks.
    pub depth: usize,
    pub activation: Activation,
    /// Whether there is a linear skip from inputs to outputs.
    pub skip: bool,
    /// Networks of the dense ensemble.
    pub ensemble: usize,
    /// Inner folds.
    pub folds: usize,
    pub seed: u64,
    /// Whether networks are fitted by stochastic steps; `None`: above 20,000 rows. An evaluation says it for its smaller training
    /// sets, so that it judges the procedure that is deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stochastic: Option<bool>,
}

/// Rows above which networks are fitted by stochastic steps: a Gauss-Newton matrix of all rows costs more than it gains.
const STOCHASTIC_ROWS: usize = 20_000;

impl Default for Config {
    fn default() -> Self {
        Self {
            method: Method::default(),
            penalty: Penalty::default(),
            lambda_choice: LambdaChoice::default(),
            hidden: None,
            depth: 1,
            activation: Activation::default(),
            skip: true,
            ensemble: 8,
            folds: 5,
            seed: 1,
            stochastic: None,
        }
    }
}

impl Config {
    /// Whether networks on `n` rows are fitted by stochastic steps.
    pub(crate) fn is_stochastic(&self, n: usize) -> bool {
        self.stochastic.unwrap_or(n > STOCHASTIC_ROWS)
    }

    /// Refuses what cannot be meant.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) naming the option.
    pub fn check(&self) -> Result<()> {
        let limit = |option: &str, value: usize, range: std::ops::RangeInclusive<usize>| {
            if range.contains(&value) {
                return Ok(());
            }
            Err(Error::input(option, value.to_string()).expected(format!("{} to {}", range.start(), range.end())))
        };
        limit("--hidden", self.hidden.unwrap_or(0), 0..=1000)?;
        limit("--depth", self.depth, 1..=20)?;
        limit("--ensemble", self.ensemble, 1..=100)?;
        limit("--inner-folds", self.folds, 2..=50)?;
        if !self.skip && self.method == Method::Linear {
            return Err(Error::input("--no-skip", "it together with `--method linear`, which is nothing but the skip")
                .expected("one of the two"));
        }
        if !self.skip && self.hidden == Some(0) {
            return Err(Error::input("--no-skip", "it together with `--hidden 0`, which leaves a constant")
                .expected("one of the two"));
        }
        if self.penalty == Penalty::Hierarchical && !self.skip {
            return Err(Error::input(
                "--no-skip",
                "it together with `--penalty hierarchical`, which ties units to the skip",
            )
            .expected("one of the two"));
        }
        if self.penalty != Penalty::L1 && self.depth > 1 {
            return Err(Error::input(
                "--depth",
                format!("{} together with a group or hierarchical penalty", self.depth),
            )
            .expected("`--depth 1`, or `--penalty l1`"));
        }
        if self.penalty != Penalty::L1 && self.method != Method::Path {
            return Err(Error::input("--penalty", "a penalty for another method").expected("`--method path` with it"));
        }
        Ok(())
    }
}
