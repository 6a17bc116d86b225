//! Batch norm of the maps of one image, in vectors of the processor at hand.

use super::{Line, Slope, rectified};
use crate::kernel::vectors::in_vectors;

/// Numbers added side by side, so that they fill a vector.
const LANES: usize = 16;

/// Numbers that are added in single precision before they are in double.
const SEGMENT: usize = 64 * LANES;

in_vectors! {
    /// Mean of each map of `n` positions, and squares around it.
    pub fn moments(x: &'a [f32], n: usize) -> Vec<[f64; 2]> {
        let of_map = |map: &[f32]| {
            let mean = sum(map, |v| v) / n as f64;
            let middle = mean as f32;
            [mean, sum(map, |v| (v - middle) * (v - middle))]
        };
        x.chunks_exact(n).map(of_map).collect()
    }

    /// The normalised maps, plus the shortcut, rectified.
    pub fn forward(
        lines: &'a [Line],
        n: usize,
        x: &'a [f32],
        shortcut: Option<&'a [f32]>,
        is_rectified: bool,
        y: &'a mut [f32],
    ) -> () {
        for (c, ((y, x), line)) in y.chunks_exact_mut(n).zip(x.chunks_exact(n)).zip(lines).enumerate() {
            let shortcut = shortcut.map(|shortcut| &shortcut[c * n..][..n]);
            match (shortcut, is_rectified) {
                (None, false) => y.iter_mut().zip(x).for_each(|(y, x)| *y = line.at(*x)),
                (None, true) => y.iter_mut().zip(x).for_each(|(y, x)| *y = rectified(line.at(*x))),
                (Some(s), false) => y.iter_mut().zip(x).zip(s).for_each(|((y, x), s)| *y = line.at(*x) + s),
                (Some(s), true) => y.iter_mut().zip(x).zip(s).for_each(|((y, x), s)| *y = rectified(line.at(*x) + s)),
            }
        }
    }

    /// Sums of dy and of dy (x - mean) of each map; dy is what gets through the rectifier.
    pub fn sums(lines: &'a [Line], n: usize, x: &'a [f32], is_rectified: bool, dy: &'a [f32]) -> Vec<[f64; 2]> {
        let mut all = Vec::with_capacity(lines.len());
        for ((dy, x), line) in dy.chunks_exact(n).zip(x.chunks_exact(n)).zip(lines) {
            all.push(match is_rectified {
                true => sum_and_product(x, dy, line.mean, |x, dy| if line.at(x) > 0.0 { dy } else { 0.0 }),
                false => sum_and_product(x, dy, line.mean, |_, dy| dy),
            });
        }
        all
    }

    /// `dy`, that of the output, becomes the gradient of x.
    pub fn descend(
        lines: &'a [Line],
        slopes: &'a [Slope],
        n: usize,
        x: &'a [f32],
        is_rectified: bool,
        dy: &'a mut [f32],
    ) -> () {
        let maps = dy.chunks_exact_mut(n).zip(x.chunks_exact(n));
        for ((dy, x), (line, slope)) in maps.zip(lines.iter().zip(slopes)) {
            let dy = dy.iter_mut().zip(x);
            match is_rectified {
                true => dy.for_each(|(dy, x)| *dy = slope.at(if line.at(*x) > 0.0 { *dy } else { 0.0 }, *x)),
                false => dy.for_each(|(dy, x)| *dy = slope.at(*dy, *x)),
            }
        }
    }

    /// The gradient of x into `dx`.
    pub fn descend_from(slopes: &'a [Slope], n: usize, x: &'a [f32], dy: &'a [f32], dx: &'a mut [f32]) -> () {
        let maps = dx.chunks_exact_mut(n).zip(x.chunks_exact(n)).zip(dy.chunks_exact(n));
        for (((dx, x), dy), slope) in maps.zip(slopes) {
            dx.iter_mut().zip(x).zip(dy).for_each(|((dx, x), dy)| *dx = slope.at(*dy, *x));
        }
    }

    /// `dy` where the output `y` was above zero.
    pub fn mask(y: &'a [f32], dy: &'a mut [f32]) -> () {
        dy.iter_mut().zip(y).for_each(|(dy, y)| *dy = if *y > 0.0 { *dy } else { 0.0 });
    }
}

/// The sum of `value` over `values`: lanes in single precision over segments that are short enough, those in double.
#[inline(always)]
fn sum(values: &[f32], value: impl Fn(f32) -> f32) -> f64 {
    let mut total = 0.0;
    for segment in values.chunks(SEGMENT) {
        let (whole, rest) = segment.as_chunks::<LANES>();
        let mut lanes = [0.0f32; LANES];
        for chunk in whole {
            lanes.iter_mut().zip(chunk).for_each(|(lane, v)| *lane += value(*v));
        }
        total += lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>();
        total += rest.iter().map(|v| f64::from(value(*v))).sum::<f64>();
    }
    total
}

/// Sums of d and of d (x - mean) with d = `value(x, dy)`, as [`sum`].
#[inline(always)]
fn sum_and_product(x: &[f32], dy: &[f32], mean: f32, value: impl Fn(f32, f32) -> f32) -> [f64; 2] {
    let mut total = [0.0; 2];
    for (x, dy) in x.chunks(SEGMENT).zip(dy.chunks(SEGMENT)) {
        let ((x, x_rest), (dy, dy_rest)) = (x.as_chunks::<LANES>(), dy.as_chunks::<LANES>());
        let (mut lanes, mut products) = ([0.0f32; LANES], [0.0f32; LANES]);
        for (x, dy) in x.iter().zip(dy) {
            for l in 0..LANES {
                let d = value(x[l], dy[l]);
                lanes[l] += d;
                products[l] += d * (x[l] - mean);
            }
        }
        for (x, dy) in x_rest.iter().zip(dy_rest) {
            let d = value(*x, *dy);
            total[0] += f64::from(d);
            total[1] += f64::from(d * (x - mean));
        }
        for (total, lanes) in total.iter_mut().zip([lanes, products]) {
            *total += lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>();
        }
    }
    total
}
