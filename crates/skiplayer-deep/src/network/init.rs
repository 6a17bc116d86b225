//! First weights, each parameter from a stream of its own that its name chooses.
//!
//! So a layer starts the same whatever else the network holds, and a plain network starts at the very weights of its residual twin.

use super::parameters::{Declared, Start};
use crate::rng::{Purpose, Stream};

/// The values of one parameter.
pub fn draw(declared: &Declared, seed: u64) -> Vec<f32> {
    let n = declared.shape.iter().product();
    let name = name_hash(&declared.name);
    let mut stream = Stream::new(seed, Purpose::Weights, (name >> 32) as u32, name as u32);
    let mut value = || match declared.start {
        Start::Constant(value) => value,
        Start::Normal(deviation) => deviation * stream.normal(),
        Start::Uniform(bound) => bound * (2.0 * stream.uniform() - 1.0),
    };
    (0..n).map(|_| value() as f32).collect()
}

/// FNV-1a (Fowler, Noll & Vo): equal on every machine, unlike the hash of the standard library.
fn name_hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
