//! What a caller may choose about a fit. [`Config::check`] turns it into numbers that the mathematics need not doubt.

use serde::{Deserialize, Serialize};

use crate::error::choices;
use crate::net::Activation;
use crate::{Error, Result};

/// How the network is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Inner cross-validation decides between the linear model, a sparse network and an ensemble of dense starts.
    #[default]
    Auto,
    /// The same without cross-validation: the smallest -log evidence of linear, sparse and dense decides.
    Evidence,
    /// A regularisation path, lambda by inner cross-validation.
    Path,
    /// The linear model only: lasso path, lambda by inner cross-validation.
    Linear,
}

/// What the price of a regularisation path is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Penalty {
    /// sum |w| over all weights.
    #[default]
    L1,
    /// sum |w| over the skip, sum of sqrt(d) ||.|| over the d weights into and out of each hidden unit.
    Group,
    /// |w_hj| <= M ||skip_j||: an input enters hidden units only together with its linear effect (LassoNet).
    Hierarchical,
}

/// Where a regularisation path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PathStart {
    /// At the smallest lambda, with a dense network from random weights: weights and units leave.
    #[default]
    Dense,
    /// At the largest lambda, with the linear model, which one unit may enter at each lambda. Several times faster, and as good where few
    /// units do; not where many have to work together. L1 penalty and one hidden layer only.
    Linear,
}

/// Which lambda of a path is deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LambdaChoice {
    /// The smallest cross-validated loss.
    #[default]
    Min,
    /// The largest lambda whose loss is within one standard error of the smallest.
    OneStandardError,
}

choices!(Method {
    Auto = "auto": "Inner cross-validation decides between a linear model, a sparse and a dense network",
    Evidence = "evidence": "The same by the evidence (marginal likelihood), without cross-validation: faster",
    Path = "path": "A regularisation path, lambda by inner cross-validation",
    Linear = "linear": "The linear model only: lasso, lambda by inner cross-validation",
});

choices!(Penalty {
    L1 = "l1": "Each weight",
    Group = "group": "Each hidden unit as a whole",
    Hierarchical = "hierarchical": "Inputs: one enters hidden units only together with its linear effect (LassoNet)",
});

choices!(PathStart {
    Dense = "dense": "With a dense network, which loses weights and units",
    Linear = "linear": "With the linear model, which one unit may enter at each lambda: several times faster, and as good where few units do",
});

choices!(LambdaChoice {
    Min = "min": "The smallest cross-validated loss",
    OneStandardError = "1se" | "one_standard_error": "The simplest model within one standard error of it",
});

/// Options of a fit; the default is what `skiplayer fit` does without any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub method: Method,
    pub penalty: Penalty,
    #[serde(default)]
    pub path_start: PathStart,
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
    /// Rows above which [`Method::Auto`] and [`Method::Evidence`] fit networks by stochastic steps.
    #[serde(default = "stochastic_above")]
    pub stochastic_above: usize,
    pub seed: u64,
}

/// A Gauss-Newton matrix of more rows costs more than it gains.
fn stochastic_above() -> usize {
    20_000
}

impl Default for Config {
    fn default() -> Self {
        Self {
            method: Method::default(),
            penalty: Penalty::default(),
            path_start: PathStart::default(),
            lambda_choice: LambdaChoice::default(),
            hidden: None,
            depth: 1,
            activation: Activation::default(),
            skip: true,
            ensemble: 8,
            folds: 5,
            stochastic_above: stochastic_above(),
            seed: 1,
        }
    }
}

impl Config {
    /// Whether a table of `n` rows is fitted by stochastic steps.
    pub fn is_stochastic(&self, n: usize) -> bool {
        let may_have_units = self.hidden != Some(0);
        matches!(self.method, Method::Auto | Method::Evidence) && may_have_units && n > self.stochastic_above
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
        limit("--stochastic-above", self.stochastic_above, 1_000..=1_000_000_000)?;
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
        if self.path_start == PathStart::Linear {
            let other = if self.method != Method::Path {
                Some("another method than `path`")
            } else if self.penalty != Penalty::L1 {
                Some("a penalty on units or inputs")
            } else {
                (self.depth > 1).then_some("more than one hidden layer")
            };
            if let Some(other) = other {
                return Err(Error::input("--path-start", format!("linear together with {other}"))
                    .expected("`--method path` with `--penalty l1` and `--depth 1`"));
            }
        }
        if self.penalty != Penalty::L1 && self.method != Method::Path {
            return Err(Error::input("--penalty", "a penalty for another method").expected("`--method path` with it"));
        }
        Ok(())
    }
}
