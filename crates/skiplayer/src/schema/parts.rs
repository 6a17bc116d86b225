//! Roles of rows and columns where no process has the whole table: from what its parts say.
//!
//! The rules are those of [`resolve`](super::resolve()), as far as summaries tell. Copies of the target are not looked for, and
//! columns of dates are refused.

use serde::{Deserialize, Serialize};

use super::class_order::in_order;
use super::infer_task::{task, told_apart};
use super::options::{DROP, GROUP, OFFSET, TARGET, TASK, TIME, TRIALS, WEIGHT};
use super::resolve::{MIN_IDENTIFIERS, MIN_ROWS, one_role_a_column, place_of, row_names_message};
use super::row_names::COUNTED;
use super::spec::{ColumnRoles, Schema, SetAside};
use crate::encode::Task;
use crate::encode::summary::{Cells, ColumnSummary};
use crate::error::{Message, Place, join};
use crate::loss::Loss;
use crate::table::cell::{count_of, number_text, parse_number};
use crate::table::{Column, Meaning, Table, Values};
use crate::{Error, Result, message};

/// Which rows of a part count, and for how much.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PartRoles {
    pub targets: Vec<String>,
    pub weight: Option<String>,
    /// Whether the target holds classes.
    pub is_class: bool,
    pub expects_zero_weights: bool,
}

/// The rows of a part that count.
#[derive(Debug, Clone, PartialEq)]
pub struct PartRows {
    pub rows: Vec<usize>,
    /// As they are.
    pub weight: Vec<f64>,
    without_target: Gaps,
    without_weight: Gaps,
}

/// Rows that are left out: how many, and the first of them in the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Gaps {
    n: usize,
    first: Option<usize>,
}

impl Gaps {
    fn of(rows: &[usize], start: usize) -> Self {
        Self { n: rows.len(), first: rows.first().map(|row| start + row) }
    }

    fn add(&mut self, next: Self) {
        *self = Self { n: self.n + next.n, first: self.first.or(next.first) };
    }
}

impl PartRoles {
    pub fn new(spec: &ColumnRoles) -> Self {
        Self {
            targets: spec.columns.clone(),
            weight: spec.weight.clone(),
            is_class: spec.task.is_some_and(Task::is_classification),
            expects_zero_weights: spec.expects_zero_weights,
        }
    }

    /// The rows of `part`, which begins at row `start` of the table.
    ///
    /// # Errors
    /// Columns that are not there, and weights that are none.
    pub fn rows(&self, part: &Table, start: usize) -> Result<PartRows> {
        let targets: Vec<&Column> = self
            .targets
            .iter()
            .map(|name| Ok(&part.columns()[place_of(part, &TARGET, name)?]))
            .collect::<Result<_>>()?;
        let has_target = |&i: &usize| !targets.iter().any(|target| target.values.is_missing(i));
        let (mut rows, without): (Vec<usize>, Vec<usize>) = (0..part.n_rows()).partition(has_target);
        let without_target = Gaps::of(&without, start);
        let mut without_weight = Gaps::default();
        let mut weight = vec![1.0; rows.len()];
        if let Some(name) = &self.weight {
            let column = &part.columns()[place_of(part, &WEIGHT, name)?];
            let refused = |found: String, expected: &str| Err(Error::input(WEIGHT.to(name), found).expected(expected));
            let values = match &column.values {
                Values::Numeric(values) => values,
                Values::Categorical { .. } => {
                    let row = rows.iter().copied().find(|&i| parse_number(&column.text(i)).is_none());
                    let Some(row) = row.or_else(|| rows.first().copied()) else {
                        return Ok(PartRows { rows, weight, without_target, without_weight });
                    };
                    let found = format!("the text `{}` in row {}", column.text(row), start + row + 1);
                    return refused(found, "a column of numbers");
                }
            };
            if let Some(&row) = rows.iter().find(|&&i| values[i] < 0.0 || values[i].is_infinite()) {
                let found = format!("{} in row {}", values[row], start + row + 1);
                return refused(found, "finite weights of zero or more");
            }
            let (weighted, without): (Vec<usize>, Vec<usize>) = rows.into_iter().partition(|&i| values[i] > 0.0);
            without_weight = Gaps::of(&without, start);
            rows = weighted;
            weight = rows.iter().map(|&i| values[i]).collect();
        }
        Ok(PartRows { rows, weight, without_target, without_weight })
    }
}

/// What parts of a table say of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableSummary {
    /// All rows.
    n_rows: usize,
    /// Rows that count.
    pub n_used: usize,
    /// Their weight, as it is in the table.
    pub weight: f64,
    without_target: Gaps,
    without_weight: Gaps,
    columns: Vec<ColumnSummary>,
}

