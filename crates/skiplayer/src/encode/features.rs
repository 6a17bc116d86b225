//! Inputs: columns of a table become standardised features. Everything is learned on the training rows.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::calendar::{Part, Source, cells_of, parts};
use super::gaps;
use super::standardise::Standard;
use super::warning::Remark;
use super::wild_cells::wild_cells;
use crate::matrix::Matrix;
use crate::table::cell::{Cell, as_levels, as_meant, days, short_text};
use crate::table::dates::date_text;
use crate::table::{Column, MISSING, Meaning, Table, TableSource, Values, listed, nearest_name};
use crate::{Error, Result};

/// Levels of a category that get a feature of their own; the rest are `other`.
pub(super) const MAX_LEVELS: usize = 50;

/// How columns become features.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Encoding {
    pub inputs: Vec<InputEncoding>,
}

/// How one column becomes features.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum InputEncoding {
    /// One feature, and an indicator if cells were missing.
    Numeric {
        name: String,
        standard: Standard,
        /// The indicator of a missing cell, which is filled with the mean.
        missing: Option<Standard>,
        /// Range over the training rows; the mean twice where they do not vary, and then the feature is always 0.
        range: (f64, f64),
        #[serde(default)]
        source: Source,
    },
    /// An indicator for each level but the reference.
    Categorical {
        name: String,
        /// The most frequent level: all indicators zero.
        reference: String,
        levels: Vec<(String, Standard)>,
        /// The indicator of rarer levels together, where there are too many.
        other: Option<Standard>,
        missing: Option<Standard>,
        #[serde(default)]
        source: Source,
    },
}

impl InputEncoding {
    /// The name of the input: that of its column, with the part behind it where the input is the month of a date.
    pub fn name(&self) -> &str {
        match self {
            InputEncoding::Numeric { name, .. } | InputEncoding::Categorical { name, .. } => name,
        }
    }

    /// The column that it is made of.
    pub fn column(&self) -> &str {
        self.source().column.as_deref().unwrap_or(self.name())
    }

    /// Which cells it is made of, and how.
    pub fn source(&self) -> &Source {
        match self {
            InputEncoding::Numeric { source, .. } | InputEncoding::Categorical { source, .. } => source,
        }
    }

    /// Row `row` of the `column` that it is made of, in words; `None` for a number that is the input as it is.
    pub fn words(&self, column: &Column, row: usize) -> Option<String> {
        let Source { part, .. } = self.source();
        match &column.values {
            _ if column.values.is_missing(row) => Some("(missing)".to_owned()),
            Values::Numeric(_) if column.meaning.is_calendar() => Some(part.text(days(column, &[row])[0])),
            Values::Numeric(_) if column.meaning == Meaning::Number => None,
            _ => Some(column.text(row)),
        }
    }

    /// The cells of `rows` as the number that the input is, NaN where they are missing.
    ///
    /// # Errors
    /// Cells that mean something else than those of training.
    pub(super) fn numbers(&self, table: &Table, column: &Column, rows: &[usize]) -> Result<Vec<f64>> {
        let Source { meaning, part, .. } = self.source();
        let place = format!("column `{}`", column.name);
        let numbers = as_meant(&place, column, meaning, rows, |i| table.row_number(i))?;
        Ok(match part {
            Part::Whole => numbers,
            part => numbers.into_iter().map(|day| part.of(day).unwrap_or(f64::NAN)).collect(),
        })
    }

    /// Which of `known` the cells of `rows` are.
    ///
    /// # Errors
    /// Cells that mean something else than those of training.
    pub(super) fn cells(&self, table: &Table, column: &Column, rows: &[usize], known: &[&str]) -> Result<Vec<Cell>> {
        let Source { meaning, part, .. } = self.source();
        if *part == Part::Whole {
            return Ok(as_levels(column, rows, known));
        }
        let place = format!("column `{}`", column.name);
        Ok(cells_of(*part, &as_meant(&place, column, meaning, rows, |i| table.row_number(i))?, known))
    }

