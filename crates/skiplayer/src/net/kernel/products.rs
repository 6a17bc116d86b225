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
#[inline(always)]
pub fn outer<const FMA: bool>(a: &[Lanes], b: &[Lanes], gradient: &mut [f64]) {
    let columns = b.len();
    for (pair, a_pair) in a.chunks(2).enumerate() {
        for (quad, b_quad) in b.chunks(BLOCK).enumerate() {
            let at = 2 * pair * columns + quad * BLOCK;
            match (a_pair, b_quad) {
                ([a0, a1], [b0, b1, b2, b3]) => {
                    let sums = dots::<FMA, 2, 4>([a0, a1], [b0, b1, b2, b3]);
                    for r in 0..2 {
                        for c in 0..4 {
                            gradient[at + r * columns + c] += sums[r][c];
                        }
                    }
                }
                _ => {
                    for (r, a) in a_pair.iter().enumerate() {
                        for (c, b) in b_quad.iter().enumerate() {
                            gradient[at + r * columns + c] += dots::<FMA, 1, 1>([a], [b])[0][0];
                        }
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn dots<const FMA: bool, const R: usize, const C: usize>(a: [&Lanes; R], b: [&Lanes; C]) -> [[f64; C]; R] {
    let mut sums = [[[0.0; 8]; C]; R];
    for at in (0..LANES).step_by(8) {
        for r in 0..R {
            for c in 0..C {
                for l in 0..8 {
                    sums[r][c][l] = multiply_add::<FMA>(a[r][at + l], b[c][at + l], sums[r][c][l]);
                }
            }
        }
    }
    sums.map(|row| row.map(|s| ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]))))
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
        *g += ((s[0] + s[4]) + (s[1] + s[5])) + ((s[2] + s[6]) + (s[3] + s[7]));
    }
}
