//! Convolution of maps of 16 bits, sums in single precision.
//!
//! Maps are stored channel by channel of each pixel: (n, height, width, channels). Weights and their gradients are in single precision, in
//! the order (output, input, row, column); for products they are rounded. As in single precision the gradient of the input is a
//! convolution; where the output leaves pixels out, it has zeros between its own.

use std::cell::RefCell;

use burn::tensor::bf16;
use rayon::prelude::*;

use super::layout::{Reading, Tiles};
use super::number::rounded;
use super::planes::{Planes, Ways};
use super::product::{Product, SIDE, TERMS, TILE, TOGETHER};
use super::sums::sum;
use crate::kernel::conv::{Geometry, N_PARTS};
use crate::kernel::vectors::in_vectors;

/// Positions of outputs whose images are read together: enough for whole groups of tiles.
const POSITIONS: usize = 256;
/// Tiles of rows whose sums are taken before they are rounded: they stay in the first cache.
const N_TILES: usize = 16;

/// Weights as tiles of products read them: one part for each pair of tiles of outputs, the last one for one tile if they are odd.
struct Packed {
    parts: Vec<Part>,
}

struct Part {
    /// First tile of outputs.
    first: usize,
    is_double: bool,
    weights: Vec<bf16>,
}

/// Pairs of tiles of outputs: the first, and whether there is a second.
fn pairs(n_outputs: usize) -> impl Iterator<Item = (usize, bool)> {
    let n_tiles = n_outputs.div_ceil(SIDE);
    (0..n_tiles).step_by(2).map(move |first| (first, first + 1 < n_tiles))
}

impl Packed {
    /// `weight(o, ky, kx, c)`: that of output `o` and channel `c` that is read, at a row and a column of the kernel.
    fn new(reading: &Reading, n_outputs: usize, weight: impl Fn(usize, usize, usize, usize) -> f32) -> Self {
        let n_steps = reading.run().div_ceil(TERMS);
        let part = |(first, is_double): (usize, bool)| {
            let width = 1 + usize::from(is_double);
            let outputs = first * SIDE..n_outputs.min((first + width) * SIDE);
            let mut weights = vec![bf16::ZERO; reading.kernel * n_steps * width * TERMS * SIDE];
            for ky in 0..reading.kernel {
                for kx in 0..reading.kernel {
                    for c in 0..reading.n_channels {
                        let term = kx * reading.n_channels + c;
                        let step = (ky * n_steps + term / TERMS) * width;
                        for o in outputs.clone() {
                            let (tile, place) =
                                ((o / SIDE) - first, (term % TERMS / 2 * SIDE + o % SIDE) * 2 + term % 2);
                            weights[(step + tile) * TERMS * SIDE + place] = rounded(weight(o, ky, kx, c));
                        }
                    }
                }
            }
            Part { first, is_double, weights }
        };
        Self { parts: pairs(n_outputs).map(part).collect() }
    }
}

/// What a thread works in, kept from one convolution to the next.
#[derive(Default)]
struct Workspace {
    /// Copies of maps, and which: between pixels of the same reading there are zeros already.
    copies: Vec<bf16>,
    reading: Option<(Reading, usize)>,
    planes: Vec<bf16>,
    of_planes: Option<(Planes, usize)>,
    gradient: Vec<bf16>,
    sums: Vec<f32>,
    rounded_sums: Vec<bf16>,
}

thread_local! {
    static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

fn grown<T: Clone>(buffer: &mut Vec<T>, n: usize, zero: T) -> &mut [T] {
    if buffer.len() < n {
        buffer.resize(n, zero);
    }
    &mut buffer[..n]
}

/// `n` numbers that are zero, unless they were used for the same purpose before.
fn cleared<'b, K: PartialEq>(
    buffer: &'b mut Vec<bf16>,
    known: &mut Option<(K, usize)>,
    purpose: K,
    n: usize,
) -> &'b mut [bf16] {
    if known.as_ref().is_none_or(|(old, length)| *old != purpose || *length < n) {
        buffer.clear();
        buffer.resize(n, bf16::ZERO);
        *known = Some((purpose, n));
    }
    &mut buffer[..n]
}

/// A convolution that writes its outputs, of images of one size.
struct Correlation {
    reading: Reading,
    n_outputs: usize,
    steps: Vec<usize>,
    packed: Packed,
    /// Images that are read together, and their tiles.
    together: usize,
    tiles: Tiles,
}

