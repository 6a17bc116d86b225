//! Standard errors of the best line: robust to unequal variances, to a line that is not the truth, and to rows in groups.
//!
//! ```text
//!  V = B (sum of u u') B,   B = (X' W X)^-1,   W the Fisher information of each row at the line
//!  HC3 (MacKinnon & White 1985):  u_i = x_i (y_i - mu_i) / (1 - h_i), one a row; h_i the leverage
//! ```
//!
//! Rows in groups have those of the jackknife over groups, CR3: see `leave_group_out`.
//!
//! Several classes: all scores at once, x_i (x) (y_i - mu_i), with the residuals of a row divided by I - H_i as a matrix, H_i the
//! classes' leverage block; scores are centred over classes, and so are coefficients and their errors.
//!
//! Where the rows do not determine a coefficient it has no error, and the others keep theirs: see `determined`.
//!
//! They are those of a fit that is free: the choice of inputs and the shrinkage of a priced fit are not in them.

use std::collections::{BTreeMap, HashMap};

use faer::linalg::solvers::{DenseSolveCore, Solve};
use faer::{Mat, Side};

use super::determined::{Determined, Unknown};
use super::leave_group_out::{self, Part};
use super::projection::LinearPart;
use super::responses::Responses;
use super::{of_durations, of_ordered};
use crate::loss::Loss;
use crate::matrix::Matrix;

/// Rows with a leverage this close to one determine a coefficient alone.
const OWN_COEFFICIENT: f64 = 1e-8;
/// Beyond so many multiplications nobody waits.
const MOST_WORK: usize = 200_000_000_000;

/// Standard errors, and what has none.
#[derive(Debug, Clone, PartialEq)]
pub struct StandardErrors {
    /// (K, p); `Some(0)` for inputs that are not in use.
    pub values: Vec<Option<f64>>,
    /// Inputs without one, and why.
    pub unknown: Vec<(usize, Unknown)>,
    /// Rows that the line is certain of, which bear on no error.
    pub n_certain: usize,
}

/// What errors are made of.
struct Spread {
    /// (r, K width), see [`Responses::changes`].
    changes: Mat<f64>,
    /// Positions in the inputs in use that it is of.
    columns: Vec<usize>,
    /// Positions in the inputs in use without an error, and why.
    unknown: BTreeMap<usize, Unknown>,
    n_certain: usize,
}

impl StandardErrors {
    /// A sentence for each reason why coefficients have no standard error.
    pub fn remarks(&self, names: &[String]) -> Vec<String> {
        [Unknown::Collinear, Unknown::Separated, Unknown::OneRow, Unknown::OneGroup]
            .into_iter()
            .filter_map(|why| {
                let inputs: Vec<&str> =
                    self.unknown.iter().filter(|(_, own)| *own == why).map(|(j, _)| names[*j].as_str()).collect();
                let which = names_text(&inputs)?;
                let rows = self.n_certain;
                Some(match why {
                    Unknown::Collinear => format!(
                        "no standard error for {which}: these columns determine each other, so that only combinations of their coefficients \
                         are known, such as the sum for two equal columns"
                    ),
                    Unknown::Separated => format!(
                        "no standard error for {which}: {rows} rows have only one answer whatever the other inputs (separation), and the data \
                         say that the effect is large, not how large"
                    ),
                    Unknown::OneRow => format!("no standard error for {which}: a single row decides the coefficient"),
                    Unknown::OneGroup => format!(
                        "no standard error for {which}: the rows of a single group decide the coefficient, and what groups have in common \
                         cannot be told from it"
                    ),
                })
            })
            .collect()
    }
}

/// Names in a sentence, a few of them; `None` where there are none.
fn names_text(names: &[&str]) -> Option<String> {
    const MOST: usize = 5;
    let shown: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    let more = match names.len().saturating_sub(MOST) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    (!names.is_empty()).then(|| shown.join(", ") + &more)
}

