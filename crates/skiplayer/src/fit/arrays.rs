//! Inputs and responses as the arrays that callers have, in place of a table.

use crate::error::Place;
use crate::matrix::Matrix;
use crate::table::{Column, Table, Values};
use crate::{Error, Result};

/// Inputs, one row an observation: `faer` matrices, our [`Matrix`], and rows as vectors, slices or arrays. `NaN` is a missing cell.
///
/// Columns are called `x1`, `x2`, …
pub trait Inputs {
    /// The columns (n_features), each as long as there are rows.
    ///
    /// # Errors
    /// Rows of different lengths.
    fn columns(&self) -> Result<Vec<Vec<f64>>>;
}

/// Responses, one an observation: numbers, or for classes words, truth values or whole numbers; several targets are the columns
/// of a matrix.
///
/// One target is called `y`, several are `y1`, `y2`, …
pub trait Responses {
    /// The targets, each as long as there are rows.
    fn targets(&self) -> Vec<Values>;
}

/// A table of the inputs alone, for predictions.
pub fn inputs_table(x: &(impl Inputs + ?Sized)) -> Result<Table> {
    Table::from_columns(x.columns()?)
}

/// A table of inputs and responses, and the names of the targets.
pub fn table(x: &(impl Inputs + ?Sized), y: &(impl Responses + ?Sized)) -> Result<(Table, Vec<String>)> {
    let inputs = Table::from_columns(x.columns()?)?;
    let targets = y.targets();
    let several = targets.len() > 1;
    let name = |k: usize| if several { format!("y{}", k + 1) } else { "y".to_owned() };
    let names: Vec<String> = (0..targets.len()).map(name).collect();
    for values in &targets {
        if values.len() != inputs.n_rows() {
            return Err(Error::input("y", format!("{} responses", values.len()))
                .expected(format!("{}, one for each row of the inputs", inputs.n_rows())));
        }
    }
    let columns = inputs.columns().iter().cloned();
    let responses = names.iter().zip(targets).map(|(name, values)| Column::new(name.clone(), values));
    Ok((Table::new(columns.chain(responses).collect())?, names))
}

/// Rows of equal length, transposed.
fn transposed<'a>(mut rows: impl Iterator<Item = &'a [f64]>) -> Result<Vec<Vec<f64>>> {
    let Some(first) = rows.next() else { return Ok(Vec::new()) };
    let mut columns: Vec<Vec<f64>> = first.iter().map(|x| vec![*x]).collect();
    for (row, cells) in rows.enumerate() {
        if cells.len() != columns.len() {
            return Err(Error::input(Place::from("x").with_row(row + 2), format!("{} cells", cells.len()))
                .expected(format!("{}, as in the first row", columns.len())));
        }
        columns.iter_mut().zip(cells).for_each(|(column, x)| column.push(*x));
    }
    Ok(columns)
}

impl Inputs for faer::MatRef<'_, f64> {
    fn columns(&self) -> Result<Vec<Vec<f64>>> {
        Ok((0..self.ncols()).map(|j| (0..self.nrows()).map(|i| self[(i, j)]).collect()).collect())
    }
}

impl Inputs for faer::Mat<f64> {
    fn columns(&self) -> Result<Vec<Vec<f64>>> {
        self.as_ref().columns()
    }
}

impl Inputs for Matrix {
    fn columns(&self) -> Result<Vec<Vec<f64>>> {
        Ok((0..self.n_columns()).map(|j| self.column(j).to_vec()).collect())
    }
}

impl<R: AsRef<[f64]>> Inputs for [R] {
    fn columns(&self) -> Result<Vec<Vec<f64>>> {
        transposed(self.iter().map(AsRef::as_ref))
    }
}

impl<R: AsRef<[f64]>> Inputs for Vec<R> {
    fn columns(&self) -> Result<Vec<Vec<f64>>> {
        self.as_slice().columns()
    }
}

impl<R: AsRef<[f64]>, const N: usize> Inputs for [R; N] {
    fn columns(&self) -> Result<Vec<Vec<f64>>> {
        self.as_slice().columns()
    }
}

/// A response of one row.
pub trait Response {
    /// A column of such responses.
    fn column(responses: &[Self]) -> Values
    where
        Self: Sized;
}

impl Response for f64 {
    fn column(responses: &[Self]) -> Values {
        Values::Numeric(responses.to_vec())
    }
}

macro_rules! named_classes {
    ($($class:ty),*) => {$(
        impl Response for $class {
            fn column(responses: &[Self]) -> Values {
                let names: Vec<String> = responses.iter().map(ToString::to_string).collect();
                Values::from_text(names.iter().map(|name| Some(name.as_str())))
            }
        }
    )*};
}

named_classes!(&str, String, bool, i32, i64, u8, u32, u64, usize);

impl<T: Response> Responses for [T] {
    fn targets(&self) -> Vec<Values> {
        vec![T::column(self)]
    }
}

impl<T: Response> Responses for Vec<T> {
    fn targets(&self) -> Vec<Values> {
        self.as_slice().targets()
    }
}

impl<T: Response, const N: usize> Responses for [T; N] {
    fn targets(&self) -> Vec<Values> {
        self.as_slice().targets()
    }
}

impl Responses for Matrix {
    fn targets(&self) -> Vec<Values> {
        (0..self.n_columns()).map(|k| Values::Numeric(self.column(k).to_vec())).collect()
    }
}

impl Responses for faer::MatRef<'_, f64> {
    fn targets(&self) -> Vec<Values> {
        (0..self.ncols()).map(|k| Values::Numeric((0..self.nrows()).map(|i| self[(i, k)]).collect())).collect()
    }
}

impl Responses for faer::Mat<f64> {
    fn targets(&self) -> Vec<Values> {
        self.as_ref().targets()
    }
}
