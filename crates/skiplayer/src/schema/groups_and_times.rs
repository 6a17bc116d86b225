//! Columns that say which rows belong together and which come first.

use std::collections::HashMap;
use std::hash::Hash;

use super::options::{GROUP, TIME};
use super::spec::TargetSpec;
use crate::table::{Column, Values, cell};
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
pub fn groups(column: &Column, spec: &TargetSpec, rows: &[usize]) -> Result<Vec<usize>> {
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

/// Time of each of `rows`: the numbers of a numeric column, or seconds of ISO dates such as `2024-03-01 17:30`.
pub fn times(column: &Column, spec: &TargetSpec, rows: &[usize]) -> Result<Vec<f64>> {
    let place = || TIME.to(&column.name);
    let expected = "numbers, or dates such as 2024-03-01 or 2024-03-01 17:30:00";
    let time = |i: usize| {
        if column.values.is_missing(i) {
            return Err(Error::input(place(), format!("a missing cell in {}", spec.row(i))).expected(expected));
        }
        match &column.values {
            Values::Numeric(values) => Ok(values[i]),
            Values::Categorical { .. } => {
                let text = cell::text(&column.values, i);
                seconds(&text).ok_or_else(|| {
                    Error::input(place(), format!("`{text}` in {}", spec.row(i)))
                        .expected(expected)
                        .hint("write dates as year-month-day")
                })
            }
        }
    };
    let times = rows.iter().map(|&i| time(i)).collect::<Result<Vec<f64>>>()?;
    if times.iter().all(|t| *t == times[0]) {
        return Err(Error::input(place(), "the same time in every row").expected("times that differ"));
    }
    Ok(times)
}

/// Whether a column of times would take a text for a date.
pub fn is_date(text: &str) -> bool {
    seconds(text).is_some()
}

/// Seconds since year 0 of an ISO date with or without a time of day.
fn seconds(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches('Z');
    let (date, clock) = match text.split_once(['T', ' ']) {
        Some((date, clock)) => (date, Some(clock)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let (year, month) = (parts.next()?, parts.next()?);
    let day = parts.next().unwrap_or("1");
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    let (year, month, day): (i64, i64, i64) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let mut total = days(year, month, day) as f64 * 86_400.0;
    if let Some(clock) = clock {
        let mut unit = 3600.0;
        for part in clock.split(':') {
            let value: f64 = part.parse().ok().filter(|v: &f64| (0.0..=60.0).contains(v))?;
            total += unit * value;
            unit /= 60.0;
        }
    }
    Some(total)
}

/// Days since 0000-03-01 in the Gregorian calendar: years begin in March, so that the leap day is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let month = (month + 9) % 12;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + (306 * month + 5) / 10 + day - 1
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

    #[test]
    fn dates_are_in_order_and_a_day_apart() {
        let day = |text| seconds(text).map(|s| s / 86_400.0);
        assert_eq!(day("2024-03-01").unwrap() - day("2024-02-28").unwrap(), 2.0);
        assert_eq!(day("2023-03-01").unwrap() - day("2023-02-28").unwrap(), 1.0);
        assert_eq!(day("2000-01-01").unwrap() - day("1999-12-31").unwrap(), 1.0);
        assert_eq!(day("2025-01-01").unwrap() - day("2024-01-01").unwrap(), 366.0);
        assert_eq!(seconds("2024-03-01T12:30:15Z").unwrap() - seconds("2024-03-01").unwrap(), 45_015.0);
        for bad in ["", "soon", "01/02/2024", "2024-13-01", "2024-01-40", "2024-01-01 99:00", "24-01-01"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
