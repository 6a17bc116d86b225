//! A dense matrix, column after column.

/// `n_rows x n_columns` numbers in column-major order: a column is one contiguous slice.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    n_rows: usize,
    n_columns: usize,
    values: Vec<f64>,
}

impl Matrix {
    /// All zeros.
    pub fn zeros(n_rows: usize, n_columns: usize) -> Self {
        Self { n_rows, n_columns, values: vec![0.0; n_rows * n_columns] }
    }

    /// From columns of `n_rows` numbers each.
    pub fn from_columns(n_rows: usize, columns: &[Vec<f64>]) -> Self {
        let mut values = Vec::with_capacity(n_rows * columns.len());
        for column in columns {
            assert_eq!(column.len(), n_rows, "a column has {} rows instead of {n_rows}", column.len());
            values.extend_from_slice(column);
        }
        Self { n_rows, n_columns: columns.len(), values }
    }

    /// Entry (i, j) is `entry(i, j)`.
    pub fn from_fn(n_rows: usize, n_columns: usize, mut entry: impl FnMut(usize, usize) -> f64) -> Self {
        let mut values = Vec::with_capacity(n_rows * n_columns);
        for j in 0..n_columns {
            values.extend((0..n_rows).map(|i| entry(i, j)));
        }
        Self { n_rows, n_columns, values }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// Column `j`, `n_rows` long.
    pub fn column(&self, j: usize) -> &[f64] {
        &self.values[j * self.n_rows..][..self.n_rows]
    }

    /// Column `j`, to write into.
    pub fn column_mut(&mut self, j: usize) -> &mut [f64] {
        &mut self.values[j * self.n_rows..][..self.n_rows]
    }

    /// Entry (i, j).
    pub fn get(&self, i: usize, j: usize) -> f64 {
        self.values[j * self.n_rows + i]
    }

    /// The given rows, in the given order.
    #[must_use]
    pub fn select_rows(&self, rows: &[usize]) -> Self {
        let mut values = Vec::with_capacity(rows.len() * self.n_columns);
        for j in 0..self.n_columns {
            let column = self.column(j);
            values.extend(rows.iter().map(|&i| column[i]));
        }
        Self { n_rows: rows.len(), n_columns: self.n_columns, values }
    }

    /// The given columns, in the given order.
    #[must_use]
    pub fn select_columns(&self, columns: &[usize]) -> Self {
        let mut values = Vec::with_capacity(columns.len() * self.n_rows);
        for &j in columns {
            values.extend_from_slice(self.column(j));
        }
        Self { n_rows: self.n_rows, n_columns: columns.len(), values }
    }

    /// All entries, column after column.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}
