//! An encoded sample, put as a question to the battery.

use std::collections::HashSet;

use super::data::{Dependence, LinearityData};
use super::{curvature_battery, linearity_tests};
use crate::evaluate::record::{Curvature, Test};
use crate::fit::{Sample, Scheme};
use crate::stats::basis::{orthonormal, project_off};
use faer::Mat;

/// Draws: the smallest p-value is 1/500.
const DRAWS: usize = 499;

/// Rows in order of time where they have times, and what they share.
pub struct Question<'a> {
    sample: Sample,
    names: &'a [String],
    groups: Option<Vec<usize>>,
    in_time: bool,
}

impl<'a> Question<'a> {
    /// Of all rows of `sample`, whose inputs are called `names`; `scheme` says what rows share.
    pub fn new(sample: &Sample, names: &'a [String], scheme: &Scheme) -> Self {
        let whole = Self { sample: sample.clone(), names, groups: None, in_time: false };
        match scheme {
            Scheme::Strata(_) => whole,
            Scheme::Groups(groups) => Self { groups: Some(groups.clone()), ..whole },
            Scheme::Time(time) => {
                let mut order: Vec<usize> = (0..time.len()).collect();
                order.sort_by(|&a, &b| time[a].total_cmp(&time[b]));
                Self { in_time: true, ..whole.only(&order) }
            }
        }
    }

    /// The battery.
    pub fn curvature(&self, seed: u64) -> Curvature {
        curvature_battery(&self.data(), DRAWS, seed)
    }

    /// The classical tests.
    pub fn classical(&self) -> Vec<Test> {
        linearity_tests(&self.data())
    }

    /// The same question of some of the rows, in the order given.
    fn only(&self, rows: &[usize]) -> Self {
        let groups = self.groups.as_ref().map(|groups| rows.iter().map(|&i| groups[i]).collect());
        Self { sample: self.sample.select_rows(rows), groups, ..*self }
    }

    fn data(&self) -> LinearityData<'_> {
        LinearityData {
            x: &self.sample.x,
            y: &self.sample.y,
            weight: &self.sample.weight,
            offset: &self.sample.offset,
            loss: self.sample.loss,
            dependence: match &self.groups {
                Some(groups) => Dependence::Groups(groups),
                None if self.in_time => Dependence::TimeOrder,
                None => Dependence::Rows,
            },
            names: Some(self.names),
        }
    }
}

/// Whether the line has a coefficient for every combination of inputs that occurs, as with a single factor: nothing else can be fitted.
pub fn is_saturated(sample: &Sample) -> bool {
    let (n, p) = (sample.n_rows(), sample.n_inputs());
    let different: HashSet<Vec<u64>> =
        (0..n).map(|i| (0..p).map(|j| (sample.x.get(i, j) + 0.0).to_bits()).collect()).collect();
    if p == 0 || different.len() > p + 1 || different.len() == n {
        return false;
    }
    let columns = Mat::from_fn(n, p + 1, |i, c| if c == 0 { 1.0 } else { sample.x.get(i, c - 1) });
    orthonormal(columns).ncols() >= different.len()
}

/// Of each row on a least-squares line. O(n p^2).
pub fn leverages(sample: &Sample) -> Vec<f64> {
    let n = sample.n_rows();
    let root: Vec<f64> = sample.weight.iter().map(|w| w.sqrt()).collect();
    let x = &sample.x;
    let columns = Mat::from_fn(n, x.n_columns() + 1, |i, c| root[i] * if c == 0 { 1.0 } else { x.get(i, c - 1) });
    let basis = orthonormal(columns);
    (0..n).map(|i| (0..basis.ncols()).map(|c| basis[(i, c)] * basis[(i, c)]).sum()).collect()
}

/// Share of the first response's variation about its mean that a least-squares line leaves, at least a rounding error. O(n p^2).
pub fn share_off_line(sample: &Sample) -> f64 {
    let n = sample.n_rows();
    let root: Vec<f64> = sample.weight.iter().map(|w| w.sqrt()).collect();
    let constant = orthonormal(Mat::from_fn(n, 1, |i, _| root[i]));
    let columns =
        Mat::from_fn(n, sample.n_inputs() + 1, |i, c| root[i] * if c == 0 { 1.0 } else { sample.x.get(i, c - 1) });
    let mut left = Mat::from_fn(n, 1, |i, _| root[i] * sample.y.get(i, 0));
    project_off(&constant, left.as_mut());
    let whole = left.squared_norm_l2();
    project_off(&orthonormal(columns), left.as_mut());
    (left.squared_norm_l2() / whole).max(f64::EPSILON)
}

