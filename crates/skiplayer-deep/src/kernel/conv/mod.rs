//! Convolution in place, image by image.
//!
//! ```text
//!  x (c_in, h, w) of an image ── lay out ──> copies shifted sideways ── correlate with weight ──> y
//!  dy                         ── lay out ──> copies shifted sideways ── correlate with weight' ──> dx
//!  dweight = sum over images of dy times the copies of x
//! ```
//!
//! The gradient of the input is a convolution too: each of the stride x stride classes of pixels that see the same weights is one of
//! stride 1. Where 3x3 weights have enough channels, a quarter of the products does (`winograd`). Images are divided among threads; the
//! parts in which gradients of weights are summed, and their order, depend on sizes only, so that any number of threads gives the same
//! bits.

#[cfg(test)]
pub mod definition;
mod geometry;
mod gradient;
mod product;
mod shifted;
mod winograd;
mod workspace;

use rayon::prelude::*;

pub use self::geometry::Geometry;
use self::gradient::OfInput;
pub use self::product::Written;
use self::product::{Packed, accumulate, correlate, padded, turn};
use self::shifted::Shifted;
use self::winograd::Read;
use self::workspace::{WORKSPACE, Workspace, grown, laid_out};
use super::pool;

/// Parts in which gradients of weights are summed, at most: enough to divide among threads, and few enough to keep.
pub const N_PARTS: usize = 16;

/// The convolution of `x` (n, c_in, h, w) with `weight` (c_out, c_in, k, k) into `y` (n, c_out, h', w'), or added to it.
///
/// # Panics
/// If the sizes do not fit.
pub fn forward(g: &Geometry, x: &[f32], weight: &[f32], written: Written, y: &mut [f32]) {
    assert_eq!((x.len(), weight.len()), (g.n_images * g.image(), g.n_outputs * g.n_weights()), "sizes of {g:?}");
    assert_eq!(y.len(), g.n_images * g.map(), "sizes of {g:?}");
    if winograd::pays(g) {
        let weights = winograd::Packed::new(Read::Forward, g.n_inputs, g.n_outputs, weight);
        let together = winograd::images_together(g);
        let images = y.par_chunks_mut(together * g.map()).zip(x.par_chunks(together * g.image()));
        let images = images.with_min_len(g.images_of_a_task().div_ceil(together));
        return images.for_each(|(y, x)| winograd::forward(g, x, &weights, written, y));
    }
    let reading = g.reading();
    let weights = Packed::new(g.n_outputs, g.n_weights(), |o, t| weight[o * g.n_weights() + t]);
    let images = y.par_chunks_mut(g.map()).zip(x.par_chunks(g.image()));
    images.with_min_len(g.images_of_a_task()).for_each(|(y, x)| {
        WORKSPACE.with_borrow_mut(|Workspace { source, .. }| {
            correlate(&weights, reading.starts(), laid_out(&reading, x, source), g.positions(), written, y);
        });
    });
}

/// The gradient of the input into `dx` alone: what a transposed convolution makes of `dy`.
///
/// # Panics
/// If the sizes do not fit.
pub fn transposed(g: &Geometry, dy: &[f32], weight: &[f32], dx: &mut [f32]) {
    assert_eq!((dx.len(), dy.len()), (g.n_images * g.image(), g.n_images * g.map()), "sizes of {g:?}");
    let gradient = OfInput::new(g, weight);
    let together = gradient.images_together(g);
    let images = dx.par_chunks_mut(together * g.image()).zip(dy.par_chunks(together * g.map()));
    let images = images.with_min_len(g.images_of_a_task().div_ceil(together));
    images.for_each(|(dx, dy)| gradient.write(g, dy, dx));
}

