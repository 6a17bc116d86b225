//! Data of any library that speaks the Arrow PyCapsule interface: pyarrow, polars, DuckDB and others, without asking which.
//!
//! Text is text here, and only nulls and NaN are missing: frames say what is missing, files have to use words for it.

#![expect(unsafe_code, reason = "what a capsule points to is C's; each use says what it rests on")]

use std::ffi::CStr;

use arrow_array::cast::AsArray;
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use arrow_array::ffi_stream::ArrayStreamReader;
use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{Array, ArrayReader, ArrayRef, make_array};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Field, Fields, TimeUnit};
use numpy::PyArray1;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";
const SECONDS_OF_A_DAY: f64 = 86_400.0;

/// Cells of a column on their way out, as [`Cells`](crate::columns::Cells) takes them in.
#[derive(IntoPyObject)]
pub enum Told<'py> {
    Numbers(Bound<'py, PyArray1<f64>>),
    Coded((Bound<'py, PyArray1<i32>>, Vec<String>)),
}

/// The columns of a frame, or one without a name of anything else.
///
/// Raises `TypeError` for columns that are neither numbers, text, truth values, times nor dictionaries of these, and
/// `ValueError` for data that cannot be read.
#[pyfunction]
pub fn arrow_columns<'py>(data: &Bound<'py, PyAny>) -> PyResult<Vec<(String, Told<'py>)>> {
    let py = data.py();
    let (field, pieces) = imported(data)?;
    let columns = py.detach(|| match field.data_type() {
        DataType::Struct(fields) => columns_of(fields, &pieces),
        _ => Ok(vec![(String::new(), Cells::of(&field, &pieces)?)]),
    })?;
    let told = |(name, cells)| {
        let told = match cells {
            Cells::Numbers(numbers) => Told::Numbers(PyArray1::from_vec(py, numbers)),
            Cells::Coded { codes, levels } => Told::Coded((PyArray1::from_vec(py, codes), levels)),
        };
        (name, told)
    };
    Ok(columns.into_iter().map(told).collect())
}

fn columns_of(fields: &Fields, pieces: &[ArrayRef]) -> PyResult<Vec<(String, Cells)>> {
    let column = |(j, field): (usize, &std::sync::Arc<Field>)| {
        let pieces: Vec<ArrayRef> = pieces.iter().map(|piece| piece.as_struct().column(j).clone()).collect();
        Ok((field.name().clone(), Cells::of(field, &pieces)?))
    };
    fields.iter().enumerate().map(column).collect()
}

/// A field and its arrays, which share their memory with Python's.
fn imported(data: &Bound<'_, PyAny>) -> PyResult<(Field, Vec<ArrayRef>)> {
    let py = data.py();
    if data.hasattr("__arrow_c_stream__")? {
        let capsule = data.call_method0("__arrow_c_stream__")?.cast_into::<PyCapsule>()?;
        let stream = capsule.pointer_checked(Some(STREAM))?.cast();
        // SAFETY: a capsule of this name holds such a stream, and keeps it until the end of this block. Reading moves it out
        // and leaves a released one behind, so that it is released once.
        let reader = unsafe { ArrayStreamReader::from_raw(stream.as_ptr()) }.map_err(unreadable)?;
        let field = reader.field().as_ref().clone();
        // The producer may want the interpreter, whose lock it takes itself.
        let pieces = py.detach(|| reader.collect::<Result<Vec<_>, _>>()).map_err(unreadable)?;
        return Ok((field, pieces));
    }
    let (schema, array): (Bound<'_, PyCapsule>, Bound<'_, PyCapsule>) =
        data.call_method0("__arrow_c_array__")?.extract()?;
    let (schema, array) = (schema.pointer_checked(Some(SCHEMA))?.cast(), array.pointer_checked(Some(ARRAY))?.cast());
    // SAFETY: capsules of these names hold a schema and an array that belong together; both are moved out, as above.
    let data = unsafe {
        let schema = FFI_ArrowSchema::from_raw(schema.as_ptr());
        let array = FFI_ArrowArray::from_raw(array.as_ptr());
        Field::try_from(&schema).and_then(|field| Ok((field, from_ffi(array, &schema)?)))
    };
    let (field, data) = data.map_err(unreadable)?;
    Ok((field, vec![make_array(data)]))
}

/// Cells of a column, out of Python's hands.
enum Cells {
    Numbers(Vec<f64>),
    Coded { codes: Vec<i32>, levels: Vec<String> },
}

impl Cells {
    fn of(field: &Field, pieces: &[ArrayRef]) -> PyResult<Self> {
        match meaning(field.data_type()) {
            Meaning::Number { way, unit } => {
                let mut numbers = Vec::with_capacity(pieces.iter().map(|piece| piece.len()).sum());
                for piece in pieces {
                    let piece =
                        way.iter().try_fold(piece.clone(), |cells, kind| cast(&cells, kind)).map_err(unreadable)?;
                    let piece = cast(&piece, &DataType::Float64).map_err(unreadable)?;
                    let cells = piece.as_primitive::<Float64Type>().iter();
                    numbers.extend(cells.map(|cell| cell.map_or(f64::NAN, |number| number / unit)));
                }
                Ok(Cells::Numbers(numbers))
            }
            Meaning::Category => {
                let (mut codes, mut levels) = (Vec::new(), Vec::new());
                for piece in pieces {
                    append(piece, &mut codes, &mut levels)?;
                }
                Ok(Cells::Coded { codes, levels })
            }
            Meaning::Neither => Err(PyTypeError::new_err(format!(
                "Column {:?} is of type {}, expected numbers, text, truth values, dates or times.",
                field.name(),
                field.data_type()
            ))),
        }
    }
}

enum Meaning {
    /// By way of these types to 64-bit floats, and divided by a unit.
    Number {
        way: &'static [DataType],
        unit: f64,
    },
    Category,
    Neither,
}

/// Dates are days and times are seconds, as where they are read from files.
fn meaning(stored: &DataType) -> Meaning {
    use DataType::*;
    let plain = |unit| Meaning::Number { way: &[], unit };
    let by_ticks = |unit| Meaning::Number { way: &[Int64], unit };
    match stored {
        Null | Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64 | Float16 | Float32 | Float64 => {
            plain(1.0)
        }
        // By way of text, whose parsing rounds once; dividing by a power of ten rounds twice.
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => Meaning::Number { way: &[Utf8], unit: 1.0 },
        Date32 => Meaning::Number { way: &[Int32], unit: 1.0 },
        Date64 => by_ticks(1e3 * SECONDS_OF_A_DAY),
        Time32(unit) => Meaning::Number { way: &[Int32], unit: ticks(*unit) },
        Time64(unit) | Timestamp(unit, _) | Duration(unit) => by_ticks(ticks(*unit)),
        Boolean | Utf8 | LargeUtf8 | Utf8View => Meaning::Category,
        // Whoever makes a dictionary of numbers means categories.
        Dictionary(_, values) => match **values {
            Boolean | Utf8 | LargeUtf8 | Utf8View => Meaning::Category,
            ref number if number.is_integer() || number.is_floating() => Meaning::Category,
            _ => Meaning::Neither,
        },
        _ => Meaning::Neither,
    }
}

fn ticks(unit: TimeUnit) -> f64 {
    match unit {
        TimeUnit::Second => 1.0,
        TimeUnit::Millisecond => 1e3,
        TimeUnit::Microsecond => 1e6,
        TimeUnit::Nanosecond => 1e9,
    }
}

/// Adds a piece with levels of its own: who takes them merges those that are equal.
fn append(piece: &ArrayRef, codes: &mut Vec<i32>, levels: &mut Vec<String>) -> PyResult<()> {
    let first = levels.len();
    let coded = match piece.data_type() {
        DataType::Dictionary(_, values) => DataType::Dictionary(Box::new(DataType::Int32), values.clone()),
        _ => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
    };
    let piece = cast(piece, &coded).map_err(unreadable)?;
    let dictionary = piece.as_dictionary::<Int32Type>();
    let values = dictionary.values();
    if values.data_type().is_floating() {
        let numbers = cast(values, &DataType::Float64).map_err(unreadable)?;
        let written = |number: Option<f64>| number.map_or(String::new(), |number| format!("{}", number + 0.0));
        levels.extend(numbers.as_primitive::<Float64Type>().iter().map(written));
    } else {
        let text = cast(values, &DataType::Utf8).map_err(unreadable)?;
        levels.extend(text.as_string::<i32>().iter().map(|level| level.unwrap_or_default().to_owned()));
    }
    let code = |key: Option<i32>| match key {
        Some(key) if !values.is_null(key as usize) => first as i32 + key,
        _ => -1,
    };
    codes.extend(dictionary.keys().iter().map(code));
    Ok(())
}

fn unreadable(error: ArrowError) -> PyErr {
    PyValueError::new_err(format!("Arrow data that cannot be read: {error}"))
}
