//! A network in readable form: its unique linear part with standard errors, and the remaining units as formulas.

use serde::{Deserialize, Serialize};

use crate::encode::{Encoding, Standard, TargetEncoding, Task};
use crate::net::Network;

use super::formula;
use super::projection::{LinearPart, inputs_in_use};
use super::standard_errors::Responses;

/// A coefficient of the linear part in original units: one unit more of the input (or the category instead of the
/// reference) moves the linear predictor by `value`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// A column; `column=level` for a category, `column missing` for missing cells.
    pub input: String,
    pub value: f64,
    /// What a standard deviation of the input moves, in standard deviations of a regression target or on the link scale.
    pub standardised: f64,
    /// Of `value`, robust (see [`Explanation::standard_errors`]): as if the inputs had not been chosen and the fit were free.
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

/// A network in readable form.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Explanation {
    /// Projected: the linear part of the best linear approximation, which is unique.
    pub coefficients: Vec<Coefficient>,
    pub intercept: Vec<f64>,
    /// How the standard errors of `coefficients` were computed, `HC3` or with groups `CR1`; `None` where there are none.
    #[serde(default)]
    pub standard_errors: Option<String>,
    /// The skip as it stands in the formula beside the units.
    pub raw_coefficients: Vec<Coefficient>,
    pub raw_intercept: Vec<f64>,
    /// Target columns or classes.
    pub outputs: Vec<String>,
    pub units: Vec<UnitFormula>,
    /// One an output: `strength = 3.1 + 0.12 age + 4.1 h1`.
    pub formulas: Vec<String>,
    /// What limits the reading.
    pub notes: Vec<String>,
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

    /// Scale and mean of output `o`: 1 and 0 but for regression.
    pub(crate) fn output(&self, o: usize) -> Standard {
        match self.target.task {
            Task::Regression => self.target.standard[o],
            _ => Standard { mean: 0.0, scale: 1.0 },
        }
    }

    /// Coefficients that are not zero and the intercepts, of `coef` (K, p), `intercept` (K) and standard errors (K, p).
    pub(crate) fn linear(
        &self,
        coef: &[f64],
        intercept: &[f64],
        errors: Option<&[f64]>,
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
                    standard_error: errors.map(|errors| errors[o * p + j] / self.features[j].scale * unit.scale),
                    output: (intercept.len() > 1).then(|| self.outputs[o].clone()),
                });
            }
            constants.push(unit.invert(constant));
        }
        (coefficients, constants)
    }
}

/// The readable form of `network`, whose unique linear part is `part`, with its standard errors over `responses`.
pub fn explain(
    network: &Network,
    part: &LinearPart,
    encoding: &Encoding,
    target: &TargetEncoding,
    responses: &Responses,
) -> Explanation {
    let units = Units::new(encoding, target);
    let layout = network.layout();
    let skip = &network.parameters[layout.skip.clone()];
    let bias = &network.parameters[layout.output_bias.clone()];
    let errors = responses.standard_errors(part, &inputs_in_use(network));
    let (coefficients, intercept) = units.linear(&part.coef, &part.intercept, errors.as_deref());
    let (raw_coefficients, raw_intercept) = units.linear(skip, bias, None);
    let formulas = formula::outputs(network, &units, &raw_coefficients, &raw_intercept);
    let mut notes = Vec::new();
    if part.rank < part.n_used {
        notes.push(format!(
            "{} of the {} inputs in use are linear combinations of others: their coefficients are not unique",
            part.n_used - part.rank,
            part.n_used
        ));
    }
    if !part.converged {
        notes.push("the projection on the line did not converge (nearly separable classes?)".to_owned());
    }
    Explanation {
        coefficients,
        intercept,
        standard_errors: errors.map(|_| responses.method().to_owned()),
        raw_coefficients,
        raw_intercept,
        outputs: target.output_names(),
        units: formula::units(network, &units),
        formulas,
        notes,
    }
}
