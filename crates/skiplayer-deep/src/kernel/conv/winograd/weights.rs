//! Weights as products of values read them, and gradients of weights from the sums of such products.

use std::mem;

use pulp::{Arch, Simd, WithSimd};

use super::transform::{POINTS, of_weights, to_weights};
use super::values::N_VALUES;
use crate::kernel::conv::product::padded;
use crate::kernel::pool;
use crate::kernel::turn::LONGEST;

/// Weights of a kernel.
const TAPS: usize = 9;
/// Side of a kernel.
const KERNEL: usize = 3;

/// Outputs of a part: two of the longest vectors.
pub const WIDEST: usize = 2 * LONGEST;

/// Values of weights (values, inputs, outputs) for each part of the outputs, the last of which may be narrower.
pub struct Packed {
    pub n_inputs: usize,
    pub n_outputs: usize,
    parts: Vec<f32>,
}

/// Which weight of a convolution (outputs, inputs, 3, 3) a product takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// As they are.
    Forward,
    /// Inputs and outputs exchanged and kernels turned around: the gradient of the input.
    Backward,
}

impl Packed {
    /// `weight` is that of a convolution of so many inputs and outputs.
    pub fn new(read: Read, n_inputs: usize, n_outputs: usize, weight: &[f32]) -> Self {
        let (n_inputs, n_outputs, places) = match read {
            Read::Forward => (n_inputs, n_outputs, (TAPS, n_inputs * TAPS, false)),
            Read::Backward => (n_outputs, n_inputs, (n_inputs * TAPS, TAPS, true)),
        };
        let mut parts = pool::take(N_VALUES * n_inputs * padded(n_outputs));
        Arch::new().dispatch(Pack { n_inputs, n_outputs, places, weight, parts: &mut parts });
        Self { n_inputs, n_outputs, parts }
    }

    /// The first output of each part, how many there are, padded, and their values.
    pub fn parts(&self) -> impl Iterator<Item = (usize, usize, &[f32])> {
        let of_input = N_VALUES * self.n_inputs;
        (0..padded(self.n_outputs)).step_by(WIDEST).map(move |first| {
            let width = (padded(self.n_outputs) - first).min(WIDEST);
            (first, width, &self.parts[first * of_input..][..width * of_input])
        })
    }
}

impl Drop for Packed {
    fn drop(&mut self) {
        pool::give_back(mem::take(&mut self.parts));
    }
}

struct Pack<'a> {
    n_inputs: usize,
    n_outputs: usize,
    /// From an input to the next, from an output to the next, and whether kernels are turned around.
    places: (usize, usize, bool),
    weight: &'a [f32],
    parts: &'a mut [f32],
}

impl WithSimd for Pack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { n_inputs, n_outputs, places: (input, output, is_turned), weight, parts } = self;
        for first in (0..padded(n_outputs)).step_by(WIDEST) {
            let width = (padded(n_outputs) - first).min(WIDEST);
            let part = &mut parts[first * N_VALUES * n_inputs..][..width * N_VALUES * n_inputs];
            for (c, o) in (0..n_inputs).flat_map(|c| (0..width).step_by(LONGEST).map(move |o| (c, o))) {
                let mut taps = [[0.0; LONGEST]; TAPS];
                for (l, o) in (first + o..n_outputs.min(first + o + LONGEST)).enumerate() {
                    let kernel = &weight[c * input + o * output..][..TAPS];
                    for (tap, weight) in kernel.iter().enumerate() {
                        taps[if is_turned { TAPS - 1 - tap } else { tap }][l] = *weight;
                    }
                }
                for l in (0..LONGEST).step_by(S::F32_LANES) {
                    let mut down = [[simd.splat_f32s(0.0); POINTS]; KERNEL];
                    for j in 0..KERNEL {
                        let tap = |i: usize| S::as_simd_f32s(&taps[i * KERNEL + j][l..]).0[0];
                        down[j] = of_weights(simd, std::array::from_fn(tap));
                    }
                    for i in 0..POINTS {
                        let across = of_weights(simd, std::array::from_fn(|j| down[j][i]));
                        for j in 0..POINTS {
                            let to = &mut part[((i * POINTS + j) * n_inputs + c) * width + o + l..];
                            S::as_mut_simd_f32s(to).0[0] = across[j];
                        }
                    }
                }
            }
        }
    }
}

/// Adds the gradients of weights that `sums` (values, inputs, outputs) stand for to `dweight` (inputs and taps, outputs).
pub fn to_gradients(n_inputs: usize, n_outputs: usize, sums: &[f32], dweight: &mut [f32]) {
    Arch::new().dispatch(ToGradients { n_inputs, n_outputs: padded(n_outputs), sums, dweight });
}

struct ToGradients<'a> {
    n_inputs: usize,
    n_outputs: usize,
    sums: &'a [f32],
    dweight: &'a mut [f32],
}

impl WithSimd for ToGradients<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { n_inputs, n_outputs, sums, dweight } = self;
        let vectors = n_outputs / S::F32_LANES;
        let stride = sums.len() / N_VALUES / S::F32_LANES;
        let (sums, dweight) = (S::as_simd_f32s(sums).0, S::as_mut_simd_f32s(dweight).0);
        for (c, dweight) in dweight.chunks_exact_mut(TAPS * vectors).enumerate().take(n_inputs) {
            for o in 0..vectors {
                let from = &sums[c * vectors + o..];
                let mut across = [[simd.splat_f32s(0.0); KERNEL]; POINTS];
                for i in 0..POINTS {
                    across[i] = to_weights(simd, std::array::from_fn(|j| from[(i * POINTS + j) * stride]));
                }
                for j in 0..KERNEL {
                    let down = to_weights(simd, std::array::from_fn(|i| across[i][j]));
                    for i in 0..KERNEL {
                        let to = &mut dweight[(i * KERNEL + j) * vectors + o];
                        *to = simd.add_f32s(*to, down[i]);
                    }
                }
            }
        }
    }
}
