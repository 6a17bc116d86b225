//! Convolution as products of matrices, some images at a time.
//!
//! ```text
//!  x (c_in, h, w) of each image ── unfold ──> columns (c_in k k, images x positions)      weight (c_out, c_in k k)
//!      y       = weight columns
//!      dweight = sum over blocks of dy columns'
//!      dx      = fold(weight' dy)                                  fold is the adjoint of unfold
//! ```
//!
//! A block is as many images as make their columns wide enough for fast products and leave them in the cache. Blocks are divided among
//! threads; they and the order in which gradients of weights are summed depend on sizes only, so that any number of threads gives the
//! same bits.

use std::cell::RefCell;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

/// Columns that a block should have, at least.
const WIDE: usize = 512;

/// Sizes of one convolution with a square kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Geometry {
    pub n_images: usize,
    pub n_inputs: usize,
    pub height: usize,
    pub width: usize,
    pub n_outputs: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
}

impl Geometry {
    /// Height and width of the output.
    pub fn output(&self) -> (usize, usize) {
        let side = |side: usize| (side + 2 * self.padding - self.kernel) / self.stride + 1;
        (side(self.height), side(self.width))
    }

    fn positions(&self) -> usize {
        let (height, width) = self.output();
        height * width
    }

    /// Weights of one output.
    fn n_weights(&self) -> usize {
        self.n_inputs * self.kernel * self.kernel
    }

    fn image(&self) -> usize {
        self.n_inputs * self.height * self.width
    }

    fn map(&self) -> usize {
        self.n_outputs * self.positions()
    }

    /// Is the output as large as the input, pixel by pixel?
    fn keeps_size(&self) -> bool {
        self.stride == 1 && self.kernel == 2 * self.padding + 1
    }

    /// Images of a block.
    fn block(&self) -> usize {
        WIDE.div_ceil(self.positions().max(1)).min(self.n_images.max(1))
    }
}

/// What a thread works in: columns, and outputs of a block side by side. It is kept from one convolution to the next, since fresh memory
/// would cost more than the products of small images. All of it is written before it is read.
#[derive(Default)]
struct Workspace {
    columns: Vec<f32>,
    map: Vec<f32>,
}