impl Correlation {
    fn new(
        reading: Reading,
        n_images: usize,
        n_outputs: usize,
        weight: impl Fn(usize, usize, usize, usize) -> f32,
    ) -> Self {
        let packed = Packed::new(&reading, n_outputs, weight);
        let positions = reading.out_height * reading.out_width;
        let together = (POSITIONS / positions.max(1)).clamp(1, n_images.max(1));
        Self { steps: reading.steps(), packed, n_outputs, together, tiles: reading.tiles(together), reading }
    }

    /// Numbers of one image, read and written.
    fn sizes(&self) -> (usize, usize) {
        let Reading { n_channels, height, width, out_height, out_width, .. } = self.reading;
        (n_channels * height * width, self.n_outputs * out_height * out_width)
    }

    /// The outputs `y` of the images `x`, on one thread.
    fn run(&self, x: &[bf16], y: &mut [bf16]) {
        let (source, map) = self.sizes();
        for (x, y) in x.chunks(self.together * source).zip(y.chunks_mut(self.together * map)) {
            let n = x.len() / source;
            if n == self.together {
                self.group(x, &self.tiles, y);
            } else {
                self.group(x, &self.reading.tiles(n), y);
            }
        }
    }

    fn group(&self, x: &[bf16], tiles: &Tiles, y: &mut [bf16]) {
        WORKSPACE.with_borrow_mut(|workspace| {
            let Workspace { copies, reading, sums, rounded_sums, .. } = workspace;
            let length = self.reading.len();
            let all = self.together * length + self.reading.slack();
            let copies = cleared(copies, reading, self.reading, all);
            for (x, copy) in x.chunks_exact(self.sizes().0).zip(copies.chunks_exact_mut(length)) {
                self.reading.lay_out(x, copy);
            }
            for Part { first, is_double, weights } in &self.packed.parts {
                let width = 1 + usize::from(*is_double);
                for (i, starts) in tiles.starts.chunks(N_TILES).enumerate() {
                    let sums = grown(sums, N_TILES * 2 * TILE, 0.0);
                    let sums = &mut sums[..starts.len() * width * TILE];
                    let product = Product {
                        a: copies,
                        starts,
                        pitch: self.reading.row_pitch(),
                        steps: &self.steps,
                        b: weights,
                        is_double: *is_double,
                        adds: false,
                    };
                    sum(&product, sums);
                    let tile = i * N_TILES;
                    let runs = tiles.firsts[tile]..tiles.firsts[tile + starts.len()];
                    let runs = Runs { runs: &tiles.runs[runs], first_tile: tile, width };
                    let halves = &mut grown(rounded_sums, N_TILES * 2 * TILE, bf16::ZERO)[..sums.len()];
                    round_all(sums, halves);
                    write(runs, halves, first * SIDE, self.n_outputs, y);
                }
            }
        });
    }
}

/// Sums that become outputs.
#[derive(Clone, Copy)]
struct Runs<'a> {
    runs: &'a [super::layout::Run],
    first_tile: usize,
    width: usize,
}

in_vectors! {
    /// In one loop over all of them, which the compiler makes vectors of.
    fn round_all(sums: &'a [f32], rounded_sums: &'a mut [bf16]) -> () {
        rounded_sums.iter_mut().zip(sums).for_each(|(to, from)| *to = rounded(*from));
    }
}

/// Moves sums to the pixels whose outputs from `first` on they are.
fn write(runs: Runs<'_>, sums: &[bf16], first: usize, n_outputs: usize, y: &mut [bf16]) {
    let Runs { runs, first_tile, width } = runs;
    for run in runs {
        for t in 0..width {
            let from = &sums[((run.tile - first_tile) * width + t) * TILE + run.row * SIDE..][..run.n * SIDE];
            let o = first + t * SIDE;
            for (from, to) in from.as_chunks::<SIDE>().0.iter().zip(y[run.to * n_outputs..].chunks_exact_mut(n_outputs))
            {
                match to[o..].first_chunk_mut::<SIDE>() {
                    Some(to) => *to = *from,
                    None => to[o..].iter_mut().zip(from).for_each(|(to, from)| *to = *from),
                }
            }
        }
    }
}

