//! Which rows and columns of a table take part, and in what role. Nothing numeric is learned here.

use super::target::count_classes;
use super::{Column, Table, Task, Values, nearest_name};
use crate::{Error, Result};

/// Fewest usable rows: below this even a line through one input cannot be judged.
const MIN_ROWS: usize = 5;
/// Classes above this are more likely numbers or identifiers.
const MAX_CLASSES: usize = 100;

/// What to predict from what.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TargetSpec {
    /// Several only for regression.
    pub columns: Vec<String>,
    /// `None`: from the target.
    pub task: Option<Task>,
    /// A column of row weights (precision weights: only their ratios matter).
    pub weight: Option<String>,
    /// Columns that are neither target nor input.
    pub drop: Vec<String>,
    /// Line of the file that holds data row 1, for messages.
    pub first_line: Option<usize>,
}

impl TargetSpec {
    /// One target column, everything else by default.
    pub fn new(column: impl Into<String>) -> Self {
        Self { columns: vec![column.into()], ..Self::default() }
    }

    /// "row 17" or "row 17 (line 18)".
    fn row(&self, row: usize) -> String {
        match self.first_line {
            Some(line) => format!("row {} (line {})", row + 1, line + row),
            None => format!("row {}", row + 1),
        }
    }
}

/// The roles of rows and columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    pub task: Task,
    pub targets: Vec<String>,
    /// Classes of a classification, over all usable rows.
    pub classes: Vec<String>,
    /// Usable rows.
    pub rows: Vec<usize>,
    /// One a usable row, mean 1.
    pub weight: Vec<f64>,
    /// Columns used as inputs, in table order.
    pub inputs: Vec<String>,
    pub messages: Vec<String>,
}

/// Checks `spec` against `table` and decides about rows, task and inputs.
///
/// # Errors
/// [`ErrorKind::Input`](crate::ErrorKind::Input) for columns that are not there, targets that cannot be what they are
/// declared to be or do not vary, too few rows, no input.
pub fn prepare(table: &Table, spec: &TargetSpec) -> Result<Prepared> {
    let mut messages = Vec::new();
    let targets: Vec<&Column> = spec.columns.iter().map(|name| find(table, "--target", name)).collect::<Result<_>>()?;
    if targets.is_empty() {
        return Err(Error::input("--target", "no column").expected("at least one"));
    }
    for name in &spec.drop {
        find(table, "--drop", name)?;
    }
    let weights = spec.weight.as_deref().map(|name| find(table, "--weight", name)).transpose()?;
    let is_role = |name: &str| spec.columns.iter().any(|t| t == name) || spec.weight.as_deref() == Some(name);
    if let Some(name) = spec.drop.iter().find(|name| is_role(name)) {
        return Err(Error::input("--drop", format!("`{name}`, which is the target or the weight")));
    }

    let (rows, weight) = usable_rows(table, spec, &targets, weights, &mut messages)?;
    let task = task(&targets, spec, &rows, &mut messages)?;
    let classes = if task.is_classification() { classes(targets[0], task, &rows)? } else { Vec::new() };
    let mut inputs = Vec::new();
    for column in table.columns().iter().filter(|c| !is_role(&c.name) && !spec.drop.contains(&c.name)) {
        match set_aside(column, &rows) {
            Some(reason) => messages.push(format!("column `{}` is set aside: {reason}", column.name)),
            None => inputs.push(column.name.clone()),
        }
        if targets.iter().any(|t| t.values == column.values) {
            messages.push(format!("column `{}` is a copy of the target: does it give the answer away?", column.name));
        }
    }
    if inputs.is_empty() {
        return Err(Error::input("inputs", "no usable column besides the target")
            .expected("at least one that varies")
            .hint(messages.join("; ")));
    }
    Ok(Prepared { task, targets: spec.columns.clone(), classes, rows, weight, inputs, messages })
}

fn find<'a>(table: &'a Table, option: &str, name: &str) -> Result<&'a Column> {
    table.column(name).ok_or_else(|| {
        let names: Vec<&str> = table.columns().iter().map(|c| c.name.as_str()).collect();
        let mut listed = names.iter().take(12).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        if names.len() > 12 {
            listed += &format!(" and {} more", names.len() - 12);
        }
        let error = Error::input(format!("{option} {name}"), "no such column").expected(format!("one of {listed}"));
        match nearest_name(name, names) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error,
        }
    })
}

