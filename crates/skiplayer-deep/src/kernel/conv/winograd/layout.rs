//! Blocks of tiles: their maps with all channels of a pixel side by side and a border of zeros, and back.

use pulp::{Arch, Simd, WithSimd};

use super::transform::SIDE;
use crate::kernel::conv::product::{Written, padded};
use crate::kernel::turn::{LONGEST, ZEROS, turn};

/// Tiles of a block, about: what they are transformed to stays in the second cache.
const TILES: usize = 32;
/// Tiles that are multiplied together: blocks are padded to as many.
pub const TOGETHER: usize = 8;
/// Positions of a channel that are read or written together: whole lines of a cache, of which as many as possible are under way.
const RUN: usize = 4 * LONGEST;
/// Rows and columns of zeros around maps.
const BORDER: usize = 1;

/// How maps of one size are cut into tiles: whole rows of tiles of one image, or whole small images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tiling {
    height: usize,
    width: usize,
    /// Tiles of an image, down and across.
    down: usize,
    across: usize,
}

impl Tiling {
    pub fn new(height: usize, width: usize) -> Self {
        Self { height, width, down: height.div_ceil(SIDE), across: width.div_ceil(SIDE) }
    }

    /// Tiles of an image.
    pub fn n_tiles(&self) -> usize {
        self.down * self.across
    }

    /// Images of a block.
    pub fn n_images(&self) -> usize {
        (TILES / self.n_tiles()).max(1)
    }

    /// All blocks of `n_images` images, which are no more than those of a block.
    pub fn blocks(self, n_images: usize) -> impl Iterator<Item = Block> {
        let n_rows = (TILES / self.across).clamp(1, self.down);
        let firsts = (0..self.down).step_by(n_rows);
        firsts.map(move |first| Block { tiling: self, n_images, first, n_rows: n_rows.min(self.down - first) })
    }

    fn positions(&self) -> usize {
        self.height * self.width
    }
}

/// Some rows of tiles of some images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    tiling: Tiling,
    n_images: usize,
    /// First row of tiles, and how many.
    first: usize,
    n_rows: usize,
}

impl Block {
    pub fn n_tiles(&self) -> usize {
        self.n_images * self.n_rows * self.tiling.across
    }

    /// Tiles with those that only fill up.
    pub fn n_padded(&self) -> usize {
        self.n_tiles().next_multiple_of(TOGETHER)
    }

    /// Pixels of a row of the band around the block.
    pub fn band_row(&self) -> usize {
        self.tiling.across * SIDE + 2 * BORDER
    }

    fn band_rows(&self) -> usize {
        self.n_rows * SIDE + 2 * BORDER
    }

    /// Numbers of the band of so many channels.
    pub fn band(&self, n_channels: usize) -> usize {
        self.n_images * self.band_rows() * self.band_row() * padded(n_channels)
    }

    /// Pixels of a row of all tiles.
    pub fn inner_row(&self) -> usize {
        self.tiling.across * SIDE
    }

    /// Pixels of all tiles.
    pub fn inner(&self) -> usize {
        self.n_tiles() * SIDE * SIDE
    }

    /// The corner of each tile in the band, border included, and its corner among the pixels of all tiles.
    pub fn corners(self) -> impl Iterator<Item = (usize, usize)> {
        let rows = (0..self.n_images).flat_map(move |i| (0..self.n_rows).map(move |row| (i, row)));
        rows.flat_map(move |(i, row)| {
            let band = (i * self.band_rows() + row * SIDE) * self.band_row();
            let inner = (i * self.n_rows + row) * SIDE * self.inner_row();
            (0..self.tiling.across).map(move |column| (band + column * SIDE, inner + column * SIDE))
        })
    }

    /// Lays the block of `maps` (images, channels, height, width) out in `band` (images, rows, columns, padded channels).
    pub fn lay_out(self, n_channels: usize, maps: &[f32], band: &mut [f32]) {
        Arch::new().dispatch(LayOut { block: self, n_channels, maps, band });
    }

    /// Writes outputs `first..` of the block, `width` of them side by side in `inner` (images, rows, columns, width), to `maps`.
    pub fn put_back(self, outputs: Outputs, written: Written, inner: &[f32], maps: &mut [f32]) {
        Arch::new().dispatch(PutBack { block: self, outputs, written, inner, maps });
    }
}

/// Which outputs are put back, of how many.
#[derive(Debug, Clone, Copy)]
pub struct Outputs {
    pub first: usize,
    pub width: usize,
    pub n_outputs: usize,
}

