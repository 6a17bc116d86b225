//! Sums of products of numbers of 16 bits, in single precision and in one order, whatever computes them.
//!
//! ```text
//!  out[i][t][r, o] = sum over steps s and terms k < 32 of a[starts[i] + steps[s] + r pitch + k] b[s][t][k, o]
//! ```
//!
//! Rows r and outputs o come in tiles of 16. Of the terms of one step the even ones are added by fused multiply-adds to one sum that begins
//! with zero, the odd ones to another; the two are added, and the result to what was there. All of it rounds to the nearest number of
//! single precision, with zero for what is too small to be a normal one, before and after: it is what `tdpbf16ps` does (Intel's manual of
//! its instructions, volume 2). Plain loops do the same but for zeros inside of the two sums: where tiles have zero there, these have
//! something below 2^-126.

use burn::tensor::bf16;

/// Rows and columns of a tile of sums.
pub const SIDE: usize = 16;
/// Sums of a tile.
pub const TILE: usize = SIDE * SIDE;
/// Terms of a step.
pub const TERMS: usize = 32;
/// Tiles of rows come in groups of so many.
pub const TOGETHER: usize = 4;
/// Numbers in a tile of `b`.
pub const WEIGHTS: usize = TERMS * SIDE;

/// What is multiplied.
#[derive(Debug, Clone, Copy)]
pub struct Product<'a> {
    pub a: &'a [bf16],
    /// Where tiles of rows begin, in whole groups of [`TOGETHER`].
    pub starts: &'a [usize],
    /// From a row to the next.
    pub pitch: usize,
    /// Where the terms of a step are, at least one.
    pub steps: &'a [usize],
    /// For each step the tiles of outputs, in which terms 2j and 2j + 1 of an output are neighbours: (step, tile, term / 2, output, 2).
    pub b: &'a [bf16],
    /// Two tiles of outputs, or one.
    pub is_double: bool,
    /// Whether sums are added to what is there.
    pub adds: bool,
}

impl Product<'_> {
    /// Tiles of outputs.
    pub fn width(&self) -> usize {
        1 + usize::from(self.is_double)
    }

    /// Compares all that is read and written with what there is.
    ///
    /// # Panics
    /// If it is not there.
    pub fn check(&self, out: &[f32]) {
        assert!(self.starts.len().is_multiple_of(TOGETHER) && !self.steps.is_empty(), "whole groups and a step");
        assert_eq!(out.len(), self.starts.len() * self.width() * TILE, "sums");
        assert_eq!(self.b.len(), self.steps.len() * self.width() * WEIGHTS, "weights");
        let furthest = |places: &[usize]| places.iter().copied().max().unwrap_or(0);
        let last_row = self.pitch.checked_mul(SIDE - 1).and_then(|rows| rows.checked_add(TERMS));
        let end = furthest(self.starts).checked_add(furthest(self.steps)).zip(last_row);
        let end = end.and_then(|(first, rows)| first.checked_add(rows));
        assert!(end.is_some_and(|end| end <= self.a.len()), "rows inside of the numbers");
    }
}
