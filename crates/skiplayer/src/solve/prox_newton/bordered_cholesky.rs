//! One factorisation for many sets of free variables.
//!
//! Between turns of the subproblem a few weights become zero and a few come back. Factorising anew costs L^3 / 3; holding
//! some variables of a factorised system and bordering it with others costs L^2 for each (block elimination).

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, MatRef, Side};

/// The Cholesky factorisation of H over a set of variables, and the columns of the inverse that were asked for.
pub struct BorderedCholesky {
    /// The variables of the factorisation.
    base: Vec<usize>,
    /// The place of each variable in `base`.
    place: Vec<Option<usize>>,
    factor: Llt<f64>,
    /// For a variable i of the base H^-1 e_i, for another H^-1 H_i; `None` until needed.
    columns: Vec<Option<Vec<f64>>>,
}

impl BorderedCholesky {
    /// Factorises `curvature` (L, L) over the `free` variables; `None` if it is not positive definite there.
    pub fn new(curvature: &[f64], free: &[bool]) -> Option<Self> {
        let n = free.len();
        let base: Vec<usize> = (0..n).filter(|&i| free[i]).collect();
        let mut place = vec![None; n];
        base.iter().enumerate().for_each(|(at, &i)| place[i] = Some(at));
        let mut matrix = Vec::with_capacity(base.len() * base.len());
        for &i in &base {
            let row = &curvature[i * n..][..n];
            matrix.extend(base.iter().map(|&j| row[j]));
        }
        let factor = MatRef::from_row_major_slice(&matrix, base.len(), base.len()).llt(Side::Lower).ok()?;
        Some(Self { base, place, factor, columns: vec![None; n] })
    }

    /// Whether solving for the `free` variables by way of this factorisation is cheaper than a new one.
    pub fn near(&self, free: &[bool]) -> bool {
        let n_different = (0..free.len()).filter(|&i| free[i] != self.place[i].is_some()).count();
        8 * n_different <= self.base.len()
    }

    /// Solves H_ff x = right_f for the `free` variables f, whose entries of `d` it overwrites. O(L^2) for each variable by which
    /// `free` differs from the factorised set. `None` if H_ff is not positive definite.
    pub fn solve(&mut self, curvature: &[f64], free: &[bool], right: &[f64], d: &mut [f64]) -> Option<()> {
        let n = free.len();
        // Variables of the base that are held at zero, and variables that come in addition.
        let out: Vec<usize> = self.base.iter().copied().filter(|&i| !free[i]).collect();
        let new: Vec<usize> = (0..n).filter(|&i| free[i] && self.place[i].is_none()).collect();
        self.prepare(curvature, out.iter().chain(&new).copied().collect());
        let column = |i: usize| self.columns[i].as_ref().expect("schema");

        let mut x = Mat::from_fn(self.base.len(), 1, |at, _| right[self.base[at]]);
        self.factor.solve_in_place(x.as_mut());
        // x - sum_new y H^-1 H_new - sum_out m H^-1 e_out, with the multipliers m such that x is zero where it is held:
        //   P m + Q y = x_out,  S y - Q' m = right_new - H_new x.
        let at_out = |i: usize| self.place[i].expect("in the base");
        let p = Mat::from_fn(out.len(), out.len(), |a, b| column(out[b])[at_out(out[a])]);
        let q = Mat::from_fn(out.len(), new.len(), |a, b| column(new[b])[at_out(out[a])]);
        let with_base = |i: usize, values: &dyn Fn(usize) -> f64| -> f64 {
            self.base.iter().enumerate().map(|(at, &j)| curvature[i * n + j] * values(at)).sum()
        };
        let s = Mat::from_fn(new.len(), new.len(), |a, b| {
            let z = column(new[b]);
            curvature[new[a] * n + new[b]] - with_base(new[a], &|at| z[at])
        });
        let x_out = Mat::from_fn(out.len(), 1, |a, _| x[(at_out(out[a]), 0)]);
        let rest = Mat::from_fn(new.len(), 1, |a, _| right[new[a]] - with_base(new[a], &|at| x[(at, 0)]));
        let p = p.llt(Side::Lower).ok()?;
        let y = (s + q.transpose() * p.solve(&q)).llt(Side::Lower).ok()?.solve(rest + q.transpose() * p.solve(&x_out));
        let m = p.solve(&x_out - &q * &y);
        for (a, &i) in new.iter().enumerate() {
            column(i).iter().enumerate().for_each(|(at, z)| x[(at, 0)] -= y[(a, 0)] * z);
            d[i] = y[(a, 0)];
        }
        for (a, &i) in out.iter().enumerate() {
            column(i).iter().enumerate().for_each(|(at, z)| x[(at, 0)] -= m[(a, 0)] * z);
        }
        for (at, &i) in self.base.iter().enumerate().filter(|&(_, &i)| free[i]) {
            d[i] = x[(at, 0)];
        }
        Some(())
    }