/// The gradient of `weight` where that of the output is `dy`, and that of `x` into `dx`, if it is wanted.
///
/// # Panics
/// If the sizes do not fit.
pub fn backward(g: &Geometry, x: &[f32], weight: &[f32], dy: &[f32], dx: Option<&mut [f32]>) -> Vec<f32> {
    assert_eq!((x.len(), dy.len()), (g.n_images * g.image(), g.n_images * g.map()), "sizes of {g:?}");
    let gradient = dx.is_some().then(|| OfInput::new(g, weight));
    let part = g.n_images.div_ceil(N_PARTS).max(1);
    let of_part = Part { g, reading: g.reading(), gradient, is_tiled: winograd::pays_for_weights(g, part) };
    let parts = x.par_chunks(part * g.image()).zip(dy.par_chunks(part * g.map()));
    let parts: Vec<Vec<f32>> = match dx {
        Some(dx) => {
            assert_eq!(dx.len(), x.len(), "sizes of {g:?}");
            let parts = parts.zip(dx.par_chunks_mut(part * g.image()));
            parts.map(|((x, dy), dx)| of_part.sums(x, dy, Some(dx))).collect()
        }
        None => parts.map(|(x, dy)| of_part.sums(x, dy, None)).collect(),
    };
    let total = parts.into_iter().reduce(|mut total, part| {
        total.iter_mut().zip(&part).for_each(|(total, part)| *total += *part);
        pool::give_back(part);
        total
    });
    let total = total.unwrap_or_default();
    let weight_of = |o: usize, t: usize| total[t * padded(g.n_outputs) + o];
    let dweight = (0..g.n_outputs).flat_map(|o| (0..g.n_weights()).map(move |t| (o, t)));
    let dweight = dweight.map(|(o, t)| weight_of(o, t)).collect();
    pool::give_back(total);
    dweight
}

/// How gradients are taken of the images of a part.
struct Part<'a> {
    g: &'a Geometry,
    reading: Shifted,
    /// Of the input, if it is wanted.
    gradient: Option<OfInput>,
    is_tiled: bool,
}

