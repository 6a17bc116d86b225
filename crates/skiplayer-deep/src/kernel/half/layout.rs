//! Maps of 16 bits, channel by channel of each pixel (height, width, channels), laid out for products.
//!
//! A pixel of an output reads one run of numbers for each row of the kernel: all channels of pixels that are side by side. Maps with a border of
//! zeros are enough for that; they are copied once.

use burn::tensor::bf16;

use super::product::{SIDE, TERMS, TOGETHER};

/// How a correlation reads maps: `rows` by `pitch` pixels with zeros where there are no maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    pub n_channels: usize,
    pub height: usize,
    pub width: usize,
    /// Pixels of the maps are so far apart in the copy, with zeros between them.
    pub spread: usize,
    /// Where the first pixel is in the copy; outside of it if the maps are cut.
    pub offset: isize,
    pub kernel: usize,
    /// From an output to the next.
    pub step: usize,
    pub out_height: usize,
    pub out_width: usize,
}

impl Reading {
    fn rows(&self) -> usize {
        (self.out_height - 1) * self.step + self.kernel
    }

    fn pitch(&self) -> usize {
        (self.out_width - 1) * self.step + self.kernel
    }

    /// Numbers of the copy of one image.
    pub fn len(&self) -> usize {
        self.rows() * self.pitch() * self.n_channels
    }

    /// Numbers behind the last copy that are read in vain.
    pub fn slack(&self) -> usize {
        TERMS + SIDE * self.row_pitch()
    }

    /// From an output to the next, in numbers.
    pub fn row_pitch(&self) -> usize {
        self.step * self.n_channels
    }

    /// Numbers that an output reads for each row of the kernel.
    pub fn run(&self) -> usize {
        self.kernel * self.n_channels
    }

    /// Where the terms of each step are: (row of the kernel, 32 terms of its run).
    pub fn steps(&self) -> Vec<usize> {
        let row = self.pitch() * self.n_channels;
        let of_row = |ky: usize| (0..self.run().div_ceil(TERMS)).map(move |r| ky * row + r * TERMS);
        (0..self.kernel).flat_map(of_row).collect()
    }

    /// Lays out one image in `copy`. Only what comes from maps is written: the rest has to be zero.
    pub fn lay_out(&self, image: &[bf16], copy: &mut [bf16]) {
        let n = self.n_channels;
        let (rows, pitch) = (self.rows() as isize, self.pitch() as isize);
        for (y, from) in image.chunks_exact(self.width * n).enumerate() {
            let row = (y * self.spread) as isize + self.offset;
            if !(0..rows).contains(&row) {
                continue;
            }
            let to = &mut copy[(row * pitch) as usize * n..][..pitch as usize * n];
            if self.spread == 1 {
                let first = self.offset.min(0).unsigned_abs().min(self.width);
                let place = self.offset.max(0).min(pitch) as usize;
                let width = (self.width - first).min(pitch as usize - place);
                to[place * n..][..width * n].copy_from_slice(&from[first * n..][..width * n]);
                continue;
            }
            for (x, from) in from.chunks_exact(n).enumerate() {
                let column = (x * self.spread) as isize + self.offset;
                if (0..pitch).contains(&column) {
                    to[column as usize * n..][..n].copy_from_slice(from);
                }
            }
        }
    }

    /// The tiles of rows by which `n_images` copies, one behind the other, give all outputs.
    pub fn tiles(&self, n_images: usize) -> Tiles {
        let pitch = self.pitch();
        // Row by row, or in one go over outputs and what is between them: whatever takes fewer tiles.
        let by_rows = self.out_height * self.out_width.div_ceil(SIDE);
        let whole = (self.out_height - 1) * pitch + self.out_width;
        let in_one_go = self.step == 1 && whole.div_ceil(SIDE) < by_rows;
        let mut tiles = Tiles { starts: Vec::new(), runs: Vec::new(), firsts: Vec::new() };
        for image in 0..n_images {
            let (copy, out) = (image * self.len(), image * self.out_height * self.out_width);
            if in_one_go {
                for first in (0..whole).step_by(SIDE) {
                    tiles.begin(copy + first * self.n_channels);
                    let mut at = first;
                    while at < (first + SIDE).min(whole) {
                        let (y, x) = (at / pitch, at % pitch);
                        let n = (first + SIDE - at).min(pitch - x);
                        let inside = n.min(self.out_width.saturating_sub(x));
                        tiles.add(at - first, inside, out + y * self.out_width + x);
                        at += n;
                    }
                }
                continue;
            }
            for y in 0..self.out_height {
                for x in (0..self.out_width).step_by(SIDE) {
                    tiles.begin(copy + (y * pitch + x) * self.row_pitch());
                    tiles.add(0, SIDE.min(self.out_width - x), out + y * self.out_width + x);
                }
            }
        }
        tiles.end();
        tiles
    }
}

/// Tiles of rows, and which of their rows are outputs.
pub struct Tiles {
    /// Where they begin, in whole groups.
    pub starts: Vec<usize>,
    pub runs: Vec<Run>,
    /// Of each tile the first run, and at the end how many there are.
    pub firsts: Vec<usize>,
}

/// Rows of a tile that are outputs, one behind the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub tile: usize,
    pub row: usize,
    pub n: usize,
    /// The output of the first.
    pub to: usize,
}

impl Tiles {
    fn begin(&mut self, start: usize) {
        self.firsts.push(self.runs.len());
        self.starts.push(start);
    }

    fn add(&mut self, row: usize, n: usize, to: usize) {
        if n > 0 {
            self.runs.push(Run { tile: self.starts.len() - 1, row, n, to });
        }
    }

    /// Fills the last group with copies of its last tile, which nothing reads.
    fn end(&mut self) {
        while let Some(last) = self.starts.last().copied().filter(|_| !self.starts.len().is_multiple_of(TOGETHER)) {
            self.begin(last);
        }
        self.firsts.push(self.runs.len());
    }
}
