//! A table laid out for the kernels: tiles of 64 rows, within a tile column after column.

use std::ops::Range;

use crate::loss::RowTerms;
use crate::matrix::Matrix;
use crate::random::Random;
use crate::simd::Scalar;
use crate::simd::lanes::{LANES, Lanes};

/// Inputs, responses, row weights and offsets in tiles. Rows that fill up the last tile weigh nothing.
///
/// Memory: p + K + 1 numbers a row, and one more with an offset, of 8 bytes or 4.
#[derive(Debug, Clone)]
pub struct Design<T = f64> {
    n_inputs: usize,
    n_outputs: usize,
    x: Vec<Lanes<T>>,
    y: Vec<Lanes<T>>,
    weight: Vec<Lanes<T>>,
    /// One a tile, or none at all.
    offset: Vec<Lanes<T>>,
}

impl<T: Scalar> Design<T> {
    /// Lays out `x` (n, p), `y` (n, K) and the weights (n) and offsets of rows; an offset is of one output.
    pub fn new<'a>(x: &Matrix, y: &Matrix, terms: impl Into<RowTerms<'a>>) -> Self {
        let RowTerms { weight, offset } = terms.into();
        let n_rows = x.n_rows();
        assert!(y.n_rows() == n_rows && weight.len() == n_rows, "x, y and weights have the same rows");
        assert!(offset.is_empty() || offset.len() == n_rows && y.n_columns() == 1, "an offset a row of one output");
        let tiles_of = |column: &[f64]| (0..column.len().div_ceil(LANES)).map(|t| tile_of(column, t)).collect();
        let (n_inputs, n_outputs) = (x.n_columns(), y.n_columns());
        Self { n_inputs, n_outputs, x: tiles(x), y: tiles(y), weight: tiles_of(weight), offset: tiles_of(offset) }
    }

    pub fn n_tiles(&self) -> usize {
        self.weight.len()
    }

    /// Inputs of a tile (p).
    pub fn x(&self, tile: usize) -> &[Lanes<T>] {
        &self.x[tile * self.n_inputs..][..self.n_inputs]
    }

    /// Responses of a tile (K).
    pub fn y(&self, tile: usize) -> &[Lanes<T>] {
        &self.y[tile * self.n_outputs..][..self.n_outputs]
    }

    /// Row weights of a tile.
    pub fn weight(&self, tile: usize) -> &Lanes<T> {
        &self.weight[tile]
    }

    /// What is added to the linear predictors of a tile, if anything is.
    pub fn offset(&self, tile: usize) -> Option<&Lanes<T>> {
        self.offset.get(tile)
    }
}

impl Design {
    /// The same rows in single precision.
    pub fn single(&self) -> Design<f32> {
        let convert =
            |lanes: &[Lanes<f64>]| lanes.iter().map(|lanes| Lanes(lanes.0.map(|value| value as f32))).collect();
        Design {
            n_inputs: self.n_inputs,
            n_outputs: self.n_outputs,
            x: convert(&self.x),
            y: convert(&self.y),
            weight: convert(&self.weight),
            offset: convert(&self.offset),
        }
    }
}

impl Design<f32> {
    /// The same rows in another order.
    #[must_use]
    pub fn shuffled(&self, random: &mut Random) -> Self {
        let seats = random.permutation(self.n_tiles() * LANES);
        let move_to = |lanes: &[Lanes<f32>], columns: usize| {
            let mut moved = vec![Lanes([0.0; LANES]); lanes.len()];
            for (to, &from) in seats.iter().enumerate() {
                for j in 0..columns {
                    moved[to / LANES * columns + j].0[to % LANES] = lanes[from / LANES * columns + j].0[from % LANES];
                }
            }
            moved
        };
        Self {
            n_inputs: self.n_inputs,
            n_outputs: self.n_outputs,
            x: move_to(&self.x, self.n_inputs),
            y: move_to(&self.y, self.n_outputs),
            weight: move_to(&self.weight, 1),
            offset: move_to(&self.offset, usize::from(!self.offset.is_empty())),
        }
    }

