//! Roles beside a target of durations: events and strata.

use std::borrow::Cow;

use super::options::{EVENT, STRATA, TASK, TIES};
use super::spec::ColumnRoles;
use crate::encode::target::count_classes;
use crate::encode::{SurvivalTarget, Task, events};
use crate::error::Setting;
use crate::survival::Baseline;
use crate::table::{Column, TableSource};
use crate::{Error, Result, message};

/// Fewest events, as fewest rows of other targets.
const MIN_EVENTS: usize = 5;

/// Refuses strata and ties without a column of events.
pub fn check_survival_roles(spec: &ColumnRoles) -> Result<()> {
    if spec.event.is_some() {
        return Ok(());
    }
    let alone = match (&spec.strata, spec.ties) {
        (Some(name), _) => Error::input(&STRATA, format!("`{name}` without a column of events")),
        (None, Some(ties)) => Error::input(TIES.to(ties.name()), "no column of events"),
        (None, None) => return Ok(()),
    };
    Err(alone.expected(message![&EVENT, ", which says which durations end with an event"]))
}

/// Refuses durations without events, and events beside other targets.
pub fn check_task_of_events(spec: &ColumnRoles, task: Task) -> Result<()> {
    match (&spec.event, task) {
        (None, Task::Survival) => Err(Error::input(TASK.to(task.name()), "no column of events").expected(message![
            &EVENT,
            ", a column that is 1 where a duration ends with the event, 0 where it was censored"
        ])),
        (Some(name), other) if other != Task::Survival => {
            Err(Error::input(&EVENT, format!("`{name}` beside a target of the task {}", other.name()))
                .expected("a target of durations")
                .hint(message!["leave out ", &TASK, " or the loss"]))
        }
        _ => Ok(()),
    }
}

/// What belongs to the durations of `rows`.
///
/// # Errors
/// Cells that are no events, too few events.
pub fn survival(table: &dyn TableSource, spec: &ColumnRoles, rows: &[usize]) -> Result<SurvivalTarget> {
    let event = spec.event.clone().unwrap_or_default();
    let own = events(&*find(table, &EVENT, &event)?, rows, |row| spec.row(row))?;
    let n_events = own.iter().filter(|event| **event > 0.0).count();
    if n_events < MIN_EVENTS {
        let found = match n_events {
            0 => format!("0 in all {} rows from {} on: all are censored", rows.len(), spec.row(rows[0])),
            n => format!("{n} events in {} rows", rows.len()),
        };
        return Err(Error::input(format!("event `{event}`"), found)
            .expected(format!("at least {MIN_EVENTS} events, better 10 for each input"))
            .hint("1 or true is the event, 0 or false that the row was censored before it"));
    }
    let levels = match &spec.strata {
        Some(name) => {
            count_classes(&find(table, &STRATA, name)?.values, rows).into_iter().map(|(level, _)| level).collect()
        }
        None => Vec::new(),
    };
    Ok(SurvivalTarget { event, strata: spec.strata.clone(), levels, baseline: Baseline::default() })
}

fn find<'a>(table: &'a dyn TableSource, option: &Setting, name: &str) -> Result<Cow<'a, Column>> {
    table.column_named(name)?.ok_or_else(|| Error::input(option.to(name), "no such column"))
}
