//! Options as named lists: those that are named replace the defaults of the engine.

use savvy::{savvy_err, ListSexp};
use serde::de::DeserializeOwned;
use serde::Serialize;
use serde_json::Value;

use crate::value::from_r;

/// The defaults of `T`, with the fields of `list` in their place.
pub fn options<T: Default + Serialize + DeserializeOwned>(list: &ListSexp) -> savvy::Result<T> {
    let given = from_r(list)?;
    let mut all = serde_json::to_value(T::default()).map_err(|error| savvy_err!("options: {error}"))?;
    if let Value::Object(defaults) = &mut all {
        defaults.extend(given);
    }
    serde_json::from_value(all).map_err(|error| savvy_err!("options: {error}"))
}
