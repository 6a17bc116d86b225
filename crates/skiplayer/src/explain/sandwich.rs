//! Standard errors of the best line: robust to unequal variances, to a line that is not the truth, and to rows in groups.
//!
//! ```text
//!  V = B (sum of u u') B,   B = (X' W X)^-1,   W the Fisher information of each row at the line
//!  HC3 (MacKinnon & White 1985):  u_i = x_i (y_i - mu_i) / (1 - h_i), one a row; h_i the leverage
//!  CR1 (Liang & Zeger 1986):      u_g = sum of x_i (y_i - mu_i) over a group, V times G/(G-1) (n-1)/(n-k)
//! ```
//!
//! They are those of a fit that is free: the choice of inputs and the shrinkage of a priced fit are not in them.

use faer::linalg::solvers::DenseSolveCore;
use faer::{Mat, Side};

use super::LinearPart;
use crate::data::Matrix;
use crate::loss::Loss;

/// Rows with a leverage this close to one determine a coefficient alone.
const OWN_COEFFICIENT: f64 = 1e-8;
/// Beyond so many multiplications nobody waits.
const MOST_WORK: usize = 200_000_000_000;

/// What errors are of: responses y (n, K) of encoded rows x (n, p) with their weights, and which of them belong together.
#[derive(Debug, Clone, Copy)]
pub struct Responses<'a> {
    pub x: &'a Matrix,
    pub y: &'a Matrix,
    pub weight: &'a [f64],
    pub loss: Loss,
    /// Group of each row, numbered from 0.
    pub groups: Option<&'a [usize]>,
}

