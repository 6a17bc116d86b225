//! What a thread works in.

use std::cell::RefCell;

use super::product::SLACK;
use super::shifted::Shifted;
use crate::kernel::turn::LONGEST;

/// Buffers that are kept from one convolution to the next, since fresh memory would cost more than the products of small
/// images. All of them are written before it is read, but for what is read in vain.
#[derive(Default)]
pub struct Workspace {
    pub source: Vec<f32>,
    pub turned: Vec<f32>,
    pub map: Vec<f32>,
}

thread_local! {
    pub static WORKSPACE: RefCell<Workspace> = RefCell::default();
}

/// The first `n` numbers of `buffer`, which grows if it is too short.
pub fn grown(buffer: &mut Vec<f32>, n: usize) -> &mut [f32] {
    buffer.resize(buffer.len().max(n), 0.0);
    &mut buffer[..n]
}

/// The copies of `maps` that are read, in `buffer` unless they are the maps themselves.
pub fn laid_out<'a>(reading: &Shifted, maps: &'a [f32], buffer: &'a mut Vec<f32>) -> &'a [f32] {
    // Whole vectors never read behind the last map.
    if reading.is_plain() && reading.n_positions().is_multiple_of(LONGEST) {
        return maps;
    }
    let n = reading.len();
    let source = grown(buffer, n + SLACK);
    reading.lay_out(maps, &mut source[..n]);
    source
}
