//! What R holds of a model: the contents of a model file in memory.

use std::path::Path;

use savvy::{savvy, savvy_err, ListSexp, OwnedRawSexp, OwnedRealSexp, RawSexp, RealSexp, Sexp};
use serde_json::{json, Value};
use skiplayer::evaluate::{curvature, disagreement, PredictedIntervals};
use skiplayer::explain::{term_coefficients, terms, Effects, EffectsOptions, LogLikelihood};
use skiplayer::matrix::Matrix;
use skiplayer::model_file::{self, ModelFile};
use skiplayer::pipeline::NnetWeights;
use skiplayer::schema::Dataset;
use skiplayer::{PredictedColumn, Predictions};

use crate::columns::table;
use crate::fault::{fault, outcome};
use crate::roles::roles;
use crate::spelling::RNames;
use crate::threads;
use crate::value::{columns, nothing, numbers, texts, to_r, Fields};

/// A fitted model with its summary, and after an evaluation also that and what predicts intervals.
#[savvy]
#[derive(Clone)]
pub struct Model {
    /// How a table was read that is not R's to know is kept as it is.
    pub(crate) file: ModelFile<Value>,
    /// Of each column, where the rows of the fit are at hand: in the session that fitted.
    pub(crate) importances: Option<Vec<f64>>,
}

/// The table of a list of columns, or what is wrong with it as R's value.
macro_rules! table_or_fault {
    ($columns:expr) => {
        match table($columns)? {
            Ok(table) => table,
            Err(error) => return fault(&error),
        }
    };
}

#[savvy]
impl Model {
    /// The model that the bytes of a file hold; errors call it `name`.
    fn of_bytes(bytes: RawSexp, name: &str) -> savvy::Result<Sexp> {
        let file = model_file::from_bytes(Path::new(name), bytes.as_slice());
        outcome(file, |file| Sexp::try_from(Model { file, importances: None }))
    }

    /// The bytes of a model file.
    fn bytes(&self) -> savvy::Result<Sexp> {
        let bytes = model_file::to_bytes(Path::new(model_file::IN_MEMORY), &self.file);
        outcome(bytes, |bytes| OwnedRawSexp::try_from_slice(bytes)?.into())
    }

    /// Everything that is told about the fit.
    fn record(&self) -> savvy::Result<Sexp> {
        let ModelFile { model, provenance, .. } = &self.file;
        let (mut summary, mut evaluation) = (self.file.summary.clone(), self.file.evaluation.clone());
        let warnings = evaluation.iter_mut().flat_map(|evaluation| &mut evaluation.warnings);
        summary.warnings.iter_mut().chain(warnings).for_each(|warning| warning.settle(&RNames));
        let encoding = &model.encoding;
        to_r(&json!({
            "loss": model.target.loss().kind().name(),
            "loss_in_words": model.target.loss_in_words(),
            "task": model.task,
            "columns": encoding.columns(),
            "terms": terms(encoding),
            "features": encoding.feature_names(),
            "coefficients": term_coefficients(model),
            "targets": model.target.names,
            "offset": model.target.offset,
            "event": model.target.survival.as_ref().map(|own| &own.event),
            "strata": model.target.survival.as_ref().and_then(|own| own.strata.as_ref()),
            "strata_levels": model.target.survival.as_ref().map(|own| &own.levels),
            "classes": model.target.classes,
            "outputs": model.target.output_names(),
            "explanation": model.explanation,
            "summary": summary,
            "provenance": provenance,
            "disagreement": evaluation.as_ref().and_then(|evaluation| disagreement(&summary, evaluation)),
            "evaluation": evaluation,
            "importances": self.importances,
            "has_intervals": self.file.intervals.is_some(),
            "labels": self.file.labels,
        }))
    }

