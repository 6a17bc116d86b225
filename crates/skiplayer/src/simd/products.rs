//! Products of small matrices with a tile: 64 rows of the table side by side, a lane each.

use pulp::Simd;

use super::lanes::{LANES, Lanes};
use super::scalar::Scalar;

/// Rows of a product handled together: each loaded vector is used that many times.
pub const BLOCK: usize = 4;
/// Vectors of a row handled together: eight running sums hide the latency of a fused multiply-add.
pub const STRIP: usize = 2;

/// sums[i][v] += sum over k < n_terms of w(i, k) x[k * x_stride + v].
///
/// Written out, because a compiler that does not unroll a loop over the sums keeps them in memory.
#[allow(unsafe_code)]
#[inline(always)]
pub fn block<T: Scalar, S: Simd>(
    simd: S,
    n_terms: usize,
    w: [&[T]; BLOCK],
    w_stride: usize,
    x: &[T::Vector<S>],
    x_stride: usize,
    sums: [[T::Vector<S>; STRIP]; BLOCK],
) -> [[T::Vector<S>; STRIP]; BLOCK] {
    let [[mut s00, mut s01], [mut s10, mut s11], [mut s20, mut s21], [mut s30, mut s31]] = sums;
    if n_terms == 0 {
        return sums;
    }
    let last = n_terms - 1;
    assert!(w.iter().all(|w| last * w_stride < w.len()) && last * x_stride + 1 < x.len(), "terms inside their slices");
    for k in 0..n_terms {
        // SAFETY: k <= last, so that the assertion above bounds every index.
        let (x0, x1) = unsafe { (*x.get_unchecked(k * x_stride), *x.get_unchecked(k * x_stride + 1)) };
        // SAFETY: as above.
        let w = unsafe { w.map(|w| *w.get_unchecked(k * w_stride)) };
        let [w0, w1, w2, w3] = [T::splat(simd, w[0]), T::splat(simd, w[1]), T::splat(simd, w[2]), T::splat(simd, w[3])];
        s00 = T::multiply_add_vectors(simd, w0, x0, s00);
        s01 = T::multiply_add_vectors(simd, w0, x1, s01);
        s10 = T::multiply_add_vectors(simd, w1, x0, s10);
        s11 = T::multiply_add_vectors(simd, w1, x1, s11);
        s20 = T::multiply_add_vectors(simd, w2, x0, s20);
        s21 = T::multiply_add_vectors(simd, w2, x1, s21);
        s30 = T::multiply_add_vectors(simd, w3, x0, s30);
        s31 = T::multiply_add_vectors(simd, w3, x1, s31);
    }
    [[s00, s01], [s10, s11], [s20, s21], [s30, s31]]
}

/// What the sums of a product begin with.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a, T> {
    /// What is there.
    There,
    Zero,
    /// The bias of each row, for every lane.
    Bias(&'a [T]),
}

impl<T: Scalar> Start<'_, T> {
    #[inline(always)]
    fn of<S: Simd>(self, simd: S, row: usize, there: T::Vector<S>) -> T::Vector<S> {
        match self {
            Start::There => there,
            Start::Zero => T::splat(simd, T::ZERO),
            Start::Bias(bias) => T::splat(simd, bias[row]),
        }
    }
}

/// out[r] = start + sum_c w(r, c) in[c] for every lane, with w(r, c) = weights[r * row_stride + c * column_stride].
#[inline(always)]
pub fn accumulate<T: Scalar, S: Simd>(
    simd: S,
    weights: &[T],
    strides: (usize, usize),
    input: &[Lanes<T>],
    start: Start<T>,
    out: &mut [Lanes<T>],
) {
    accumulate_times(simd, weights, strides, input, start, &[], out);
}

