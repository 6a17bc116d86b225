//! What each input does: the linear line and the perturbation around it.

mod accumulated;
mod compute;
mod grid;
mod interaction;
mod partial;

use serde::{Deserialize, Serialize};

use crate::Model;
use crate::linear_part::linear_part;
use crate::table::Table;
use crate::{Error, Result};
use compute::{Study, draw};

/// How fine effects are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectsOptions {
    /// Rows that are looked at; drawn, the same every time, where there are more.
    pub n_rows: usize,
    /// Places along a number.
    pub n_points: usize,
    /// Rows whose own curves are told.
    pub n_curves: usize,
}

impl Default for EffectsOptions {
    fn default() -> Self {
        Self { n_rows: 2000, n_points: 41, n_curves: 25 }
    }
}

/// Effects of all inputs in use, strongest first, and the strongest interactions of the nonlinear part.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Effects {
    pub inputs: Vec<Effect>,
    pub interactions: Vec<Interaction>,
    /// Weaker inputs that were left out.
    #[serde(default)]
    pub n_left_out: usize,
}

/// The effect of one input column on one output, centred, in units of the target (or of the link scale).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    pub input: String,
    /// The target column or the class, where there are several outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// "strength", or "log odds of yes", "log of the mean count".
    pub unit: String,
    pub curve: Curve,
    /// Standard deviation over the rows of the line and of the perturbation around it.
    pub linear_size: f64,
    pub nonlinear_size: f64,
}

/// Where and how the effect was computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Curve {
    /// All of the same length as `at` (values of the input in original units, increasing).
    Numeric {
        at: Vec<f64>,
        /// The projected linear part.
        line: Vec<f64>,
        /// Line plus perturbation, by accumulated local effects (Apley & Zhu 2020).
        accumulated: Vec<f64>,
        /// Partial dependence (Friedman 2001): mean prediction with the input set to the value.
        partial: Vec<f64>,
        /// Some rows' own curves, centred like `partial`.
        individual: Vec<Vec<f64>>,
        /// Deciles of the input, for a rug.
        deciles: Vec<f64>,
    },
    /// One value a level.
    Levels { levels: Vec<String>, counts: Vec<usize>, line: Vec<f64>, partial: Vec<f64> },
}

/// Two inputs that act together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interaction {
    pub a: String,
    pub b: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Standard deviation of the joint effect beyond the two single ones (Friedman & Popescu 2008), in the units of the
    /// effects, and its square as a share of the variance of the nonlinear part; where inputs are correlated that can exceed
    /// one.
    pub size: f64,
    pub share: f64,
    /// Their H²: the share of the variance of the joint effect, line included, that is beyond the single ones.
    pub h_squared: f64,
}

impl Effects {
    /// Effects of every input in use over `rows` of `table` with their weights: the training rows, or others like them.
    ///
    /// Numbers: accumulated local effects, partial dependence and some rows' own curves at quantiles. Categories: partial
    /// dependence at each level. Pairs: Friedman and Popescu's H statistic of the pairs that a screening leaves. All of it on
    /// the scale of the linear predictor, in units of the target for regression; scores of several classes are centred.
    ///
    /// # Errors
    /// Those of [`Encoding::apply`](crate::encode::Encoding::apply), no rows, rows that the table does not have, and weights that
    /// are not one positive number a row.
    ///
    /// # Complexity
    /// Does not grow with the number of rows beyond `options.n_rows`; about 10^10 multiplications at most for networks that
    /// are not huge.
    pub fn compute(
        model: &Model,
        table: &Table,
        rows: &[usize],
        weight: &[f64],
        options: &EffectsOptions,
    ) -> Result<Self> {
        table.check_rows(rows)?;
        if rows.is_empty() || weight.len() != rows.len() || !weight.iter().all(|w| *w > 0.0 && w.is_finite()) {
            return Err(Error::input("rows of the effects", format!("{} rows, {} weights", rows.len(), weight.len()))
                .expected("at least one row, and for each a weight above zero"));
        }
        let chosen = draw(rows.len(), options.n_rows);
        let weight: Vec<f64> = chosen.iter().map(|&i| weight[i]).collect();
        let chosen: Vec<usize> = chosen.into_iter().map(|i| rows[i]).collect();
        let (x, _) = model.encoding.apply(table, &chosen)?;
        let part = match model.own_linear_part() {
            Some(part) => part.clone(),
            None => linear_part(&model.network, &x, &weight, model.task.loss()),
        };
        Ok(Study::new(model, &part, x, weight, options).effects())
    }
}
