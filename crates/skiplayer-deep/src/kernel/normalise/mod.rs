//! Batch norm (Ioffe & Szegedy 2015), with what often follows in the same pass over memory: the sum with a shortcut, and the rectifier.
//!
//! y = gamma (x - m) / sqrt(v + epsilon) + beta, m and v being means over images and pixels of a channel. With s = 1 / sqrt(v + epsilon),
//! z = (x - m) s and N values a channel,
//!
//! ```text
//!  dbeta = sum dy      dgamma = sum dy z      dx = gamma s (dy - dbeta / N - z dgamma / N)
//! ```
//!
//! Sums of one map are taken by one thread, those of maps are added in order: the same bits for any number of threads.

mod maps;
mod rows;

use rayon::prelude::*;

use crate::describe::layer::EPSILON;

/// Numbers that are worth the start of a task on another thread.
const TASK: usize = 1 << 14;

/// Maps of (n, channels, positions).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maps {
    pub n_images: usize,
    pub n_channels: usize,
    pub positions: usize,
}

impl Maps {
    /// Values of one channel.
    pub fn n_values(&self) -> f64 {
        (self.n_images * self.positions) as f64
    }

    /// Values of one image.
    pub fn image(&self) -> usize {
        self.n_channels * self.positions
    }

    /// Images that are worth the start of a task.
    pub fn images_of_a_task(&self) -> usize {
        (TASK / self.image().max(1)).max(1)
    }

    /// Mean and biased variance of every channel out of each image's means and squares around them, which add up without cancelling (Chan,
    /// Golub & LeVeque 1983).
    pub fn pooled(&self, images: &[Vec<[f64; 2]>]) -> (Vec<f32>, Vec<f32>) {
        let sums = by_channel(self.n_channels, images);
        let mean: Vec<f64> = sums.iter().map(|[mean, _]| mean / self.n_images as f64).collect();
        let mut squares: Vec<f64> = sums.iter().map(|[_, squares]| *squares).collect();
        for image in images {
            for ((squares, mean), [of_map, _]) in squares.iter_mut().zip(&mean).zip(image) {
                *squares += self.positions as f64 * (of_map - mean).powi(2);
            }
        }
        let variance = squares.iter().map(|squares| (squares / self.n_values()) as f32);
        (mean.iter().map(|mean| *mean as f32).collect(), variance.collect())
    }
}

/// Sums of each channel out of those of each image, in order.
pub fn by_channel(n_channels: usize, images: &[Vec<[f64; 2]>]) -> Vec<[f64; 2]> {
    let mut channels = vec![[0.0; 2]; n_channels];
    for image in images {
        for (channel, sums) in channels.iter_mut().zip(image) {
            channel.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
        }
    }
    channels
}

/// Mean and biased variance of every channel, in one pass over memory: each map has its own mean and squares around it.
pub fn moments(maps: Maps, x: &[f32]) -> (Vec<f32>, Vec<f32>) {
    if maps.positions == 1 {
        return rows::moments(maps, x);
    }
    let images = x.par_chunks_exact(maps.image()).with_min_len(maps.images_of_a_task());
    let images: Vec<Vec<[f64; 2]>> = images.map(|image| maps::moments(image, maps.positions)).collect();
    maps.pooled(&images)
}

/// What is known about each channel.
#[derive(Debug, Clone, Copy)]
pub struct Channels<'a> {
    pub gamma: &'a [f32],
    pub beta: &'a [f32],
    pub mean: &'a [f32],
    pub variance: &'a [f32],
}

impl Channels<'_> {
    pub fn lines(&self) -> Vec<Line> {
        let line = |(c, gamma): (usize, &f32)| {
            let inverse = 1.0 / (self.variance[c] + EPSILON as f32).sqrt();
            Line { mean: self.mean[c], slope: gamma * inverse, shift: self.beta[c], inverse }
        };
        self.gamma.iter().enumerate().map(line).collect()
    }
}

/// The normalisation of one channel: y = (x - mean) slope + shift.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    pub mean: f32,
    pub slope: f32,
    pub shift: f32,
    /// 1 / sqrt(variance + epsilon).
    pub inverse: f32,
}

impl Line {
    #[inline(always)]
    fn at(&self, x: f32) -> f32 {
        (x - self.mean) * self.slope + self.shift
    }
}

/// The gradient through one channel, out of sums over it: dx = factor (dy - level - (x - mean) tilt).
#[derive(Debug, Clone, Copy)]
pub struct Slope {
    pub factor: f32,
    pub level: f32,
    pub tilt: f32,
    pub mean: f32,
}

