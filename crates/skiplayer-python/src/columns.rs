//! Columns of Python: `(name, numbers)`, `(name, (numbers, meaning, zone))` or `(name, (codes, levels, meaning))`.

use std::collections::HashMap;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use skiplayer::table::{Column, MISSING, Meaning, Table, Values};

use crate::dates;
use crate::fault::raised;
use crate::meaning;
use crate::numbers::Numbers;

/// Cells of a column on their way in.
#[derive(FromPyObject)]
pub enum Cells<'py> {
    /// 64-bit floats of any stride; NaN is a missing cell.
    Numbers(Numbers<'py, f64>),
    /// Dates, times or durations as numbers, the word for what they are, and the time zone.
    Moments(Numbers<'py, f64>, PyBackedStr, Option<PyBackedStr>),
    /// Each cell an index into the levels, or negative where it is missing; and the word for what the levels are. Levels may be
    /// repeated, or not occur at all.
    Coded(Numbers<'py, i32>, Vec<PyBackedStr>, PyBackedStr),
}

/// Named columns, in order.
pub type Columns<'py> = Vec<(String, Cells<'py>)>;

/// The table of `columns`. Cells are copied once: the fit runs without the interpreter, and must not see them change.
pub fn table(columns: Columns<'_>) -> PyResult<Table> {
    let column = |(name, cells)| Ok(read(name, cells)?.0);
    Table::new(columns.into_iter().map(column).collect::<PyResult<_>>()?).map_err(raised)
}

/// The table that a model is fitted to, and what to say of it: dates are found as in a file, but for columns named in `others`.
///
/// Later tables need not be searched: the model knows what it takes for dates.
pub fn table_of_fit(columns: Columns<'_>, others: &[&str]) -> PyResult<(Table, Vec<String>)> {
    let mut notes = Vec::new();
    let column = |(name, cells)| {
        let (column, word) = read(name, cells)?;
        let is_input = !others.contains(&column.name.as_str());
        Ok(if is_input { dates::found(column, &word, &mut notes) } else { column })
    };
    let columns = columns.into_iter().map(column).collect::<PyResult<_>>()?;
    Ok((Table::new(columns).map_err(raised)?, notes))
}

/// A column, and the word for what its levels are.
fn read(name: String, cells: Cells<'_>) -> PyResult<(Column, String)> {
    match cells {
        Cells::Numbers(array) => Ok((Column::new(name, Values::Numeric(array.as_array().to_vec())), String::new())),
        Cells::Moments(array, word, zone) => {
            let meaning = meaning::of_numbers(&word, zone.as_deref())?;
            Ok((Column::new(name, Values::Numeric(array.as_array().to_vec())).meaning(meaning), word.to_string()))
        }
        Cells::Coded(codes, levels, word) => {
            let values = categories(codes.as_array(), &levels)
                .map_err(|what| PyValueError::new_err(format!("{name}: {what}")))?;
            let column = Column::new(name, values);
            let is_ordered = word == *meaning::ORDERED;
            let column = if is_ordered { column.meaning(Meaning::Category { is_ordered }) } else { column };
            Ok((column, word.to_string()))
        }
    }
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
