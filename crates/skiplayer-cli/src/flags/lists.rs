//! Lists as they are typed: columns and rows.

use std::str::FromStr;

/// Names of columns, separated by commas; double quotes keep a comma inside a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns(pub Vec<String>);

impl FromStr for Columns {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let mut names = Vec::new();
        let mut name = String::new();
        let mut is_quoted = false;
        for c in text.chars() {
            match c {
                '"' => is_quoted = !is_quoted,
                ',' if !is_quoted => names.push(std::mem::take(&mut name)),
                _ => name.push(c),
            }
        }
        names.push(name);
        if is_quoted {
            return Err("a double quote is never closed".to_owned());
        }
        let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
        if names.iter().any(String::is_empty) {
            return Err("a name is empty: is there a comma too many?".to_owned());
        }
        Ok(Self(names))
    }
}

/// Indices of rows, from `1,5-7`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows(pub Vec<usize>);

/// More rows than any table on a machine of today has.
const MOST_ROWS: usize = 1 << 32;

impl FromStr for Rows {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let expected = || "expected row numbers from 1, such as 1,5-7".to_owned();
        let number = |text: &str| text.trim().parse::<usize>().map_err(|_| expected());
        let mut rows = Vec::new();
        for part in text.split(',') {
            let (from, to) = match part.split_once('-') {
                Some((from, to)) => (number(from)?, number(to)?),
                None => (number(part)?, number(part)?),
            };
            if from == 0 || from > to || to > MOST_ROWS || to - from > 10_000_000 {
                return Err(expected());
            }
            rows.extend(from - 1..to);
        }
        Ok(Self(rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_columns() {
        let names = |text: &str| text.parse::<Columns>().map(|columns| columns.0);
        assert_eq!(names("a, b c ,d").unwrap(), ["a", "b c", "d"]);
        assert_eq!(names("\"strength (MPa, 28 days)\",b").unwrap(), ["strength (MPa, 28 days)", "b"]);
        assert!(names("a,,b").is_err() && names("").is_err() && names("\"a").is_err());
    }

    #[test]
    fn lists_of_rows() {
        let rows = |text: &str| text.parse::<Rows>().map(|rows| rows.0);
        assert_eq!(rows("3, 5-7,1").unwrap(), [2, 4, 5, 6, 0]);
        assert!(["", "0", "5-3", "a", "1-", "-1", "1-99999999999999"].iter().all(|text| rows(text).is_err()));
    }
}
