//! Products of values: one small product of matrices for each value of a tile.

use pulp::{Arch, Simd, WithSimd};

use super::layout::TOGETHER;
use super::values::{N_VALUES, Shape};
use crate::kernel::conv::product::Written;
use crate::kernel::turn::LONGEST;

/// Tiles, or inputs, of a block of sums where there are 16 registers.
const FEW: usize = 4;

/// out[k, t, o] = sum over inputs c of values[k, t, c] weights[k, c, o] for all values k, with `width` outputs.
pub fn multiply(shape: Shape, n_inputs: usize, values: &[f32], weights: &[f32], (width, out): (usize, &mut [f32])) {
    Arch::new().dispatch(Multiply { shape, n_inputs, values, weights, width, out });
}

struct Multiply<'a> {
    shape: Shape,
    n_inputs: usize,
    values: &'a [f32],
    weights: &'a [f32],
    width: usize,
    out: &'a mut [f32],
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { shape, n_inputs, values, weights, width, out } = self;
        let vectors = width / S::F32_LANES;
        let values = values.chunks_exact(shape.stride());
        let weights = S::as_simd_f32s(weights).0.chunks_exact(n_inputs * vectors);
        let out = out.chunks_exact_mut(Shape { n_channels: width, ..shape }.stride());
        for ((values, weights), out) in values.zip(weights).zip(out) {
            let out = S::as_mut_simd_f32s(out).0;
            let factors = Factors { n_inputs, wide: shape.n_channels, vectors, weights };
            for t in (0..shape.n_tiles).step_by(TOGETHER) {
                let values = &values[t * shape.n_channels..];
                let out = &mut out[t * vectors..];
                match (vectors, S::F32_LANES) {
                    (2, LONGEST) => sums::<S, TOGETHER, 2>(simd, factors, values, 0, out),
                    (1, LONGEST) => sums::<S, TOGETHER, 1>(simd, factors, values, 0, out),
                    _ => {
                        for half in [0, FEW] {
                            for at in (0..vectors).step_by(2) {
                                let (values, out) = (&values[half * shape.n_channels..], &mut out[half * vectors..]);
                                sums::<S, FEW, 2>(simd, factors, values, at, out);
                            }
                        }
                    }
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Factors<'a, V> {
    n_inputs: usize,
    /// From a tile to the next one.
    wide: usize,
    /// Of all outputs.
    vectors: usize,
    weights: &'a [V],
}

/// Sums of `R` tiles by `V` vectors of outputs from `at` on.
#[inline(always)]
fn sums<S: Simd, const R: usize, const V: usize>(
    simd: S,
    factors: Factors<'_, S::f32s>,
    values: &[f32],
    at: usize,
    out: &mut [S::f32s],
) {
    let Factors { n_inputs, wide, vectors, weights } = factors;
    let rows: [&[f32]; R] = std::array::from_fn(|r| &values[r * wide..][..n_inputs]);
    let mut sums = [[simd.splat_f32s(0.0); V]; R];
    for (c, weights) in weights.chunks_exact(vectors).enumerate().take(n_inputs) {
        let Some((weights, _)) = weights[at..].split_first_chunk::<V>() else { return };
        for r in 0..R {
            let value = simd.splat_f32s(rows[r][c]);
            for v in 0..V {
                sums[r][v] = simd.mul_add_e_f32s(value, weights[v], sums[r][v]);
            }
        }
    }
    for (out, sums) in out.chunks_exact_mut(vectors).zip(sums) {
        out[at..at + V].copy_from_slice(&sums);
    }
}

/// sums[k, c, o], or what is added to it, = sum over `n_tiles` tiles t of values[k, t, c] gradients[k, t, o].
pub fn accumulate(
    n_tiles: usize,
    (inputs, values): (Shape, &[f32]),
    (outputs, gradients): (Shape, &[f32]),
    written: Written,
    sums: &mut [f32],
) {
    Arch::new().dispatch(Accumulate { n_tiles, written, inputs, values, outputs, gradients, sums });
}

struct Accumulate<'a> {
    n_tiles: usize,
    written: Written,
    inputs: Shape,
    values: &'a [f32],
    outputs: Shape,
    gradients: &'a [f32],
    sums: &'a mut [f32],
}

impl WithSimd for Accumulate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { n_tiles, written, inputs, values, outputs, gradients, sums } = self;
        let vectors = outputs.n_channels / S::F32_LANES;
        let values = values.chunks_exact(inputs.stride());
        let gradients = gradients.chunks_exact(outputs.stride());
        let sums = S::as_mut_simd_f32s(sums).0.chunks_exact_mut(inputs.n_channels * vectors);
        for ((values, gradients), sums) in values.zip(gradients).zip(sums).take(N_VALUES) {
            let gradients = &S::as_simd_f32s(gradients).0[..n_tiles * vectors];
            let terms = Terms { written, wide: inputs.n_channels, values, vectors, gradients };
            for c in (0..inputs.n_channels).step_by(TOGETHER) {
                let mut at = 0;
                while at < vectors {
                    let is_double = at + 1 < vectors;
                    match (is_double, S::F32_LANES) {
                        (true, LONGEST) => outer::<S, TOGETHER, 2>(simd, terms, c, at, sums),
                        (false, LONGEST) => outer::<S, TOGETHER, 1>(simd, terms, c, at, sums),
                        _ => [c, c + FEW].into_iter().for_each(|c| outer::<S, FEW, 2>(simd, terms, c, at, sums)),
                    }
                    at += 2;
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Terms<'a, V> {
    written: Written,
    /// Inputs of a tile.
    wide: usize,
    values: &'a [f32],
    /// Of all outputs of a tile.
    vectors: usize,
    gradients: &'a [V],
}

/// Sums of `R` inputs from `c` on by `V` vectors of outputs from `at` on.
#[inline(always)]
fn outer<S: Simd, const R: usize, const V: usize>(
    simd: S,
    terms: Terms<'_, S::f32s>,
    c: usize,
    at: usize,
    sums: &mut [S::f32s],
) {
    let Terms { written, wide, values, vectors, gradients } = terms;
    let mut block = [[simd.splat_f32s(0.0); V]; R];
    for (values, gradients) in values.chunks_exact(wide).zip(gradients.chunks_exact(vectors)) {
        let Some((values, _)) = values[c..].split_first_chunk::<R>() else { return };
        let Some((gradients, _)) = gradients[at..].split_first_chunk::<V>() else { return };
        for r in 0..R {
            let value = simd.splat_f32s(values[r]);
            for v in 0..V {
                block[r][v] = simd.mul_add_e_f32s(value, gradients[v], block[r][v]);
            }
        }
    }
    for (sums, block) in sums[c * vectors..].chunks_exact_mut(vectors).zip(block) {
        for (sum, new) in sums[at..].iter_mut().zip(block) {
            *sum = if written == Written::Added { simd.add_f32s(*sum, new) } else { new };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream};

    fn numbers(n: usize, seed: u64) -> Vec<f32> {
        let mut stream = Stream::new(seed, Purpose::Noise, 0, 0);
        (0..n).map(|_| stream.normal() as f32).collect()
    }

    fn run<J: WithSimd<Output = ()>>(kind: &str, job: J) {
        match kind {
            "scalar" => job.with_simd(pulp::Scalar::new()),
            #[cfg(target_arch = "x86_64")]
            "avx2" => match pulp::x86::V3::try_new() {
                Some(simd) => Simd::vectorize(simd, job),
                None => Arch::new().dispatch(job),
            },
            _ => Arch::new().dispatch(job),
        }
    }

    const KINDS: [&str; 3] = ["best", "avx2", "scalar"];

    #[test]
    fn all_kinds_of_processors_agree_with_the_definition() {
        for (n_inputs, n_outputs, n_tiles) in [(16usize, 16, 8), (13, 32, 16), (30, 16, 24)] {
            let shape = Shape { n_tiles, n_channels: n_inputs.next_multiple_of(LONGEST) };
            let of_outputs = Shape { n_tiles, n_channels: n_outputs };
            let values = numbers(shape.len(), 1);
            let weights = numbers(N_VALUES * n_inputs * n_outputs, 2);
            let gradients = numbers(of_outputs.len(), 3);
            let value = |k: usize, t: usize, c: usize| f64::from(values[k * shape.stride() + t * shape.n_channels + c]);
            let at = |k: usize, t: usize, o: usize| k * of_outputs.stride() + t * n_outputs + o;
            for kind in KINDS {
                let mut out = vec![0.0; of_outputs.len()];
                let (values, weights) = (&values[..], &weights[..]);
                run(kind, Multiply { shape, n_inputs, values, weights, width: n_outputs, out: &mut out });
                let mut sums = vec![0.0; N_VALUES * shape.n_channels * n_outputs];
                for written in [Written::Replaced, Written::Added] {
                    let (inputs, outputs, gradients) = (shape, of_outputs, &gradients[..]);
                    let sums = &mut sums[..];
                    run(kind, Accumulate { n_tiles, written, inputs, values, outputs, gradients, sums });
                }
                for (k, o) in (0..N_VALUES).flat_map(|k| (0..n_outputs).map(move |o| (k, o))) {
                    let weight = |c: usize| f64::from(weights[(k * n_inputs + c) * n_outputs + o]);
                    for t in 0..n_tiles {
                        let expected: f64 = (0..n_inputs).map(|c| value(k, t, c) * weight(c)).sum();
                        assert!((f64::from(out[at(k, t, o)]) - expected).abs() < 1e-4, "{kind}");
                    }
                    for c in 0..n_inputs {
                        let product = |t: usize| value(k, t, c) * f64::from(gradients[at(k, t, o)]);
                        let expected: f64 = 2.0 * (0..n_tiles).map(product).sum::<f64>();
                        let found = f64::from(sums[(k * shape.n_channels + c) * n_outputs + o]);
                        assert!((found - expected).abs() < 1e-4, "{kind}");
                    }
                }
            }
        }
    }
}
