//! Which coefficients of a line the rows determine well enough for a standard error.
//!
//! | what is wrong | what a robust variance would say | coefficients without an error |
//! |---|---|---|
//! | columns that determine each other | rounding errors | those of the combination |
//! | a row, or a group, that determines a combination alone (leverage one) | nothing: its residual is zero by construction | those of the combination |
//! | a class without rows in some level | nearly nothing for that class | those of the level |
//! | separation: beyond some point the likelihood rises for ever (Albert & Anderson 1984; Heinze & Schemper 2002) | nearly nothing: the residuals vanish | those of the combination that only certain rows bear on |
//!
//! Each is a direction v of coefficients that the informative rows leave undetermined; a coefficient has an error where its entry in
//! every such v is zero. Firth's penalised likelihood (1993) would give a finite estimate and an interval in the separated case: the
//! errors of the remaining coefficients are those of the limit, in which the certain rows have left the likelihood.

use std::collections::BTreeMap;

use faer::{Mat, Side};

use super::responses::Responses;
use crate::loss::Loss;
use crate::matrix::Matrix;
use crate::solve::{PathOptions, linear_path};

/// A column of which the others leave less than this share of its length counts as determined by them.
const COLLINEAR: f64 = 1e-7;
/// Leverage from which a row or a group counts as the only one that bears on a combination.
pub const ALONE: f64 = 1.0 - 1e-8;
/// Entries of an undetermined direction, in columns of length one, below which a coefficient takes no part in it.
const NO_PART: f64 = 1e-6;
/// Variance of a response at the fit, relative to that of the constant fit, below which its row is certain.
const CERTAIN: f64 = 1e-5;
/// Beyond so many multiplications nobody waits.
const MOST_WORK: usize = 20_000_000_000;

/// Why a coefficient has no standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unknown {
    Collinear,
    Separated,
    OneRow,
    OneGroup,
}

/// What the rows say of the inputs in use.
#[derive(Debug, Clone, PartialEq)]
pub struct Determined {
    /// Rows that are not certain.
    pub rows: Vec<usize>,
    /// Positions in `used` whose columns are independent over those rows.
    pub columns: Vec<usize>,
    /// Positions in `used` without a standard error, and why.
    pub unknown: BTreeMap<usize, Unknown>,
}

impl Determined {
    pub fn new(responses: &Responses, used: &[usize]) -> Self {
        let n = responses.x.n_rows();
        let all: Vec<usize> = (0..n).filter(|&i| responses.weight[i] > 0.0).collect();
        let mut unknown = BTreeMap::new();
        let mut design = Design::new(responses, used, &all);
        design.dependent().into_iter().for_each(|at| _ = unknown.entry(at).or_insert(Unknown::Collinear));
        let mut rows = all;
        let certain = certain(responses, used);
        let is_certain = |i: usize| certain.as_ref().is_some_and(|certain| certain.of_row(i));
        let uncertain: Vec<usize> = rows.iter().copied().filter(|&i| !is_certain(i)).collect();
        if uncertain.is_empty() {
            // No row is left that says how far the coefficients go.
            (0..used.len()).for_each(|at| _ = unknown.entry(at).or_insert(Unknown::Separated));
        } else if uncertain.len() < rows.len() {
            rows = uncertain;
            design = Design::new(responses, used, &rows);
            design.dependent().into_iter().for_each(|at| _ = unknown.entry(at).or_insert(Unknown::Separated));
        }
        for informative in certain.iter().flat_map(|certain| certain.rows_of_classes(&rows, responses.loss)) {
            // Coefficients are centred over classes: what one of them lacks, none has.
            let lost = match &informative[..] {
                [] => (0..used.len()).collect(),
                some if some.len() < rows.len() => Design::new(responses, used, some).dependent(),
                _ => Vec::new(),
            };
            lost.into_iter().for_each(|at| _ = unknown.entry(at).or_insert(Unknown::Separated));
        }
        for (why, at) in design.decided_alone(responses.groups, &rows) {
            unknown.entry(at).or_insert(why);
        }
        let columns = design.independent.iter().filter_map(|&c| c.checked_sub(1)).collect();
        Self { rows, columns, unknown }
    }
}

