//! Which rows and columns of a table take part, and in what role. Nothing numeric is learned here.

use std::borrow::Cow;

use super::durations::{check_survival_roles, survival};
use super::groups_and_times::{groups, inner_folds, times};
use super::infer_task::{classes, same_cell, task};
use super::options::{CLASSES, DROP, EVENT, EXPOSURE, GROUP, KEEP, OFFSET, STRATA, TARGET, TASK, TIME, TRIALS, WEIGHT};
use super::row_names::{may_be_rank, ranks, why_row_names};
use super::spec::{ColumnRoles, Schema, SetAside};
use super::trials::{times_trials, trials};
use crate::encode::{OffsetColumns, Task};
use crate::error::{Message, Place, Setting, join};
use crate::loss::{Loss, Ordinal};
use crate::table::cell::{count_of, parse_number};
use crate::table::{Column, MISSING, Meaning, RowNames, TableSource, Values, listed, nearest_name};
use crate::{Error, Result, message};

/// Fewest usable rows: below this even a line through one input cannot be judged.
pub(super) const MIN_ROWS: usize = 5;
/// A column that differs in each of so many rows is an identifier; in a short table it may be a measurement.
pub(super) const MIN_IDENTIFIERS: usize = 20;

/// Checks `spec` against `table` and decides about rows, task and inputs.
///
/// # Errors
/// [`ErrorKind::Input`](crate::ErrorKind::Input) for columns that are not there, targets that cannot be what they are
/// declared to be or do not vary, too few rows, no input.
///
/// Looks at the targets, the weights and one column after the other: no more than those are in memory.
pub fn resolve(table: &dyn TableSource, spec: &ColumnRoles) -> Result<Schema> {
    let mut messages = Vec::new();
    let targets: Vec<Cow<Column>> =
        spec.columns.iter().map(|name| find(table, &TARGET, name)).collect::<Result<_>>()?;
    let targets: Vec<&Column> = targets.iter().map(Cow::as_ref).collect();
    let weights = spec.weight.as_deref().map(|name| find(table, &WEIGHT, name)).transpose()?;
    for (option, name) in spec.single_roles() {
        place_of(table, option, name)?;
    }
    for (option, names) in [(&DROP, &spec.drop), (&KEEP, &spec.keep)] {
        for name in names {
            place_of(table, option, name)?;
        }
    }
    one_role_a_column(spec)?;
    check_survival_roles(spec)?;

    let beside = beside_target(table, spec)?;
    let needed: Vec<&Column> = targets.iter().copied().chain(beside.iter().map(Cow::as_ref)).collect();
    let (rows, mut weight) = usable_rows(table, spec, &needed, weights.as_deref(), &mut messages)?;
    drop(weights);
    // Rows that were left out may be what is wrong with those that are left.
    let lost = join(messages.clone(), "; ");
    let (task, mut loss) = task(&targets, spec, &rows, &mut messages).map_err(|error| error.and_hint(lost.clone()))?;
    check_offset(table, spec, task, loss, &rows)?;
    let survival = if task == Task::Survival { Some(survival(table, spec, &rows)?) } else { None };
    let trials = match &spec.trials {
        Some(name) => trials(targets[0], &*find(table, &TRIALS, name)?, spec, &rows)
            .map_err(|error| error.and_hint(lost.clone()))?,
        None => Vec::new(),
    };
    let classes = if task.is_classification() {
        classes(targets[0], task, spec, &rows, &mut messages).map_err(|error| error.and_hint(lost.clone()))?
    } else {
        Vec::new()
    };

    if !task.is_classification() && !spec.classes.is_empty() {
        return Err(Error::input(
            CLASSES.to(spec.classes.as_slice()),
            message!["the target in ", TASK.to(task.name())],
        )
        .expected("a target of classes"));
    }
    if let Loss::Ordinal(_) = loss {
        loss = Loss::Ordinal(Ordinal::even(classes.len()));
    }
    if let Some(class_weight) = &spec.class_weight {
        class_weight.apply(targets[0], task, &classes, &rows, &mut weight)?;
    }
    if !trials.is_empty() {
        times_trials(&mut weight, &trials);
    }

    let is_ordered = |column: &Column| column.meaning == Meaning::Category { is_ordered: true };
    let mut ordered: Vec<String> = targets
        .iter()
        .filter(|target| task != Task::Ordinal && is_ordered(target))
        .map(|target| format!("`{}`", target.name))
        .collect();
    let (mut inputs, mut set_aside, mut row_names) = (Vec::new(), Vec::new(), Vec::<SetAside>::new());
    let mut shuffled = Vec::<SetAside>::new();
    let has_role = |name: &String| spec.columns.contains(name) || spec.single_roles().any(|(_, role)| role == name);
    for (at, name) in table.names().into_iter().enumerate() {
        let name = &name.to_owned();
        if has_role(name) || spec.drop.contains(name) {
            continue;
        }
        let column = table.column_at(at)?;
        let is_wanted = spec.keep.contains(name);
        if let Some(example) = &column.origin.ambiguous_date {
            return Err(ask_for_order(name, example));
        }
        if let Some(reason) = why_row_names(&column).filter(|_| !is_wanted) {
            let aside = SetAside { column: name.clone(), reason: reason.into() };
            if !may_be_rank(&column, reason) {
                row_names.push(aside);
                continue;
            }
            shuffled.push(aside);
        }
        if let Some(reason) = why_set_aside(&column, &rows, is_wanted) {
            set_aside.push(SetAside { column: name.clone(), reason });
            continue;
        }
        if let Some(target) = targets.iter().find(|t| are_equal(&t.values, &column.values, &rows)) {
            let copy =
                format!("column `{name}` is a copy of the target `{}`: does it give the answer away? (", target.name);
            messages.push(message![copy, DROP.to(name), ")"]);
        }
        if column.origin.row_names == Some(RowNames::Unnamed) && !is_wanted {
            messages.push(format!("the first column has no name: called `{name}`").into());
        }
        if is_ordered(&column) {
            ordered.push(format!("`{name}`"));
        }
        inputs.push(name.clone());
    }
    let names = |asides: &[SetAside]| asides.iter().map(|aside| aside.column.clone()).collect::<Vec<String>>();
    let ranks = ranks(table, &names(&shuffled), &names(&row_names))?;
    shuffled.retain(|aside| !ranks.contains(&aside.column));
    inputs.retain(|name| !shuffled.iter().any(|aside| aside.column == *name));
    row_names.extend(shuffled);
    if !ordered.is_empty() {
        let (columns, their) = if ordered.len() == 1 { ("column", "its") } else { ("columns", "their") };
        let names = ordered.join(", ");
        let text = format!(
            "{columns} {names}: the order of {their} categories is not used, each stands on its own; numbers in place of the categories \
             would tell the model of the order"
        );
        messages.push(text.into());
    }
    if inputs.is_empty() {
        // Whoever offers nothing else means to predict from it.
        let mut others = Vec::new();
        for aside in row_names {
            if !table.column_named(&aside.column)?.is_some_and(|column| matches!(column.values, Values::Numeric(_))) {
                others.push(aside);
                continue;
            }
            let name = aside.column;
            messages
                .push(format!("column `{name}` counts like an identifier; kept, as there is no other input").into());
            inputs.push(name);
        }
        row_names = others;
    }
    messages.extend(row_names.chunk_by(|a, b| a.reason == b.reason).map(row_names_message));
    let n_others = set_aside.len();
    set_aside.extend(row_names);
    if inputs.is_empty() {
        let reason = |s: &SetAside| message![format!("`{}` is set aside: ", s.column), s.reason.clone()];
        let reasons: Vec<Message> = set_aside.iter().take(3).map(reason).collect();
        let error = Error::input("inputs", "no usable column besides the target").expected("at least one that varies");
        return Err(if reasons.is_empty() { error } else { error.hint(join(reasons, "; ")) });
    }
    messages.extend(
        set_aside[..n_others]
            .iter()
            .map(|s| message![format!("column `{}` is set aside: ", s.column), s.reason.clone()]),
    );
    let why_not =
        |name: &str| set_aside.iter().find(|aside| aside.column == name).map(|aside: &SetAside| aside.reason.clone());
    spec.rules.check(table, &inputs, &why_not)?;
    let groups = spec.group.as_deref().map(|name| groups(&*find(table, &GROUP, name)?, spec, &rows)).transpose()?;
    let time = spec.time.as_deref().map(|name| times(&*find(table, &TIME, name)?, spec, &rows)).transpose()?;
    let inner_fold = spec.inner_fold.as_deref().map(|folds| inner_folds(folds, table.n_rows(), &rows)).transpose()?;
    Ok(Schema {
        task,
        loss,
        targets: spec.columns.clone(),
        offset: spec.offset.clone(),
        trials_column: spec.trials.clone(),
        survival,
        classes,
        rows,
        weight,
        trials,
        groups,
        time,
        inner_fold,
        inputs,
        set_aside,
        rules: spec.rules.clone(),
        messages,
    })
}