    /// What the indicators of a category stand for, in order; the reference has none. Empty for numbers.
    pub fn levels(&self) -> Vec<String> {
        match self {
            InputEncoding::Numeric { .. } => Vec::new(),
            InputEncoding::Categorical { reference, levels, other, missing, .. } => levels
                .iter()
                .map(|(level, _)| level.clone())
                .chain(other.map(|_| other_name(reference, levels).to_owned()))
                .chain(missing.map(|_| "(missing)".to_owned()))
                .collect(),
        }
    }

    /// Scales of its features, in order.
    pub fn scales(&self) -> Vec<Standard> {
        self.features().into_iter().map(|(_, s)| s).collect()
    }

    /// Names and scales of its features, in order.
    fn features(&self) -> Vec<(String, Standard)> {
        let gone = |name: &str, missing: &Option<Standard>| missing.map(|s| (format!("{name} missing"), s));
        match self {
            InputEncoding::Numeric { name, standard, missing, .. } => {
                [(name.clone(), *standard)].into_iter().chain(gone(name, missing)).collect()
            }
            InputEncoding::Categorical { name, reference, levels, other, missing, .. } => levels
                .iter()
                .map(|(level, s)| (format!("{name}={level}"), *s))
                .chain(other.map(|s| (format!("{name}={}", other_name(reference, levels)), s)))
                .chain(gone(name, missing))
                .collect(),
        }
    }
}

impl Encoding {
    /// Learns the encoding of the columns `inputs` from `rows` with their weights (one a row; weight zero teaches nothing);
    /// also says what a reader should know.
    pub fn learn(
        table: &dyn TableSource,
        inputs: &[String],
        rows: &[usize],
        weight: &[f64],
    ) -> Result<(Self, Vec<String>)> {
        let mut messages = Vec::new();
        let mut encodings = Vec::new();
        // Copied only where some row is left out: the rows of a long table take as much memory as a column.
        let (mut rows, mut weight) = (Cow::Borrowed(rows), Cow::Borrowed(weight));
        if weight.iter().any(|w| *w <= 0.0) {
            let kept = rows.iter().zip(weight.iter()).filter(|&(_, &w)| w > 0.0);
            let (kept_rows, kept_weight): (Vec<usize>, Vec<f64>) = kept.unzip();
            (rows, weight) = (Cow::Owned(kept_rows), Cow::Owned(kept_weight));
        }
        let mut hardly_any = Vec::new();
        for name in inputs {
            let column = column(table, name)?;
            let n_missing = rows.iter().filter(|&&i| column.values.is_missing(i)).count();
            if n_missing > 0 && !gaps::are_told_apart(n_missing) {
                hardly_any.push(name);
            }
            if column.meaning.is_calendar() {
                learn_calendar(&column, inputs, &rows, &weight, &mut encodings, &mut messages);
                continue;
            }
            let source = Source { meaning: column.meaning.clone(), ..Source::default() };
            encodings.push(match &column.values {
                Values::Numeric(values) => {
                    let input = learn_numeric(name, source, values, &rows, &weight);
                    messages.extend(scale_remark(&input, values, &rows));
                    input
                }
                Values::Categorical { codes, levels } => {
                    learn_categorical(name, source, (codes, levels), &rows, &weight, &mut messages)
                }
            });
        }
        messages.extend(gaps::filled(&hardly_any));
        Ok((Self { inputs: encodings }, messages))
    }

    /// Columns of the matrix that [`apply`](Self::apply) returns.
    pub fn n_features(&self) -> usize {
        self.inputs.iter().map(|input| input.features().len()).sum()
    }

    /// `age`, `age missing`, `colour=red`, `colour=other`, …
    pub fn feature_names(&self) -> Vec<String> {
        self.inputs.iter().flat_map(|input| input.features().into_iter().map(|(name, _)| name)).collect()
    }

