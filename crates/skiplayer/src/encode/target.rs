//! Targets: what is predicted, and its units inside the network.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::lookup::column_of_the_model;
use super::offset::OffsetColumns;
use super::row_name::row_name;
use super::standardise::Standard;
use super::survival::SurvivalTarget;
use super::trials::{shares, trials};
use crate::error::choices;
use crate::loss::{Cox, Huber, Loss, LossKind, Ordinal};
use crate::matrix::Matrix;
use crate::survival::Durations;
use crate::table::cell;
use crate::table::cell::{Cell, as_levels, number_text};
use crate::table::{Column, MISSING, Meaning, Table, TableSource, Values};
use crate::{Error, Result};

/// What kind of thing the target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// One or several numbers, squared error.
    Regression,
    /// Two classes, logistic loss.
    Binary,
    /// Three or more classes, softmax.
    Multiclass,
    /// Classes in order, proportional odds.
    Ordinal,
    /// Counts, Poisson or negative binomial.
    Count,
    /// Amounts that are positive, or zero at times: gamma or Tweedie.
    Amount,
    /// Counts of successes out of trials: binomial.
    Successes,
    /// Durations until an event, some of them censored: Cox.
    Survival,
}

choices!(Task {
    Regression = "regression": "Numbers, squared error",
    Binary = "binary": "Two classes, logistic",
    Multiclass = "multiclass": "Three or more classes, softmax",
    Ordinal = "ordinal": "Classes in order, proportional odds",
    Count = "count": "Counts, Poisson",
    Amount = "amount": "Amounts, gamma; Tweedie where some are zero",
    Successes = "successes": "Counts of successes out of trials, which a column says; binomial",
    Survival = "survival": "Durations until an event, some of them censored; Cox",
});

impl Task {
    /// The loss if nobody says which.
    pub fn loss(self) -> Loss {
        match self {
            Task::Regression => Loss::Squared,
            Task::Binary => Loss::Logistic,
            Task::Multiclass => Loss::Softmax,
            Task::Ordinal => Loss::Ordinal(Ordinal::default()),
            Task::Count => Loss::Poisson,
            Task::Amount => Loss::Gamma,
            Task::Successes => Loss::Binomial,
            Task::Survival => Loss::Cox(Cox::default()),
        }
    }

    /// What the target is if its loss is `kind`.
    pub fn of_loss(kind: LossKind) -> Self {
        match kind {
            LossKind::Squared | LossKind::Huber | LossKind::Quantile => Task::Regression,
            LossKind::Logistic => Task::Binary,
            LossKind::Softmax => Task::Multiclass,
            LossKind::Ordinal => Task::Ordinal,
            LossKind::Poisson | LossKind::NegativeBinomial => Task::Count,
            LossKind::Gamma | LossKind::Tweedie => Task::Amount,
            LossKind::Binomial => Task::Successes,
            LossKind::Cox => Task::Survival,
        }
    }

    /// Beyond which no prediction is: a share.
    pub fn highest(self) -> Option<f64> {
        (self == Task::Successes).then_some(1.0)
    }

    /// Whether responses are whole numbers, and so the ends of their intervals.
    pub fn is_whole(self) -> bool {
        self == Task::Count
    }

    pub fn is_classification(self) -> bool {
        matches!(self, Task::Binary | Task::Multiclass | Task::Ordinal)
    }
}

/// What is predicted, before anything is learned of it.
#[derive(Debug, Clone, Copy)]
pub struct TargetColumns<'a> {
    pub task: Task,
    pub loss: Loss,
    pub names: &'a [String],
    /// From all usable rows, so that folds share them.
    pub classes: &'a [String],
    pub offset: &'a OffsetColumns,
    /// The column that says out of how many trials successes are.
    pub trials: Option<&'a str>,
    /// Of durations what belongs to them.
    pub survival: Option<&'a SurvivalTarget>,
}