fn usable_rows(
    table: &Table,
    spec: &TargetSpec,
    targets: &[&Column],
    weights: Option<&Column>,
    messages: &mut Vec<String>,
) -> Result<(Vec<usize>, Vec<f64>)> {
    let n = table.n_rows();
    let mut kept: Vec<usize> = (0..n).filter(|&i| !targets.iter().any(|t| t.values.is_missing(i))).collect();
    if kept.len() < n {
        let first = (0..n).find(|&i| targets.iter().any(|t| t.values.is_missing(i))).unwrap_or(0);
        messages.push(format!(
            "{} rows without a target are set aside, the first is {}",
            n - kept.len(),
            spec.row(first)
        ));
    }
    let mut weight = vec![1.0; kept.len()];
    if let Some(column) = weights {
        let Values::Numeric(values) = &column.values else {
            return Err(Error::input(format!("--weight {}", column.name), "text").expected("a column of numbers"));
        };
        if let Some(&row) = kept.iter().find(|&&i| values[i] < 0.0) {
            return Err(Error::input(
                format!("--weight {}", column.name),
                format!("{} in {}", values[row], spec.row(row)),
            )
            .expected("weights of zero or more"));
        }
        let before = kept.len();
        kept.retain(|&i| values[i] > 0.0);
        if kept.len() < before {
            messages.push(format!("{} rows with weight zero or missing are set aside", before - kept.len()));
        }
        let largest = kept.iter().map(|&i| values[i]).fold(0.0, f64::max);
        let mean = kept.iter().map(|&i| values[i] / largest).sum::<f64>() / kept.len().max(1) as f64;
        weight = kept.iter().map(|&i| values[i] / largest / mean).collect();
    }
    if kept.len() < MIN_ROWS {
        return Err(Error::input("rows", format!("{} with a target", kept.len()))
            .expected(format!("at least {MIN_ROWS}, better 50 or more")));
    }
    Ok((kept, weight))
}

fn task(targets: &[&Column], spec: &TargetSpec, rows: &[usize], messages: &mut Vec<String>) -> Result<Task> {
    let name = &targets[0].name;
    let place = format!("target `{name}`");
    let distinct = count_classes(&targets[0].values, rows);
    if let [(only, _)] = distinct.as_slice() {
        return Err(Error::input(place, format!("the value {only} in all {} rows", rows.len()))
            .expected("a target that varies"));
    }
    let is_text = matches!(targets[0].values, Values::Categorical { .. });
    let task = spec.task.unwrap_or_else(|| {
        if targets.len() > 1 {
            Task::Regression
        } else if is_text {
            if distinct.len() == 2 { Task::Binary } else { Task::Multiclass }
        } else if distinct.len() == 2 {
            messages.push(format!(
                "target `{name}` has two values, {} and {}: taken as two classes (`--task regression` for numbers)",
                distinct[0].0, distinct[1].0
            ));
            Task::Binary
        } else {
            Task::Regression
        }
    });
    if targets.len() > 1 && task != Task::Regression {
        return Err(Error::input("--target", format!("{} columns for the task {}", targets.len(), task.name()))
            .expected("one column, or `--task regression`"));
    }
    for target in targets {
        let place = format!("target `{}`", target.name);
        match (&target.values, task) {
            (Values::Categorical { codes, levels }, Task::Regression | Task::Count) => {
                // The first cell that is no number says best what is wrong.
                let text = |i: usize| levels[codes[i] as usize].as_str();
                let row = rows.iter().copied().find(|&i| text(i).parse::<f64>().is_err()).unwrap_or(rows[0]);
                return Err(Error::input(place, format!("the text `{}` in {}", text(row), spec.row(row)))
                    .expected(format!("numbers for the task {}", task.name()))
                    .hint("try `--task multiclass`, or mend that cell"));
            }
            (Values::Numeric(values), Task::Count) => {
                if let Some(&row) = rows.iter().find(|&&i| values[i] < 0.0 || values[i].fract() != 0.0) {
                    return Err(Error::input(place, format!("{} in {}", values[row], spec.row(row)))
                        .expected("counts: 0, 1, 2, …")
                        .hint("try `--task regression`"));
                }
            }
            (Values::Numeric(values), Task::Regression) => {
                let first = values[rows[0]];
                if rows.iter().all(|&i| values[i] == first) {
                    return Err(Error::input(place, format!("the value {first} in all {} rows", rows.len()))
                        .expected("a target that varies"));
                }
            }
            _ => {}
        }
    }
    Ok(task)
}