impl Slope {
    /// `sums`: those of dy and of dy (x - mean), for each channel.
    pub fn all(lines: &[Line], sums: &[[f64; 2]], n_values: f64) -> Vec<Self> {
        let slope = |(line, [sum, product]): (&Line, &[f64; 2])| {
            let tilt = (product / n_values) as f32 * line.inverse * line.inverse;
            Self { factor: line.slope, level: (sum / n_values) as f32, tilt, mean: line.mean }
        };
        lines.iter().zip(sums).map(slope).collect()
    }

    #[inline(always)]
    fn at(&self, dy: f32, x: f32) -> f32 {
        self.factor * (dy - self.level - (x - self.mean) * self.tilt)
    }
}

/// Gradients of gamma and beta from sums of dy and of dy (x - mean).
pub fn parameters(lines: &[Line], sums: &[[f64; 2]]) -> (Vec<f32>, Vec<f32>) {
    let of = |(line, [sum, product]): (&Line, &[f64; 2])| ((product * f64::from(line.inverse)) as f32, *sum as f32);
    lines.iter().zip(sums).map(of).unzip()
}

/// max(v, 0) that lets what is no number through.
#[inline(always)]
fn rectified(v: f32) -> f32 {
    if v < 0.0 { 0.0 } else { v }
}

/// The normalised maps into `y`, plus `shortcut` if there is one, and nothing below 0 if they are rectified.
pub fn forward(
    maps: Maps,
    x: &[f32],
    channels: Channels<'_>,
    shortcut: Option<&[f32]>,
    is_rectified: bool,
    y: &mut [f32],
) {
    let lines = channels.lines();
    if maps.positions == 1 {
        return rows::forward(&lines, x, shortcut, is_rectified, y);
    }
    let size = maps.image();
    let images = y.par_chunks_exact_mut(size).zip(x.par_chunks_exact(size)).enumerate();
    images.with_min_len(maps.images_of_a_task()).for_each(|(i, (y, x))| {
        let shortcut = shortcut.map(|shortcut| &shortcut[i * size..][..size]);
        maps::forward(&lines, maps.positions, x, shortcut, is_rectified, y);
    });
}

/// Gradients of gamma and beta; `dy` becomes the gradient of x. What was rectified is computed again, which costs less than to read it.
pub fn backward(
    maps: Maps,
    x: &[f32],
    channels: Channels<'_>,
    is_rectified: bool,
    dy: &mut [f32],
) -> (Vec<f32>, Vec<f32>) {
    let lines = channels.lines();
    if maps.positions == 1 {
        return rows::backward(maps, &lines, x, is_rectified, dy);
    }
    let size = maps.image();
    let images = dy.par_chunks_exact(size).zip(x.par_chunks_exact(size)).with_min_len(maps.images_of_a_task());
    let sums: Vec<Vec<[f64; 2]>> =
        images.map(|(dy, x)| maps::sums(&lines, maps.positions, x, is_rectified, dy)).collect();
    let sums = by_channel(maps.n_channels, &sums);
    let slopes = Slope::all(&lines, &sums, maps.n_values());
    let images = dy.par_chunks_exact_mut(size).zip(x.par_chunks_exact(size)).with_min_len(maps.images_of_a_task());
    images.for_each(|(dy, x)| maps::descend(&lines, &slopes, maps.positions, x, is_rectified, dy));
    parameters(&lines, &sums)
}

