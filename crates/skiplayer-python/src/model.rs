//! The class `Model`: a model file in memory.

use std::path::PathBuf;

use numpy::{PyArray1, ToPyArray};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde_json::json;
use skiplayer::PredictedColumn;
use skiplayer::encode::Task;
use skiplayer::evaluate::PredictedIntervals;
use skiplayer::explain::{Effects, EffectsOptions, term_coefficients, terms};
use skiplayer::loss::LossKind;
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer_io::export::options::{DIALECT, ExportOptions, TO};
use skiplayer_io::{ColumnSummary, LabelKind, ModelFile, ReportInput};

use crate::columns::{Columns, table};
use crate::fault::raised;
use crate::options;
use crate::spelling::PythonNames;
use crate::threads;

type Array<'py> = Bound<'py, PyArray1<f64>>;

/// A fitted model with its summary, and after an evaluation also that and what predicts intervals.
#[pyclass(frozen, module = "skiplayer._skiplayer")]
pub struct Model {
    file: ModelFile,
    /// Of each column, where the rows of the fit are at hand: in the process that fitted.
    importances: Option<Vec<f64>>,
}

impl Model {
    /// A model whose rows are elsewhere.
    pub fn of_file(file: ModelFile) -> Self {
        Self { file, importances: None }
    }

    /// A model whose rows are at hand, with the importance of each column.
    pub fn with_importances(file: ModelFile, importances: Vec<f64>) -> Self {
        Self { file, importances: Some(importances) }
    }
}

/// A column of predictions on its way out.
#[derive(IntoPyObject)]
pub enum Predicted<'py> {
    Numbers(Array<'py>),
    /// Indices into the classes.
    Codes(Bound<'py, PyArray1<i64>>),
}

/// `None` for text, which only prediction sets are: see [`Model::least_probability`].
fn predicted<'py>(py: Python<'py>, column: PredictedColumn) -> Option<Predicted<'py>> {
    match column {
        PredictedColumn::Numbers(numbers) => Some(Predicted::Numbers(PyArray1::from_vec(py, numbers))),
        PredictedColumn::Labels { codes, .. } => {
            Some(Predicted::Codes(PyArray1::from_vec(py, codes.into_iter().map(|code| code as i64).collect())))
        }
        PredictedColumn::Text(_) => None,
    }
}

#[pymethods]
impl Model {
    /// The model that the bytes of a file hold: what pickles and the like are made of.
    #[new]
    fn new(bytes: &[u8]) -> PyResult<Self> {
        skiplayer_io::model_from_bytes(bytes).map(Self::of_file).map_err(raised)
    }

    /// Read a model file, whoever wrote it.
    #[staticmethod]
    fn load(path: PathBuf) -> PyResult<Self> {
        skiplayer_io::load_model(&path).map(Self::of_file).map_err(raised)
    }

    /// Write a model file: the old file or the new one is there, never half of one.
    fn save(&self, path: PathBuf) -> PyResult<()> {
        skiplayer_io::check_model_path(&path).and_then(|()| skiplayer_io::save_model(&path, &self.file)).map_err(raised)
    }