    /// Computes the columns of `variables` that are not there yet, all at once.
    fn prepare(&mut self, curvature: &[f64], variables: Vec<usize>) {
        let n = self.place.len();
        let missing: Vec<usize> = variables.into_iter().filter(|&i| self.columns[i].is_none()).collect();
        if missing.is_empty() {
            return;
        }
        let mut z = Mat::from_fn(self.base.len(), missing.len(), |at, c| {
            let i = missing[c];
            if self.place[i].is_some() {
                f64::from(u8::from(self.base[at] == i))
            } else {
                curvature[i * n + self.base[at]]
            }
        });
        self.factor.solve_in_place(z.as_mut());
        for (c, &i) in missing.iter().enumerate() {
            self.columns[i] = Some(z.col(c).iter().copied().collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Random;

    fn positive_definite(n: usize, random: &mut Random) -> Vec<f64> {
        let root = Mat::from_fn(n, n, |_, _| random.normal());
        let product = root.transpose() * &root;
        (0..n * n).map(|at| product[(at / n, at % n)] + if at / n == at % n { 0.1 } else { 0.0 }).collect()
    }

    proptest! {
        #[test]
        fn bordering_is_factorising_anew(n in 1usize..30, seed: u64) {
            let mut random = Random::simulated(seed);
            let curvature = positive_definite(n, &mut random);
            let right: Vec<f64> = (0..n).map(|_| random.normal()).collect();
            let first: Vec<bool> = (0..n).map(|_| random.uniform() < 0.7).collect();
            let mut factor = BorderedCholesky::new(&curvature, &first).expect("positive definite");
            for _ in 0..3 {
                let free: Vec<bool> = (0..n).map(|_| random.uniform() < 0.6).collect();
                let mut bordered = vec![7.0; n];
                factor.solve(&curvature, &free, &right, &mut bordered).expect("positive definite");
                let mut anew = vec![7.0; n];
                let mut direct = BorderedCholesky::new(&curvature, &free).expect("positive definite");
                direct.solve(&curvature, &free, &right, &mut anew).expect("positive definite");
                for i in 0..n {
                    prop_assert!((bordered[i] - anew[i]).abs() < 1e-6 * (1.0 + anew[i].abs()), "{bordered:?}, {anew:?}");
                    if free[i] {
                        let left: f64 = (0..n).filter(|&j| free[j]).map(|j| curvature[i * n + j] * anew[j]).sum();
                        prop_assert!((left - right[i]).abs() < 1e-6 * (1.0 + right[i].abs()));
                    } else {
                        prop_assert_eq!(bordered[i], 7.0);
                    }
                }
            }
        }
    }

    #[test]
    fn an_indefinite_border_is_noticed() {
        let curvature = [1.0, 0.0, 0.0, -1.0];
        let mut factor = BorderedCholesky::new(&curvature, &[true, false]).expect("positive definite");
        assert!(factor.solve(&curvature, &[true, true], &[1.0, 1.0], &mut [0.0, 0.0]).is_none());
        assert!(BorderedCholesky::new(&curvature, &[true, true]).is_none());
    }
}