impl Responses<'_> {
    /// HC3, or with groups CR3; of durations those of the partial likelihood, or with groups Lin and Wei's.
    pub fn method(&self) -> &'static str {
        if self.durations.is_some() {
            return if self.groups.is_some() { "Lin-Wei" } else { "partial likelihood" };
        }
        if self.groups.is_some() { "CR3" } else { "HC3" }
    }

    /// Standard errors of the coefficients of `part` on the inputs `used`, in network units.
    ///
    /// `None` where there are none at all: not more rows than coefficients, or too many of both. O(n k²) time for k inputs in use,
    /// O(n (k K)²) for K classes and K times that with groups.
    pub fn standard_errors(&self, part: &LinearPart, used: &[usize]) -> Option<StandardErrors> {
        let (p, k) = (self.x.n_columns(), self.y.n_columns());
        let Spread { changes, columns, unknown, n_certain } = self.spread(part, used)?;
        let mut values = vec![Some(0.0); k * p];
        let errors = root_of_sums(&changes);
        let width = columns.len() + 1;
        for (o, (c, &at)) in (0..k).flat_map(|o| columns.iter().enumerate().map(move |at| (o, at))) {
            let error = errors[o * width + c + 1];
            values[o * p + used[at]] = error.is_finite().then_some(error);
        }
        for &at in unknown.keys() {
            (0..k).for_each(|o| values[o * p + used[at]] = None);
        }
        let unknown = unknown.into_iter().map(|(at, why)| (used[at], why)).collect();
        Some(StandardErrors { values, unknown, n_certain })
    }

    /// Covariances of the constant and the coefficients of `part` on the inputs `used`, all of the first output, then of the next:
    /// (K (used + 1), K (used + 1)), in network units. NaN where a coefficient has no error.
    ///
    /// `None` and time as for [`standard_errors`](Self::standard_errors).
    pub fn covariance(&self, part: &LinearPart, used: &[usize]) -> Option<Matrix> {
        let k = self.y.n_columns();
        let Spread { changes, columns, unknown, .. } = self.spread(part, used)?;
        // A constant beside coefficients that are not known is not known either.
        let is_known = |at: usize| if at == 0 { unknown.is_empty() } else { !unknown.contains_key(&(at - 1)) };
        let place =
            |at: usize| if at == 0 { Some(0) } else { columns.iter().position(|&c| c == at - 1).map(|c| c + 1) };
        let places: Vec<Option<usize>> = (0..=used.len()).map(|at| place(at).filter(|_| is_known(at))).collect();
        let products = changes.transpose() * &changes;
        let (own, all) = (columns.len() + 1, used.len() + 1);
        let at = |c: usize| places[c % all].map(|place| c / all * own + place);
        Some(Matrix::from_fn(k * all, k * all, |a, b| match (at(a), at(b)) {
            (Some(a), Some(b)) => products[(a, b)],
            _ => f64::NAN,
        }))
    }

    /// What errors are made of, where there are any.
    fn spread(&self, part: &LinearPart, used: &[usize]) -> Option<Spread> {
        let (n, k) = (self.x.n_rows(), self.y.n_columns());
        let together = if self.loss.couples_outputs() { (used.len() + 1) * k } else { used.len() + 1 };
        let times = if self.groups.is_some() { k } else { 1 };
        let work = n.saturating_mul(together).saturating_mul(together).saturating_mul(times);
        if n <= together || work > MOST_WORK {
            return None;
        }
        let Determined { rows, columns, unknown } = Determined::new(self, used);
        let independent: Vec<usize> = columns.iter().map(|&c| used[c]).collect();
        let mut eta = part.forward(self.x);
        self.terms().add_offset(eta.column_mut(0));
        let changes = if let Some(durations) = self.durations {
            let eta = durations.whole(part.forward(self.x).column(0));
            of_durations::changes(self, durations, &eta, &independent)
        } else if let Loss::Ordinal(own) = self.loss {
            of_ordered::changes(self, own, part, &independent)
        } else if rows.len() == n {
            self.changes(&eta, &independent)
        } else {
            let pick = |matrix: &Matrix| matrix.select_rows(&rows);
            let (x, y) = (pick(self.x), pick(self.y));
            let weight: Vec<f64> = rows.iter().map(|&i| self.weight[i]).collect();
            // The predictors have it already.
            let offset = &[];
            let groups: Option<Vec<usize>> = self.groups.map(|groups| renumbered(rows.iter().map(|&i| groups[i])));
            let some = Responses {
                x: &x,
                y: &y,
                weight: &weight,
                offset,
                loss: self.loss,
                groups: groups.as_deref(),
                durations: None,
            };
            some.changes(&pick(&eta), &independent)
        }?;
        Some(Spread { changes, columns, unknown, n_certain: n - rows.len() })
    }

    /// Changes (r, K width) of constants and coefficients on inputs whose columns are independent, whose squares and products add up to
    /// their covariances.
    fn changes(&self, eta: &Matrix, used: &[usize]) -> Option<Mat<f64>> {
        if self.x.n_rows() <= used.len() + 1 {
            return None;
        }
        if self.loss.couples_outputs() {
            return self.of_classes(eta, used);
        }
        let k = self.y.n_columns();
        let of_output = |o: usize| self.of_output(o, eta.column(o), self.y.column(o), used);
        let parts: Vec<Mat<f64>> = (0..k).map(of_output).collect::<Option<_>>()?;
        let width = used.len() + 1;
        Some(Mat::from_fn(parts.first()?.nrows(), k * width, |i, at| parts[at / width][(i, at % width)]))
    }

    /// Of output `o` with linear predictors `eta` and responses `y`, the constant first.
    fn of_output(&self, o: usize, eta: &[f64], y: &[f64], used: &[usize]) -> Option<Mat<f64>> {
        let (n, width, loss) = (eta.len(), used.len() + 1, self.loss.of_output(o));
        // The derivative of the loss: w (mu - y) where the link is canonical.
        let mut slope = vec![0.0; n];
        loss.exact().value_gradient::<f64, pulp::Scalar>(eta, y, self.weight, &mut slope);
        let information = loss.expected_curvature(eta, y, self.weight);
        let x = Mat::from_fn(n, width, |i, c| if c == 0 { 1.0 } else { self.x.get(i, used[c - 1]) });
        let weighted = Mat::from_fn(n, width, |i, c| information[i] * x[(i, c)]);
        let whole = (x.transpose() * &weighted).llt(Side::Lower).ok()?;
        let residual = |i: usize| -slope[i];
        if let Some(groups) = self.groups {
            let part = |rows: &[usize]| Part {
                root: Mat::from_fn(width, rows.len(), |c, i| information[rows[i]].sqrt() * x[(rows[i], c)]),
                score: Mat::from_fn(width, 1, |c, _| rows.iter().map(|&i| x[(i, c)] * residual(i)).sum::<f64>()),
            };
            return leave_group_out::changes(&whole, groups, part);
        }
        let influence = &x * whole.inverse();
        let leverage = |i: usize| (0..width).map(|c| weighted[(i, c)] * influence[(i, c)]).sum::<f64>();
        let room: Vec<f64> = (0..n).map(|i| 1.0 - leverage(i)).collect();
        // A row that determines a coefficient alone has no residual, and says nothing of the others.
        let raised = |i: usize| if room[i] > OWN_COEFFICIENT { residual(i) / room[i] } else { 0.0 };
        Some(Mat::from_fn(n, width, |i, c| influence[(i, c)] * raised(i)))
    }

    /// Of several classes with linear predictors `eta` (n, K), inputs within classes, the constant first.
    fn of_classes(&self, eta: &Matrix, used: &[usize]) -> Option<Mat<f64>> {
        let (n, k, width) = (eta.n_rows(), self.y.n_columns(), used.len() + 1);
        let mut mean = eta.values().to_vec();
        self.loss.mean_in_place(&mut mean, n);
        let mean = |i: usize, o: usize| mean[o * n + i];
        let x = |i: usize, c: usize| if c == 0 { 1.0 } else { self.x.get(i, used[c - 1]) };
        // Fisher information of a row: (diag(mu) - mu mu') (x) x x'.
        let information =
            |i: usize, a: usize, b: usize| self.weight[i] * mean(i, a) * (f64::from(u8::from(a == b)) - mean(i, b));
        let mut bread = Mat::<f64>::zeros(k * width, k * width);
        let inputs = Mat::from_fn(n, width, x);
        for a in 0..k {
            for b in 0..=a {
                let weighted = Mat::from_fn(n, width, |i, c| information(i, a, b) * inputs[(i, c)]);
                let block = inputs.transpose() * &weighted;
                for (c, d) in (0..width).flat_map(|c| (0..width).map(move |d| (c, d))) {
                    bread[(a * width + c, b * width + d)] = block[(c, d)];
                    bread[(b * width + d, a * width + c)] = block[(c, d)];
                }
            }
        }
        // What all classes have in common is not determined, and no score points there: any curvature will do.
        let common = (0..k * width).map(|c| bread[(c, c)]).sum::<f64>() / (k * width) as f64 / k as f64;
        for c in 0..width {
            for (a, b) in (0..k).flat_map(|a| (0..k).map(move |b| (a, b))) {
                bread[(a * width + c, b * width + c)] += common;
            }
        }
        let whole = bread.llt(Side::Lower).ok()?;
        let residuals = Mat::from_fn(n, k, |i, o| self.weight[i] * (self.y.get(i, o) - mean(i, o)));
        if let Some(groups) = self.groups {
            let part = |rows: &[usize]| self.of_classes_in(rows, eta, &inputs, &residuals);
            return leave_group_out::changes(&whole, groups, part);
        }
        let bread = whole.inverse();
        let raised = raised_residuals(&residuals, &inputs, &bread, information);
        let scores = Mat::from_fn(n, k * width, |i, at| raised[(i, at / width)] * inputs[(i, at % width)]);
        Some(scores * bread)
    }

    /// What the rows of a group add for several classes: inputs (n, width) with the constant, residuals (n, K).
    fn of_classes_in(&self, rows: &[usize], eta: &Matrix, inputs: &Mat<f64>, residuals: &Mat<f64>) -> Part {
        let (k, width) = (residuals.ncols(), inputs.ncols());
        // Of each row K vectors, whose outer products add up to the information of its scores.
        let mut roots = vec![0.0; rows.len() * k * k];
        for (root, &i) in roots.chunks_exact_mut(k * k).zip(rows) {
            let eta: Vec<f64> = (0..k).map(|o| eta.get(i, o)).collect();
            self.loss.information_root(&eta, root);
            root.iter_mut().for_each(|entry| *entry *= self.weight[i].sqrt());
        }
        Part {
            root: Mat::from_fn(k * width, rows.len() * k, |at, r| {
                roots[r * k + at / width] * inputs[(rows[r / k], at % width)]
            }),
            score: Mat::from_fn(k * width, 1, |at, _| {
                rows.iter().map(|&i| residuals[(i, at / width)] * inputs[(i, at % width)]).sum::<f64>()
            }),
        }
    }
}