/// How target columns become responses of a network, and back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetEncoding {
    pub task: Task,
    /// Target columns.
    pub names: Vec<String>,
    /// Classes in order (numbers by size, text alphabetically, ordered classes as they are ordered); the second is the event of a binary task.
    pub classes: Vec<String>,
    /// Mean and scale of each regression target, less its offset, over the training rows, for each of its quantiles; of amounts 0 and
    /// their mean.
    pub standard: Vec<Standard>,
    /// `None`: that of the task. Models of before do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
    /// What the cells of each target column meant in training. Models of before do not say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub meanings: Vec<Meaning>,
    /// What is added to the linear predictor.
    #[serde(default, skip_serializing_if = "OffsetColumns::is_empty")]
    pub offset: OffsetColumns,
    /// The column that says out of how many trials successes are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trials: Option<String>,
    /// Of durations what belongs to them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survival: Option<SurvivalTarget>,
}

impl TargetEncoding {
    /// Learns scales from `rows` (with weights).
    pub fn learn(table: &dyn TableSource, columns: TargetColumns, rows: &[usize], weight: &[f64]) -> Result<Self> {
        let TargetColumns { task, loss, names, classes, offset, trials, survival } = columns;
        let mut standard = Vec::new();
        if matches!(task, Task::Regression | Task::Amount) {
            let offset = if loss.has_identity_link() { offset.sums(table, rows, row_name)? } else { Vec::new() };
            for name in names {
                let mut values = numbers(table, name, rows)?;
                values.iter_mut().zip(&offset).for_each(|(value, offset)| *value -= offset);
                let learned = Standard::learn(&values, weight);
                standard.push(match task {
                    Task::Amount => Standard { mean: 0.0, scale: learned.mean.max(f64::MIN_POSITIVE) },
                    _ => learned,
                });
            }
        }
        // Every quantile is one of the same numbers.
        let standard = standard.iter().flat_map(|own| std::iter::repeat_n(*own, loss.levels().len().max(1))).collect();
        let meaning = |name: &String| Ok(column(table, name)?.meaning.clone());
        let meanings = names.iter().map(meaning).collect::<Result<_>>()?;
        let loss = (loss != task.loss()).then_some(loss);
        let (names, classes, offset) = (names.to_vec(), classes.to_vec(), offset.clone());
        let (trials, survival) = (trials.map(str::to_owned), survival.cloned());
        Ok(Self { task, names, classes, standard, loss, meanings, offset, trials, survival })
    }

    /// The loss that is minimised, in the units of the network.
    pub fn loss(&self) -> Loss {
        self.loss.unwrap_or_else(|| self.task.loss())
    }

    /// The loss with its parameter in the target's units, unless it is the only one that the task has or the usual one.
    pub fn loss_in_words(&self) -> Option<String> {
        let loss = match self.loss() {
            Loss::Huber(Huber { delta }) => Loss::Huber(Huber { delta: delta * self.unit(0).scale }),
            other => other,
        };
        (self.loss.is_some() || matches!(self.task, Task::Amount | Task::Survival)).then(|| loss.in_words())
    }

    /// The unit of output `o`: network units times scale plus mean are the target's.
    pub fn unit(&self, o: usize) -> Standard {
        match self.task {
            Task::Regression | Task::Amount => self.standard[o],
            Task::Binary | Task::Multiclass | Task::Ordinal | Task::Count | Task::Successes | Task::Survival => {
                Standard { mean: 0.0, scale: 1.0 }
            }
        }
    }

    /// A predicted number of the output at `at` as cells of its meaning are written, if those are no plain numbers: dates to the day, times to
    /// the second.
    pub fn written(&self, at: usize, value: f64) -> Option<String> {
        let at = if self.loss().levels().is_empty() { at } else { 0 };
        let meaning = self.meanings.get(at).filter(|_| self.task == Task::Regression)?;
        let is_time = meaning.is_calendar() || *meaning == Meaning::TimeOfDay;
        is_time.then(|| if value.is_finite() { meaning.text(value.round()) } else { value.to_string() })
    }

    /// Outputs of the network: targets, quantiles, one logit, a logit a class, or one logarithm of a mean.
    pub fn n_outputs(&self) -> usize {
        match self.task {
            Task::Regression => self.names.len().max(self.loss().levels().len()),
            Task::Multiclass => self.classes.len(),
            Task::Binary | Task::Ordinal | Task::Count | Task::Amount | Task::Successes | Task::Survival => 1,
        }
    }

