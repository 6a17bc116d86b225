//! Batch norm (Ioffe & Szegedy 2015), with the rectifier that often follows in the same pass over memory.
//!
//! y = gamma (x - m) / sqrt(v + epsilon) + beta, m and v being means over images and pixels of a channel. With s = 1 / sqrt(v + epsilon),
//! z = (x - m) s and N values a channel,
//!
//! ```text
//!  dbeta = sum dy      dgamma = sum dy z      dx = gamma s (dy - dbeta / N - z dgamma / N)
//! ```
//!
//! Sums of one map are taken by one thread, those of maps are added in order: the same bits for any number of threads.

use rayon::prelude::*;

use crate::network::EPSILON;

/// Numbers added side by side, so that they fill a vector.
const LANES: usize = 16;

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
    fn n_values(&self) -> f64 {
        (self.n_images * self.positions) as f64
    }

    /// Values of one image.
    fn image(&self) -> usize {
        self.n_channels * self.positions
    }

    /// Images that are worth the start of a task.
    fn images_of_a_task(&self) -> usize {
        (TASK / self.image().max(1)).max(1)
    }

    /// Sums of each channel out of those of each image, in order.
    fn by_channel<const N: usize>(&self, images: &[Vec<[f64; N]>]) -> Vec<[f64; N]> {
        let mut channels = vec![[0.0; N]; self.n_channels];
        for image in images {
            for (channel, sums) in channels.iter_mut().zip(image) {
                channel.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
            }
        }
        channels
    }
}

/// Mean and biased variance of every channel, in two passes: squares minus the squared mean would cancel.
pub fn moments(maps: Maps, x: &[f32]) -> (Vec<f32>, Vec<f32>) {
    if maps.positions == 1 {
        return rows::moments(maps, x);
    }
    let sums = |value: &(dyn Fn(usize, &[f32]) -> f64 + Sync)| -> Vec<f64> {
        let of_image = |image: &[f32]| -> Vec<[f64; 1]> {
            image.chunks_exact(maps.positions).enumerate().map(|(c, map)| [value(c, map)]).collect()
        };
        let images = x.par_chunks_exact(maps.image()).with_min_len(maps.images_of_a_task());
        let sums: Vec<Vec<[f64; 1]>> = images.map(of_image).collect();
        maps.by_channel(&sums).into_iter().map(|[sum]| sum / maps.n_values()).collect()
    };
    let means = sums(&|_, map| sum(map, |v| v));
    let spread = |c: usize, map: &[f32]| {
        let mean = means[c] as f32;
        sum(map, |v| (v - mean) * (v - mean))
    };
    let single = |values: &[f64]| values.iter().map(|value| *value as f32).collect();
    (single(&means), single(&sums(&spread)))
}

/// What is known about each channel.
#[derive(Debug, Clone, Copy)]
pub struct Channels<'a> {
    pub gamma: &'a [f32],
    pub mean: &'a [f32],
    pub variance: &'a [f32],
}

impl Channels<'_> {
    fn inverse_deviation(&self, c: usize) -> f32 {
        1.0 / (self.variance[c] + EPSILON as f32).sqrt()
    }
}

/// The normalised maps, and nothing below 0 if they are rectified.
pub fn forward(maps: Maps, x: &[f32], channels: Channels<'_>, beta: &[f32], is_rectified: bool) -> Vec<f32> {
    if maps.positions == 1 {
        return rows::forward(maps, x, channels, beta, is_rectified);
    }
    let mut y = vec![0.0; x.len()];
    let images = y.par_chunks_exact_mut(maps.image()).zip(x.par_chunks_exact(maps.image()));
    images.with_min_len(maps.images_of_a_task()).for_each(|(y, x)| {
        for (c, (y, x)) in y.chunks_exact_mut(maps.positions).zip(x.chunks_exact(maps.positions)).enumerate() {
            let slope = channels.gamma[c] * channels.inverse_deviation(c);
            let (mean, shift) = (channels.mean[c], beta[c]);
            match is_rectified {
                true => y.iter_mut().zip(x).for_each(|(y, x)| *y = rectified((x - mean) * slope + shift)),
                false => y.iter_mut().zip(x).for_each(|(y, x)| *y = (x - mean) * slope + shift),
            }
        }
    });
    y
}

