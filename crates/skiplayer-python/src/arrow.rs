//! Data of any library that speaks the Arrow PyCapsule interface: pyarrow, polars, DuckDB and others, without asking which.
//!
//! Text is text here, and only nulls and NaN are missing: frames say what is missing, files have to use words for it.

#![expect(unsafe_code, reason = "what a capsule points to is C's; each use says what it rests on")]

use std::ffi::CStr;

use arrow_array::cast::AsArray;
use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use arrow_array::ffi_stream::ArrayStreamReader;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayReader, ArrayRef, make_array};
use arrow_cast::cast;
use arrow_schema::DataType::*;
use arrow_schema::{ArrowError, DataType, Field, Fields, TimeUnit};
use numpy::PyArray1;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use skiplayer::table::{Meaning, cell, dates};

use crate::meaning::{self, CATEGORY, ORDERED, TEXT, WHOLE};

const SCHEMA: &CStr = c"arrow_schema";
const ARRAY: &CStr = c"arrow_array";
const STREAM: &CStr = c"arrow_array_stream";

/// Cells of a column on their way out, as [`Cells`](crate::columns::Cells) takes them in.
#[derive(IntoPyObject)]
pub enum FrameColumn<'py> {
    Numbers(Bound<'py, PyArray1<f64>>),
    Moments((Bound<'py, PyArray1<f64>>, &'static str, Option<String>)),
    Coded((Bound<'py, PyArray1<i32>>, Vec<String>, &'static str)),
}

