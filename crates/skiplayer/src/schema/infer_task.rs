//! What kind of thing a target is: checked where it was declared, inferred where not.

use super::class_order::{in_order, ranked};
use super::durations::check_task_of_events;
use super::options::{LOSS, POWER, QUANTILE, TARGET, TASK};
use super::spec::ColumnRoles;
use super::trials::check_task_of_trials;
use crate::encode::Task;
use crate::encode::target::count_classes;
use crate::error::{Message, Place};
use crate::loss::{Cox, Loss, LossKind, MOST_LEVELS, Quantile, Tweedie};
use crate::table::cell::{number_text, parse_number};
use crate::table::{Column, MISSING, Meaning, Values};
use crate::{Error, Result, message};

/// Classes above this are more likely numbers or identifiers.
const MAX_CLASSES: usize = 100;
/// So many different whole numbers may be codes of classes, if each has so many rows on average.
const MAX_CODES: usize = 10;
const MIN_ROWS_PER_CODE: usize = 3;
/// Whole numbers from 0 on with a mean below this are worth a word on counts: a Poisson count of that mean has a skewness of 0.3, and above
/// it a line sees little of its being a count.
const SMALL_COUNTS: f64 = 10.0;

/// The declared task if the targets allow it, otherwise that of the declared loss or the one that they look like; and the loss.
pub fn task(
    targets: &[&Column],
    spec: &ColumnRoles,
    rows: &[usize],
    messages: &mut Vec<Message>,
) -> Result<(Task, Loss)> {
    for target in targets {
        // Of as many trials as they like the same count is another share.
        if spec.trials.is_none() && rows.iter().all(|&i| same_cell(&target.values, i, rows[0])) {
            let only = target.text(rows[0]);
            let found = format!("the value {only} in all {} rows", rows.len());
            return Err(Error::input(Place::of_target(&target.name), found).expected("a target that varies"));
        }
    }
    let task = match (spec.task, spec.loss) {
        (Some(task), Some(loss)) if task != Task::of_loss(loss) => {
            return Err(Error::input(LOSS.to(loss.name()), format!("the task {}", task.name()))
                .expected(format!("the task {}, which is that of the loss {}", Task::of_loss(loss).name(), loss.name()))
                .hint(message!["leave out ", &TASK, " or ", &LOSS]));
        }
        (Some(task), _) => task,
        (None, Some(loss)) => Task::of_loss(loss),
        (None, None) if spec.event.is_some() => Task::Survival,
        (None, None) if spec.trials.is_some() => Task::Successes,
        (None, None) => infer_task(targets, rows, messages),
    };
    let kind = spec.loss.unwrap_or_else(|| default_loss(task, targets, rows, messages));
    check_power(spec, kind)?;
    let loss = with_ties(spec, with_levels(spec, kind.loss(spec.power))?);
    if targets.len() > 1 && matches!(kind, LossKind::Huber | LossKind::Quantile) {
        return Err(Error::input(&TARGET, format!("{} columns for the loss {}", targets.len(), kind.name()))
            .expected(message!["one column, or ", LOSS.to("squared")]));
    }
    // What the user chose, in the user's words.
    let asked = spec.loss.map_or_else(|| TASK.to(task.name()), |loss| LOSS.to(loss.name()));
    if targets.len() > 1 && task != Task::Regression {
        return Err(Error::input(&TARGET, message![format!("{} columns for ", targets.len()), asked])
            .expected(message!["one column, or ", TASK.to("regression")]));
    }
    for target in targets {
        let place = Place::of_target(&target.name);
        match (&target.values, task) {
            (
                Values::Categorical { .. },
                Task::Regression | Task::Count | Task::Amount | Task::Successes | Task::Survival,
            ) => {
                // The first cell that is no number says best what is wrong.
                let row = first_word(&target.values, rows).unwrap_or(rows[0]);
                let found = format!("the text `{}` in {}", target.text(row), spec.row(row));
                return Err(Error::input(place, found).expected(message!["numbers for ", asked]).hint(message![
                    "try ",
                    TASK.to("multiclass"),
                    ", or mend that cell"
                ]));
            }
            (Values::Numeric(values), Task::Count) => {
                if let Some(&row) = rows.iter().find(|&&i| values[i] < 0.0 || values[i].fract() != 0.0) {
                    return Err(Error::input(place, format!("{} in {}", values[row], spec.row(row)))
                        .expected("counts: 0, 1, 2, …")
                        .hint(message!["try ", TASK.to("regression")]));
                }
            }
            (Values::Numeric(values), Task::Amount) => {
                let refused = |&i: &usize| Some((i, loss.check_response(values[i]).err()?));
                if let Some((row, expected)) = rows.iter().find_map(refused) {
                    let error = Error::input(place, format!("{} in {}", values[row], spec.row(row)))
                        .expected(format!("{expected} for the loss {}", kind.name()));
                    let (tweedie, squared) = (LOSS.to("tweedie"), LOSS.to("squared"));
                    return Err(if values[row] == 0.0 {
                        error.hint(message!["try ", tweedie, ", which is for amounts that are zero at times"])
                    } else {
                        error.hint(message!["try ", squared])
                    });
                }
            }
            (Values::Numeric(values), Task::Survival) => {
                if let Some(&row) = rows.iter().find(|&&i| values[i] < 0.0 || values[i].is_infinite()) {
                    return Err(Error::input(place, format!("{} in {}", values[row], spec.row(row)))
                        .expected("durations: finite numbers of 0 or more")
                        .hint(
                            "a duration is the time from the beginning to the event, or to where the row was censored",
                        ));
                }
            }
            _ => {}
        }
    }
    check_task_of_events(spec, task)?;
    check_task_of_trials(spec, task)?;
    Ok((task, loss))
}