impl TableSummary {
    /// Of `part`, which begins at row `start` of the table.
    ///
    /// # Errors
    /// Cells that cannot be used as given.
    pub fn of(part: &Table, start: usize, roles: &PartRoles) -> Result<Self> {
        let PartRows { rows, weight, without_target, without_weight } = roles.rows(part, start)?;
        let summary = |column: &Column| {
            let is_class = roles.is_class && roles.targets.contains(&column.name);
            ColumnSummary::of(column, &rows, &weight, start, is_class)
        };
        let columns = part.columns().iter().map(summary).collect::<Result<_>>()?;
        let (n_rows, n_used, weight) = (part.n_rows(), rows.len(), weight.iter().sum());
        Ok(Self { n_rows, n_used, weight, without_target, without_weight, columns })
    }

    /// Adds what the next part says.
    ///
    /// # Errors
    /// Columns that differ from those of the parts before.
    pub fn add(&mut self, next: Self) -> Result<()> {
        let start = self.n_rows;
        if next.columns.len() != self.columns.len() {
            let found = format!("{} from row {} on", count_of(next.columns.len(), "column"), start + 1);
            return Err(Error::input("columns", found)
                .expected(format!("{}, as in the rows before", self.columns.len()))
                .hint("give all files the same columns, in the same order and of the same types"));
        }
        for (own, next) in self.columns.iter_mut().zip(next.columns) {
            own.add(next, start)?;
        }
        self.n_rows += next.n_rows;
        self.n_used += next.n_used;
        self.weight += next.weight;
        self.without_target.add(next.without_target);
        self.without_weight.add(next.without_weight);
        Ok(())
    }

    /// The column called `name`, which is there.
    pub fn columns_of<'a>(&'a self, names: &'a [String]) -> Vec<&'a ColumnSummary> {
        names.iter().filter_map(|name| self.columns.iter().find(|column| column.name == *name)).collect()
    }

    /// The columns with their types and no rows.
    fn header(&self) -> Result<Table> {
        let column = |of: &ColumnSummary| {
            let values = match &of.cells {
                Cells::Numbers(_) => Values::Numeric(Vec::new()),
                Cells::Levels(_) => Values::Categorical { codes: Vec::new(), levels: Vec::new() },
            };
            Column::new(of.name.clone(), values).meaning(of.meaning.clone())
        };
        Table::new(self.columns.iter().map(column).collect())
    }

    /// Decides about task and inputs as `spec` says. Rows and weights are with the parts: the schema holds none. How many classes there
    /// are is not known before, so that two of them are a binary task whichever was asked for.
    ///
    /// # Errors
    /// Those of [`resolve`](super::resolve()), and roles that no process could look at alone.
    pub fn schema(&self, spec: &ColumnRoles) -> Result<Schema> {
        let header = self.header()?;
        for (option, names) in [(&TARGET, &spec.columns), (&DROP, &spec.drop)] {
            names.iter().try_for_each(|name| place_of(&header, option, name).map(|_| ()))?;
        }
        check_roles(spec)?;
        one_role_a_column(spec)?;
        let mut messages = self.left_out(spec);
        if self.n_used < MIN_ROWS {
            let found = format!("{} of {} usable", self.n_used, self.n_rows);
            let error = Error::input("rows", found).expected(format!("at least {MIN_ROWS}, better 50 or more"));
            return Err(if messages.is_empty() { error } else { error.hint(join(messages, "; ")) });
        }
        if !(self.weight.is_finite() && self.weight > 0.0) {
            return Err(Error::input(&WEIGHT, format!("weights whose sum is {}", self.weight))
                .expected("a sum that a number can hold")
                .hint("only their ratios matter: divide them by their mean"));
        }
        let targets = self.columns_of(&spec.columns);
        let (mut task, mut loss) = self.task(&targets, spec, &mut messages)?;
        if task == Task::Ordinal {
            return Err(Error::input(TASK.to("ordinal"), "rows in parts").expected("rows in one process").hint(
                message![
                    "thresholds between classes are found with the line, on all rows together; without an order try ",
                    TASK.to("multiclass")
                ],
            ));
        }
        if task == Task::Multiclass && counts(targets[0]).len() == 2 {
            (task, loss) = (Task::Binary, Loss::Logistic);
        }
        let classes = if task.is_classification() {
            let hint = match targets[0].cells {
                Cells::Numbers(_) => message!["try ", TASK.to("regression")],
                Cells::Levels(_) => "is it an identifier?".into(),
            };
            in_order(told_apart(counts(targets[0]), self.n_used, task, spec, hint, &mut messages)?, spec)?
        } else {
            Vec::new()
        };
        let (inputs, set_aside) = self.inputs(spec, &mut messages)?;
        let why_not = |name: &str| set_aside.iter().find(|own| own.column == name).map(|own| own.reason.clone());
        spec.rules.check(&header, &inputs, &why_not)?;
        Ok(Schema {
            task,
            loss,
            targets: spec.columns.clone(),
            offset: spec.offset.clone(),
            trials_column: None,
            survival: None,
            classes,
            rows: Vec::new(),
            weight: Vec::new(),
            trials: Vec::new(),
            groups: None,
            time: None,
            inner_fold: None,
            inputs,
            set_aside,
            rules: spec.rules.clone(),
            messages,
        })
    }