    /// `list(mean =, class =, messages =)`: a column of means for each output, of probabilities for each class.
    fn predict(&self, columns_of: ListSexp, n_threads: i32) -> savvy::Result<Sexp> {
        let table = table_or_fault!(&columns_of);
        let predicted = threads::run(count(n_threads), table.n_rows(), || self.file.model.predict(&table));
        outcome(predicted, |predicted| {
            let Predictions { outputs, mean, class, remarks, .. } = predicted;
            let mut fields = Fields::new(3)?;
            fields.add("mean", columns(&outputs, (0..outputs.len()).map(|o| mean.column(o)))?)?;
            fields.add("class", class.map_or_else(|| Ok(nothing()), |class| codes(&class))?)?;
            fields.add("messages", texts(&remarks.iter().map(ToString::to_string).collect::<Vec<_>>())?)?;
            fields.done()
        })
    }

    /// Of durations: `list(median =, survival =, messages =)`, the survival a matrix with a column for each of `times`.
    fn survival(&self, columns_of: ListSexp, times: RealSexp, n_threads: i32) -> savvy::Result<Sexp> {
        let table = table_or_fault!(&columns_of);
        let times = times.as_slice();
        let work = || self.file.model.predict_survival(&table, times);
        outcome(threads::run(count(n_threads), table.n_rows(), work), |predicted| {
            let Some(own) = predicted.survival else { return Err(savvy_err!("a model without a baseline hazard")) };
            let mut fields = Fields::new(3)?;
            fields.add("median", numbers(&own.median)?)?;
            fields.add("survival", matrix(&own.survival)?)?;
            fields.add("messages", texts(&predicted.remarks.iter().map(ToString::to_string).collect::<Vec<_>>())?)?;
            fields.done()
        })
    }

    /// Linear predictors, a column an output: numbers themselves, log odds, logarithms of means, scores of classes.
    fn link(&self, columns_of: ListSexp, n_threads: i32) -> savvy::Result<Sexp> {
        let table = table_or_fault!(&columns_of);
        let model = &self.file.model;
        let eta = threads::run(count(n_threads), table.n_rows(), || model.linear_predictor(&table));
        let names = model.target.output_names();
        outcome(eta, |eta| columns(&names, (0..names.len()).map(|o| eta.column(o))))
    }

    /// Lower and upper ends of each target in turn; of classes their calibrated probabilities. NULL without an evaluation.
    fn interval(&self, columns_of: ListSexp, level: f64, n_threads: i32) -> savvy::Result<Sexp> {
        let table = table_or_fault!(&columns_of);
        let Some(intervals) = &self.file.intervals else { return Ok(nothing()) };
        let work = || intervals.predict(&self.file.model, &table, level);
        outcome(threads::run(count(n_threads), table.n_rows(), work), |predicted| {
            let found: Vec<(String, PredictedColumn)> =
                predicted.iter().flat_map(PredictedIntervals::columns).collect();
            let mut fields = Fields::new(found.len())?;
            for (name, column) in found {
                match column {
                    PredictedColumn::Numbers(values) => fields.add(&name, numbers(&values)?)?,
                    PredictedColumn::Labels { codes: of, .. } => fields.add(&name, codes(&of)?)?,
                    PredictedColumn::Text(words) => fields.add(&name, texts(&words)?)?,
                }
            }
            fields.done()
        })
    }

    /// What inputs and units add to each row.
    fn explain(&self, columns_of: ListSexp, n_threads: i32) -> savvy::Result<Sexp> {
        let table = table_or_fault!(&columns_of);
        let rows: Vec<usize> = (0..table.n_rows()).collect();
        let explained = threads::run(count(n_threads), rows.len(), || self.file.model.explain(&table, &rows));
        outcome(explained, as_list)
    }

    /// What each input does over the rows, by their weights.
    fn effects(&self, columns_of: ListSexp, weight: RealSexp, n_threads: i32) -> savvy::Result<Sexp> {
        let table = table_or_fault!(&columns_of);
        let weight = weight.as_slice();
        let (rows, weight): (Vec<usize>, Vec<f64>) = weight.iter().enumerate().filter(|(_, w)| **w > 0.0).unzip();
        let options = EffectsOptions::default();
        let model = &self.file.model;
        let effects =
            threads::run(count(n_threads), usize::MAX, || Effects::compute(model, &table, &rows, &weight, &options));
        outcome(effects, as_list)
    }