/// max(v, 0) that lets what is no number through.
fn rectified(v: f32) -> f32 {
    if v < 0.0 { 0.0 } else { v }
}

/// Gradients of x, gamma and beta. `y` are the rectified maps, if they were rectified.
pub fn backward(
    maps: Maps,
    x: &[f32],
    channels: Channels<'_>,
    y: Option<&[f32]>,
    dy: &[f32],
) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    if maps.positions == 1 {
        return rows::backward(maps, x, channels, y, dy);
    }
    let (n, size) = (maps.positions, maps.image());
    // The gradient before the rectifier: that behind it, where the output was above zero.
    let passed = |y: Option<&[f32]>, at: usize, dy: &[f32], masked: &mut [f32]| match y {
        None => masked.copy_from_slice(dy),
        Some(y) => {
            let y = &y[at..at + n];
            masked.iter_mut().zip(dy.iter().zip(y)).for_each(|(m, (dy, y))| *m = if *y > 0.0 { *dy } else { 0.0 });
        }
    };
    let of_image = |(i, (x, dy)): (usize, (&[f32], &[f32]))| -> Vec<[f64; 2]> {
        let mut masked = vec![0.0; n];
        let of_map = |(c, (x, dy)): (usize, (&[f32], &[f32]))| {
            let (mean, inverse) = (channels.mean[c], channels.inverse_deviation(c));
            passed(y, i * size + c * n, dy, &mut masked);
            [sum(&masked, |v| v), sum_of_pairs(&masked, x, |dy, x| dy * (x - mean) * inverse)]
        };
        x.chunks_exact(n).zip(dy.chunks_exact(n)).enumerate().map(of_map).collect()
    };
    let images = x.par_chunks_exact(size).zip(dy.par_chunks_exact(size)).enumerate();
    let sums: Vec<Vec<[f64; 2]>> = images.with_min_len(maps.images_of_a_task()).map(of_image).collect();
    let sums = maps.by_channel(&sums);
    let mut dx = vec![0.0; x.len()];
    let n_values = maps.n_values();
    let images = dx.par_chunks_exact_mut(size).zip(x.par_chunks_exact(size)).zip(dy.par_chunks_exact(size)).enumerate();
    images.with_min_len(maps.images_of_a_task()).for_each(|(i, ((dx, x), dy))| {
        let mut masked = vec![0.0; n];
        let of_maps = dx.chunks_exact_mut(n).zip(x.chunks_exact(n)).zip(dy.chunks_exact(n)).enumerate();
        for (c, ((dx, x), dy)) in of_maps {
            let (mean, inverse) = (channels.mean[c], channels.inverse_deviation(c));
            let factor = channels.gamma[c] * inverse;
            let [dbeta, dgamma] = sums[c].map(|sum| (sum / n_values) as f32);
            passed(y, i * size + c * n, dy, &mut masked);
            for ((dx, x), dy) in dx.iter_mut().zip(x).zip(&masked) {
                *dx = factor * (dy - dbeta - (x - mean) * inverse * dgamma);
            }
        }
    });
    let (dbeta, dgamma) = sums.into_iter().map(|[dbeta, dgamma]| (dbeta as f32, dgamma as f32)).unzip();
    (dx, dgamma, dbeta)
}