/// As [`accumulate`], and out[r] *= factor[r] unless there are no factors.
#[inline(always)]
pub fn accumulate_times<T: Scalar, S: Simd>(
    simd: S,
    weights: &[T],
    (row_stride, column_stride): (usize, usize),
    input: &[Lanes<T>],
    start: Start<T>,
    factor: &[Lanes<T>],
    out: &mut [Lanes<T>],
) {
    let zero = T::splat(simd, T::ZERO);
    let factors = T::vectors::<S>(flat(factor));
    let x = T::vectors::<S>(flat(input));
    let in_lanes = LANES * size_of::<T>() / size_of::<T::Vector<S>>();
    let (blocked, rest) = out.as_chunks_mut::<BLOCK>();
    let n_blocked = blocked.len() * BLOCK;
    for (b, rows) in blocked.iter_mut().enumerate() {
        let row = |i: usize| weights.get((b * BLOCK + i) * row_stride..).unwrap_or_default();
        let w = [row(0), row(1), row(2), row(3)];
        let rows = T::vectors_mut::<S>(flat_mut(rows));
        for at in (0..in_lanes).step_by(STRIP) {
            let mut sums = [[T::splat(simd, T::ZERO); STRIP]; BLOCK];
            for (i, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = start.of(simd, b * BLOCK + i, rows[i * in_lanes + at + v]);
                }
            }
            let x = x.get(at..).unwrap_or_default();
            let sums = block::<T, S>(simd, input.len(), w, column_stride, x, in_lanes, sums);
            for (i, sums) in sums.into_iter().enumerate() {
                for (v, mut sum) in sums.into_iter().enumerate() {
                    if !factors.is_empty() {
                        let factor = factors[(b * BLOCK + i) * in_lanes + at + v];
                        sum = T::multiply_add_vectors(simd, sum, factor, zero);
                    }
                    rows[i * in_lanes + at + v] = sum;
                }
            }
        }
    }
    for (r, row) in rest.iter_mut().enumerate() {
        let r = n_blocked + r;
        let w = weights.get(r * row_stride..).unwrap_or_default();
        accumulate_row(simd, w, column_stride, input, (start, r), row);
        if let Some(factor) = factor.get(r) {
            for (sum, factor) in T::vectors_mut::<S>(&mut row.0).iter_mut().zip(T::vectors::<S>(&factor.0)) {
                *sum = T::multiply_add_vectors(simd, *sum, *factor, zero);
            }
        }
    }
}

/// One row alone: four vectors at once.
#[inline(always)]
fn accumulate_row<T: Scalar, S: Simd>(
    simd: S,
    w: &[T],
    w_stride: usize,
    input: &[Lanes<T>],
    (start, row): (Start<T>, usize),
    out: &mut Lanes<T>,
) {
    let (strips, _) = T::vectors_mut::<S>(&mut out.0).as_chunks_mut::<4>();
    for (at, strip) in strips.iter_mut().enumerate() {
        let (mut s0, mut s1) = (start.of(simd, row, strip[0]), start.of(simd, row, strip[1]));
        let (mut s2, mut s3) = (start.of(simd, row, strip[2]), start.of(simd, row, strip[3]));
        for (c, lanes) in input.iter().enumerate() {
            let [x0, x1, x2, x3] = T::vectors::<S>(&lanes.0).as_chunks::<4>().0[at];
            let w = T::splat(simd, w[c * w_stride]);
            s0 = T::multiply_add_vectors(simd, w, x0, s0);
            s1 = T::multiply_add_vectors(simd, w, x1, s1);
            s2 = T::multiply_add_vectors(simd, w, x2, s2);
            s3 = T::multiply_add_vectors(simd, w, x3, s3);
        }
        *strip = [s0, s1, s2, s3];
    }
}

/// The values of all lanes, one tile after the other.
#[allow(unsafe_code)]
#[inline(always)]
pub fn flat<T: Scalar>(lanes: &[Lanes<T>]) -> &[T] {
    const { assert!(size_of::<Lanes<T>>() == LANES * size_of::<T>()) };
    // SAFETY: `Lanes` is an array in C's layout without padding (asserted), so that many of them are one array.
    unsafe { std::slice::from_raw_parts(lanes.as_ptr().cast(), lanes.len() * LANES) }
}

/// As [`flat`], to write to.
#[allow(unsafe_code)]
#[inline(always)]
pub fn flat_mut<T: Scalar>(lanes: &mut [Lanes<T>]) -> &mut [T] {
    const { assert!(size_of::<Lanes<T>>() == LANES * size_of::<T>()) };
    // SAFETY: as in `flat`; the borrow is unique as that of `lanes`, and every value of T is valid in `Lanes<T>`.
    unsafe { std::slice::from_raw_parts_mut(lanes.as_mut_ptr().cast(), lanes.len() * LANES) }
}
