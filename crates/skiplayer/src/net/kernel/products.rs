//! Products of small matrices with a tile: 64 rows of the table side by side, a lane each.

use std::ops::{Deref, DerefMut};

use pulp::Simd;

use super::scalar::Scalar;

/// Rows of the table in a tile: four or eight AVX-512 registers; a tile of twenty inputs is well inside L1.
pub const LANES: usize = 64;

/// One value for each row of a tile. No vector of it crosses a line of the cache.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub struct Lanes<T>(pub [T; LANES]);

impl<T> Deref for Lanes<T> {
    type Target = [T; LANES];

    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> DerefMut for Lanes<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// Rows of a product handled together: each loaded vector is used that many times.
const BLOCK: usize = 4;
/// Vectors of a row handled together: eight running sums hide the latency of a fused multiply-add.
const STRIP: usize = 2;
/// Rows of the left matrix below which sums over lanes cost less than turning the right one.
const FEW: usize = 8;

/// sums[i][v] += sum over k < n_terms of w(i, k) x[k * x_stride + v].
///
/// Written out, because a compiler that does not unroll a loop over the sums keeps them in memory.
#[allow(unsafe_code)]
#[inline(always)]
fn block<T: Scalar, S: Simd>(
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

/// out[r] += sum_c w(r, c) in[c] for every lane, with w(r, c) = weights[r * row_stride + c * column_stride].
#[inline(always)]
pub fn accumulate<T: Scalar, S: Simd>(
    simd: S,
    weights: &[T],
    row_stride: usize,
    column_stride: usize,
    input: &[Lanes<T>],
    out: &mut [Lanes<T>],
) {
    if input.is_empty() {
        return;
    }
    let x = T::vectors::<S>(flat(input));
    let in_lanes = x.len() / input.len();
    let (blocked, rest) = out.as_chunks_mut::<BLOCK>();
    let n_blocked = blocked.len() * BLOCK;
    for (b, rows) in blocked.iter_mut().enumerate() {
        let row = |i: usize| &weights[(b * BLOCK + i) * row_stride..];
        let w = [row(0), row(1), row(2), row(3)];
        let rows = T::vectors_mut::<S>(flat_mut(rows));
        for at in (0..in_lanes).step_by(STRIP) {
            let mut sums = [[T::splat(simd, T::ZERO); STRIP]; BLOCK];
            for (i, sums) in sums.iter_mut().enumerate() {
                sums.copy_from_slice(&rows[i * in_lanes + at..][..STRIP]);
            }
            let sums = block::<T, S>(simd, input.len(), w, column_stride, &x[at..], in_lanes, sums);
            for (i, sums) in sums.iter().enumerate() {
                rows[i * in_lanes + at..][..STRIP].copy_from_slice(sums);
            }
        }
    }
    for (r, row) in rest.iter_mut().enumerate() {
        accumulate_row(simd, &weights[(n_blocked + r) * row_stride..], column_stride, input, row);
    }
}

/// One row alone: four vectors at once.
#[inline(always)]
fn accumulate_row<T: Scalar, S: Simd>(simd: S, w: &[T], w_stride: usize, input: &[Lanes<T>], out: &mut Lanes<T>) {
    let (strips, _) = T::vectors_mut::<S>(&mut out.0).as_chunks_mut::<4>();
    for (at, strip) in strips.iter_mut().enumerate() {
        let [mut s0, mut s1, mut s2, mut s3] = *strip;
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

/// Room for columns of a tile turned into rows.
#[derive(Debug, Clone, Default)]
pub struct Turned<T>(Vec<Lanes<T>>);

/// gradient[r * b.len() + c] += sum over lanes of a[r] b[c].
#[inline(always)]
pub fn outer<T: Scalar, S: Simd>(simd: S, a: &[Lanes<T>], b: &[Lanes<T>], gradient: &mut [T], turned: &mut Turned<T>) {
    let width = strip_width::<T, S>();
    let rest = b.len() % width;
    // A strip that is mostly empty costs as much as a full one; sums over lanes are then cheaper.
    let n_turned = match rest {
        _ if a.len() < FEW => 0,
        _ if 4 * rest <= 3 * width => b.len() - rest,
        _ => b.len(),
    };
    outer_turned(simd, a, b, n_turned, gradient, turned);
    outer_of_few(simd, a, b, n_turned, gradient);
}

/// Columns that a strip of vectors holds.
#[inline(always)]
fn strip_width<T: Scalar, S: Simd>() -> usize {
    STRIP * size_of::<T::Vector<S>>() / size_of::<T>()
}

/// The first `n_turned` columns of `b` are turned, so that sums over lanes become sums of vectors over columns: no vector is ever added
/// up.
#[inline(always)]
fn outer_turned<T: Scalar, S: Simd>(
    simd: S,
    a: &[Lanes<T>],
    b: &[Lanes<T>],
    n_turned: usize,
    gradient: &mut [T],
    turned: &mut Turned<T>,
) {
    let columns = b.len();
    if n_turned == 0 {
        return;
    }
    let width = strip_width::<T, S>();
    turned.0.resize(width, *T::ZEROS);
    let turned = flat_mut(&mut turned.0);
    for first in (0..n_turned).step_by(width) {
        let here = width.min(n_turned - first);
        for (c, lanes) in b[first..first + here].iter().enumerate() {
            for l in 0..LANES {
                turned[l * width + c] = lanes[l];
            }
        }
        let turned = T::vectors::<S>(turned);
        for r in (0..a.len()).step_by(BLOCK) {
            let rows = [&a[r].0[..], &or_zeros(a, r + 1).0, &or_zeros(a, r + 2).0, &or_zeros(a, r + 3).0];
            let sums = [[T::splat(simd, T::ZERO); STRIP]; BLOCK];
            let sums = block::<T, S>(simd, LANES, rows, 1, turned, STRIP, sums);
            for (r, sums) in (r..a.len()).zip(&sums) {
                let row = &mut gradient[r * columns + first..][..here];
                add_to_row(simd, sums, row);
            }
        }
    }
}

/// Adds vectors to a row that may end before they do.
#[inline(always)]
fn add_to_row<T: Scalar, S: Simd>(simd: S, sums: &[T::Vector<S>; STRIP], row: &mut [T]) {
    let length = size_of::<T::Vector<S>>() / size_of::<T>();
    for (sum, part) in sums.iter().zip(row.chunks_mut(length)) {
        if let [whole] = T::vectors_mut::<S>(part) {
            *whole = T::add_vectors(simd, *whole, *sum);
        } else {
            let mut values = *T::ZEROS;
            T::vectors_mut::<S>(&mut values.0)[0] = *sum;
            part.iter_mut().zip(&values.0).for_each(|(p, v)| *p += *v);
        }
    }
}

/// The columns of `b` from `first` on, one row by four columns at a time; where fewer are left, zeros fill up.
#[inline(always)]
fn outer_of_few<T: Scalar, S: Simd>(simd: S, a: &[Lanes<T>], b: &[Lanes<T>], first: usize, gradient: &mut [T]) {
    let columns = b.len();
    let zero = T::splat(simd, T::ZERO);
    for (r, row) in a.iter().enumerate() {
        for c in (first..columns).step_by(4) {
            let four = [&b[c], or_zeros(b, c + 1), or_zeros(b, c + 2), or_zeros(b, c + 3)];
            let [b0, b1, b2, b3] = four.map(|lanes| T::vectors::<S>(&lanes.0));
            let (mut s0, mut s1, mut s2, mut s3) = (zero, zero, zero, zero);
            for (v, a) in T::vectors::<S>(&row.0).iter().enumerate() {
                s0 = T::multiply_add_vectors(simd, *a, b0[v], s0);
                s1 = T::multiply_add_vectors(simd, *a, b1[v], s1);
                s2 = T::multiply_add_vectors(simd, *a, b2[v], s2);
                s3 = T::multiply_add_vectors(simd, *a, b3[v], s3);
            }
            for (c, sum) in (c..columns).zip([s0, s1, s2, s3]) {
                gradient[r * columns + c] += T::total(simd, sum);
            }
        }
    }
}

#[inline(always)]
fn or_zeros<T: Scalar>(lanes: &[Lanes<T>], at: usize) -> &Lanes<T> {
    if at < lanes.len() { &lanes[at] } else { T::ZEROS }
}

/// gradient[r] += sum over lanes of a[r].
#[inline(always)]
pub fn sums<T: Scalar, S: Simd>(simd: S, a: &[Lanes<T>], gradient: &mut [T]) {
    for (a, g) in a.iter().zip(gradient) {
        let mut sum = T::splat(simd, T::ZERO);
        for vector in T::vectors::<S>(&a.0) {
            sum = T::add_vectors(simd, sum, *vector);
        }
        *g += T::total(simd, sum);
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
