//! A table whose numbers may be on a disk.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use skiplayer::table::{CHUNK, Column, MISSING, Meaning, RowNames, Table, TableSource, Values};
use skiplayer::{Error, Result};

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

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.n_rows
    }

    /// Names of the columns, in order.
    pub(super) fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// Notes that the first column has no name in the file.
    pub(super) fn first_is_unnamed(&mut self) {
        if let Some(first) = self.columns.first_mut() {
            first.origin.row_names = Some(RowNames::Unnamed);
        }
    }

    /// Adds the rows of another table, which has the same columns in any order, of the same kinds.
    pub(super) fn append(&mut self, mut other: LongTable) -> Result<()> {
        for FinishedColumn { name, cells, meaning, .. } in &mut self.columns {
            let found = other.columns.iter().position(|own| own.name == *name).map(|at| other.columns.swap_remove(at));
            let not_of_one_kind = || Error::failure(format!("column `{name}`"), "its parts are not of one kind");
            let more =
                found.filter(|more| more.meaning.to_string() == meaning.to_string()).ok_or_else(not_of_one_kind)?;
            match (&mut *cells, more.cells) {
                (Cells::Numbers(own), Cells::Numbers(more)) if own.conversion == more.conversion => {
                    own.append(&more)?;
                    own.check()?;
                }
                (Cells::Categories { codes, levels }, Cells::Categories { codes: more, levels: of_more }) => {
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
                (Cells::Coded { codes, values }, Cells::Coded { codes: more, values: of_more }) => {
                    let n = values.len() as u32;
                    values.extend(of_more);
                    codes.extend(more.into_iter().map(|code| if code == MISSING { MISSING } else { n + code }));
                }
                _ => return Err(not_of_one_kind()),
            }
        }
        self.n_rows += other.n_rows;
        Ok(())
    }

    /// Adds a column.
    ///
    /// # Errors
    /// There is one of that name.
    pub(super) fn add(&mut self, column: FinishedColumn) -> Result<()> {
        let name = &column.name;
        if self.columns.iter().any(|own| own.name == *name) {
            return Err(Error::input(format!("column `{name}`"), "it in the files and in the names of their folders")
                .expected("it in one of them"));
        }
        self.columns.push(column);
        Ok(())
    }

    /// Whether the column called `name` holds numbers; `None` if there is none of that name.
    pub fn is_numeric(&self, name: &str) -> Option<bool> {
        let column = self.columns.iter().find(|column| column.name == name)?;
        Some(!matches!(column.cells, Cells::Categories { .. }))
    }

    /// What the cells of the column called `name` stand for; `None` if there is none of that name.
    pub(super) fn meaning_of(&self, name: &str) -> Option<&Meaning> {
        self.columns.iter().find(|column| column.name == name).map(|column| &column.meaning)
    }

    /// The first number of the column called `name` that `is_wanted`, and its row.
    ///
    /// # Errors
    /// Numbers that cannot be fetched.
    pub(super) fn first_number(&self, name: &str, is_wanted: impl Fn(f64) -> bool) -> Result<Option<(usize, f64)>> {
        let Some(at) = self.columns.iter().position(|column| column.name == name) else { return Ok(None) };
        for start in (0..self.n_rows).step_by(CHUNK) {
            if let Values::Numeric(numbers) = self.part(at, start..self.n_rows.min(start + CHUNK))?.values
                && let Some(row) = numbers.iter().position(|&number| is_wanted(number))
            {
                return Ok(Some((start + row, numbers[row])));
            }
        }
        Ok(None)
    }

    /// Makes the numeric column called `name` that of its logarithms, called `new`.
    pub(super) fn take_logarithm(&mut self, name: &str, new: String) {
        for column in self.columns.iter_mut().filter(|column| column.name == name) {
            match &mut column.cells {
                Cells::Numbers(numbers) => numbers.in_logarithms = true,
                Cells::Coded { values, .. } => values.iter_mut().for_each(|value| *value = value.ln()),
                Cells::Categories { .. } => {}
            }
            column.name.clone_from(&new);
        }
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

impl TableSource for LongTable {
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