/// How the output reads the input.
fn forward_reading(g: &Geometry) -> Reading {
    let (out_height, out_width) = g.output();
    let Geometry { n_inputs, height, width, kernel, stride, padding, .. } = *g;
    Reading {
        n_channels: n_inputs,
        height,
        width,
        spread: 1,
        offset: padding as isize,
        kernel,
        step: stride,
        out_height,
        out_width,
    }
}

/// How the gradient of the input reads that of the output.
fn backward_reading(g: &Geometry) -> Reading {
    let (height, width) = g.output();
    Reading {
        n_channels: g.n_outputs,
        height,
        width,
        spread: g.stride,
        offset: g.kernel as isize - 1 - g.padding as isize,
        kernel: g.kernel,
        step: 1,
        out_height: g.height,
        out_width: g.width,
    }
}

/// The convolution of `x` (n, h, w, c_in) with `weight` (c_out, c_in, k, k) into `y` (n, h', w', c_out).
///
/// # Panics
/// If the sizes do not fit.
pub fn forward(g: &Geometry, x: &[bf16], weight: &[f32], y: &mut [bf16]) {
    let correlation = Correlation::new(forward_reading(g), g.n_images, g.n_outputs, |o, ky, kx, c| {
        weight[((o * g.n_inputs + c) * g.kernel + ky) * g.kernel + kx]
    });
    let (source, map) = correlation.sizes();
    assert_eq!((x.len(), y.len()), (g.n_images * source, g.n_images * map), "sizes of {g:?}");
    let n = correlation.together;
    let groups = y.par_chunks_mut(n * map).zip(x.par_chunks(n * source));
    groups.for_each(|(y, x)| correlation.run(x, y));
}

/// How the gradient of the input comes from that of the output.
fn backward_correlation(g: &Geometry, weight: &[f32]) -> Correlation {
    Correlation::new(backward_reading(g), g.n_images, g.n_inputs, |c, ky, kx, o| {
        weight[((o * g.n_inputs + c) * g.kernel + g.kernel - 1 - ky) * g.kernel + g.kernel - 1 - kx]
    })
}

/// The gradient of the input into `dx` alone: what a transposed convolution makes of `dy`.
///
/// # Panics
/// If the sizes do not fit.
pub fn transposed(g: &Geometry, dy: &[bf16], weight: &[f32], dx: &mut [bf16]) {
    let correlation = backward_correlation(g, weight);
    assert_eq!((dx.len(), dy.len()), (g.n_images * g.image(), g.n_images * g.map()), "sizes of {g:?}");
    let n = correlation.together;
    let groups = dx.par_chunks_mut(n * g.image()).zip(dy.par_chunks(n * g.map()));
    groups.for_each(|(dx, dy)| correlation.run(dy, dx));
}

/// The gradient of `weight` where that of the output is `dy`, and that of `x` into `dx`, if it is wanted.
///
/// # Panics
/// If the sizes do not fit.
pub fn backward(g: &Geometry, x: &[bf16], weight: &[f32], dy: &[bf16], dx: Option<&mut [bf16]>) -> Vec<f32> {
    let correlation = dx.is_some().then(|| backward_correlation(g, weight));
    let gradient = Gradient::new(g);
    let (image, map) = (g.image(), g.map());
    assert_eq!((x.len(), dy.len()), (g.n_images * image, g.n_images * map), "sizes of {g:?}");
    let part = g.n_images.div_ceil(N_PARTS).max(1);
    let parts = x.par_chunks(part * image).zip(dy.par_chunks(part * map));
    let parts: Vec<Vec<f32>> = match (dx, correlation) {
        (Some(dx), Some(correlation)) => {
            assert_eq!(dx.len(), x.len(), "sizes of {g:?}");
            let parts = parts.zip(dx.par_chunks_mut(part * image)).map(|((x, dy), dx)| {
                correlation.run(dy, dx);
                gradient.sum(x, dy)
            });
            parts.collect()
        }
        _ => parts.map(|(x, dy)| gradient.sum(x, dy)).collect(),
    };
    let total = parts.into_iter().reduce(|mut total, part| {
        total.iter_mut().zip(part).for_each(|(total, part)| *total += part);
        total
    });
    gradient.unpacked(&total.unwrap_or_default())
}

/// How gradients of weights are summed.
struct Gradient {
    g: Geometry,
    planes: Planes,
    ways: Ways,
    /// In whole groups.
    starts: Vec<usize>,
    n_tiles: usize,
}