    /// The bytes of a model file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        skiplayer_io::model_to_bytes(&self.file).map(|bytes| PyBytes::new(py, &bytes)).map_err(raised)
    }

    /// The mean of this model and of `others`, as one; messages call it `self`, and the others `others[0]` and so on.
    fn merge(&self, py: Python<'_>, others: Vec<Py<Self>>) -> PyResult<Self> {
        let names: Vec<String> = (0..others.len()).map(|i| format!("others[{i}]")).collect();
        let others = names.iter().zip(&others).map(|(name, other)| (name.as_str(), &other.get().file));
        let files: Vec<(&str, &ModelFile)> = std::iter::once(("self", &self.file)).chain(others).collect();
        py.detach(|| skiplayer_io::merge_models(&files)).map(Self::of_file).map_err(raised)
    }

    /// The bytes of the model in another format, "onnx", "sql" or "json"; also written to `path`, whole or not at all.
    #[pyo3(signature = (to, dialect, table, key, level=None, path=None))]
    #[expect(clippy::too_many_arguments, reason = "keywords, each of which is one choice of the caller")]
    fn export<'py>(
        &self,
        py: Python<'py>,
        to: &str,
        dialect: &str,
        table: String,
        key: Vec<String>,
        level: Option<f64>,
        path: Option<PathBuf>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let format = options::choice(&TO, to)?;
        let dialect = options::choice(&DIALECT, dialect)?;
        let options = ExportOptions { format, dialect, table, key, interval: level };
        let bytes = skiplayer_io::export_model(&self.file, &options).map_err(raised)?;
        if let Some(path) = path {
            skiplayer_io::write_atomic(&path, &bytes).map_err(raised)?;
        }
        Ok(PyBytes::new(py, &bytes))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let bytes = slf.get().to_bytes(slf.py())?;
        Ok((slf.get_type().into_any(), (bytes,)))
    }

    /// Everything that is told about the fit, as JSON.
    fn record(&self) -> PyResult<String> {
        let ModelFile { model, provenance, .. } = &self.file;
        let (mut summary, mut evaluation) = (self.file.summary.clone(), self.file.evaluation.clone());
        let warnings = evaluation.iter_mut().flat_map(|evaluation| &mut evaluation.warnings);
        summary.warnings.iter_mut().chain(warnings).for_each(|warning| warning.settle(&PythonNames));
        let encoding = &model.encoding;
        let record = json!({
            "task": model.task,
            "columns": encoding.columns(),
            "terms": terms(encoding),
            "coefficients": term_coefficients(model),
            "targets": model.target.names,
            "offset": model.target.offset,
            "trials": model.target.trials,
            "event": model.target.survival.as_ref().map(|own| &own.event),
            "strata": model.target.survival.as_ref().and_then(|own| own.strata.as_ref()),
            "strata_levels": model.target.survival.as_ref().map(|own| &own.levels),
            "ties": model.target.loss().ties(),
            "classes": model.target.classes,
            "thresholds": model.target.thresholds(),
            "outputs": model.target.output_names(),
            "explanation": model.explanation,
            "summary": summary,
            "provenance": provenance,
            "evaluation": evaluation,
            "importances": self.importances,
            "has_intervals": self.file.intervals.is_some(),
        });
        serde_json::to_string(&record).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// The loss by name, and Tweedie's power.
    fn loss(&self) -> (&'static str, Option<f64>) {
        let loss = self.file.model.target.loss();
        (loss.kind().name(), loss.parameter().filter(|_| loss.kind() == LossKind::Tweedie))
    }

    /// The classes in order, and what kind of labels they were if that is known; nothing for other tasks.
    fn labels(&self) -> Option<(Vec<String>, Option<&'static str>)> {
        let classes = &self.file.model.target.classes;
        (!classes.is_empty()).then(|| (classes.clone(), self.file.labels.map(LabelKind::name)))
    }

    /// One array a target, or the codes of the classes and one array of probabilities a class; and messages.
    #[pyo3(signature = (columns, n_threads=None))]
    fn predict<'py>(
        &self,
        py: Python<'py>,
        columns: Columns<'_>,
        n_threads: Option<usize>,
    ) -> PyResult<(Vec<Predicted<'py>>, Vec<String>)> {
        let table = table(columns)?;
        let predictions =
            threads::run(py, n_threads, table.n_rows(), || self.file.model.predict(&table))?.map_err(raised)?;
        let columns = predictions.columns().into_iter().filter_map(|(_, column)| predicted(py, column));
        Ok((columns.collect(), predictions.remarks.iter().map(ToString::to_string).collect()))
    }

    /// Of durations: log hazards, medians (NaN where there is none), and one array a time of the probability of no event up to it (NaN
    /// beyond what was watched); and messages.
    #[pyo3(signature = (columns, times, n_threads=None))]
    fn predict_survival<'py>(
        &self,
        py: Python<'py>,
        columns: Columns<'_>,
        times: Vec<f64>,
        n_threads: Option<usize>,
    ) -> PyResult<(Array<'py>, Array<'py>, Vec<Array<'py>>, Vec<String>)> {
        let table = table(columns)?;
        let work = || self.file.model.predict_survival(&table, &times);
        let predictions = threads::run(py, n_threads, table.n_rows(), work)?.map_err(raised)?;
        let messages = predictions.remarks.iter().map(ToString::to_string).collect();
        let Some(own) = predictions.survival else {
            return Err(PyValueError::new_err("model: found one without a baseline hazard"));
        };
        let at_times = (0..times.len()).map(|t| own.survival.column(t).to_pyarray(py)).collect();
        Ok((PyArray1::from_vec(py, own.log_hazard), PyArray1::from_vec(py, own.median), at_times, messages))
    }

    /// What the inverse link makes predictions of, in the target's units: one array an output.
    #[pyo3(signature = (columns, n_threads=None))]
    fn linear_predictor<'py>(
        &self,
        py: Python<'py>,
        columns: Columns<'_>,
        n_threads: Option<usize>,
    ) -> PyResult<Vec<Array<'py>>> {
        let table = table(columns)?;
        let model = &self.file.model;
        let eta = threads::run(py, n_threads, table.n_rows(), || model.linear_predictor(&table))?.map_err(raised)?;
        Ok((0..eta.n_columns()).map(|o| eta.column(o).to_pyarray(py)).collect())
    }

    /// Lower and upper ends of each target in turn; of classes their calibrated probabilities, whatever the level.
    #[pyo3(signature = (columns, level, n_threads=None))]
    fn predict_interval<'py>(
        &self,
        py: Python<'py>,
        columns: Columns<'_>,
        level: f64,
        n_threads: Option<usize>,
    ) -> PyResult<Vec<Predicted<'py>>> {
        let table = table(columns)?;
        let Some(intervals) = &self.file.intervals else { return Ok(Vec::new()) };
        let work = || intervals.predict(&self.file.model, &table, level);
        let bounds = threads::run(py, n_threads, table.n_rows(), work)?.map_err(raised)?;
        let columns = bounds.iter().flat_map(PredictedIntervals::columns);
        Ok(columns.filter_map(|(_, column)| predicted(py, column)).collect())
    }

    /// The least probability of a class in the prediction set at coverage `level`.
    fn least_probability(&self, level: f64) -> Option<f64> {
        self.file.intervals.as_ref()?.least_probability(level)
    }

    /// What inputs and units add to each row, as JSON.
    #[pyo3(signature = (columns, n_threads=None))]
    fn explain(&self, py: Python<'_>, columns: Columns<'_>, n_threads: Option<usize>) -> PyResult<String> {
        let table = table(columns)?;
        let rows: Vec<usize> = (0..table.n_rows()).collect();
        let work = || self.file.model.explain(&table, &rows);
        let explained = threads::run(py, n_threads, table.n_rows(), work)?.map_err(raised)?;
        serde_json::to_string(&explained).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// What each input does over the rows, by their weights, as JSON.
    #[pyo3(signature = (columns, weight, n_threads=None))]
    fn effects(
        &self,
        py: Python<'_>,
        columns: Columns<'_>,
        weight: Vec<f64>,
        n_threads: Option<usize>,
    ) -> PyResult<String> {
        let table = table(columns)?;
        let (rows, weight): (Vec<usize>, Vec<f64>) = weight.iter().enumerate().filter(|(_, w)| **w > 0.0).unzip();
        let pool = threads::pool(n_threads)?;
        let options = EffectsOptions::default();
        let effects =
            py.detach(|| pool.install(|| Effects::compute(&self.file.model, &table, &rows, &weight, &options)));
        serde_json::to_string(&effects.map_err(raised)?).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    /// Write the report; with the columns of the fit also what they hold, and what each input does.
    #[pyo3(signature = (path, command, columns=None, weight=None, n_threads=None))]
    fn report(
        &self,
        py: Python<'_>,
        path: PathBuf,
        command: &str,
        columns: Option<Columns<'_>>,
        weight: Option<String>,
        n_threads: Option<usize>,
    ) -> PyResult<()> {
        let table = columns.map(table).transpose()?;
        let model = &self.file.model;
        let pool = threads::pool(n_threads)?;
        let write = || {
            let (summaries, effects) = match &table {
                Some(table) => {
                    let columns = model.target.names.clone();
                    let (task, loss) = match model.task {
                        // Trials are in the weights.
                        Task::Successes => (Some(Task::Count), None),
                        task => (Some(task), Some(model.target.loss().kind())),
                    };
                    let quantiles = model.target.loss().levels().to_vec();
                    let survival = model.target.survival.clone().unwrap_or_default();
                    // Effects do not depend on strata.
                    let event = Some(survival.event).filter(|name| !name.is_empty());
                    let classes = model.target.classes.clone();
                    let about = ColumnRoles { columns, task, loss, classes, quantiles, ..ColumnRoles::default() };
                    let roles = ColumnRoles { event, weight, ..about };
                    let effects = Effects::of(model, &Dataset::new(table, roles)?, &EffectsOptions::default())?;
                    (table.columns().iter().map(ColumnSummary::of).collect(), effects)
                }
                None => (Vec::new(), Effects::default()),
            };
            let evaluation = self.file.evaluation.as_ref();
            let input = ReportInput {
                file: &self.file,
                evaluation,
                effects: &effects,
                command,
                columns: &summaries,
                spelling: &PythonNames,
            };
            skiplayer_io::write_report(&path, &input)
        };
        py.detach(|| pool.install(write)).map_err(raised)
    }
}
