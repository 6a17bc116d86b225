//! Maps laid out for gradients of weights, which are sums over positions.
//!
//! ```text
//!  dweight[o, c, ky, kx] = sum over positions q = (y, x) of x[c, y step + ky - padding, x step + kx - padding] dy[q, o]
//! ```
//!
//! Each channel of the input is laid out by itself, with its border of zeros, once for every remainder of rows and columns by the step; then
//! a tap begins elsewhere in it and reads one run of numbers. The gradient has the positions between rows too, with zeros there.

use burn::tensor::bf16;

use super::product::{SIDE, TERMS};
use crate::kernel::conv::Geometry;
use crate::kernel::turn::turn_tile;
use crate::kernel::vectors::in_vectors;

/// Sizes of both layouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planes {
    g: Geometry,
    out_height: usize,
    out_width: usize,
    /// From a row of a plane to the next.
    pitch: usize,
    /// Steps of terms of one image.
    n_steps: usize,
    plane: usize,
    /// From a channel to the next.
    pub channel: usize,
}

impl Planes {
    pub fn new(g: &Geometry) -> Self {
        let (out_height, out_width) = g.output();
        let beyond = g.kernel.div_ceil(g.stride) - 1;
        let pitch = out_width + beyond;
        let n_steps = ((out_height - 1) * pitch + out_width).div_ceil(TERMS);
        let plane = (beyond * (pitch + 1) + n_steps * TERMS).next_multiple_of(TERMS);
        // An odd number of lines of the cache from row to row of a tile: even ones meet in few places of it.
        let channel = g.stride * g.stride * plane;
        let channel = if (channel / TERMS).is_multiple_of(2) { channel + TERMS } else { channel };
        Self { g: *g, out_height, out_width, pitch, n_steps, plane, channel }
    }

    /// Numbers of the planes of one image.
    pub fn len(&self) -> usize {
        self.g.n_inputs.next_multiple_of(SIDE) * self.channel
    }

    /// Images whose products are taken together: enough terms to be worth a sum's way to memory and back.
    pub fn images_together(&self) -> usize {
        (32 / self.n_steps).max(1)
    }

    /// Where tiles of channels begin: (tap, 16 channels).
    pub fn starts(&self) -> Vec<usize> {
        let Geometry { kernel, stride, .. } = self.g;
        let taps = (0..kernel).flat_map(|ky| (0..kernel).map(move |kx| (ky, kx)));
        let tap = |(ky, kx): (usize, usize)| {
            let remainder = ky % stride * stride + kx % stride;
            remainder * self.plane + ky / stride * self.pitch + kx / stride
        };
        let tiles = self.g.n_inputs.div_ceil(SIDE);
        taps.flat_map(|at| (0..tiles).map(move |c| tap(at) + c * SIDE * self.channel)).collect()
    }

    /// Where the terms of each step are, of `n_images` images.
    pub fn steps(&self, n_images: usize) -> Vec<usize> {
        (0..n_images).flat_map(|i| (0..self.n_steps).map(move |s| i * self.len() + s * TERMS)).collect()
    }

    /// Numbers of the gradient of one image, laid out for `width` tiles of outputs.
    pub fn len_of_gradient(&self, width: usize) -> usize {
        self.n_steps * width * SIDE * TERMS
    }

    /// Where a pixel of the input is in a plane, if any output reads it.
    #[inline(always)]
    fn place(&self, y: usize, x: usize) -> Option<usize> {
        let Geometry { kernel, stride, padding, .. } = self.g;
        let (y, x) = (y + padding, x + padding);
        let is_read = y < (self.out_height - 1) * stride + kernel && x < (self.out_width - 1) * stride + kernel;
        is_read.then(|| (y % stride * stride + x % stride) * self.plane + y / stride * self.pitch + x / stride)
    }
}

/// Pixels that are laid out together, and where they come to be.
struct Block {
    /// At most [`SIDE`].
    pixels: Vec<usize>,
    runs: Vec<Run>,
}

/// Pixels of a block that are side by side in a plane.
struct Run {
    /// The first of them in the block.
    from: usize,
    n: usize,
    place: usize,
}

/// The way of all numbers of an image into both layouts, which is the same for every image.
pub struct Ways {
    planes: Planes,
    blocks: Vec<Block>,
    /// For each position of the gradient the pixel that is there, if it is one.
    pixels: Vec<Option<usize>>,
}