/// The columns of a frame, or one without a name of anything else.
///
/// Raises `TypeError` for columns that are neither numbers, text, truth values, times nor dictionaries of these, and
/// `ValueError` for data that cannot be read.
#[pyfunction]
pub fn arrow_columns<'py>(data: &Bound<'py, PyAny>) -> PyResult<Vec<(String, FrameColumn<'py>)>> {
    let py = data.py();
    let (field, pieces) = imported(data)?;
    let columns = py.detach(|| match field.data_type() {
        Struct(fields) => columns_of(fields, &pieces),
        _ => Ok(vec![(String::new(), Cells::of(&field, &pieces)?)]),
    })?;
    let column = |(name, cells)| {
        let cells = match cells {
            Cells::Numbers(numbers) => FrameColumn::Numbers(PyArray1::from_vec(py, numbers)),
            Cells::Moments { numbers, meaning } => {
                let (word, zone) = meaning::words(&meaning);
                FrameColumn::Moments((PyArray1::from_vec(py, numbers), word, zone.map(str::to_owned)))
            }
            Cells::Coded { codes, levels, word } => FrameColumn::Coded((PyArray1::from_vec(py, codes), levels, word)),
        };
        (name, cells)
    };
    Ok(columns.into_iter().map(column).collect())
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
    Moments { numbers: Vec<f64>, meaning: Meaning },
    Coded { codes: Vec<i32>, levels: Vec<String>, word: &'static str },
}

impl Cells {
    fn of(field: &Field, pieces: &[ArrayRef]) -> PyResult<Self> {
        match kind(field) {
            Kind::Whole if pieces.iter().map(are_equal_as_floats).collect::<PyResult<Vec<_>>>()?.contains(&true) => {
                Self::coded(pieces, WHOLE)
            }
            Kind::Number | Kind::Whole => {
                Ok(Cells::Numbers(joined(pieces, |piece| numbers(&cast(piece, &Float64).map_err(unreadable)?))?))
            }
            Kind::Decimal => {
                // By way of text, whose parsing rounds once; dividing by a power of ten rounds twice.
                let of_text = |piece: &ArrayRef| cast(&cast(piece, &Utf8)?, &Float64);
                Ok(Cells::Numbers(joined(pieces, |piece| numbers(&of_text(piece).map_err(unreadable)?))?))
            }
            Kind::Moment(meaning) => Ok(Cells::Moments { numbers: joined(pieces, moments)?, meaning }),
            Kind::Levels(word) => Self::coded(pieces, word),
            Kind::Neither => Err(PyTypeError::new_err(format!(
                "Column {:?} is of type {}, expected numbers, text, truth values, dates or times.",
                field.name(),
                field.data_type()
            ))),
        }
    }

    fn coded(pieces: &[ArrayRef], word: &'static str) -> PyResult<Self> {
        let (mut codes, mut levels) = (Vec::new(), Vec::new());
        for piece in pieces {
            append(piece, &mut codes, &mut levels)?;
        }
        Ok(Cells::Coded { codes, levels, word })
    }
}

fn joined(pieces: &[ArrayRef], numbers_of: impl Fn(&ArrayRef) -> PyResult<Vec<f64>>) -> PyResult<Vec<f64>> {
    let mut numbers = Vec::with_capacity(pieces.iter().map(|piece| piece.len()).sum());
    for piece in pieces {
        numbers.extend(numbers_of(piece)?);
    }
    Ok(numbers)
}

/// NaN where a cell is null.
fn numbers(floats: &ArrayRef) -> PyResult<Vec<f64>> {
    Ok(floats.as_primitive::<Float64Type>().iter().map(|cell| cell.unwrap_or(f64::NAN)).collect())
}

/// What the type of a column says of its cells.
enum Kind {
    Number,
    /// Numbers that may be too large for floats to tell apart.
    Whole,
    Decimal,
    /// Dates in days, times and durations in seconds, as where they are read from files.
    Moment(Meaning),
    /// Levels, and the word for what they are.
    Levels(&'static str),
    Neither,
}

fn kind(field: &Field) -> Kind {
    match field.data_type() {
        Null | Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32 | Float16 | Float32 | Float64 => Kind::Number,
        Int64 | UInt64 => Kind::Whole,
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => Kind::Decimal,
        Boolean => Kind::Levels(CATEGORY),
        Utf8 | LargeUtf8 | Utf8View => Kind::Levels(TEXT),
        // Whoever makes a dictionary means categories, of numbers too.
        Dictionary(_, values) => {
            let is_level = matches!(**values, Boolean | Utf8 | LargeUtf8 | Utf8View)
                || values.is_integer()
                || values.is_floating()
                || of_moments(values).is_some();
            match is_level {
                true if is_ordered(field) => Kind::Levels(ORDERED),
                true => Kind::Levels(CATEGORY),
                false => Kind::Neither,
            }
        }
        stored => of_moments(stored).map_or(Kind::Neither, Kind::Moment),
    }
}

/// Whether the levels of a dictionary have an order: the flag of Arrow, or the Enum of polars.
fn is_ordered(field: &Field) -> bool {
    field.dict_is_ordered() == Some(true) || field.metadata().keys().any(|key| key.starts_with("_PL_ENUM_VALUES"))
}

/// What the cells of a type of times mean.
fn of_moments(stored: &DataType) -> Option<Meaning> {
    match stored {
        Date32 | Date64 => Some(Meaning::Date { written: None }),
        Timestamp(_, zone) => Some(Meaning::Timestamp { zone: zone.as_deref().map(dates::zone), written: None }),
        Time32(_) | Time64(_) => Some(Meaning::TimeOfDay),
        Duration(_) => Some(Meaning::Duration),
        _ => None,
    }
}

/// Days of dates, seconds of anything else; NaN where a cell is null.
fn moments(piece: &ArrayRef) -> PyResult<Vec<f64>> {
    let stored = piece.data_type().clone();
    let number = move |ticks: i64| match stored {
        Date32 => ticks as f64,
        Date64 => ticks as f64 / (1e3 * dates::DAY),
        Timestamp(unit, _) | Time32(unit) | Time64(unit) | Duration(unit) => match unit {
            TimeUnit::Second => ticks as f64,
            TimeUnit::Millisecond => ticks as f64 / 1e3,
            TimeUnit::Microsecond => ticks as f64 / 1e6,
            TimeUnit::Nanosecond => dates::seconds(ticks.into()),
        },
        _ => f64::NAN,
    };
    let piece = match piece.data_type() {
        Date32 | Time32(_) => cast(piece, &Int32).map_err(unreadable)?,
        _ => piece.clone(),
    };
    let ticks = cast(&piece, &Int64).map_err(unreadable)?;
    Ok(ticks.as_primitive::<Int64Type>().iter().map(|cell| cell.map_or(f64::NAN, &number)).collect())
}

/// Whether some of the whole numbers are not what they are as 64-bit floats.
fn are_equal_as_floats(piece: &ArrayRef) -> PyResult<bool> {
    let differs = |number: i128| number as f64 as i128 != number;
    Ok(match piece.data_type() {
        Int64 => piece.as_primitive::<Int64Type>().iter().flatten().any(|number| differs(number.into())),
        UInt64 => piece.as_primitive::<UInt64Type>().iter().flatten().any(|number| differs(number.into())),
        _ => false,
    })
}

/// Adds a piece with levels of its own: who takes them merges those that are equal.
fn append(piece: &ArrayRef, codes: &mut Vec<i32>, levels: &mut Vec<String>) -> PyResult<()> {
    let first = levels.len();
    let coded = match piece.data_type() {
        Dictionary(_, values) => Dictionary(Box::new(Int32), values.clone()),
        _ => Dictionary(Box::new(Int32), Box::new(Utf8)),
    };
    let piece = cast(piece, &coded).map_err(unreadable)?;
    let dictionary = piece.as_dictionary::<Int32Type>();
    let values = dictionary.values();
    let written = |numbers: Vec<f64>, text: &dyn Fn(f64) -> String| -> Vec<String> {
        numbers.into_iter().map(|number| if number.is_nan() { String::new() } else { text(number) }).collect()
    };
    levels.extend(if let Some(meaning) = of_moments(values.data_type()) {
        written(moments(values)?, &|number| meaning.text(number))
    } else if values.data_type().is_floating() {
        written(numbers(&cast(values, &Float64).map_err(unreadable)?)?, &cell::number_text)
    } else {
        let text = cast(values, &Utf8).map_err(unreadable)?;
        text.as_string::<i32>().iter().map(|level| level.unwrap_or_default().to_owned()).collect()
    });
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
