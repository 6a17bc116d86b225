//! Arrays of NumPy as they may come: of any stride, and beginning anywhere in memory.

use std::ops::Deref;

use numpy::{Element, PyReadonlyArray1};
use pyo3::prelude::*;

/// A vector whose elements lie where the processor wants them. Arrays out of messages and memory maps often do not (Dask hands workers
/// such), and a view by Rust may not be made of them: they are copied.
pub struct Numbers<'py, T: Element>(PyReadonlyArray1<'py, T>);

impl<'py, T: Element> Deref for Numbers<'py, T> {
    type Target = PyReadonlyArray1<'py, T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<'py, T: Element> FromPyObject<'_, 'py> for Numbers<'py, T> {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let array: PyReadonlyArray1<'py, T> = object.extract()?;
        if array.getattr("flags")?.getattr("aligned")?.extract()? {
            return Ok(Self(array));
        }
        Ok(Self(array.call_method0("copy")?.extract()?))
    }
}
