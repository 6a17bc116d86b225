//! The spread of coefficients by leaving out one group after another.
//!
//! ```text
//!  V = (G - 1)/G  sum over groups of d_g d_g',   d_g = (A - A_g)^-1 s_g
//!  A = X' W X over all rows, A_g its part of group g,   s_g = sum of x_i (y_i - mu_i) over the group
//! ```
//!
//! The jackknife CV3 of MacKinnon, Nielsen & Webb (2023, "Fast and reliable jackknife and bootstrap methods for cluster-robust
//! inference"), about the coefficients of all rows; also called CR3 (Bell & McCaffrey 2002). For squared error `-d_g` is by how much the
//! coefficients change without the group, exactly; for other losses it is one step of Fisher's scoring from the fit of all rows, with the
//! weights of that fit. Intervals take Student's t with G - 1 degrees of freedom.
//!
//! CR1 (Liang & Zeger 1986) has `A^-1 s_g`: residuals that the group has itself drawn to the line. With ten groups its intervals
//! cover 0.89 instead of 0.95.

use std::collections::BTreeMap;

use faer::linalg::solvers::Llt;
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{Mat, Par, Side};

use super::determined::ALONE;

/// What a group adds to the sums of all rows, for c coefficients.
pub struct Part {
    /// (c, r): root root' is the Fisher information A_g.
    pub root: Mat<f64>,
    /// (c, 1): s_g.
    pub score: Mat<f64>,
}

/// Changes (G, c) of c coefficients, whose squares and products add up to V, by the factor of `A` and by what the rows of a group add to
/// it. Directions that a group decides alone are left out of its part: without the group they are not determined, and the others do not
/// depend on them.
///
/// O(r c² + min(r, c)³) time a group. `None` with fewer than two groups, or where a decomposition fails.
pub fn changes(whole: &Llt<f64>, groups: &[usize], part: impl Fn(&[usize]) -> Part) -> Option<Mat<f64>> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    groups.iter().enumerate().for_each(|(i, group)| members.entry(*group).or_default().push(i));
    let n_groups = members.len();
    if n_groups < 2 {
        return None;
    }
    let mut changes = Mat::<f64>::zeros(whole.L().nrows(), n_groups);
    for (g, rows) in members.values().enumerate() {
        let Part { mut root, mut score } = part(rows);
        solve_lower_triangular_in_place(whole.L(), root.as_mut(), Par::Seq);
        solve_lower_triangular_in_place(whole.L(), score.as_mut(), Par::Seq);
        changes.col_mut(g).copy_from(without(&root, &score)?.col(0));
    }
    solve_upper_triangular_in_place(whole.L().transpose(), changes.as_mut(), Par::Seq);
    let factor = ((n_groups - 1) as f64 / n_groups as f64).sqrt();
    Some(Mat::from_fn(n_groups, changes.nrows(), |g, c| factor * changes[(c, g)]))
}

/// (I - root root')^-1 score, (c, 1), in the directions in which it exists: A is the identity here, and the eigenvalues of the
/// information `root root'` of a group are its leverages, from 0 to 1.
fn without(root: &Mat<f64>, score: &Mat<f64>) -> Option<Mat<f64>> {
    if root.ncols() < root.nrows() {
        // The same by the smaller matrix (Woodbury).
        let eigen = (root.transpose() * root).self_adjoint_eigen(Side::Lower).ok()?;
        let directions = root * eigen.U();
        let mut along = directions.transpose() * score;
        for at in 0..along.nrows() {
            let leverage = eigen.S()[at];
            along[(at, 0)] *= if leverage > ALONE { -1.0 / leverage } else { 1.0 / (1.0 - leverage) };
        }
        return Some(score + directions * along);
    }
    let eigen = (root * root.transpose()).self_adjoint_eigen(Side::Lower).ok()?;
    let mut along = eigen.U().transpose() * score;
    for at in 0..along.nrows() {
        let leverage = eigen.S()[at];
        along[(at, 0)] *= if leverage > ALONE { 0.0 } else { 1.0 / (1.0 - leverage) };
    }
    Some(eigen.U() * along)
}

#[cfg(test)]
mod tests {
    use faer::prelude::SolveLstsq;
    use proptest::prelude::*;

    use super::super::standard_errors::root_of_sums;
    use super::*;
    use crate::random::Random;

    /// Least squares of y on the columns of x, over some rows.
    fn least_squares(x: &Mat<f64>, y: &[f64], weight: &[f64], rows: &[usize]) -> Mat<f64> {
        let root = |i: usize| weight[rows[i]].sqrt();
        let x = Mat::from_fn(rows.len(), x.ncols(), |i, c| root(i) * x[(rows[i], c)]);
        let y = Mat::from_fn(rows.len(), 1, |i, _| root(i) * y[rows[i]]);
        x.qr().solve_lstsq(&y)
    }

