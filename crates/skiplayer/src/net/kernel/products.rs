//! Products of small matrices with a tile: 64 rows of the table side by side, a lane each.

use super::math::multiply_add;

/// Rows of the table in a tile: eight AVX-512 registers, one or two kilobytes with a unit's neighbours, well inside L1.
pub const LANES: usize = 64;
/// One value for each row of a tile.
pub type Lanes = [f64; LANES];

/// Lanes handled together, so that 4 x 16 running sums stay in registers.
const STRIP: usize = 16;
/// Results handled together: each loaded input is used that many times.
const BLOCK: usize = 4;

/// out[r] += sum_c w(r, c) in[c] for every lane, with w(r, c) = weights[r * row_stride + c * column_stride].
#[inline(always)]
pub fn accumulate<const FMA: bool>(
    weights: &[f64],
    row_stride: usize,
    column_stride: usize,
    input: &[Lanes],
    out: &mut [Lanes],
) {
    let n_blocks = out.len() / BLOCK;
    let (blocked, rest) = out.split_at_mut(n_blocks * BLOCK);
    for (b, rows) in blocked.chunks_exact_mut(BLOCK).enumerate() {
        let rows: &mut [Lanes; BLOCK] = rows.try_into().expect("BLOCK rows");
        accumulate_rows::<FMA, BLOCK>(&weights[b * BLOCK * row_stride..], row_stride, column_stride, input, rows);
    }
    for (r, row) in rest.iter_mut().enumerate() {
        let row: &mut [Lanes; 1] = std::array::from_mut(row);
        let start = (n_blocks * BLOCK + r) * row_stride;
        accumulate_rows::<FMA, 1>(&weights[start.min(weights.len())..], row_stride, column_stride, input, row);
    }
}

#[inline(always)]
fn accumulate_rows<const FMA: bool, const R: usize>(
    weights: &[f64],
    row_stride: usize,
    column_stride: usize,
    input: &[Lanes],
    out: &mut [Lanes; R],
) {
    for strip in 0..LANES / STRIP {
        let at = strip * STRIP;
        let mut sums = [[0.0; STRIP]; R];
        for r in 0..R {
            sums[r].copy_from_slice(&out[r][at..at + STRIP]);
        }
        for (c, lanes) in input.iter().enumerate() {
            let lanes: &[f64; STRIP] = lanes[at..at + STRIP].try_into().expect("a strip");
            for r in 0..R {
                let w = weights[r * row_stride + c * column_stride];
                for l in 0..STRIP {
                    sums[r][l] = multiply_add::<FMA>(w, lanes[l], sums[r][l]);
                }
            }
        }
        for r in 0..R {
            out[r][at..at + STRIP].copy_from_slice(&sums[r]);
        }
    }
}

/// gradient[r * b.len() + c] += sum over lanes of a[r] b[c].
///
/// Two by four sums at a time; where fewer are left, zeros fill up: a smaller block takes as long.
#[inline(always)]
pub fn outer<const FMA: bool>(a: &[Lanes], b: &[Lanes], gradient: &mut [f64]) {
    let columns = b.len();
    for r in (0..a.len()).step_by(2) {
        let a_pair = [&a[r], or_zeros(a, r + 1)];
        for c in (0..columns).step_by(4) {
            let b_quad = [&b[c], or_zeros(b, c + 1), or_zeros(b, c + 2), or_zeros(b, c + 3)];
            let sums = dots::<FMA>(a_pair, b_quad);
            for (r, row) in (r..a.len()).zip(&sums) {
                for (c, sum) in (c..columns).zip(row) {
                    gradient[r * columns + c] += sum;
                }
            }
        }
    }
}

#[inline(always)]
fn or_zeros(lanes: &[Lanes], at: usize) -> &Lanes {
    const ZEROS: &Lanes = &[0.0; LANES];
    if at < lanes.len() { &lanes[at] } else { ZEROS }
}

/// Written out, because a compiler that does not unroll a loop over the sums keeps them in memory.
#[inline(always)]
fn dots<const FMA: bool>([a0, a1]: [&Lanes; 2], [b0, b1, b2, b3]: [&Lanes; 4]) -> [[f64; 4]; 2] {
    let (mut s00, mut s01, mut s02, mut s03) = ([0.0; 8], [0.0; 8], [0.0; 8], [0.0; 8]);
    let (mut s10, mut s11, mut s12, mut s13) = ([0.0; 8], [0.0; 8], [0.0; 8], [0.0; 8]);
    for at in (0..LANES).step_by(8) {
        add_product::<FMA>(a0, b0, at, &mut s00);
        add_product::<FMA>(a0, b1, at, &mut s01);
        add_product::<FMA>(a0, b2, at, &mut s02);
        add_product::<FMA>(a0, b3, at, &mut s03);
        add_product::<FMA>(a1, b0, at, &mut s10);
        add_product::<FMA>(a1, b1, at, &mut s11);
        add_product::<FMA>(a1, b2, at, &mut s12);
        add_product::<FMA>(a1, b3, at, &mut s13);
    }
    [[total(s00), total(s01), total(s02), total(s03)], [total(s10), total(s11), total(s12), total(s13)]]
}

#[inline(always)]
fn add_product<const FMA: bool>(a: &Lanes, b: &Lanes, at: usize, sums: &mut [f64; 8]) {
    for l in 0..8 {
        sums[l] = multiply_add::<FMA>(a[at + l], b[at + l], sums[l]);
    }
}

#[inline(always)]
fn total(s: [f64; 8]) -> f64 {
    ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]))
}

/// gradient[r] += sum over lanes of a[r].
#[inline(always)]
pub fn sums(a: &[Lanes], gradient: &mut [f64]) {
    for (a, g) in a.iter().zip(gradient) {
        let mut s = [0.0; 8];
        for at in (0..LANES).step_by(8) {
            for l in 0..8 {
                s[l] += a[at + l];
            }
        }
        *g += total(s);
    }
}