    /// Robust covariances of intercepts and coefficients: `list(output =, feature =, values =)`, or NULL where there are none.
    fn covariance(&self, columns_of: ListSexp, roles_of: ListSexp) -> savvy::Result<Sexp> {
        let table = table_or_fault!(&columns_of);
        let roles = roles(&roles_of)?;
        let covariance = Dataset::new(&table, roles).and_then(|data| self.file.model.covariance(&data));
        outcome(covariance, |covariance| {
            let Some(covariance) = covariance else { return Ok(nothing()) };
            let (outputs, features): (Vec<String>, Vec<Option<String>>) = covariance.terms.into_iter().unzip();
            let features: Vec<String> =
                features.into_iter().map(|name| name.unwrap_or_else(|| "(Intercept)".to_owned())).collect();
            let mut fields = Fields::new(3)?;
            fields.add("output", texts(&outputs)?)?;
            fields.add("feature", texts(&features)?)?;
            fields.add("values", matrix(&covariance.values)?)?;
            fields.done()
        })
    }

    /// `list(value =, df =, nobs =)` of a linear model of these rows.
    fn log_likelihood(&self, columns_of: ListSexp, roles_of: ListSexp) -> savvy::Result<Sexp> {
        let table = table_or_fault!(&columns_of);
        let roles = roles(&roles_of)?;
        let likelihood = Dataset::new(&table, roles).and_then(|data| self.file.model.log_likelihood(&data));
        outcome(likelihood, |LogLikelihood { value, degrees_of_freedom, n_rows }| {
            to_r(&json!({"value": value, "df": degrees_of_freedom, "nobs": n_rows}))
        })
    }

    /// The network's inputs (n, features): standardised numbers and indicators of levels.
    fn features(&self, columns_of: ListSexp) -> savvy::Result<Sexp> {
        let table = table_or_fault!(&columns_of);
        let rows: Vec<usize> = (0..table.n_rows()).collect();
        outcome(self.file.model.encoding.apply(&table, &rows), |(x, _)| matrix(&x))
    }

    /// Sizes of the layers and weights in the order of nnet.
    fn nnet(&self) -> savvy::Result<Sexp> {
        outcome(NnetWeights::of(&self.file.model), |net| {
            let mut fields = Fields::new(2)?;
            fields.add("n", numbers(&net.n.map(|size| size as f64))?)?;
            fields.add("wts", numbers(&net.weights)?)?;
            fields.done()
        })
    }
}

/// Whether the rows bend away from a line.
#[savvy]
fn curvature_of(columns_of: ListSexp, roles_of: ListSexp, seed: f64, n_threads: i32) -> savvy::Result<Sexp> {
    let table = table_or_fault!(&columns_of);
    let roles = roles(&roles_of)?;
    let work = || curvature(&Dataset::new(&table, roles)?, seed as u64);
    outcome(threads::run(count(n_threads), usize::MAX, work), as_list)
}

/// Whether the bytes begin as those of a model file do.
#[savvy]
fn is_model(bytes: RawSexp) -> savvy::Result<Sexp> {
    savvy::OwnedLogicalSexp::try_from_slice([model_file::is_model(bytes.as_slice())])?.into()
}

fn count(n_threads: i32) -> usize {
    usize::try_from(n_threads).unwrap_or(0)
}

/// Indices from 1.
fn codes(indices: &[usize]) -> savvy::Result<Sexp> {
    savvy::OwnedIntegerSexp::try_from_slice(indices.iter().map(|at| *at as i32 + 1).collect::<Vec<_>>())?.into()
}

fn matrix(values: &Matrix) -> savvy::Result<Sexp> {
    let mut out = OwnedRealSexp::try_from_slice(values.values())?;
    out.set_dim(&[values.n_rows(), values.n_columns()])?;
    out.into()
}

fn as_list(record: impl serde::Serialize) -> savvy::Result<Sexp> {
    to_r(&serde_json::to_value(record).map_err(|error| savvy_err!("{error}"))?)
}