/// The sum of `value` over `values`: lanes in single precision over stretches that are short enough, those in double.
fn sum(values: &[f32], value: impl Fn(f32) -> f32) -> f64 {
    let mut total = 0.0;
    for stretch in values.chunks(64 * LANES) {
        let (whole, rest) = stretch.as_chunks::<LANES>();
        let mut lanes = [0.0f32; LANES];
        for chunk in whole {
            lanes.iter_mut().zip(chunk).for_each(|(lane, v)| *lane += value(*v));
        }
        total += lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>();
        total += rest.iter().map(|v| f64::from(value(*v))).sum::<f64>();
    }
    total
}

fn sum_of_pairs(a: &[f32], b: &[f32], value: impl Fn(f32, f32) -> f32) -> f64 {
    let mut total = 0.0;
    for (a, b) in a.chunks(64 * LANES).zip(b.chunks(64 * LANES)) {
        let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
        let mut lanes = [0.0f32; LANES];
        for (a, b) in a.iter().zip(b) {
            lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, (a, b))| *lane += value(*a, *b));
        }
        total += lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>();
        total += a_rest.iter().zip(b_rest).map(|(a, b)| f64::from(value(*a, *b))).sum::<f64>();
    }
    total
}

/// The same for rows of a table, whose maps are single numbers: neighbours in memory are channels, and there are too few numbers for threads.
mod rows {
    use super::{Channels, Maps, rectified};

    pub fn moments(maps: Maps, x: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let mut means = vec![0.0f64; maps.n_channels];
        for row in x.chunks_exact(maps.n_channels) {
            means.iter_mut().zip(row).for_each(|(mean, v)| *mean += f64::from(*v));
        }
        means.iter_mut().for_each(|mean| *mean /= maps.n_values());
        let mut variances = vec![0.0f64; maps.n_channels];
        for row in x.chunks_exact(maps.n_channels) {
            let off = row.iter().zip(&means).map(|(v, mean)| f64::from(*v) - mean);
            variances.iter_mut().zip(off).for_each(|(variance, off)| *variance += off * off);
        }
        let single = |values: Vec<f64>, by: f64| values.into_iter().map(|v| (v / by) as f32).collect();
        (single(means, 1.0), single(variances, maps.n_values()))
    }

    pub fn forward(maps: Maps, x: &[f32], channels: Channels<'_>, beta: &[f32], is_rectified: bool) -> Vec<f32> {
        let slope: Vec<f32> = (0..maps.n_channels).map(|c| channels.gamma[c] * channels.inverse_deviation(c)).collect();
        let mut y = x.to_vec();
        for row in y.chunks_exact_mut(maps.n_channels) {
            let channels = channels.mean.iter().zip(&slope).zip(beta);
            row.iter_mut().zip(channels).for_each(|(y, ((mean, slope), shift))| *y = (*y - mean) * slope + shift);
        }
        if is_rectified {
            y.iter_mut().for_each(|y| *y = rectified(*y));
        }
        y
    }

    pub fn backward(
        maps: Maps,
        x: &[f32],
        channels: Channels<'_>,
        y: Option<&[f32]>,
        dy: &[f32],
    ) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let n = maps.n_channels;
        let mut dx = dy.to_vec();
        if let Some(y) = y {
            dx.iter_mut().zip(y).for_each(|(dx, y)| *dx = if *y > 0.0 { *dx } else { 0.0 });
        }
        let inverse: Vec<f32> = (0..n).map(|c| channels.inverse_deviation(c)).collect();
        let (mut dbeta, mut dgamma) = (vec![0.0f64; n], vec![0.0f64; n]);
        for (dy, x) in dx.chunks_exact(n).zip(x.chunks_exact(n)) {
            for c in 0..n {
                dbeta[c] += f64::from(dy[c]);
                dgamma[c] += f64::from(dy[c] * (x[c] - channels.mean[c]) * inverse[c]);
            }
        }
        let mean = |sums: &[f64]| sums.iter().map(|sum| (sum / maps.n_values()) as f32).collect::<Vec<f32>>();
        let (beta, gamma) = (mean(&dbeta), mean(&dgamma));
        for (dx, x) in dx.chunks_exact_mut(n).zip(x.chunks_exact(n)) {
            for c in 0..n {
                let z = (x[c] - channels.mean[c]) * inverse[c];
                dx[c] = channels.gamma[c] * inverse[c] * (dx[c] - beta[c] - z * gamma[c]);
            }
        }
        let single = |sums: Vec<f64>| sums.into_iter().map(|sum| sum as f32).collect();
        (dx, single(dgamma), single(dbeta))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use skiplayer::random::Random;

