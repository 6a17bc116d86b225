//! Convolution by 3x3 weights with Winograd's minimal filtering: 36 products for 16 outputs, where the definition has 144.
//!
//! ```text
//!  maps ── lay out ──> band, channels inside ── of_band ──> values (36, tiles, c_in)
//!  values x weights (36, c_in, c_out) ──> values (36, tiles, c_out) ── to_outputs ──> pixels ── put back ──> maps
//!  dweight = to_gradients(sum over tiles of values (36, tiles, c_in) x of_gradients(dy) (36, tiles, c_out))
//! ```
//!
//! Maps pass through in blocks of a few tiles, which stay in the second cache. What becomes of a tile does not depend on those beside it.

mod layout;
mod product;
mod transform;
mod values;
mod weights;

use std::cell::RefCell;

use self::layout::{Block, Outputs, Tiling};
use self::product::{accumulate, multiply};
use self::transform::SIDE;
use self::values::{Shape, of_band, of_gradients, to_outputs};
use self::weights::to_gradients;
pub use self::weights::{Packed, Read};
use super::geometry::Geometry;
use super::product::{Written, padded};
use super::workspace::grown;
use crate::kernel::turn::LONGEST;

/// Inputs and outputs from which on fewer products are worth what becomes of maps before and after them.
const FEWEST: usize = 12;
/// Pairs of input and output at most, whose values of weights would not fit into caches any more.
const PAIRS: usize = 1 << 16;
/// Tiles whose sums are worth being turned into a gradient of weights.
const TILES: usize = 16;

/// Whether it is faster than the definition: for a single image as for many, so that its outputs do not depend on those beside it.
pub fn pays(g: &Geometry) -> bool {
    let is_wide = g.n_inputs.min(g.n_outputs) >= FEWEST && g.n_inputs * g.n_outputs <= PAIRS;
    let is_filled = SIDE * SIDE * Tiling::new(g.height, g.width).n_tiles() <= 4 * g.height * g.width;
    (g.kernel, g.stride, g.padding) == (3, 1, 1) && is_wide && is_filled
}

/// Whether it is faster for gradients of weights, too, which are sums over `n_images` images.
pub fn pays_for_weights(g: &Geometry, n_images: usize) -> bool {
    pays(g) && n_images * Tiling::new(g.height, g.width).n_tiles() >= TILES
}

/// Images that are worth being taken together.
pub fn images_together(g: &Geometry) -> usize {
    Tiling::new(g.height, g.width).n_images()
}

thread_local! {
    /// What a thread works in, kept from one convolution to the next.
    static WORKSPACE: RefCell<Vec<f32>> = RefCell::default();
}

/// What a block of tiles goes through. All of it is written before it is read, but for values of tiles that only fill up, in vain.
struct Stages<'a> {
    band: &'a mut [f32],
    values: &'a mut [f32],
    of_outputs: &'a mut [f32],
    inner: &'a mut [f32],
    sums: &'a mut [f32],
}

impl<'a> Stages<'a> {
    /// For blocks that are no larger than the first one, up to so many channels, and so many sums. They lie side by side in one buffer: the
    /// system would round each of several up to megabytes.
    fn new(buffer: &'a mut Vec<f32>, first: Block, n_channels: usize, n_sums: usize) -> Self {
        let n_values = Shape { n_tiles: first.n_padded(), n_channels: padded(n_channels) }.len();
        let n_inner = first.inner() * padded(n_channels).min(weights::WIDEST);
        let sizes = [first.band(n_channels), n_values, n_values, n_inner, n_sums];
        let buffer = grown(buffer, sizes.iter().sum::<usize>() + LONGEST);
        // Vectors then never lie in two lines of a cache.
        let begin = buffer.as_ptr().align_offset(size_of::<[f32; LONGEST]>()).min(LONGEST);
        let mut left = &mut buffer[begin..];
        let [band, values, of_outputs, inner, sums] = sizes.map(|n| left.split_off_mut(..n).unwrap_or_default());
        Self { band, values, of_outputs, inner, sums }
    }

    /// Lays a block of `maps` out.
    fn read(&mut self, block: Block, n_channels: usize, maps: &[f32]) {
        block.lay_out(n_channels, maps, &mut self.band[..block.band(n_channels)]);
    }

    /// The values of what was laid out.
    fn transform(&mut self, block: Block, n_channels: usize) -> Shape {
        let shape = Shape { n_tiles: block.n_padded(), n_channels: padded(n_channels) };
        of_band(block, shape, self.band, &mut self.values[..shape.len()]);
        shape
    }

    /// The outputs of the values that are there, into `maps`.
    fn write(&mut self, block: Block, shape: Shape, weights: &Packed, written: Written, maps: &mut [f32]) {
        for (first, width, part) in weights.parts() {
            let of_part = Shape { n_channels: width, ..shape };
            let out = &mut self.of_outputs[..of_part.len()];
            multiply(shape, weights.n_inputs, self.values, part, (width, out));
            let inner = &mut self.inner[..block.inner() * width];
            to_outputs(block, of_part, out, inner);
            let outputs = Outputs { first, width, n_outputs: weights.n_outputs };
            block.put_back(outputs, written, inner, maps);
        }
    }
}

