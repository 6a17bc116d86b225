//! Columns of Python: `(name, array of numbers)` or `(name, list of text)`.

use numpy::PyReadonlyArray1;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use skiplayer::data::{Column, Table, Values};

use crate::fault::raised;

/// Cells of a column on their way in.
#[derive(FromPyObject)]
pub enum Cells<'py> {
    /// 64-bit floats of any stride; NaN is a missing cell.
    Numbers(PyReadonlyArray1<'py, f64>),
    /// `None` is a missing cell.
    Text(Vec<Option<PyBackedStr>>),
}

/// Named columns, in order.
pub type Columns<'py> = Vec<(String, Cells<'py>)>;

/// The table of `columns`. Cells are copied once: the fit runs without the interpreter, and must not see them change.
pub fn table(columns: Columns<'_>) -> PyResult<Table> {
    let columns = columns
        .into_iter()
        .map(|(name, cells)| {
            let values = match cells {
                Cells::Numbers(array) => Values::Numeric(array.as_array().to_vec()),
                Cells::Text(cells) => Values::from_text(cells.iter().map(|cell| cell.as_deref())),
            };
            Column { name, values }
        })
        .collect();
    Table::new(columns).map_err(raised)
}
