//! A table whose numbers may be on a disk.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use skiplayer::table::{CHUNK, Column, Columns, MISSING, Table, Values};
use skiplayer::{Error, Result};

use super::column::Cells;

/// A table that may be longer than memory: numbers in blocks on a disk, categories as codes in memory.
#[derive(Debug)]
pub struct LongTable {
    columns: Vec<(String, Cells)>,
    n_rows: usize,
}

impl LongTable {
    /// Columns of equal length with unique names.
    pub(super) fn new(mut columns: Vec<(String, Cells)>) -> Result<Self> {
        for (_, cells) in &mut columns {
            if let Cells::Numbers(numbers) = cells {
                numbers.check()?;
            }
        }
        let n_rows = columns.first().map_or(0, |(_, cells)| match cells {
            Cells::Numbers(numbers) => numbers.len(),
            Cells::Categories { codes, .. } => codes.len(),
        });
        Ok(Self { columns, n_rows })
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.n_rows
    }

    /// Names of the columns, in order.
    pub(super) fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// Adds the rows of another table, which has the same columns in any order, of the same kinds.
    pub(super) fn append(&mut self, mut other: LongTable) -> Result<()> {
        for (name, cells) in &mut self.columns {
            let found = other.columns.iter().position(|(own, _)| own == name).map(|at| other.columns.swap_remove(at));
            match (cells, found) {
                (Cells::Numbers(own), Some((_, Cells::Numbers(more)))) => {
                    for start in (0..more.len()).step_by(CHUNK) {
                        more.range(start..more.len().min(start + CHUNK))?
                            .into_iter()
                            .for_each(|number| own.push(number));
                    }
                    own.check()?;
                }
                (
                    Cells::Categories { codes, levels },
                    Some((_, Cells::Categories { codes: more, levels: of_more })),
                ) => {
                    let mut index: HashMap<String, u32> = levels.iter().cloned().zip(0..).collect();
                    let mut number = |level: String| {
                        *index.entry(level).or_insert_with_key(|level| {
                            levels.push(level.clone());
                            (levels.len() - 1) as u32
                        })
                    };
                    let numbers: Vec<u32> = of_more.into_iter().map(&mut number).collect();
                    codes.extend(more.into_iter().map(|code| numbers.get(code as usize).copied().unwrap_or(MISSING)));
                }
                _ => return Err(Error::failure(format!("column `{name}`"), "its parts are not of one kind")),
            }
        }
        self.n_rows += other.n_rows;
        Ok(())
    }

    /// Adds a column.
    ///
    /// # Errors
    /// There is one of that name.
    pub(super) fn add(&mut self, name: &str, cells: Cells) -> Result<()> {
        if self.columns.iter().any(|(own, _)| own == name) {
            return Err(Error::input(format!("column `{name}`"), "it in the files and in the names of their folders")
                .expected("it in one of them"));
        }
        self.columns.push((name.to_owned(), cells));
        Ok(())
    }

    /// Whether the column called `name` holds numbers; `None` if there is none of that name.
    pub fn is_numeric(&self, name: &str) -> Option<bool> {
        let (_, cells) = self.columns.iter().find(|(own, _)| own == name)?;
        Some(matches!(cells, Cells::Numbers(_)))
    }

    /// All of it, in memory.
    ///
    /// # Errors
    /// Numbers that cannot be fetched.
    pub fn into_table(self) -> Result<Table> {
        let column = |(name, cells): (String, Cells)| {
            let values = match cells {
                Cells::Numbers(numbers) => Values::Numeric(numbers.into_memory()?),
                Cells::Categories { codes, levels } => Values::Categorical { codes, levels },
            };
            Ok(Column { name, values })
        };
        Table::new(self.columns.into_iter().map(column).collect::<Result<_>>()?)
    }

    fn part(&self, at: usize, rows: Range<usize>) -> Result<Column> {
        let (name, cells) = &self.columns[at];
        let values = match cells {
            Cells::Numbers(numbers) => Values::Numeric(numbers.range(rows)?),
            Cells::Categories { codes, levels } => categories(&codes[rows], levels),
        };
        Ok(Column { name: name.clone(), values })
    }
}

impl Columns for LongTable {
    fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn column_at(&self, at: usize) -> Result<Cow<'_, Column>> {
        self.part(at, 0..self.n_rows).map(Cow::Owned)
    }

    fn rows(&self, rows: Range<usize>, wanted: &dyn Fn(&str) -> bool) -> Result<Cow<'_, Table>> {
        let columns = (0..self.columns.len()).filter(|&at| wanted(&self.columns[at].0));
        let parts = columns.map(|at| self.part(at, rows.clone())).collect::<Result<_>>()?;
        Ok(Cow::Owned(Table::new(parts)?.starting_at(rows.start)))
    }
}

/// Cells of some rows. Where there are more levels than rows, only those that occur: few rows should not cost many levels.
fn categories(codes: &[u32], levels: &[String]) -> Values {
    if levels.len() <= codes.len() {
        return Values::Categorical { codes: codes.to_vec(), levels: levels.to_vec() };
    }
    Values::from_text(codes.iter().map(|&code| levels.get(code as usize).map(String::as_str)))
}
