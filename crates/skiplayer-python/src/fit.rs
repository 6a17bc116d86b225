//! The class `Fit`: what is to be fitted, and evaluated at once or fold by fold.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use skiplayer::encode::OffsetColumns;
use skiplayer::error::Message;
use skiplayer::evaluate::{EvaluationOptions, OuterFold, evaluate_fold, n_outer_folds};
use skiplayer::explain::importances_of;
use skiplayer::fit::Config;
use skiplayer::schema::options::{LOSS, TIES};
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::table::Table;
use skiplayer_io::{LabelKind, ModelFile};

use crate::columns::{Columns, table_of_fit};
use crate::fault::raised;
use crate::model::Model;
use crate::options;
use crate::watch::Watch;

/// Columns with their roles, and the options of a fit and of its evaluation.
#[pyclass(frozen, module = "skiplayer._skiplayer")]
pub struct Fit {
    table: Table,
    notes: Vec<String>,
    roles: ColumnRoles,
    config: Config,
    evaluation: Option<EvaluationOptions>,
    labels: Option<LabelKind>,
}

#[pymethods]
impl Fit {
    /// A fit of the target columns on all others; with `evaluation` (JSON) the procedure is evaluated, too.
    #[new]
    #[pyo3(signature = (columns, targets, task, options, *, loss=None, classes=None, power=None, quantiles=None, event=None, strata=None, ties=None, rules=None, evaluation=None, weight=None, offset=None,
                        exposure=None, trials=None, group=None, time=None, labels=None, inner_fold=None))]
    #[expect(clippy::too_many_arguments, reason = "keywords, each of which is one choice of the caller")]
    fn new(
        columns: Columns<'_>,
        targets: Vec<String>,
        task: &str,
        options: &str,
        loss: Option<&str>,
        classes: Option<Vec<String>>,
        power: Option<f64>,
        quantiles: Option<Vec<f64>>,
        event: Option<String>,
        strata: Option<String>,
        ties: Option<&str>,
        rules: Option<&str>,
        evaluation: Option<&str>,
        weight: Option<String>,
        offset: Option<String>,
        exposure: Option<String>,
        trials: Option<String>,
        group: Option<String>,
        time: Option<String>,
        labels: Option<&str>,
        inner_fold: Option<Vec<usize>>,
    ) -> PyResult<Self> {
        let beside = [&event, &strata, &weight, &offset, &exposure, &trials, &group, &time].into_iter().flatten();
        let others: Vec<&str> = targets.iter().chain(beside).map(String::as_str).collect();
        let (table, notes) = table_of_fit(columns, &others)?;
        let task = Some(options::task(task)?);
        let roles = ColumnRoles {
            columns: targets,
            task,
            loss: loss.map(|word| options::choice(&LOSS, word)).transpose()?,
            classes: classes.unwrap_or_default(),
            power,
            quantiles: quantiles.unwrap_or_default(),
            event,
            strata,
            ties: ties.map(|word| options::choice(&TIES, word)).transpose()?,
            weight,
            offset: OffsetColumns { offset, exposure },
            trials,
            group,
            time,
            inner_fold,
            rules: rules.map(options::rules).transpose()?.unwrap_or_default(),
            expects_zero_weights: true,
            ..ColumnRoles::default()
        };
        let config = options::config(options)?;
        let evaluation = evaluation.map(options::evaluation).transpose()?;
        let labels = labels.map(options::labels).transpose()?;
        Ok(Self { table, notes, roles, config, evaluation, labels })
    }

    /// The model; `outer_folds` are those that `outer_fold` has run, instead of running them here.
    #[pyo3(signature = (n_threads=None, max_seconds=None, listener=None, outer_folds=None))]
    fn run(
        &self,
        py: Python<'_>,
        n_threads: Option<usize>,
        max_seconds: Option<f64>,
        listener: Option<Py<PyAny>>,
        outer_folds: Option<Vec<Vec<u8>>>,
    ) -> PyResult<Model> {
        let folds =
            outer_folds.map(|folds| folds.iter().map(|fold| sent(fold)).collect::<PyResult<Vec<_>>>()).transpose()?;
        let (file, importances) = Watch { listener, max_seconds, n_threads }.run(py, |observer| {
            let data = self.data()?;
            let mut file: ModelFile = match (&self.evaluation, &folds) {
                (Some(evaluation), Some(folds)) => {
                    ModelFile::of_columns_and_folds(&data, &self.config, evaluation, folds, observer)?
                }
                (evaluation, _) => ModelFile::of_columns(&data, &self.config, evaluation.as_ref(), observer)?,
            };
            file.summary.warnings.splice(0..0, self.notes.iter().cloned().map(Message::from));
            file.labels = self.labels;
            let importances = importances_of(&file.model, &data)?;
            Ok((file, importances))
        })?;
        Ok(Model::with_importances(file, importances))
    }

    /// Number of outer folds of the evaluation, over all repeats.
    fn n_outer_folds(&self, py: Python<'_>) -> PyResult<usize> {
        let evaluation = self.evaluation()?;
        py.detach(|| n_outer_folds(&self.data()?, &self.config, evaluation)).map_err(raised)
    }

    /// Outer fold `fold` of the evaluation alone, as bytes that any process may have made.
    #[pyo3(signature = (fold, n_threads=None))]
    fn outer_fold<'py>(&self, py: Python<'py>, fold: usize, n_threads: Option<usize>) -> PyResult<Bound<'py, PyBytes>> {
        let evaluation = self.evaluation()?;
        let run = Watch { listener: None, max_seconds: None, n_threads }
            .run(py, |observer| evaluate_fold(&self.data()?, &self.config, evaluation, fold, observer))?;
        let bytes = serde_json::to_vec(&run).map_err(|error| PyValueError::new_err(format!("outer fold: {error}")))?;
        Ok(PyBytes::new(py, &bytes))
    }
}

impl Fit {
    fn data(&self) -> skiplayer::Result<Dataset<'_>> {
        Dataset::new(&self.table, self.roles.clone())
    }

    fn evaluation(&self) -> PyResult<&EvaluationOptions> {
        self.evaluation.as_ref().ok_or_else(|| PyValueError::new_err("outer folds: found no evaluation"))
    }
}

fn sent(bytes: &[u8]) -> PyResult<OuterFold> {
    serde_json::from_slice(bytes).map_err(|error| PyValueError::new_err(format!("outer fold: {error}")))
}
