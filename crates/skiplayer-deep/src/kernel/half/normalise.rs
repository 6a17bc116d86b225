//! Batch norm of maps of 16 bits, stored channel by channel of each pixel; everything between reading and writing is in single precision,
//! sums over images in double.
//!
//! Neighbours in memory are channels, so that what is known of channels is repeated to a period: a run of numbers as long as several pixels,
//! with which loops go over maps without looking at channels.

use burn::tensor::bf16;
use rayon::prelude::*;

use super::number::{rounded, wide};
use crate::kernel::normalise::{Channels, Line, Maps, Slope, by_channel, parameters};
use crate::kernel::vectors::in_vectors;

/// Numbers of a period, at least: sums that are taken side by side, so that no addition waits for the last one.
const PERIOD: usize = 128;
/// Periods that are added in single precision before they are in double.
const SEGMENT: usize = 64;

/// As many pixels as make up a period.
fn pixels(n_channels: usize) -> usize {
    PERIOD.div_ceil(n_channels)
}

/// One number of each channel, over and over.
fn repeated<T>(lines: &[T], of: impl Fn(&T) -> f32) -> Vec<f32> {
    (0..pixels(lines.len())).flat_map(|_| lines.iter().map(&of)).collect()
}

/// [`Line`]s of a period.
struct Lines {
    mean: Vec<f32>,
    slope: Vec<f32>,
    shift: Vec<f32>,
}

impl Lines {
    fn new(lines: &[Line]) -> Self {
        Self {
            mean: repeated(lines, |line| line.mean),
            slope: repeated(lines, |line| line.slope),
            shift: repeated(lines, |line| line.shift),
        }
    }
}

/// [`Slope`]s of a period.
struct Slopes {
    factor: Vec<f32>,
    level: Vec<f32>,
    tilt: Vec<f32>,
    mean: Vec<f32>,
}

impl Slopes {
    fn new(slopes: &[Slope]) -> Self {
        Self {
            factor: repeated(slopes, |slope| slope.factor),
            level: repeated(slopes, |slope| slope.level),
            tilt: repeated(slopes, |slope| slope.tilt),
            mean: repeated(slopes, |slope| slope.mean),
        }
    }
}

/// Adds the numbers of a period, channel by channel, to `totals`.
fn fold(period: &[f32], totals: &mut [f64]) {
    for pixel in period.chunks_exact(totals.len()) {
        totals.iter_mut().zip(pixel).for_each(|(total, v)| *total += f64::from(*v));
    }
}

/// Adds `value(x, middle)` of every number to its channel, in segments that are short enough for single precision. `middles`: a period.
#[inline(always)]
fn add_up(n_channels: usize, x: &[bf16], middles: &[f32], value: impl Fn(f32, f32) -> f32) -> Vec<f64> {
    let period = middles.len();
    let mut totals = vec![0.0; n_channels];
    let mut sums = vec![0.0f32; period];
    for segment in x.chunks(SEGMENT * period) {
        sums.fill(0.0);
        for x in segment.chunks(period) {
            let n = x.len();
            let (sums, middles) = (&mut sums[..n], &middles[..n]);
            for i in 0..n {
                sums[i] += value(wide(x[i]), middles[i]);
            }
        }
        fold(&sums, &mut totals);
    }
    totals
}

/// What outputs have to be above to let gradients through.
fn threshold(is_rectified: bool) -> f32 {
    if is_rectified { 0.0 } else { f32::NEG_INFINITY }
}

