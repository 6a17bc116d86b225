//! From a table to a model: the whole of a fit.

use std::borrow::Cow;

use super::choose::Purpose;
use super::config::Config;
use super::encoded::{Encoded, Rows};
use super::long;
use super::observer::{Event, Observer};
use super::sample::Sample;
use super::solution::{self, Solution};
use super::story;
use super::summary::Summary;
use crate::data::{Columns, Prepared, Standard, Table, TargetSpec, Task, Values, prepare};
use crate::explain::{LinearPart, Responses, explain, linear_part};
use crate::loss::Loss;
use crate::{Model, Result};

/// A model and what is to be told about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    pub model: Model,
    pub summary: Summary,
}

/// Fits a skip-layer network to `table`: a [`Table`] in memory, or one that is fetched in parts.
///
/// Tables of more than [`Config::stochastic_above`] usable rows are encoded in single precision part by part, and that is all
/// that is kept of them: 4 bytes for each feature of a row, response and weight.
///
/// ```
/// use skiplayer::data::{Table, TargetSpec, Values};
/// use skiplayer::fit::{Config, Silent, fit};
///
/// let x: Vec<f64> = (0..100).map(|i| f64::from(i * 37 % 100) / 2.0).collect();
/// let y: Vec<f64> = x.iter().enumerate().map(|(i, x)| 3.0 * x + (i as f64).sin()).collect();
/// let table = Table::from_columns(vec![x])?.with_column("y", Values::Numeric(y))?;
/// let fitted = fit(&table, &TargetSpec::new("y"), &Config::default(), &Silent)?;
/// assert_eq!(fitted.summary.n_units, 0);
/// assert!((fitted.summary.coefficients[0].value - 3.0).abs() < 0.02);
/// # Ok::<(), skiplayer::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Input`](crate::ErrorKind::Input) for options, columns or cells that cannot be used as given.
pub fn fit(table: &dyn Columns, target: &TargetSpec, config: &Config, observer: &dyn Observer) -> Result<Fitted> {
    config.check()?;
    let prepared = prepare(table, target)?;
    if config.is_stochastic(prepared.rows.len()) {
        return long::fit(table, target, prepared, config, observer);
    }
    let table: Cow<Table> = table.whole()?;
    let table = table.as_ref();
    let mut warnings = prepared.messages.clone();
    let scales = target_scales(table, &prepared);
    let rows = Rows { table, prepared: &prepared, scales: &scales };
    let all: Vec<usize> = (0..prepared.rows.len()).collect();
    let encoded = rows.encode(&all)?;
    warnings.extend(encoded.messages.iter().cloned());
    warnings.iter().for_each(|w| observer.event(Event::Warning(w.clone())));
    let solution = solution::solve(&encoded.sample, &rows.scheme()?, &rows, config, Purpose::Deploy, observer)?;
    solution.messages.iter().for_each(|w| observer.event(Event::Warning(w.clone())));
    warnings.extend(solution.messages.iter().cloned());
    Ok(finish(&prepared, encoded, solution, config, warnings))
}

pub fn target_scales(table: &Table, prepared: &Prepared) -> Vec<f64> {
    if prepared.task != Task::Regression {
        return Vec::new();
    }
    let columns = prepared.targets.iter().filter_map(|name| table.column(name));
    columns
        .map(|column| match &column.values {
            Values::Numeric(values) => {
                let chosen: Vec<f64> = prepared.rows.iter().map(|&i| values[i]).collect();
                Standard::learn(&chosen, &prepared.weight).scale
            }
            Values::Categorical { .. } => 1.0,
        })
        .collect()
}

/// What is said about the network `solution` over the rows of `encoded`.
pub(super) fn finish(
    prepared: &Prepared,
    encoded: Encoded,
    solution: Solution,
    config: &Config,
    mut warnings: Vec<String>,
) -> Fitted {
    let Encoded { sample, encoding, target, .. } = encoded;
    let part = linear_part(&solution.network, &sample.x, &sample.weight, sample.loss);
    let (linear_share, nonlinear_share) = shares(&sample, &part, &solution);
    let responses = Responses {
        x: &sample.x,
        y: &sample.y,
        weight: &sample.weight,
        loss: sample.loss,
        groups: prepared.groups.as_deref(),
    };
    let explanation = explain(&solution.network, &part, &encoding, &target, &responses);
    if solution.network.n_units() > 0 && part.rank > sample.n_rows() / 3 {
        let note = "more than a third as many inputs as rows: linear and nonlinear shares are not identifiable".into();
        warnings.push(note);
    }
    let linear_part = Some(part);
    let model = Model { task: prepared.task, encoding, target, network: solution.network, explanation, linear_part };
    let mut summary = Summary {
        task: prepared.task,
        n_rows: sample.n_rows(),
        n_inputs: prepared.inputs.len(),
        method: config.method,
        form: solution.form,
        n_units: model.network.n_units(),
        n_units_offered: solution.n_units_offered,
        inputs_used: model.inputs_used(),
        n_weights: model.network.n_weights(),
        train_loss: sample.mean_loss(&model.network.forward(&sample.x)),
        evidence: solution.evidence,
        lambda: solution.lambda,
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
        story: String::new(),
        warnings,
    };
    summary.story = story::tell(&summary);
    Fitted { model, summary }
}

/// Shares of the loss of a constant, above the loss of a perfect fit, that the linear part and the rest remove.
fn shares(sample: &Sample, part: &LinearPart, solution: &Solution) -> (f64, f64) {
    let (n, k) = (sample.n_rows(), sample.n_outputs());
    let constant = sample.loss.constant_fit(sample.y.values(), &sample.weight);
    let null = sample.mean_loss(&crate::data::Matrix::from_fn(n, k, |_, o| constant[o]));
    let perfect = match sample.loss {
        Loss::Poisson => {
            let y = sample.y.column(0);
            let terms = y.iter().zip(&sample.weight).map(|(y, w)| if *y > 0.0 { w * (y - y * y.ln()) } else { 0.0 });
            terms.sum::<f64>() / n as f64
        }
        _ => 0.0,
    };
    let linear = sample.mean_loss(&part.forward(&sample.x));
    let full = sample.mean_loss(&solution.network.forward(&sample.x));
    let room = (null - perfect).max(f64::MIN_POSITIVE);
    ((null - linear) / room, (linear - full) / room)
}
