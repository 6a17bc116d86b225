//! The gradient of the input: a convolution of that of the output.

use super::geometry::Geometry;
use super::product::{Packed, Written, correlate};
use super::shifted::Shifted;
use super::winograd::{self, Read};
use super::workspace::{WORKSPACE, Workspace, grown, laid_out};

/// How it is taken, and the weights for it.
pub enum OfInput {
    /// By Winograd's filtering.
    Tiled(winograd::Packed),
    /// Class by class of its pixels.
    Classes(Vec<Class>),
}

impl OfInput {
    pub fn new(g: &Geometry, weight: &[f32]) -> Self {
        if winograd::pays(g) {
            return Self::Tiled(winograd::Packed::new(Read::Backward, g.n_inputs, g.n_outputs, weight));
        }
        let all = (0..g.stride).flat_map(|row| (0..g.stride).map(move |column| (row, column)));
        Self::Classes(all.filter_map(|(row, column)| Class::new(g, weight, row, column)).collect())
    }

    /// The weights of Winograd's filtering, if it is taken so.
    pub fn tiled(&self) -> Option<&winograd::Packed> {
        match self {
            Self::Tiled(weights) => Some(weights),
            Self::Classes(_) => None,
        }
    }

    /// Images that are worth being taken together.
    pub fn images_together(&self, g: &Geometry) -> usize {
        if self.tiled().is_some() { winograd::images_together(g) } else { 1 }
    }

    /// The gradient of some images, no more than [`images_together`](Self::images_together), into `dx`.
    pub fn write(&self, g: &Geometry, dy: &[f32], dx: &mut [f32]) {
        let classes = match self {
            Self::Tiled(weights) => {
                let turned = Geometry { n_inputs: g.n_outputs, n_outputs: g.n_inputs, ..*g };
                return winograd::forward(&turned, dy, weights, Written::Replaced, dx);
            }
            Self::Classes(classes) => classes,
        };
        if classes.len() < g.stride * g.stride {
            // Pixels that no weight reads.
            dx.fill(0.0);
        }
        WORKSPACE.with_borrow_mut(|Workspace { source, map, .. }| {
            classes.iter().for_each(|class| class.backward(g, dy, source, map, dx));
        });
    }
}

/// Pixels of the input, every `stride`-th of every `stride`-th row from `row` and `column` on: pixel stride j + p is read by the weight k at
/// the output j + (p + padding - k) / stride, if that is a whole number.
pub struct Class {
    row: usize,
    column: usize,
    /// Of these pixels.
    height: usize,
    width: usize,
    reading: Shifted,
    weights: Packed,
}

impl Class {
    /// None where there are no such pixels, or no weight reads them.
    fn new(g: &Geometry, weight: &[f32], row: usize, column: usize) -> Option<Self> {
        let side = |side: usize, first: usize| side.saturating_sub(first).div_ceil(g.stride);
        let (height, width) = (side(g.height, row), side(g.width, column));
        let taps = |first: usize| -> (Vec<usize>, Vec<isize>) {
            let shift = |k: usize| (first + g.padding) as isize - k as isize;
            let taps = (0..g.kernel).filter(|k| shift(*k) % g.stride as isize == 0);
            taps.map(|k| (k, shift(k) / g.stride as isize)).unzip()
        };
        let ((rows, row_shifts), (columns, column_shifts)) = (taps(row), taps(column));
        let per_output = rows.len() * columns.len();
        if height * width * per_output == 0 {
            return None;
        }
        let weights = Packed::new(g.n_inputs, g.n_outputs * per_output, |c, t| {
            let (o, tap) = (t / per_output, t % per_output);
            let (ky, kx) = (rows[tap / columns.len()], columns[tap % columns.len()]);
            weight[((o * g.n_inputs + c) * g.kernel + ky) * g.kernel + kx]
        });
        let reading = Shifted::new(g.n_outputs, g.output(), (height, width), 1, &row_shifts, &column_shifts);
        Some(Self { row, column, height, width, reading, weights })
    }

    /// The gradient of these pixels of one image into `dx`, by way of `map`.
    fn backward(&self, g: &Geometry, dy: &[f32], source: &mut Vec<f32>, map: &mut Vec<f32>, dx: &mut [f32]) {
        let source = laid_out(&self.reading, dy, source);
        let n = self.reading.n_positions();
        if g.stride == 1 {
            return correlate(&self.weights, self.reading.starts(), source, n, Written::Replaced, dx);
        }
        let map = grown(map, g.n_inputs * n);
        correlate(&self.weights, self.reading.starts(), source, n, Written::Replaced, map);
        for (map, dx) in map.chunks_exact(n).zip(dx.chunks_exact_mut(g.height * g.width)) {
            for (y, row) in map.chunks_exact(self.width).enumerate().take(self.height) {
                let to = &mut dx[(y * g.stride + self.row) * g.width..][..g.width];
                to[self.column..].iter_mut().step_by(g.stride).zip(row).for_each(|(to, from)| *to = *from);
            }
        }
    }
}