/// The loss of a task if nobody says which. Amounts that are zero at times are Tweedie's.
fn default_loss(task: Task, targets: &[&Column], rows: &[usize], messages: &mut Vec<Message>) -> LossKind {
    let is_zero = |column: &Column| match &column.values {
        Values::Numeric(values) => rows.iter().any(|&i| values[i] == 0.0),
        Values::Categorical { .. } => false,
    };
    match targets {
        [target] if task == Task::Amount && is_zero(target) => {
            let zero = format!("target `{}` is zero in some rows: fitted by Tweedie's loss (", target.name);
            messages.push(message![zero, &POWER, " sets its power)"]);
            LossKind::Tweedie
        }
        _ => task.loss().kind(),
    }
}

fn check_power(spec: &ColumnRoles, kind: LossKind) -> Result<()> {
    let Some(power) = spec.power else { return Ok(()) };
    if kind != LossKind::Tweedie {
        return Err(Error::input(POWER.to(power), format!("the loss {}", kind.name()))
            .expected(message![LOSS.to("tweedie"), ", which is the only one with a power"]));
    }
    if Tweedie::accepts_power(power) {
        return Ok(());
    }
    Err(Error::input(&POWER, power.to_string()).expected("above 1, below 2").hint(message![
        "1 is that of ",
        LOSS.to("poisson"),
        ", 2 that of ",
        LOSS.to("gamma")
    ]))
}

/// The loss with the levels that were asked for.
fn with_levels(spec: &ColumnRoles, loss: Loss) -> Result<Loss> {
    let levels = &spec.quantiles;
    let found = levels.iter().map(f64::to_string).collect::<Vec<_>>().join(", ");
    match loss {
        other if levels.is_empty() => Ok(other),
        Loss::Quantile(_) => Quantile::new(levels).map(Loss::Quantile).map_err(|_| {
            let expected = format!("1 to {MOST_LEVELS} numbers above 0 and below 1, each larger than the one before");
            let error = Error::input(&QUANTILE, found).expected(expected);
            if levels.iter().any(|level| *level > 1.0) { error.hint("0.9 is the level of 90%") } else { error }
        }),
        other => Err(Error::input(&QUANTILE, message![found, format!(" beside the loss {}", other.kind().name())])
            .expected(message![LOSS.to("quantile"), ", which is the only one with levels"])),
    }
}

/// The loss with the ties that were asked for.
fn with_ties(spec: &ColumnRoles, loss: Loss) -> Loss {
    match (loss, spec.ties) {
        (Loss::Cox(_), Some(ties)) => Loss::Cox(Cox { ties }),
        (other, _) => other,
    }
}

/// Several targets and numbers: regression. Two values or text: classes. Counts are never guessed.
fn infer_task(targets: &[&Column], rows: &[usize], messages: &mut Vec<Message>) -> Task {
    let Column { name, values, meaning, .. } = targets[0];
    let is_text = matches!(values, Values::Categorical { .. });
    if targets.len() > 1 {
        return Task::Regression;
    }
    let second = rows.iter().copied().find(|&i| !same_cell(values, i, rows[0])).unwrap_or(rows[0]);
    let has_two = rows.iter().all(|&i| same_cell(values, i, rows[0]) || same_cell(values, i, second));
    match (has_two, is_text) {
        (true, true) => Task::Binary,
        (false, true) => Task::Multiclass,
        (false, false) => {
            if matches!(meaning, Meaning::Number | Meaning::Unstated) {
                messages.extend(whole_numbers(name, values, rows));
            }
            Task::Regression
        }
        (true, false) => {
            let classes = count_classes(values, rows);
            let two = format!("target `{name}` has two values, {} and {}", classes[0].0, classes[1].0);
            messages.push(message![two, ": taken as two classes (", TASK.to("regression"), " for numbers)"]);
            Task::Binary
        }
    }
}