impl Gradient {
    fn new(g: &Geometry) -> Self {
        let planes = Planes::new(g);
        let mut starts = planes.starts();
        let n_tiles = starts.len();
        // The rest of the last group is computed in vain.
        starts.resize(n_tiles.next_multiple_of(TOGETHER), starts[n_tiles - 1]);
        Self { g: *g, ways: Ways::new(planes), planes, starts, n_tiles }
    }

    /// The sums over these images: (pair of tiles of outputs, tap, tile of inputs, tile of outputs, input, output).
    fn sum(&self, x: &[bf16], dy: &[bf16]) -> Vec<f32> {
        let mut sums = vec![0.0; self.starts.len() * self.g.n_outputs.div_ceil(SIDE) * TILE];
        let (image, map, together) = (self.g.image(), self.g.map(), self.planes.images_together());
        WORKSPACE.with_borrow_mut(|workspace| {
            let Workspace { planes, of_planes, gradient, .. } = workspace;
            let planes = cleared(planes, of_planes, self.planes, together * self.planes.len());
            for (x, dy) in x.chunks(together * image).zip(dy.chunks(together * map)) {
                for (x, planes) in x.chunks_exact(image).zip(planes.chunks_exact_mut(self.planes.len())) {
                    self.ways.lay_out(x, planes);
                }
                let steps = self.planes.steps(x.len() / image);
                let mut sums = &mut sums[..];
                for (first, is_double) in pairs(self.g.n_outputs) {
                    let width = 1 + usize::from(is_double);
                    let length = self.planes.len_of_gradient(width);
                    let b = grown(gradient, dy.len() / map * length, bf16::ZERO);
                    for (dy, to) in dy.chunks_exact(map).zip(b.chunks_exact_mut(length)) {
                        self.ways.lay_out_gradient(dy, first, width, to);
                    }
                    let (here, rest) = sums.split_at_mut(self.starts.len() * width * TILE);
                    let (starts, steps, pitch) = (&self.starts[..], &steps[..], self.planes.channel);
                    sum(&Product { a: planes, starts, pitch, steps, b, is_double, adds: true }, here);
                    sums = rest;
                }
            }
        });
        sums
    }

    /// The sums as (output, input, row, column).
    fn unpacked(&self, sums: &[f32]) -> Vec<f32> {
        let Geometry { n_inputs, n_outputs, kernel, .. } = self.g;
        let mut dweight = vec![0.0; n_outputs * n_inputs * kernel * kernel];
        if sums.is_empty() {
            return dweight;
        }
        let n_input_tiles = n_inputs.div_ceil(SIDE);
        for (first, is_double) in pairs(n_outputs) {
            let width = 1 + usize::from(is_double);
            let sums = &sums[first * self.starts.len() * TILE..];
            for (tile, sums) in sums.chunks_exact(width * TILE).enumerate().take(self.n_tiles) {
                let (tap, c) = (tile / n_input_tiles, tile % n_input_tiles * SIDE);
                for (i, sum) in sums.iter().enumerate() {
                    let (o, c) = ((first + i / TILE) * SIDE + i % SIDE, c + i / SIDE % SIDE);
                    if o < n_outputs && c < n_inputs {
                        dweight[(o * n_inputs + c) * kernel * kernel + tap] = *sum;
                    }
                }
            }
        }
        dweight
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::number::wide;
    use super::*;
    use crate::kernel::conv::definition::slowly;
    use crate::rng::{Purpose, Stream};

    fn numbers(n: usize, seed: u64) -> Vec<f32> {
        let mut stream = Stream::new(seed, Purpose::Noise, 0, 0);
        // Of 16 bits, so that nothing is rounded but outputs.
        (0..n).map(|_| wide(rounded(stream.normal() as f32))).collect()
    }

    /// (n, channels, positions) with channels last.
    fn turned<T: Copy>(maps: &[T], n_channels: usize, positions: usize) -> Vec<T> {
        let images = maps.chunks_exact(n_channels * positions);
        let at = |image: &[T], p: usize, c: usize| image[c * positions + p];
        images
            .flat_map(|image| (0..positions).flat_map(move |p| (0..n_channels).map(move |c| at(image, p, c))))
            .collect()
    }

    /// Relative to the largest: sums in single precision, and outputs rounded to eight bits.
    fn close(found: &[f32], expected: &[f64], bound: f64) -> bool {
        let size = expected.iter().fold(1.0f64, |size, v| size.max(v.abs()));
        found.len() == expected.len()
            && found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() <= b.abs() / 256.0 + bound * size)
    }

