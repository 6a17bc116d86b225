//! Products of weights with runs of numbers, in vectors of the processor at hand.
//!
//! A block of sums stays in registers over all terms: eight outputs by three vectors of positions where there are 32 registers, four by
//! three where there are 16. Each vector that is loaded serves all outputs of the block, each weight all its vectors.

use pulp::{Arch, Simd, WithSimd};

use crate::kernel::turn::{self, LONGEST};

/// Outputs of a block; weights are packed for as many.
const MANY: usize = 8;
/// Outputs of the last block, where no more than these are left.
const FEW: usize = 4;
/// Numbers behind the last run that a block may read, and whose sums are dropped.
pub const SLACK: usize = LONGEST;

/// Weights (outputs, terms) in the order in which blocks read them.
pub struct Packed {
    n_outputs: usize,
    many: Vec<[f32; MANY]>,
    few: Vec<[f32; FEW]>,
}

impl Packed {
    /// `weight(o, t)` is that of output `o` and term `t`.
    pub fn new(n_outputs: usize, n_terms: usize, weight: impl Fn(usize, usize) -> f32) -> Self {
        let left = n_outputs % MANY;
        let n_many = n_outputs / MANY + usize::from(left > FEW);
        let at = |o: usize, t: usize| if o < n_outputs { weight(o, t) } else { 0.0 };
        let terms = move |b: usize| (0..n_terms).map(move |t| (b * MANY, t));
        let many = (0..n_many).flat_map(terms).map(|(o, t)| std::array::from_fn(|r| at(o + r, t))).collect();
        let n_few = usize::from(n_many * MANY < n_outputs);
        let few = (n_many..n_many + n_few).flat_map(terms).map(|(o, t)| std::array::from_fn(|r| at(o + r, t)));
        Self { n_outputs, many, few: few.collect() }
    }
}

/// What becomes of the sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// They take the place of what was there.
    Replaced,
    /// They are added to it.
    Added,
}

/// out[o, p] = sum over terms t of weights[o, t] source[starts[t] + p], for `n_positions` positions; [`SLACK`] numbers of `source` behind
/// the last one may be read.
pub fn correlate(
    weights: &Packed,
    starts: &[usize],
    source: &[f32],
    n_positions: usize,
    written: Written,
    out: &mut [f32],
) {
    assert_eq!(out.len(), weights.n_outputs * n_positions, "as many outputs as weights");
    if n_positions > 0 {
        Arch::new().dispatch(Correlate { weights, starts, source, n_positions, written, out });
    }
}

struct Correlate<'a> {
    weights: &'a Packed,
    starts: &'a [usize],
    source: &'a [f32],
    n_positions: usize,
    written: Written,
    out: &'a mut [f32],
}

impl WithSimd for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { weights, starts, source, n_positions, written, out } = self;
        let n_terms = starts.len();
        let vectors = n_positions.div_ceil(S::F32_LANES);
        let mut at = 0;
        while at < vectors {
            let here = (vectors - at).min(3);
            let place = Place { starts, source, first: at * S::F32_LANES, n_positions, written };
            let mut rows = out.chunks_mut(MANY * n_positions);
            for (weights, rows) in weights.many.chunks_exact(n_terms).zip(&mut rows) {
                match (here, S::F32_LANES) {
                    (3, LONGEST) => block::<S, MANY, MANY, 3>(simd, weights, 0, place, rows),
                    (2, LONGEST) => block::<S, MANY, MANY, 2>(simd, weights, 0, place, rows),
                    (1, LONGEST) => block::<S, MANY, MANY, 1>(simd, weights, 0, place, rows),
                    _ => {
                        let (upper, lower) = rows.split_at_mut(rows.len().min(FEW * n_positions));
                        for (skipped, rows) in [(0, upper), (FEW, lower)] {
                            match here {
                                3 => block::<S, MANY, FEW, 3>(simd, weights, skipped, place, rows),
                                2 => block::<S, MANY, FEW, 2>(simd, weights, skipped, place, rows),
                                _ => block::<S, MANY, FEW, 1>(simd, weights, skipped, place, rows),
                            }
                        }
                    }
                }
            }
            for (weights, rows) in weights.few.chunks_exact(n_terms).zip(&mut rows) {
                match here {
                    3 => block::<S, FEW, FEW, 3>(simd, weights, 0, place, rows),
                    2 => block::<S, FEW, FEW, 2>(simd, weights, 0, place, rows),
                    _ => block::<S, FEW, FEW, 1>(simd, weights, 0, place, rows),
                }
            }
            at += here;
        }
    }
}

/// What a block of sums reads, whatever outputs it is for.
#[derive(Clone, Copy)]
struct Place<'a> {
    starts: &'a [usize],
    source: &'a [f32],
    /// Position of the block.
    first: usize,
    n_positions: usize,
    written: Written,
}