    /// Room for `n_tiles` tiles of rows that weigh nothing until they are written.
    pub fn with_room(n_inputs: usize, n_outputs: usize, n_tiles: usize) -> Self {
        let zeros = |n: usize| vec![Lanes([0.0; LANES]); n];
        Self {
            n_inputs,
            n_outputs,
            x: zeros(n_tiles * n_inputs),
            y: zeros(n_tiles * n_outputs),
            weight: zeros(n_tiles),
            offset: Vec::new(),
        }
    }

    /// Inputs, responses and weights of a tile, to write to.
    pub fn tile_mut(&mut self, tile: usize) -> (&mut [Lanes<f32>], &mut [Lanes<f32>], &mut Lanes<f32>) {
        (
            &mut self.x[tile * self.n_inputs..][..self.n_inputs],
            &mut self.y[tile * self.n_outputs..][..self.n_outputs],
            &mut self.weight[tile],
        )
    }

    /// The offsets of a tile, to write to; all are zero until the first is written.
    pub fn offset_mut(&mut self, tile: usize) -> &mut Lanes<f32> {
        if self.offset.is_empty() {
            self.offset = vec![Lanes([0.0; LANES]); self.n_tiles()];
        }
        &mut self.offset[tile]
    }

    /// Some tiles in double precision.
    pub fn widened(&self, tiles: Range<usize>) -> Design {
        let wide = |lanes: &[Lanes<f32>]| lanes.iter().map(|lanes| Lanes(lanes.0.map(f64::from))).collect();
        Design {
            n_inputs: self.n_inputs,
            n_outputs: self.n_outputs,
            x: wide(&self.x[tiles.start * self.n_inputs..tiles.end * self.n_inputs]),
            y: wide(&self.y[tiles.start * self.n_outputs..tiles.end * self.n_outputs]),
            weight: wide(&self.weight[tiles.clone()]),
            offset: wide(self.offset.get(tiles).unwrap_or_default()),
        }
    }
}

/// All columns of a matrix in tiles: [tile][column][lane].
pub fn tiles<T: Scalar>(matrix: &Matrix) -> Vec<Lanes<T>> {
    let n_tiles = matrix.n_rows().div_ceil(LANES);
    let mut out = Vec::with_capacity(n_tiles * matrix.n_columns());
    for tile in 0..n_tiles {
        out.extend((0..matrix.n_columns()).map(|j| tile_of(matrix.column(j), tile)));
    }
    out
}

fn tile_of<T: Scalar>(column: &[f64], tile: usize) -> Lanes<T> {
    let rows = &column[tile * LANES..column.len().min((tile + 1) * LANES)];
    let mut lanes = *T::ZEROS;
    lanes.0.iter_mut().zip(rows).for_each(|(lane, row)| *lane = T::of(*row));
    lanes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffled_rows_are_the_same_rows() {
        let n = 150;
        let x = Matrix::from_fn(n, 2, |i, j| (10 * i + j) as f64);
        let y = Matrix::from_fn(n, 1, |i, _| i as f64);
        let numbers: Vec<f64> = (0..n).map(|i| 1.0 + i as f64).collect();
        let terms = RowTerms { weight: &numbers, offset: &numbers };
        let rows_of = |design: &Design<f32>| {
            let seats = (0..design.n_tiles()).flat_map(|tile| (0..LANES).map(move |lane| (tile, lane)));
            let row = |(tile, lane): (usize, usize)| {
                let inputs = design.x(tile).iter().map(move |column| column.0[lane]);
                let rest =
                    [design.y(tile)[0].0[lane], design.weight(tile).0[lane], design.offset(tile).unwrap().0[lane]];
                inputs.chain(rest).collect::<Vec<f32>>()
            };
            seats.map(row).collect::<Vec<_>>()
        };
        let design = Design::<f64>::new(&x, &y, terms).single();
        let (before, mut after) = (rows_of(&design), rows_of(&design.shuffled(&mut Random::simulated(1))));
        assert_ne!(before, after);
        after.sort_by(|a, b| a.partial_cmp(b).unwrap());
        let mut sorted = before;
        sorted.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!(sorted, after);
    }
}