    /// Names of the outputs: target columns, with their level where there are several quantiles, or classes.
    pub fn output_names(&self) -> Vec<String> {
        if let (levels @ [_, _, ..], [name]) = (self.loss().levels(), &self.names[..]) {
            return levels.iter().map(|level| format!("{name} q{level}")).collect();
        }
        match self.task {
            Task::Regression | Task::Ordinal | Task::Count | Task::Amount | Task::Successes | Task::Survival => {
                self.names.clone()
            }
            Task::Binary => vec![self.classes[1].clone()],
            Task::Multiclass => self.classes.clone(),
        }
    }

    /// The offset of `rows`, in the target's units where the link is the identity; empty if there is none.
    ///
    /// # Errors
    /// Those of [`OffsetColumns::values`].
    pub fn offsets(&self, table: &dyn TableSource, rows: &[usize]) -> Result<Vec<f64>> {
        self.offset.sums(table, rows, row_name)
    }

    /// What a loss has to add to the linear predictors of `rows`: the offset, unless [`encode`](Self::encode) has taken it off responses,
    /// and with a baseline hazard the logarithm of the exposure to it.
    ///
    /// # Errors
    /// Those of [`OffsetColumns::values`].
    pub(crate) fn offsets_of_loss(&self, table: &dyn TableSource, rows: &[usize]) -> Result<Vec<f64>> {
        let offset = if self.loss().has_identity_link() { Vec::new() } else { self.offsets(table, rows)? };
        match self.survival.as_ref().filter(|own| own.is_fitted()) {
            Some(own) => own.with_exposures(table, rows, &numbers(table, &self.names[0], rows)?, &offset),
            None => Ok(offset),
        }
    }

    /// Times and strata of `rows`, with their offset; `None` but for durations.
    ///
    /// # Errors
    /// Cells that cannot be used as given.
    pub(crate) fn durations(&self, table: &dyn TableSource, rows: &[usize]) -> Result<Option<Durations>> {
        let Some(own) = &self.survival else { return Ok(None) };
        let (time, offset) = (numbers(table, &self.names[0], rows)?, self.offsets(table, rows)?);
        own.durations(table, rows, time, offset).map(Some)
    }

    /// Out of how many trials the successes of `rows` are; empty for other targets.
    ///
    /// # Errors
    /// A column that is not there, and cells that are no numbers of trials.
    pub fn trials(&self, table: &dyn TableSource, rows: &[usize]) -> Result<Vec<f64>> {
        self.trials.as_ref().map_or_else(|| Ok(Vec::new()), |name| trials(table, name, rows))
    }

    /// Thresholds between ordered classes, on the scale of the linear predictor; none of other targets.
    pub fn thresholds(&self) -> Vec<f64> {
        match self.loss() {
            Loss::Ordinal(own) => own.thresholds().to_vec(),
            _ => Vec::new(),
        }
    }

