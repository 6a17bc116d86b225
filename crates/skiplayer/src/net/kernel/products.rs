//! Products of small matrices with a tile: 64 rows of the table side by side, a lane each.

use std::ops::{Deref, DerefMut, Range};

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

/// Room for columns of a tile turned into rows.
#[derive(Debug, Clone, Default)]
pub struct Turned<T>(Vec<Lanes<T>>);

/// Derivatives that are summed over lanes only after the last tile: until then each is a vector, one sum for every lane of it.
///
/// Tiles add to the same matrices in the same order, so that a matrix is found by counting.
#[derive(Debug, Clone, Default)]
pub struct LaneSums<T> {
    matrices: Vec<Columns>,
    vectors: Vec<Lanes<T>>,
    /// Matrices that this tile has added to, and values in them.
    n_met: usize,
    filled: usize,
}

/// Columns of a matrix of derivatives.
#[derive(Debug, Clone)]
struct Columns {
    /// Where the whole matrix begins in the gradient.
    start: usize,
    rows: usize,
    /// Columns of the whole matrix, and those summed here.
    width: usize,
    columns: Range<usize>,
}

impl<T: Scalar> LaneSums<T> {
    /// To be called before each tile.
    #[inline(always)]
    pub fn next_tile(&mut self) {
        (self.n_met, self.filled) = (0, 0);
    }

    /// The sums of the next matrix, a vector each, rows one after the other.
    #[inline(always)]
    fn next<S: Simd>(&mut self, start: usize, rows: usize, width: usize, columns: Range<usize>) -> &mut [T::Vector<S>] {
        let length = size_of::<T::Vector<S>>() / size_of::<T>();
        let (from, n) = (self.filled, rows * columns.len() * length);
        self.filled += n;
        if self.n_met == self.matrices.len() {
            self.matrices.push(Columns { start, rows, width, columns });
            self.vectors.resize(self.filled.div_ceil(LANES), *T::ZEROS);
        }
        self.n_met += 1;
        T::vectors_mut::<S>(&mut flat_mut(&mut self.vectors)[from..from + n])
    }

    /// Adds all sums to `gradient` and forgets them.
    #[inline(always)]
    pub fn finish<S: Simd>(&mut self, simd: S, gradient: &mut [T]) {
        let mut sums = T::vectors::<S>(flat(&self.vectors)).iter();
        for matrix in self.matrices.drain(..) {
            for r in 0..matrix.rows {
                let row = &mut gradient[matrix.start + r * matrix.width..][matrix.columns.clone()];
                for (g, sum) in row.iter_mut().zip(&mut sums) {
                    *g += T::total(simd, *sum);
                }
            }
        }
        self.vectors.clear();
    }
}

