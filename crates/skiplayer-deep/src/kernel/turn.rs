//! Squares of numbers whose rows become columns.

use pulp::Simd;

/// Rows of a square, and the longest vector of single precision that there is.
pub const LONGEST: usize = 16;

/// Numbers of a quarter of the longest vector, inside of which all processors move them.
const QUARTER: usize = 4;

/// Of single precision.
pub type Square = [[f32; LONGEST]; LONGEST];
pub const ZEROS: Square = [[0.0; LONGEST]; LONGEST];

/// Exchanges the corners of ever smaller squares: every step moves whole vectors.
#[inline(always)]
pub fn turn_tile<T: Copy>(tile: &mut [[T; LONGEST]; LONGEST]) {
    exchange::<T, 8>(tile);
    exchange::<T, 4>(tile);
    exchange::<T, 2>(tile);
    exchange::<T, 1>(tile);
}

#[inline(always)]
fn exchange<T: Copy, const SIDE: usize>(tile: &mut [[T; LONGEST]; LONGEST]) {
    for i in 0..LONGEST {
        if i & SIDE == 0 {
            let (upper, lower) = (tile[i], tile[i + SIDE]);
            for l in 0..LONGEST {
                if l & SIDE == 0 {
                    tile[i + SIDE][l] = upper[l + SIDE];
                } else {
                    tile[i][l] = lower[l - SIDE];
                }
            }
        }
    }
}

/// Writes the columns from `begin` on of `rows` to the rows of `columns`. Four rows of vectors are turned in registers, four columns at a time in each of their
/// quarters, so that only whole vectors are written; the compiler would move the numbers of [`turn_tile`] one by one.
#[inline(always)]
pub fn turn<S: Simd, const WIDTH: usize>(simd: S, rows: &[[f32; WIDTH]; LONGEST], begin: usize, columns: &mut Square) {
    if !S::F32_LANES.is_multiple_of(QUARTER) {
        return (0..LONGEST).for_each(|i| columns[i] = std::array::from_fn(|j| rows[j][begin + i]));
    }
    for first in (0..LONGEST).step_by(S::F32_LANES) {
        for column in (0..LONGEST).step_by(QUARTER) {
            let turned: [S::f32s; QUARTER] = std::array::from_fn(|r| {
                let mut row = [0.0; LONGEST];
                for at in (0..S::F32_LANES).step_by(QUARTER) {
                    row[at..at + QUARTER].copy_from_slice(&rows[first + at + r][begin + column..][..QUARTER]);
                }
                S::as_simd_f32s(&row).0[0]
            });
            for (to, vector) in columns[column..].iter_mut().zip(simd.deinterleave_shfl_f32s(turned)) {
                S::as_mut_simd_f32s(&mut to[first..]).0[0] = vector;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;

    struct Turn<'a>(&'a Square);

    impl WithSimd for Turn<'_> {
        type Output = Square;

        fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
            let mut columns = ZEROS;
            turn(simd, self.0, 0, &mut columns);
            columns
        }
    }

    #[test]
    fn rows_become_columns_on_all_kinds_of_processors() {
        let tile: Square = std::array::from_fn(|i| std::array::from_fn(|j| (i * 100 + j) as f32));
        let mut expected = tile;
        turn_tile(&mut expected);
        assert_eq!(expected[3][5], tile[5][3]);
        assert_eq!(Turn(&tile).with_simd(pulp::Scalar::new()), expected);
        assert_eq!(Arch::new().dispatch(Turn(&tile)), expected);
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            assert_eq!(Simd::vectorize(simd, Turn(&tile)), expected);
        }
    }
}