/// Sums of `R` outputs, of the `P` that weights are packed for those after `skipped`, at `V` vectors of positions; written to those of
/// `rows` that there are.
#[inline(always)]
fn block<S: Simd, const P: usize, const R: usize, const V: usize>(
    simd: S,
    weights: &[[f32; P]],
    skipped: usize,
    place: Place<'_>,
    rows: &mut [f32],
) {
    let Place { starts, source, first, n_positions, written } = place;
    let source = &source[first..];
    let mut sums = [[simd.splat_f32s(0.0); V]; R];
    for (weights, start) in weights.iter().zip(starts) {
        let Some((x, _)) = S::as_simd_f32s(&source[*start..][..V * S::F32_LANES]).0.split_first_chunk::<V>() else {
            return;
        };
        for r in 0..R {
            let weight = simd.splat_f32s(weights[skipped + r]);
            for v in 0..V {
                sums[r][v] = simd.mul_add_f32s(weight, x[v], sums[r][v]);
            }
        }
    }
    for (row, sums) in rows.chunks_exact_mut(n_positions).zip(sums) {
        for (v, sum) in sums.into_iter().enumerate() {
            let to = &mut row[first + v * S::F32_LANES..];
            match S::as_mut_simd_f32s(to).0.first_mut() {
                Some(whole) => *whole = if written == Written::Added { simd.add_f32s(*whole, sum) } else { sum },
                None => {
                    let old = if written == Written::Added { simd.partial_load_f32s(to) } else { simd.splat_f32s(0.0) };
                    simd.partial_store_f32s(to, simd.add_f32s(old, sum));
                }
            }
        }
    }
}

/// Outputs by which gradients of weights are laid out, so that whole vectors of them are added up.
pub fn padded(n_outputs: usize) -> usize {
    n_outputs.next_multiple_of(LONGEST)
}

/// sums[t, o] += sum over positions p of source[starts[t] + p] turned[p, o], with [`padded`] outputs.
pub fn accumulate(starts: &[usize], source: &[f32], turned: &[f32], n_outputs: usize, sums: &mut [f32]) {
    assert_eq!(sums.len(), starts.len() * padded(n_outputs), "as many sums as terms");
    Arch::new().dispatch(Accumulate { starts, source, turned, n_outputs: padded(n_outputs), sums });
}

struct Accumulate<'a> {
    starts: &'a [usize],
    source: &'a [f32],
    turned: &'a [f32],
    n_outputs: usize,
    sums: &'a mut [f32],
}

impl WithSimd for Accumulate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { starts, source, turned, n_outputs, sums } = self;
        let turned = S::as_simd_f32s(turned).0;
        let sums = S::as_mut_simd_f32s(sums).0;
        let vectors = n_outputs / S::F32_LANES;
        let n_positions = turned.len() / vectors;
        let terms = Terms { source, turned, vectors, n_positions };
        let mut at = 0;
        while at < vectors {
            let is_double = at + 1 < vectors;
            for (starts, sums) in starts.chunks(MANY).zip(sums.chunks_mut(MANY * vectors)) {
                let starts: [usize; MANY] = std::array::from_fn(|r| starts[r.min(starts.len() - 1)]);
                match (is_double, S::F32_LANES) {
                    (true, LONGEST) => outer::<S, MANY, 2>(simd, starts, terms, at, sums),
                    (false, LONGEST) => outer::<S, MANY, 1>(simd, starts, terms, at, sums),
                    _ => {
                        let [s0, s1, s2, s3, s4, s5, s6, s7] = starts;
                        let (upper, lower) = sums.split_at_mut(sums.len().min(FEW * vectors));
                        for (starts, sums) in [([s0, s1, s2, s3], upper), ([s4, s5, s6, s7], lower)] {
                            match is_double {
                                true => outer::<S, FEW, 2>(simd, starts, terms, at, sums),
                                false => outer::<S, FEW, 1>(simd, starts, terms, at, sums),
                            }
                        }
                    }
                }
            }
            at += if is_double { 2 } else { 1 };
        }
    }
}

/// What all blocks of sums of products over positions read.
#[derive(Clone, Copy)]
struct Terms<'a, V> {
    source: &'a [f32],
    turned: &'a [V],
    /// Of all outputs at one position.
    vectors: usize,
    n_positions: usize,
}

/// Adds sums of `R` terms by `V` vectors of outputs, from the vector `at` on, to those of `sums` that there are.
#[inline(always)]
fn outer<S: Simd, const R: usize, const V: usize>(
    simd: S,
    starts: [usize; R],
    terms: Terms<'_, S::f32s>,
    at: usize,
    sums: &mut [S::f32s],
) {
    let Terms { source, turned, vectors, n_positions } = terms;
    let runs = starts.map(|start| &source[start..][..n_positions]);
    let mut block = [[simd.splat_f32s(0.0); V]; R];
    for (p, turned) in turned.chunks_exact(vectors).enumerate().take(n_positions) {
        let Some((dy, _)) = turned[at..].split_first_chunk::<V>() else { return };
        for r in 0..R {
            let x = simd.splat_f32s(runs[r][p]);
            for v in 0..V {
                block[r][v] = simd.mul_add_f32s(x, dy[v], block[r][v]);
            }
        }
    }
    for (sums, block) in sums.chunks_exact_mut(vectors).zip(block) {
        for (sum, new) in sums[at..].iter_mut().zip(block) {
            *sum = simd.add_f32s(*sum, new);
        }
    }
}