    use super::*;

    fn numbers(n: usize, seed: u64) -> Vec<f32> {
        let mut random = Random::new(seed, 0);
        (0..n).map(|_| random.normal() as f32).collect()
    }

    /// <weights, y(x)> in double precision, from the definition.
    fn slowly(maps: Maps, x: &[f64], gamma: &[f64], beta: &[f64], weights: &[f32], is_rectified: bool) -> f64 {
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
                let y = (x[at] - mean) / (variance + EPSILON).sqrt() * gamma[c] + beta[c];
                total += f64::from(weights[at]) * if is_rectified { y.max(0.0) } else { y };
            }
        }
        total
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn gradients_are_those_of_finite_differences(
            n_images in 2usize..8, n_channels in 1usize..4, positions in prop_oneof![Just(1usize), 2usize..40], is_rectified: bool, seed in 0u64..1000,
        ) {
            let maps = Maps { n_images, n_channels, positions };
            let x = numbers(n_images * n_channels * positions, seed);
            let (gamma, beta) = (numbers(n_channels, seed + 1), numbers(n_channels, seed + 2));
            let weights = numbers(x.len(), seed + 3);
            let (mean, variance) = moments(maps, &x);
            prop_assume!(variance.iter().all(|v| *v > 0.1));
            let channels = Channels { gamma: &gamma, mean: &mean, variance: &variance };
            let y = forward(maps, &x, channels, &beta, is_rectified);
            let (dx, dgamma, dbeta) = backward(maps, &x, channels, is_rectified.then_some(&y[..]), &weights);

            let wide = |values: &[f32]| values.iter().map(|v| f64::from(*v)).collect::<Vec<f64>>();
            let (x, gamma, beta) = (wide(&x), wide(&gamma), wide(&beta));
            let value = |x: &[f64], gamma: &[f64], beta: &[f64]| slowly(maps, x, gamma, beta, &weights, is_rectified);
            let total: f64 = y.iter().zip(&weights).map(|(y, w)| f64::from(*y) * f64::from(*w)).sum();
            prop_assert!((total - value(&x, &gamma, &beta)).abs() < 1e-3);
            // At a kink of the rectifier the difference quotient is between the two slopes.
            prop_assume!(y.iter().all(|y| !is_rectified || *y == 0.0 || *y > 1e-3));
            let step = 1e-5;
            let slope = |values: &[f64], at: usize, value: &dyn Fn(&[f64]) -> f64| {
                let moved = |by: f64| { let mut there = values.to_vec(); there[at] += by; value(&there) };
                (moved(step) - moved(-step)) / (2.0 * step)
            };
            for (at, dx) in dx.iter().enumerate() {
                let expected = slope(&x, at, &|x| value(x, &gamma, &beta));
                prop_assert!((f64::from(*dx) - expected).abs() < 5e-3 * expected.abs().max(1.0), "{at}: {dx} {expected}");
            }
            for c in 0..n_channels {
                let expected = [slope(&gamma, c, &|gamma| value(&x, gamma, &beta)), slope(&beta, c, &|beta| value(&x, &gamma, beta))];
                for (found, expected) in [dgamma[c], dbeta[c]].iter().zip(expected) {
                    prop_assert!((f64::from(*found) - expected).abs() < 5e-3 * expected.abs().max(1.0));
                }
            }
        }
    }
}
