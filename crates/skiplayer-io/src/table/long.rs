//! A table whose numbers may be on a disk.

use std::borrow::Cow;
use std::ops::Range;

use skiplayer::Result;
use skiplayer::table::{Column, Columns, Meaning, Table, Values};

use super::column::Cells;
use super::finish::{FinishedColumn, decoded};

/// A table that may be longer than memory: numbers in blocks on a disk, categories as codes in memory.
#[derive(Debug)]
pub struct LongTable {
    columns: Vec<FinishedColumn>,
    n_rows: usize,
}

impl LongTable {
    /// Columns of equal length with unique names.
    pub(super) fn new(mut columns: Vec<FinishedColumn>) -> Result<Self> {
        for column in &mut columns {
            if let Cells::Numbers(numbers) = &mut column.cells {
                numbers.check()?;
            }
        }
        let n_rows = columns.first().map_or(0, |column| match &column.cells {
            Cells::Numbers(numbers) => numbers.len(),
            Cells::Categories { codes, .. } | Cells::Coded { codes, .. } => codes.len(),
        });
        Ok(Self { columns, n_rows })
    }

    /// Whether the column called `name` holds numbers; `None` if there is none of that name.
    pub fn is_numeric(&self, name: &str) -> Option<bool> {
        let column = self.columns.iter().find(|column| column.name == name)?;
        Some(!matches!(column.cells, Cells::Categories { .. }))
    }

    /// All of it, in memory.
    ///
    /// # Errors
    /// Numbers that cannot be fetched.
    pub fn into_table(self) -> Result<Table> {
        let column = |column: FinishedColumn| {
            let FinishedColumn { name, cells, meaning, origin } = column;
            let values = match cells {
                Cells::Numbers(numbers) => Values::Numeric(numbers.into_memory()?),
                Cells::Categories { codes, levels } => Values::Categorical { codes, levels },
                Cells::Coded { codes, values } => Values::Numeric(decoded(&codes, &values)),
            };
            Ok(Column { name, values, meaning, origin })
        };
        Table::new(self.columns.into_iter().map(column).collect::<Result<_>>()?)
    }

    fn part(&self, at: usize, rows: Range<usize>) -> Result<Column> {
        let FinishedColumn { name, cells, meaning, origin } = &self.columns[at];
        let values = match cells {
            Cells::Numbers(numbers) => Values::Numeric(numbers.range(rows)?),
            Cells::Categories { codes, levels } => categories(&codes[rows], levels, meaning),
            Cells::Coded { codes, values } => Values::Numeric(decoded(&codes[rows], values)),
        };
        Ok(Column { name: name.clone(), values, meaning: meaning.clone(), origin: origin.clone() })
    }
}

impl Columns for LongTable {
    fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.name.as_str()).collect()
    }

    fn column_at(&self, at: usize) -> Result<Cow<'_, Column>> {
        self.part(at, 0..self.n_rows).map(Cow::Owned)
    }

    fn rows(&self, rows: Range<usize>, wanted: &dyn Fn(&str) -> bool) -> Result<Cow<'_, Table>> {
        let columns = (0..self.columns.len()).filter(|&at| wanted(&self.columns[at].name));
        let parts = columns.map(|at| self.part(at, rows.clone())).collect::<Result<_>>()?;
        Ok(Cow::Owned(Table::new(parts)?.starting_at(rows.start)))
    }
}

/// Cells of some rows. Where there are more levels than rows, only those that occur: few rows should not cost many levels,
/// unless their order counts.
fn categories(codes: &[u32], levels: &[String], meaning: &Meaning) -> Values {
    if levels.len() <= codes.len() || *meaning == (Meaning::Category { is_ordered: true }) {
        return Values::Categorical { codes: codes.to_vec(), levels: levels.to_vec() };
    }
    Values::from_text(codes.iter().map(|&code| levels.get(code as usize).map(String::as_str)))
}