/// Turns `maps` (n, positions) into (positions, [`padded`] n); what is added is zero.
pub fn turn(maps: &[f32], n_positions: usize, n: usize, turned: &mut [f32]) {
    Arch::new().dispatch(Turn { maps, n_positions, n, turned });
}

struct Turn<'a> {
    maps: &'a [f32],
    n_positions: usize,
    n: usize,
    turned: &'a mut [f32],
}

impl WithSimd for Turn<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { maps, n_positions, n, turned } = self;
        let width = padded(n);
        for first in (0..n).step_by(LONGEST) {
            let (mut tile, mut columns) = (turn::ZEROS, turn::ZEROS);
            for p in (0..n_positions).step_by(LONGEST) {
                let here = LONGEST.min(n_positions - p);
                for (row, map) in tile.iter_mut().zip(maps[first * n_positions..].chunks_exact(n_positions)) {
                    match map[p..].first_chunk::<LONGEST>() {
                        Some(whole) => *row = *whole,
                        None => row[..here].copy_from_slice(&map[p..]),
                    }
                }
                turn::turn(simd, &tile, 0, &mut columns);
                for (row, to) in columns.iter().zip(turned[p * width..].chunks_mut(width)).take(here) {
                    to[first..first + LONGEST].copy_from_slice(row);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rng::{Purpose, Stream};

    fn numbers(n: usize, seed: u64) -> Vec<f32> {
        let mut stream = Stream::new(seed, Purpose::Noise, 0, 0);
        (0..n).map(|_| stream.normal() as f32).collect()
    }

    /// Kinds of instructions: none but the common ones, those of most processors, the best of this one.
    const KINDS: [&str; 3] = ["scalar", "avx2", "best"];

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

    fn close(found: &[f32], expected: &[f64]) -> bool {
        found.len() == expected.len()
            && found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-4 * b.abs().max(1.0))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn all_kinds_of_processors_agree_with_the_definition(
            n_outputs in 1usize..40, n_terms in 1usize..20, n_positions in 1usize..70, adds: bool, seed in 0u64..1000,
        ) {
            let source = numbers(n_terms * 7 + n_positions + SLACK, seed);
            let starts: Vec<usize> = (0..n_terms).map(|t| t * 7).collect();
            let weight = numbers(n_outputs * n_terms, seed + 1);
            let weights = Packed::new(n_outputs, n_terms, |o, t| weight[o * n_terms + t]);
            let before = numbers(n_outputs * n_positions, seed + 2);
            let term = |o: usize, t: usize, p: usize| f64::from(weight[o * n_terms + t]) * f64::from(source[starts[t] + p]);
            let old = |at: usize| if adds { f64::from(before[at]) } else { 0.0 };
            let outputs = (0..n_outputs).flat_map(|o| (0..n_positions).map(move |p| (o, p)));
            let expected: Vec<f64> = outputs
                .map(|(o, p)| old(o * n_positions + p) + (0..n_terms).map(|t| term(o, t, p)).sum::<f64>())
                .collect();
            let written = if adds { Written::Added } else { Written::Replaced };
            for kind in KINDS {
                let mut out = before.clone();
                let (weights, starts, source) = (&weights, &starts[..], &source[..]);
                run(kind, Correlate { weights, starts, source, n_positions, written, out: &mut out });
                prop_assert!(close(&out, &expected), "{kind}");
            }

            let dy = numbers(n_outputs * n_positions, seed + 3);
            let width = padded(n_outputs);
            let mut turned = vec![f32::NAN; n_positions * width];
            turn(&dy, n_positions, n_outputs, &mut turned);
            let product = |t: usize, o: usize, p: usize| f64::from(source[starts[t] + p]) * f64::from(dy[o * n_positions + p]);
            let sums = (0..n_terms).flat_map(|t| (0..width).map(move |o| (t, o)));
            let expected: Vec<f64> = sums
                .map(|(t, o)| if o < n_outputs { (0..n_positions).map(|p| product(t, o, p)).sum() } else { 0.0 })
                .collect();
            for kind in KINDS {
                let mut sums = vec![0.0; n_terms * width];
                let (starts, source, turned) = (&starts[..], &source[..], &turned[..]);
                run(kind, Accumulate { starts, source, turned, n_outputs: width, sums: &mut sums });
                prop_assert!(close(&sums, &expected), "{kind}");
            }
        }
    }
}