/// Residuals (n, K) of several classes, each row's divided by I - H_i, H_i its leverage: inputs (n, width), bread (K width, K width),
/// `information` of a row and two classes. A row that determines a coefficient alone has none.
fn raised_residuals(
    residuals: &Mat<f64>,
    inputs: &Mat<f64>,
    bread: &Mat<f64>,
    information: impl Fn(usize, usize, usize) -> f64,
) -> Mat<f64> {
    let (n, k, width) = (residuals.nrows(), residuals.ncols(), inputs.ncols());
    let mut raised = Mat::zeros(n, k);
    for i in 0..n {
        // (x' B_ab x) for each pair of classes, and with the information the leverage of the row.
        let spread = Mat::from_fn(k, k, |a, b| {
            let row =
                |c: usize| (0..width).map(|d| bread[(a * width + c, b * width + d)] * inputs[(i, d)]).sum::<f64>();
            (0..width).map(|c| inputs[(i, c)] * row(c)).sum::<f64>()
        });
        let own = Mat::from_fn(k, k, |a, b| information(i, a, b));
        let room = Mat::<f64>::identity(k, k) - own * spread;
        if room.determinant().abs() > OWN_COEFFICIENT {
            let solved = room.partial_piv_lu().solve(residuals.row(i).transpose().as_mat());
            (0..k).for_each(|o| raised[(i, o)] = solved[(o, 0)]);
        }
    }
    raised
}