    /// Mean and scale of each feature (of the number itself, or of the 0/1 indicator).
    pub fn feature_scaling(&self) -> Vec<Standard> {
        self.inputs.iter().flat_map(|input| input.features().into_iter().map(|(_, s)| s)).collect()
    }

    /// Index into [`inputs`](Self::inputs) for each feature.
    pub fn input_of_feature(&self) -> Vec<usize> {
        let counts = self.inputs.iter().map(|input| input.features().len());
        counts.enumerate().flat_map(|(i, count)| std::iter::repeat_n(i, count)).collect()
    }

    /// The columns that the inputs are made of, each once, in the order of inputs.
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = self.inputs.iter().map(InputEncoding::column).collect();
        // The inputs that are made of a date stand beside each other.
        columns.dedup();
        columns
    }

    /// Of each feature the place of its column among [`columns`](Self::columns).
    pub fn column_of_feature(&self) -> Vec<usize> {
        let mut column_of_input: Vec<usize> = Vec::with_capacity(self.inputs.len());
        for (i, input) in self.inputs.iter().enumerate() {
            let place = match column_of_input.last() {
                None => 0,
                Some(&last) => last + usize::from(self.inputs[i - 1].column() != input.column()),
            };
            column_of_input.push(place);
        }
        self.input_of_feature().into_iter().map(|input| column_of_input[input]).collect()
    }

    /// Standardised features (rows, features), and what was unusual about the cells.
    ///
    /// Features that did not vary in training are 0. Rarer levels were not kept apart, so where there is an `other` a
    /// category that training did not have passes for one of them without a message.
    ///
    /// # Errors
    /// A column that is not there, or text where the model has a number.
    pub fn apply(&self, table: &Table, rows: &[usize]) -> Result<(Matrix, Vec<String>)> {
        let (x, remarks) = self.apply_to_part(table, rows)?;
        Ok((x, remarks.iter().map(Remark::to_string).collect()))
    }

    /// As [`apply`](Self::apply), with remarks that can be put together with those of other parts of a table.
    ///
    /// # Errors
    /// Those of [`apply`](Self::apply).
    pub fn apply_to_part(&self, table: &Table, rows: &[usize]) -> Result<(Matrix, Vec<Remark>)> {
        let mut remarks = Vec::new();
        let mut columns: Vec<Vec<f64>> = Vec::with_capacity(self.n_features());
        for input in &self.inputs {
            let column = self.column(table, input)?;
            let name = input.column();
            let Source { part, .. } = input.source();
            match input {
                InputEncoding::Numeric { standard, missing, range, .. } => {
                    let numbers = input.numbers(table, &column, rows)?;
                    if missing.is_none() && !matches!(part, Part::Hour) {
                        let taken = match part {
                            Part::DaysSince(first) => date_text((standard.mean + first).round()),
                            _ => format!("the mean {}", short_text(standard.mean)),
                        };
                        remarks.extend(Remark::gaps(name, numbers.iter().map(|v| v.is_nan()), rows, taken, table));
                    }
                    if let Part::DaysSince(first) = part {
                        remarks.extend(Remark::beyond(name, &numbers, *first, *range, rows, table));
                    }
                    let varies = range.0 < range.1;
                    let feature = |v: &f64| if v.is_nan() || !varies { 0.0 } else { standard.apply(*v) };
                    columns.push(numbers.iter().map(feature).collect());
                    columns.extend(missing.map(|s| indicator(numbers.iter().map(|v| v.is_nan()), &s)));
                }
                InputEncoding::Categorical { reference, levels, other, missing, .. } => {
                    let mut known: Vec<&str> = levels.iter().map(|(level, _)| level.as_str()).collect();
                    known.push(reference);
                    let cells = input.cells(table, &column, rows, &known)?;
                    if other.is_none() {
                        remarks.extend(Remark::levels(&column, &cells, rows, reference, table));
                    }
                    // A date that is missing is remarked on once, where its days are taken.
                    if missing.is_none() && *part == Part::Whole {
                        let gaps = cells.iter().map(|&c| c == Cell::Missing);
                        remarks.extend(Remark::gaps(name, gaps, rows, format!("`{reference}`"), table));
                    }
                    let is = |what: Cell| cells.iter().map(move |&c| c == what);
                    for (k, (_, standard)) in levels.iter().enumerate() {
                        columns.push(indicator(is(Cell::Known(k)), standard));
                    }
                    columns.extend(other.map(|s| indicator(is(Cell::Unknown), &s)));
                    columns.extend(missing.map(|s| indicator(is(Cell::Missing), &s)));
                }
            }
        }
        Ok((Matrix::from_columns(rows.len(), &columns), remarks))
    }

    /// The column of `table` that `input` is made of.
    ///
    /// # Errors
    /// There is none: names one of a similar name, if the model does not use that for another input.
    pub(super) fn column<'a>(&self, table: &'a Table, input: &InputEncoding) -> Result<Cow<'a, Column>> {
        column_beside(table, input.column(), &|name| self.inputs.iter().any(|own| own.column() == name))
    }
}