/// One message for all columns that name the rows for the same reason.
pub(super) fn row_names_message(row_names: &[SetAside]) -> Message {
    let reason = row_names.first().map(|aside| aside.reason.clone()).unwrap_or_default();
    let names = row_names.iter().map(|aside| format!("`{}`", aside.column)).collect::<Vec<_>>().join(", ");
    let (columns, are) = if row_names.len() == 1 { ("column", "is") } else { ("columns", "are") };
    let keep: Vec<&String> = row_names.iter().map(|aside| &aside.column).collect();
    message![format!("{columns} {names} {are} set aside: "), reason, " (", KEEP.to(keep.as_slice()), ")"]
}

fn ask_for_order(name: &str, example: &str) -> Error {
    Error::input(Place::of_column(name), format!("dates such as `{example}`, of which none tells day and month apart"))
        .expected("one order of day and month")
        .hint(message![
            "write them as year-month-day, say which comes first, the day or the month, or leave the column out: ",
            DROP.to(name)
        ])
}

/// The columns of trials, events and strata.
fn beside_target<'a>(table: &'a dyn TableSource, spec: &ColumnRoles) -> Result<Vec<Cow<'a, Column>>> {
    let roles = [(&TRIALS, &spec.trials), (&EVENT, &spec.event), (&STRATA, &spec.strata)];
    roles.into_iter().filter_map(|(option, name)| Some(find(table, option, name.as_ref()?))).collect()
}