/// How much a row decides a least-squares line, and how far off it lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Influence {
    /// Cook's distance (1977).
    pub distance: f64,
    /// Residual over its standard error, both of the line without the row: Student's t with n - rank - 1 degrees of freedom.
    pub deleted_residual: f64,
    pub degrees_of_freedom: f64,
}

/// Of each row with one numeric response; `None` for other losses, several responses, and where a line leaves no residuals. O(n p^2).
pub fn influences(sample: &Sample) -> Option<Vec<Influence>> {
    let n = sample.n_rows();
    if !sample.loss.is_quadratic() || sample.n_outputs() != 1 {
        return None;
    }
    let root: Vec<f64> = sample.weight.iter().map(|w| w.sqrt()).collect();
    let columns =
        Mat::from_fn(n, sample.n_inputs() + 1, |i, c| root[i] * if c == 0 { 1.0 } else { sample.x.get(i, c - 1) });
    let basis = orthonormal(columns);
    let rank = basis.ncols();
    if n < rank + 3 {
        return None;
    }
    let response: Vec<f64> = (0..n).map(|i| root[i] * sample.y.get(i, 0)).collect();
    let along: Vec<f64> = (0..rank).map(|c| (0..n).map(|i| basis[(i, c)] * response[i]).sum()).collect();
    let residual: Vec<f64> =
        (0..n).map(|i| response[i] - (0..rank).map(|c| basis[(i, c)] * along[c]).sum::<f64>()).collect();
    let squares: f64 = residual.iter().map(|e| e * e).sum();
    let whole: f64 = response.iter().map(|y| y * y).sum();
    if squares <= 1e-16 * whole {
        return None;
    }
    let variance = squares / (n - rank) as f64;
    let degrees_of_freedom = (n - rank - 1) as f64;
    let of_row = |i: usize| {
        let leverage: f64 = (0..rank).map(|c| basis[(i, c)] * basis[(i, c)]).sum();
        let room = (1.0 - leverage).max(1e-12);
        let e = residual[i];
        let distance = e * e * leverage / (rank as f64 * variance * room * room);
        let without = ((squares - e * e / room) / degrees_of_freedom).max(0.0);
        Influence { distance, deleted_residual: e / (without * room).sqrt().max(f64::MIN_POSITIVE), degrees_of_freedom }
    };
    Some((0..n).map(of_row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::Loss;
    use crate::matrix::Matrix;

    /// Both by their definitions: from the line that is fitted without the row.
    #[test]
    fn influence_is_that_of_leaving_the_row_out() {
        let x = [4.0, 4.0, 7.0, 7.0, 8.0, 9.0, 10.0, 10.0, 10.0, 11.0, 11.0, 12.0];
        let y = [2.0, 10.0, 4.0, 22.0, 16.0, 10.0, 18.0, 26.0, 34.0, 17.0, 28.0, 14.0];
        let line = |rows: &[usize]| {
            let n = rows.len() as f64;
            let (mx, my) = (rows.iter().map(|&i| x[i]).sum::<f64>() / n, rows.iter().map(|&i| y[i]).sum::<f64>() / n);
            let sxx = rows.iter().map(|&i| (x[i] - mx).powi(2)).sum::<f64>();
            let slope = rows.iter().map(|&i| (x[i] - mx) * (y[i] - my)).sum::<f64>() / sxx;
            (my - slope * mx, slope, sxx, mx)
        };
        let all: Vec<usize> = (0..12).collect();
        let sample = Sample {
            x: Matrix::from_columns(12, &[x.to_vec()]),
            y: Matrix::from_columns(12, &[y.to_vec()]),
            weight: vec![1.0; 12],
            offset: Vec::new(),
            loss: Loss::Squared,
            rules: Default::default(),
            durations: None,
        };
        let found = influences(&sample).unwrap();
        let (a, b, ..) = line(&all);
        let variance = all.iter().map(|&i| (y[i] - a - b * x[i]).powi(2)).sum::<f64>() / 10.0;
        for (i, found) in found.iter().enumerate() {
            let others: Vec<usize> = all.iter().copied().filter(|&j| j != i).collect();
            let (c, d, sxx, mx) = line(&others);
            let moved: f64 = all.iter().map(|&j| (a + b * x[j] - c - d * x[j]).powi(2)).sum();
            assert!((found.distance - moved / (2.0 * variance)).abs() < 1e-9, "{i}");
            let without = others.iter().map(|&j| (y[j] - c - d * x[j]).powi(2)).sum::<f64>() / 9.0;
            let error = (without * (1.0 + 1.0 / 11.0 + (x[i] - mx).powi(2) / sxx)).sqrt();
            assert!((found.deleted_residual - (y[i] - c - d * x[i]) / error).abs() < 1e-9, "{i}");
        }
    }
}