fn column<'a>(table: &'a dyn TableSource, name: &str) -> Result<Cow<'a, Column>> {
    column_beside(table, name, &|_| false)
}

fn column_beside<'a>(
    table: &'a dyn TableSource,
    name: &str,
    is_used: &dyn Fn(&str) -> bool,
) -> Result<Cow<'a, Column>> {
    table.column_named(name)?.ok_or_else(|| {
        let error = Error::input(format!("column `{name}`"), "no such column").expected("a column that the model uses");
        let free = table.names().into_iter().filter(|own| !is_used(own));
        match nearest_name(name, free) {
            Some(near) => error.hint(format!("is it `{near}` in this file? Rename it")),
            None => error.hint(format!("the file has {}", listed(&table.names()))),
        }
    })
}

/// The name of the rarer levels together: another one where a level told apart is called `other`.
fn other_name(reference: &str, levels: &[(String, Standard)]) -> &'static str {
    let taken = reference == "other" || levels.iter().any(|(level, _)| level == "other");
    if taken { "other (rarer levels)" } else { "other" }
}

/// 0 or 1, standardised; 0 throughout where training rows were all alike.
fn indicator(is: impl Iterator<Item = bool>, standard: &Standard) -> Vec<f64> {
    // The deviation of an indicator that varies is at most 1/2: scale 1 says that it did not.
    let varies = standard.scale < 1.0;
    let (no, yes) = if varies { (standard.apply(0.0), standard.apply(1.0)) } else { (0.0, 0.0) };
    is.map(|is| if is { yes } else { no }).collect()
}

fn learn_indicator(is: impl Iterator<Item = bool>, weight: &[f64]) -> Standard {
    let values: Vec<f64> = is.map(|b| f64::from(u8::from(b))).collect();
    Standard::learn(&values, weight)
}

/// The inputs that a column of dates becomes.
fn learn_calendar(
    column: &Column,
    names: &[String],
    rows: &[usize],
    weight: &[f64],
    encodings: &mut Vec<InputEncoding>,
    messages: &mut Vec<String>,
) {
    let (parts, message) = parts(column, rows);
    messages.extend((!message.is_empty()).then_some(message));
    let days = days(column, rows);
    let own: Vec<usize> = (0..rows.len()).collect();
    for part in parts {
        let mut name = format!("{}{}", column.name, part.name());
        while name != column.name && names.contains(&name) {
            name.push('_');
        }
        let source = Source {
            column: (name != column.name).then(|| column.name.clone()),
            meaning: column.meaning.clone(),
            part,
        };
        let values = days.iter().map(|day| part.of(*day));
        encodings.push(if part.levels().is_empty() {
            let values: Vec<f64> = values.map(|value| value.unwrap_or(f64::NAN)).collect();
            let mut input = learn_numeric(&name, source, &values, &own, weight);
            // Whether the date is missing is an input once.
            if let (Part::Hour, InputEncoding::Numeric { missing, .. }) = (part, &mut input) {
                *missing = None;
            }
            input
        } else {
            let codes: Vec<u32> = values.map(|value| value.map_or(MISSING, |level| level as u32)).collect();
            let levels: Vec<String> = part.levels().iter().map(|level| (*level).to_owned()).collect();
            let mut input = learn_categorical(&name, source, (&codes, &levels), &own, weight, messages);
            if let InputEncoding::Categorical { missing, .. } = &mut input {
                *missing = None;
            }
            input
        });
    }
}

