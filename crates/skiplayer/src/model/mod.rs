//! A fitted model: the encoding of inputs and target, the network between them, and what it says.

mod predictions;
mod survival;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::encode::{Encoding, Remark, TargetEncoding, Task, means, row_name, trials_of};
use crate::linear_part::{Explanation, LinearPart, Units};
use crate::matrix::Matrix;
use crate::net::Network;
use crate::table::Table;

pub use predictions::{PredictedColumn, Predictions, SurvivalPredictions};

/// Everything that is needed to predict, and to read the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub task: Task,
    pub encoding: Encoding,
    pub target: TargetEncoding,
    pub network: Network,
    pub explanation: Explanation,
    /// The projected linear part in network units; files of older versions do not hold it.
    #[serde(default)]
    pub linear_part: Option<LinearPart>,
}

impl Model {
    /// Predictions for every row of `table`, with what was unusual about its cells. Of a part of a table too: remarks can be
    /// [gathered](Remark::gather) over the parts.
    ///
    /// # Errors
    /// A column that the model uses, its offset included, is not there, holds text instead of numbers, or has no category that the model knows;
    /// a column of trials, which need not be there, whose cells are no numbers of trials.
    ///
    /// # Complexity
    /// O(n W) for n rows and W weights.
    pub fn predict(&self, table: &Table) -> Result<Predictions> {
        let rows: Vec<usize> = (0..table.n_rows()).collect();
        let (x, remarks) = self.encoding.apply_to_part(table, &rows)?;
        Remark::check(&remarks)?;
        let offset = self.target.offsets(table, &rows)?;
        let mean = means(&self.network.forward(&x), &offset, &self.target);
        let classes = &self.target.classes;
        Ok(match self.task {
            Task::Regression | Task::Count | Task::Amount => {
                Predictions::of_numbers(self.target.output_names(), mean, remarks)
            }
            Task::Successes => {
                let expected = self.expected(table, &mean, &rows)?;
                Predictions { expected, ..Predictions::of_numbers(self.target.output_names(), mean, remarks) }
            }
            Task::Survival => {
                let survival = self.survival(table, &mean)?;
                Predictions { survival, ..Predictions::of_numbers(self.target.output_names(), mean, remarks) }
            }
            Task::Binary => {
                let event = mean.column(0);
                let both =
                    Matrix::from_columns(mean.n_rows(), &[event.iter().map(|p| 1.0 - p).collect(), event.to_vec()]);
                Predictions::of_classes(classes.clone(), both, remarks)
            }
            Task::Multiclass | Task::Ordinal => Predictions::of_classes(classes.clone(), mean, remarks),
        })
    }

    /// Expected successes of rows whose shares are `mean` (n, 1), where the table says of how many trials: NaN where a cell is missing.
    fn expected(&self, table: &Table, mean: &Matrix, rows: &[usize]) -> Result<Option<Vec<f64>>> {
        let Some(column) = self.target.trials.as_ref().and_then(|name| table.column(name)) else { return Ok(None) };
        let known: Vec<usize> = rows.iter().copied().filter(|&i| !column.values.is_missing(i)).collect();
        let mut expected = vec![f64::NAN; rows.len()];
        for (i, trials) in known.iter().zip(trials_of(column, &known, row_name)?) {
            expected[*i] = trials * mean.get(*i, 0);
        }
        Ok(Some(expected))
    }

    /// Linear predictors (n, K) of every row of `table`, what the inverse link makes predictions of, its offset included, in the target's units: numbers
    /// themselves, log odds, scores of classes, logarithms of means or of hazard ratios.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict).
    pub fn linear_predictor(&self, table: &Table) -> Result<Matrix> {
        let rows: Vec<usize> = (0..table.n_rows()).collect();
        let (x, _) = self.encoding.apply(table, &rows)?;
        let mut eta = self.network.forward(&x);
        let units = Units::new(&self.encoding, &self.target);
        for o in 0..eta.n_columns() {
            let unit = units.output(o);
            eta.column_mut(o).iter_mut().for_each(|value| *value = unit.invert(*value));
        }
        let offset = self.target.offsets(table, &rows)?;
        if !offset.is_empty() {
            let add = |column: &mut [f64]| column.iter_mut().zip(&offset).for_each(|(value, offset)| *value += offset);
            (0..eta.n_columns()).for_each(|o| add(eta.column_mut(o)));
        }
        Ok(eta)
    }

    /// The projected linear part, if it is there and was not left behind by a network that somebody put in its place.
    pub(crate) fn own_linear_part(&self) -> Option<&LinearPart> {
        self.linear_part.as_ref().filter(|part| part.fits(&self.network))
    }

    /// Columns that some weight uses.
    pub fn inputs_used(&self) -> Vec<String> {
        let input_of = self.encoding.input_of_feature();
        let mut used: Vec<usize> = self.network.inputs_in_use().iter().map(|&j| input_of[j]).collect();
        used.dedup();
        used.into_iter().map(|i| self.encoding.inputs[i].name().to_owned()).collect()
    }
}