    fn left_out(&self, spec: &ColumnRoles) -> Vec<Message> {
        let weights = if spec.expects_zero_weights { Gaps::default() } else { self.without_weight };
        let gaps = [(self.without_target, "without a target"), (weights, "with weight zero or missing")];
        let said = |(gaps, why): (Gaps, &str)| {
            let first = gaps.first?;
            Some(format!("{} {why} left out, the first is row {}", count_of(gaps.n, "row"), first + 1).into())
        };
        gaps.into_iter().filter_map(said).collect()
    }

    /// Task and loss, for which cells of the targets stand that decide about them.
    fn task(
        &self,
        targets: &[&ColumnSummary],
        spec: &ColumnRoles,
        messages: &mut Vec<Message>,
    ) -> Result<(Task, Loss)> {
        let mut witnesses = Vec::new();
        for target in targets {
            let place = Place::of_target(&target.name);
            let values = match &target.cells {
                Cells::Numbers(own) => {
                    let ends = own.range.map(|ends| ends.map(|(value, _)| value)).unwrap_or_default();
                    check_numbers(target, spec.task)?;
                    Values::Numeric(vec![ends[0], ends[1], if own.has_zero { 0.0 } else { ends[1] }])
                }
                Cells::Levels(own) => {
                    let levels: Vec<Option<&str>> = own.levels.keys().map(|level| Some(level.as_str())).collect();
                    if let (Some(Some(first)), false) = (levels.first(), spec.task.is_none_or(Task::is_classification))
                    {
                        return Err(Error::input(place, format!("text such as `{first}`"))
                            .expected(message!["numbers for ", TASK.to(spec.task.unwrap_or(Task::Regression).name())])
                            .hint(message!["try ", TASK.to("multiclass")]));
                    }
                    let several = levels.iter().copied().cycle().take(levels.len().max(3));
                    Values::from_text(several)
                }
            };
            let is_constant = match (&target.cells, &values) {
                (Cells::Numbers(_), Values::Numeric(values)) => values[0] == values[1],
                (Cells::Levels(own), _) => own.levels.len() == 1 && own.all_different == 0,
                _ => false,
            };
            if is_constant {
                let only = Column::new("", values).text(0);
                return Err(Error::input(place, format!("the value {only} in all {} rows", self.n_used))
                    .expected("a target that varies"));
            }
            witnesses.push((target.name.clone(), target.meaning.clone(), values));
        }
        let rows = witnesses.iter().map(|(.., values)| values.len()).min().unwrap_or(0);
        let columns: Vec<Column> =
            witnesses.into_iter().map(|(name, meaning, values)| Column::new(name, values).meaning(meaning)).collect();
        task(&columns.iter().collect::<Vec<_>>(), spec, &(0..rows).collect::<Vec<_>>(), messages)
    }

    /// Inputs in the order of the table, and columns that are none although nobody dropped them.
    fn inputs(&self, spec: &ColumnRoles, messages: &mut Vec<Message>) -> Result<(Vec<String>, Vec<SetAside>)> {
        let (mut inputs, mut set_aside, mut counted) = (Vec::new(), Vec::new(), Vec::new());
        let mut ordered = Vec::new();
        let has_role = |name: &String| spec.columns.contains(name) || spec.weight.as_ref() == Some(name);
        for column in self.columns.iter().filter(|own| !has_role(&own.name) && !spec.drop.contains(&own.name)) {
            let aside = |reason: Message| SetAside { column: column.name.clone(), reason };
            if column.meaning.is_calendar() {
                return Err(Error::input(Place::of_column(&column.name), "dates")
                    .expected("numbers, text, categories or truth values: parts of a table do not know its first day")
                    .hint("take days, months or weekdays of it as numbers, or leave the column out"));
            }
            if numbers_the_rows(column) {
                counted.push(aside(COUNTED.into()));
            } else if let Some(reason) = why_set_aside(column) {
                messages.push(message![format!("column `{}` is set aside: ", column.name), reason.clone()]);
                set_aside.push(aside(reason));
            } else {
                if (column.meaning == Meaning::Category { is_ordered: true }) {
                    ordered.push(format!("`{}`", column.name));
                }
                inputs.push(column.name.clone());
            }
        }
        if !ordered.is_empty() {
            let names = ordered.join(", ");
            let note = format!(
                "the order of categories in {names} is not used, each stands on its own; numbers in place of the categories would \
                 tell the model of the order"
            );
            messages.push(note.into());
        }
        messages.extend((!counted.is_empty()).then(|| row_names_message(&counted)));
        set_aside.extend(counted);
        if inputs.is_empty() {
            let error =
                Error::input("inputs", "no usable column besides the target").expected("at least one that varies");
            return Err(if messages.is_empty() { error } else { error.hint(join(messages.iter().cloned(), "; ")) });
        }
        Ok((inputs, set_aside))
    }
}