/// The same where a shortcut was added: `dx` becomes the gradient of x, `dy` that of the shortcut. `y`: the output, if it was rectified.
pub fn backward_of_sum(
    maps: Maps,
    x: &[f32],
    channels: Channels<'_>,
    y: Option<&[f32]>,
    dy: &mut [f32],
    dx: &mut [f32],
) -> (Vec<f32>, Vec<f32>) {
    let lines = channels.lines();
    if maps.positions == 1 {
        return rows::backward_of_sum(maps, &lines, x, y, dy, dx);
    }
    let size = maps.image();
    let images = dy.par_chunks_exact_mut(size).zip(x.par_chunks_exact(size)).enumerate();
    let images = images.with_min_len(maps.images_of_a_task()).map(|(i, (dy, x))| {
        if let Some(y) = y {
            maps::mask(&y[i * size..][..size], dy);
        }
        maps::sums(&lines, maps.positions, x, false, dy)
    });
    let sums = by_channel(maps.n_channels, &images.collect::<Vec<_>>());
    let slopes = Slope::all(&lines, &sums, maps.n_values());
    let images = dx.par_chunks_exact_mut(size).zip(dy.par_chunks_exact(size)).zip(x.par_chunks_exact(size));
    images.with_min_len(maps.images_of_a_task()).for_each(|((dx, dy), x)| {
        maps::descend_from(&slopes, maps.positions, x, dy, dx);
    });
    parameters(&lines, &sums)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rng::{Purpose, Stream};

    fn numbers(n: usize, seed: u64) -> Vec<f32> {
        let mut stream = Stream::new(seed, Purpose::Noise, 0, 0);
        (0..n).map(|_| stream.normal() as f32).collect()
    }

    /// <weights, y(x, shortcut)> in double precision, from the definition.
    fn slowly(
        maps: Maps,
        x: &[f64],
        gamma: &[f64],
        beta: &[f64],
        shortcut: &[f64],
        weights: &[f32],
        is_rectified: bool,
    ) -> f64 {
        let n = maps.n_values();
        let of = |c: usize| {
            let at = move |i: usize| (i * maps.n_channels + c) * maps.positions;
            (0..maps.n_images).flat_map(move |i| at(i)..at(i) + maps.positions)
        };
        let mut total = 0.0;
        for c in 0..maps.n_channels {
            let mean = of(c).map(|at| x[at]).sum::<f64>() / n;
            let variance = of(c).map(|at| (x[at] - mean).powi(2)).sum::<f64>() / n;
            for at in of(c) {
                let y = (x[at] - mean) / (variance + EPSILON).sqrt() * gamma[c] + beta[c] + shortcut[at];
                total += f64::from(weights[at]) * if is_rectified { y.max(0.0) } else { y };
            }
        }
        total
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn gradients_are_those_of_finite_differences(
            n_images in 2usize..8, n_channels in 1usize..4, positions in prop_oneof![Just(1usize), 2usize..40],
            is_rectified: bool, has_shortcut: bool, seed in 0u64..1000,
        ) {
            let maps = Maps { n_images, n_channels, positions };
            let x = numbers(n_images * n_channels * positions, seed);
            let (gamma, beta) = (numbers(n_channels, seed + 1), numbers(n_channels, seed + 2));
            let weights = numbers(x.len(), seed + 3);
            let shortcut = if has_shortcut { numbers(x.len(), seed + 4) } else { vec![0.0; x.len()] };
            let (mean, variance) = moments(maps, &x);
            prop_assume!(variance.iter().all(|v| *v > 0.1));
            let channels = Channels { gamma: &gamma, beta: &beta, mean: &mean, variance: &variance };
            let (mut y, mut dx) = (vec![0.0; x.len()], vec![0.0; x.len()]);
            if is_rectified {
                // A difference quotient across the rectifier's kink is no slope, from whichever side the step crosses it:
                // so no value before the rectifier may be as near to 0 as a step of 1e-5 moves one.
                forward(maps, &x, channels, has_shortcut.then_some(&shortcut[..]), false, &mut y);
                prop_assume!(y.iter().all(|y| y.abs() > 2e-4));
            }
            forward(maps, &x, channels, has_shortcut.then_some(&shortcut[..]), is_rectified, &mut y);
            let mut dshortcut = weights.clone();
            let (dgamma, dbeta) = if has_shortcut {
                backward_of_sum(maps, &x, channels, is_rectified.then_some(&y[..]), &mut dshortcut, &mut dx)
            } else {
                dx.copy_from_slice(&weights);
                backward(maps, &x, channels, is_rectified, &mut dx)
            };

            let wide = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
            let (x, gamma, beta, shortcut) = (wide(&x), wide(&gamma), wide(&beta), wide(&shortcut));
            let value = |x: &[f64], gamma: &[f64], beta: &[f64], shortcut: &[f64]| {
                slowly(maps, x, gamma, beta, shortcut, &weights, is_rectified)
            };
            let total: f64 = y.iter().zip(&weights).map(|(y, w)| f64::from(*y) * f64::from(*w)).sum();
            prop_assert!((total - value(&x, &gamma, &beta, &shortcut)).abs() < 1e-3);
            let step = 1e-5;
            let slope = |values: &[f64], at: usize, value: &dyn Fn(&[f64]) -> f64| {
                let moved = |by: f64| { let mut there = values.to_vec(); there[at] += by; value(&there) };
                (moved(step) - moved(-step)) / (2.0 * step)
            };
            let is_close = |found: f32, expected: f64| (f64::from(found) - expected).abs() < 5e-3 * expected.abs().max(1.0);
            for at in 0..x.len() {
                prop_assert!(is_close(dx[at], slope(&x, at, &|x| value(x, &gamma, &beta, &shortcut))), "{at}");
                if has_shortcut {
                    prop_assert!(is_close(dshortcut[at], slope(&shortcut, at, &|s| value(&x, &gamma, &beta, s))), "{at}");
                }
            }
            for c in 0..n_channels {
                prop_assert!(is_close(dgamma[c], slope(&gamma, c, &|gamma| value(&x, gamma, &beta, &shortcut))));
                prop_assert!(is_close(dbeta[c], slope(&beta, c, &|beta| value(&x, &gamma, beta, &shortcut))));
            }
        }
    }
}
