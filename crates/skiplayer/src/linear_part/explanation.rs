//! A network in readable form: its unique linear part with standard errors, and the remaining units as formulas.

use serde::{Deserialize, Serialize};

use crate::encode::{Encoding, TargetEncoding};
use crate::net::Network;

use super::formula;
use super::original_units::{Coefficient, UnitFormula, Units};
use super::projection::LinearPart;
use super::standard_errors::Responses;

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

/// The readable form of `network`, whose unique linear part is `part`, with its standard errors over `responses`.
pub fn explain(
    network: &Network,
    part: &LinearPart,
    encoding: &Encoding,
    target: &TargetEncoding,
    responses: &Responses,
) -> Explanation {
    let units = Units::new(encoding, target);
    let weights = network.weights();
    let errors = responses.standard_errors(part, &network.inputs_in_use());
    let (coefficients, intercept) = units.linear(&part.coef, &part.intercept, errors.as_deref());
    let (raw_coefficients, raw_intercept) = units.linear(weights.skip.values(), weights.output_bias, None);
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
