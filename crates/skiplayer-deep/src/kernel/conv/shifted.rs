//! Maps laid out so that each weight of a convolution reads one run of numbers.
//!
//! ```text
//!  out[o, y, x] = sum over c, r, j of w[o, c, r, j] in[c, y step + rows[r], x step + columns[j]]
//!               = sum over terms t = (c, r, j) of w[o, t] source[starts[t] + p]          with p = y width + x
//! ```
//!
//! For every column shift there is a copy of each map whose rows are as long as those of the output, so that the next row follows the last
//! one; row shifts then only begin elsewhere in it. A 3x3 kernel makes three copies where unfolding would make nine, and no vector is
//! wasted on edges. Rows that a step larger than one leaves out for one row shift are needed for another: rows are sorted by their remainder.

/// How one kind of convolution reads its input.
#[derive(Debug, Clone)]
pub struct Shifted {
    n_channels: usize,
    height: usize,
    width: usize,
    step: usize,
    /// Of the output.
    out_height: usize,
    out_width: usize,
    columns: Vec<isize>,
    /// Remainders of row shifts by the step.
    remainders: Vec<usize>,
    /// The first row of every copy, in steps.
    first: isize,
    /// Rows of every copy.
    n_rows: usize,
    starts: Vec<usize>,
}

impl Shifted {
    /// `rows` and `columns`: shifts of the taps, of which there are all pairs; `input` and `output`: height and width.
    pub fn new(
        n_channels: usize,
        input: (usize, usize),
        output: (usize, usize),
        step: usize,
        rows: &[isize],
        columns: &[isize],
    ) -> Self {
        let steps = |row: &isize| row.div_euclid(step as isize);
        let mut remainders: Vec<usize> = rows.iter().map(|row| row.rem_euclid(step as isize) as usize).collect();
        remainders.sort_unstable();
        remainders.dedup();
        let first = rows.iter().map(steps).min().unwrap_or(0);
        let last = rows.iter().map(steps).max().unwrap_or(0);
        let n_rows = output.0 + (last - first) as usize;
        let mut starts = Vec::with_capacity(n_channels * rows.len() * columns.len());
        for c in 0..n_channels {
            for row in rows {
                let remainder = row.rem_euclid(step as isize) as usize;
                let which = remainders.iter().position(|r| *r == remainder).unwrap_or(0);
                for j in 0..columns.len() {
                    let copy = (c * columns.len() + j) * remainders.len() + which;
                    starts.push((copy * n_rows + (steps(row) - first) as usize) * output.1);
                }
            }
        }
        let (height, width) = input;
        let (out_height, out_width) = output;
        let columns = columns.to_vec();
        Self { n_channels, height, width, step, out_height, out_width, columns, remainders, first, n_rows, starts }
    }

    /// Where the run of each term begins, terms in the order (channel, row, column).
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// Numbers of one output map.
    pub fn n_positions(&self) -> usize {
        self.out_height * self.out_width
    }

    /// Numbers of all copies.
    pub fn len(&self) -> usize {
        self.n_channels * self.columns.len() * self.remainders.len() * self.n_rows * self.out_width
    }

    /// Are the copies the maps themselves?
    pub fn is_plain(&self) -> bool {
        let is_whole = (self.height, self.width) == (self.out_height, self.out_width);
        is_whole && self.step == 1 && self.columns == [0] && self.n_rows == self.height && self.first == 0
    }

    /// Lays out one image, `maps` (channels, height, width), in `source`, all of which is written.
    pub fn lay_out(&self, maps: &[f32], source: &mut [f32]) {
        let copies = source.chunks_exact_mut((self.n_rows * self.out_width).max(1));
        let mut copies = copies.take(self.len());
        for map in maps.chunks_exact((self.height * self.width).max(1)) {
            for column in &self.columns {
                for remainder in &self.remainders {
                    if let Some(copy) = copies.next() {
                        self.copy(map, *column, *remainder, copy);
                    }
                }
            }
        }
    }

    fn copy(&self, map: &[f32], column: isize, remainder: usize, copy: &mut [f32]) {
        let row_of = |q: usize| (self.first + q as isize) * self.step as isize + remainder as isize;
        if self.step == 1 && self.width == self.out_width {
            // One move for all rows; what came from a neighbouring row is cleared after it.
            let begin = row_of(0) * self.width as isize + column;
            move_all(map, begin, copy);
            clear_edges(column, self.width, copy);
            return;
        }
        for (q, to) in copy.chunks_exact_mut(self.out_width).enumerate() {
            let row = row_of(q);
            if row < 0 || row as usize >= self.height {
                to.fill(0.0);
                continue;
            }
            let from = &map[row as usize * self.width..][..self.width];
            for (x, to) in to.iter_mut().enumerate() {
                let at = (x * self.step) as isize + column;
                *to = usize::try_from(at).ok().and_then(|at| from.get(at)).copied().unwrap_or(0.0);
            }
        }
    }
}

/// `map` from `begin` on into `copy`, with zeros where there is no map.
fn move_all(map: &[f32], begin: isize, copy: &mut [f32]) {
    let before = begin.min(0).unsigned_abs().min(copy.len());
    let (zeros, copy) = copy.split_at_mut(before);
    zeros.fill(0.0);
    let map = &map[(begin.max(0) as usize).min(map.len())..];
    let (copy, zeros) = copy.split_at_mut(map.len().min(copy.len()));
    copy.copy_from_slice(&map[..copy.len()]);
    zeros.fill(0.0);
}

/// Clears the first `-column` or the last `column` numbers of every row: one by one, since a call for one or two of them would cost more.
fn clear_edges(column: isize, width: usize, rows: &mut [f32]) {
    let n = column.unsigned_abs().min(width);
    let first = if column < 0 { 0 } else { width - n };
    for x in first..first + n {
        rows.iter_mut().skip(x).step_by(width).for_each(|value| *value = 0.0);
    }
}
