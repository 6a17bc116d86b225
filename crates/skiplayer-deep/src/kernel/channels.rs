//! Channels that stand behind others, and numbers that are added to each.
//!
//! Channels of maps lie in runs: of one image in single precision, of one pixel in 16 bits. Joining maps is laying their runs in turns.

use rayon::prelude::*;

use super::grid::Grid;
use super::half::number::Number;
use super::pool::TASK;

/// Pixels whose numbers are added in single precision, before their sum is added to others in double.
const TOGETHER: usize = 256;

/// How many runs there are in maps of a shape (n, channels, height, width).
pub fn n_runs<T: Number>([n, _, height, width]: [usize; 4]) -> usize {
    if T::CHANNELS_LAST { n * height * width } else { n }
}

/// Runs of `a` and runs of `b` in turns into `y`; all of these are as many.
pub fn join<T: Number>(n_runs: usize, a: &[T], b: &[T], y: &mut [T]) {
    let (of_a, of_b) = (a.len() / n_runs, b.len() / n_runs);
    let of_y = of_a + of_b;
    let many = TASK.div_ceil(of_y);
    let parts = y.par_chunks_mut(many * of_y).zip(a.par_chunks(many * of_a)).zip(b.par_chunks(many * of_b));
    parts.for_each(|((y, a), b)| {
        for ((y, a), b) in y.chunks_exact_mut(of_y).zip(a.chunks_exact(of_a)).zip(b.chunks_exact(of_b)) {
            let (first, last) = y.split_at_mut(of_a);
            first.copy_from_slice(a);
            last.copy_from_slice(b);
        }
    });
}

/// The other way.
pub fn split<T: Number>(n_runs: usize, y: &[T], a: &mut [T], b: &mut [T]) {
    let (of_a, of_b) = (a.len() / n_runs, b.len() / n_runs);
    let of_y = of_a + of_b;
    let many = TASK.div_ceil(of_y);
    let parts = y.par_chunks(many * of_y).zip(a.par_chunks_mut(many * of_a)).zip(b.par_chunks_mut(many * of_b));
    parts.for_each(|((y, a), b)| {
        for ((y, a), b) in y.chunks_exact(of_y).zip(a.chunks_exact_mut(of_a)).zip(b.chunks_exact_mut(of_b)) {
            let (first, last) = y.split_at(of_a);
            a.copy_from_slice(first);
            b.copy_from_slice(last);
        }
    });
}

/// Runs of `from` into longer ones, with zeros behind them, or into shorter ones, without their ends.
pub fn fit<T: Number>(n_runs: usize, from: &[T], to: &mut [T]) {
    let (of_from, of_to) = (from.len() / n_runs, to.len() / n_runs);
    let both = of_from.min(of_to);
    let many = TASK.div_ceil(of_to);
    let parts = to.par_chunks_mut(many * of_to).zip(from.par_chunks(many * of_from));
    parts.for_each(|(to, from)| {
        for (to, from) in to.chunks_exact_mut(of_to).zip(from.chunks_exact(of_from)) {
            let (same, zeros) = to.split_at_mut(both);
            same.copy_from_slice(&from[..both]);
            zeros.fill(T::nearest(0.0));
        }
    });
}

/// `bias` (channels) to all pixels of `x`, which has `shape` (n, channels, height, width).
pub fn add_bias<T: Number>(shape: [usize; 4], bias: &[f32], x: &mut [T]) {
    let grid = Grid::of::<T>(shape);
    let rows = x.par_chunks_mut(grid.row()).enumerate().with_min_len(TASK.div_ceil(grid.row()));
    rows.for_each(|(i, row)| {
        if T::CHANNELS_LAST {
            for pixel in row.chunks_exact_mut(bias.len()) {
                pixel.iter_mut().zip(bias).for_each(|(x, bias)| *x = T::nearest(x.single() + bias));
            }
        } else {
            let bias = bias[i / grid.height % bias.len()];
            row.iter_mut().for_each(|x| *x = T::nearest(x.single() + bias));
        }
    });
}

/// The sum of each channel of `x`, of which there is one at least.
pub fn sums<T: Number>([n, channels, height, width]: [usize; 4], x: &[T]) -> Vec<f32> {
    let positions = height * width;
    let of_image = |image: &[T]| -> Vec<f64> {
        let mut sums = vec![0.0; channels];
        if T::CHANNELS_LAST {
            for pixels in image.chunks(TOGETHER * channels) {
                let mut here = vec![0.0f32; channels];
                for pixel in pixels.chunks_exact(channels) {
                    here.iter_mut().zip(pixel).for_each(|(sum, x)| *sum += x.single());
                }
                sums.iter_mut().zip(here).for_each(|(sum, here)| *sum += f64::from(here));
            }
        } else {
            for (sum, map) in sums.iter_mut().zip(image.chunks_exact(positions)) {
                *sum = map.chunks(TOGETHER).map(|x| f64::from(x.iter().map(|x| x.single()).sum::<f32>())).sum();
            }
        }
        sums
    };
    let images: Vec<Vec<f64>> = x.par_chunks_exact(x.len() / n).map(of_image).collect();
    (0..channels).map(|c| images.iter().map(|sums| sums[c]).sum::<f64>() as f32).collect()
}