    fn of_least_squares(x: &Mat<f64>, y: &[f64], weight: &[f64], groups: &[usize]) -> Vec<f64> {
        let all: Vec<usize> = (0..y.len()).collect();
        let coef = least_squares(x, y, weight, &all);
        let residual = |i: usize| y[i] - (0..x.ncols()).map(|c| x[(i, c)] * coef[(c, 0)]).sum::<f64>();
        let weighted = Mat::from_fn(x.nrows(), x.ncols(), |i, c| weight[i] * x[(i, c)]);
        let whole = (x.transpose() * weighted).llt(Side::Lower).unwrap();
        let part = |rows: &[usize]| Part {
            root: Mat::from_fn(x.ncols(), rows.len(), |c, i| weight[rows[i]].sqrt() * x[(rows[i], c)]),
            score: Mat::from_fn(x.ncols(), 1, |c, _| {
                rows.iter().map(|&i| weight[i] * x[(i, c)] * residual(i)).sum::<f64>()
            }),
        };
        root_of_sums(&changes(&whole, groups, part).unwrap())
    }

    /// The same by as many fits as there are groups, with those columns that a fit is asked for.
    fn by_refits(
        x: &Mat<f64>,
        y: &[f64],
        weight: &[f64],
        groups: &[usize],
        columns: impl Fn(usize) -> Vec<usize>,
    ) -> Vec<f64> {
        let all: Vec<usize> = (0..y.len()).collect();
        let n_groups = groups.iter().max().unwrap() + 1;
        let coef = least_squares(x, y, weight, &all);
        let mut sums = vec![0.0; x.ncols()];
        for g in 0..n_groups {
            let rows: Vec<usize> = all.iter().copied().filter(|&i| groups[i] != g).collect();
            let kept = columns(g);
            let part = Mat::from_fn(x.nrows(), kept.len(), |i, c| x[(i, kept[c])]);
            let without = least_squares(&part, y, weight, &rows);
            kept.iter().enumerate().for_each(|(at, &c)| sums[c] += (without[(at, 0)] - coef[(c, 0)]).powi(2));
        }
        sums.iter().map(|sum| (sum * (n_groups as f64 - 1.0) / n_groups as f64).sqrt()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Groups smaller and larger than the number of coefficients, with weights.
        #[test]
        fn least_squares_errors_are_those_of_refits_without_each_group(
            n_groups in 5..12_usize, rows in 3..20_usize, width in 1..5_usize, seed in 0..10_000_u64,
        ) {
            let mut random = Random::new(seed, 0);
            let n = n_groups * rows;
            let x = Mat::from_fn(n, width, |_, c| if c == 0 { 1.0 } else { random.normal() });
            let y: Vec<f64> = (0..n).map(|_| random.normal()).collect();
            let weight: Vec<f64> = (0..n).map(|_| 0.5 + random.uniform()).collect();
            let groups: Vec<usize> = (0..n).map(|i| if i < n_groups { i } else { (i * i + i / 3) % n_groups }).collect();
            let found = of_least_squares(&x, &y, &weight, &groups);
            let expected = by_refits(&x, &y, &weight, &groups, |_| (0..width).collect());
            for (found, expected) in found.iter().zip(&expected) {
                prop_assert!((found / expected - 1.0).abs() < 1e-9, "{} and {}", found, expected);
            }
        }
    }

    /// Group 0 is the only one with a value in the last column: without it the others are estimated without that column.
    #[test]
    fn a_direction_that_a_group_decides_alone_bears_on_no_other_coefficient() {
        for rows in [2, 6] {
            let mut random = Random::new(4, rows as u64);
            let n = 7 * rows;
            let groups: Vec<usize> = (0..n).map(|i| i % 7).collect();
            let x = Mat::from_fn(n, 4, |i, c| match c {
                0 => 1.0,
                3 => f64::from(u8::from(groups[i] == 0)) * (1.0 + random.uniform()),
                _ => random.normal(),
            });
            let y: Vec<f64> = (0..n).map(|_| random.normal()).collect();
            let weight = vec![1.0; n];
            let found = of_least_squares(&x, &y, &weight, &groups);
            let expected =
                by_refits(&x, &y, &weight, &groups, |g| if g == 0 { vec![0, 1, 2] } else { vec![0, 1, 2, 3] });
            for c in 0..3 {
                assert!((found[c] / expected[c] - 1.0).abs() < 1e-9, "{found:?}, expected {expected:?}");
            }
        }
    }
}
