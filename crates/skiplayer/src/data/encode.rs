//! Inputs: columns of a table become standardised features. Everything is learned on the training rows.

use serde::{Deserialize, Serialize};

use super::standard::Standard;
use super::target::class_name;
use super::{MISSING, Matrix, Table, Values, nearest_name};
use crate::{Error, Result};

/// Levels of a category that get a feature of their own; the rest are `other`.
const MAX_LEVELS: usize = 50;

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
        /// Range over the training rows.
        range: (f64, f64),
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
    },
}

impl InputEncoding {
    /// The column.
    pub fn name(&self) -> &str {
        match self {
            InputEncoding::Numeric { name, .. } | InputEncoding::Categorical { name, .. } => name,
        }
    }

    /// Names and scales of its features, in order.
    fn features(&self) -> Vec<(String, Standard)> {
        let gone = |name: &str, missing: &Option<Standard>| missing.map(|s| (format!("{name} missing"), s));
        match self {
            InputEncoding::Numeric { name, standard, missing, .. } => {
                [(name.clone(), *standard)].into_iter().chain(gone(name, missing)).collect()
            }
            InputEncoding::Categorical { name, levels, other, missing, .. } => levels
                .iter()
                .map(|(level, s)| (format!("{name}={level}"), *s))
                .chain(other.map(|s| (format!("{name}=other"), s)))
                .chain(gone(name, missing))
                .collect(),
        }
    }
}

impl Encoding {
    /// Learns the encoding of the columns `inputs` from `rows` with their weights; also says what a reader should know.
    pub fn learn(table: &Table, inputs: &[String], rows: &[usize], weight: &[f64]) -> Result<(Self, Vec<String>)> {
        let mut messages = Vec::new();
        let mut encodings = Vec::new();
        for name in inputs {
            let column =
                table.column(name).ok_or_else(|| Error::input(format!("column `{name}`"), "no such column"))?;
            encodings.push(match &column.values {
                Values::Numeric(values) => learn_numeric(name, values, rows, weight),
                Values::Categorical { codes, levels } => {
                    learn_categorical(name, codes, levels, rows, weight, &mut messages)
                }
            });
        }
        Ok((Self { inputs: encodings }, messages))
    }

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

    /// Standardised features (rows, features), and what was unusual about the cells.
    ///
    /// # Errors
    /// A column that is not there, or text where the model has a number.
    pub fn apply(&self, table: &Table, rows: &[usize]) -> Result<(Matrix, Vec<String>)> {
        let mut messages = Vec::new();
        let mut columns: Vec<Vec<f64>> = Vec::with_capacity(self.n_features());
        for input in &self.inputs {
            let name = input.name();
            let Some(column) = table.column(name) else {
                let error =
                    Error::input(format!("column `{name}`"), "no such column").expected("a column that the model uses");
                let near = nearest_name(name, table.columns().iter().map(|c| c.name.as_str()));
                return Err(match near {
                    Some(near) => error.hint(format!("is it `{near}` in this file? Rename it")),
                    None => error,
                });
            };
            match input {
                InputEncoding::Numeric { standard, missing, .. } => {
                    let values = as_numbers(name, &column.values, rows)?;
                    let absent = values.iter().filter(|v| v.is_nan()).count();
                    if absent > 0 && missing.is_none() {
                        messages.push(format!(
                            "column `{name}`: {absent} missing cells, none in training; filled with the mean {}",
                            standard.mean
                        ));
                    }
                    let fill = |v: &f64| if v.is_nan() { 0.0 } else { standard.apply(*v) };
                    columns.push(values.iter().map(fill).collect());
                    if let Some(missing) = missing {
                        columns.push(values.iter().map(|v| indicator(v.is_nan(), missing)).collect());
                    }
                }
                InputEncoding::Categorical { reference, levels, other, missing, .. } => {
                    let cells = as_text(&column.values, rows);
                    let known = |cell: &str| cell == reference || levels.iter().any(|(level, _)| level == cell);
                    if other.is_none() {
                        unknown_levels(name, &cells, rows, reference, known, &mut messages);
                    }
                    let absent = cells.iter().filter(|c| c.is_none()).count();
                    if absent > 0 && missing.is_none() {
                        messages.push(format!(
                            "column `{name}`: {absent} missing cells, none in training; taken as `{reference}`"
                        ));
                    }
                    for (level, standard) in levels {
                        columns.push(cells.iter().map(|c| indicator(c.as_deref() == Some(level), standard)).collect());
                    }
                    if let Some(other) = other {
                        let is_other = |c: &Option<String>| c.as_deref().is_some_and(|c| !known(c));
                        columns.push(cells.iter().map(|c| indicator(is_other(c), other)).collect());
                    }
                    if let Some(missing) = missing {
                        columns.push(cells.iter().map(|c| indicator(c.is_none(), missing)).collect());
                    }
                }
            }
        }
        Ok((Matrix::from_columns(rows.len(), &columns), messages))
    }
}