impl Part<'_> {
    /// The gradient of weights (inputs and taps, padded outputs) that some images give; that of the images is written.
    fn sums(&self, x: &[f32], dy: &[f32], dx: Option<&mut [f32]>) -> Vec<f32> {
        let Self { g, reading, gradient, is_tiled } = self;
        let mut sums = pool::take(g.n_weights() * padded(g.n_outputs));
        sums.fill(0.0);
        if *is_tiled {
            let weights = gradient.as_ref().and_then(OfInput::tiled);
            winograd::backward(g, x, dy, weights.zip(dx), &mut sums);
            return sums;
        }
        let together = gradient.as_ref().map_or(1, |gradient| gradient.images_together(g));
        let mut dx = dx.map(|dx| dx.chunks_mut(together * g.image()));
        for (x, dy) in x.chunks(together * g.image()).zip(dy.chunks(together * g.map())) {
            for (x, dy) in x.chunks_exact(g.image()).zip(dy.chunks_exact(g.map())) {
                WORKSPACE.with_borrow_mut(|Workspace { source, turned, .. }| {
                    let turned = grown(turned, g.positions() * padded(g.n_outputs));
                    turn(dy, g.positions(), g.n_outputs, turned);
                    accumulate(reading.starts(), laid_out(reading, x, source), turned, g.n_outputs, &mut sums);
                });
            }
            if let (Some(gradient), Some(dx)) = (gradient, dx.as_mut().and_then(Iterator::next)) {
                gradient.write(g, dy, dx);
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::definition::slowly;
    use super::*;
    use crate::rng::{Purpose, Stream};

    fn numbers(n: usize, seed: u64) -> Vec<f32> {
        let mut stream = Stream::new(seed, Purpose::Noise, 0, 0);
        (0..n).map(|_| stream.normal() as f32).collect()
    }

    fn close(found: &[f32], expected: &[f64]) -> bool {
        let size = expected.iter().fold(1.0f64, |size, v| size.max(v.abs()));
        found.len() == expected.len()
            && found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5 * size)
    }

    /// Outputs, added outputs and both gradients.
    fn agrees_with_the_definition(g: &Geometry) -> bool {
        let x = numbers(g.n_images * g.image(), 1);
        let weight = numbers(g.n_outputs * g.n_weights(), 2);
        let dy = numbers(g.n_images * g.map(), 3);
        let (y, dx, dweight) = slowly(g, &x, &weight, &dy);
        // All of it has to be written.
        let (mut found_y, mut found_dx) = (vec![f32::NAN; y.len()], vec![f32::NAN; x.len()]);
        forward(g, &x, &weight, Written::Replaced, &mut found_y);
        let outputs = close(&found_y, &y);
        forward(g, &x, &weight, Written::Added, &mut found_y);
        let added = close(&found_y, &y.iter().map(|y| 2.0 * y).collect::<Vec<_>>());
        let found_dweight = backward(g, &x, &weight, &dy, Some(&mut found_dx));
        let gradients = close(&found_dx, &dx) && close(&found_dweight, &dweight);
        let mut alone = vec![f32::NAN; x.len()];
        transposed(g, &dy, &weight, &mut alone);
        let parts = alone == found_dx && backward(g, &x, &weight, &dy, None) == found_dweight;
        outputs && added && gradients && parts
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn kernels_agree_with_the_definition(
            n_images in 1usize..20, n_inputs in 1usize..5, n_outputs in prop_oneof![1usize..6, 6usize..40],
            height in 1usize..9, width in prop_oneof![1usize..9, Just(16usize)],
            kernel in prop_oneof![Just(1usize), Just(3), Just(5), Just(2)], stride in 1usize..4, padding in 0usize..3,
        ) {
            let g = Geometry { n_images, n_inputs, height, width, n_outputs, kernel, stride, padding };
            prop_assume!(height + 2 * padding >= kernel && width + 2 * padding >= kernel);
            prop_assert!(agrees_with_the_definition(&g));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn kernels_of_many_channels_agree_with_the_definition(
            n_images in 1usize..20, n_inputs in 10usize..40, n_outputs in 10usize..40,
            height in 1usize..14, width in prop_oneof![1usize..20, Just(16usize), Just(40)],
        ) {
            let g = Geometry { n_images, n_inputs, height, width, n_outputs, kernel: 3, stride: 1, padding: 1 };
            prop_assert!(agrees_with_the_definition(&g));
        }
    }

    /// Small sizes are where shifts leave the map altogether.
    #[test]
    fn kernels_of_all_small_sizes_agree_with_the_definition() {
        let sizes = |n: usize| 1..=n;
        for (height, width) in sizes(4).flat_map(|height| sizes(4).map(move |width| (height, width))) {
            for (kernel, stride) in sizes(5).flat_map(|kernel| sizes(4).map(move |stride| (kernel, stride))) {
                for padding in (0..6).filter(|padding| height.min(width) + 2 * padding >= kernel) {
                    let g = Geometry { n_images: 2, n_inputs: 1, height, width, n_outputs: 1, kernel, stride, padding };
                    assert!(agrees_with_the_definition(&g), "{g:?}");
                }
            }
        }
    }

    fn sizes(n_images: usize, n_channels: usize) -> Geometry {
        let (n_inputs, n_outputs) = (n_channels, n_channels + 1);
        Geometry { n_images, n_inputs, height: 9, width: 7, n_outputs, kernel: 3, stride: 1, padding: 1 }
    }

    /// Few channels, and as many as fewer products are worth it for.
    const CHANNELS: [usize; 2] = [4, 16];

    #[test]
    fn the_same_bits_for_any_number_of_threads() {
        for g in CHANNELS.map(|n| sizes(37, n)) {
            let (x, weight) = (numbers(g.n_images * g.image(), 1), numbers(g.n_outputs * g.n_weights(), 2));
            let dy = numbers(g.n_images * g.map(), 3);
            let results = |n_threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
                let (mut y, mut dx) = (vec![0.0; dy.len()], vec![0.0; x.len()]);
                let dweight = pool.install(|| {
                    forward(&g, &x, &weight, Written::Replaced, &mut y);
                    backward(&g, &x, &weight, &dy, Some(&mut dx))
                });
                (y, dx, dweight)
            };
            let one = results(1);
            assert!([2, 3, 8].into_iter().all(|n_threads| results(n_threads) == one));
        }
    }

    #[test]
    fn images_do_not_depend_on_those_beside_them() {
        for g in CHANNELS.map(|n| sizes(11, n)) {
            let (x, weight) = (numbers(g.n_images * g.image(), 1), numbers(g.n_outputs * g.n_weights(), 2));
            let mut together = vec![0.0; g.n_images * g.map()];
            forward(&g, &x, &weight, Written::Replaced, &mut together);
            let single = Geometry { n_images: 1, ..g };
            for (x, y) in x.chunks_exact(g.image()).zip(together.chunks_exact(g.map())) {
                let mut alone = vec![0.0; g.map()];
                forward(&single, x, &weight, Written::Replaced, &mut alone);
                assert_eq!(alone, y);
            }
        }
    }
}
