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

use super::number::{flushed, wide};
use super::tiles;
use crate::kernel::vectors::in_vectors;

/// Rows and columns of a tile of sums.
pub const SIDE: usize = 16;
/// Sums of a tile.
pub const TILE: usize = SIDE * SIDE;
/// Terms of a step.
pub const TERMS: usize = 32;
/// Tiles of rows come in groups of so many.
pub const TOGETHER: usize = 4;
/// Numbers in a tile of `b`.
const WEIGHTS: usize = TERMS * SIDE;

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
    /// The sums into `out`: (tile of rows, tile of outputs, row, output). By tiles of the processor where there are some.
    ///
    /// # Panics
    /// If the sizes do not fit.
    pub fn sum(&self, out: &mut [f32]) {
        if tiles::are_there() { tiles::sum(self, out) } else { sum_plainly(self, out) }
    }

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

/// As [`Product::sum`], by loops.
///
/// # Panics
/// If the sizes do not fit.
pub fn sum_plainly(product: &Product<'_>, out: &mut [f32]) {
    product.check(out);
    loops(product, out);
}

in_vectors! {
    fn loops(product: &'a Product<'a>, out: &'a mut [f32]) -> () {
        let Product { a, starts, pitch, steps, b, adds, .. } = *product;
        let width = product.width();
        if !adds {
            out.fill(0.0);
        }
        for (step, b) in steps.iter().zip(b.chunks_exact(width * WEIGHTS)) {
            for (t, b) in b.chunks_exact(WEIGHTS).enumerate() {
                let (even, odd) = apart(b);
                for (start, out) in starts.iter().zip(out.chunks_exact_mut(width * TILE)) {
                    let out = &mut out[t * TILE..][..TILE];
                    for (r, out) in out.as_chunks_mut::<SIDE>().0.iter_mut().enumerate() {
                        row(&a[start + step + r * pitch..][..TERMS], &even, &odd, out);
                    }
                }
            }
        }
    }
}

type Half = [[f32; SIDE]; TERMS / 2];

/// Even and odd terms of a tile of weights.
#[inline(always)]
fn apart(b: &[bf16]) -> (Half, Half) {
    let (mut even, mut odd) = ([[0.0; SIDE]; TERMS / 2], [[0.0; SIDE]; TERMS / 2]);
    for ((even, odd), b) in even.iter_mut().zip(&mut odd).zip(b.chunks_exact(2 * SIDE)) {
        for ((even, odd), b) in even.iter_mut().zip(odd).zip(b.as_chunks::<2>().0) {
            (*even, *odd) = (flushed(wide(b[0])), flushed(wide(b[1])));
        }
    }
    (even, odd)
}

