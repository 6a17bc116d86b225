//! JSON as values of R, and lists of R as JSON.

use savvy::sexp::null;
use savvy::{
    savvy_err, ListSexp, NotAvailableValue, NullSexp, OwnedListSexp, OwnedLogicalSexp, OwnedRealSexp, OwnedStringSexp,
    Sexp, TypedSexp,
};
use serde_json::{Map, Value};

/// Objects are named lists; arrays of numbers, texts or truth values are vectors in which `null` is NA; others are lists.
pub fn to_r(value: &Value) -> savvy::Result<Sexp> {
    match value {
        Value::Null => NullSexp.into(),
        Value::Bool(truth) => OwnedLogicalSexp::try_from_slice([*truth])?.into(),
        Value::Number(number) => real(&[number.as_f64()]),
        Value::String(text) => OwnedStringSexp::try_from_slice([text])?.into(),
        Value::Array(values) => array(values),
        Value::Object(fields) => {
            let mut list = OwnedListSexp::new(fields.len(), true)?;
            for (at, (name, value)) in fields.iter().enumerate() {
                list.set_name_and_value(at, name, to_r(value)?)?;
            }
            list.into()
        }
    }
}

fn array(values: &[Value]) -> savvy::Result<Sexp> {
    if values.is_empty() {
        return OwnedListSexp::new(0, false)?.into();
    }
    if values.iter().all(Value::is_string) {
        return OwnedStringSexp::try_from_slice(values.iter().filter_map(Value::as_str).collect::<Vec<_>>())?.into();
    }
    if values.iter().all(Value::is_boolean) {
        return OwnedLogicalSexp::try_from_slice(values.iter().filter_map(Value::as_bool).collect::<Vec<_>>())?.into();
    }
    if values.iter().all(|value| value.is_number() || value.is_null()) {
        return real(&values.iter().map(Value::as_f64).collect::<Vec<_>>());
    }
    let mut list = OwnedListSexp::new(values.len(), false)?;
    for (at, value) in values.iter().enumerate() {
        list.set_value(at, to_r(value)?)?;
    }
    list.into()
}

/// A vector of numbers, NA for `None`.
fn real(values: &[Option<f64>]) -> savvy::Result<Sexp> {
    let mut vector = OwnedRealSexp::new(values.len())?;
    let na = f64::na();
    vector.as_mut_slice().iter_mut().zip(values).for_each(|(own, value)| *own = value.unwrap_or(na));
    vector.into()
}

/// A vector of numbers.
pub fn numbers(values: &[f64]) -> savvy::Result<Sexp> {
    OwnedRealSexp::try_from_slice(values)?.into()
}

/// A vector of texts.
pub fn texts<T: AsRef<str>>(values: &[T]) -> savvy::Result<Sexp> {
    OwnedStringSexp::try_from_slice(values)?.into()
}

/// A named list on its way out. A value is safe from R's garbage collector once it is in: it goes in before the next one is made.
pub struct Fields {
    list: OwnedListSexp,
    filled: usize,
}

impl Fields {
    /// A list of so many fields.
    pub fn new(fields: usize) -> savvy::Result<Self> {
        Ok(Self { list: OwnedListSexp::new(fields, true)?, filled: 0 })
    }

    /// The next field.
    pub fn add(&mut self, name: &str, value: Sexp) -> savvy::Result<()> {
        self.list.set_name_and_value(self.filled, name, value)?;
        self.filled += 1;
        Ok(())
    }

    /// The list.
    pub fn done(self) -> savvy::Result<Sexp> {
        self.list.into()
    }
}

/// A list of vectors of numbers, one a column, with these names.
pub fn columns<'a>(names: &[String], columns: impl Iterator<Item = &'a [f64]>) -> savvy::Result<Sexp> {
    let mut list = Fields::new(names.len())?;
    for (name, column) in names.iter().zip(columns) {
        list.add(name, numbers(column)?)?;
    }
    list.done()
}

/// NULL.
pub fn nothing() -> Sexp {
    Sexp(null::null())
}

/// A named list as an object: whole numbers without a fraction, NULL as `null`; lists inside are objects by their names, or arrays.
pub fn from_r(list: &ListSexp) -> savvy::Result<Map<String, Value>> {
    list.iter().map(|(name, value)| Ok((name.to_owned(), scalar(name, value)?))).collect()
}

fn scalar(name: &str, value: Sexp) -> savvy::Result<Value> {
    let found = match value.into_typed() {
        TypedSexp::Null(_) => Some(Value::Null),
        TypedSexp::Real(numbers) => numbers.as_slice().first().map(|number| whole(*number)),
        TypedSexp::Integer(numbers) => numbers.as_slice().first().map(|number| Value::from(*number)),
        TypedSexp::Logical(truths) => truths.iter().next().map(Value::from),
        TypedSexp::String(texts) => texts.iter().next().map(Value::from),
        TypedSexp::List(list) if list.iter().all(|(name, _)| name.is_empty()) => {
            let values = list.iter().map(|(_, value)| scalar(name, value));
            Some(Value::Array(values.collect::<savvy::Result<_>>()?))
        }
        TypedSexp::List(list) => Some(Value::Object(from_r(&list)?)),
        _ => None,
    };
    found.ok_or_else(|| savvy_err!("{name}: a single number, text or truth value is expected"))
}

/// Whole numbers as JSON writes them, so that counts are counts.
fn whole(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}