/// Roots of the sums of squares of each column.
pub(super) fn root_of_sums(influence: &Mat<f64>) -> Vec<f64> {
    (0..influence.ncols()).map(|c| influence.col(c).iter().map(|u| u * u).sum::<f64>().sqrt()).collect()
}

/// Labels as 0, 1, ... without gaps.
pub(crate) fn renumbered(labels: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut numbers = HashMap::new();
    labels
        .map(|label| {
            let next = numbers.len();
            *numbers.entry(label).or_insert(next)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::{Loss, NegativeBinomial, Tweedie};
    use crate::solve::{PathOptions, linear_path};

    const A: [f64; 12] = [0.5, -1.2, 2.1, 0.3, -0.7, 1.6, -2.0, 0.9, 1.1, -0.4, 0.0, -1.5];
    const B: [f64; 12] = [1.0, 0.2, -0.5, 1.7, -1.1, 0.4, 0.6, -2.2, 0.8, -0.3, 1.3, -0.9];
    const NUMBER: [f64; 12] = [2.3, -0.8, 3.9, 1.0, -1.4, 5.2, -1.1, 0.2, 3.0, -0.2, 1.6, -3.5];
    const EVENT: [f64; 12] = [1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0];
    const COUNT: [f64; 12] = [3.0, 1.0, 6.0, 0.0, 1.0, 4.0, 0.0, 2.0, 1.0, 1.0, 2.0, 0.0];
    const GROUP: [usize; 12] = [0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4];
    const WEIGHT: [f64; 12] = [1.0, 2.0, 1.0, 0.5, 1.0, 1.5, 1.0, 1.0, 0.5, 1.0, 0.5, 1.0];

    const NEGATIVE_BINOMIAL: Loss = Loss::NegativeBinomial(NegativeBinomial { theta: 1.7 });
    const TWEEDIE: Loss = Loss::Tweedie(Tweedie { power: 1.6 });

    /// HC3 by R 4.2.2: `f <- lm(y ~ a + b)` or `glm(…)` with `epsilon = 1e-15`, `B <- summary(f)$cov.unscaled`,
    /// `X <- model.matrix(f)`, `r <- residuals(f, "response")` (times the weights). the errors are
    /// `sqrt(diag(B %*% t(X) %*% diag((r/(1 - hatvalues(f)))^2) %*% X %*% B))`, which is also `sqrt(diag(sandwich::vcovHC(f)))`.
    /// The last three by `hc3` of `benchmarks/reference/losses.R`, whose scores are over the variance.
    /// CR3 by statsmodels 0.15.0: `full = GLM(y, X, family=…, var_weights=w).fit(tol=1e-14).params`, for each group
    /// `d = GLM(…without the group…).fit(start_params=full, maxiter=1).params - full`, and `sqrt(4/5 * sum(d**2))`.
    #[test]
    fn agrees_with_r_and_statsmodels() {
        let cases = [
            (Loss::Squared, NUMBER, false, false, [0.294186673967, 0.290883549666]),
            (Loss::Squared, NUMBER, false, true, [0.131992735309, 0.252777375150]),
            (Loss::Squared, NUMBER, true, false, [0.285015485533, 0.262336441221]),
            (Loss::Squared, NUMBER, true, true, [0.136507948201, 0.222187863149]),
            (Loss::Poisson, COUNT, false, false, [0.138601966993, 0.202107878333]),
            (Loss::Poisson, COUNT, false, true, [0.138749270210, 0.154331725815]),
            (Loss::Logistic, EVENT, false, false, [0.807729579254, 0.925588174326]),
            (Loss::Logistic, EVENT, false, true, [0.516096237925, 0.886576483018]),
            (Loss::Logistic, EVENT, true, true, [0.509769094810, 0.936193094736]),
            (Loss::Gamma, COUNT.map(|y| y + 0.5), false, false, [0.0975230512889, 0.1606724976916]),
            (NEGATIVE_BINOMIAL, COUNT, false, false, [0.156206354285, 0.213003676995]),
            (TWEEDIE, COUNT, false, false, [0.179409048052, 0.214561847622]),
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
            let responses = Responses { x: &x, y: &y, weight: &weight, offset: &[], loss, groups, durations: None };
            let errors =
                responses.standard_errors(&part, &[0, 2]).unwrap().values.into_iter().flatten().collect::<Vec<f64>>();
            assert_eq!(errors[1], 0.0);
            for (error, expected) in [errors[0], errors[2]].iter().zip(expected) {
                assert!((error / expected - 1.0).abs() < 1e-8, "{loss:?} {is_grouped}: {error}, expected {expected}");
            }
        }
    }

    /// R 4.2.2, in another form of the same model: the first class as reference, Newton's method from `X <- cbind(1, a, b)`, the
    /// information `kronecker(diag(p) - p %*% t(p), X[i,] %*% t(X[i,]))` without that class, and the errors of the centred
    /// coefficients by the linear map from the two free vectors to three that add up to zero. CR3 by statsmodels 0.15.0: `MNLogit`
    /// without a group, `-solve(hessian(full), score(full))` centred over classes.
    #[test]
    fn several_classes_agree_with_r_and_statsmodels() {
        const CLASS: [usize; 12] = [0, 1, 2, 1, 0, 2, 2, 1, 0, 2, 1, 0];
        let x = Matrix::from_columns(12, &[A.to_vec(), vec![7.0; 12], B.to_vec()]);
        let y = Matrix::from_fn(12, 3, |i, o| f64::from(u8::from(CLASS[i] == o)));
        let line = [
            [0.016318595, -0.140226122, -0.116776564],
            [-0.003550831, -0.045454488, 0.148735140],
            [-0.012767763, 0.185680610, -0.031958576],
        ];
        let part = LinearPart {
            intercept: line.iter().map(|of| of[0]).collect(),
            coef: line.iter().flat_map(|of| [of[1], 0.0, of[2]]).collect(),
            unit_lines: None,
            rank: 2,
            n_used: 2,
            converged: true,
        };
        let hc3 = [[0.435338354022, 0.545773771702], [0.448596634853, 0.898609809176], [0.59945469507, 0.517512905416]];
        let cr3 = [[0.247044667636, 0.582653439201], [0.343515332895, 0.881005857407], [0.36442011882, 0.428351140536]];
        for (groups, expected) in [(None, hc3), (Some(&GROUP[..]), cr3)] {
            let responses = Responses {
                x: &x,
                y: &y,
                weight: &[1.0; 12],
                offset: &[],
                loss: Loss::Softmax,
                groups,
                durations: None,
            };
            let errors =
                responses.standard_errors(&part, &[0, 2]).unwrap().values.into_iter().flatten().collect::<Vec<f64>>();
            for (o, expected) in expected.iter().enumerate() {
                assert_eq!(errors[o * 3 + 1], 0.0);
                for (error, expected) in [errors[o * 3], errors[o * 3 + 2]].iter().zip(expected) {
                    assert!((error / expected - 1.0).abs() < 1e-7, "{error}, expected {expected}");
                }
            }
        }
    }

    fn of(x: &[Vec<f64>], y: &[f64], loss: Loss, groups: Option<&[usize]>) -> StandardErrors {
        let n = y.len();
        let (x, y) = (Matrix::from_columns(n, x), Matrix::from_columns(n, &[y.to_vec()]));
        let weight = vec![1.0; n];
        let used: Vec<usize> = (0..x.n_columns()).collect();
        let options =
            PathOptions { lambdas: Some(vec![1e-6, 1e-9]), l1_ratio: 0.0, tol: 1e-10, ..PathOptions::default() };
        let fit = linear_path(&x, &y, &weight, loss, &options).unwrap().pop().unwrap();
        let part = LinearPart {
            intercept: fit.intercept,
            coef: fit.coef,
            unit_lines: None,
            rank: used.len(),
            n_used: used.len(),
            converged: true,
        };
        Responses { x: &x, y: &y, weight: &weight, offset: &[], loss, groups, durations: None }
            .standard_errors(&part, &used)
            .unwrap()
    }

    fn indicator(rows: &[usize]) -> Vec<f64> {
        (0..12).map(|i| f64::from(u8::from(rows.contains(&i)))).collect()
    }

    #[test]
    fn a_row_that_decides_a_coefficient_alone_leaves_the_others_their_errors() {
        let found = of(&[A.to_vec(), indicator(&[4])], &NUMBER, Loss::Squared, None);
        assert_eq!((found.values[1], &found.unknown[..]), (None, &[(1, Unknown::OneRow)][..]));
        // As without that row and its column.
        let rows: Vec<usize> = (0..12).filter(|&i| i != 4).collect();
        let pick = |values: &[f64]| rows.iter().map(|&i| values[i]).collect::<Vec<f64>>();
        let without = of(&[pick(&A)], &pick(&NUMBER), Loss::Squared, None);
        assert!((found.values[0].unwrap() / without.values[0].unwrap() - 1.0).abs() < 1e-6, "{found:?} {without:?}");
    }

    #[test]
    fn a_column_of_one_group_has_no_error_and_one_of_two_has() {
        let x = [A.to_vec(), indicator(&[2, 3]), indicator(&[4, 5, 7])];
        let found = of(&x, &NUMBER, Loss::Squared, Some(&GROUP));
        assert_eq!(found.unknown, [(1, Unknown::OneGroup)]);
        assert!(found.values[0].is_some() && found.values[1].is_none() && found.values[2].is_some());
    }

    #[test]
    fn equal_columns_have_no_errors_of_their_own() {
        let found = of(&[A.to_vec(), B.to_vec(), A.to_vec()], &NUMBER, Loss::Squared, None);
        assert_eq!(found.unknown, [(0, Unknown::Collinear), (2, Unknown::Collinear)]);
        let without = of(&[A.to_vec(), B.to_vec()], &NUMBER, Loss::Squared, None);
        assert!((found.values[1].unwrap() / without.values[1].unwrap() - 1.0).abs() < 1e-6, "{found:?} {without:?}");
    }

    #[test]
    fn a_level_with_one_answer_has_no_error_and_the_other_input_that_of_the_other_rows() {
        // Rows 0, 2 and 5 are events, all three.
        for (loss, y, level) in [(Loss::Logistic, EVENT, vec![0, 2, 5]), (Loss::Poisson, COUNT, vec![3, 6, 11])] {
            let found = of(&[B.to_vec(), indicator(&level)], &y, loss, None);
            assert_eq!((&found.unknown[..], found.n_certain), (&[(1, Unknown::Separated)][..], 3), "{loss:?}");
            let rows: Vec<usize> = (0..12).filter(|i| !level.contains(i)).collect();
            let pick = |values: &[f64]| rows.iter().map(|&i| values[i]).collect::<Vec<f64>>();
            let without = of(&[pick(&B)], &pick(&y), loss, None);
            let ratio = found.values[0].unwrap() / without.values[0].unwrap();
            assert!((ratio - 1.0).abs() < 1e-3, "{loss:?}: {found:?} {without:?}");
        }
    }

    /// In the level no row is of the third class: how far that class is from it nobody knows, and with it no centred coefficient of the level.
    #[test]
    fn a_level_without_one_of_several_classes_has_no_error() {
        const N: usize = 45;
        let level = |i: usize| f64::from(u8::from(i < 9));
        let number = |i: usize| (i as f64 * 12.9898).sin();
        let class = |i: usize| if i < 9 { i % 2 } else { (i + usize::from(number(i) > 0.5)) % 3 };
        let x = Matrix::from_fn(N, 2, |i, j| if j == 0 { number(i) } else { level(i) });
        let y = Matrix::from_fn(N, 3, |i, o| f64::from(u8::from(class(i) == o)));
        let options =
            PathOptions { lambdas: Some(vec![1e-6, 1e-10]), l1_ratio: 0.0, tol: 1e-9, ..PathOptions::default() };
        let fit = linear_path(&x, &y, &[1.0; N], Loss::Softmax, &options).unwrap().pop().unwrap();
        let (intercept, coef) = (fit.intercept, fit.coef);
        let part = LinearPart { intercept, coef, unit_lines: None, rank: 2, n_used: 2, converged: true };
        let responses = Responses {
            x: &x,
            y: &y,
            weight: &[1.0; N],
            offset: &[],
            loss: Loss::Softmax,
            groups: None,
            durations: None,
        };
        let found = responses.standard_errors(&part, &[0, 1]).unwrap();
        assert_eq!(found.unknown, [(1, Unknown::Separated)]);
        let given: Vec<bool> = found.values.iter().map(Option::is_some).collect();
        assert_eq!(given, [true, false, true, false, true, false]);
    }

    #[test]
    fn a_threshold_separates_and_has_no_error() {
        let event: Vec<f64> = A.iter().map(|a| f64::from(u8::from(*a > 0.2))).collect();
        let found = of(&[A.to_vec()], &event, Loss::Logistic, None);
        assert_eq!(found.unknown.first(), Some(&(0, Unknown::Separated)), "{found:?}");
    }
}
