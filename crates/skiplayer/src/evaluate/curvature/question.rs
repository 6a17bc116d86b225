//! An encoded sample, put as a question to the battery.

use super::data::{Dependence, LinearityData};
use super::line::orthonormal;
use super::{curvature_battery, linearity_tests};
use crate::evaluate::record::{Curvature, Test};
use crate::fit::{Sample, Scheme};
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

/// Of each row on a least-squares line. O(n p^2).
pub fn leverages(sample: &Sample) -> Vec<f64> {
    let n = sample.n_rows();
    let root: Vec<f64> = sample.weight.iter().map(|w| w.sqrt()).collect();
    let x = &sample.x;
    let columns = Mat::from_fn(n, x.n_columns() + 1, |i, c| root[i] * if c == 0 { 1.0 } else { x.get(i, c - 1) });
    let basis = orthonormal(columns);
    (0..n).map(|i| (0..basis.ncols()).map(|c| basis[(i, c)] * basis[(i, c)]).sum()).collect()
}
