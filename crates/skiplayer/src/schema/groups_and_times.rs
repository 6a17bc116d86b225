//! Columns that say which rows belong together and which come first.

use std::collections::HashMap;
use std::hash::Hash;

use super::options::{GROUP, TIME};
use super::spec::ColumnRoles;
use crate::table::{Column, Values, dates};
use crate::{Error, Result, message};

/// The number of each key: equal ones have the same, counted from 0 in the order of appearance.
pub fn numbered<K: Eq + Hash>(keys: impl IntoIterator<Item = K>) -> Vec<usize> {
    let mut numbers = HashMap::new();
    let number = |key| {
        let next = numbers.len();
        *numbers.entry(key).or_insert(next)
    };
    keys.into_iter().map(number).collect()
}

/// Group of each of `rows`, numbered in the order of appearance.
pub fn groups(column: &Column, spec: &ColumnRoles, rows: &[usize]) -> Result<Vec<usize>> {
    let place = || GROUP.to(&column.name);
    let mut keys = Vec::with_capacity(rows.len());
    for &i in rows {
        if column.values.is_missing(i) {
            return Err(Error::input(place(), format!("a missing cell in {}", spec.row(i)))
                .expected("a group for every row")
                .hint("fill the cell, or leave the row out"));
        }
        keys.push(match &column.values {
            Values::Numeric(values) => values[i].to_bits(),
            Values::Categorical { codes, .. } => u64::from(codes[i]),
        });
    }
    let groups = numbered(keys);
    match groups.iter().max().map_or(0, |last| last + 1) {
        1 => Err(Error::input(place(), "one group only").expected("at least two")),
        n if n == rows.len() => Err(Error::input(place(), "a different group in every row")
            .expected("groups of several rows")
            .hint(message!["without ", &GROUP, " rows are divided one by one, which is then the same"])),
        _ => Ok(groups),
    }
}

/// Inner fold of each of `rows` from those of all `n_rows`, numbered in the order of appearance.
pub fn inner_folds(of_table: &[usize], n_rows: usize, rows: &[usize]) -> Result<Vec<usize>> {
    if of_table.len() != n_rows {
        return Err(Error::input("inner folds", format!("{} numbers", of_table.len()))
            .expected(format!("one for each of {n_rows} rows")));
    }
    let folds = numbered(rows.iter().map(|&i| of_table[i]));
    if folds.iter().all(|fold| *fold == 0) {
        return Err(Error::input("inner folds", "one fold only").expected("at least two with rows that are used"));
    }
    Ok(folds)
}

/// Time of each of `rows`: the numbers of a numeric column, whatever they mean, or the dates and times in a column of text.
///
/// # Errors
/// Missing cells, text that is no date (naming the row), dates whose day and month cannot be told apart, and times that do not
/// differ.
pub fn times(column: &Column, spec: &ColumnRoles, rows: &[usize]) -> Result<Vec<f64>> {
    let place = || TIME.to(&column.name);
    let expected = "numbers, or dates such as 2024-03-01 or 2024-03-01 17:30:00";
    if let Some(&i) = rows.iter().find(|&&i| column.values.is_missing(i)) {
        return Err(Error::input(place(), format!("a missing cell in {}", spec.row(i))).expected(expected));
    }
    let times: Vec<f64> = match &column.values {
        Values::Numeric(values) => rows.iter().map(|&i| values[i]).collect(),
        Values::Categorical { codes, levels } => {
            let bad = |i: usize| {
                Error::input(place(), format!("`{}` in {}", column.text(i), spec.row(i)))
                    .expected(expected)
                    .hint("write dates as year-month-day")
            };
            match dates::read(levels.iter().map(String::as_str), None) {
                dates::Reading::Times { values, .. } => rows.iter().map(|&i| values[codes[i] as usize]).collect(),
                dates::Reading::Ambiguous { example } => {
                    return Err(Error::input(place(), format!("dates such as `{example}`"))
                        .expected("dates in which day and month can be told apart")
                        .hint("write them as year-month-day, or say which comes first, the day or the month"));
                }
                dates::Reading::Text => {
                    let is_date = |i: &&usize| dates::is_date(&levels[codes[**i] as usize]);
                    let first = rows.iter().find(|i| !is_date(i)).or(rows.first());
                    return Err(first.map_or_else(|| Error::input(place(), "no row"), |&i| bad(i)));
                }
            }
        }
    };
    if times.iter().all(|t| *t == times[0]) {
        return Err(Error::input(place(), "the same time in every row").expected("times that differ"));
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_numbered_without_gaps_in_the_order_of_appearance() {
        assert_eq!(numbered(["b", "a", "b", "c"]), [0, 1, 0, 2]);
        assert_eq!(numbered([7, 7]), [0, 0]);
        assert!(numbered::<u8>([]).is_empty());
    }
}
