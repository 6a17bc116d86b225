//! Prediction intervals, and sets of classes.

use super::conformal::{Bounds, IntervalModel, whole};
use crate::encode::{class_probabilities, means};
use crate::evaluate::options::INTERVAL;
use crate::matrix::Matrix;
use crate::table::Table;
use crate::{Error, Model, PredictedColumn, Result};

/// What a row's response is expected to lie in.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PredictedIntervals {
    /// Ends in the units of each target, both (n, n_targets).
    Bounds { targets: Vec<String>, lower: Matrix, upper: Matrix },
    /// Of durations: times that they exceed (n), 0 for no bound.
    LowerBounds { lower: Vec<f64> },
    /// Of classes.
    Sets {
        classes: Vec<String>,
        /// The classes in the set of each row, as indices into `classes`; it may be empty.
        members: Vec<Vec<usize>>,
        /// Probability of each class, after temperature scaling on out-of-fold predictions: (n, n_classes).
        calibrated: Option<Matrix>,
    },
}

impl IntervalModel {
    /// Intervals at coverage `level` (between 0 and 1) for every row of `table`; `None` if this task has none.
    ///
    /// # Errors
    /// Those of [`Model::predict`], and a level that is not between 0 and 1.
    pub fn predict(&self, model: &Model, table: &Table, level: f64) -> Result<Option<PredictedIntervals>> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::input(&INTERVAL, level.to_string()).expected("a share between 0 and 1, such as 0.9"));
        }
        if let IntervalModel::LowerBound(events) = self {
            let lower = model.times_of_share(table, events.share_at(level))?;
            return Ok(Some(PredictedIntervals::LowerBounds { lower }));
        }
        let rows: Vec<usize> = (0..table.n_rows()).collect();
        let (x, _) = model.encoding.apply(table, &rows)?;
        let mean = means(&model.network.forward(&x), &model.target.offsets(table, &rows)?, &model.target);
        let Some(least) = self.least_probability(level) else {
            let targets = model.target.names.clone();
            let mut bounds = self.bounds(table, &rows, &mean, level)?;
            if let (Some(bounds), Some(highest)) = (&mut bounds, model.task.highest()) {
                bounds.upper.column_mut(0).iter_mut().for_each(|upper| *upper = upper.min(highest));
            }
            if let Some(Bounds { lower, upper }) = bounds.as_mut().filter(|_| model.task.is_whole()) {
                for o in 0..lower.n_columns() {
                    let ends = lower.column_mut(o).iter_mut().zip(upper.column_mut(o));
                    ends.for_each(|(lower, upper)| (*lower, *upper) = whole(*lower, *upper));
                }
            }
            return Ok(bounds.map(|b| PredictedIntervals::Bounds { targets, lower: b.lower, upper: b.upper }));
        };
        let classes = model.target.classes.clone();
        let probabilities: Vec<Vec<f64>> = rows.iter().map(|&i| class_probabilities(&mean, i, model.task)).collect();
        let members = probabilities.iter().map(|p| (0..classes.len()).filter(|&c| p[c] >= least).collect()).collect();
        let calibrated: Option<Vec<Vec<f64>>> = probabilities.iter().map(|p| self.calibrated(p)).collect();
        let calibrated = calibrated.map(|p| Matrix::from_fn(p.len(), classes.len(), |i, c| p[i][c]));
        Ok(Some(PredictedIntervals::Sets { classes, members, calibrated }))
    }
}

impl PredictedIntervals {
    /// As columns of a file: `lower` and `upper` (`lower_<target>`, … where there are several), for durations `lower`, or for classes `set`, the
    /// classes in the set separated by `|`, and `calibrated_<class>`.
    pub fn columns(&self) -> Vec<(String, PredictedColumn)> {
        let numbers = |matrix: &Matrix, o: usize| PredictedColumn::Numbers(matrix.column(o).to_vec());
        match self {
            Self::Bounds { targets, lower, upper } => {
                let of = |end: &str, name: &String| {
                    if targets.len() > 1 { format!("{end}_{name}") } else { end.to_owned() }
                };
                let ends = |(o, name)| [(of("lower", name), numbers(lower, o)), (of("upper", name), numbers(upper, o))];
                targets.iter().enumerate().flat_map(ends).collect()
            }
            Self::LowerBounds { lower } => vec![("lower".to_owned(), PredictedColumn::Numbers(lower.clone()))],
            Self::Sets { classes, members, calibrated } => {
                let set = |set: &Vec<usize>| set.iter().map(|&c| classes[c].as_str()).collect::<Vec<_>>().join("|");
                let mut columns = vec![("set".to_owned(), PredictedColumn::Text(members.iter().map(set).collect()))];
                if let Some(calibrated) = calibrated {
                    let of_class = |(c, class)| (format!("calibrated_{class}"), numbers(calibrated, c));
                    columns.extend(classes.iter().enumerate().map(of_class));
                }
                columns
            }
        }
    }
}
