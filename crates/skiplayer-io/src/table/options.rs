//! What a caller may say about a table, and what is kept of it for the next one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use skiplayer::table::dates::DayOrder;
use skiplayer::{Error, Result};

use super::DecimalMark;
use super::spelling::{NumberSpelling, is_currency};

/// How to read a table; the default decides everything from the file.
///
/// ```
/// use skiplayer_io::{DecimalMark, ReadOptions};
///
/// let options = ReadOptions::default().with_numeric(["dose"]).with_missing(["NA", "-999"]).with_decimal(DecimalMark::Comma);
/// assert_eq!(options.numeric, ["dose"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Columns to read as categories even when every cell is a number (postcodes, class labels).
    pub categorical: Vec<String>,
    /// Columns to read as numbers: cells that are not numbers are missing, however many there are.
    pub numeric: Vec<String>,
    /// The words that are missing cells, instead of [`MISSING_WORDS`](super::MISSING_WORDS); empty cells are missing anyway. A
    /// number among them is missing however it is written, in every format.
    pub missing: Option<Vec<String>>,
    /// Lines of a text file to pass over before the table; rows of a sheet.
    pub skip: usize,
    /// Whether the first line holds the names of the columns; `None` looks at the cells. Text and sheets only.
    pub header: Option<bool>,
    /// The names of all columns, in order, for a text file without a header.
    pub columns: Option<Vec<String>>,
    /// Names that the table is known to have (of the target): a first line that holds them all is a header.
    pub known: Vec<String>,
    /// The byte between cells; a blank stands for any number of blanks and tabs. `None` finds out. Text only.
    pub delimiter: Option<u8>,
    /// The decimal mark of the whole file; `None` finds out. Text only.
    pub decimal: Option<DecimalMark>,
    /// What comes first in dates such as 03/04/2024, if no cell of the column shows it.
    pub dates: Option<DayOrder>,
    /// The sheet of a workbook; `None` takes the first.
    pub sheet: Option<String>,
    /// Takes every line below the header for a row, also those that look like units, totals, footnotes or the header again.
    pub all_rows: bool,
    /// Columns of positive numbers that are read as their natural logarithms: `x` becomes `log(x)`.
    pub logarithms: Vec<String>,
    /// How the table was read that a model learned from: where this one leaves a question open, it is answered as there.
    pub as_in: ReadingRules,
}

impl ReadOptions {
    /// With [`categorical`](Self::categorical) columns.
    #[must_use]
    pub fn with_categorical<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.categorical = names.into_iter().map(Into::into).collect();
        self
    }

    /// With [`numeric`](Self::numeric) columns.
    #[must_use]
    pub fn with_numeric<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.numeric = names.into_iter().map(Into::into).collect();
        self
    }

    /// With the order of day and month in [`dates`](Self::dates).
    #[must_use]
    pub fn with_dates(mut self, order: DayOrder) -> Self {
        self.dates = Some(order);
        self
    }

    /// With other [`missing`](Self::missing) words.
    #[must_use]
    pub fn with_missing<S: Into<String>>(mut self, words: impl IntoIterator<Item = S>) -> Self {
        self.missing = Some(words.into_iter().map(Into::into).collect());
        self
    }

    /// With lines to [`skip`](Self::skip).
    #[must_use]
    pub fn with_skip(mut self, n_lines: usize) -> Self {
        self.skip = n_lines;
        self
    }

    /// With or without a [`header`](Self::header).
    #[must_use]
    pub fn with_header(mut self, header: bool) -> Self {
        self.header = Some(header);
        self
    }

    /// With the names of [`columns`](Self::columns).
    #[must_use]
    pub fn with_columns<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.columns = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// With [`known`](Self::known) names.
    #[must_use]
    pub fn with_known<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.known = names.into_iter().map(Into::into).collect();
        self
    }

    /// With a [`delimiter`](Self::delimiter).
    #[must_use]
    pub fn with_delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = Some(delimiter);
        self
    }

    /// With a [`decimal`](Self::decimal) mark.
    #[must_use]
    pub fn with_decimal(mut self, mark: DecimalMark) -> Self {
        self.decimal = Some(mark);
        self
    }

    /// With a [`sheet`](Self::sheet).
    #[must_use]
    pub fn with_sheet(mut self, name: impl Into<String>) -> Self {
        self.sheet = Some(name.into());
        self
    }

    /// With [`all_rows`](Self::all_rows).
    #[must_use]
    pub fn with_all_rows(mut self) -> Self {
        self.all_rows = true;
        self
    }

    /// With [`logarithms`](Self::logarithms) of columns.
    #[must_use]
    pub fn with_logarithms<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.logarithms = names.into_iter().map(Into::into).collect();
        self
    }

    /// Read by the [rules](Self::as_in) of another table.
    #[must_use]
    pub fn with_rules_of(mut self, rules: &ReadingRules) -> Self {
        self.as_in = rules.clone();
        self
    }
}

/// How a table was read, as far as the next one has to be read alike. Travels in the model file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ReadingRules {
    /// The decimal mark of a text file, if it showed one.
    pub decimal: Option<DecimalMark>,
    /// The words that were missing cells, if not the usual ones.
    pub missing: Option<Vec<String>>,
    /// Columns whose numbers are not written plainly.
    pub spellings: BTreeMap<String, NumberSpelling>,
    /// Columns that were read as their logarithms, by the names that they have in the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub logarithms: Vec<String>,
}

impl ReadingRules {
    /// Whether the numbers of another table, read by `other`, are in the units of this one.
    ///
    /// # Errors
    /// A column of `names` that has a percent sign or a unit here and none or another in `file`, or the other way round.
    pub fn check_units(&self, other: &Self, file: &str, names: &[String]) -> Result<()> {
        for name in names {
            let unit = |rules: &Self| rules.spellings.get(name).map_or(String::new(), |spelling| spelling.unit.clone());
            let (here, there) = (unit(self), unit(other));
            // A currency may be left out.
            let is_left_out = (here.is_empty() || there.is_empty()) && is_currency(&[here.as_str(), &there].concat());
            if here != there && !is_left_out {
                let named =
                    |unit: &str| if unit.is_empty() { "no unit".to_owned() } else { format!("the unit `{unit}`") };
                return Err(Error::input(
                    format!("{file}, column `{name}`"),
                    format!("numbers with {}", named(&there)),
                )
                .expected(format!("{}, as in the table that the model learned from", named(&here)))
                .hint("convert the column"));
            }
        }
        Ok(())
    }
}

/// The words that are missing cells, if not the usual ones.
pub fn missing_words(options: &ReadOptions) -> Option<Vec<String>> {
    options.missing.clone().or_else(|| options.as_in.missing.clone())
}