/// Which responses are certain at the maximum of the likelihood: (n, K), outputs within rows.
struct Certain {
    certain: Vec<bool>,
    n_outputs: usize,
}

impl Certain {
    /// Of several classes a row is certain if it is so of one at least: the others then share what that leaves.
    fn of_row(&self, i: usize) -> bool {
        self.certain[i * self.n_outputs..][..self.n_outputs].iter().all(|certain| *certain)
    }

    /// For each of several classes the rows, of those given, that may or may not be of it: a level without a class says nothing of how far
    /// the class is from it, while other classes share its rows.
    fn rows_of_classes(&self, rows: &[usize], loss: Loss) -> Vec<Vec<usize>> {
        let k = if loss.couples_outputs() { self.n_outputs } else { 0 };
        (0..k).map(|o| rows.iter().copied().filter(|i| !self.certain[i * self.n_outputs + o]).collect()).collect()
    }
}

/// Which responses are certain; `None` where none can be.
fn certain(responses: &Responses, used: &[usize]) -> Option<Certain> {
    let Responses { x, y, weight, loss, .. } = *responses;
    let terms = responses.terms();
    let (n, k) = (x.n_rows(), y.n_columns());
    // Exposures are of the fit: rows that are certain by them say as much as others.
    if loss.has_identity_link()
        || responses.durations.is_some()
        || used.is_empty()
        || n.saturating_mul(used.len() * k).saturating_mul(used.len() * k) > MOST_WORK
    {
        return None;
    }
    // A hair of ridge, so that what is separated goes far but not for ever.
    let options = PathOptions { l1_ratio: 0.0, lambdas: Some(vec![1e-6, 1e-10]), tol: 1e-9, ..PathOptions::default() };
    let fit = linear_path(&x.select_columns(used), y, terms, loss, &options).ok()?.pop()?;
    let mut mean = Matrix::from_fn(n, k, |i, o| {
        let slopes = used.iter().enumerate().map(|(c, &j)| fit.coef[o * used.len() + c] * x.get(i, j));
        fit.intercept[o] + slopes.sum::<f64>()
    })
    .values()
    .to_vec();
    terms.add_offset(&mut mean);
    loss.mean_in_place(&mut mean, n);
    let variance = |mu: f64| loss.weighted_information(&[1.0], &[mu], &[mu], true)[0];
    let total: f64 = weight.iter().sum();
    let typical: Vec<f64> =
        (0..k).map(|o| variance(y.column(o).iter().zip(weight).map(|(y, w)| w * y).sum::<f64>() / total)).collect();
    let is_certain = |i: usize, o: usize| variance(mean[o * n + i]) < CERTAIN * typical[o];
    let certain = (0..n).flat_map(|i| (0..k).map(move |o| (i, o))).map(|(i, o)| is_certain(i, o)).collect();
    Some(Certain { certain, n_outputs: k })
}

/// [1, x] over some rows, columns of inputs of length one.
struct Design {
    /// (n, rank), orthonormal.
    q: Mat<f64>,
    /// (rank, width), columns in the order of `order`.
    r: Mat<f64>,
    /// Columns, 0 for the constant and `c + 1` for position `c` in `used`; those that are independent come first.
    order: Vec<usize>,
    independent: Vec<usize>,
}

