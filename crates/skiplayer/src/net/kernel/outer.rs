//! Derivatives of weight matrices: products of two tiles, summed over their lanes.

use std::ops::Range;

use pulp::Simd;

use crate::simd::Scalar;
use crate::simd::lanes::{LANES, Lanes};
use crate::simd::products::{BLOCK, STRIP, block, flat, flat_mut};

/// Rows of the left matrix below which sums over lanes cost less than turning the right one.
const FEW: usize = 8;

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
