//! Which rows are looked at, and which of them share a sign.

use super::bootstrap::Clusters;
use super::data::{Dependence, LinearityData};
use super::line::{Line, standardised};
use crate::loss::{Loss, RowTerms};
use crate::matrix::Matrix;
use crate::random::{Purpose, Random};

/// More rows than this are thinned at random: 20,000 see a departure of a thousandth of the noise variance.
const MAX_ROWS: usize = 20_000;

/// Fewer rows on a side of a threshold say nothing of a bend there.
const FEWEST_BEYOND: usize = 10;

/// With 6 clusters 12% of lines are found to bend where it should be 5%, with 8 7% (`docs/results/calibration.md`).
const MIN_CLUSTERS: usize = 8;

/// Rows with positive weight, those of a cluster next to each other, standardised.
pub struct Sample {
    pub x: Matrix,
    pub y: Matrix,
    pub weight: Vec<f64>,
    /// Of each row, or empty.
    pub offset: Vec<f64>,
    pub loss: Loss,
    pub clusters: Clusters,
    pub notes: Vec<String>,
}

impl Sample {
    /// Checks, thins and orders rows.
    ///
    /// # Errors
    /// In words, why there is nothing to test.
    pub fn new(data: &LinearityData, seed: u64) -> Result<Self, String> {
        let n = data.x.n_rows();
        if data.y.n_rows() != n || data.weight.len() != n {
            return Err(format!("x has {n} rows, y {}, weight {}", data.y.n_rows(), data.weight.len()));
        }
        if let Dependence::Groups(groups) = data.dependence
            && groups.len() != n
        {
            return Err(format!("x has {n} rows, groups {}", groups.len()));
        }
        let finite = |values: &[f64]| values.iter().all(|v| v.is_finite());
        if !finite(data.x.values()) || !finite(data.y.values()) || !finite(data.weight) || !finite(data.offset) {
            return Err("a value is missing or infinite".into());
        }
        let mut notes = Vec::new();
        let mut rows: Vec<usize> = (0..n).filter(|&i| data.weight[i] > 0.0).collect();
        if rows.is_empty() || data.y.n_columns() == 0 {
            return Err("there are no rows".into());
        }
        let label: Vec<usize> = match data.dependence {
            Dependence::Rows => (0..n).collect(),
            Dependence::Groups(groups) => groups.to_vec(),
            Dependence::TimeOrder => {
                let length = (rows.len() as f64).cbrt().round().max(1.0) as usize;
                notes.push(format!("blocks of {length} consecutive rows share a random sign"));
                let mut label = vec![0; n];
                rows.iter().enumerate().for_each(|(at, &i)| label[i] = at / length);
                label
            }
        };
        if rows.len() > MAX_ROWS {
            notes.push(format!("{MAX_ROWS} of {} rows, drawn at random", rows.len()));
            let order = Random::of(seed, Purpose::CurvatureRows, 0).permutation(rows.len());
            rows = order[..MAX_ROWS].iter().map(|&at| rows[at]).collect();
            rows.sort_unstable();
        }
        rows.sort_by_key(|&i| label[i]);
        let mut dense = Vec::with_capacity(rows.len());
        let mut n_clusters = 0;
        for same in rows.chunk_by(|&a, &b| label[a] == label[b]) {
            dense.resize(dense.len() + same.len(), n_clusters);
            n_clusters += 1;
        }
        if n_clusters < MIN_CLUSTERS {
            let what = if data.dependence == Dependence::Rows { "rows" } else { "groups or blocks" };
            return Err(format!("{n_clusters} {what}; the bootstrap needs {MIN_CLUSTERS}"));
        }
        if n_clusters < 2 * MIN_CLUSTERS && data.dependence != Dependence::Rows {
            notes.push(format!("only {n_clusters} groups: p-values are coarse"));
        }
        let weight: Vec<f64> = rows.iter().map(|&i| data.weight[i]).collect();
        Ok(Self {
            x: standardised(&data.x.select_rows(&rows), &weight),
            y: data.y.select_rows(&rows),
            weight,
            offset: if data.offset.is_empty() { Vec::new() } else { rows.iter().map(|&i| data.offset[i]).collect() },
            loss: data.loss,
            clusters: Clusters::new(dense, n_clusters),
            notes,
        })
    }