struct LayOut<'a> {
    block: Block,
    n_channels: usize,
    maps: &'a [f32],
    band: &'a mut [f32],
}

impl WithSimd for LayOut<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { block, n_channels, maps, band } = self;
        let Tiling { height, width, .. } = block.tiling;
        let (positions, wide) = (block.tiling.positions(), padded(n_channels));
        // Rows of the map from the first of the band on, which may lie in front of it.
        let top = (block.first * SIDE) as isize - BORDER as isize;
        let begin = top.max(0) as usize;
        let end = (block.first * SIDE + block.band_rows() - BORDER).min(height);
        let bands = band.chunks_exact_mut(block.band_rows() * block.band_row() * wide);
        for (maps, band) in maps.chunks_exact(n_channels * positions).zip(bands) {
            for (y, row) in band.chunks_exact_mut(block.band_row() * wide).enumerate() {
                if (begin as isize..end as isize).contains(&(top + y as isize)) {
                    row[..BORDER * wide].fill(0.0);
                    row[(BORDER + width) * wide..].fill(0.0);
                } else {
                    row.fill(0.0);
                }
            }
            let band = &mut band[((begin as isize - top) as usize * block.band_row() + BORDER) * wide..];
            for (g, group) in maps.chunks(LONGEST * positions).enumerate() {
                let (mut row, mut column) = (0, 0);
                let (mut runs, mut columns) = ([[0.0; RUN]; LONGEST], ZEROS);
                for p in (begin * width..end * width).step_by(RUN) {
                    let here = RUN.min(end * width - p);
                    for (to, map) in runs.iter_mut().zip(group.chunks_exact(positions)) {
                        match map[p..].first_chunk::<RUN>() {
                            Some(whole) => *to = *whole,
                            None => to[..here].copy_from_slice(&map[p..p + here]),
                        }
                    }
                    for q in (0..here).step_by(LONGEST) {
                        turn(simd, &runs, q, &mut columns);
                        for pixel in columns.iter().take(here - q) {
                            let at = (row * block.band_row() + column) * wide + g * LONGEST;
                            band[at..at + LONGEST].copy_from_slice(pixel);
                            (row, column) = if column + 1 == width { (row + 1, 0) } else { (row, column + 1) };
                        }
                    }
                }
            }
        }
    }
}

struct PutBack<'a> {
    block: Block,
    outputs: Outputs,
    written: Written,
    inner: &'a [f32],
    maps: &'a mut [f32],
}

impl WithSimd for PutBack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { block, outputs: Outputs { first, width: wide, n_outputs }, written, inner, maps } = self;
        let Tiling { height, width, .. } = block.tiling;
        let positions = block.tiling.positions();
        let begin = block.first * SIDE;
        let end = (begin + block.n_rows * SIDE).min(height);
        let inners = inner.chunks_exact(block.n_rows * SIDE * block.inner_row() * wide);
        for (maps, inner) in maps.chunks_exact_mut(n_outputs * positions).zip(inners) {
            let maps = &mut maps[first * positions..n_outputs.min(first + wide) * positions];
            for (g, group) in maps.chunks_mut(LONGEST * positions).enumerate() {
                let (mut row, mut column) = (0, 0);
                let (mut tile, mut columns, mut runs) = (ZEROS, ZEROS, [[0.0; RUN]; LONGEST]);
                for p in (begin * width..end * width).step_by(RUN) {
                    let here = RUN.min(end * width - p);
                    for q in (0..here).step_by(LONGEST) {
                        for pixel in tile.iter_mut().take(here - q) {
                            let at = (row * block.inner_row() + column) * wide + g * LONGEST;
                            pixel.copy_from_slice(&inner[at..at + LONGEST]);
                            (row, column) = if column + 1 == width { (row + 1, 0) } else { (row, column + 1) };
                        }
                        turn(simd, &tile, 0, &mut columns);
                        for (run, from) in runs.iter_mut().zip(&columns) {
                            run[q..q + LONGEST].copy_from_slice(from);
                        }
                    }
                    for (map, run) in group.chunks_exact_mut(positions).zip(&runs) {
                        let to = &mut map[p..p + here];
                        match (written, to.first_chunk_mut::<RUN>()) {
                            (Written::Replaced, Some(whole)) => *whole = *run,
                            (Written::Replaced, None) => to.copy_from_slice(&run[..here]),
                            (Written::Added, _) => to.iter_mut().zip(run).for_each(|(to, from)| *to += *from),
                        }
                    }
                }
            }
        }
    }
}
