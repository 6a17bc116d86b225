//! Maps of 16 bits out of those in single precision, and back.

use burn::tensor::bf16;
use rayon::prelude::*;

use super::number::{rounded, wide};
use crate::kernel::normalise::Maps;
use crate::kernel::turn::{LONGEST, turn_tile};
use crate::kernel::vectors::in_vectors;

/// Rounds `x` (n, channels, positions) into `y` (n, positions, channels).
pub fn round(maps: Maps, x: &[f32], y: &mut [bf16]) {
    let images = y.par_chunks_exact_mut(maps.image().max(1)).zip(x.par_chunks_exact(maps.image().max(1)));
    images.with_min_len(maps.images_of_a_task()).for_each(|(y, x)| round_image(x, maps.positions, y));
}

/// Widens `x` (n, positions, channels) into `y` (n, channels, positions).
pub fn widen(maps: Maps, x: &[bf16], y: &mut [f32]) {
    let images = y.par_chunks_exact_mut(maps.image().max(1)).zip(x.par_chunks_exact(maps.image().max(1)));
    images.with_min_len(maps.images_of_a_task()).for_each(|(y, x)| widen_image(x, maps.positions, y));
}

in_vectors! {
    fn round_image(x: &'a [f32], positions: usize, y: &'a mut [bf16]) -> () {
        turn(x, positions, x.len() / positions, y, rounded);
    }

    fn widen_image(x: &'a [bf16], positions: usize, y: &'a mut [f32]) -> () {
        turn(x, x.len() / positions, positions, y, wide);
    }
}

/// `from` (rows, `width`) into `to` (`width`, rows), `height` of which there are.
#[inline(always)]
fn turn<A: Copy, B: Copy + Default>(from: &[A], width: usize, height: usize, to: &mut [B], change: impl Fn(A) -> B) {
    for first in (0..height).step_by(LONGEST) {
        let here = LONGEST.min(height - first);
        for p in (0..width).step_by(LONGEST) {
            let mut tile = [[B::default(); LONGEST]; LONGEST];
            for (row, from) in tile.iter_mut().zip(from[first * width..].chunks_exact(width)) {
                match from[p..].first_chunk::<LONGEST>() {
                    Some(whole) => row.iter_mut().zip(whole).for_each(|(to, from)| *to = change(*from)),
                    None => row.iter_mut().zip(&from[p..]).for_each(|(to, from)| *to = change(*from)),
                }
            }
            turn_tile(&mut tile);
            for (row, to) in tile.iter().zip(to[p * height..].chunks_exact_mut(height)) {
                match to[first..].first_chunk_mut::<LONGEST>() {
                    Some(whole) => *whole = *row,
                    None => to[first..].iter_mut().zip(&row[..here]).for_each(|(to, from)| *to = *from),
                }
            }
        }
    }
}
