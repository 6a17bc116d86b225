//! Maps of 16 bits out of those in single precision, and back; zeros for channels that are missing.

use burn::tensor::bf16;
use rayon::prelude::*;

use super::number::{rounded, wide};
use crate::kernel::normalise::Maps;
use crate::kernel::turn::{LONGEST, turn_tile};
use crate::kernel::vectors::in_vectors;

/// Rounds `x` (n, channels, positions) into `y` (n, positions, channels).
pub fn round(maps: Maps, x: &[f32], y: &mut [bf16]) {
    let images = y.par_chunks_exact_mut(maps.image().max(1)).zip(x.par_chunks_exact(maps.image().max(1)));
    images.with_min_len(maps.images_of_a_task()).for_each(|(y, x)| round_image(x, maps.positions, y));
}

/// Widens `x` (n, positions, channels) into `y` (n, channels, positions).
pub fn widen(maps: Maps, x: &[bf16], y: &mut [f32]) {
    let images = y.par_chunks_exact_mut(maps.image().max(1)).zip(x.par_chunks_exact(maps.image().max(1)));
    images.with_min_len(maps.images_of_a_task()).for_each(|(y, x)| widen_image(x, maps.positions, y));
}

in_vectors! {
    fn round_image(x: &'a [f32], positions: usize, y: &'a mut [bf16]) -> () {
        turn(x, positions, x.len() / positions, y, rounded);
    }

    fn widen_image(x: &'a [bf16], positions: usize, y: &'a mut [f32]) -> () {
        turn(x, x.len() / positions, positions, y, wide);
    }
}

/// `from` (rows, `width`) into `to` (`width`, rows), `height` of which there are.
#[inline(always)]
fn turn<A: Copy, B: Copy + Default>(from: &[A], width: usize, height: usize, to: &mut [B], change: impl Fn(A) -> B) {
    for first in (0..height).step_by(LONGEST) {
        let here = LONGEST.min(height - first);
        for p in (0..width).step_by(LONGEST) {
            let mut tile = [[B::default(); LONGEST]; LONGEST];
            for (row, from) in tile.iter_mut().zip(from[first * width..].chunks_exact(width)) {
                match from[p..].first_chunk::<LONGEST>() {
                    Some(whole) => row.iter_mut().zip(whole).for_each(|(to, from)| *to = change(*from)),
                    None => row.iter_mut().zip(&from[p..]).for_each(|(to, from)| *to = change(*from)),
                }
            }
            turn_tile(&mut tile);
            for (row, to) in tile.iter().zip(to[p * height..].chunks_exact_mut(height)) {
                match to[first..].first_chunk_mut::<LONGEST>() {
                    Some(whole) => *whole = *row,
                    None => to[first..].iter_mut().zip(&row[..here]).for_each(|(to, from)| *to = *from),
                }
            }
        }
    }
}

/// The shortcut around layers that make fewer and more maps: every `stride`-th pixel, and zeros for the channels that are missing.
#[derive(Debug, Clone, Copy)]
pub struct ZeroPad {
    /// (n, channels, height, width)
    input: [usize; 4],
    stride: usize,
    n_outputs: usize,
}

impl ZeroPad {
    /// `input`: (n, channels, height, width), with at most `n_outputs` channels.
    pub fn new(input: [usize; 4], stride: usize, n_outputs: usize) -> Self {
        assert!(input[1] <= n_outputs && stride > 0, "channels that are missing, not too many");
        Self { input, stride, n_outputs }
    }

    pub fn input(&self) -> [usize; 4] {
        self.input
    }

    pub fn output(&self) -> [usize; 4] {
        let [n, _, height, width] = self.input;
        [n, self.n_outputs, height.div_ceil(self.stride), width.div_ceil(self.stride)]
    }

    /// Numbers of the input.
    pub fn n_inputs(&self) -> usize {
        self.input.iter().product()
    }

    /// Numbers of the output.
    pub fn n_numbers(&self) -> usize {
        self.output().iter().product()
    }

    /// `y` from `x`, all of which is written.
    pub fn forward(&self, x: &[bf16], y: &mut [bf16]) {
        let [_, n_channels, _, width] = self.input;
        let row = self.output()[3] * self.n_outputs;
        y.par_chunks_exact_mut(row.max(1)).enumerate().for_each(|(i, y)| {
            let x = &x[self.row_of(i) * width * n_channels..][..width * n_channels];
            let pixels = x.chunks_exact(n_channels).step_by(self.stride);
            for (y, x) in y.chunks_exact_mut(self.n_outputs).zip(pixels) {
                let (same, zeros) = y.split_at_mut(n_channels);
                same.copy_from_slice(x);
                zeros.fill(bf16::ZERO);
            }
        });
    }

    /// The gradient of the input from that of the output; all is written.
    pub fn backward(&self, dy: &[bf16], dx: &mut [bf16]) {
        let [_, n_channels, height, width] = self.input;
        let [_, _, out_height, out_width] = self.output();
        let row = out_width * self.n_outputs;
        dx.par_chunks_exact_mut((width * n_channels).max(1)).enumerate().for_each(|(i, dx)| {
            dx.fill(bf16::ZERO);
            let (image, y) = (i / height, i % height);
            if y % self.stride > 0 {
                return;
            }
            let dy = &dy[(image * out_height + y / self.stride) * row..][..row];
            let pixels = dx.chunks_exact_mut(n_channels).step_by(self.stride);
            pixels.zip(dy.chunks_exact(self.n_outputs)).for_each(|(dx, dy)| dx.copy_from_slice(&dy[..n_channels]));
        });
    }

    /// The row of all rows of the input that row `i` of all of the output is.
    fn row_of(&self, i: usize) -> usize {
        let (height, out_height) = (self.input[2], self.output()[2]);
        i / out_height * height + i % out_height * self.stride
    }
}
