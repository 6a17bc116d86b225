//! What a fitted network says: its projected linear part, and the remaining units as formulas.

use serde::{Deserialize, Serialize};

/// A coefficient of the linear part in original units: one unit more of the input (or the category instead of the
/// reference) moves the linear predictor by `value`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// A column; `column=level` for a category, `column missing` for missing cells.
    pub input: String,
    pub value: f64,
    /// The target column or the class, where there are several outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

