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

    /// Sums of each channel out of a number for each map.
    fn by_channel(&self, sums: &[(f64, f64)]) -> Vec<(f64, f64)> {
        let mut channels = vec![(0.0, 0.0); self.n_channels];
        for image in sums.chunks_exact(self.n_channels) {
            for (channel, sum) in channels.iter_mut().zip(image) {
                *channel = (channel.0 + sum.0, channel.1 + sum.1);
            }
        }
        channels
    }
}

/// Mean and biased variance of every channel, in two passes: squares minus the squared mean would cancel.
pub fn moments(maps: Maps, x: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let mean = |map: &[f32]| (sum(map, |v| v), 0.0);
    let sums: Vec<(f64, f64)> = x.par_chunks_exact(maps.positions).map(mean).collect();
    let means: Vec<f64> = maps.by_channel(&sums).into_iter().map(|(sum, _)| sum / maps.n_values()).collect();
    let spread = |(at, map): (usize, &[f32])| {
        let mean = means[at % maps.n_channels] as f32;
        (sum(map, |v| (v - mean) * (v - mean)), 0.0)
    };
    let sums: Vec<(f64, f64)> = x.par_chunks_exact(maps.positions).enumerate().map(spread).collect();
    let variances = maps.by_channel(&sums).into_iter().map(|(sum, _)| (sum / maps.n_values()) as f32).collect();
    (means.into_iter().map(|mean| mean as f32).collect(), variances)
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
    let mut y = vec![0.0; x.len()];
    let n = maps.positions;
    y.par_chunks_exact_mut(n).zip(x.par_chunks_exact(n)).enumerate().for_each(|(at, (y, x))| {
        let c = at % maps.n_channels;
        let slope = channels.gamma[c] * channels.inverse_deviation(c);
        let (mean, shift) = (channels.mean[c], beta[c]);
        match is_rectified {
            true => y.iter_mut().zip(x).for_each(|(y, x)| *y = rectified((x - mean) * slope + shift)),
            false => y.iter_mut().zip(x).for_each(|(y, x)| *y = (x - mean) * slope + shift),
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
    let (n, n_channels) = (maps.positions, maps.n_channels);
    // The gradient before the rectifier, where it was above zero.
    let passed = |at: usize, dy: &[f32]| -> Option<Vec<f32>> {
        let y = &y?[at * n..][..n];
        Some(dy.iter().zip(y).map(|(dy, y)| if *y > 0.0 { *dy } else { 0.0 }).collect())
    };
    let sums: Vec<(f64, f64)> = x
        .par_chunks_exact(n)
        .zip(dy.par_chunks_exact(n))
        .enumerate()
        .map(|(at, (x, dy))| {
            let c = at % n_channels;
            let (mean, inverse) = (channels.mean[c], channels.inverse_deviation(c));
            let masked = passed(at, dy);
            let dy = masked.as_deref().unwrap_or(dy);
            (sum(dy, |v| v), sum_of_pairs(dy, x, |dy, x| dy * (x - mean) * inverse))
        })
        .collect();
    let sums = maps.by_channel(&sums);
    let mut dx = vec![0.0; x.len()];
    let n_values = maps.n_values();
    dx.par_chunks_exact_mut(n).zip(x.par_chunks_exact(n)).zip(dy.par_chunks_exact(n)).enumerate().for_each(
        |(at, ((dx, x), dy))| {
            let c = at % n_channels;
            let (mean, inverse) = (channels.mean[c], channels.inverse_deviation(c));
            let factor = channels.gamma[c] * inverse;
            let (dbeta, dgamma) = ((sums[c].0 / n_values) as f32, (sums[c].1 / n_values) as f32);
            let masked = passed(at, dy);
            let dy = masked.as_deref().unwrap_or(dy);
            for ((dx, x), dy) in dx.iter_mut().zip(x).zip(dy) {
                *dx = factor * (dy - dbeta - (x - mean) * inverse * dgamma);
            }
        },
    );
    let (dbeta, dgamma) = sums.into_iter().map(|(dbeta, dgamma)| (dbeta as f32, dgamma as f32)).unzip();
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
            n_images in 2usize..5, n_channels in 1usize..4, positions in 1usize..40, is_rectified: bool, seed in 0u64..1000,
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
