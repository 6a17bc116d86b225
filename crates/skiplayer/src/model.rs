//! A fitted model: the encoding of inputs and target, the network between them, and what it says.

use serde::{Deserialize, Serialize};

use crate::data::{Encoding, Matrix, Remark, Table, TargetEncoding, Task};
use crate::evaluate::IntervalModel;
use crate::evaluate::metrics::class_probabilities;
use crate::evaluate::nested::means;
use crate::explain::{Explanation, LinearPart};
use crate::net::Network;
use crate::{Error, Result};

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
        Ok((self.predictions(&self.network.forward(&x)), remarks))
    }

    /// Columns of prediction intervals at coverage `level`: `lower` and `upper` (`lower_<target>`, … where there are several),
    /// or for classes `set`, the classes in the prediction set separated by `|`, and
    /// `calibrated_<class>`, the probability of each as sure as those out of fold turned out to be right.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict), and a level that is not between 0 and 1.
    pub fn predict_interval(
        &self,
        intervals: &IntervalModel,
        table: &Table,
        level: f64,
    ) -> Result<Vec<(String, PredictedColumn)>> {
        if !(level > 0.0 && level < 1.0) {
            return Err(Error::input("--interval", level.to_string()).expected("a share between 0 and 1, such as 0.9"));
        }
        let rows: Vec<usize> = (0..table.n_rows()).collect();
        let (x, _) = self.encoding.apply(table, &rows)?;
        let mean = means(&self.network.forward(&x), &self.target);
        if let Some(least) = intervals.least_probability(level) {
            let classes = &self.target.classes;
            let probabilities: Vec<Vec<f64>> = rows.iter().map(|&i| class_probabilities(&mean, i, self.task)).collect();
            let set = |p: &Vec<f64>| {
                let members = (0..classes.len()).filter(|&c| p[c] >= least);
                members.map(|c| classes[c].as_str()).collect::<Vec<_>>().join("|")
            };
            let sets = PredictedColumn::Text(probabilities.iter().map(set).collect());
            let calibrated: Vec<Vec<f64>> = probabilities.iter().filter_map(|p| intervals.calibrated(p)).collect();
            let named = classes.iter().enumerate().map(|(c, class)| {
                let of_class = calibrated.iter().map(|p| p[c]).collect();
                (format!("calibrated_{class}"), PredictedColumn::Numbers(of_class))
            });
            return Ok(std::iter::once(("set".into(), sets)).chain(named).collect());
        }
        let Some(bounds) = intervals.bounds(table, &rows, &mean, level)? else { return Ok(Vec::new()) };
        let mut columns = Vec::new();
        for (o, name) in self.target.names.iter().enumerate() {
            let of = |end: &str| if self.target.names.len() > 1 { format!("{end}_{name}") } else { end.to_owned() };
            columns.push((of("lower"), PredictedColumn::Numbers(bounds.lower.column(o).to_vec())));
            columns.push((of("upper"), PredictedColumn::Numbers(bounds.upper.column(o).to_vec())));
        }
        Ok(columns)
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
        let mut used: Vec<usize> = crate::explain::inputs_in_use(&self.network).iter().map(|&j| input_of[j]).collect();
        used.dedup();
        used.into_iter().map(|i| self.encoding.inputs[i].name().to_owned()).collect()
    }
}