    /// Responses (rows, outputs): standardised numbers less their offset, 0/1 for classes and for events, one-hot classes,
    /// numbers of ordered classes, counts, shares of successes, or amounts in units of their mean.
    pub fn encode(&self, table: &Table, rows: &[usize]) -> Result<Matrix> {
        match self.task {
            Task::Amount => {
                let (name, unit) = (&self.names[0], self.unit(0));
                let values = numbers(table, name, rows)?;
                if let Some((at, expected)) =
                    values.iter().enumerate().find_map(|(at, v)| Some((at, self.loss().check_response(*v).err()?)))
                {
                    let found = format!("{} in row {}", values[at], rows[at] + 1);
                    return Err(Error::input(format!("target `{name}`"), found).expected(expected));
                }
                Ok(Matrix::from_columns(rows.len(), &[values.iter().map(|v| v / unit.scale).collect()]))
            }
            Task::Regression => {
                let mut columns = Vec::new();
                let offset = if self.offset.is_empty() { Vec::new() } else { self.offsets(table, rows)? };
                let n_levels = self.loss().levels().len().max(1);
                for (name, standard) in self.names.iter().zip(self.standard.iter().step_by(n_levels)) {
                    let mut values = numbers(table, name, rows)?;
                    values.iter_mut().zip(&offset).for_each(|(value, offset)| *value -= offset);
                    let column: Vec<f64> = values.iter().map(|&v| standard.apply(v)).collect();
                    columns.extend(std::iter::repeat_n(column, n_levels));
                }
                Ok(Matrix::from_columns(rows.len(), &columns))
            }
            Task::Count => {
                let name = &self.names[0];
                let values = numbers(table, name, rows)?;
                if let Some(at) = values.iter().position(|&v| v < 0.0 || v.fract() != 0.0) {
                    let found = format!("{} in row {}", values[at], rows[at] + 1);
                    return Err(Error::input(format!("target `{name}`"), found).expected("counts: 0, 1, 2, …"));
                }
                Ok(Matrix::from_columns(rows.len(), &[values]))
            }
            Task::Successes => {
                let name = &self.names[0];
                let (successes, trials) = (numbers(table, name, rows)?, self.trials(table, rows)?);
                let shares = shares(name, &successes, &trials, rows, row_name)?;
                Ok(Matrix::from_columns(rows.len(), &[shares]))
            }
            Task::Survival => {
                let events = self.survival.as_ref().map_or_else(|| Ok(Vec::new()), |own| own.events(table, rows))?;
                Ok(Matrix::from_columns(rows.len(), &[events]))
            }
            Task::Ordinal => {
                let class = class_of_rows(table, &self.names[0], &self.classes, rows)?;
                Ok(Matrix::from_columns(rows.len(), &[class.into_iter().map(|class| class as f64).collect()]))
            }
            Task::Binary | Task::Multiclass => {
                let class = class_of_rows(table, &self.names[0], &self.classes, rows)?;
                let event = |o: usize| if self.task == Task::Binary { 1 } else { o };
                Ok(Matrix::from_fn(rows.len(), self.n_outputs(), |i, o| f64::from(u8::from(class[i] == event(o)))))
            }
        }
    }
}

fn column<'a>(table: &'a dyn TableSource, name: &str) -> Result<Cow<'a, Column>> {
    column_of_the_model(table, format!("target `{name}`"), name)
}

/// The target in `rows`: numbers, none of them missing.
fn numbers(table: &dyn TableSource, name: &str, rows: &[usize]) -> Result<Vec<f64>> {
    let place = format!("target `{name}`");
    let numbers = cell::as_numbers(&place, &column(table, name)?.values, rows, row_name)?;
    match numbers.iter().position(|v| v.is_nan()) {
        Some(at) => Err(missing_target(&place, rows[at])),
        None => Ok(numbers),
    }
}

fn missing_target(place: &str, row: usize) -> Error {
    Error::input(place, format!("a missing cell in row {}", row + 1)).expected("a value in every row that is used")
}

/// The distinct values over `rows`, in class order, with their counts.
pub fn count_classes(values: &Values, rows: &[usize]) -> Vec<(String, usize)> {
    match values {
        Values::Numeric(values) => {
            let mut sorted: Vec<f64> = rows.iter().map(|&i| values[i]).filter(|v| !v.is_nan()).collect();
            sorted.sort_by(f64::total_cmp);
            sorted.chunk_by(|a, b| a == b).map(|run| (number_text(run[0]), run.len())).collect()
        }
        Values::Categorical { codes, levels } => {
            let mut counts = vec![0; levels.len()];
            rows.iter().filter(|&&i| codes[i] != MISSING).for_each(|&i| counts[codes[i] as usize] += 1);
            let mut classes: Vec<(String, usize)> =
                levels.iter().cloned().zip(counts).filter(|&(_, count)| count > 0).collect();
            classes.sort();
            classes
        }
    }
}

