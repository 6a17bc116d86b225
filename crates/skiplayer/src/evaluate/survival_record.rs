//! What an evaluation finds about durations, as plain values.

use serde::{Deserialize, Serialize};

/// How durations were judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurvivalEvaluation {
    pub n_events: usize,
    /// Up to when Uno's C and the integrated Brier score look, in the target's units: the last event at which a tenth of the rows were watched.
    pub horizon: f64,
    /// Thirds of the held-out rows by the hazard that the network predicted for them, the lowest first.
    pub groups: Vec<RiskGroup>,
    /// `None` where there are too few events for a test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proportional: Option<ProportionalHazards>,
}

/// Rows of similar predicted hazards, and what became of them: Kaplan and Meier's curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskGroup {
    pub n_rows: usize,
    pub n_events: usize,
    /// `None` where the curve stays above a half.
    pub median: Option<f64>,
    /// Times with events, thinned evenly if there are many.
    pub time: Vec<f64>,
    /// The share without an event from each of them on, and its standard error (Greenwood).
    pub survival: Vec<f64>,
    pub error: Vec<f64>,
}

/// Do the coefficients of the line change with time? Grambsch and Therneau's tests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProportionalHazards {
    /// Of all coefficients together.
    pub p_value: f64,
    /// Chi-squared, with as many degrees of freedom as there are coefficients.
    pub statistic: f64,
    /// Each alone.
    pub coefficients: Vec<CoefficientTest>,
}

/// Whether one coefficient changes with time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoefficientTest {
    pub coefficient: String,
    /// Chi-squared with one degree of freedom.
    pub statistic: f64,
    pub p_value: f64,
}
