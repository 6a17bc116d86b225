//! Why a row is predicted as it is: a baseline, and what each input and each hidden unit adds to it.
//!
//! ```text
//!  prediction on the link scale = baseline + offset + sum over inputs of a_j (x_j - mean_j) + sum over units of v_h (h - line_h)
//! ```
//!
//! The a_j are the projected linear part, line_h is the line that the projection took from unit h (see `decompose`). The
//! sum is exact for every row, be it a training row or not.

use serde::Serialize;

use super::on_link_scale::{Surface, unit_of_effects};
use crate::Model;
use crate::Result;
use crate::encode::{Outside, Task};
use crate::encode::{means, row_name};
use crate::linear_part::LinearPart;
use crate::linear_part::stream;
use crate::matrix::Matrix;
use crate::table::Table;

/// Predictions of rows, taken apart.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowExplanations {
    /// Indices of the rows in the table.
    pub rows: Vec<usize>,
    /// One a target column or class.
    pub outputs: Vec<Decomposition>,
    /// Cells that are unlike those of training, in inputs that the model uses.
    pub outside: Vec<Outside>,
    /// What was unusual about the cells, and what limits the reading.
    pub notes: Vec<String>,
}

/// One output of rows, taken apart. All but `prediction` are on the scale of the linear predictor, in units of the target
/// for regression.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decomposition {
    /// The target column or the class, where there are several outputs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// "strength", or "log odds of yes", "log of the mean count".
    pub unit: String,
    /// The line at the means of the training rows.
    pub baseline: f64,
    /// Of the linear part: one a column; then what was known beforehand, an offset or the logarithm of an exposure.
    pub inputs: Vec<Contribution>,
    /// Of the perturbation: one a hidden unit, named as in the formulas, or all of them together.
    pub units: Vec<Contribution>,
    /// The sum of it all, one a row.
    pub linear_predictor: Vec<f64>,
    /// After the inverse link: a number of the target, a probability, a mean count.
    pub prediction: Vec<f64>,
}

/// What one part adds, row by row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contribution {
    pub name: String,
    pub values: Vec<f64>,
}

impl Model {
    /// Takes the predictions of `rows` of `table` apart.
    ///
    /// Contributions are measured from the means of the training rows; scores of several classes are centred.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict), and rows that the table does not have.
    ///
    /// # Complexity
    /// That of a prediction, and O(p + H) a row and output for H units.
    pub fn explain(&self, table: &Table, rows: &[usize]) -> Result<RowExplanations> {
        table.check_rows(rows)?;
        let (x, mut notes) = self.encoding.apply(table, rows)?;
        let mut is_used = vec![false; self.encoding.inputs.len()];
        let input_of = self.encoding.input_of_feature();
        self.network.inputs_in_use().into_iter().for_each(|j| is_used[input_of[j]] = true);
        let outside = self.encoding.outside(table, rows, &is_used)?;
        let part = self.own_linear_part().cloned().unwrap_or_else(|| {
            notes.push(
                "the model is of an older version, whose linear part is that of the formula, not the best line through \
                 the network"
                    .to_owned(),
            );
            LinearPart::of_the_skip(&self.network)
        });
        let surface = Surface::new(self, &part);
        let inputs: Vec<usize> = (0..is_used.len()).filter(|&i| is_used[i]).collect();
        let mut eta = surface.linear_predictor(&x);
        let offset = self.target.offset.values(table, rows, row_name)?;
        let total = self.target.offsets(table, rows)?;
        let prediction = means(&self.network.forward(&x), &total, &self.target);
        let prediction = if self.task == Task::Ordinal { class_number(&prediction) } else { prediction };
        let hidden = self.hidden_contributions(&surface, &part, &x);
        for values in &offset {
            eta.column_mut(0).iter_mut().zip(values).for_each(|(eta, offset)| *eta += offset);
        }
        let known = self.target.offset.terms().into_iter().zip(offset);
        let known: Vec<Contribution> = known.map(|(name, values)| Contribution { name, values }).collect();
        let outputs = hidden.into_iter().enumerate().map(|(o, units)| Decomposition {
            output: (self.target.n_outputs() > 1).then(|| self.target.output_names()[o].clone()),
            unit: unit_of_effects(self.task, &self.target.output_names()[o]),
            baseline: surface.baseline(o),
            inputs: inputs
                .iter()
                .map(|&i| self.input_contribution(&surface, &x, &input_of, i, o))
                .chain(known.iter().cloned())
                .collect(),
            units,
            linear_predictor: eta.column(o).to_vec(),
            prediction: prediction.column(o).to_vec(),
        });
        Ok(RowExplanations { rows: rows.to_vec(), outputs: outputs.collect(), outside, notes })
    }

    fn input_contribution(
        &self,
        surface: &Surface,
        x: &Matrix,
        input_of: &[usize],
        input: usize,
        o: usize,
    ) -> Contribution {
        let mut values = vec![0.0; x.n_rows()];
        for j in (0..x.n_columns()).filter(|&j| input_of[j] == input) {
            let slope = surface.slope(o, j);
            values.iter_mut().zip(x.column(j)).for_each(|(sum, x)| *sum += slope * x);
        }
        Contribution { name: self.encoding.inputs[input].name().to_owned(), values }
    }

    /// Of each output: every unit's own part of the perturbation, or the whole of it.
    fn hidden_contributions(&self, surface: &Surface, part: &LinearPart, x: &Matrix) -> Vec<Vec<Contribution>> {
        let layout = self.network.layout();
        let (p, k, width) = (layout.n_inputs, layout.n_outputs, layout.width);
        if width == 0 {
            return vec![Vec::new(); k];
        }
        let Some(lines) = &part.unit_lines else {
            let whole = surface.perturbation(x);
            let all = |o: usize| Contribution { name: "hidden units".to_owned(), values: whole.column(o).to_vec() };
            return (0..k).map(|o| vec![all(o)]).collect();
        };
        let mut bent = self.network.hidden(x);
        for h in 0..width {
            let line = &lines[h * (p + 1)..][..p + 1];
            let column = bent.column_mut(h);
            column.iter_mut().for_each(|value| *value -= line[0]);
            for j in (0..p).filter(|&j| line[j + 1] != 0.0) {
                column.iter_mut().zip(x.column(j)).for_each(|(value, x)| *value -= line[j + 1] * x);
            }
        }
        let head = self.network.head();
        let of_unit = |o: usize, h: usize| {
            let v = head[(o, h)] * surface.scale(o);
            let values = bent.column(h).iter().map(|value| v * value).collect();
            (v != 0.0).then(|| Contribution { name: stream(h, layout.blocks.len()), values })
        };
        (0..k).map(|o| (0..width).filter_map(|h| of_unit(o, h)).collect()).collect()
    }
}
/// The expected number of the class, from 0 on, of rows with probabilities `p` (n, K) of ordered classes: (n, 1).
fn class_number(p: &Matrix) -> Matrix {
    let expected = |i: usize| (0..p.n_columns()).map(|k| k as f64 * p.get(i, k)).sum();
    Matrix::from_columns(p.n_rows(), &[(0..p.n_rows()).map(expected).collect()])
}