    fn agrees_with_the_definition(g: &Geometry) -> bool {
        let (height, width) = g.output();
        let (in_positions, out_positions) = (g.height * g.width, height * width);
        let x = numbers(g.n_images * g.image(), 1);
        let weight = numbers(g.n_outputs * g.n_inputs * g.kernel * g.kernel, 2);
        let dy = numbers(g.n_images * g.map(), 3);
        let (y, dx, dweight) = slowly(g, &x, &weight, &dy);
        let halves = |values: &[f32]| values.iter().map(|v| rounded(*v)).collect::<Vec<bf16>>();
        let x = halves(&turned(&x, g.n_inputs, in_positions));
        let dy = halves(&turned(&dy, g.n_outputs, out_positions));
        // All of it has to be written.
        let (mut found_y, mut found_dx) = (vec![bf16::NAN; y.len()], vec![bf16::NAN; x.len()]);
        forward(g, &x, &weight, &mut found_y);
        let found_dweight = backward(g, &x, &weight, &dy, Some(&mut found_dx));
        let single = |values: &[bf16]| values.iter().map(|v| wide(*v)).collect::<Vec<f32>>();
        let outputs = close(&single(&found_y), &turned(&y, g.n_outputs, out_positions), 1e-6);
        let inputs = close(&single(&found_dx), &turned(&dx, g.n_inputs, in_positions), 1e-6);
        let weights = close(&found_dweight, &dweight, 1e-6);
        let mut alone = vec![bf16::NAN; x.len()];
        transposed(g, &dy, &weight, &mut alone);
        let parts = alone == found_dx && backward(g, &x, &weight, &dy, None) == found_dweight;
        outputs && inputs && weights && parts
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn kernels_agree_with_the_definition(
            n_images in 1usize..20, n_inputs in prop_oneof![1usize..6, Just(16usize), 15usize..40],
            n_outputs in prop_oneof![1usize..6, Just(16usize), 15usize..40],
            height in 1usize..9, width in prop_oneof![1usize..9, Just(16usize), Just(17)],
            kernel in prop_oneof![Just(1usize), Just(3), Just(5), Just(2)], stride in 1usize..4, padding in 0usize..3,
        ) {
            let g = Geometry { n_images, n_inputs, height, width, n_outputs, kernel, stride, padding };
            prop_assume!(height + 2 * padding >= kernel && width + 2 * padding >= kernel);
            prop_assert!(agrees_with_the_definition(&g));
        }
    }

    /// Small sizes are where kernels leave the map altogether.
    #[test]
    fn kernels_of_all_small_sizes_agree_with_the_definition() {
        for (height, width) in (1..=4).flat_map(|height| (1..=4).map(move |width| (height, width))) {
            for (kernel, stride) in (1..=5).flat_map(|kernel| (1..=4).map(move |stride| (kernel, stride))) {
                for padding in (0..6).filter(|padding| height.min(width) + 2 * padding >= kernel) {
                    let g = Geometry { n_images: 2, n_inputs: 1, height, width, n_outputs: 1, kernel, stride, padding };
                    assert!(agrees_with_the_definition(&g), "{g:?}");
                }
            }
        }
    }

    #[test]
    fn the_same_bits_for_any_number_of_threads() {
        let g = Geometry {
            n_images: 37,
            n_inputs: 20,
            height: 9,
            width: 7,
            n_outputs: 33,
            kernel: 3,
            stride: 1,
            padding: 1,
        };
        let halves = |n: usize, seed: u64| numbers(n, seed).into_iter().map(rounded).collect::<Vec<bf16>>();
        let (x, dy) = (halves(g.n_images * g.image(), 1), halves(g.n_images * g.map(), 3));
        let weight = numbers(g.n_outputs * g.n_inputs * 9, 2);
        let results = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            let (mut y, mut dx) = (vec![bf16::ZERO; dy.len()], vec![bf16::ZERO; x.len()]);
            pool.install(|| {
                forward(&g, &x, &weight, &mut y);
                let dweight = backward(&g, &x, &weight, &dy, Some(&mut dx));
                (y, dx, dweight)
            })
        };
        assert!(results(1) == results(2) && results(1) == results(3));
    }
}