/// Adds one row of sums.
#[inline(always)]
fn row(a: &[bf16], even: &Half, odd: &Half, out: &mut [f32; SIDE]) {
    let mut sums = [[0.0f32; SIDE]; 2];
    for ((a, even), odd) in a.as_chunks::<2>().0.iter().zip(even).zip(odd) {
        let a = [flushed(wide(a[0])), flushed(wide(a[1]))];
        for o in 0..SIDE {
            sums[0][o] = a[0].mul_add(even[o], sums[0][o]);
            sums[1][o] = a[1].mul_add(odd[o], sums[1][o]);
        }
    }
    for o in 0..SIDE {
        out[o] = flushed(flushed(out[o]) + flushed(flushed(sums[0][o]) + flushed(sums[1][o])));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::number::rounded;
    use super::*;
    use crate::rng::{Purpose, Stream};

    fn numbers(n: usize, seed: u64, scale: f32) -> Vec<f32> {
        let mut stream = Stream::new(seed, Purpose::Noise, 0, 0);
        (0..n).map(|_| stream.normal() as f32 * scale).collect()
    }

    fn halves(n: usize, seed: u64, scale: f32) -> Vec<bf16> {
        numbers(n, seed, scale).into_iter().map(rounded).collect()
    }

    /// In double precision, from the definition.
    fn slowly(product: &Product<'_>, before: &[f32]) -> Vec<f64> {
        let Product { a, starts, pitch, steps, b, adds, .. } = *product;
        let width = product.width();
        let at = |at: usize| {
            let (i, t, r, o) = (at / (width * TILE), at / TILE % width, at / SIDE % SIDE, at % SIDE);
            let term = |s: usize, k: usize| {
                let weight = b[(s * width + t) * WEIGHTS + (k / 2 * SIDE + o) * 2 + k % 2];
                f64::from(wide(a[starts[i] + steps[s] + r * pitch + k])) * f64::from(wide(weight))
            };
            let old = if adds { f64::from(before[at]) } else { 0.0 };
            old + (0..steps.len()).flat_map(|s| (0..TERMS).map(move |k| (s, k))).map(|(s, k)| term(s, k)).sum::<f64>()
        };
        (0..before.len()).map(at).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn tiles_and_loops_are_the_same_to_the_bit(
            n_groups in 1usize..4, n_steps in 1usize..7, pitch in 0usize..50, is_double: bool, adds: bool, seed in 0u64..1000,
            scale in prop_oneof![Just(1.0f32), Just(1e-12), Just(1e15)],
        ) {
            let starts: Vec<usize> = (0..n_groups * TOGETHER).map(|i| i * 37 % 101).collect();
            let steps: Vec<usize> = (0..n_steps).map(|s| s * 29 % 83).collect();
            let a = halves(184 + 15 * pitch + TERMS, seed, scale);
            let width = 1 + usize::from(is_double);
            let b = halves(n_steps * width * WEIGHTS, seed + 1, scale);
            let product = Product { a: &a, starts: &starts, pitch, steps: &steps, b: &b, is_double, adds };
            let before = numbers(starts.len() * width * TILE, seed + 2, scale * scale);
            let mut plain = before.clone();
            sum_plainly(&product, &mut plain);
            let close = |found: f32, expected: f64| (f64::from(found) - expected).abs() <= 1e-4 * f64::from(scale * scale);
            prop_assert!(plain.iter().zip(slowly(&product, &before)).all(|(found, expected)| close(*found, expected)));
            if tiles::are_there() {
                let mut by_tiles = before;
                tiles::sum(&product, &mut by_tiles);
                prop_assert!(plain.iter().zip(&by_tiles).all(|(a, b)| a.to_bits() == b.to_bits()));
            }
        }

        /// Products of such numbers are below the normal ones, or just above.
        #[test]
        fn numbers_that_are_hardly_there(seed in 0u64..1000, scale in prop_oneof![Just(1e-19f32), Just(2e-20), Just(1e-39)]) {
            let (a, b) = (halves(200, seed, scale), halves(2 * WEIGHTS, seed + 1, scale));
            let product =
                Product { a: &a, starts: &[0, 1, 2, 3], pitch: 4, steps: &[0, 40], b: &b, is_double: false, adds: true };
            let before = numbers(TOGETHER * TILE, seed + 2, 1e-38);
            let mut plain = before.clone();
            sum_plainly(&product, &mut plain);
            // At most 64 terms lose less than the smallest normal number each.
            let bound = 128.0 * f64::from(f32::MIN_POSITIVE);
            let close = |found: f32, expected: f64| (f64::from(found) - expected).abs() <= bound;
            prop_assert!(plain.iter().zip(slowly(&product, &before)).all(|(found, expected)| close(*found, expected)));
            if tiles::are_there() {
                let mut by_tiles = before;
                tiles::sum(&product, &mut by_tiles);
                prop_assert!(plain.iter().zip(&by_tiles).all(|(a, b)| close(*a, f64::from(*b))));
            }
        }
    }

    #[test]
    #[should_panic(expected = "rows inside of the numbers")]
    fn rows_behind_the_end_are_refused() {
        let (a, b) = ([bf16::ZERO; 100], [bf16::ZERO; WEIGHTS]);
        let starts = [0, 0, 0, 69];
        let product = Product { a: &a, starts: &starts, pitch: 0, steps: &[0], b: &b, is_double: false, adds: false };
        product.sum(&mut [0.0; TOGETHER * TILE]);
    }
}
