//! Squares of numbers whose rows become columns.

/// Rows of a square, and the longest vector of single precision that there is.
pub const LONGEST: usize = 16;

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
