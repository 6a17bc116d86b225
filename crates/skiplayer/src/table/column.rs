//! A table in memory: named, typed columns with missing values.

use std::collections::HashMap;

use super::meaning::Meaning;
use super::number::number_text;
use crate::{Error, Result};

/// The code of a missing cell in a categorical column.
pub const MISSING: u32 = u32::MAX;

/// Cells of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Finite numbers; `NaN` marks a missing cell.
    Numeric(Vec<f64>),
    /// Text: each cell is an index into `levels`, or [`MISSING`]. Booleans are the levels `false` and `true`.
    Categorical { codes: Vec<u32>, levels: Vec<String> },
}

impl Values {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Values::Numeric(v) => v.len(),
            Values::Categorical { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether cell `row` is missing.
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Values::Numeric(v) => v[row].is_nan(),
            Values::Categorical { codes, .. } => codes[row] == MISSING,
        }
    }

    /// Cell `row` as text, a number without regard to what it means.
    pub fn text(&self, row: usize) -> String {
        match self {
            Values::Numeric(v) if !v[row].is_nan() => number_text(v[row]),
            Values::Categorical { codes, levels } if codes[row] != MISSING => levels[codes[row] as usize].clone(),
            _ => "(missing)".to_owned(),
        }
    }

    /// Categorical values from text; `None` is a missing cell. Levels are numbered in the order they appear.
    pub fn from_text<'a>(cells: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut levels: Vec<String> = Vec::new();
        let mut index = HashMap::new();
        let codes = cells
            .into_iter()
            .map(|cell| match cell {
                None => MISSING,
                Some(text) => *index.entry(text).or_insert_with(|| {
                    levels.push(text.to_owned());
                    (levels.len() - 1) as u32
                }),
            })
            .collect();
        Values::Categorical { codes, levels }
    }
}

/// A named column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    pub values: Values,
    pub meaning: Meaning,
    pub origin: Origin,
}

/// What the reader of a column saw that its cells no longer show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Why it may hold the names of the rows.
    pub row_names: Option<RowNames>,
    /// The commonest word that was read as a missing cell, and in how many cells.
    pub missing_word: Option<(String, usize)>,
    /// Whether dates are stored as timestamps, all of them midnight.
    pub was_timestamp: bool,
    /// One of the dates, if they may be day/month or month/day.
    pub ambiguous_date: Option<String>,
}

/// What tells that a column may hold the names of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowNames {
    /// The file says so: it was the index of a data frame.
    Declared,
    /// It is the first column of a text file and has no name, as R and pandas write row names.
    Unnamed,
}

impl Column {
    /// A column of numbers, or of categories without an order; those whose levels are `false` and `true` are truth values.
    pub fn new(name: impl Into<String>, values: Values) -> Self {
        let meaning = match &values {
            Values::Numeric(_) => Meaning::Number,
            Values::Categorical { levels, .. } => {
                let is_truth = !levels.is_empty() && levels.iter().all(|level| level == "false" || level == "true");
                if is_truth { Meaning::Truth } else { Meaning::CATEGORY }
            }
        };
        Self { name: name.into(), values, meaning, origin: Origin::default() }
    }

    /// The same cells with a meaning that they do not show.
    #[must_use]
    pub fn meaning(self, meaning: Meaning) -> Self {
        Self { meaning, ..self }
    }

    /// Cell `row` as it is written.
    pub fn text(&self, row: usize) -> String {
        match &self.values {
            Values::Numeric(values) if !values[row].is_nan() => self.meaning.text(values[row]),
            values => values.text(row),
        }
    }

