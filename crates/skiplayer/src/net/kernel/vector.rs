//! Sums over long vectors, for the processor at hand: what solvers outside the networks are made of.

use rayon::prelude::*;

use super::dispatch::dispatch;
use super::math::multiply_add;

/// Independent sums of a dot product: four AVX-512 registers hide the latency of a fused multiply-add.
const SUMS: usize = 32;
/// Products below which threads cost more than they gain.
const WORTH_THREADS: usize = 1 << 18;

#[inline(always)]
fn dot_body<const FMA: bool>(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; SUMS];
    let (a_strips, b_strips) = (a.chunks_exact(SUMS), b.chunks_exact(SUMS));
    let mut rest = 0.0;
    for (a, b) in a_strips.remainder().iter().zip(b_strips.remainder()) {
        rest = multiply_add::<FMA>(*a, *b, rest);
    }
    for (a, b) in a_strips.zip(b_strips) {
        for l in 0..SUMS {
            sums[l] = multiply_add::<FMA>(a[l], b[l], sums[l]);
        }
    }
    let mut width = SUMS / 2;
    while width > 0 {
        for l in 0..width {
            sums[l] += sums[l + width];
        }
        width /= 2;
    }
    sums[0] + rest
}

#[inline(always)]
fn add_scaled_body<const FMA: bool>(to: &mut [f64], d: f64, from: &[f64]) {
    for (t, f) in to.iter_mut().zip(from) {
        *t = multiply_add::<FMA>(d, *f, *t);
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
