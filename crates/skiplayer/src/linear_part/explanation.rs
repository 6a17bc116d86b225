//! A network in readable form: its unique linear part with standard errors, and the remaining units as formulas.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::encode::{Encoding, InputEncoding, TargetEncoding, Task};
use crate::net::Network;

use super::formula;
use super::original_units::{Coefficient, UnitFormula, Units};
use super::projection::LinearPart;
use super::responses::Responses;
use super::split::SplitInference;
use super::twins;

/// A network in readable form.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Explanation {
    /// Projected: the linear part of the best linear approximation, which is unique.
    pub coefficients: Vec<Coefficient>,
    pub intercept: Vec<f64>,
    /// How the standard errors of `coefficients` were computed, `HC3` or with groups `CR3`; `None` where there are none.
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
    /// What a reader needs to read the coefficients: reference levels, which class a logit is of, how many groups there were.
    #[serde(default)]
    pub reading: Vec<String>,
    /// Errors that are honest after the choice of inputs, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<SplitInference>,
}

/// Sentences that say what the coefficients are of.
fn reading(encoding: &Encoding, target: &TargetEncoding, groups: Option<&[usize]>) -> Vec<String> {
    let mut sentences = Vec::new();
    for input in &encoding.inputs {
        if let InputEncoding::Categorical { name, reference, .. } = input {
            sentences.push(format!(
                "`{name}` is compared with its most frequent level, `{reference}`, which has coefficient 0; a level that is not listed \
                 equals it"
            ));
        }
    }
    match (target.task, &target.classes[..]) {
        (Task::Binary, [_, event]) => sentences.push(format!("coefficients are of the log odds of `{event}`")),
        (Task::Multiclass, _) => {
            sentences.push("coefficients are of the scores of classes, whose differences are log odds".into());
        }
        (Task::Ordinal, classes) => {
            let between = classes.windows(2).zip(target.thresholds());
            let between: Vec<String> =
                between.map(|(pair, threshold)| format!("{}|{} {threshold:.4}", pair[0], pair[1])).collect();
            sentences.push(format!(
                "coefficients are of the score of `{}`, which is 0 on average over the training rows: one more is one more in the log odds of \
                 every higher class against those below it",
                target.names[0]
            ));
            sentences.push(format!(
                "the probability of a class or a lower one is 1/(1 + e^(score - threshold)), with the thresholds {}",
                between.join(", ")
            ));
        }
        (Task::Successes, _) => {
            let trials = target.trials.as_deref().unwrap_or_default();
            sentences.push(format!(
                "coefficients are of the log odds that one of the `{trials}` trials of a row is one of its `{}`",
                target.names[0]
            ));
        }
        (Task::Count, _) => sentences.push("coefficients are of the logarithm of the mean count".into()),
        (Task::Amount, _) => sentences.push("coefficients are of the logarithm of the mean amount".into()),
        (Task::Survival, _) => {
            sentences.push(format!(
                "coefficients are of the log hazard, which is 0 on average over the training rows: above it events come sooner, and `{}` is \
                 shorter",
                target.names[0]
            ));
            if let Some(strata) = target.survival.as_ref().and_then(|own| own.strata.as_ref()) {
                sentences.push(format!(
                    "rows are compared within the strata of `{strata}`, each with a baseline hazard of its own"
                ));
            }
            if groups.is_none() {
                sentences.push(
                    "standard errors are those of the partial likelihood, as if the hazards were proportional".into(),
                );
            }
        }
        _ => {}
    }
    if let Some(name) = &target.offset.offset {
        sentences.push(format!("`{name}` is added with coefficient 1 (offset)"));
    }
    if let Some(name) = &target.offset.exposure {
        sentences.push(format!(
            "the mean is proportional to `{name}` (exposure), and the rest is of the mean for an exposure of 1"
        ));
    }
    if let Some(groups) = groups {
        let n_groups = groups.iter().collect::<HashSet<_>>().len();
        sentences.push(format!(
            "standard errors take the rows of each of {n_groups} groups together; intervals by them have {} degrees of freedom",
            n_groups.saturating_sub(1)
        ));
    }
    sentences
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
    let errors = responses.standard_errors(part, &network.inputs_in_use());
    let mut notes = Vec::new();
    if let Some(found) = &errors {
        notes.extend(found.remarks(&units.names));
    } else if part.rank < part.n_used {
        notes.push(format!(
            "{} of the {} inputs in use are linear combinations of others: their coefficients are not unique",
            part.n_used - part.rank,
            part.n_used
        ));
    }
    let told: Vec<usize> = errors.iter().flat_map(|found| found.unknown.iter().map(|(j, _)| *j)).collect();
    notes.extend(twins::remarks(responses, &network.inputs_in_use(), &told, &units.names));
    if !part.converged {
        notes.push("the projection on the line did not converge (nearly separable classes?)".to_owned());
    }
    let values = errors.as_ref().map(|found| &found.values[..]);
    let (coefficients, intercept) = units.linear(&part.coef, &part.intercept, values);
    Explanation {
        coefficients,
        intercept,
        standard_errors: errors.map(|_| responses.method().to_owned()),
        reading: reading(encoding, target, responses.groups),
        ..readable(network, part, encoding, target, notes)
    }
}

/// The readable form of `network`, whose linear part is `part`, without standard errors: of a network whose rows are not at hand.
pub(crate) fn readable(
    network: &Network,
    part: &LinearPart,
    encoding: &Encoding,
    target: &TargetEncoding,
    notes: Vec<String>,
) -> Explanation {
    let units = Units::new(encoding, target);
    let weights = network.weights();
    let (coefficients, intercept) = units.linear(&part.coef, &part.intercept, None);
    let (raw_coefficients, raw_intercept) = units.linear(weights.skip.values(), weights.output_bias, None);
    let formulas = formula::outputs(network, &units, &raw_coefficients, &raw_intercept);
    Explanation {
        coefficients,
        intercept,
        standard_errors: None,
        raw_coefficients,
        raw_intercept,
        outputs: target.output_names(),
        units: formula::units(network, &units),
        formulas,
        notes,
        reading: reading(encoding, target, None),
        split: None,
    }
}
