//! What effects are: curves of inputs and of pairs, as plain records.

use serde::{Deserialize, Serialize};

/// How fine effects are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectsOptions {
    /// Rows that are looked at; drawn, the same every time, where there are more.
    pub n_rows: usize,
    /// Grid along a number.
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