impl Responses<'_> {
    /// HC3, or with groups CR1.
    pub fn method(&self) -> &'static str {
        if self.groups.is_some() { "CR1" } else { "HC3" }
    }

    /// Standard errors (K, p) of the coefficients of `part` on the inputs `used`, in network units; 0 for other inputs.
    ///
    /// `None` where there are none: inputs that determine each other, more coefficients than rows, a row that determines a
    /// coefficient alone, several classes. O(n k²) time for k inputs in use.
    pub fn standard_errors(&self, part: &LinearPart, used: &[usize]) -> Option<Vec<f64>> {
        let (n, p, width) = (self.x.n_rows(), self.x.n_columns(), used.len() + 1);
        let work = n.saturating_mul(width).saturating_mul(width);
        if self.loss == Loss::Softmax || part.rank < part.n_used || n <= width || work > MOST_WORK {
            return None;
        }
        let eta = part.forward(self.x);
        let mut errors = vec![0.0; self.y.n_columns() * p];
        for o in 0..self.y.n_columns() {
            let of_output = self.of_output(eta.column(o), self.y.column(o), used)?;
            used.iter().zip(&of_output[1..]).for_each(|(&j, error)| errors[o * p + j] = *error);
        }
        errors.iter().all(|error| error.is_finite()).then_some(errors)
    }

    /// Of one output with linear predictors `eta` and responses `y`, the constant first.
    fn of_output(&self, eta: &[f64], y: &[f64], used: &[usize]) -> Option<Vec<f64>> {
        let (n, width) = (eta.len(), used.len() + 1);
        let mut mean = eta.to_vec();
        self.loss.mean_in_place(&mut mean, n);
        let information: Vec<f64> = (0..n)
            .map(|i| {
                let mut root = [0.0];
                self.loss.information_root(&eta[i..=i], &mut root);
                self.weight[i] * root[0] * root[0]
            })
            .collect();
        let x = Mat::from_fn(n, width, |i, c| if c == 0 { 1.0 } else { self.x.get(i, used[c - 1]) });
        let weighted = Mat::from_fn(n, width, |i, c| information[i] * x[(i, c)]);
        let bread = (x.transpose() * &weighted).llt(Side::Lower).ok()?.inverse();
        let influence = &x * &bread;
        let residual = |i: usize| self.weight[i] * (y[i] - mean[i]);
        let (scores, factor) = match self.groups {
            Some(groups) => {
                let n_groups = groups.iter().max().map_or(0, |g| g + 1);
                let mut sums = Mat::<f64>::zeros(n_groups, width);
                for i in 0..n {
                    (0..width).for_each(|c| sums[(groups[i], c)] += residual(i) * influence[(i, c)]);
                }
                let [rows, groups, width] = [n, n_groups, width].map(|count| count as f64);
                (sums, groups / (groups - 1.0) * (rows - 1.0) / (rows - width))
            }
            None => {
                let leverage = |i: usize| (0..width).map(|c| weighted[(i, c)] * influence[(i, c)]).sum::<f64>();
                let room: Vec<f64> = (0..n).map(|i| 1.0 - leverage(i)).collect();
                if !room.iter().all(|room| *room > OWN_COEFFICIENT) {
                    return None;
                }
                (Mat::from_fn(n, width, |i, c| influence[(i, c)] * residual(i) / room[i]), 1.0)
            }
        };
        let error = |c: usize| (factor * scores.col(c).iter().map(|u| u * u).sum::<f64>()).sqrt();
        Some((0..width).map(error).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::solve::{PathOptions, linear_path};

    const A: [f64; 12] = [0.5, -1.2, 2.1, 0.3, -0.7, 1.6, -2.0, 0.9, 1.1, -0.4, 0.0, -1.5];
    const B: [f64; 12] = [1.0, 0.2, -0.5, 1.7, -1.1, 0.4, 0.6, -2.2, 0.8, -0.3, 1.3, -0.9];
    const NUMBER: [f64; 12] = [2.3, -0.8, 3.9, 1.0, -1.4, 5.2, -1.1, 0.2, 3.0, -0.2, 1.6, -3.5];
    const EVENT: [f64; 12] = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0];
    const COUNT: [f64; 12] = [3.0, 1.0, 6.0, 0.0, 1.0, 4.0, 0.0, 2.0, 1.0, 1.0, 2.0, 0.0];
    const GROUP: [usize; 12] = [0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4];
    const WEIGHT: [f64; 12] = [1.0, 2.0, 1.0, 0.5, 1.0, 1.5, 1.0, 1.0, 0.5, 1.0, 0.5, 1.0];

    /// R 4.2.2: `f <- lm(y ~ a + b)` or `glm(…)` with `epsilon = 1e-15`, `B <- summary(f)$cov.unscaled`,
    /// `X <- model.matrix(f)`, `r <- residuals(f, "response")` (times the weights). HC3 is
    /// `sqrt(diag(B %*% t(X) %*% diag((r/(1 - hatvalues(f)))^2) %*% X %*% B))`, which is also
    /// `sqrt(diag(sandwich::vcovHC(f)))`; CR1 is `S <- rowsum(X*r, g)`, `sqrt(diag(B %*% t(S) %*% S %*% B)*5/4*11/9)`.
    #[test]
    fn agrees_with_r() {
        let cases = [
            (Loss::Squared, NUMBER, false, false, [0.294186673967, 0.290883549666]),
            (Loss::Squared, NUMBER, false, true, [0.112783388613, 0.254895419504]),
            (Loss::Squared, NUMBER, true, false, [0.285015485533, 0.262336441221]),
            (Loss::Poisson, COUNT, false, false, [0.138601966993, 0.202107878333]),
            (Loss::Poisson, COUNT, false, true, [0.122116619867, 0.159106847068]),
            (Loss::Logistic, EVENT, false, false, [0.807729579254, 0.925588174326]),
            (Loss::Logistic, EVENT, false, true, [0.422956284943, 0.829135509715]),
        ];
        // The second column is not in use.
        let x = Matrix::from_columns(12, &[A.to_vec(), vec![7.0; 12], B.to_vec()]);
        for (loss, y, is_weighted, is_grouped, expected) in cases {
            let y = Matrix::from_columns(12, &[y.to_vec()]);
            let weight = if is_weighted { WEIGHT } else { [1.0; 12] };
            let options = PathOptions { lambdas: Some(vec![0.0]), tol: 1e-12, ..PathOptions::default() };
            let fit = linear_path(&x.select_columns(&[0, 2]), &y, &weight, loss, &options).unwrap().remove(0);
            let part = LinearPart {
                intercept: fit.intercept,
                coef: vec![fit.coef[0], 0.0, fit.coef[1]],
                unit_lines: None,
                rank: 2,
                n_used: 2,
                converged: true,
            };
            let groups = is_grouped.then_some(&GROUP[..]);
            let responses = Responses { x: &x, y: &y, weight: &weight, loss, groups };
            let errors = responses.standard_errors(&part, &[0, 2]).unwrap();
            assert_eq!(errors[1], 0.0);
            for (error, expected) in [errors[0], errors[2]].iter().zip(expected) {
                assert!((error / expected - 1.0).abs() < 1e-8, "{loss:?} {is_grouped}: {error}, expected {expected}");
            }
        }
    }

    #[test]
    fn none_where_a_row_decides_alone() {
        let own = (0..12).map(|i| f64::from(u8::from(i == 4))).collect();
        let x = Matrix::from_columns(12, &[A.to_vec(), own]);
        let y = Matrix::from_columns(12, &[NUMBER.to_vec()]);
        let part = LinearPart {
            intercept: vec![0.0],
            coef: vec![1.0, 1.0],
            unit_lines: None,
            rank: 2,
            n_used: 2,
            converged: true,
        };
        let responses = Responses { x: &x, y: &y, weight: &[1.0; 12], loss: Loss::Squared, groups: None };
        assert_eq!(responses.standard_errors(&part, &[0, 1]), None);
        assert!(responses.standard_errors(&part, &[0]).is_some());
        assert_eq!(responses.standard_errors(&LinearPart { rank: 1, ..part }, &[0, 1]), None);
    }
}
