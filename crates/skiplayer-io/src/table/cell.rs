//! What the text of one cell means: missing, a number, a truth value or a category.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Cells that are missing values unless the caller names others, exactly as written here; any spelling of NaN is one too.
///
/// `none` in lower case is missing among numbers only: it is a category in too many tables (symptoms, defects).
pub const MISSING_WORDS: [&str; 15] =
    ["", "NA", "na", "N/A", "n/a", "#N/A", "<NA>", "NaN", "null", "NULL", "Null", "None", "\\N", "?", "."];

/// What spreadsheets, databases and statistical offices write where there is no number. Missing cells in a column of numbers,
/// however many; categories in a column of text.
const NO_NUMBER: [&str; 33] = [
    "none",
    "-",
    "--",
    "---",
    "\u{2013}",
    "\u{2014}",
    "*",
    "**",
    "..",
    "...",
    "\u{2026}",
    ":",
    "#DIV/0!",
    "#VALUE!",
    "#REF!",
    "#NUM!",
    "#NAME?",
    "#NULL!",
    "#NV",
    "#WERT!",
    "#BEZUG!",
    "#ZAHL!",
    "#DIV/0",
    "N.A.",
    "n.a.",
    "missing",
    "Missing",
    "MISSING",
    "nil",
    "-nan(ind)",
    "1.#IND",
    "1.#QNAN",
    "-1.#IND",
];

/// What stands between the whole and the fraction of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    #[default]
    Point,
    Comma,
}

impl fmt::Display for DecimalMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DecimalMark::Point => "point",
            DecimalMark::Comma => "comma",
        })
    }
}

/// What cells mean, by the rules of one file.
#[derive(Debug, Clone, Default)]
pub struct CellRules {
    /// The words that are missing cells, instead of [`MISSING_WORDS`].
    words: Option<Vec<String>>,
    /// Those among them that are numbers.
    numbers: Vec<f64>,
    /// `None`: not known, and each column shows its own.
    pub decimal: Option<DecimalMark>,
}

impl CellRules {
    /// `words`: what is missing instead of [`MISSING_WORDS`]; empty cells are missing anyway.
    pub fn new(words: Option<Vec<String>>, decimal: Option<DecimalMark>) -> Self {
        let numbers = words.iter().flatten().filter_map(|word| word.trim().parse().ok()).collect();
        Self { words, numbers, decimal }
    }

    /// Whether a trimmed cell is a missing value.
    pub fn is_missing(&self, cell: &str) -> bool {
        // Nearly every cell of a table is longer than the words or starts with a digit.
        match &self.words {
            None => {
                cell.is_empty()
                    || (cell.len() <= 4
                        && !cell.as_bytes()[0].is_ascii_digit()
                        && (MISSING_WORDS.contains(&cell) || is_nan(cell)))
            }
            Some(words) => cell.is_empty() || words.iter().any(|word| word == cell),
        }
    }

    /// Whether a number stands for a missing value.
    pub fn is_missing_number(&self, value: f64) -> bool {
        value.is_nan() || (!self.numbers.is_empty() && self.numbers.contains(&value))
    }
}

/// A cell without the white space around it.
pub fn trimmed(cell: &str) -> &str {
    // Nearly every cell begins and ends with a sign that is none: the look at Unicode's is for the others.
    match cell.as_bytes() {
        [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => cell,
        _ => cell.trim(),
    }
}

/// Whether a trimmed cell is missing if its column holds numbers, and a category if it holds text.
pub fn is_no_number(cell: &str) -> bool {
    NO_NUMBER.contains(&cell)
}

fn is_nan(cell: &str) -> bool {
    cell.strip_prefix(['-', '+']).unwrap_or(cell).eq_ignore_ascii_case("nan")
}

/// The number in a trimmed cell, written plainly; it may be infinite. A first decimal mark settles that of the column.
pub fn number(cell: &str, mark: &mut Option<DecimalMark>) -> Option<f64> {
    if *mark == Some(DecimalMark::Point) {
        return cell.parse().ok().or_else(|| double(cell));
    }
    let (shown, text) = if cell.contains(',') {
        // A point beside the comma separates thousands in some countries: that is no plain number.
        if cell.contains('.') || cell.matches(',').count() > 1 {
            return None;
        }
        (Some(DecimalMark::Comma), Cow::Owned(cell.replace(',', ".")))
    } else if cell.contains('.') {
        if *mark == Some(DecimalMark::Comma) {
            return None;
        }
        (Some(DecimalMark::Point), Cow::Borrowed(cell))
    } else {
        (*mark, Cow::Borrowed(cell))
    };
    let value = text.parse().ok().or_else(|| double(&text))?;
    *mark = shown;
    Some(value)
}

/// A number of double precision as Fortran prints it: `-1.5D+00`.
fn double(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['D', 'd'])?;
    let is_mantissa = mantissa.contains('.') && mantissa.ends_with(|c: char| c == '.' || c.is_ascii_digit());
    if !is_mantissa || !exponent.starts_with(|c: char| matches!(c, '+' | '-') || c.is_ascii_digit()) {
        return None;
    }
    format!("{mantissa}e{exponent}").parse().ok()
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
        let rules = CellRules::default();
        assert!(MISSING_WORDS.iter().all(|word| rules.is_missing(word)));
        assert!(["nan", "-NaN", "NAN"].iter().all(|word| rules.is_missing(word)));
        assert!(["none", "-", "#DIV/0!"].iter().all(|word| is_no_number(word)));
        assert!(!["none", "no", "0", "Nano", "-", "é"].iter().any(|word| rules.is_missing(word)));
    }

    #[test]
    fn other_words_replace_the_usual_ones_and_numbers_among_them_are_compared_as_numbers() {
        let rules = CellRules::new(Some(vec!["NA".into(), "-999".into()]), None);
        assert!(["", "NA", "-999"].iter().all(|word| rules.is_missing(word)));
        assert!(!["None", "n/a", "-999.0"].iter().any(|word| rules.is_missing(word)));
        assert!(
            rules.is_missing_number(-999.0) && rules.is_missing_number(f64::NAN) && !rules.is_missing_number(999.0)
        );
    }

    #[test]
    fn numbers_keep_one_decimal_mark() {
        let mut mark = None;
        assert_eq!(number("3", &mut mark), Some(3.0));
        assert_eq!(number("3,25", &mut mark), Some(3.25));
        assert_eq!(number("3.25", &mut mark), None);
        assert_eq!(number("1,2,3", &mut mark), None);
        let mut mark = None;
        assert_eq!(number("-2.5e-3", &mut mark), Some(-2.5e-3));
        assert_eq!(number("3,25", &mut mark), None);
        assert_eq!(number("1e300", &mut mark), Some(1e300));
        assert_eq!(number("-inf", &mut mark), Some(f64::NEG_INFINITY));
        assert_eq!(number("1_000", &mut mark), None);
        assert_eq!(number("-0.25D+01", &mut mark), Some(-2.5));
        assert_eq!(["3D", "1D5", "0.5D", "2.d", "D1", "1.5Dx"].map(|text| number(text, &mut mark)), [None; 6]);
    }

    #[test]
    fn cells_in_messages_stay_on_one_line() {
        assert_eq!(quoted("a\nb"), "`a\\nb`");
        assert_eq!(quoted(&"é".repeat(50)).chars().count(), 43);
    }
}