/// The convolution of a few images, no more than [`images_together`].
pub fn forward(g: &Geometry, x: &[f32], weights: &Packed, written: Written, y: &mut [f32]) {
    let mut blocks = Tiling::new(g.height, g.width).blocks(x.len() / g.image()).peekable();
    let Some(first) = blocks.peek().copied() else { return };
    WORKSPACE.with_borrow_mut(|buffer| {
        let mut stages = Stages::new(buffer, first, g.n_inputs.max(g.n_outputs), 0);
        for block in blocks {
            stages.read(block, g.n_inputs, x);
            let shape = stages.transform(block, g.n_inputs);
            stages.write(block, shape, weights, written, y);
        }
    });
}

/// Adds the gradient of weights that some images give to `dweight`, and writes that of the images, if it is wanted.
pub fn backward(g: &Geometry, x: &[f32], dy: &[f32], dx: Option<(&Packed, &mut [f32])>, dweight: &mut [f32]) {
    let tiling = Tiling::new(g.height, g.width);
    let together = tiling.n_images();
    let Some(first) = tiling.blocks(together.min(x.len() / g.image())).next() else { return };
    let (mut dx, weights) = match dx {
        Some((weights, dx)) => (Some(dx.chunks_mut(together * g.image())), Some(weights)),
        None => (None, None),
    };
    let n_sums = values::N_VALUES * padded(g.n_inputs) * padded(g.n_outputs);
    WORKSPACE.with_borrow_mut(|buffer| {
        let mut stages = Stages::new(buffer, first, g.n_inputs.max(g.n_outputs), n_sums);
        let mut written = Written::Replaced;
        for (x, dy) in x.chunks(together * g.image()).zip(dy.chunks(together * g.map())) {
            let mut dx = dx.as_mut().and_then(Iterator::next);
            for block in tiling.blocks(x.len() / g.image()) {
                stages.read(block, g.n_inputs, x);
                let inputs = stages.transform(block, g.n_inputs);
                stages.read(block, g.n_outputs, dy);
                let outputs = Shape { n_channels: padded(g.n_outputs), ..inputs };
                let Stages { band, values, of_outputs, sums, .. } = &mut stages;
                of_gradients(block, outputs, band, &mut of_outputs[..outputs.len()]);
                accumulate(block.n_tiles(), (inputs, values), (outputs, of_outputs), written, sums);
                written = Written::Added;
                if let (Some(dx), Some(weights)) = (dx.as_deref_mut(), weights) {
                    let shape = stages.transform(block, g.n_outputs);
                    stages.write(block, shape, weights, Written::Replaced, dx);
                }
            }
        }
        to_gradients(g.n_inputs, g.n_outputs, stages.sums, dweight);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::conv::definition::slowly;
    use crate::kernel::conv::{backward, forward};
    use crate::rng::{Purpose, Stream};

    fn numbers(n: usize, seed: u64) -> Vec<f32> {
        let mut stream = Stream::new(seed, Purpose::Noise, 0, 0);
        (0..n).map(|_| stream.normal() as f32).collect()
    }

    fn sizes(n_images: usize, n_channels: usize, side: usize) -> Geometry {
        let (n_inputs, n_outputs) = (n_channels, n_channels);
        Geometry { n_images, n_inputs, height: side, width: side, n_outputs, kernel: 3, stride: 1, padding: 1 }
    }

    /// The largest error, in shares of the sum of the absolute values of what was added.
    fn error(found: &[f32], exact: &[f64], absolute: &[f64]) -> f64 {
        let errors = found.iter().zip(exact).zip(absolute);
        errors.map(|((found, exact), sum)| (f64::from(*found) - exact).abs() / sum).fold(0.0, f64::max)
    }

    #[test]
    fn errors_are_a_few_roundings_of_the_sum_of_absolute_products() {
        for g in [sizes(8, 16, 32), sizes(8, 32, 16), sizes(16, 64, 8)] {
            assert!(pays(&g) && pays_for_weights(&g, 4));
            let (x, weight) = (numbers(g.n_images * g.image(), 1), numbers(9 * g.n_inputs * g.n_outputs, 2));
            let dy = numbers(g.n_images * g.map(), 3);
            let (mut y, mut dx) = (vec![f32::NAN; dy.len()], vec![f32::NAN; x.len()]);
            forward(&g, &x, &weight, Written::Replaced, &mut y);
            let dweight = backward(&g, &x, &weight, &dy, Some(&mut dx));
            let exact = slowly(&g, &x, &weight, &dy);
            let [x, weight, dy] = [x, weight, dy].map(|numbers| numbers.iter().map(|v| v.abs()).collect::<Vec<_>>());
            let absolute = slowly(&g, &x, &weight, &dy);
            let errors = [
                error(&y, &exact.0, &absolute.0),
                error(&dx, &exact.1, &absolute.1),
                error(&dweight, &exact.2, &absolute.2),
            ];
            println!("{g:?}: {errors:?}");
            assert!(errors.iter().all(|error| *error < 2e-6), "{g:?}: {errors:?}");
        }
    }

    /// What is chosen for an image does not depend on how many there are.
    #[test]
    fn only_sizes_of_maps_choose() {
        assert!([1, 7, 128].into_iter().all(|n| pays(&sizes(n, 16, 32)) && !pays(&sizes(n, 8, 32))));
        assert!(!pays(&sizes(1, 512, 7)) && !pays(&sizes(1, 64, 1)));
        assert!(!pays(&Geometry { stride: 2, ..sizes(1, 64, 8) }));
        assert!(pays_for_weights(&sizes(8, 64, 8), 4) && !pays_for_weights(&sizes(8, 64, 8), 3));
    }
}
