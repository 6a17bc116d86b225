//! Sums of products by whatever the processor has.

use super::product::Product;
use super::{loops, tiles};

/// The sums of `product` into `out`: (tile of rows, tile of outputs, row, output). By tiles of the processor where there are some.
///
/// # Panics
/// If the sizes do not fit.
pub fn sum(product: &Product<'_>, out: &mut [f32]) {
    if tiles::are_there() { tiles::sum(product, out) } else { loops::sum(product, out) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use burn::tensor::bf16;

    use super::super::number::{rounded, wide};
    use super::super::product::{SIDE, TERMS, TILE, TOGETHER, WEIGHTS};
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
            loops::sum(&product, &mut plain);
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
            loops::sum(&product, &mut plain);
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
        sum(&product, &mut [0.0; TOGETHER * TILE]);
    }
}
