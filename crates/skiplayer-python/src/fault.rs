//! The project's errors as Python exceptions.

use pyo3::PyErr;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use skiplayer::{Error, ErrorKind};

use crate::spelling::PythonNames;

/// Bad input is a `ValueError`, anything else a `RuntimeError`; the words stay.
pub fn raised(error: Error) -> PyErr {
    let text = error.spelled(&PythonNames).to_string();
    match error.kind() {
        ErrorKind::Input => PyValueError::new_err(text),
        ErrorKind::Failure => PyRuntimeError::new_err(text),
    }
}
