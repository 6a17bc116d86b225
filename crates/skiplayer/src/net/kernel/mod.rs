//! Fused forward and backward passes over row tiles, and their slow reference.
//!
//! A pass is split into parts of fixed size, whatever the number of threads; parts run in any order and are added in
//! order, so that results have the same bits on one thread and on many.

mod active_units;
#[cfg(test)]
mod kinds;
mod outer;
#[cfg(test)]
mod reference;
mod tile;
mod tiled;

use std::ops::Range;

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, Mat, MatRef, Par};
use rayon::prelude::*;

use crate::matrix::Matrix;
use crate::net::layout::Layout;
use crate::simd::Scalar;
pub use crate::simd::lanes::LANES;
use crate::simd::lanes::Lanes;
use active_units::active_units;
pub use tile::Pass;
use tile::Room;
pub use tiled::Design;

/// Tiles in a part: below about 2,000 rows splitting costs more than it gains.
const PART: usize = 32;
/// At most this many parts of a Gauss-Newton matrix are held at once.
const MAX_PARTS: usize = 16;
/// Derivatives of all parts that one thread adds up.
const ADDED_AT_ONCE: usize = 16_384;
/// Tiles whose Jacobian is held at once: 256 rows x 200 parameters are 400 kB, inside L2.
const JACOBIAN_TILES: usize = 4;

fn parts(n_tiles: usize, limit: usize) -> Vec<Range<usize>> {
    let size = PART.max(n_tiles.div_ceil(limit));
    (0..n_tiles.div_ceil(size)).map(|i| i * size..((i + 1) * size).min(n_tiles)).collect()
}

impl<T: Scalar> Pass<'_, T> {
    /// Loss of each output (squared error) or the loss in the first place (others), without the precision.
    pub fn losses(&self, theta: &[f64]) -> Vec<f64> {
        if let Some(active) = active_units(self.layout, theta, |_| false) {
            return Pass { layout: &active.layout, ..*self }.losses(&active.gather(theta));
        }
        let theta: Vec<T> = theta.iter().map(|t| T::of(*t)).collect();
        let parts = parts(self.design.n_tiles(), usize::MAX);
        let of = |tiles: &Range<usize>| {
            let mut losses = vec![0.0; self.layout.n_outputs];
            tile::value(self, &theta, tiles.clone(), &mut losses);
            losses
        };
        add_up(if parts.len() < 2 { parts.iter().map(of).collect() } else { parts.par_iter().map(of).collect() })
    }

    /// As [`losses`](Self::losses); writes the gradient of sum_k precision_k loss_k.
    pub fn losses_gradient(&self, theta: &[f64], gradient: &mut [f64]) -> Vec<f64> {
        if let Some(active) = active_units(self.layout, theta, |_| false) {
            let mut own = vec![0.0; active.layout.n_parameters()];
            let losses = Pass { layout: &active.layout, ..*self }.losses_gradient(&active.gather(theta), &mut own);
            gradient.fill(0.0);
            active.scatter(&own, gradient);
            return losses;
        }
        let own: Vec<T> = theta.iter().map(|t| T::of(*t)).collect();
        let of = |tiles: &Range<usize>| {
            let mut losses = vec![0.0; self.layout.n_outputs];
            let mut sums = vec![T::ZERO; own.len()];
            tile::gradient(self, &own, tiles.clone(), &mut Room::new(self.layout), &mut losses, &mut sums);
            (losses, sums)
        };
        let parts = parts(self.design.n_tiles(), usize::MAX);
        let (losses, sums): (Vec<Vec<f64>>, Vec<Vec<T>>) =
            if parts.len() < 2 { parts.iter().map(of).unzip() } else { parts.par_iter().map(of).unzip() };
        let add = |(at, chunk): (usize, &mut [f64])| {
            chunk.fill(0.0);
            for part in &sums {
                chunk.iter_mut().zip(&part[at * ADDED_AT_ONCE..]).for_each(|(g, own)| *g += own.to_f64());
            }
        };
        // Rayon would wake another thread even for one chunk.
        if gradient.len() <= ADDED_AT_ONCE {
            add((0, gradient));
        } else {
            gradient.par_chunks_mut(ADDED_AT_ONCE).enumerate().for_each(add);
        }
        add_up(losses)
    }
}

/// Room for gradients over a few tiles, on one thread, one after the other.
#[derive(Debug, Clone)]
pub struct Batch<T> {
    theta: Vec<T>,
    gradient: Vec<T>,
    losses: Vec<f64>,
    room: Room<T>,
}

