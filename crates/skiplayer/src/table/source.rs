//! A table of which only a part need be in memory at a time.

use std::borrow::Cow;
use std::ops::Range;

use super::column::{Column, Table};
use crate::Result;
use crate::random::{Purpose, Random};

/// Rows that are looked at together where a table is too long to be looked at whole.
pub const CHUNK: usize = 1 << 16;

/// A table that hands out whole columns, or all columns of a few rows, as often as it is asked: [`Table`] itself, or one that
/// waits on a disk.
pub trait TableSource: Sync {
    fn n_rows(&self) -> usize;

    /// Of all columns, in file order.
    fn names(&self) -> Vec<&str>;

    /// Column number `at`.
    ///
    /// # Errors
    /// Cells that cannot be fetched.
    fn column_at(&self, at: usize) -> Result<Cow<'_, Column>>;

    /// The columns whose names are `wanted`, over `rows`. Levels that no row has may be left out.
    ///
    /// # Errors
    /// Cells that cannot be fetched.
    fn rows(&self, rows: Range<usize>, wanted: &dyn Fn(&str) -> bool) -> Result<Cow<'_, Table>>;
}

impl dyn TableSource + '_ {
    /// The column called `name`, if there is one.
    ///
    /// # Errors
    /// Cells that cannot be fetched.
    pub fn column_named(&self, name: &str) -> Result<Option<Cow<'_, Column>>> {
        self.names().iter().position(|own| *own == name).map(|at| self.column_at(at)).transpose()
    }

    /// The whole table.
    ///
    /// # Errors
    /// Cells that cannot be fetched.
    pub fn whole(&self) -> Result<Cow<'_, Table>> {
        self.rows(0..self.n_rows(), &|_| true)
    }

    /// Calls `work` with the number of the first row and the `wanted` columns of each chunk, in order.
    ///
    /// # Errors
    /// Cells that cannot be fetched, and what `work` finds.
    pub fn each_chunk(
        &self,
        wanted: &dyn Fn(&str) -> bool,
        mut work: impl FnMut(usize, &Table) -> Result<()>,
    ) -> Result<()> {
        for start in (0..self.n_rows()).step_by(CHUNK) {
            work(start, self.rows(start..self.n_rows().min(start + CHUNK), wanted)?.as_ref())?;
        }
        Ok(())
    }

    /// `count` rows taken at random, in the order of the table; all of them if there are no more.
    ///
    /// # Errors
    /// Cells that cannot be fetched.
    pub fn at_random(&self, count: usize, seed: u64) -> Result<Cow<'_, Table>> {
        if count >= self.n_rows() {
            return self.whole();
        }
        let mut random = Random::of(seed, Purpose::SomeRows, 0);
        let mut wanted = count;
        let mut parts = Vec::new();
        self.each_chunk(&|_| true, |start, chunk| {
            // Each row with the odds that are left (Knuth, The Art of Computer Programming 2, algorithm S).
            let mut take = |row: usize| {
                let is_taken = random.uniform() * ((self.n_rows() - start - row) as f64) < wanted as f64;
                wanted -= usize::from(is_taken);
                is_taken
            };
            let taken: Vec<usize> = (0..chunk.n_rows()).filter(|&row| take(row)).collect();
            parts.push(chunk.select_rows(&taken));
            Ok(())
        })?;
        Table::stacked(parts).map(Cow::Owned)
    }
}

impl TableSource for Table {
    fn n_rows(&self) -> usize {
        self.n_rows()
    }

    fn names(&self) -> Vec<&str> {
        self.columns().iter().map(|column| column.name.as_str()).collect()
    }

    fn column_at(&self, at: usize) -> Result<Cow<'_, Column>> {
        Ok(Cow::Borrowed(&self.columns()[at]))
    }

    fn rows(&self, rows: Range<usize>, wanted: &dyn Fn(&str) -> bool) -> Result<Cow<'_, Table>> {
        if rows == (0..self.n_rows()) && self.columns().iter().all(|column| wanted(&column.name)) {
            return Ok(Cow::Borrowed(self));
        }
        let start = rows.start;
        let rows: Vec<usize> = rows.collect();
        let columns = self.columns().iter().filter(|column| wanted(&column.name)).map(|column| column.select(&rows));
        Ok(Cow::Owned(Table::new(columns.collect())?.starting_at(start)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::column::Values;
    use super::*;

    #[test]
    fn chunks_and_samples_are_of_the_table() {
        let n = 2 * CHUNK + 10;
        let table = Table::from_columns(vec![(0..n).map(|i| i as f64).collect()])
            .and_then(|t| t.with_column("c", Values::from_text((0..n).map(|i| Some(if i < 3 { "a" } else { "b" })))))
            .unwrap();
        let columns: &dyn TableSource = &table;
        let mut seen = Vec::new();
        let mut look = |start, chunk: &Table| {
            seen.push((start, chunk.n_rows(), chunk.columns().len()));
            Ok(())
        };
        columns.each_chunk(&|name| name == "x1", &mut look).unwrap();
        assert_eq!(seen, [(0, CHUNK, 1), (CHUNK, CHUNK, 1), (2 * CHUNK, 10, 1)]);

        let sample = columns.at_random(1000, 5).unwrap();
        let Values::Numeric(rows) = &sample.columns()[0].values else { panic!("numbers") };
        assert!(rows.len() == 1000 && rows.windows(2).all(|pair| pair[0] < pair[1]));
        let middle = rows.iter().sum::<f64>() / 1000.0 / n as f64;
        assert!((middle - 0.5).abs() < 4.0 * (1.0f64 / 12.0 / 1000.0).sqrt());
        assert_eq!(columns.at_random(n, 5).unwrap().as_ref(), &table);
    }

    #[test]
    fn levels_of_parts_are_matched_by_their_text() {
        let part = |cells: &[Option<&str>]| {
            Table::new(vec![]).and_then(|t| t.with_column("c", Values::from_text(cells.iter().copied()))).unwrap()
        };
        let whole = Table::stacked(vec![part(&[Some("a"), None, Some("b")]), part(&[Some("c"), Some("b"), None])]);
        assert_eq!(whole.unwrap(), part(&[Some("a"), None, Some("b"), Some("c"), Some("b"), None]));
    }
}
