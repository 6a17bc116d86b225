//! What a caller may choose about a fit. [`Config::check`] turns it into numbers that the mathematics need not doubt.

use serde::{Deserialize, Serialize};

use super::choices::{Inference, LambdaChoice, Method, PathStart, Penalty};
use super::options::{DEPTH, INNER_FOLDS, METHOD, N_STARTS, N_UNITS, PATH_START, PENALTY, SKIP, STOCHASTIC_ABOVE};
use crate::error::Mention;
use crate::net::Activation;
use crate::{Error, Result, message};

/// Options of a fit; the default is what `skiplayer fit` does without any.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    pub method: Method,
    pub penalty: Penalty,
    #[serde(default)]
    pub path_start: PathStart,
    pub lambda_choice: LambdaChoice,
    /// Hidden units offered in each layer; `None`: from the number of rows and inputs.
    #[serde(alias = "hidden")]
    pub n_units: Option<usize>,
    /// Hidden layers; those after the first are residual blocks.
    pub depth: usize,
    pub activation: Activation,
    /// Whether there is a linear skip from inputs to outputs.
    pub skip: bool,
    /// Networks of the dense ensemble.
    #[serde(alias = "ensemble")]
    pub n_starts: usize,
    /// Inner folds.
    #[serde(alias = "folds")]
    pub inner_folds: usize,
    /// Rows above which [`Method::Auto`] and [`Method::Evidence`] fit networks by stochastic steps.
    #[serde(default = "stochastic_above")]
    pub stochastic_above: usize,
    #[serde(default)]
    pub inference: Inference,
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
            n_units: None,
            depth: 1,
            activation: Activation::default(),
            skip: true,
            n_starts: 8,
            inner_folds: 5,
            stochastic_above: stochastic_above(),
            inference: Inference::default(),
            seed: 1,
        }
    }
}

impl Config {
    /// Whether a table of `n` rows is fitted by stochastic steps.
    pub fn is_stochastic(&self, n: usize) -> bool {
        let may_have_units = self.n_units != Some(0);
        matches!(self.method, Method::Auto | Method::Evidence) && may_have_units && n > self.stochastic_above
    }

    /// Refuses what cannot be meant.
    ///
    /// # Errors
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) naming the option.
    pub fn check(&self) -> Result<()> {
        N_UNITS.check_count(self.n_units.unwrap_or(0))?;
        DEPTH.check_count(self.depth)?;
        N_STARTS.check_count(self.n_starts)?;
        INNER_FOLDS.check_count(self.inner_folds)?;
        STOCHASTIC_ABOVE.check_count(self.stochastic_above)?;
        let together_with = |other: Mention, why: &str| {
            Error::input(SKIP.to(false), message!["it together with ", other, why]).expected("one of the two")
        };
        if !self.skip && self.method == Method::Linear {
            return Err(together_with(METHOD.to("linear"), ", which is nothing but the skip"));
        }
        if !self.skip && self.n_units == Some(0) {
            return Err(together_with(N_UNITS.to(0), ", which leaves a constant"));
        }
        if self.penalty == Penalty::Hierarchical && !self.skip {
            return Err(together_with(PENALTY.to("hierarchical"), ", which ties units to the skip"));
        }
        if self.penalty != Penalty::L1 && self.depth > 1 {
            return Err(Error::input(&DEPTH, format!("{} together with a group or hierarchical penalty", self.depth))
                .expected(message![DEPTH.to(1), ", or ", PENALTY.to("l1")]));
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
                return Err(Error::input(&PATH_START, format!("linear together with {other}")).expected(message![
                    METHOD.to("path"),
                    " with ",
                    PENALTY.to("l1"),
                    " and ",
                    DEPTH.to(1)
                ]));
            }
        }
        if self.penalty != Penalty::L1 && self.method != Method::Path {
            return Err(Error::input(&PENALTY, "a penalty for another method")
                .expected(message![METHOD.to("path"), " with it"]));
        }
        Ok(())
    }
}