in_vectors! {
    /// Mean of each channel of one image, and squares around it.
    fn moments_of(x: &'a [bf16], n_channels: usize) -> Vec<[f64; 2]> {
        let n = (x.len() / n_channels) as f64;
        let mut middles = vec![0.0; pixels(n_channels) * n_channels];
        let means: Vec<f64> = add_up(n_channels, x, &middles, |x, _| x).into_iter().map(|sum| sum / n).collect();
        middles.iter_mut().zip(means.iter().cycle()).for_each(|(middle, mean)| *middle = *mean as f32);
        let squares = add_up(n_channels, x, &middles, |x, middle| (x - middle) * (x - middle));
        means.into_iter().zip(squares).map(|(mean, squares)| [mean, squares]).collect()
    }

    fn forward_of(
        lines: &'a Lines,
        x: &'a [bf16],
        shortcut: Option<&'a [bf16]>,
        is_rectified: bool,
        y: &'a mut [bf16],
    ) -> () {
        let Lines { mean, slope, shift } = lines;
        let period = mean.len();
        let least = if is_rectified { 0.0 } else { f32::NEG_INFINITY };
        for (i, (y, x)) in y.chunks_mut(period).zip(x.chunks(period)).enumerate() {
            let n = x.len();
            let (mean, slope, shift, y) = (&mean[..n], &slope[..n], &shift[..n], &mut y[..n]);
            match shortcut.map(|shortcut| &shortcut[i * period..][..n]) {
                None => {
                    for i in 0..n {
                        let v = (wide(x[i]) - mean[i]) * slope[i] + shift[i];
                        y[i] = rounded(if v < least { least } else { v });
                    }
                }
                Some(shortcut) => {
                    for i in 0..n {
                        let v = (wide(x[i]) - mean[i]) * slope[i] + shift[i] + wide(shortcut[i]);
                        y[i] = rounded(if v < least { least } else { v });
                    }
                }
            }
        }
    }

    /// Sums of dy and of dy (x - mean) of each channel; dy is what gets through the rectifier.
    fn sums_of(lines: &'a Lines, n_channels: usize, x: &'a [bf16], is_rectified: bool, dy: &'a [bf16]) -> Vec<[f64; 2]> {
        let Lines { mean, slope, shift } = lines;
        let period = mean.len();
        let threshold = threshold(is_rectified);
        let mut totals = [vec![0.0; n_channels], vec![0.0; n_channels]];
        let (mut sums, mut products) = (vec![0.0f32; period], vec![0.0f32; period]);
        for (x, dy) in x.chunks(SEGMENT * period).zip(dy.chunks(SEGMENT * period)) {
            sums.fill(0.0);
            products.fill(0.0);
            for (x, dy) in x.chunks(period).zip(dy.chunks(period)) {
                let n = x.len();
                let (mean, slope, shift, dy) = (&mean[..n], &slope[..n], &shift[..n], &dy[..n]);
                let (sums, products) = (&mut sums[..n], &mut products[..n]);
                for i in 0..n {
                    let off = wide(x[i]) - mean[i];
                    let d = wide(dy[i]);
                    let d = if off * slope[i] + shift[i] > threshold { d } else { 0.0 };
                    sums[i] += d;
                    products[i] += d * off;
                }
            }
            fold(&sums, &mut totals[0]);
            fold(&products, &mut totals[1]);
        }
        let [sums, products] = totals;
        sums.into_iter().zip(products).map(|(sum, product)| [sum, product]).collect()
    }

    /// `dy`, that of the output, becomes the gradient of x.
    fn descend(lines: &'a Lines, slopes: &'a Slopes, x: &'a [bf16], is_rectified: bool, dy: &'a mut [bf16]) -> () {
        let period = lines.mean.len();
        let threshold = threshold(is_rectified);
        for (x, dy) in x.chunks(period).zip(dy.chunks_mut(period)) {
            let n = x.len();
            let (slope, shift, dy) = (&lines.slope[..n], &lines.shift[..n], &mut dy[..n]);
            let (factor, level, tilt, mean) = (&slopes.factor[..n], &slopes.level[..n], &slopes.tilt[..n], &slopes.mean[..n]);
            for i in 0..n {
                let off = wide(x[i]) - mean[i];
                let d = wide(dy[i]);
                let d = if off * slope[i] + shift[i] > threshold { d } else { 0.0 };
                dy[i] = rounded(factor[i] * (d - level[i] - off * tilt[i]));
            }
        }
    }

    /// The gradient of x into `dx`.
    fn descend_from(slopes: &'a Slopes, x: &'a [bf16], dy: &'a [bf16], dx: &'a mut [bf16]) -> () {
        let period = slopes.mean.len();
        for ((x, dy), dx) in x.chunks(period).zip(dy.chunks(period)).zip(dx.chunks_mut(period)) {
            let n = x.len();
            let (dy, dx) = (&dy[..n], &mut dx[..n]);
            let (factor, level, tilt, mean) = (&slopes.factor[..n], &slopes.level[..n], &slopes.tilt[..n], &slopes.mean[..n]);
            for i in 0..n {
                dx[i] = rounded(factor[i] * (wide(dy[i]) - level[i] - (wide(x[i]) - mean[i]) * tilt[i]));
            }
        }
    }

    /// `dy` where the output `y` was above zero.
    fn mask(y: &'a [bf16], dy: &'a mut [bf16]) -> () {
        dy.iter_mut().zip(y).for_each(|(dy, y)| *dy = if wide(*y) > 0.0 { *dy } else { bf16::ZERO });
    }
}