thread_local! {
    static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

/// Lends columns and maps for a block that is `width` wide.
fn with_workspace<R>(g: &Geometry, width: usize, work: impl FnOnce(&mut [f32], &mut [f32]) -> R) -> R {
    WORKSPACE.with_borrow_mut(|Workspace { columns, map }| {
        let grown = |buffer: &mut Vec<f32>, n: usize| buffer.resize(buffer.len().max(n), 0.0);
        let (n_columns, n_map) = (g.n_weights() * width, g.n_outputs * width);
        grown(columns, n_columns);
        grown(map, n_map);
        work(&mut columns[..n_columns], &mut map[..n_map])
    })
}

/// The convolution of `x` (n, c_in, h, w) with `weight` (c_out, c_in, k, k): (n, c_out, h', w').
///
/// # Panics
/// If the sizes do not fit.
pub fn forward(g: &Geometry, x: &[f32], weight: &[f32]) -> Vec<f32> {
    assert_eq!((x.len(), weight.len()), (g.n_images * g.image(), g.n_outputs * g.n_weights()), "sizes of {g:?}");
    let mut y = vec![0.0; g.n_images * g.map()];
    let weight = matrix(weight, g.n_outputs, g.n_weights());
    let blocks = y.par_chunks_mut(g.block() * g.map()).zip(x.par_chunks(g.block() * g.image()));
    blocks.for_each(|(y, x)| {
        let width = x.len() / g.image() * g.positions();
        with_workspace(g, width, |columns, map| {
            unfold(g, x, columns);
            product(map, g.n_outputs, width, Accum::Replace, weight, matrix(columns, g.n_weights(), width));
            each_map(g, width, |at, beside| y[at..at + g.positions()].copy_from_slice(&map[beside..][..g.positions()]));
        });
    });
    y
}

/// What the gradient `dy` of the output means for `x`, if that is wanted, and for `weight`.
///
/// # Panics
/// If the sizes do not fit.
pub fn backward(g: &Geometry, x: &[f32], weight: &[f32], dy: &[f32], wants_dx: bool) -> (Vec<f32>, Vec<f32>) {
    assert_eq!((x.len(), dy.len()), (g.n_images * g.image(), g.n_images * g.map()), "sizes of {g:?}");
    let mut dx = vec![0.0; if wants_dx { x.len() } else { 0 }];
    let weight = matrix(weight, g.n_outputs, g.n_weights());
    let blocks = x.par_chunks(g.block() * g.image()).zip(dy.par_chunks(g.block() * g.map()));
    let partial = |x: &[f32], dy: &[f32], dx: Option<&mut [f32]>| {
        let width = x.len() / g.image() * g.positions();
        with_workspace(g, width, |columns, map| {
            each_map(g, width, |at, beside| {
                map[beside..][..g.positions()].copy_from_slice(&dy[at..at + g.positions()])
            });
            let dy = matrix(map, g.n_outputs, width);
            unfold(g, x, columns);
            let mut dweight = vec![0.0; g.n_outputs * g.n_weights()];
            let unfolded = matrix(columns, g.n_weights(), width);
            product(&mut dweight, g.n_outputs, g.n_weights(), Accum::Replace, dy, unfolded.transpose());
            if let Some(dx) = dx {
                product(columns, g.n_weights(), width, Accum::Replace, weight.transpose(), dy);
                fold(g, columns, dx);
            }
            dweight
        })
    };
    let partials: Vec<Vec<f32>> = match wants_dx {
        true => {
            blocks.zip(dx.par_chunks_mut(g.block() * g.image())).map(|((x, dy), dx)| partial(x, dy, Some(dx))).collect()
        }
        false => blocks.map(|(x, dy)| partial(x, dy, None)).collect(),
    };
    let sum = |mut sum: Vec<f32>, part: Vec<f32>| {
        sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        sum
    };
    let dweight = partials.into_iter().reduce(sum).unwrap_or_default();
    (dx, dweight)
}

fn matrix(values: &[f32], rows: usize, columns: usize) -> MatRef<'_, f32> {
    MatRef::from_row_major_slice(values, rows, columns)
}

fn product(to: &mut [f32], rows: usize, columns: usize, accum: Accum, a: MatRef<'_, f32>, b: MatRef<'_, f32>) {
    matmul(MatMut::from_row_major_slice_mut(to, rows, columns), accum, a, b, 1.0, Par::Seq);
}

/// For each image and output of a block with `width` columns: where its map begins, and where it begins side by side with the others.
fn each_map(g: &Geometry, width: usize, mut visit: impl FnMut(usize, usize)) {
    let positions = g.positions();
    for i in 0..width / positions {
        for o in 0..g.n_outputs {
            visit((i * g.n_outputs + o) * positions, o * width + i * positions);
        }
    }
}

/// The columns of the images `x` of a block, side by side.
fn unfold(g: &Geometry, x: &[f32], columns: &mut [f32]) {
    if g.keeps_size() {
        each_plane(g, x.len() / g.image(), |at, from, shift| {
            let (row, plane) = (&mut columns[at..at + g.positions()], &x[from..from + g.positions()]);
            let Shift { first, last, offset, .. } = shift;
            row[..first].fill(0.0);
            row[last..].fill(0.0);
            row[first..last].copy_from_slice(&plane[first.wrapping_add_signed(offset)..][..last - first]);
            shift.clear_edges(g.width, row);
        });
        return;
    }
    let (_, width) = g.output();
    each_row(g, x.len() / g.image(), |at, from, inside| {
        let row = &mut columns[at..at + width];
        let Some((first, last, x_at)) = inside else {
            row.fill(0.0);
            return;
        };
        row[..first].fill(0.0);
        row[last..].fill(0.0);
        let x = x[from + x_at..].iter().step_by(g.stride);
        row[first..last].iter_mut().zip(x).for_each(|(to, from)| *to = *from);
    });
}