fn classes(target: &Column, task: Task, rows: &[usize]) -> Result<Vec<String>> {
    let counts = count_classes(&target.values, rows);
    let place = format!("target `{}`", target.name);
    if task == Task::Binary && counts.len() != 2 {
        return Err(Error::input(place, format!("{} classes", counts.len()))
            .expected("two for the task binary")
            .hint("try `--task multiclass`"));
    }
    if counts.len() > MAX_CLASSES {
        return Err(Error::input(place, format!("{} classes", counts.len()))
            .expected(format!("at most {MAX_CLASSES}"))
            .hint("is it an identifier, or a number with a stray word in it?"));
    }
    Ok(counts.into_iter().map(|(class, _)| class).collect())
}

/// Why a column is no input, if it is none.
fn set_aside(column: &Column, rows: &[usize]) -> Option<String> {
    let present: Vec<usize> = rows.iter().copied().filter(|&i| !column.values.is_missing(i)).collect();
    if present.is_empty() {
        return Some("all its cells are missing".into());
    }
    let complete = present.len() == rows.len();
    match &column.values {
        Values::Numeric(values) => {
            let first = values[present[0]];
            if complete && present.iter().all(|&i| values[i] == first) {
                return Some(format!("it is {first} in every row"));
            }
            // Over all rows of the table: those without a target leave gaps in the counting.
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let counts_up = sorted.windows(2).all(|w| w[1] - w[0] == 1.0) && sorted[0].fract() == 0.0;
            (counts_up && sorted.len() >= 20).then(|| "it numbers the rows (an identifier)".into())
        }
        Values::Categorical { codes, levels } => {
            let first = codes[present[0]];
            if complete && present.iter().all(|&i| codes[i] == first) {
                return Some(format!("it is `{}` in every row", levels[first as usize]));
            }
            let mut seen = std::collections::HashSet::new();
            let all_distinct = present.iter().all(|&i| seen.insert(codes[i]));
            (all_distinct && present.len() >= 20).then(|| "every cell is different (an identifier)".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let spec = TargetSpec { first_line: Some(2), ..TargetSpec::new("strength") };
        let prepared = prepare(&table(), &spec).unwrap();
        assert_eq!(prepared.inputs, ["x", "flag"]);
        assert_eq!((prepared.rows.len(), prepared.task), (29, Task::Regression));
        let all = prepared.messages.join("\n");
        for words in
            ["row 5 (line 6)", "`row` is set aside: it numbers", "`name` is set aside: every", "`flat`", "`gone`"]
        {
            assert!(all.contains(words), "{words} is missing from\n{all}");
        }
    }

    #[test]
    fn infers_and_overrides_the_task() {
        let mut spec = TargetSpec::new("flag");
        assert_eq!(prepare(&table(), &spec).unwrap().classes, ["0", "1"]);
        spec.task = Some(Task::Regression);
        assert_eq!(prepare(&table(), &spec).unwrap().task, Task::Regression);
        spec.columns[0] = "strength".into();
        spec.task = Some(Task::Count);
        assert!(prepare(&table(), &spec).unwrap_err().to_string().contains("row 2"));
    }

    #[test]
    fn errors_name_what_is_wrong() {
        let message = |spec: TargetSpec| prepare(&table(), &spec).unwrap_err().to_string();
        assert!(message(TargetSpec::new("strenght")).contains("did you mean `strength`?"));
        assert!(message(TargetSpec::new("flat")).contains("the value 3 in all 30 rows"));
        assert!(message(TargetSpec { drop: vec!["y".into()], ..TargetSpec::new("x") }).contains("--drop y"));
        let text = TargetSpec { task: Some(Task::Regression), ..TargetSpec::new("name") };
        assert!(message(text).contains("the text `id0` in row 1"));
        let weight = TargetSpec { weight: Some("x".into()), ..TargetSpec::new("strength") };
        assert!(message(weight).contains("--weight x: found -0."));
    }
}
