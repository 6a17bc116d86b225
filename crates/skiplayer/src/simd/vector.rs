//! Sums over long vectors, for the processor at hand: what solvers outside the networks are made of.

use pulp::Simd;
use rayon::prelude::*;

use super::dispatch::dispatch;
use super::scalar::Scalar;

/// Products below which threads cost more than they gain.
const WORTH_THREADS: usize = 1 << 18;

#[inline(always)]
fn dot_body<S: Simd>(simd: S, a: &[f64], b: &[f64]) -> f64 {
    let (a_vectors, a_rest) = S::as_simd_f64s(a);
    let (b_vectors, b_rest) = S::as_simd_f64s(b);
    let zero = simd.splat_f64s(0.0);
    // Four sums hide the latency of a fused multiply-add.
    let mut sums = [zero; 4];
    let (a_strips, a_left) = a_vectors.as_chunks::<4>();
    let (b_strips, b_left) = b_vectors.as_chunks::<4>();
    for (a, b) in a_strips.iter().zip(b_strips) {
        for i in 0..4 {
            sums[i] = simd.mul_add_e_f64s(a[i], b[i], sums[i]);
        }
    }
    for (a, b) in a_left.iter().zip(b_left) {
        sums[0] = simd.mul_add_e_f64s(*a, *b, sums[0]);
    }
    let sum = simd.add_f64s(simd.add_f64s(sums[0], sums[2]), simd.add_f64s(sums[1], sums[3]));
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    simd.reduce_sum_f64s(sum) + rest
}

#[inline(always)]
fn add_scaled_body<S: Simd>(simd: S, to: &mut [f64], d: f64, from: &[f64]) {
    let (to_vectors, to_rest) = S::as_mut_simd_f64s(to);
    let (from_vectors, from_rest) = S::as_simd_f64s(from);
    let scale = simd.splat_f64s(d);
    for (t, f) in to_vectors.iter_mut().zip(from_vectors) {
        *t = simd.mul_add_e_f64s(scale, *f, *t);
    }
    for (t, f) in to_rest.iter_mut().zip(from_rest) {
        *t = d.multiply_add::<S>(*f, *t);
    }
}

dispatch! {
    /// sum a b
    pub fn dot(a: &[f64], b: &[f64]) -> f64 = dot_body
}
dispatch! {
    /// to += d from
    pub fn add_scaled(to: &mut [f64], d: f64, from: &[f64]) = add_scaled_body
}

/// `values[i] = value(indices[i])`, each a sum over `length` numbers; over threads where that pays.
pub fn sums_of(indices: &[usize], length: usize, value: impl Fn(usize) -> f64 + Sync) -> Vec<f64> {
    if indices.len() * length < WORTH_THREADS {
        indices.iter().map(|&i| value(i)).collect()
    } else {
        indices.par_iter().with_min_len((WORTH_THREADS / 4).div_ceil(length.max(1))).map(|&i| value(i)).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_are_those_of_plain_loops(pairs in proptest::collection::vec((-1e3..1e3f64, -1e3..1e3f64), 0..200), d in -3.0..3.0f64) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let size: f64 = a.iter().zip(&b).map(|(a, b)| (a * b).abs()).sum();
            let plain: f64 = a.iter().zip(&b).map(|(a, b)| a * b).sum();
            prop_assert!((dot(&a, &b) - plain).abs() <= 1e-14 * size);
            let mut sum = a.clone();
            add_scaled(&mut sum, d, &b);
            for i in 0..a.len() {
                prop_assert!((sum[i] - (a[i] + d * b[i])).abs() <= 1e-15 * (a[i].abs() + (d * b[i]).abs()));
            }
        }
    }

    #[test]
    fn threads_change_nothing() {
        let long: Vec<f64> = (0..1000).map(|i| f64::from(i).sin()).collect();
        let indices: Vec<usize> = (0..900).collect();
        let value = |i: usize| dot(&long[i..], &long[..1000 - i]);
        let alone: Vec<f64> = indices.iter().map(|&i| value(i)).collect();
        assert_eq!(sums_of(&indices, 1000, value), alone);
    }
}
