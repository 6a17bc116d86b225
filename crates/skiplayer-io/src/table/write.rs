//! Columns to CSV.

use std::borrow::Cow;
use std::fmt::Write;

use skiplayer::{Error, Result};

/// Cells of a column on its way out.
#[derive(Debug, Clone, PartialEq)]
pub enum OutputColumn {
    /// `NaN` is written as an empty cell.
    Numeric(Vec<f64>),
    /// An empty text is an empty cell, and so read back as missing.
    Text(Vec<String>),
}

impl OutputColumn {
    fn len(&self) -> usize {
        match self {
            OutputColumn::Numeric(numbers) => numbers.len(),
            OutputColumn::Text(texts) => texts.len(),
        }
    }

    fn write_cell(&self, row: usize, text: &mut String) {
        match self {
            OutputColumn::Numeric(numbers) => write_number(numbers[row], text),
            OutputColumn::Text(texts) => text.push_str(&quoted(&texts[row])),
        }
    }
}

/// Named columns as CSV: a header, `,` between cells, `\n` at the end of each line, quotes where needed. Numbers are the
/// shortest decimals that read back as the same number.
///
/// ```
/// use skiplayer_io::{OutputColumn, to_csv};
///
/// let columns = [
///     ("age".to_owned(), OutputColumn::Numeric(vec![39.5, f64::NAN])),
///     ("who".to_owned(), OutputColumn::Text(vec!["Bob".to_owned(), "Smith, Ann".to_owned()])),
/// ];
/// assert_eq!(to_csv(&columns).unwrap(), "age,who\n39.5,Bob\n,\"Smith, Ann\"\n");
/// ```
///
/// # Errors
/// [`ErrorKind::Failure`](skiplayer::ErrorKind::Failure) if the columns differ in length, naming two that do.
///
/// # Complexity
/// Linear in the size of the text.
pub fn to_csv(columns: &[(String, OutputColumn)]) -> Result<String> {
    let mut text = String::new();
    write_line(&mut text, columns, |(name, _), text| text.push_str(&quoted(name)));
    text.push_str(&rows_to_csv(columns)?);
    Ok(text)
}

/// As [`to_csv`] without the header, for the rows that follow others.
///
/// # Errors
/// Those of [`to_csv`].
pub fn rows_to_csv(columns: &[(String, OutputColumn)]) -> Result<String> {
    let n_rows = columns.first().map_or(0, |(_, column)| column.len());
    if let Some((name, column)) = columns.iter().find(|(_, column)| column.len() != n_rows) {
        return Err(Error::failure(
            format!("writing column `{name}`"),
            format!("it has {} rows, and column `{}` has {n_rows}", column.len(), columns[0].0),
        ));
    }
    let mut text = String::new();
    for row in 0..n_rows {
        write_line(&mut text, columns, |(_, column), text| column.write_cell(row, text));
    }
    Ok(text)
}

fn write_line<T>(text: &mut String, columns: &[T], write_cell: impl Fn(&T, &mut String)) {
    let start = text.len();
    for (number, column) in columns.iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        write_cell(column, text);
    }
    if text.len() == start {
        // A line without any character would be skipped by readers: it is one empty cell.
        text.push_str("\"\"");
    }
    text.push('\n');
}

/// Plain digits, and an exponent where they would be mostly zeros (`1e300` would be 301 characters).
fn write_number(value: f64, text: &mut String) {
    let size = value.abs();
    // Writing to a string does not fail.
    let _ = if value.is_nan() {
        Ok(())
    } else if size == 0.0 || !size.is_finite() {
        write!(text, "{value}")
    } else if (1e-5..1e16).contains(&size) {
        // Several times as fast as the standard library; the digits are as few, the shortest that are exact.
        let mut digits = zmij::Buffer::new();
        let digits = digits.format_finite(value);
        text.write_str(digits.strip_suffix(".0").unwrap_or(digits))
    } else {
        write!(text, "{value:e}")
    };
}

/// Quotes also around other delimiters, byte order marks and blanks at the ends: readers that guess, or trim, then have
/// nothing to guess.
fn quoted(cell: &str) -> Cow<'_, str> {
    let needs_quotes =
        cell.contains([',', ';', '|', '\t', '"', '\n', '\r', '\u{feff}']) || cell.trim().len() != cell.len();
    if needs_quotes { Cow::Owned(format!("\"{}\"", cell.replace('"', "\"\""))) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Where two shortest numbers are equally near, such as .2 and .3 to a quarter, either may be written.
        #[test]
        fn digits_are_as_few_as_those_of_the_standard_library_and_exact(value in any::<f64>(), near in -1e6..1e6) {
            for value in [value, near, near.round(), -893_889_511_866_958.2] {
                let size = value.abs();
                let mut text = String::new();
                write_number(value, &mut text);
                if value.is_nan() {
                    prop_assert_eq!(text, "");
                } else if size == 0.0 || !size.is_finite() || (1e-5..1e16).contains(&size) {
                    prop_assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(value.to_bits()));
                    prop_assert_eq!(text.len(), value.to_string().len());
                } else {
                    prop_assert_eq!(text, format!("{value:e}"));
                }
            }
        }
    }

    #[test]
    fn numbers_are_short_and_exact() {
        let number = |value: f64| {
            let mut text = String::new();
            write_number(value, &mut text);
            text
        };
        let shown = [0.1, 1.0, -0.0, 1e300, 1e-7, f64::MAX, f64::MIN_POSITIVE, 123456789.25].map(number);
        assert_eq!(shown[..5], ["0.1", "1", "-0", "1e300", "1e-7"]);
        assert!(shown.iter().all(|text| number(text.parse().unwrap()) == *text));
    }

    #[test]
    fn unequal_lengths_are_refused() {
        let columns = [("a".into(), OutputColumn::Numeric(vec![1.0])), ("b".into(), OutputColumn::Text(vec![]))];
        assert_eq!(
            to_csv(&columns).unwrap_err().to_string(),
            "writing column `b`: it has 0 rows, and column `a` has 1"
        );
    }
}