/// Adds, for the matrix that begins at `start` in `gradient` and has a row for each of `a` and a column for each of `b`, the sum over
/// lanes of a[r] b[c]: to `gradient`, or to `sums` until they are finished.
#[inline(always)]
pub fn outer<T: Scalar, S: Simd>(
    simd: S,
    a: &[Lanes<T>],
    b: &[Lanes<T>],
    start: usize,
    gradient: &mut [T],
    turned: &mut Turned<T>,
    sums: &mut LaneSums<T>,
) {
    let width = STRIP * size_of::<T::Vector<S>>() / size_of::<T>();
    let rest = b.len() % width;
    // Turned columns are summed in registers, but a strip that is mostly empty costs as much as a full one.
    let n_turned = match rest {
        _ if a.len() < FEW => 0,
        _ if 8 * rest <= 7 * width => b.len() - rest,
        _ => b.len(),
    };
    outer_turned(simd, a, b, n_turned, &mut gradient[start..], turned);
    if n_turned < b.len() {
        outer_by_lane(simd, a, &b[n_turned..], sums.next::<S>(start, a.len(), b.len(), n_turned..b.len()));
    }
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
    let width = STRIP * size_of::<T::Vector<S>>() / size_of::<T>();
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

/// sums[r * b.len() + c] += a[r] b[c], vector by vector. In blocks of four rows by two columns a loaded vector is used several times,
/// and eight sums hide the latency of a multiply-add.
#[inline(always)]
fn outer_by_lane<T: Scalar, S: Simd>(simd: S, a: &[Lanes<T>], b: &[Lanes<T>], sums: &mut [T::Vector<S>]) {
    let columns = b.len();
    let (blocks, rest) = a.as_chunks::<BLOCK>();
    for (block, sums) in blocks.iter().zip(sums.chunks_exact_mut(BLOCK * columns)) {
        let (row_0, rest) = sums.split_at_mut(columns);
        let (row_1, rest) = rest.split_at_mut(columns);
        let (row_2, row_3) = rest.split_at_mut(columns);
        let (a0, a1) = (T::vectors::<S>(&block[0].0), T::vectors::<S>(&block[1].0));
        let (a2, a3) = (T::vectors::<S>(&block[2].0), T::vectors::<S>(&block[3].0));
        let (pairs, last) = b.as_chunks::<2>();
        for (c, pair) in pairs.iter().enumerate() {
            let (b0, b1) = (T::vectors::<S>(&pair[0].0), T::vectors::<S>(&pair[1].0));
            let (left, right) = (2 * c, 2 * c + 1);
            let (mut s00, mut s01) = (row_0[left], row_0[right]);
            let (mut s10, mut s11) = (row_1[left], row_1[right]);
            let (mut s20, mut s21) = (row_2[left], row_2[right]);
            let (mut s30, mut s31) = (row_3[left], row_3[right]);
            for v in 0..b0.len() {
                s00 = T::multiply_add_vectors(simd, a0[v], b0[v], s00);
                s01 = T::multiply_add_vectors(simd, a0[v], b1[v], s01);
                s10 = T::multiply_add_vectors(simd, a1[v], b0[v], s10);
                s11 = T::multiply_add_vectors(simd, a1[v], b1[v], s11);
                s20 = T::multiply_add_vectors(simd, a2[v], b0[v], s20);
                s21 = T::multiply_add_vectors(simd, a2[v], b1[v], s21);
                s30 = T::multiply_add_vectors(simd, a3[v], b0[v], s30);
                s31 = T::multiply_add_vectors(simd, a3[v], b1[v], s31);
            }
            (row_0[left], row_0[right]) = (s00, s01);
            (row_1[left], row_1[right]) = (s10, s11);
            (row_2[left], row_2[right]) = (s20, s21);
            (row_3[left], row_3[right]) = (s30, s31);
        }
        if let [lanes] = last {
            let (b, last) = (T::vectors::<S>(&lanes.0), columns - 1);
            row_0[last] = dot::<T, S>(simd, a0, b, row_0[last]);
            row_1[last] = dot::<T, S>(simd, a1, b, row_1[last]);
            row_2[last] = dot::<T, S>(simd, a2, b, row_2[last]);
            row_3[last] = dot::<T, S>(simd, a3, b, row_3[last]);
        }
    }
    for (lanes, sums) in rest.iter().zip(sums[blocks.len() * BLOCK * columns..].chunks_exact_mut(columns)) {
        let a = T::vectors::<S>(&lanes.0);
        for (sum, b) in sums.iter_mut().zip(b) {
            *sum = dot::<T, S>(simd, a, T::vectors::<S>(&b.0), *sum);
        }
    }
}

/// sum + a b, lane by lane.
#[inline(always)]
fn dot<T: Scalar, S: Simd>(simd: S, a: &[T::Vector<S>], b: &[T::Vector<S>], mut sum: T::Vector<S>) -> T::Vector<S> {
    for (a, b) in a.iter().zip(b) {
        sum = T::multiply_add_vectors(simd, *a, *b, sum);
    }
    sum
}

#[inline(always)]
fn or_zeros<T: Scalar>(lanes: &[Lanes<T>], at: usize) -> &Lanes<T> {
    if at < lanes.len() { &lanes[at] } else { T::ZEROS }
}

/// Adds the sums over lanes of a[r] to the biases that begin at `start`.
#[inline(always)]
pub fn sums<T: Scalar, S: Simd>(simd: S, a: &[Lanes<T>], start: usize, sums: &mut LaneSums<T>) {
    for (a, sum) in a.iter().zip(sums.next::<S>(start, a.len(), 1, 0..1)) {
        let mut total = *sum;
        for vector in T::vectors::<S>(&a.0) {
            total = T::add_vectors(simd, total, *vector);
        }
        *sum = total;
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