impl Ways {
    pub fn new(planes: Planes) -> Self {
        let Geometry { height, width, stride, .. } = planes.g;
        // Pixels of a row that are side by side in a plane come one behind the other.
        let rows = (0..height).flat_map(|y| (0..stride).map(move |first| (y, first)));
        let pixels = rows.flat_map(|(y, first)| (first..width).step_by(stride).map(move |x| (y, x)));
        let placed = pixels.filter_map(|(y, x)| Some((y * width + x, planes.place(y, x)?)));
        let placed: Vec<(usize, usize)> = placed.collect();
        let block = |placed: &[(usize, usize)]| {
            let mut runs: Vec<Run> = Vec::new();
            for (from, (_, place)) in placed.iter().enumerate() {
                match runs.last_mut() {
                    Some(run) if run.place + run.n == *place => run.n += 1,
                    _ => runs.push(Run { from, n: 1, place: *place }),
                }
            }
            Block { pixels: placed.iter().map(|(pixel, _)| *pixel).collect(), runs }
        };
        let position = |q: usize| {
            let (y, x) = (q / planes.pitch, q % planes.pitch);
            (y < planes.out_height && x < planes.out_width).then(|| y * planes.out_width + x)
        };
        Self {
            blocks: placed.chunks(SIDE).map(block).collect(),
            pixels: (0..planes.n_steps * TERMS).map(position).collect(),
            planes,
        }
    }

    /// Lays out one image of the input. Only what comes from maps is written: the rest has to be zero.
    pub fn lay_out(&self, image: &[bf16], planes: &mut [bf16]) {
        lay_out(self, image, planes);
    }

    /// Lays out the gradient of one image for the `width` tiles of outputs from `first` on; all is written.
    pub fn lay_out_gradient(&self, dy: &[bf16], first: usize, width: usize, to: &mut [bf16]) {
        lay_out_gradient(self, dy, first, width, to);
    }
}

in_vectors! {
    fn lay_out(ways: &'a Ways, image: &'a [bf16], to: &'a mut [bf16]) -> () {
        let (n, channel) = (ways.planes.g.n_inputs, ways.planes.channel);
        for Block { pixels, runs } in &ways.blocks {
            for c in (0..n).step_by(SIDE) {
                let n_here = SIDE.min(n - c);
                // Numbers of 32 bits are turned in vectors, those of 16 are not.
                let mut tile = [[0u32; SIDE]; SIDE];
                for (row, pixel) in tile.iter_mut().zip(pixels) {
                    let from = sixteen(&image[pixel * n + c..][..n_here]);
                    row.iter_mut().zip(from).for_each(|(to, from)| *to = u32::from(from.to_bits()));
                }
                turn_tile(&mut tile);
                for (wide, to) in tile.iter().zip(to[c * channel..].chunks_exact_mut(channel)).take(n_here) {
                    let mut row = [bf16::ZERO; SIDE];
                    row.iter_mut().zip(wide).for_each(|(to, from)| *to = bf16::from_bits(*from as u16));
                    for Run { from, n, place } in runs {
                        match (*n, to[*place..].first_chunk_mut::<SIDE>()) {
                            (SIDE, Some(to)) => *to = row,
                            (n, _) => to[*place..][..n].iter_mut().zip(&row[*from..]).for_each(|(to, v)| *to = *v),
                        }
                    }
                }
            }
        }
    }

    fn lay_out_gradient(ways: &'a Ways, dy: &'a [bf16], first: usize, width: usize, to: &'a mut [bf16]) -> () {
        let n = ways.planes.g.n_outputs;
        for (pixels, to) in ways.pixels.chunks_exact(TERMS).zip(to.chunks_exact_mut(width * SIDE * TERMS)) {
            for (pair, pixels) in pixels.as_chunks::<2>().0.iter().enumerate() {
                for t in 0..width {
                    let o = (first + t) * SIDE;
                    let (a, b) = (outputs(dy, pixels[0], n, o), outputs(dy, pixels[1], n, o));
                    let to = &mut to[(t * SIDE + pair) * 2 * SIDE..][..2 * SIDE];
                    for i in 0..SIDE {
                        to[2 * i] = a[i];
                        to[2 * i + 1] = b[i];
                    }
                }
            }
        }
    }
}

/// Sixteen of the `n` numbers of a pixel, from `o` on; zeros where there are none.
#[inline(always)]
fn outputs(dy: &[bf16], pixel: Option<usize>, n: usize, o: usize) -> [bf16; SIDE] {
    match pixel {
        Some(pixel) => sixteen(&dy[pixel * n + o.min(n)..][..n - o.min(n)]),
        None => [bf16::ZERO; SIDE],
    }
}

/// The first sixteen numbers, or zeros where there are none.
#[inline(always)]
fn sixteen(row: &[bf16]) -> [bf16; SIDE] {
    match row.first_chunk::<SIDE>() {
        Some(whole) => *whole,
        None => {
            let mut some = [bf16::ZERO; SIDE];
            some.iter_mut().zip(row).for_each(|(to, from)| *to = *from);
            some
        }
    }
}
