//! The role beside a target of successes: out of how many trials they are.

use super::options::{LOSS, TASK, TRIALS};
use super::spec::ColumnRoles;
use crate::encode::{Task, shares, trials_of};
use crate::table::{Column, Values};
use crate::{Error, Result, message};

/// Refuses successes without trials, and trials beside other targets.
pub fn check_task_of_trials(spec: &ColumnRoles, task: Task) -> Result<()> {
    match (&spec.trials, task) {
        (None, Task::Successes) => Err(Error::input(TASK.to(task.name()), "no column of trials")
            .expected(message![&TRIALS, ", a column that says out of how many trials the successes are"])),
        (Some(name), other) if other != Task::Successes => {
            Err(Error::input(&TRIALS, format!("`{name}` beside a target of the task {}", other.name()))
                .expected(message![LOSS.to("binomial"), ", the loss of successes out of trials"])
                .hint(message!["leave out ", &TASK, " and ", &LOSS, ", or the trials"]))
        }
        _ => Ok(()),
    }
}

/// The trials of `rows`, of whose successes the `target` tells.
///
/// # Errors
/// Cells that are no numbers of trials, successes that these cannot have, and shares of successes that do not vary.
pub fn trials(target: &Column, column: &Column, spec: &ColumnRoles, rows: &[usize]) -> Result<Vec<f64>> {
    let trials = trials_of(column, rows, |row| spec.row(row))?;
    let Values::Numeric(values) = &target.values else { return Ok(trials) };
    let successes: Vec<f64> = rows.iter().map(|&i| values[i]).collect();
    let shares = shares(&target.name, &successes, &trials, rows, |row| spec.row(row))?;
    if shares.iter().all(|share| *share == shares[0]) {
        let found = format!("a share of {} of the trials in all {} rows", shares[0], rows.len());
        return Err(Error::input(format!("target `{}`", target.name), found).expected("shares that vary"));
    }
    Ok(trials)
}

/// The weights of rows: those of a trial, `weight`, times their `trials`, with the sum of the trials.
///
/// Only the ratios of the weights of trials matter, but each trial is an observation.
pub fn times_trials(weight: &mut [f64], trials: &[f64]) {
    weight.iter_mut().zip(trials).for_each(|(weight, trials)| *weight *= trials);
    let total: f64 = weight.iter().sum();
    let factor = trials.iter().sum::<f64>() / total;
    weight.iter_mut().for_each(|weight| *weight *= factor);
}
