//! Roles of columns as R names them.

use savvy::{savvy_err, ListSexp, Sexp, TypedSexp};
use serde_json::Value;
use skiplayer::encode::{OffsetColumns, Task};
use skiplayer::error::Choices;
use skiplayer::loss::LossKind;
use skiplayer::schema::{ColumnRoles, ColumnRules};

use crate::value::from_r;

/// `list(target=, task=, loss=, classes=, trials=, weight=, offset=, group=, time=, keep=)`, vectors of text, `power=`, a number, and `rules=`, a list.
pub fn roles(list: &ListSexp) -> savvy::Result<ColumnRoles> {
    let words = |name: &str| -> Vec<String> {
        match list.get(name).map(Sexp::into_typed) {
            Some(TypedSexp::String(texts)) => texts.iter().map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    };
    let one = |name: &str| words(name).into_iter().next();
    let task = one("task").ok_or_else(|| savvy_err!("roles without a task"))?;
    let task: Task = serde_json::from_value(Value::from(task)).map_err(|error| savvy_err!("task: {error}"))?;
    let loss =
        one("loss").map(|word| LossKind::from_name(&word).ok_or_else(|| savvy_err!("loss: {word}"))).transpose()?;
    let power = match list.get("power").map(Sexp::into_typed) {
        Some(TypedSexp::Real(number)) => number.as_slice().first().copied(),
        _ => None,
    };
    let rules = match list.get("rules").map(Sexp::into_typed) {
        Some(TypedSexp::List(rules)) => serde_json::from_value(Value::Object(from_r(&rules)?))
            .map_err(|error| savvy_err!("rules of columns: {error}"))?,
        _ => ColumnRules::default(),
    };
    Ok(ColumnRoles {
        columns: words("target"),
        task: Some(task),
        loss,
        power,
        classes: words("classes"),
        trials: one("trials"),
        weight: one("weight"),
        offset: OffsetColumns { offset: one("offset"), exposure: None },
        group: one("group"),
        time: one("time"),
        keep: words("keep"),
        rules,
        expects_zero_weights: true,
        ..ColumnRoles::default()
    })
}