impl<T: Scalar> Batch<T> {
    pub fn new(layout: &Layout) -> Self {
        let n = layout.n_parameters();
        Self {
            theta: vec![T::ZERO; n],
            gradient: vec![T::ZERO; n],
            losses: vec![0.0; layout.n_outputs],
            room: Room::new(layout),
        }
    }

    /// The losses over `tiles`; overwrites `gradient`. See [`Pass::losses_gradient`].
    pub fn gradient(&mut self, pass: &Pass<T>, theta: &[f64], tiles: Range<usize>, gradient: &mut [f64]) -> &[f64] {
        self.theta.iter_mut().zip(theta).for_each(|(own, t)| *own = T::of(*t));
        self.gradient.fill(T::ZERO);
        self.losses.fill(0.0);
        tile::gradient(pass, &self.theta, tiles, &mut self.room, &mut self.losses, &mut self.gradient);
        gradient.iter_mut().zip(&self.gradient).for_each(|(g, own)| *g = own.to_f64());
        &self.losses
    }
}

impl Pass<'_> {
    /// J' Lambda J over the `live` parameters: the Gauss-Newton matrix (Fisher information), lower triangle filled.
    ///
    /// O(n K L^2) time for L live parameters.
    pub fn gauss_newton(&self, theta: &[f64], live: &[usize]) -> Mat<f64> {
        let mut slots = vec![u32::MAX; theta.len()];
        for (slot, &parameter) in live.iter().enumerate() {
            slots[parameter] = slot as u32;
        }
        if let Some(active) = active_units(self.layout, theta, |_| false) {
            let slots = active.gather(&slots);
            let own: Vec<usize> = (0..slots.len()).filter(|&i| slots[i] != u32::MAX).collect();
            let among = Pass { layout: &active.layout, ..*self }.gauss_newton(&active.gather(theta), &own);
            let mut matrix = Mat::zeros(live.len(), live.len());
            for b in 0..own.len() {
                for a in b..own.len() {
                    let (a_slot, b_slot) = (slots[own[a]] as usize, slots[own[b]] as usize);
                    matrix[(a_slot.max(b_slot), a_slot.min(b_slot))] = among[(a, b)];
                }
            }
            return matrix;
        }
        let of = |tiles: &Range<usize>| {
            let mut sum = Mat::zeros(live.len(), live.len());
            let mut rows = vec![0.0; live.len() * self.layout.n_outputs * JACOBIAN_TILES * LANES];
            for start in tiles.clone().step_by(JACOBIAN_TILES) {
                let few = start..(start + JACOBIAN_TILES).min(tiles.end);
                let length = self.layout.n_outputs * few.len() * LANES;
                let rows = &mut rows[..live.len() * length];
                tile::jacobian(self, theta, &slots, few, rows);
                let rows = MatRef::from_row_major_slice(rows, live.len(), length);
                triangular::matmul(
                    sum.as_mut(),
                    BlockStructure::TriangularLower,
                    Accum::Add,
                    rows,
                    BlockStructure::Rectangular,
                    rows.transpose(),
                    BlockStructure::Rectangular,
                    1.0,
                    Par::Seq,
                );
            }
            sum
        };
        let parts = parts(self.design.n_tiles(), MAX_PARTS);
        let sums: Vec<Mat<f64>> =
            if parts.len() < 2 { parts.iter().map(of).collect() } else { parts.par_iter().map(of).collect() };
        sums.into_iter().reduce(|a, b| a + b).unwrap_or_else(|| Mat::zeros(live.len(), live.len()))
    }
}