/// Adds `columns`, which are used up, to the places of `x` that they were taken from.
fn fold(g: &Geometry, columns: &mut [f32], x: &mut [f32]) {
    if g.keeps_size() {
        each_plane(g, x.len() / g.image(), |at, from, shift| {
            let (row, plane) = (&mut columns[at..at + g.positions()], &mut x[from..from + g.positions()]);
            shift.clear_edges(g.width, row);
            let Shift { first, last, offset, .. } = shift;
            let plane = &mut plane[first.wrapping_add_signed(offset)..][..last - first];
            plane.iter_mut().zip(&row[first..last]).for_each(|(to, from)| *to += from);
        });
        return;
    }
    each_row(g, x.len() / g.image(), |at, from, inside| {
        let Some((first, last, x_at)) = inside else { return };
        let x = x[from + x_at..].iter_mut().step_by(g.stride);
        x.zip(&columns[at + first..at + last]).for_each(|(to, from)| *to += from);
    });
}

/// How one weight moves a whole map where input and output have the same size: position p reads pixel p + offset, for p from first to
/// last; what thereby came from the neighbouring row, the `edge` first (below 0) or last positions of every row, is outside.
#[derive(Clone, Copy)]
struct Shift {
    first: usize,
    last: usize,
    offset: isize,
    edge: isize,
}

impl Shift {
    fn clear_edges(self, width: usize, map: &mut [f32]) {
        let n = self.edge.unsigned_abs().min(width);
        if n == 0 {
            return;
        }
        for row in map.chunks_exact_mut(width) {
            if self.edge < 0 { row[..n].fill(0.0) } else { row[width - n..].fill(0.0) }
        }
    }
}

/// For every weight and image of a block: where its map is among the columns, where that of the image begins, and how they are shifted.
fn each_plane(g: &Geometry, n_images: usize, mut visit: impl FnMut(usize, usize, Shift)) {
    let n = g.positions();
    let mut at = 0;
    for c in 0..g.n_inputs {
        for ky in 0..g.kernel {
            for kx in 0..g.kernel {
                let (down, edge) = (ky as isize - g.padding as isize, kx as isize - g.padding as isize);
                let offset = down * g.width as isize + edge;
                let first = offset.min(0).unsigned_abs().min(n);
                let last = n.saturating_sub(offset.max(0).unsigned_abs()).max(first);
                for i in 0..n_images {
                    let shift = if first < last {
                        Shift { first, last, offset, edge }
                    } else {
                        Shift { first: n, last: n, offset: -(n as isize), edge }
                    };
                    visit(at, (i * g.n_inputs + c) * n, shift);
                    at += n;
                }
            }
        }
    }
}

