//! Sums of products by loops, in the order in which tiles take them.

use burn::tensor::bf16;

use super::number::{flushed, wide};
use super::product::{Product, SIDE, TERMS, TILE, WEIGHTS};
use crate::kernel::vectors::in_vectors;

/// The sums of `product`: (tile of rows, tile of outputs, row, output).
///
/// # Panics
/// If the sizes do not fit.
pub fn sum(product: &Product<'_>, out: &mut [f32]) {
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