    /// One problem with a single response for each output; for classes one for each class but the most frequent, against it.
    ///
    /// Under the softmax the logit of a class among the rows of two classes is linear (Begg & Gray 1984).
    pub fn parts(&self) -> Vec<Part> {
        let part = |rows: &[usize], y: Vec<f64>, loss| {
            let weight: Vec<f64> = rows.iter().map(|&i| self.weight[i]).collect();
            let x = standardised(&self.x.select_rows(rows), &weight);
            let offset =
                if self.offset.is_empty() { Vec::new() } else { rows.iter().map(|&i| self.offset[i]).collect() };
            Part { x, y, weight, offset, loss, clusters: self.clusters.select(rows) }
        };
        let n = self.weight.len();
        if let Loss::Ordinal(own) = self.loss {
            return self.above_thresholds(own.n_classes());
        }
        if !self.loss.couples_outputs() {
            let all: Vec<usize> = (0..n).collect();
            return (0..self.y.n_columns())
                .map(|k| part(&all, self.y.column(k).to_vec(), self.loss.of_output(k)))
                .collect();
        }
        let share = |k: usize| self.y.column(k).iter().zip(&self.weight).map(|(y, w)| y * w).sum::<f64>();
        let shares: Vec<f64> = (0..self.y.n_columns()).map(share).collect();
        let Some(reference) = (0..shares.len()).max_by(|&a, &b| shares[a].total_cmp(&shares[b])) else {
            return Vec::new();
        };
        (0..shares.len())
            .filter(|&k| k != reference && shares[k] > 0.0)
            .map(|k| {
                let rows: Vec<usize> =
                    (0..n).filter(|&i| self.y.get(i, k) > 0.5 || self.y.get(i, reference) > 0.5).collect();
                let y = rows.iter().map(|&i| f64::from(u8::from(self.y.get(i, k) > 0.5))).collect();
                part(&rows, y, Loss::Logistic)
            })
            .collect()
    }
}

impl Sample {
    /// Ordered classes as two, above and below each threshold, but for those with fewer than [`FEWEST_BEYOND`] rows on a side: the log odds of
    /// being above are linear in all of them where those of the model are. Draws share their uniform numbers, so that they are draws of one class.
    fn above_thresholds(&self, n_classes: usize) -> Vec<Part> {
        let y = self.y.column(0);
        let is_above = |class: usize| y.iter().map(|y| f64::from(u8::from(*y >= class as f64))).collect::<Vec<f64>>();
        let of = |y: Vec<f64>| {
            let n_above = y.iter().filter(|y| **y > 0.0).count();
            (n_above.min(y.len() - n_above) >= FEWEST_BEYOND).then(|| Part {
                x: self.x.clone(),
                y,
                weight: self.weight.clone(),
                offset: self.offset.clone(),
                loss: Loss::Logistic,
                clusters: self.clusters.clone(),
            })
        };
        (1..n_classes).map(is_above).filter_map(of).collect()
    }
}

/// A single response, on all rows or some.
pub struct Part {
    pub x: Matrix,
    pub y: Vec<f64>,
    pub weight: Vec<f64>,
    pub offset: Vec<f64>,
    pub loss: Loss,
    pub clusters: Clusters,
}

impl Part {
    /// Weights and offset.
    pub fn terms(&self) -> RowTerms<'_> {
        RowTerms { weight: &self.weight, offset: &self.offset }
    }

    /// Its line on all inputs.
    ///
    /// # Errors
    /// As [`Line::fit`].
    pub fn line(&self) -> Result<Line, String> {
        Line::fit(&self.x, &self.y, self.terms(), self.loss)
    }
}