    /// The given rows, in the given order.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        let values = match &self.values {
            Values::Numeric(v) => Values::Numeric(rows.iter().map(|&i| v[i]).collect()),
            Values::Categorical { codes, levels } => {
                Values::Categorical { codes: rows.iter().map(|&i| codes[i]).collect(), levels: levels.clone() }
            }
        };
        Self { name: self.name.clone(), values, meaning: self.meaning.clone(), origin: self.origin.clone() }
    }

    /// Adds the cells of another column, whose levels may be numbered differently.
    fn append(&mut self, more: Column) -> Result<()> {
        match (&mut self.values, more.values) {
            (Values::Numeric(own), Values::Numeric(more)) => own.extend(more),
            (Values::Categorical { codes, levels }, Values::Categorical { codes: more, levels: of_more }) => {
                let mut index: HashMap<String, u32> = levels.iter().cloned().zip(0..).collect();
                let mut renumber = |level: String| {
                    *index.entry(level).or_insert_with_key(|level| {
                        levels.push(level.clone());
                        (levels.len() - 1) as u32
                    })
                };
                let number: Vec<u32> = of_more.into_iter().map(&mut renumber).collect();
                codes
                    .extend(more.into_iter().map(|code| if code == MISSING { MISSING } else { number[code as usize] }));
            }
            _ => return Err(Error::failure(format!("column `{}`", self.name), "its parts are not of one kind")),
        }
        Ok(())
    }
}

/// Named columns of equal length. Names are unique.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    n_rows: usize,
    /// Number of row 0 in the table that this one is a part of, for messages.
    first_row: usize,
}

impl Table {
    /// Checks that lengths agree and names are unique.
    pub fn new(columns: Vec<Column>) -> Result<Self> {
        let n_rows = columns.first().map_or(0, |c| c.values.len());
        let mut seen = std::collections::HashSet::new();
        for column in &columns {
            if column.values.len() != n_rows {
                return Err(Error::input(format!("column `{}`", column.name), format!("{} rows", column.values.len()))
                    .expected(format!("{n_rows} rows as in column `{}`", columns[0].name)));
            }
            if !seen.insert(column.name.as_str()) {
                return Err(Error::input("column names", format!("`{}` more than once", column.name))
                    .expected("unique names")
                    .hint("rename one of them in the file"));
            }
        }
        Ok(Self { columns, n_rows, first_row: 0 })
    }

    /// The same table as the part of a longer one that starts at `row`: messages count rows from there.
    #[must_use]
    pub fn starting_at(mut self, row: usize) -> Self {
        self.first_row = row;
        self
    }

    /// Number of row `row` for a reader, who counts from 1 and the whole table.
    pub(crate) fn row_number(&self, row: usize) -> usize {
        self.first_row + row + 1
    }

    /// A table of numeric columns named `x1`, `x2`, …, one `Vec` a column.
    pub fn from_columns(columns: Vec<Vec<f64>>) -> Result<Self> {
        let named = columns
            .into_iter()
            .enumerate()
            .map(|(j, values)| Column::new(format!("x{}", j + 1), Values::Numeric(values)));
        Self::new(named.collect())
    }

    /// The same table with one more column.
    pub fn with_column(mut self, name: impl Into<String>, values: Values) -> Result<Self> {
        self.columns.push(Column::new(name, values));
        Self::new(self.columns)
    }

    /// Whether all `rows` are rows of the table.
    ///
    /// # Errors
    /// Names the first that is not.
    pub fn check_rows(&self, rows: &[usize]) -> Result<()> {
        match rows.iter().find(|&&row| row >= self.n_rows) {
            Some(row) => {
                Err(Error::input("rows", format!("row {}", row + 1))
                    .expected(format!("rows from 1 to {}", self.n_rows)))
            }
            None => Ok(()),
        }
    }

    /// The given rows, in the given order. Levels stay, whether or not a row has them.
    #[must_use]
    pub fn select_rows(&self, rows: &[usize]) -> Self {
        let columns = self.columns.iter().map(|column| column.select(rows)).collect();
        Self { columns, n_rows: rows.len(), first_row: 0 }
    }

    /// Tables with the same columns, one below the other.
    pub(crate) fn stacked(parts: Vec<Table>) -> Result<Self> {
        let mut parts = parts.into_iter();
        let Some(mut whole) = parts.next() else { return Self::new(Vec::new()) };
        for part in parts {
            for (own, more) in whole.columns.iter_mut().zip(part.columns) {
                own.append(more)?;
            }
            whole.n_rows += part.n_rows;
        }
        Ok(whole)
    }

    /// All columns, in file order.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|c| c.name == name)
    }
}