/// Mean and biased variance of every channel.
pub fn moments(maps: Maps, x: &[bf16]) -> (Vec<f32>, Vec<f32>) {
    let images = x.par_chunks_exact(maps.image()).with_min_len(maps.images_of_a_task());
    let images: Vec<Vec<[f64; 2]>> = images.map(|image| moments_of(image, maps.n_channels)).collect();
    maps.pooled(&images)
}

/// The normalised maps into `y`, plus `shortcut` if there is one, and nothing below 0 if they are rectified.
pub fn forward(
    maps: Maps,
    x: &[bf16],
    channels: Channels<'_>,
    shortcut: Option<&[bf16]>,
    is_rectified: bool,
    y: &mut [bf16],
) {
    let lines = Lines::new(&channels.lines());
    let size = maps.image();
    let images = y.par_chunks_exact_mut(size).zip(x.par_chunks_exact(size)).enumerate();
    images.with_min_len(maps.images_of_a_task()).for_each(|(i, (y, x))| {
        let shortcut = shortcut.map(|shortcut| &shortcut[i * size..][..size]);
        forward_of(&lines, x, shortcut, is_rectified, y);
    });
}

/// Gradients of gamma and beta; `dy` becomes the gradient of x.
pub fn backward(
    maps: Maps,
    x: &[bf16],
    channels: Channels<'_>,
    is_rectified: bool,
    dy: &mut [bf16],
) -> (Vec<f32>, Vec<f32>) {
    let (lines, size) = (channels.lines(), maps.image());
    let period = Lines::new(&lines);
    let images = dy.par_chunks_exact(size).zip(x.par_chunks_exact(size)).with_min_len(maps.images_of_a_task());
    let sums: Vec<_> = images.map(|(dy, x)| sums_of(&period, maps.n_channels, x, is_rectified, dy)).collect();
    let sums = by_channel(maps.n_channels, &sums);
    let slopes = Slopes::new(&Slope::all(&lines, &sums, maps.n_values()));
    let images = dy.par_chunks_exact_mut(size).zip(x.par_chunks_exact(size)).with_min_len(maps.images_of_a_task());
    images.for_each(|(dy, x)| descend(&period, &slopes, x, is_rectified, dy));
    parameters(&lines, &sums)
}

/// The same where a shortcut was added: `dx` becomes the gradient of x, `dy` that of the shortcut. `y`: the output, if it was rectified.
pub fn backward_of_sum(
    maps: Maps,
    x: &[bf16],
    channels: Channels<'_>,
    y: Option<&[bf16]>,
    dy: &mut [bf16],
    dx: &mut [bf16],
) -> (Vec<f32>, Vec<f32>) {
    let (lines, size) = (channels.lines(), maps.image());
    let period = Lines::new(&lines);
    let images = dy.par_chunks_exact_mut(size).zip(x.par_chunks_exact(size)).enumerate();
    let images = images.with_min_len(maps.images_of_a_task()).map(|(i, (dy, x))| {
        if let Some(y) = y {
            mask(&y[i * size..][..size], dy);
        }
        sums_of(&period, maps.n_channels, x, false, dy)
    });
    let sums = by_channel(maps.n_channels, &images.collect::<Vec<_>>());
    let slopes = Slopes::new(&Slope::all(&lines, &sums, maps.n_values()));
    let images = dx.par_chunks_exact_mut(size).zip(dy.par_chunks_exact(size)).zip(x.par_chunks_exact(size));
    images.with_min_len(maps.images_of_a_task()).for_each(|((dx, dy), x)| descend_from(&slopes, x, dy, dx));
    parameters(&lines, &sums)
}
