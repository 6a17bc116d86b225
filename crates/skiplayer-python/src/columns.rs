//! Columns of Python: `(name, numbers)` or `(name, (codes, levels))`.

use std::collections::HashMap;

use numpy::PyReadonlyArray1;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use skiplayer::table::{Column, MISSING, Table, Values};

use crate::fault::raised;

/// Cells of a column on their way in.
#[derive(FromPyObject)]
pub enum Cells<'py> {
    /// 64-bit floats of any stride; NaN is a missing cell.
    Numbers(PyReadonlyArray1<'py, f64>),
    /// Each cell an index into the levels, or negative where it is missing. Levels may be repeated, or not occur at all.
    Coded(PyReadonlyArray1<'py, i32>, Vec<PyBackedStr>),
}

/// Named columns, in order.
pub type Columns<'py> = Vec<(String, Cells<'py>)>;

/// The table of `columns`. Cells are copied once: the fit runs without the interpreter, and must not see them change.
pub fn table(columns: Columns<'_>) -> PyResult<Table> {
    let column = |(name, cells)| {
        let values = match cells {
            Cells::Numbers(array) => Values::Numeric(array.as_array().to_vec()),
            Cells::Coded(codes, levels) => categories(codes.as_array(), &levels)
                .map_err(|what| PyValueError::new_err(format!("{name}: {what}")))?,
        };
        Ok(Column::new(name, values))
    };
    Table::new(columns.into_iter().map(column).collect::<PyResult<_>>()?).map_err(raised)
}

/// Levels as a file gives them: each once, in the order they appear. So equal cells are equal tables, however they were coded.
fn categories<'a>(
    codes: impl IntoIterator<Item = &'a i32>,
    given: &[PyBackedStr],
) -> std::result::Result<Values, String> {
    let (mut levels, mut codes_of_levels) = (Vec::new(), HashMap::new());
    let mut renumbered: Vec<Option<u32>> = vec![None; given.len()];
    let mut code = |code: &i32| {
        let Ok(at) = usize::try_from(*code) else { return Ok(MISSING) };
        let place = renumbered.get_mut(at).ok_or_else(|| format!("the code {at} of {} levels", given.len()))?;
        Ok(*place.get_or_insert_with(|| {
            let text: &str = &given[at];
            *codes_of_levels.entry(text).or_insert_with(|| {
                levels.push(text.to_owned());
                (levels.len() - 1) as u32
            })
        }))
    };
    let codes = codes.into_iter().map(&mut code).collect::<std::result::Result<_, String>>()?;
    Ok(Values::Categorical { codes, levels })
}