impl Design {
    fn new(responses: &Responses, used: &[usize], rows: &[usize]) -> Self {
        let (n, width) = (rows.len(), used.len() + 1);
        let mut columns = Mat::from_fn(n, width, |i, c| {
            let root = responses.weight[rows[i]].sqrt();
            root * if c == 0 { 1.0 } else { responses.x.get(rows[i], used[c - 1]) }
        });
        for c in 0..width {
            let column = columns.col_as_slice_mut(c);
            let length = column.iter().map(|v| v * v).sum::<f64>().sqrt();
            // Twice as long, the constant is the first pivot, and never among the dependent columns.
            let wanted = if c == 0 { 2.0 } else { 1.0 };
            if length > 0.0 {
                column.iter_mut().for_each(|v| *v *= wanted / length);
            }
        }
        let pivoted = columns.col_piv_qr();
        let r = pivoted.thin_R();
        let rank = (0..r.nrows()).take_while(|&c| r[(c, c)].abs() > COLLINEAR).count();
        let order = pivoted.P().arrays().0.to_vec();
        let mut q = pivoted.compute_thin_Q();
        q.truncate(n, rank);
        let r = Mat::from_fn(rank, width, |a, b| r[(a, b)]);
        let independent = order[..rank].to_vec();
        Self { q, r, order, independent }
    }

    /// Solves R a = b over the independent columns.
    fn back(&self, b: &[f64]) -> Vec<f64> {
        let mut a = b.to_vec();
        for row in (0..a.len()).rev() {
            let known: f64 = (row + 1..a.len()).map(|c| self.r[(row, c)] * a[c]).sum();
            a[row] = (a[row] - known) / self.r[(row, row)];
        }
        a
    }

    /// Positions of inputs that take part in the combination `entries` of the independent columns.
    fn parts(&self, entries: &[f64]) -> Vec<usize> {
        let most = entries.iter().fold(0.0_f64, |most, v| most.max(v.abs())).max(f64::MIN_POSITIVE);
        let takes_part = |at: &usize| entries[*at].abs() > NO_PART * most;
        (0..entries.len()).filter(takes_part).filter_map(|at| self.independent[at].checked_sub(1)).collect()
    }

    /// Positions of inputs in combinations that are zero in every row.
    fn dependent(&self) -> Vec<usize> {
        let rank = self.independent.len();
        let mut found = Vec::new();
        for at in rank..self.order.len() {
            let column: Vec<f64> = (0..rank).map(|row| self.r[(row, at)]).collect();
            found.extend(self.order[at].checked_sub(1));
            let entries = self.back(&column);
            let takes_part = (0..rank).filter(|&c| entries[c].abs() > NO_PART);
            found.extend(takes_part.filter_map(|c| self.independent[c].checked_sub(1)));
        }
        found
    }

    /// Positions of inputs in combinations on which one row, or with groups one group, bears alone.
    fn decided_alone(&self, groups: Option<&[usize]>, rows: &[usize]) -> Vec<(Unknown, usize)> {
        let rank = self.independent.len();
        let row = |i: usize| (0..rank).map(|c| self.q[(i, c)]).collect::<Vec<f64>>();
        let Some(groups) = groups else {
            let alone = (0..rows.len()).filter(|&i| row(i).iter().map(|v| v * v).sum::<f64>() > ALONE);
            return alone.flat_map(|i| self.parts(&self.back(&row(i)))).map(|at| (Unknown::OneRow, at)).collect();
        };
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        rows.iter().enumerate().for_each(|(at, &i)| members.entry(groups[i]).or_default().push(at));
        if members.len().saturating_mul(rank.pow(3)) > MOST_WORK {
            return Vec::new();
        }
        let mut found = Vec::new();
        for of_group in members.values() {
            // All directions together have at most the leverage of the group.
            if of_group.iter().map(|&i| row(i).iter().map(|v| v * v).sum::<f64>()).sum::<f64>() < ALONE {
                continue;
            }
            let own = Mat::from_fn(of_group.len(), rank, |a, c| self.q[(of_group[a], c)]);
            let Ok(eigen) = (own.transpose() * &own).self_adjoint_eigen(Side::Lower) else { continue };
            for at in (0..rank).filter(|&at| eigen.S()[at] > ALONE) {
                let direction: Vec<f64> = (0..rank).map(|c| eigen.U()[(c, at)]).collect();
                found.extend(self.parts(&self.back(&direction)).into_iter().map(|at| (Unknown::OneGroup, at)));
            }
        }
        found
    }
}