/// What whole numbers were taken for, where they may as well be codes of classes or counts.
fn whole_numbers(name: &str, values: &Values, rows: &[usize]) -> Option<Message> {
    let Values::Numeric(values) = values else { return None };
    let cells: Vec<f64> = rows.iter().map(|&i| values[i]).filter(|v| !v.is_nan()).collect();
    if cells.iter().any(|v| v.fract() != 0.0) {
        return None;
    }
    let mut different = cells.clone();
    different.sort_by(f64::total_cmp);
    different.dedup();
    let (least, mean) = (different[0], cells.iter().sum::<f64>() / cells.len() as f64);
    if different.len() <= MAX_CODES && MIN_ROWS_PER_CODE * different.len() <= cells.len() {
        let n = different.len();
        let taken = format!("target `{name}` has {n} values, all whole numbers: taken as numbers (");
        return Some(if least >= 0.0 {
            message![taken, TASK.to("multiclass"), " for classes, ", TASK.to("count"), " for counts)"]
        } else {
            message![taken, TASK.to("multiclass"), " for classes)"]
        });
    }
    (least == 0.0 && mean < SMALL_COUNTS).then(|| {
        let taken = format!(
            "target `{name}` holds whole numbers from 0 on, {} on average: taken as numbers (",
            number_text(round(mean))
        );
        message![taken, TASK.to("count"), " for counts)"]
    })
}

/// To two decimals.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Classes of a target that can be told apart, in order.
pub fn classes(
    target: &Column,
    task: Task,
    spec: &ColumnRoles,
    rows: &[usize],
    messages: &mut Vec<Message>,
) -> Result<Vec<String>> {
    let counts = count_classes(&target.values, rows);
    let n_numbers = counts.iter().filter(|(class, _)| parse_number(class).is_some()).count();
    let word = if 2 * n_numbers > counts.len() { first_word(&target.values, rows) } else { None };
    let hint = match (word, &target.values) {
        (Some(row), _) => {
            let word = target.text(row);
            format!("a number with a stray word in it? {} holds `{word}`", spec.row(row)).into()
        }
        (None, Values::Numeric(_)) => message!["try ", TASK.to("regression")],
        (None, Values::Categorical { .. }) => "is it an identifier?".into(),
    };
    let found = told_apart(counts, rows.len(), task, spec, hint, messages)?;
    if task == Task::Ordinal { ranked(target, found, spec, rows) } else { in_order(found, spec) }
}

/// Classes with their rows, `n_rows` together, checked; `hint` is for columns that hold no classes.
pub(super) fn told_apart(
    counts: Vec<(String, usize)>,
    n_rows: usize,
    task: Task,
    spec: &ColumnRoles,
    hint: Message,
    messages: &mut Vec<Message>,
) -> Result<Vec<String>> {
    let name = &spec.columns[0];
    let place = Place::of_target(name);
    if task == Task::Binary && counts.len() != 2 {
        return Err(Error::input(place, format!("{} classes", counts.len()))
            .expected(message!["two for ", TASK.to("binary")])
            .hint(message!["try ", TASK.to("multiclass")]));
    }
    let single: Vec<&str> = counts.iter().filter(|&&(_, n)| n == 1).map(|(class, _)| class.as_str()).collect();
    if counts.len() > MAX_CLASSES || single.len() == counts.len() {
        return Err(Error::input(place, format!("{} classes in {n_rows} rows", counts.len()))
            .expected(format!("at most {MAX_CLASSES}, with several rows each"))
            .hint(hint));
    }
    if !single.is_empty() {
        let shown = single.iter().take(5).map(|class| format!("`{class}`")).collect::<Vec<_>>().join(", ");
        let more = if single.len() > 5 { format!(" and {} more", single.len() - 5) } else { String::new() };
        let count = if single.len() == 1 { "1 class".to_owned() } else { format!("{} classes", single.len()) };
        let rare = format!(
            "{place}: {count} with one row only ({shown}{more}): nothing can be said about how well such a class is predicted"
        );
        messages.push(rare.into());
    }
    Ok(counts.into_iter().map(|(class, _)| class).collect())
}

/// The first of `rows` with text that is no number.
fn first_word(values: &Values, rows: &[usize]) -> Option<usize> {
    let Values::Categorical { codes, levels } = values else { return None };
    let is_word: Vec<bool> = levels.iter().map(|level| parse_number(level).is_none()).collect();
    rows.iter().copied().find(|&i| codes[i] != MISSING && is_word[codes[i] as usize])
}

/// Whether two cells of a column hold the same value; a missing number equals nothing.
pub fn same_cell(values: &Values, a: usize, b: usize) -> bool {
    match values {
        Values::Numeric(values) => values[a] == values[b],
        Values::Categorical { codes, .. } => codes[a] == codes[b],
    }
}