/// `rows` and `weight` have the same length and positive weights.
fn learn_numeric(name: &str, source: Source, values: &[f64], rows: &[usize], weight: &[f64]) -> InputEncoding {
    let mut chosen: Vec<f64> = rows.iter().map(|&i| values[i]).collect();
    let is_gap: Vec<bool> = chosen.iter().map(|v| v.is_nan()).collect();
    let has_indicator = gaps::are_told_apart(is_gap.iter().filter(|gap| **gap).count());
    let present = || chosen.iter().copied().filter(|v| !v.is_nan());
    let range = (present().fold(f64::INFINITY, f64::min), present().fold(f64::NEG_INFINITY, f64::max));
    // The scale is that of the filled column, so that the feature as the network sees it has variance 1.
    let Standard { mean, .. } = Standard::learn(&chosen, weight);
    chosen.iter_mut().filter(|v| v.is_nan()).for_each(|v| *v = mean);
    let (scale, range) = match Standard::learn_varying(&chosen, weight) {
        Ok(filled) => (filled.scale, range),
        Err(_) => (1.0, (mean, mean)),
    };
    InputEncoding::Numeric {
        name: name.to_owned(),
        standard: Standard { mean, scale },
        missing: has_indicator.then(|| learn_indicator(is_gap.into_iter(), weight)),
        range,
        source,
    }
}

/// What to say of the scale of a column: that cells set it alone, or that there is none.
fn scale_remark(input: &InputEncoding, values: &[f64], rows: &[usize]) -> Option<String> {
    let InputEncoding::Numeric { name, standard, range, .. } = input else { return None };
    let present = rows.iter().filter(|&&i| !values[i].is_nan()).map(|&i| (values[i], i + 1));
    let (present, rows): (Vec<f64>, Vec<usize>) = present.unzip();
    if range.0 == range.1 {
        let least = present.iter().copied().fold(f64::INFINITY, f64::min);
        let most = present.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        return (least < most).then(|| below_precision(name, least, most));
    }
    wild_cells(name, &present, &rows, standard.scale)
}

/// What to say of a column that is taken as constant.
pub(super) fn below_precision(name: &str, least: f64, most: f64) -> String {
    format!(
        "column `{name}` varies by less than numbers of double precision can tell, {} beside {}: it is taken as constant; take off \
         what all cells have in common, or choose another unit",
        short_text(most - least),
        short_text(most)
    )
}

/// What to say of categories that are taken together.
pub(super) fn rarer_levels(name: &str, reference: &str, n_levels: usize, n_rarer: usize) -> String {
    format!(
        "column `{name}` has {n_levels} categories: the {MAX_LEVELS} most frequent and `{reference}` are told apart, {n_rarer} rarer \
         ones are taken together as `other`"
    )
}

