//! A table in memory: named, typed columns with missing values.

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

    /// Categorical values from text; `None` is a missing cell. Levels are numbered in the order they appear.
    pub fn from_text<'a>(cells: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut levels: Vec<String> = Vec::new();
        let mut index = std::collections::HashMap::new();
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
}

/// Named columns of equal length. Names are unique.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    n_rows: usize,
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
        Ok(Self { columns, n_rows })
    }

    /// A table of numeric columns named `x1`, `x2`, …, one `Vec` a column.
    pub fn from_columns(columns: Vec<Vec<f64>>) -> Result<Self> {
        let named = columns
            .into_iter()
            .enumerate()
            .map(|(j, values)| Column { name: format!("x{}", j + 1), values: Values::Numeric(values) });
        Self::new(named.collect())
    }

    /// The same table with one more column.
    pub fn with_column(mut self, name: impl Into<String>, values: Values) -> Result<Self> {
        self.columns.push(Column { name: name.into(), values });
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