fn find<'a>(table: &'a dyn TableSource, option: &Setting, name: &str) -> Result<Cow<'a, Column>> {
    table.column_at(place_of(table, option, name)?)
}

pub(super) fn place_of(table: &dyn TableSource, option: &Setting, name: &str) -> Result<usize> {
    let names = table.names();
    names.iter().position(|own| *own == name).ok_or_else(|| {
        let error = Error::input(option.to(name), "no such column").expected(format!("one of {}", listed(&names)));
        error.did_you_mean(nearest_name(name, names))
    })
}

pub(super) fn one_role_a_column(spec: &ColumnRoles) -> Result<()> {
    if spec.columns.is_empty() {
        return Err(Error::input(&TARGET, "no column").expected("at least one"));
    }
    if let Some((_, name)) = spec.columns.iter().enumerate().find(|(k, name)| spec.columns[..*k].contains(name)) {
        return Err(Error::input(&TARGET, format!("`{name}` more than once")).expected("each target once"));
    }
    let is_target = |name: &&String| spec.columns.contains(name);
    let mut roles: Vec<(&Setting, &String)> = Vec::new();
    for (option, name) in spec.single_roles() {
        if is_target(&name) {
            return Err(Error::input(option, format!("`{name}`, which is the target")).expected("another column"));
        }
        if let Some((other, _)) = roles.iter().find(|(_, role)| *role == name) {
            return Err(
                Error::input(option, message![format!("`{name}`, which is in "), *other]).expected("another column")
            );
        }
        roles.push((option, name));
    }
    if spec.group.is_some() && spec.time.is_some() {
        return Err(Error::input(&GROUP, message!["it together with ", &TIME])
            .expected("one of the two")
            .hint(message!["rows of a group that lie close in time stay together with ", &TIME, " alone"]));
    }
    let has_role = |name: &&String| is_target(name) || roles.iter().any(|(_, role)| role == name);
    if let Some(name) = spec.drop.iter().find(has_role) {
        return Err(
            Error::input(&DROP, format!("`{name}`, which has another role")).expected("columns that would be inputs")
        );
    }
    let has_other_role = |name: &&String| has_role(name) || spec.drop.contains(name);
    if let Some(name) = spec.keep.iter().find(has_other_role) {
        return Err(
            Error::input(&KEEP, format!("`{name}`, which has another role")).expected("columns that are inputs")
        );
    }
    Ok(())
}