/// Every row of positions of every weight and image of a block: where it is among the columns, where its row of the image begins,
/// and, unless the row is outside of the image, the positions from first to last that are inside and the pixel that the first one is.
fn each_row(g: &Geometry, n_images: usize, mut visit: impl FnMut(usize, usize, Option<(usize, usize, usize)>)) {
    let (height, width) = g.output();
    let (stride, padding) = (g.stride, g.padding);
    let mut at = 0;
    for c in 0..g.n_inputs {
        for ky in 0..g.kernel {
            for kx in 0..g.kernel {
                // Positions with 0 <= position * stride + kx - padding < width of the image.
                let first = padding.saturating_sub(kx).div_ceil(stride).min(width);
                let last = (g.width + padding).saturating_sub(kx).div_ceil(stride).clamp(first, width);
                for i in 0..n_images {
                    for y in 0..height {
                        let row = (y * stride + ky).checked_sub(padding).filter(|row| *row < g.height && first < last);
                        let from = ((i * g.n_inputs + c) * g.height + row.unwrap_or(0)) * g.width;
                        visit(at, from, row.map(|_| (first, last, first * stride + kx - padding)));
                        at += width;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use skiplayer::random::Random;

    use super::*;

    /// Straight from the definition.
    fn slowly(g: &Geometry, x: &[f32], weight: &[f32], dy: &[f32]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
        let (height, width) = g.output();
        let mut y = vec![0.0; g.n_images * g.map()];
        let (mut dx, mut dweight) = (vec![0.0; x.len()], vec![0.0; weight.len()]);
        for i in 0..g.n_images {
            for o in 0..g.n_outputs {
                for (py, px) in (0..height).flat_map(|py| (0..width).map(move |px| (py, px))) {
                    let at = ((i * g.n_outputs + o) * height + py) * width + px;
                    for c in 0..g.n_inputs {
                        for (ky, kx) in (0..g.kernel).flat_map(|ky| (0..g.kernel).map(move |kx| (ky, kx))) {
                            let row = (py * g.stride + ky).checked_sub(g.padding).filter(|row| *row < g.height);
                            let column = (px * g.stride + kx).checked_sub(g.padding).filter(|column| *column < g.width);
                            let (Some(row), Some(column)) = (row, column) else { continue };
                            let from = ((i * g.n_inputs + c) * g.height + row) * g.width + column;
                            let w = ((o * g.n_inputs + c) * g.kernel + ky) * g.kernel + kx;
                            y[at] += f64::from(x[from]) * f64::from(weight[w]);
                            dx[from] += f64::from(dy[at]) * f64::from(weight[w]);
                            dweight[w] += f64::from(dy[at]) * f64::from(x[from]);
                        }
                    }
                }
            }
        }
        (y, dx, dweight)
    }

    fn numbers(n: usize, seed: u64) -> Vec<f32> {
        let mut random = Random::new(seed, 0);
        (0..n).map(|_| random.normal() as f32).collect()
    }

    fn close(found: &[f32], expected: &[f64]) -> bool {
        let size = expected.iter().fold(1.0f64, |size, v| size.max(v.abs()));
        found.len() == expected.len()
            && found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5 * size)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn products_agree_with_the_definition(
            n_images in 1usize..20, n_inputs in 1usize..5, n_outputs in 1usize..6, height in 1usize..9, width in 1usize..9,
            kernel in prop_oneof![Just(1usize), Just(3), Just(5), Just(2)], stride in 1usize..4, padding in 0usize..3,
        ) {
            let g = Geometry { n_images, n_inputs, height, width, n_outputs, kernel, stride, padding };
            prop_assume!(height + 2 * padding >= kernel && width + 2 * padding >= kernel);
            let x = numbers(n_images * g.image(), 1);
            let weight = numbers(n_outputs * g.n_weights(), 2);
            let dy = numbers(n_images * g.map(), 3);
            let (y, dx, dweight) = slowly(&g, &x, &weight, &dy);
            prop_assert!(close(&forward(&g, &x, &weight), &y));
            let (found_dx, found_dweight) = backward(&g, &x, &weight, &dy, true);
            prop_assert!(close(&found_dx, &dx) && close(&found_dweight, &dweight));
            prop_assert_eq!(backward(&g, &x, &weight, &dy, false), (Vec::new(), found_dweight));
        }
    }

    #[test]
    fn the_same_bits_for_any_number_of_threads() {
        let g =
            Geometry { n_images: 37, n_inputs: 4, height: 9, width: 7, n_outputs: 5, kernel: 3, stride: 1, padding: 1 };
        let (x, weight) = (numbers(g.n_images * g.image(), 1), numbers(g.n_outputs * g.n_weights(), 2));
        let dy = numbers(g.n_images * g.map(), 3);
        let results = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| (forward(&g, &x, &weight), backward(&g, &x, &weight, &dy, true)))
        };
        let one = results(1);
        assert!([2, 3, 8].into_iter().all(|n_threads| results(n_threads) == one));
    }
}