/// Refuses roles that want more than rows and weights.
fn check_roles(spec: &ColumnRoles) -> Result<()> {
    let offset = spec.offset.names().next();
    let (trials, group, time) = (spec.trials.as_deref(), spec.group.as_deref(), spec.time.as_deref());
    let given = [(&TRIALS, trials), (&OFFSET, offset), (&GROUP, group), (&TIME, time)];
    if let Some((option, name)) = given.into_iter().find_map(|(option, name)| Some((option, name?))) {
        return Err(
            Error::input(option, format!("`{name}` where rows are in parts")).expected("targets and weights only")
        );
    }
    if spec.class_weight.is_some() || spec.event.is_some() || spec.inner_fold.is_some() {
        return Err(Error::input("roles of rows", "weights of classes, events or inner folds where rows are in parts")
            .expected("targets and weights only"));
    }
    Ok(())
}

/// Refuses numbers that the task has no place for, with their rows.
fn check_numbers(target: &ColumnSummary, task: Option<Task>) -> Result<()> {
    let Cells::Numbers(own) = &target.cells else { return Ok(()) };
    let lowest = own.range.map(|[low, _]| low);
    let bad = match task {
        Some(Task::Count) => lowest.filter(|(value, _)| *value < 0.0).or(own.fraction),
        Some(Task::Amount) => lowest.filter(|(value, _)| *value < 0.0),
        _ => None,
    };
    let Some((value, row)) = bad else { return Ok(()) };
    let expected = if task == Some(Task::Count) { "counts: 0, 1, 2, …" } else { "amounts of zero or more" };
    Err(Error::input(Place::of_target(&target.name), format!("{} in row {}", number_text(value), row + 1))
        .expected(expected)
        .hint(message!["try ", TASK.to("regression")]))
}

/// Classes in order, with their rows.
fn counts(target: &ColumnSummary) -> Vec<(String, usize)> {
    match &target.cells {
        Cells::Numbers(own) => own.values.iter().map(|(value, n)| (number_text(*value), *n)).collect(),
        Cells::Levels(own) => own.levels.iter().map(|(level, (n, _))| (level.clone(), *n)).collect(),
    }
}

fn numbers_the_rows(column: &ColumnSummary) -> bool {
    let Cells::Numbers(own) = &column.cells else { return false };
    let counts = own.counts_from.is_some_and(|from| from == 0.0 || from == 1.0);
    counts && column.missing.0 == 0 && column.meaning == Meaning::Number && own.n >= MIN_IDENTIFIERS
}

/// Why a column is no input, if it is none.
fn why_set_aside(column: &ColumnSummary) -> Option<Message> {
    if column.n_present() == 0 {
        return Some("all its cells are missing".into());
    }
    let varies_by_gaps = column.missing.0 > 0;
    match &column.cells {
        Cells::Numbers(own) => {
            let [(low, _), (high, _)] = own.range?;
            let only = Column::new("", Values::Numeric(vec![low])).meaning(column.meaning.clone()).text(0);
            (low == high && !varies_by_gaps).then(|| format!("it is {only} in every row").into())
        }
        Cells::Levels(own) => match own.levels.first_key_value() {
            Some((only, _)) if own.levels.len() == 1 && own.all_different == 0 => {
                (!varies_by_gaps).then(|| format!("it is `{only}` in every row").into())
            }
            Some(_) if own.all_different > 0 => Some("nearly every cell is different, as in an identifier".into()),
            _ => {
                let n = column.n_present();
                (n >= MIN_IDENTIFIERS && n == own.levels.len().max(own.all_different))
                    .then(|| "every cell is different, as in an identifier".into())
            }
        },
    }
}
