//! Roles of columns as R names them.

use savvy::{savvy_err, ListSexp, Sexp, TypedSexp};
use serde_json::Value;
use skiplayer::encode::{OffsetColumns, Task};
use skiplayer::error::Choices;
use skiplayer::loss::{LossKind, Ties};
use skiplayer::schema::{ColumnRoles, ColumnRules};

use crate::value::from_r;

/// `list(target=, task=, loss=, classes=, trials=, event=, strata=, ties=, weight=, offset=, group=, time=, keep=)`, vectors of text,
/// `power=`, a number, `quantiles=`, numbers, and `rules=`, a list.
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
    let ties = one("ties").map(|word| Ties::from_name(&word).ok_or_else(|| savvy_err!("ties: {word}"))).transpose()?;
    let numbers = |name: &str| match list.get(name).map(Sexp::into_typed) {
        Some(TypedSexp::Real(numbers)) => numbers.as_slice().to_vec(),
        _ => Vec::new(),
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
        power: numbers("power").first().copied(),
        quantiles: numbers("quantiles"),
        classes: words("classes"),
        trials: one("trials"),
        event: one("event"),
        strata: one("strata"),
        ties,
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