impl Pass<'_> {
    /// Adds to `matrix` (L, L; row-major, both triangles) what the Gauss-Newton matrix leaves out of the Hessian over the
    /// `live` parameters. Returns whether it could: only networks with one hidden layer have this form.
    ///
    /// A unit's own weights couple with each other and with nothing else: O(n H q (q/2 + K)) time for the q inputs with a live weight
    /// into some unit.
    pub fn add_residual_curvature(&self, theta: &[f64], live: &[usize], matrix: &mut [f64]) -> bool {
        let layout = self.layout;
        if layout.width == 0 || !layout.blocks.is_empty() {
            return false;
        }
        let mut slots = vec![None; theta.len()];
        live.iter().enumerate().for_each(|(slot, &parameter)| slots[parameter] = Some(slot));
        // The mixed derivative by a weight into a unit and one out of it is not zero where both are.
        match active_units(layout, theta, |i| slots[i].is_some()) {
            Some(active) if active.layout.width > 0 => Pass { layout: &active.layout, ..*self }
                .add_residual_curvature_of(&active.gather(theta), live.len(), &active.gather(&slots), matrix),
            Some(_) => {}
            None => self.add_residual_curvature_of(theta, live.len(), &slots, matrix),
        }
        true
    }

    /// The same for `n_live` parameters with these slots, and at least one unit.
    fn add_residual_curvature_of(&self, theta: &[f64], n_live: usize, slots: &[Option<usize>], matrix: &mut [f64]) {
        let layout = self.layout;
        let (k, width) = (layout.n_outputs, layout.width);
        let is_live = |&j: &usize| (0..width).any(|h| slots[layout.input.index(h, j)].is_some());
        let inputs: Vec<usize> = (0..layout.n_inputs).filter(is_live).collect();
        let pairs = tile::input_pairs(inputs.len());
        let n_among = width * pairs.len();
        let of = |tiles: &Range<usize>| {
            let mut sums = vec![0.0; n_among + k * width * (inputs.len() + 1)];
            let (among_inputs, across) = sums.split_at_mut(n_among);
            tile::residual_curvature(self, theta, &inputs, tiles.clone(), among_inputs, across);
            sums
        };
        let parts = parts(self.design.n_tiles(), MAX_PARTS);
        let sums =
            add_up(if parts.len() < 2 { parts.iter().map(of).collect() } else { parts.par_iter().map(of).collect() });
        let (among_inputs, across) = sums.split_at(n_among);

        let mut add = |a: usize, b: usize, second: f64| {
            if let (Some(a), Some(b)) = (slots[a], slots[b]) {
                matrix[a * n_live + b] += second;
                if a != b {
                    matrix[b * n_live + a] += second;
                }
            }
        };
        // The weight of the j-th live input into unit h; the constant comes after the inputs.
        let into = |h: usize, j: usize| match inputs.get(j) {
            Some(&input) => layout.input.index(h, input),
            None => layout.hidden_bias.start + h,
        };
        for (chunk, sums) in pairs.chunks(tile::PAIRS).zip(among_inputs.chunks(width * tile::PAIRS)) {
            for (h, sums) in sums.chunks(chunk.len()).enumerate() {
                chunk.iter().zip(sums).for_each(|(&(i, j), second)| add(into(h, i), into(h, j), *second));
            }
        }
        for (at, row) in across.chunks(inputs.len() + 1).enumerate() {
            let (o, h) = (at / width, at % width);
            row.iter().enumerate().for_each(|(j, second)| add(layout.head.index(o, h), into(h, j), *second));
        }
    }
}

fn add_up(parts: Vec<Vec<f64>>) -> Vec<f64> {
    let mut parts = parts.into_iter();
    let mut total = parts.next().unwrap_or_default();
    for part in parts {
        for (t, p) in total.iter_mut().zip(part) {
            *t += p;
        }
    }
    total
}

/// Linear predictors (n, K) of the rows of `x` (n, p).
pub fn forward(layout: &Layout, theta: &[f64], x: &Matrix) -> Matrix {
    predict(layout, theta, x, false)
}

/// Outputs of the hidden layer after the last block (n, H).
pub fn hidden(layout: &Layout, theta: &[f64], x: &Matrix) -> Matrix {
    predict(layout, theta, x, true)
}

fn predict(layout: &Layout, theta: &[f64], x: &Matrix, hidden: bool) -> Matrix {
    assert_eq!(x.n_columns(), layout.n_inputs, "columns of x");
    let n_columns = if hidden { layout.width } else { layout.n_outputs };
    let mut out = Matrix::zeros(x.n_rows(), n_columns);
    // A part at a time, so that the tiles of a long table are never all in memory.
    for start in (0..x.n_rows()).step_by(PART * LANES) {
        let rows: Vec<usize> = (start..x.n_rows().min(start + PART * LANES)).collect();
        let tiles = tiled::tiles(&x.select_rows(&rows));
        let n_tiles = rows.len().div_ceil(LANES);
        let mut values = vec![Lanes([0.0; LANES]); n_tiles * n_columns];
        tile::predict(layout, theta, &tiles, hidden, &mut values);
        for k in 0..n_columns {
            for (i, &row) in rows.iter().enumerate() {
                out.column_mut(k)[row] = values[(i / LANES) * n_columns + k][i % LANES];
            }
        }
    }
    out
}