fn indicator(is: bool, standard: &Standard) -> f64 {
    standard.apply(f64::from(u8::from(is)))
}

fn learn_indicator(is: impl Iterator<Item = bool>, weight: &[f64]) -> Standard {
    let values: Vec<f64> = is.map(|b| f64::from(u8::from(b))).collect();
    Standard::learn(&values, weight)
}

fn learn_numeric(name: &str, values: &[f64], rows: &[usize], weight: &[f64]) -> InputEncoding {
    let chosen: Vec<f64> = rows.iter().map(|&i| values[i]).collect();
    let present = || chosen.iter().copied().filter(|v| !v.is_nan());
    let any_missing = chosen.iter().any(|v| v.is_nan());
    InputEncoding::Numeric {
        name: name.to_owned(),
        standard: Standard::learn(&chosen, weight),
        missing: any_missing.then(|| learn_indicator(chosen.iter().map(|v| v.is_nan()), weight)),
        range: (present().fold(f64::INFINITY, f64::min), present().fold(f64::NEG_INFINITY, f64::max)),
    }
}

fn learn_categorical(
    name: &str,
    codes: &[u32],
    levels: &[String],
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
        messages.push(format!(
            "column `{name}` has {} categories: the {MAX_LEVELS} most frequent and `{reference}` are told apart, \
             {rest} rarer ones are taken together as `other`",
            present.len()
        ));
    }
    own.sort_by(|&a, &b| levels[a].cmp(&levels[b]));
    let is = |level: usize| rows.iter().map(move |&i| codes[i] == level as u32);
    let mut told_apart = vec![false; levels.len()];
    present.first().into_iter().chain(&own).for_each(|&l| told_apart[l] = true);
    let is_other = |i: usize| codes[i] != MISSING && !told_apart[codes[i] as usize];
    let any_missing = rows.iter().any(|&i| codes[i] == MISSING);
    InputEncoding::Categorical {
        name: name.to_owned(),
        reference,
        levels: own.iter().map(|&l| (levels[l].clone(), learn_indicator(is(l), weight))).collect(),
        other: (rest > 0).then(|| learn_indicator(rows.iter().map(|&i| is_other(i)), weight)),
        missing: any_missing.then(|| learn_indicator(rows.iter().map(|&i| codes[i] == MISSING), weight)),
    }
}

/// Numbers of a column; text that holds numbers will do.
fn as_numbers(name: &str, values: &Values, rows: &[usize]) -> Result<Vec<f64>> {
    match values {
        Values::Numeric(values) => Ok(rows.iter().map(|&i| values[i]).collect()),
        Values::Categorical { codes, levels } => rows
            .iter()
            .map(|&i| {
                if codes[i] == MISSING {
                    return Ok(f64::NAN);
                }
                let text = &levels[codes[i] as usize];
                text.parse().ok().filter(|v: &f64| v.is_finite()).ok_or_else(|| {
                    Error::input(format!("column `{name}`"), format!("the text `{text}` in row {}", i + 1))
                        .expected("a number, as in training")
                })
            })
            .collect(),
    }
}