/// Whether there can be an offset, and its cells in `rows`.
fn check_offset(table: &dyn TableSource, spec: &ColumnRoles, task: Task, loss: Loss, rows: &[usize]) -> Result<()> {
    let (option, name) = match &spec.offset {
        OffsetColumns { exposure: Some(name), .. } => (&EXPOSURE, name),
        OffsetColumns { offset: Some(name), .. } => (&OFFSET, name),
        _ => return Ok(()),
    };
    if spec.offset.exposure.is_some() && !matches!(task, Task::Count | Task::Amount) {
        let found = format!("`{name}` beside a target of the task {}", task.name());
        return Err(Error::input(option, found)
            .expected("counts or amounts, which are proportional to an exposure")
            .hint(message![
                "say so where it is a count or an amount (",
                &TASK,
                "); what is added as it is goes to ",
                &OFFSET
            ]));
    }
    if spec.columns.len() > 1 || loss.couples_outputs() {
        let what = if spec.columns.len() > 1 { "targets" } else { "classes" };
        return Err(Error::input(option, format!("`{name}` beside several {what}"))
            .expected("one output, to which it is added"));
    }
    spec.offset.sums(table, rows, |row| spec.row(row)).map(|_| ())
}

fn usable_rows(
    table: &dyn TableSource,
    spec: &ColumnRoles,
    targets: &[&Column],
    weights: Option<&Column>,
    messages: &mut Vec<Message>,
) -> Result<(Vec<usize>, Vec<f64>)> {
    let mut left_out = |out: &[usize], why: &str, words: &str| {
        if let Some(&first) = out.first() {
            let left_out = format!("{} {why} left out, the first is {}", count_of(out.len(), "row"), spec.row(first));
            messages.push(format!("{left_out}{words}").into());
        }
    };
    let word = targets.iter().find_map(|target| target.origin.missing_word.as_ref());
    let words = word.map(|(word, count)| {
        let cells =
            if *count == 1 { "1 cell of the target is".to_owned() } else { format!("{count} cells of the target are") };
        format!("; {cells} `{word}`, which is read as missing")
    });
    let has_target = |&i: &usize| !targets.iter().any(|t| t.values.is_missing(i));
    let (mut kept, without): (Vec<usize>, Vec<usize>) = (0..table.n_rows()).partition(has_target);
    let what = match (&spec.event, &spec.trials) {
        (Some(_), _) => "without a duration or what belongs to it",
        (None, Some(_)) => "without a count of successes or of trials",
        (None, None) => "without a target",
    };
    left_out(&without, what, words.as_deref().unwrap_or_default());
    let mut weight = vec![1.0; kept.len()];
    if let Some(column) = weights {
        let place = WEIGHT.to(&column.name);
        let Values::Numeric(values) = &column.values else {
            let row = kept.iter().copied().find(|&i| parse_number(&column.text(i)).is_none());
            let found = row.map_or_else(
                || "text".to_owned(),
                |row| format!("the text `{}` in {}", column.text(row), spec.row(row)),
            );
            return Err(Error::input(place, found).expected("a column of numbers"));
        };
        if let Some(&row) = kept.iter().find(|&&i| values[i] < 0.0 || values[i].is_infinite()) {
            return Err(Error::input(place, format!("{} in {}", values[row], spec.row(row)))
                .expected("finite weights of zero or more"));
        }
        let (weighted, without): (Vec<usize>, Vec<usize>) = kept.into_iter().partition(|&i| values[i] > 0.0);
        if !spec.expects_zero_weights {
            left_out(&without, "with weight zero or missing", "");
        }
        kept = weighted;
        // In units of the largest, so that the sum of huge weights is finite.
        let largest = kept.iter().map(|&i| values[i]).fold(0.0, f64::max);
        let mean = kept.iter().map(|&i| values[i] / largest).sum::<f64>() / kept.len().max(1) as f64;
        weight = kept.iter().map(|&i| values[i] / largest / mean).collect();
    }
    if kept.len() < MIN_ROWS {
        let found = format!("{} of {} usable", kept.len(), table.n_rows());
        let error = Error::input("rows", found).expected(format!("at least {MIN_ROWS}, better 50 or more"));
        return Err(if messages.is_empty() { error } else { error.hint(join(messages.iter().cloned(), "; ")) });
    }
    Ok((kept, weight))
}

/// Whether two columns hold the same in all `rows`.
fn are_equal(a: &Values, b: &Values, rows: &[usize]) -> bool {
    match (a, b) {
        (Values::Numeric(a), Values::Numeric(b)) => rows.iter().all(|&i| a[i] == b[i]),
        (Values::Categorical { codes: a, levels: of_a }, Values::Categorical { codes: b, levels: of_b }) => {
            let level = |code: u32, levels: &'_ [String]| levels.get(code as usize).cloned();
            // Levels may be numbered differently: text is compared once for each new pair of codes.
            let mut same = std::collections::HashSet::new();
            rows.iter().all(|&i| {
                same.contains(&(a[i], b[i])) || (level(a[i], of_a) == level(b[i], of_b) && same.insert((a[i], b[i])))
            })
        }
        _ => false,
    }
}