/// Index into `classes` for each of `rows`.
///
/// # Errors
/// A missing cell, or a class that is not among `classes`.
pub fn class_of_rows(table: &Table, name: &str, classes: &[String], rows: &[usize]) -> Result<Vec<usize>> {
    let place = format!("target `{name}`");
    let column = column(table, name)?;
    let known: Vec<&str> = classes.iter().map(String::as_str).collect();
    let found = as_levels(&column, rows, &known);
    let class = |(cell, &row): (Cell, &usize)| match cell {
        Cell::Known(k) => Ok(k),
        Cell::Missing => Err(missing_target(&place, row)),
        Cell::Unknown => {
            let class = column.text(row);
            Err(Error::input(&place, format!("the class `{class}` in row {}", row + 1))
                .expected(format!("one of {}", listed(classes))))
        }
    };
    found.into_iter().zip(rows).map(class).collect()
}

fn listed(classes: &[String]) -> String {
    let few = classes.iter().take(10).map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
    if classes.len() > 10 { format!("{few} and {} more", classes.len() - 10) } else { few }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(values: Values) -> Table {
        Table::new(vec![]).and_then(|t| t.with_column("y", values)).unwrap()
    }

    fn encoding(table: &Table, task: Task, rows: &[usize], weight: &[f64]) -> Result<TargetEncoding> {
        let all: Vec<usize> = (0..table.n_rows()).collect();
        let classes: Vec<String> =
            count_classes(&table.column("y").unwrap().values, &all).into_iter().map(|(class, _)| class).collect();
        let (names, offset) = (["y".to_owned()], OffsetColumns::default());
        let columns = TargetColumns {
            task,
            loss: task.loss(),
            names: &names,
            classes: &classes,
            offset: &offset,
            trials: None,
            survival: None,
        };
        TargetEncoding::learn(table, columns, rows, weight)
    }

    #[test]
    fn numbers_are_standardised_on_the_training_rows_alone() {
        let t = table(Values::Numeric(vec![1.0, 3.0, 1e9]));
        let regression = encoding(&t, Task::Regression, &[0, 1], &[1.0, 3.0]).unwrap();
        let expected = Standard { mean: 2.5, scale: 0.75f64.sqrt() };
        assert!((regression.standard[0].mean - expected.mean).abs() < 1e-15);
        assert!((regression.standard[0].scale - expected.scale).abs() < 1e-15);
        assert_eq!(regression.encode(&t, &[1]).unwrap().get(0, 0), regression.standard[0].apply(3.0));
    }

    #[test]
    fn classes_are_in_order_and_one_hot() {
        let t = table(Values::Numeric(vec![10.0, 2.0, -0.0, 0.0]));
        let three = encoding(&t, Task::Multiclass, &[0], &[1.0]).unwrap();
        assert_eq!((three.classes.as_slice(), three.n_outputs()), (&["0", "2", "10"].map(String::from)[..], 3));
        let y = three.encode(&t, &[0, 2]).unwrap();
        assert_eq!(y.values(), [0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);

        let t = table(Values::from_text([Some("true"), Some("false"), None]));
        let two = encoding(&t, Task::Binary, &[0, 1], &[1.0; 2]).unwrap();
        assert_eq!((two.classes[1].as_str(), two.output_names()), ("true", vec!["true".to_owned()]));
        assert_eq!(two.encode(&t, &[0, 1]).unwrap().values(), [1.0, 0.0]);
        assert!(two.encode(&t, &[2]).unwrap_err().to_string().contains("missing cell in row 3"));
        let other = table(Values::from_text([Some("maybe")]));
        assert!(two.encode(&other, &[0]).unwrap_err().to_string().contains("the class `maybe` in row 1"));
    }

    #[test]
    fn counts_stay_as_they_are() {
        let t = table(Values::Numeric(vec![0.0, 4.0, -1.0, f64::NAN]));
        let count = encoding(&t, Task::Count, &[0, 1], &[1.0; 2]).unwrap();
        assert_eq!(count.encode(&t, &[1, 0]).unwrap().values(), [4.0, 0.0]);
        assert!(count.encode(&t, &[0, 2]).unwrap_err().to_string().contains("-1 in row 3"));
        assert!(count.encode(&t, &[3]).is_err());
    }
}