/// Text of a column; a number is the category of the same name.
fn as_text(values: &Values, rows: &[usize]) -> Vec<Option<String>> {
    let cell = |i: usize| match values {
        Values::Numeric(values) => (!values[i].is_nan()).then(|| class_name(values[i])),
        Values::Categorical { codes, levels } => (codes[i] != MISSING).then(|| levels[codes[i] as usize].clone()),
    };
    rows.iter().map(|&i| cell(i)).collect()
}

fn unknown_levels(
    name: &str,
    cells: &[Option<String>],
    rows: &[usize],
    reference: &str,
    known: impl Fn(&str) -> bool,
    messages: &mut Vec<String>,
) {
    let unknown: Vec<usize> = (0..cells.len()).filter(|&i| cells[i].as_deref().is_some_and(|c| !known(c))).collect();
    if let Some(&first) = unknown.first() {
        messages.push(format!(
            "column `{name}`: {} rows hold a category that training did not (`{}` in row {} is the first); taken as \
             `{reference}`",
            unknown.len(),
            cells[first].as_deref().unwrap_or_default(),
            rows[first] + 1
        ));
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
        let table = Table::new(vec![])
            .and_then(|t| t.with_column("age", Values::Numeric(vec![1.0, f64::NAN, 3.0, 4.0])))
            .and_then(|t| t.with_column("hue", Values::from_text([Some("red"), Some("blue"), Some("red"), None])))
            .unwrap();
        let names = ["age".to_owned(), "hue".to_owned()];
        let (encoding, _) = Encoding::learn(&table, &names, &all(4), &[1.0; 4]).unwrap();
        assert_eq!(encoding.feature_names(), ["age", "age missing", "hue=blue", "hue missing"]);
        assert_eq!(encoding.input_of_feature(), [0, 0, 1, 1]);
        let (x, messages) = encoding.apply(&table, &all(4)).unwrap();
        assert!(messages.is_empty());
        assert_eq!(x.get(1, 0), 0.0, "a missing number is the mean");
        for j in 0..4 {
            assert!(x.column(j).iter().sum::<f64>().abs() < 1e-12);
        }
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

    proptest! {
        #[test]
        fn features_are_standardised_and_finite(
            values in prop::collection::vec(prop_oneof![4 => -1e6..1e6f64, 1 => Just(f64::NAN), 1 => Just(1e300)], 3..60),
            outsiders in prop::collection::vec(-1e9..1e9f64, 0..5),
        ) {
            let n = values.len();
            let mut column = values.clone();
            column.extend(&outsiders);
            let table = Table::new(vec![]).and_then(|t| t.with_column("v", Values::Numeric(column))).unwrap();
            let weight: Vec<f64> = (0..n).map(|i| 0.5 + (i % 2) as f64).collect();
            let (encoding, _) = Encoding::learn(&table, &["v".to_owned()], &all(n), &weight).unwrap();
            let (x, _) = encoding.apply(&table, &all(n)).unwrap();
            let total: f64 = weight.iter().sum();
            prop_assert!(x.values().iter().all(|v| v.is_finite()));
            let present: f64 = (0..n).filter(|&i| !values[i].is_nan()).map(|i| weight[i] * x.get(i, 0)).sum();
            prop_assert!((present / total).abs() < 1e-6);
            // Rows that were not learned from change nothing.
            let alone = Table::new(vec![]).and_then(|t| t.with_column("v", Values::Numeric(values))).unwrap();
            prop_assert_eq!(Encoding::learn(&alone, &["v".to_owned()], &all(n), &weight).unwrap().0, encoding);
        }
    }
}
