//! A fitted model with its record.

use super::baseline::{profiled_loss, settle_baseline};
use super::candidate::Candidate;
use super::config::Config;
use super::determined;
use super::headline;
use super::sample::Sample;
use super::summary::Summary;
use super::thresholds::{own_loss, settle_thresholds};
use crate::Model;
use crate::error::Message;
use crate::fit::select::encoded::Encoded;
use crate::linear_part::{LinearPart, Responses, explain};
use crate::matrix::Matrix;
use crate::schema::Schema;

/// A model and what is to be told about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    pub model: Model,
    pub summary: Summary,
}

/// What is said about the network `solution` over the rows of `encoded`.
pub(crate) fn finish(
    schema: &Schema,
    encoded: Encoded,
    mut solution: Candidate,
    config: &Config,
    mut warnings: Vec<Message>,
) -> Fitted {
    let Encoded { mut sample, encoding, mut target, .. } = encoded;
    settle_baseline(&mut solution.network, &mut sample, &mut target);
    settle_thresholds(&mut solution.network, &mut sample, &mut target);
    let part = sample.linear_part(&solution.network);
    let (linear_share, nonlinear_share) = shares(&sample, &part, &solution);
    let responses = Responses {
        x: &sample.x,
        y: &sample.y,
        weight: &sample.weight,
        offset: &sample.offset,
        loss: sample.loss,
        groups: schema.groups.as_deref(),
        durations: sample.durations.as_ref(),
    };
    let explanation = explain(&solution.network, &part, &encoding, &target, &responses);
    if solution.network.n_units() > 0 && part.rank > sample.n_rows() / 3 {
        let note = "more than a third as many inputs as rows: linear and nonlinear shares are not identifiable";
        warnings.push(note.into());
    }
    warnings.extend(determined::remark(&sample, &encoding, &solution, 1.0 - linear_share - nonlinear_share));
    let linear_part = Some(part);
    let model = Model { task: schema.task, encoding, target, network: solution.network, explanation, linear_part };
    let mut summary = Summary {
        task: schema.task,
        loss: model.target.loss,
        n_rows: sample.n_rows(),
        n_groups: schema.groups.as_ref().map(|groups| groups.iter().max().map_or(0, |last| last + 1)),
        rules: schema.rules.clone(),
        n_inputs: model.encoding.inputs.len(),
        method: config.method,
        form: solution.form,
        n_units: model.network.n_units(),
        n_units_offered: solution.n_units_offered,
        inputs_used: model.inputs_used(),
        n_weights: model.network.n_weights(),
        train_loss: sample.mean_loss(&model.network.forward(&sample.x)),
        evidence: solution.evidence,
        lambda: solution.lambda,
        l1_ratio: solution.l1_ratio,
        converged: solution.termination.converged(),
        kkt: solution.termination.kkt,
        termination: solution.termination,
        linear_share_in_sample: linear_share,
        nonlinear_share_in_sample: nonlinear_share,
        coefficients: model.explanation.coefficients.clone(),
        intercept: model.explanation.intercept.clone(),
        members: solution.members,
        contenders: solution.contenders,
        path: solution.path,
        headline: String::new(),
        warnings,
    };
    summary.headline = headline::headline(&summary);
    Fitted { model, summary }
}

/// Shares of the loss of a constant, above the loss of a perfect fit, that the linear part and the rest remove.
fn shares(sample: &Sample, part: &LinearPart, solution: &Candidate) -> (f64, f64) {
    let (n, k) = (sample.n_rows(), sample.n_outputs());
    let constant = sample.loss.constant_fit(sample.y.values(), sample.terms());
    // Of durations each with exposures of its own, of ordered classes with its own thresholds.
    let with_thresholds = |eta: &Matrix| Some(Sample { loss: own_loss(sample, eta)?, ..sample.clone() }.mean_loss(eta));
    let loss = |eta: &Matrix| {
        profiled_loss(sample, eta).or_else(|| with_thresholds(eta)).unwrap_or_else(|| sample.mean_loss(eta))
    };
    let null = loss(&Matrix::from_fn(n, k, |_, o| constant[o]));
    let perfect = (0..n).map(|i| sample.weight[i] * sample.saturated_loss(i)).sum::<f64>() / n as f64;
    let linear = loss(&part.forward(&sample.x));
    let full = loss(&solution.network.forward(&sample.x));
    let room = (null - perfect).max(f64::MIN_POSITIVE);
    ((null - linear) / room, (linear - full) / room)
}
