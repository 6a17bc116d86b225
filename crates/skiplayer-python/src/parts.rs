//! Rows that are with workers: the class `Shard`, which a worker holds, and the fit that asks all of them.

use std::sync::Mutex;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use skiplayer::fit::parts::{self, Shards};
use skiplayer::schema::ColumnRoles;
use skiplayer::schema::options::LOSS;
use skiplayer::{Error, fit};
use skiplayer_io::ModelFile;

use crate::columns::{Columns, table};
use crate::fault::raised;
use crate::model::Model;
use crate::options;
use crate::threads;
use crate::watch::Watch;

/// Parts of a table that one worker holds.
#[pyclass(module = "skiplayer._skiplayer")]
#[derive(Default)]
pub struct Shard {
    parts: parts::Shard,
}

#[pymethods]
impl Shard {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Whether parts read their rows to answer `request`, by `read`; others are answered by `answer`.
    #[staticmethod]
    fn reads_rows(request: &[u8]) -> PyResult<bool> {
        parts::reads_rows(request).map_err(raised)
    }

    /// The answer of part `number`, whose rows are `columns` and begin at row `start` of the whole.
    fn read<'py>(
        &mut self,
        py: Python<'py>,
        request: &[u8],
        number: usize,
        start: usize,
        columns: Columns<'_>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let table = table(columns)?.starting_at(start);
        let answer = py.detach(|| self.parts.read(request, number, start, &table)).map_err(raised)?;
        Ok(PyBytes::new(py, &answer))
    }

    /// The answers of all parts that are held, in order.
    #[pyo3(signature = (request, n_threads=None))]
    fn answer<'py>(
        &self,
        py: Python<'py>,
        request: &[u8],
        n_threads: Option<usize>,
    ) -> PyResult<Vec<Bound<'py, PyBytes>>> {
        let answers = threads::run(py, n_threads, parts::PART_ROWS, || self.parts.answer(request))?.map_err(raised)?;
        Ok(answers.iter().map(|answer| PyBytes::new(py, answer)).collect())
    }
}

/// The model of all parts, which `ask(request)` reaches: bytes, and those of every part back, in order.
#[pyfunction]
#[pyo3(signature = (ask, target, task, options, *, loss=None, power=None, rules=None, weight=None, labels=None, n_threads=None,
                    max_seconds=None, listener=None))]
#[expect(clippy::too_many_arguments, reason = "keywords, each of which is one choice of the caller")]
pub fn fit_parts(
    py: Python<'_>,
    ask: Py<PyAny>,
    target: String,
    task: &str,
    options: &str,
    loss: Option<&str>,
    power: Option<f64>,
    rules: Option<&str>,
    weight: Option<String>,
    labels: Option<&str>,
    n_threads: Option<usize>,
    max_seconds: Option<f64>,
    listener: Option<Py<PyAny>>,
) -> PyResult<Model> {
    let roles = ColumnRoles {
        columns: vec![target],
        task: Some(options::task(task)?),
        loss: loss.map(|word| options::choice(&LOSS, word)).transpose()?,
        power,
        weight,
        rules: rules.map(options::rules).transpose()?.unwrap_or_default(),
        ..ColumnRoles::default()
    };
    let config = options::config(options)?;
    let labels = labels.map(options::labels).transpose()?;
    let caller = Caller { ask, raised: Mutex::new(None) };
    let found = Watch { listener, max_seconds, n_threads }.run(py, |observer| {
        let fitted = fit::parts::fit_parts(&caller, &roles, &config, observer)?;
        Ok(ModelFile { labels, ..ModelFile::of_parts(fitted, &config) })
    });
    match caller.raised.into_inner() {
        Ok(Some(error)) if found.is_err() => Err(error),
        _ => Ok(Model::of_file(found?)),
    }
}

/// Python's side of the way to all parts.
struct Caller {
    ask: Py<PyAny>,
    /// What it raised, to be raised again where the fit was asked for.
    raised: Mutex<Option<PyErr>>,
}

impl Shards for Caller {
    fn pass(&self, request: &[u8]) -> skiplayer::Result<Vec<Vec<u8>>> {
        Python::attach(|py| {
            let answers = self.ask.call1(py, (PyBytes::new(py, request),)).and_then(|answers| answers.extract(py));
            answers.map_err(|error: PyErr| {
                let text = error.to_string();
                if let Ok(mut raised) = self.raised.lock() {
                    raised.get_or_insert(error);
                }
                Error::failure("a pass over the rows", text)
            })
        })
    }
}
