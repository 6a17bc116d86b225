//! The columns that a model was fitted with, in a table that it is applied to.

use std::borrow::Cow;

use crate::error::Place;
use crate::table::{Column, TableSource, nearest_name};
use crate::{Error, Result};

/// The column `name`, which `place` is about.
///
/// # Errors
/// There is none; the hint names the column that is spelled most like it.
pub fn column_of_the_model<'a>(
    table: &'a dyn TableSource,
    place: impl Into<Place>,
    name: &str,
) -> Result<Cow<'a, Column>> {
    table.column_named(name)?.ok_or_else(|| {
        let error = Error::input(place, "no such column").expected("the column that the model was fitted with");
        match nearest_name(name, table.names()) {
            Some(near) => error.hint(format!("is it `{near}` in this file? Rename it")),
            None => error,
        }
    })
}