/// `rows` and `weight` have the same length and positive weights.
fn learn_categorical(
    name: &str,
    source: Source,
    (codes, levels): (&[u32], &[String]),
    rows: &[usize],
    weight: &[f64],
    messages: &mut Vec<String>,
) -> InputEncoding {
    let mut counts = vec![0usize; levels.len()];
    rows.iter().filter(|&&i| codes[i] != MISSING).for_each(|&i| counts[codes[i] as usize] += 1);
    let mut present: Vec<usize> = (0..levels.len()).filter(|&l| counts[l] > 0).collect();
    present.sort_by(|&a, &b| counts[b].cmp(&counts[a]).then_with(|| levels[a].cmp(&levels[b])));
    let reference = present.first().map_or_else(String::new, |&l| levels[l].clone());
    let mut own: Vec<usize> = present.iter().copied().skip(1).take(MAX_LEVELS).collect();
    let rest = present.len().saturating_sub(1 + own.len());
    if rest > 0 {
        messages.push(rarer_levels(name, &reference, present.len(), rest));
    }
    own.sort_by(|&a, &b| levels[a].cmp(&levels[b]));
    let is = |level: usize| rows.iter().map(move |&i| codes[i] == level as u32);
    let mut told_apart = vec![false; levels.len()];
    present.first().into_iter().chain(&own).for_each(|&l| told_apart[l] = true);
    let is_other = |i: usize| codes[i] != MISSING && !told_apart[codes[i] as usize];
    let has_indicator = gaps::are_told_apart(rows.iter().filter(|&&i| codes[i] == MISSING).count());
    InputEncoding::Categorical {
        name: name.to_owned(),
        reference,
        levels: own.iter().map(|&l| (levels[l].clone(), learn_indicator(is(l), weight))).collect(),
        other: (rest > 0).then(|| learn_indicator(rows.iter().map(|&i| is_other(i)), weight)),
        missing: has_indicator.then(|| learn_indicator(rows.iter().map(|&i| codes[i] == MISSING), weight)),
        source,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(n: usize) -> Vec<usize> {
        (0..n).collect()
    }

    #[test]
    fn features_of_numbers_categories_and_gaps() {
        let age = [1.0, 2.0, 3.0, 4.0].into_iter().chain([f64::NAN; 5]);
        let hue = [Some("red"), Some("blue"), Some("red"), Some("red")].into_iter().chain([None; 5]);
        let table = Table::new(vec![])
            .and_then(|t| t.with_column("age", Values::Numeric(age.collect())))
            .and_then(|t| t.with_column("hue", Values::from_text(hue)))
            .unwrap();
        let names = ["age".to_owned(), "hue".to_owned()];
        let (encoding, messages) = Encoding::learn(&table, &names, &all(9), &[1.0; 9]).unwrap();
        assert_eq!(encoding.feature_names(), ["age", "age missing", "hue=blue", "hue missing"]);
        assert_eq!(encoding.input_of_feature(), [0, 0, 1, 1]);
        assert!(messages.is_empty(), "{messages:?}");
        let (x, messages) = encoding.apply(&table, &all(9)).unwrap();
        assert!(messages.is_empty());
        assert_eq!(x.get(4, 0), 0.0, "a missing number is the mean");
        for j in 0..4 {
            assert!(x.column(j).iter().sum::<f64>().abs() < 1e-12);
        }
    }

    /// Their coefficients would be those of single rows.
    #[test]
    fn fewer_than_five_gaps_are_filled() {
        let table = Table::new(vec![])
            .and_then(|t| {
                t.with_column("age", Values::Numeric([1.0, 2.0, 3.0].into_iter().chain([f64::NAN; 4]).collect()))
            })
            .and_then(|t| t.with_column("hue", Values::from_text([Some("red"); 6].into_iter().chain([None]))))
            .unwrap();
        let names = ["age".to_owned(), "hue".to_owned()];
        let (encoding, messages) = Encoding::learn(&table, &names, &all(7), &[1.0; 7]).unwrap();
        assert_eq!(encoding.feature_names(), ["age"]);
        assert_eq!(
            messages,
            [
                "fewer than 5 missing cells each in `age`, `hue`: filled with the mean or the most frequent category, without an indicator"
            ]
        );
        // Rows of weight zero teach nothing.
        let weight = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(Encoding::learn(&table, &names[..1], &all(7), &weight).unwrap().1, [""; 0]);
    }

    #[test]
    fn new_tables_may_differ() {
        let train = Table::new(vec![])
            .and_then(|t| t.with_column("age", Values::Numeric(vec![1.0, 2.0, 3.0])))
            .and_then(|t| t.with_column("code", Values::from_text([Some("1"), Some("2"), Some("1")])))
            .unwrap();
        let names = ["age".to_owned(), "code".to_owned()];
        let (encoding, _) = Encoding::learn(&train, &names, &all(3), &[1.0; 3]).unwrap();
        let new = Table::new(vec![])
            .and_then(|t| t.with_column("code", Values::Numeric(vec![2.0, 7.0])))
            .and_then(|t| t.with_column("age", Values::from_text([Some("2"), None])))
            .unwrap();
        let (x, messages) = encoding.apply(&new, &all(2)).unwrap();
        assert!(x.get(0, 0).abs() < 1e-12 && x.get(0, 1) > 0.0 && x.get(1, 1) < 0.0);
        assert!(messages.iter().any(|m| m.contains("`7` in row 2")), "{messages:?}");
        let bad = Table::new(vec![]).and_then(|t| t.with_column("aged", Values::Numeric(vec![1.0]))).unwrap();
        assert!(encoding.apply(&bad, &[0]).unwrap_err().to_string().contains("`aged`"));
    }

    #[test]
    fn many_categories_share_one_feature() {
        let cells: Vec<String> = (0..10_000).map(|i| format!("c{i}")).collect();
        let values = Values::from_text(cells.iter().map(|c| Some(c.as_str())));
        let table = Table::new(vec![]).and_then(|t| t.with_column("c", values)).unwrap();
        let (encoding, messages) =
            Encoding::learn(&table, &["c".to_owned()], &all(10_000), &vec![1.0; 10_000]).unwrap();
        assert_eq!(encoding.n_features(), MAX_LEVELS + 1);
        assert!(messages[0].contains("10000 categories"));
        assert!(encoding.apply(&table, &all(10_000)).is_ok());
    }

    #[test]
    fn a_column_whose_spread_is_below_precision_is_said_to_be_taken_as_constant() {
        let said = |cell: &dyn Fn(usize) -> f64| {
            let table = Table::from_columns(vec![(0..40).map(cell).collect()]).unwrap();
            Encoding::learn(&table, &["x1".to_owned()], &all(40), &[1.0; 40]).unwrap().1.join("; ")
        };
        let text = said(&|i| 1e-310 * i as f64);
        assert!(
            text.starts_with(
                "column `x1` varies by less than numbers of double precision can tell, 3.9e-309 beside 3.9e-309"
            ),
            "{text}"
        );
        assert!(said(&|i| 1e16 + 2.0 * (i % 2) as f64).contains("2 beside 1e16: it is taken as constant"));
        assert_eq!((said(&|i| 1e-300 * i as f64), said(&|_| 3.0), said(&|i| 1e6 + i as f64)), Default::default());
    }

    #[test]
    fn features_that_do_not_vary_in_a_fold_are_zero() {
        let text = [Some("a"), Some("a"), Some("a"), Some("b"), None];
        let table = Table::new(vec![])
            .and_then(|t| t.with_column("flat", Values::Numeric(vec![0.1, 0.1, 0.1, 9.0, 9.0])))
            .and_then(|t| t.with_column("gone", Values::Numeric(vec![f64::NAN, f64::NAN, f64::NAN, 5.0, 6.0])))
            .and_then(|t| t.with_column("text", Values::from_text(text)))
            .unwrap();
        let names = ["flat".to_owned(), "gone".to_owned(), "text".to_owned()];
        let (encoding, _) = Encoding::learn(&table, &names, &[0, 1, 2], &[1.0; 3]).unwrap();
        assert_eq!(encoding.feature_names(), ["flat", "gone"]);
        let (x, messages) = encoding.apply(&table, &all(5)).unwrap();
        assert!(x.values().iter().all(|&v| v == 0.0), "{x:?}");
        assert!(encoding.feature_scaling().iter().all(|s| s.scale == 1.0));
        assert!(messages.iter().any(|m| m.contains("`b` in row 4")), "{messages:?}");
        assert!(messages.iter().any(|m| m.contains("1 missing cell, the first in row 5")), "{messages:?}");
        // Nothing in it is an infinity that a file could not hold.
        let json = serde_json::to_string(&encoding).unwrap();
        assert_eq!(serde_json::from_str::<Encoding>(&json).unwrap(), encoding);
    }

    /// Cells of a numeric column, cells of a text column, a weight.
    fn row() -> impl Strategy<Value = (f64, Option<u8>, f64)> {
        let number = prop_oneof![
            6 => -1e3..1e3f64,
            1 => Just(f64::NAN),
            1 => prop::sample::select(vec![f64::MAX, -1e300, 1e300, 1e-300, -1e-300, 5e-324, 0.0]),
        ];
        (number, prop::option::weighted(0.8, 0..70u8), 0.1..3.0f64)
    }

    fn table_of(rows: &[(f64, Option<u8>, f64)]) -> Table {
        let text: Vec<Option<String>> = rows.iter().map(|r| r.1.map(|level| format!("level {level}"))).collect();
        Table::new(vec![])
            .and_then(|t| t.with_column("v", Values::Numeric(rows.iter().map(|r| r.0).collect())))
            .and_then(|t| t.with_column("c", Values::from_text(text.iter().map(|c| c.as_deref()))))
            .unwrap()
    }

    proptest! {
        #[test]
        fn features_are_standardised_and_finite(
            train in prop::collection::vec(row(), 0..150),
            new in prop::collection::vec(row(), 0..20),
        ) {
            let n = train.len();
            let weight: Vec<f64> = train.iter().map(|r| r.2).collect();
            let names = ["v".to_owned(), "c".to_owned()];
            let (encoding, _) = Encoding::learn(&table_of(&train), &names, &all(n), &weight).unwrap();
            let (x, messages) = encoding.apply(&table_of(&train), &all(n)).unwrap();
            let is_of_few_gaps = |message: &String| message.contains("hardly any in training");
            prop_assert!(messages.iter().all(is_of_few_gaps), "training rows hold nothing new: {:?}", messages);
            prop_assert_eq!(x.n_columns(), encoding.n_features());
            let total: f64 = weight.iter().sum();
            for j in 0..x.n_columns() {
                let moment = |power| x.column(j).iter().zip(&weight).map(|(x, w)| w * x.powi(power)).sum::<f64>();
                prop_assert!(x.column(j).iter().all(|v| v.is_finite()));
                if x.column(j).iter().any(|&v| v != 0.0) {
                    prop_assert!((moment(1) / total).abs() < 1e-9, "mean {}", moment(1) / total);
                    prop_assert!((moment(2) / total - 1.0).abs() < 1e-9, "variance {}", moment(2) / total);
                }
            }
            let (x, _) = encoding.apply(&table_of(&new), &all(new.len())).unwrap();
            prop_assert!(x.values().iter().all(|v| v.is_finite()));
            // Rows that were not learned from change nothing, be they left out or of weight zero.
            let together = table_of(&[train.as_slice(), &new].concat());
            prop_assert_eq!(&Encoding::learn(&together, &names, &all(n), &weight).unwrap().0, &encoding);
            let zeros = [weight, vec![0.0; new.len()]].concat();
            prop_assert_eq!(&Encoding::learn(&together, &names, &all(zeros.len()), &zeros).unwrap().0, &encoding);
        }
    }
}