/// Why a column is no input, if it is none. A `wanted` one may look like an identifier.
fn why_set_aside(column: &Column, rows: &[usize], wanted: bool) -> Option<Message> {
    let values = &column.values;
    let Some(first) = rows.iter().copied().find(|&i| !values.is_missing(i)) else {
        return Some("all its cells are missing".into());
    };
    if rows.iter().all(|&i| same_cell(values, i, first)) {
        let only = match values {
            Values::Numeric(_) => column.text(first),
            Values::Categorical { .. } => format!("`{}`", column.text(first)),
        };
        return Some(format!("it is {only} in every row").into());
    }
    if wanted {
        return None;
    }
    match values {
        Values::Numeric(_) => None,
        Values::Categorical { codes, levels } => {
            let mut seen = vec![false; levels.len()];
            let mut present = rows.iter().map(|&i| codes[i]).filter(|&code| code != MISSING);
            let n_present = present.clone().count();
            let all_distinct = present.all(|code| !std::mem::replace(&mut seen[code as usize], true));
            (all_distinct && n_present >= MIN_IDENTIFIERS)
                .then(|| "every cell is different, as in an identifier".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::encode::TargetEncoding;
    use crate::table::{RowLines, Table};

    #[test]
    fn the_order_of_categories_is_said_to_be_ignored() {
        let ordered = |name: &str| {
            let cells = (0..30).map(|i| Some(["low", "middle", "high"][i % 3]));
            Column { meaning: Meaning::Category { is_ordered: true }, ..Column::new(name, Values::from_text(cells)) }
        };
        let x = Column::new("x", Values::Numeric((0..30).map(|i| f64::from(i * i)).collect()));
        let table = Table::new(vec![ordered("dose"), ordered("pain"), x]).unwrap();
        let said = |target: &str| {
            let schema = resolve(&table, &ColumnRoles::new(target)).unwrap();
            schema.messages.iter().map(ToString::to_string).find(|text| text.contains("the order of"))
        };
        assert!(said("x").unwrap().starts_with("columns `dose`, `pain`: the order of their categories is not used"));
        assert!(said("pain").unwrap().starts_with("columns `pain`, `dose`:"), "the target is named, too");
        let dropped = ColumnRoles { drop: vec!["dose".into(), "pain".into()], ..ColumnRoles::new("x") };
        assert!(resolve(&table, &dropped).is_err());
    }

    fn table() -> Table {
        let n = 30;
        let numeric = |f: &dyn Fn(usize) -> f64| Values::Numeric((0..n).map(f).collect());
        let ids: Vec<String> = (0..n).map(|i| format!("id{i}")).collect();
        Table::new(vec![])
            .and_then(|t| t.with_column("x", numeric(&|i| (i as f64).sin())))
            .and_then(|t| t.with_column("row", numeric(&|i| i as f64 + 1.0)))
            .and_then(|t| t.with_column("name", Values::from_text(ids.iter().map(|s| Some(s.as_str())))))
            .and_then(|t| t.with_column("flat", numeric(&|_| 3.0)))
            .and_then(|t| t.with_column("gone", numeric(&|_| f64::NAN)))
            .and_then(|t| t.with_column("strength", numeric(&|i| if i == 4 { f64::NAN } else { (i as f64).cos() })))
            .and_then(|t| t.with_column("flag", numeric(&|i| (i % 2) as f64)))
            .unwrap()
    }

    #[test]
    fn sets_aside_what_cannot_help_and_says_so() {
        let spec = ColumnRoles { lines: RowLines::from_line(2), ..ColumnRoles::new("strength") };
        let schema = resolve(&table(), &spec).unwrap();
        assert_eq!(schema.inputs, ["x", "flag"]);
        assert_eq!((schema.rows.len(), schema.task), (29, Task::Regression));
        let all = join(schema.messages, "\n").to_string();
        for words in
            ["row 5 (line 6)", "`row` is set aside: it numbers", "`name` is set aside: every", "`flat`", "`gone`"]
        {
            assert!(all.contains(words), "{words} is missing from\n{all}");
        }
    }

    #[test]
    fn ranks_are_inputs_and_shuffled_numbers_of_rows_are_not() {
        let permuted = |step: usize| Values::Numeric((0..29).map(|i| ((i * step) % 29) as f64).collect());
        let table = |columns: &[(&str, usize)]| {
            let target = Table::from_columns(vec![(0..29).map(f64::from).map(f64::sin).collect()]).unwrap();
            let x = Values::Numeric((0..29).map(f64::from).map(f64::cos).collect());
            let all = target.with_column("x", x).unwrap();
            columns.iter().fold(all, |table, (name, step)| table.with_column(*name, permuted(*step)).unwrap())
        };
        let inputs = |columns: &[(&str, usize)]| resolve(&table(columns), &ColumnRoles::new("x1")).unwrap().inputs;
        // The number of each row of a table that was shuffled.
        assert_eq!(inputs(&[("order", 5)]), ["x"]);
        assert_eq!(inputs(&[("order", 5), ("again", 5)]), ["x"]);
        // Numbers of patients that were not sorted by them.
        assert_eq!(inputs(&[("order", 1), ("patient_id", 5), ("caseNo", 7), ("userid", 3)]), ["x"]);
        // Ranks of what the rows are, as in a table of departments.
        assert_eq!(inputs(&[("order", 1), ("wealth", 5), ("clergy", 7)]), ["x", "wealth", "clergy"]);
        assert_eq!(inputs(&[("wealth", 5), ("clergy", 7)]), ["x", "wealth", "clergy"]);
    }

    #[test]
    fn an_error_about_the_target_counts_the_rows_without_one() {
        let alley = (0..40).map(|i| if i % 2 == 0 { Some("Grvl") } else { None });
        let table = Table::from_columns(vec![(0..40).map(f64::from).map(f64::sin).collect()])
            .and_then(|t| t.with_column("alley", Values::from_text(alley)))
            .unwrap();
        let spec = ColumnRoles { lines: RowLines::from_line(2), ..ColumnRoles::new("alley") };
        let error = resolve(&table, &spec).unwrap_err().to_string();
        assert!(error.contains("in all 20 rows"), "{error}");
        assert!(error.contains("20 rows without a target left out, the first is row 2 (line 3)"), "{error}");
    }

    #[test]
    fn keeps_what_it_is_told_to_keep() {
        let keep = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<String>>();
        let spec = ColumnRoles { keep: keep(&["row", "flat"]), ..ColumnRoles::new("strength") };
        assert_eq!(resolve(&table(), &spec).unwrap().inputs, ["x", "row", "flag"]);
        let unknown = ColumnRoles { keep: keep(&["rows"]), ..ColumnRoles::new("strength") };
        assert!(resolve(&table(), &unknown).unwrap_err().to_string().contains("ColumnRoles::keep = [\"rows\"]"));
        let both = ColumnRoles { keep: keep(&["row"]), drop: keep(&["row"]), ..ColumnRoles::new("strength") };
        assert!(resolve(&table(), &both).unwrap_err().to_string().contains("another role"));
    }

    #[test]
    fn classes_are_in_the_order_of_the_caller() {
        let ordered = |classes: &[&str]| {
            let classes = classes.iter().map(|class| class.to_string()).collect();
            resolve(&table(), &ColumnRoles { classes, ..ColumnRoles::new("flag") })
        };
        assert_eq!(ordered(&["1", "never", "0"]).unwrap().classes, ["1", "0"]);
        let error = ordered(&["1", "2"]).unwrap_err().to_string();
        assert!(error.contains("the class `0`") && error.contains("one of `1`, `2`"), "{error}");
        let error = ordered(&["1", "0", "1"]).unwrap_err().to_string();
        assert!(error.contains("the class `1` twice") && error.contains("each class once"), "{error}");
    }

    #[test]
    fn infers_and_overrides_the_task() {
        let mut spec = ColumnRoles::new("flag");
        assert_eq!(resolve(&table(), &spec).unwrap().classes, ["0", "1"]);
        spec.task = Some(Task::Regression);
        assert_eq!(resolve(&table(), &spec).unwrap().task, Task::Regression);
        spec.columns[0] = "strength".into();
        spec.task = Some(Task::Count);
        assert!(resolve(&table(), &spec).unwrap_err().to_string().contains("row 2"));
    }

    #[test]
    fn errors_name_what_is_wrong() {
        let message = |spec: ColumnRoles| resolve(&table(), &spec).unwrap_err().to_string();
        assert!(message(ColumnRoles::new("strenght")).contains("did you mean `strength`?"));
        assert!(message(ColumnRoles::new("flat")).contains("the value 3 in all 30 rows"));
        assert!(
            message(ColumnRoles { drop: vec!["y".into()], ..ColumnRoles::new("x") })
                .contains("ColumnRoles::drop = [\"y\"]")
        );
        let text = ColumnRoles { task: Some(Task::Regression), ..ColumnRoles::new("name") };
        assert!(message(text).contains("the text `id0` in row 1"));
        let weight = ColumnRoles { weight: Some("x".into()), ..ColumnRoles::new("strength") };
        assert!(message(weight).contains("ColumnRoles::weight = \"x\": found -0."));
    }

    #[test]
    fn a_column_has_one_role() {
        let message = |spec: ColumnRoles| resolve(&table(), &spec).unwrap_err().to_string();
        assert!(message(ColumnRoles::default()).contains("ColumnRoles::columns: found no column"));
        let twice = ColumnRoles { columns: vec!["x".into(), "x".into()], ..ColumnRoles::default() };
        assert!(message(twice).contains("`x` more than once"));
        assert!(
            message(ColumnRoles { weight: Some("x".into()), ..ColumnRoles::new("x") }).contains("which is the target")
        );
        assert!(message(ColumnRoles { drop: vec!["x".into()], ..ColumnRoles::new("x") }).contains("ColumnRoles::drop"));
        let several = ColumnRoles { columns: vec!["x".into(), "flag".into()], ..ColumnRoles::default() };
        assert_eq!(resolve(&table(), &several).unwrap().task, Task::Regression);
        assert!(
            message(ColumnRoles { task: Some(Task::Binary), ..several })
                .contains("2 columns for `ColumnRoles::task = \"binary\"`")
        );
        let none =
            ColumnRoles { drop: ["strength", "flag", "row"].map(String::from).to_vec(), ..ColumnRoles::new("x") };
        assert!(message(none).contains("no usable column besides the target"));
    }

    #[test]
    fn weights_leave_rows_out_and_have_mean_one() {
        let with = |cells: Vec<f64>| {
            let table = table().with_column("w", Values::Numeric(cells)).unwrap();
            resolve(&table, &ColumnRoles { weight: Some("w".into()), ..ColumnRoles::new("x") })
        };
        let mut cells = vec![1e308; 30];
        (cells[3], cells[6], cells[9]) = (0.0, f64::NAN, 0.5e308);
        let schema = with(cells.clone()).unwrap();
        assert_eq!(schema.rows.len(), 28);
        assert!((schema.weight.iter().sum::<f64>() / 28.0 - 1.0).abs() < 1e-12);
        assert!(!schema.inputs.contains(&"w".to_owned()));
        assert!(schema.messages[0].contains("2 rows with weight zero or missing left out, the first is row 4"));
        cells[7] = f64::INFINITY;
        assert!(with(cells).unwrap_err().to_string().contains("inf in row 8"));
        assert!(with(vec![0.0; 30]).unwrap_err().to_string().contains("0 of 30 usable"));
    }

    #[test]
    fn copies_of_the_target_are_named_and_kept() {
        let copy = table().column("strength").unwrap().values.clone();
        let schema = resolve(&table().with_column("copy", copy).unwrap(), &ColumnRoles::new("strength")).unwrap();
        assert!(schema.inputs.contains(&"copy".to_owned()));
        assert!(schema.messages.iter().any(|m| m.contains("`copy` is a copy of the target")));
        let kind = |levels: [&str; 2]| Values::Categorical {
            codes: (0..30).map(|i| i % 2).collect(),
            levels: levels.map(String::from).to_vec(),
        };
        assert!(are_equal(&kind(["a", "b"]), &kind(["a", "b"]), &[0, 1, 2]));
        assert!(!are_equal(&kind(["a", "b"]), &kind(["b", "a"]), &[0, 1, 2]));
    }

    #[test]
    fn a_counter_is_kept_where_there_is_no_other_input() {
        let spec = ColumnRoles { drop: vec!["strength".into(), "flag".into()], ..ColumnRoles::new("x") };
        let schema = resolve(&table(), &spec).unwrap();
        assert_eq!(schema.inputs, ["row"]);
        assert!(schema.set_aside.iter().all(|s| s.column != "row"));
        assert!(schema.messages[0].contains("`row` counts like an identifier; kept"));
    }

    #[test]
    fn rare_and_countless_classes() {
        let with = |cell: &dyn Fn(usize) -> String| {
            let cells: Vec<String> = (0..30).map(cell).collect();
            let values = Values::from_text(cells.iter().map(|c| Some(c.as_str())));
            resolve(&table().with_column("y", values).unwrap(), &ColumnRoles::new("y"))
        };
        let rare = with(&|i| if i == 7 { "odd".into() } else { format!("c{}", i % 2) }).unwrap();
        assert_eq!((rare.task, rare.classes.len()), (Task::Multiclass, 3));
        assert!(rare.messages[0].contains("1 class with one row only (`odd`)"), "{:?}", rare.messages);
        let stray = with(&|i| if i == 7 { "n/k".into() } else { format!("{i}.5") }).unwrap_err().to_string();
        assert!(stray.contains("30 classes in 30 rows") && stray.contains("row 8 holds `n/k`"), "{stray}");
    }

    #[test]
    fn whole_numbers_as_a_target_are_said_to_be_taken_as_numbers() {
        let said = |cell: &dyn Fn(usize) -> f64, task: Option<Task>| {
            let values = Values::Numeric((0..60).map(cell).collect());
            let x = Values::Numeric((0..60).map(|i| f64::from(i).sin()).collect());
            let table = Table::new(vec![])
                .and_then(|t| t.with_column("x", x))
                .and_then(|t| t.with_column("y", values))
                .unwrap();
            let schema = resolve(&table, &ColumnRoles { task, ..ColumnRoles::new("y") }).unwrap();
            assert_eq!(schema.task, task.unwrap_or(Task::Regression));
            join(schema.messages, "; ").to_string()
        };
        let codes = |i: usize| (i % 3) as f64;
        let text = said(&codes, None);
        assert!(text.starts_with("target `y` has 3 values, all whole numbers: taken as numbers ("), "{text}");
        assert!(text.contains("multiclass") && text.ends_with("for counts)"), "{text}");
        let below_zero = said(&|i| codes(i) - 1.0, None);
        assert!(below_zero.contains("multiclass") && !below_zero.contains("count"), "{below_zero}");
        let counts = |i: usize| ((i * 7) % 17) as f64;
        let text = said(&counts, None);
        assert!(text.contains("holds whole numbers from 0 on,") && !text.contains("multiclass"), "{text}");
        for quiet in [
            said(&codes, Some(Task::Multiclass)),
            said(&codes, Some(Task::Regression)),
            said(&counts, Some(Task::Count)),
            said(&|i| 100.0 + counts(i), None),
            said(&|i| 10.0 * counts(i), None),
            said(&|i| codes(i) / 2.0, None),
        ] {
            assert_eq!(quiet, "");
        }
    }

    proptest! {
        #[test]
        fn whatever_the_cells_no_panic_and_weights_of_mean_one(
            cells in prop::collection::vec((0..4u8, prop::option::of(0..3u8), 0..4u8), 0..40),
            task in prop::sample::select(vec![None, Some(Task::Regression), Some(Task::Binary), Some(Task::Multiclass), Some(Task::Count)]),
            (target, weighted) in (prop::sample::select(vec!["a", "b", "c"]), any::<bool>()),
        ) {
            let number = |k: u8| [0.0, -0.0, 1.5, f64::NAN][k as usize];
            let text: Vec<Option<String>> = cells.iter().map(|c| c.1.map(|k| k.to_string())).collect();
            let table = Table::new(vec![])
                .and_then(|t| t.with_column("a", Values::Numeric(cells.iter().map(|c| number(c.0)).collect())))
                .and_then(|t| t.with_column("b", Values::from_text(text.iter().map(|c| c.as_deref()))))
                .and_then(|t| t.with_column("c", Values::Numeric(cells.iter().map(|c| f64::from(c.2)).collect())))
                .and_then(|t| t.with_column("w", Values::Numeric(cells.iter().map(|c| number(c.0 / 2)).collect())))
                .unwrap();
            let spec = ColumnRoles { task, weight: weighted.then(|| "w".to_owned()), ..ColumnRoles::new(target) };
            if let Ok(schema) = resolve(&table, &spec) {
                let mean = schema.weight.iter().sum::<f64>() / schema.rows.len() as f64;
                prop_assert!((mean - 1.0).abs() < 1e-12 && schema.rows.len() >= MIN_ROWS);
                let encoding =
                    TargetEncoding::learn(&table, schema.target(), &schema.rows, &schema.weight).unwrap();
                let y = encoding.encode(&table, &schema.rows).unwrap();
                prop_assert!(y.n_columns() == encoding.n_outputs() && y.values().iter().all(|v| v.is_finite()));
            }
        }
    }
}
