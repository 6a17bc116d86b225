//! Matrices inside a flat buffer: where one lies ([`MatrixRange`]), and what is there ([`MatrixView`], [`MatrixViewMut`]).

use std::ops::{Index, IndexMut, Range};

/// Where a row-major matrix lies in a flat buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatrixRange {
    pub start: usize,
    pub n_rows: usize,
    pub n_columns: usize,
}

impl MatrixRange {
    /// The indices of all entries, row after row.
    pub fn range(&self) -> Range<usize> {
        self.start..self.start + self.n_rows * self.n_columns
    }

    /// The index of an entry.
    pub fn index(&self, row: usize, column: usize) -> usize {
        debug_assert!(row < self.n_rows && column < self.n_columns, "({row}, {column}) of {self:?}");
        self.start + row * self.n_columns + column
    }

    /// The indices of a row.
    pub fn row(&self, row: usize) -> Range<usize> {
        let start = self.start + row * self.n_columns;
        start..start + self.n_columns
    }

    /// The indices of a column, from the first row to the last.
    pub fn column(&self, column: usize) -> impl ExactSizeIterator<Item = usize> + Clone + use<> {
        let Self { start, n_columns, .. } = *self;
        (0..self.n_rows).map(move |row| start + row * n_columns + column)
    }

    /// The matrix in `buffer`: weights, or a mask, a gradient, penalties that share their layout.
    pub fn of<'a, T>(&self, buffer: &'a [T]) -> MatrixView<'a, T> {
        MatrixView { values: &buffer[self.range()], n_rows: self.n_rows, n_columns: self.n_columns }
    }

    /// The same, to write into.
    pub fn of_mut<'a, T>(&self, buffer: &'a mut [T]) -> MatrixViewMut<'a, T> {
        MatrixViewMut { values: &mut buffer[self.range()], n_rows: self.n_rows, n_columns: self.n_columns }
    }
}

/// A row-major matrix that lies in a buffer; entries are `view[(row, column)]`.
#[derive(Debug, PartialEq)]
pub struct MatrixView<'a, T = f64> {
    values: &'a [T],
    n_rows: usize,
    n_columns: usize,
}

// By hand, as a derived copy would ask for `T: Copy`.
impl<T> Clone for MatrixView<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for MatrixView<'_, T> {}

impl<'a, T> MatrixView<'a, T> {
    pub fn n_rows(self) -> usize {
        self.n_rows
    }

    pub fn n_columns(self) -> usize {
        self.n_columns
    }

    /// All entries, row after row.
    pub fn values(self) -> &'a [T] {
        self.values
    }

    pub fn row(self, row: usize) -> &'a [T] {
        &self.values[row * self.n_columns..][..self.n_columns]
    }

    /// All rows; of a matrix without columns empty ones.
    pub fn rows(self) -> impl ExactSizeIterator<Item = &'a [T]> {
        (0..self.n_rows).map(move |row| self.row(row))
    }

    /// The entries of a column, from the first row to the last.
    pub fn column(self, column: usize) -> impl ExactSizeIterator<Item = &'a T> {
        (0..self.n_rows).map(move |row| &self.values[row * self.n_columns + column])
    }
}

impl<T> Index<(usize, usize)> for MatrixView<'_, T> {
    type Output = T;

    fn index(&self, (row, column): (usize, usize)) -> &T {
        &self.row(row)[column]
    }
}

/// As [`MatrixView`], to write into.
#[derive(Debug, PartialEq)]
pub struct MatrixViewMut<'a, T = f64> {
    values: &'a mut [T],
    n_rows: usize,
    n_columns: usize,
}

impl<T> MatrixViewMut<'_, T> {
    /// The same matrix, to read.
    pub fn as_ref(&self) -> MatrixView<'_, T> {
        MatrixView { values: self.values, n_rows: self.n_rows, n_columns: self.n_columns }
    }

    pub fn values_mut(&mut self) -> &mut [T] {
        self.values
    }

    pub fn row_mut(&mut self, row: usize) -> &mut [T] {
        &mut self.values[row * self.n_columns..][..self.n_columns]
    }

    /// The entries of a column, from the first row to the last.
    pub fn column_mut(&mut self, column: usize) -> impl Iterator<Item = &mut T> {
        self.values.chunks_mut(self.n_columns).map(move |row| &mut row[column])
    }
}

impl<T> Index<(usize, usize)> for MatrixViewMut<'_, T> {
    type Output = T;

    fn index(&self, (row, column): (usize, usize)) -> &T {
        &self.values[row * self.n_columns..][..self.n_columns][column]
    }
}

impl<T> IndexMut<(usize, usize)> for MatrixViewMut<'_, T> {
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut T {
        &mut self.row_mut(row)[column]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// In a buffer that holds its own indices, what a view shows is where the range says it is.
        #[test]
        fn views_show_what_lies_at_the_indices(start in 0usize..9, n_rows in 0usize..7, n_columns in 0usize..7) {
            let place = MatrixRange { start, n_rows, n_columns };
            let mut buffer: Vec<usize> = (0..start + n_rows * n_columns + 3).collect();
            let view = place.of(&buffer);
            prop_assert_eq!(view.values(), place.range().collect::<Vec<_>>());
            prop_assert_eq!(view.rows().len(), n_rows);
            for row in 0..n_rows {
                prop_assert_eq!(view.row(row), place.row(row).collect::<Vec<_>>());
                for column in 0..n_columns {
                    prop_assert_eq!(view[(row, column)], place.index(row, column));
                    prop_assert_eq!(view.row(row)[column], place.index(row, column));
                }
            }
            let untouched = buffer.clone();
            for column in 0..n_columns {
                prop_assert!(place.of(&buffer).column(column).copied().eq(place.column(column)));
                place.of_mut(&mut buffer).column_mut(column).for_each(|value| *value += 100);
            }
            let added = |i: usize| if place.range().contains(&i) { 100 } else { 0 };
            prop_assert!((0..buffer.len()).all(|i| buffer[i] == untouched[i] + added(i)));
        }
    }
}
