//! A fitted model: the encoding of inputs and target, the network between them, and what it says.

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::encode::{Encoding, Remark, TargetEncoding, Task};
use crate::linear_part::{Explanation, LinearPart};
use crate::matrix::Matrix;
use crate::net::Network;
use crate::table::Table;

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

/// Named columns of predictions, as they go into a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// `prediction` (`prediction_<target>` where there are several), then `p_<class>` for classes.
    pub columns: Vec<(String, PredictedColumn)>,
}

/// A column of predictions.
#[derive(Debug, Clone, PartialEq)]
pub enum PredictedColumn {
    Numbers(Vec<f64>),
    /// Indices into `classes`.
    Labels {
        codes: Vec<usize>,
        classes: Vec<String>,
    },
    Text(Vec<String>),
}

impl Predictions {
    /// Adds the rows of the next part of a table, predicted by the same model.
    pub fn append(&mut self, more: Self) {
        for ((_, own), (_, more)) in self.columns.iter_mut().zip(more.columns) {
            match (own, more) {
                (PredictedColumn::Numbers(own), PredictedColumn::Numbers(more)) => own.extend(more),
                (PredictedColumn::Labels { codes, .. }, PredictedColumn::Labels { codes: more, .. }) => {
                    codes.extend(more)
                }
                (PredictedColumn::Text(own), PredictedColumn::Text(more)) => own.extend(more),
                _ => unreachable!("columns of one model are of one kind"),
            }
        }
    }
}

impl Model {
    /// Predictions for every row of `table`, and what was unusual about its cells.
    ///
    /// # Errors
    /// A column that the model uses is not there, or holds text instead of numbers.
    pub fn predict(&self, table: &Table) -> Result<(Predictions, Vec<String>)> {
        let (predictions, remarks) = self.predict_part(table)?;
        Ok((predictions, remarks.iter().map(Remark::to_string).collect()))
    }

    /// As [`predict`](Self::predict) for a part of a table, with remarks that can be [gathered](Remark::gather) over the parts.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict).
    pub fn predict_part(&self, table: &Table) -> Result<(Predictions, Vec<Remark>)> {
        let rows: Vec<usize> = (0..table.n_rows()).collect();
        let (x, remarks) = self.encoding.apply_to_part(table, &rows)?;
        Remark::check(&remarks)?;
        Ok((self.predictions(&self.network.forward(&x)), remarks))
    }

    /// Linear predictors (n, K) in network units as predictions in the target's units.
    fn predictions(&self, eta: &Matrix) -> Predictions {
        let n = eta.n_rows();
        let mut mean = eta.values().to_vec();
        self.task.loss().mean_in_place(&mut mean, n);
        let output = |o: usize| mean[o * n..(o + 1) * n].to_vec();
        let columns = match self.task {
            Task::Regression => self
                .target
                .names
                .iter()
                .zip(&self.target.standard)
                .enumerate()
                .map(|(o, (name, standard))| {
                    let values = output(o).into_iter().map(|z| standard.invert(z)).collect();
                    let several = self.target.names.len() > 1;
                    let name = if several { format!("prediction_{name}") } else { "prediction".into() };
                    (name, PredictedColumn::Numbers(values))
                })
                .collect(),
            Task::Count => vec![("prediction".into(), PredictedColumn::Numbers(output(0)))],
            Task::Binary | Task::Multiclass => {
                let probabilities: Vec<Vec<f64>> = if self.task == Task::Binary {
                    let event = output(0);
                    vec![event.iter().map(|p| 1.0 - p).collect(), event]
                } else {
                    (0..self.target.classes.len()).map(output).collect()
                };
                let likeliest = |i: usize| {
                    (0..probabilities.len())
                        .fold(0, |best, c| if probabilities[c][i] > probabilities[best][i] { c } else { best })
                };
                let classes = self.target.classes.clone();
                let labels = PredictedColumn::Labels { codes: (0..n).map(likeliest).collect(), classes };
                let named = self.target.classes.iter().zip(probabilities);
                let probabilities = named.map(|(class, p)| (format!("p_{class}"), PredictedColumn::Numbers(p)));
                std::iter::once(("prediction".into(), labels)).chain(probabilities).collect()
            }
        };
        Predictions { columns }
    }

    /// The projected linear part, if it is there and was not left behind by a network that somebody put in its place.
    pub(crate) fn own_linear_part(&self) -> Option<&LinearPart> {
        self.linear_part.as_ref().filter(|part| part.fits(&self.network))
    }

    /// Columns that some weight uses.
    pub fn inputs_used(&self) -> Vec<String> {
        let input_of = self.encoding.input_of_feature();
        let mut used: Vec<usize> =
            crate::linear_part::inputs_in_use(&self.network).iter().map(|&j| input_of[j]).collect();
        used.dedup();
        used.into_iter().map(|i| self.encoding.inputs[i].name().to_owned()).collect()
    }
}
