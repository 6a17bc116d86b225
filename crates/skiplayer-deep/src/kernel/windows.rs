//! Windows that slide over maps: the largest number of each, or the mean.

use rayon::prelude::*;

use super::grid::Grid;
use super::half::number::Number;
use super::pool::TASK;

/// Of nothing that was read.
const NO_TAP: u16 = u16::MAX;

/// Squares of `kernel` by `kernel` pixels, every `stride` pixels, with a border of `padding` pixels that are never the largest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
}

impl Windows {
    /// Windows side by side.
    pub fn tiles(kernel: usize) -> Self {
        Self { kernel, stride: kernel, padding: 0 }
    }

    /// One pixel of each `stride` by `stride`.
    pub fn pixels(stride: usize) -> Self {
        Self { kernel: 1, stride, padding: 0 }
    }

    fn count(&self, side: usize) -> usize {
        (side + 2 * self.padding - self.kernel) / self.stride + 1
    }

    /// The shape (n, channels, height, width) of what comes of maps of this one.
    pub fn output(&self, [n, channels, height, width]: [usize; 4]) -> [usize; 4] {
        [n, channels, self.count(height), self.count(width)]
    }

    fn outputs(&self, grid: Grid) -> Grid {
        Grid { height: self.count(grid.height), width: self.count(grid.width), ..grid }
    }

    /// The pixel along one side that window `at` sees at `tap`, of `side` there are.
    fn pixel(&self, at: usize, tap: usize, side: usize) -> Option<usize> {
        (at * self.stride + tap).checked_sub(self.padding).filter(|pixel| *pixel < side)
    }

    /// The largest numbers of `x` into `y`, and where in its window each was, row by row: of equal ones the first. What is no number is
    /// larger than all numbers.
    pub fn max<T: Number>(&self, grid: Grid, x: &[T], y: &mut [T], taps: &mut [u16]) {
        assert!(
            self.padding < self.kernel && self.kernel < 256,
            "every window sees a pixel, and its taps can be counted"
        );
        let out = self.outputs(grid);
        let rows = y.par_chunks_mut(out.row()).zip(taps.par_chunks_mut(out.row())).enumerate();
        rows.with_min_len(TASK.div_ceil(out.row())).for_each(|(i, (y, taps))| {
            let plane = &x[i / out.height * grid.plane()..][..grid.plane()];
            taps.fill(NO_TAP);
            for tap in 0..self.kernel * self.kernel {
                let (ky, kx) = (tap / self.kernel, tap % self.kernel);
                let Some(row) = self.pixel(i % out.height, ky, grid.height) else { continue };
                let row = &plane[row * grid.row()..][..grid.row()];
                for at in 0..out.width {
                    let Some(pixel) = self.pixel(at, kx, grid.width) else { continue };
                    let here = at * grid.inner..(at + 1) * grid.inner;
                    let from = &row[pixel * grid.inner..][..grid.inner];
                    for ((to, at), from) in y[here.clone()].iter_mut().zip(&mut taps[here]).zip(from) {
                        let new = from.single();
                        if *at == NO_TAP || new > to.single() || new.is_nan() {
                            (*to, *at) = (*from, tap as u16);
                        }
                    }
                }
            }
        });
    }

    /// The gradient of what [`max`](Self::max) read.
    pub fn max_backward<T: Number>(&self, grid: Grid, taps: &[u16], dy: &[T], dx: &mut [T]) {
        let out = self.outputs(grid);
        let planes = dx.par_chunks_mut(grid.plane()).zip(dy.par_chunks(out.plane())).zip(taps.par_chunks(out.plane()));
        planes.with_min_len(TASK.div_ceil(grid.plane())).for_each(|((dx, dy), taps)| {
            if self.kernel <= self.stride {
                dx.fill(T::nearest(0.0));
                return self.at_taps(grid, out, taps, dy, |at, dy| dx[at] = dy);
            }
            // Windows overlap: what comes together is added before it is rounded.
            let mut sums = vec![0.0; dx.len()];
            self.at_taps(grid, out, taps, dy, |at, dy| sums[at] += dy.single());
            dx.iter_mut().zip(sums).for_each(|(dx, sum)| *dx = T::nearest(sum));
        });
    }

    fn at_taps<T: Number>(&self, grid: Grid, out: Grid, taps: &[u16], dy: &[T], mut give: impl FnMut(usize, T)) {
        for (i, (dy, taps)) in dy.chunks_exact(out.inner).zip(taps.chunks_exact(out.inner)).enumerate() {
            let corner = (i / out.width * self.stride, i % out.width * self.stride);
            for (c, (dy, tap)) in dy.iter().zip(taps).enumerate() {
                let tap = usize::from(*tap);
                let (row, column) = (corner.0 + tap / self.kernel, corner.1 + tap % self.kernel);
                give(((row - self.padding) * grid.width + column - self.padding) * grid.inner + c, *dy);
            }
        }
    }

    /// The means of `x` into `y`, by windows side by side.
    pub fn mean<T: Number>(&self, grid: Grid, x: &[T], y: &mut [T]) {
        let out = self.outputs(grid);
        let share = 1.0 / (self.kernel * self.kernel) as f32;
        y.par_chunks_mut(out.row()).enumerate().with_min_len(TASK.div_ceil(grid.row())).for_each(|(i, y)| {
            let first = i / out.height * grid.height + i % out.height * self.kernel;
            let mut sums = vec![0.0; y.len()];
            for row in x[first * grid.row()..].chunks_exact(grid.row()).take(self.kernel) {
                let windows = row.chunks_exact(self.kernel * grid.inner);
                for (sums, window) in sums.chunks_exact_mut(grid.inner).zip(windows) {
                    for pixel in window.chunks_exact(grid.inner) {
                        sums.iter_mut().zip(pixel).for_each(|(sum, x)| *sum += x.single());
                    }
                }
            }
            y.iter_mut().zip(sums).for_each(|(y, sum)| *y = T::nearest(sum * share));
        });
    }

    /// The gradient of what [`mean`](Self::mean) read.
    pub fn mean_backward<T: Number>(&self, grid: Grid, dy: &[T], dx: &mut [T]) {
        let out = self.outputs(grid);
        let share = 1.0 / (self.kernel * self.kernel) as f32;
        dx.par_chunks_mut(grid.row()).enumerate().with_min_len(TASK.div_ceil(grid.row())).for_each(|(i, dx)| {
            let (plane, row) = (i / grid.height, i % grid.height / self.kernel);
            // Pixels behind the last window were not read.
            dx.fill(T::nearest(0.0));
            if row == out.height {
                return;
            }
            let dy = &dy[(plane * out.height + row) * out.row()..][..out.row()];
            for (dx, dy) in dx.chunks_exact_mut(self.kernel * grid.inner).zip(dy.chunks_exact(grid.inner)) {
                for dx in dx.chunks_exact_mut(grid.inner) {
                    dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = T::nearest(dy.single() * share));
                }
            }
        });
    }
}
