//! What the text of one cell means: missing, a number, a truth value or a category.

use std::borrow::Cow;

/// Cells that are missing values, exactly as written here; any spelling of NaN is one too.
///
/// `none` in lower case is missing among numbers only: it is a category in too many tables (symptoms, defects).
pub const MISSING_WORDS: [&str; 14] =
    ["", "NA", "na", "N/A", "n/a", "#N/A", "<NA>", "NaN", "null", "NULL", "Null", "None", "?", "."];

/// Whether a trimmed cell is a missing value.
pub fn is_missing(cell: &str) -> bool {
    // Nearly every cell of a table is longer than these or starts with a digit.
    cell.is_empty()
        || (cell.len() <= 4 && !cell.as_bytes()[0].is_ascii_digit() && (MISSING_WORDS.contains(&cell) || is_nan(cell)))
}

/// Whether a trimmed cell is missing if its column holds numbers, and a category if it holds text.
pub fn is_missing_number(cell: &str) -> bool {
    cell == "none"
}

fn is_nan(cell: &str) -> bool {
    cell.strip_prefix(['-', '+']).unwrap_or(cell).eq_ignore_ascii_case("nan")
}

/// What stands between the whole and the fraction in the numbers of a column, as far as its cells have shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    /// Only whole numbers yet, and a comma would be allowed.
    Open,
    Point,
    Comma,
}

/// The number in a trimmed cell, which may be infinite; a first decimal mark settles that of the column.
pub fn number(cell: &str, mark: &mut DecimalMark) -> Option<f64> {
    if *mark == DecimalMark::Point {
        return cell.parse().ok();
    }
    let (shown, text) = if cell.contains(',') {
        // A point beside the comma separates thousands in some countries; guessing which is how numbers go wrong.
        if cell.contains('.') || cell.matches(',').count() > 1 {
            return None;
        }
        (DecimalMark::Comma, Cow::Owned(cell.replace(',', ".")))
    } else if cell.contains('.') {
        if *mark == DecimalMark::Comma {
            return None;
        }
        (DecimalMark::Point, Cow::Borrowed(cell))
    } else {
        (*mark, Cow::Borrowed(cell))
    };
    let value = text.parse().ok()?;
    *mark = shown;
    Some(value)
}

/// The category of a trimmed cell: truth values in lower case, so that `True` here and `TRUE` in the next file are one
/// level; other text as it is.
pub fn category(cell: &str) -> &str {
    if cell.eq_ignore_ascii_case("true") {
        "true"
    } else if cell.eq_ignore_ascii_case("false") {
        "false"
    } else {
        cell
    }
}

/// A cell for a message: on one line, and not too long.
pub fn quoted(cell: &str) -> String {
    const LONGEST: usize = 40;
    let mut shown: String = cell.chars().take(LONGEST).collect::<String>().escape_debug().collect();
    if cell.chars().count() > LONGEST {
        shown.push('…');
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_words_and_not() {
        assert!(MISSING_WORDS.iter().all(|word| is_missing(word)));
        assert!(["nan", "-NaN", "NAN"].iter().all(|word| is_missing(word)));
        assert!(is_missing_number("none"));
        assert!(!["none", "no", "0", "Nano", "-", "é"].iter().any(|word| is_missing(word)));
    }

    #[test]
    fn numbers_keep_one_decimal_mark() {
        let mut mark = DecimalMark::Open;
        assert_eq!(number("3", &mut mark), Some(3.0));
        assert_eq!(number("3,25", &mut mark), Some(3.25));
        assert_eq!(number("3.25", &mut mark), None);
        assert_eq!(number("1,2,3", &mut mark), None);
        let mut mark = DecimalMark::Open;
        assert_eq!(number("-2.5e-3", &mut mark), Some(-2.5e-3));
        assert_eq!(number("3,25", &mut mark), None);
        assert_eq!(number("1e300", &mut mark), Some(1e300));
        assert_eq!(number("-inf", &mut mark), Some(f64::NEG_INFINITY));
        assert_eq!(number("1_000", &mut mark), None);
    }

    #[test]
    fn cells_in_messages_stay_on_one_line() {
        assert_eq!(quoted("a\nb"), "`a\\nb`");
        assert_eq!(quoted(&"é".repeat(50)).chars().count(), 43);
    }
}
