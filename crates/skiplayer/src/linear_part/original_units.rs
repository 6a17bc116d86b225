//! Coefficients and names in the units of the table.

use serde::{Deserialize, Serialize};

use crate::encode::{Encoding, Standard, TargetEncoding, Task};

/// A coefficient of the linear part in original units: one unit more of the input (or the category instead of the
/// reference) moves the linear predictor by `value`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// A column; `column=level` for a category, `column missing` for missing cells.
    pub input: String,
    pub value: f64,
    /// What a standard deviation of the input moves, in standard deviations of a regression target or on the link scale.
    pub standardised: f64,
    /// Of `value`, robust (see [`Explanation::standard_errors`](super::Explanation::standard_errors)): as if the inputs had not been chosen and the fit were free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard_error: Option<f64>,
    /// The target column or the class, where there are several outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
}

/// A hidden unit that is left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitFormula {
    /// In original units, such as `h1 = tanh(0.3 + 0.012 age)`.
    pub text: String,
}

/// Coefficients in original units from those in network units.
pub(crate) struct Units<'a> {
    pub(crate) names: Vec<String>,
    pub(crate) features: Vec<Standard>,
    pub(crate) target: &'a TargetEncoding,
    pub(crate) outputs: Vec<String>,
}

impl<'a> Units<'a> {
    pub(crate) fn new(encoding: &Encoding, target: &'a TargetEncoding) -> Self {
        let (names, features) = (encoding.feature_names(), encoding.feature_scaling());
        Self { names, features, target, outputs: target.output_names() }
    }

    /// Scale and mean of the linear predictor of output `o`: 1 and 0 but for regression and amounts.
    pub(crate) fn output(&self, o: usize) -> Standard {
        match self.target.task {
            Task::Regression => self.target.standard[o],
            // The unit of an amount is a constant on the scale of the logarithm.
            Task::Amount => Standard { mean: self.target.unit(o).scale.ln(), scale: 1.0 },
            _ => Standard { mean: 0.0, scale: 1.0 },
        }
    }

    /// Coefficients that are not zero and the intercepts, of `coef` (K, p), `intercept` (K) and standard errors (K, p).
    pub(crate) fn linear(
        &self,
        coef: &[f64],
        intercept: &[f64],
        errors: Option<&[Option<f64>]>,
    ) -> (Vec<Coefficient>, Vec<f64>) {
        let p = self.names.len();
        let mut coefficients = Vec::new();
        let mut constants = Vec::new();
        for (o, b) in intercept.iter().enumerate() {
            let unit = self.output(o);
            let mut constant = *b;
            for j in (0..p).filter(|&j| coef[o * p + j] != 0.0) {
                let a = coef[o * p + j];
                constant -= a * (self.features[j].mean / self.features[j].scale);
                coefficients.push(Coefficient {
                    input: self.names[j].clone(),
                    value: a / self.features[j].scale * unit.scale,
                    standardised: a,
                    standard_error: errors
                        .and_then(|errors| errors[o * p + j])
                        .map(|error| error / self.features[j].scale * unit.scale),
                    output: (intercept.len() > 1).then(|| self.outputs[o].clone()),
                });
            }
            constants.push(unit.invert(constant));
        }
        (coefficients, constants)
    }
}
