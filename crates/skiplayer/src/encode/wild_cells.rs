//! Numbers so far away that they alone set the scale of their column.

use crate::table::cell::short_text;

/// Half of the cells lie within this share of a standard deviation: the column is two values to a network, a few cells and all
/// others. One cell of 10^8 among 300 standard normal ones gives 10^-7, log-normal columns of sigma 3 about 10^-2.
const SHARE: f64 = 1e-3;

/// What to say of a column whose standard deviation `scale` comes from a few cells far away. `present` are its cells that are not
/// missing, `rows` their rows for a reader.
///
/// O(n).
pub fn wild_cells(name: &str, present: &[f64], rows: &[usize], scale: f64) -> Option<String> {
    let n = present.len();
    if n < 8 || !scale.is_finite() {
        return None;
    }
    let mut ordered = present.to_vec();
    let (low, high) = (n / 4, n - 1 - n / 4);
    let high = *ordered.select_nth_unstable_by(high, f64::total_cmp).1;
    let low = *ordered.select_nth_unstable_by(low, f64::total_cmp).1;
    // Where most cells are one value (counts that are mostly zero), the others are what the column is about.
    if high <= low || high - low >= SHARE * scale {
        return None;
    }
    let middle = low + (high - low) / 2.0;
    let far = (0..n).max_by(|&a, &b| (present[a] - middle).abs().total_cmp(&(present[b] - middle).abs()))?;
    Some(format!(
        "column `{name}` holds {} in row {}, but half of its cells lie between {} and {}: such cells set the scale, and all others \
         look alike to the model (a code for a missing cell? Else logarithms may help)",
        short_text(present[far]),
        rows[far],
        short_text(low),
        short_text(high),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::Standard;
    use crate::random::Random;

    fn said(cells: &[f64]) -> Option<String> {
        let rows: Vec<usize> = (1..=cells.len()).collect();
        wild_cells("v", cells, &rows, Standard::learn(cells, &vec![1.0; cells.len()]).scale)
    }

    #[test]
    fn a_code_among_measurements_is_named() {
        let mut random = Random::simulated(1);
        let mut cells: Vec<f64> = (0..300).map(|_| random.normal()).collect();
        assert_eq!(said(&cells), None);
        cells[41] = 1e8;
        let said = said(&cells).unwrap();
        assert!(
            said.starts_with("column `v` holds 100000000 in row 42, but half of its cells lie between -0."),
            "{said}"
        );
    }

    #[test]
    fn heavy_tails_counts_and_constants_are_as_they_are() {
        let mut random = Random::simulated(2);
        let tails: Vec<f64> = (0..1000).map(|_| (3.0 * random.normal()).exp()).collect();
        let counts: Vec<f64> = (0..1000).map(|i| if i % 50 == 0 { 1e6 } else { 0.0 }).collect();
        assert_eq!((said(&tails), said(&counts), said(&[2.0; 50]), said(&[])), (None, None, None, None));
    }
}
