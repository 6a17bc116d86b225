//! Robust covariances of the coefficients of a model.

use crate::Model;
use crate::Result;
use crate::linear_part::{Responses, Units};
use crate::matrix::Matrix;
use crate::schema::Dataset;

/// Robust covariances of intercepts and coefficients of the projected linear part, in the units of the coefficients.
#[derive(Debug, Clone, PartialEq)]
pub struct Covariance {
    /// Output and feature of each row and column; `None` is the intercept.
    pub terms: Vec<(String, Option<String>)>,
    /// NaN where the rows do not determine a coefficient.
    pub values: Matrix,
}

impl Model {
    /// The covariances whose roots of the diagonal are the standard errors of the coefficients: HC3, with groups CR3. `data` are those
    /// that the model was fitted to.
    ///
    /// `None` where there are no standard errors: a model without a linear part of its own, not more rows than coefficients, or too
    /// many of both.
    ///
    /// # Errors
    /// Cells that the model does not take.
    pub fn covariance(&self, data: &Dataset) -> Result<Option<Covariance>> {
        let schema = data.schema();
        let (x, _) = self.encoding.apply(data.table(), &schema.rows)?;
        let y = self.target.encode(data.table(), &schema.rows)?;
        let offset = self.target.offsets_of_loss(data.table(), &schema.rows)?;
        let durations = self.target.durations(data.table(), &schema.rows)?;
        let (loss, groups) = (self.target.loss(), schema.groups.as_deref());
        let used = self.network.inputs_in_use();
        let responses = Responses {
            x: &x,
            y: &y,
            weight: &schema.weight,
            offset: &offset,
            loss,
            groups,
            durations: durations.as_ref(),
        };
        let Some(values) = self.own_linear_part().and_then(|part| responses.covariance(part, &used)) else {
            return Ok(None);
        };
        let units = Units::new(&self.encoding, &self.target);
        let names = |o: usize| {
            let features = used.iter().map(|&j| Some(units.names[j].clone()));
            std::iter::once(None).chain(features).map(move |name| (o, name))
        };
        let outputs = self.target.output_names();
        let terms = (0..outputs.len()).flat_map(names).map(|(o, name)| (outputs[o].clone(), name)).collect();
        let width = used.len() + 1;
        // Rows, then columns.
        let once = units_of_table(&values, width, &units, &used);
        let twice = units_of_table(&transposed(&once), width, &units, &used);
        Ok(Some(Covariance { terms, values: twice }))
    }
}

/// The rows of `values`, one for the constant and for each of `used` of every output, as those of coefficients of the table's columns.
fn units_of_table(values: &Matrix, width: usize, units: &Units, used: &[usize]) -> Matrix {
    let scale = |o: usize| units.output(o).scale;
    Matrix::from_fn(values.n_rows(), values.n_columns(), |row, c| match (row / width, row % width) {
        (o, 0) => {
            let at_means = used.iter().enumerate().map(|(at, &j)| {
                let feature = units.features[j];
                feature.mean / feature.scale * values.get(o * width + at + 1, c)
            });
            scale(o) * (values.get(row, c) - at_means.sum::<f64>())
        }
        (o, at) => scale(o) / units.features[used[at - 1]].scale * values.get(row, c),
    })
}

fn transposed(values: &Matrix) -> Matrix {
    Matrix::from_fn(values.n_columns(), values.n_rows(), |i, j| values.get(j, i))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Config, Fitted, Method, Silent, fit};
    use crate::linear_part::LinearPart;
    use crate::loss::{Loss, LossKind};
    use crate::random::Random;
    use crate::schema::ColumnRoles;
    use crate::table::{Table, Values};

    /// The same formula on columns as they are, with nothing standardised in between.
    #[test]
    fn covariances_are_those_of_the_columns_as_they_are() {
        let mut random = Random::simulated(3);
        let n = 80;
        let a: Vec<f64> = (0..n).map(|_| 50.0 + 7.0 * random.normal()).collect();
        let b: Vec<f64> = (0..n).map(|_| 0.01 * random.normal()).collect();
        let y: Vec<f64> = (0..n).map(|i| 3.0 + 0.5 * a[i] - 200.0 * b[i] + a[i] / 25.0 * random.normal()).collect();
        let table = Table::from_columns(vec![a.clone(), b.clone()])
            .and_then(|table| table.with_column("y", Values::Numeric(y.clone())))
            .unwrap();
        let data = Dataset::new(&table, ColumnRoles::new("y")).unwrap();
        let config = Config { method: Method::Linear, ..Config::default() };
        let Fitted { model, .. } = fit(&data, &config, &Silent).unwrap();
        let found = model.covariance(&data).unwrap().unwrap();
        assert_eq!(found.terms[0], ("y".to_owned(), None));
        assert_eq!(found.terms[2], ("y".to_owned(), Some("x2".to_owned())));

        let coefficients = &model.explanation.coefficients;
        let part = LinearPart {
            intercept: model.explanation.intercept.clone(),
            coef: coefficients.iter().map(|coefficient| coefficient.value).collect(),
            unit_lines: None,
            rank: 2,
            n_used: 2,
            converged: true,
        };
        let (x, y) = (Matrix::from_columns(n, &[a, b]), Matrix::from_columns(n, &[y]));
        let weight = vec![1.0; n];
        let responses = Responses {
            x: &x,
            y: &y,
            weight: &weight,
            offset: &[],
            loss: Loss::Squared,
            groups: None,
            durations: None,
        };
        let expected = responses.covariance(&part, &[0, 1]).unwrap();
        for (i, j) in (0..3).flat_map(|i| (0..3).map(move |j| (i, j))) {
            let size = (expected.get(i, i) * expected.get(j, j)).sqrt();
            let difference = (found.values.get(i, j) - expected.get(i, j)).abs();
            assert!(difference < 1e-9 * size, "{i}, {j}: {} and {}", found.values.get(i, j), expected.get(i, j));
        }
        assert_are_the_errors(&found, &model);
    }

    fn assert_are_the_errors(found: &Covariance, model: &Model) {
        for (at, coefficient) in model.explanation.coefficients.iter().enumerate() {
            let error = found.values.get(at + 1, at + 1).sqrt();
            assert!((error / coefficient.standard_error.unwrap() - 1.0).abs() < 1e-12, "{:?}", model.target.loss);
        }
    }

    #[test]
    fn covariances_are_those_of_the_loss_that_was_minimised() {
        let mut random = Random::simulated(4);
        let x: Vec<f64> = (0..90).map(|_| random.normal()).collect();
        let y: Vec<f64> = x.iter().map(|x| (1.0 + 0.5 * x + random.normal()).exp().floor()).collect();
        let table = Table::from_columns(vec![x]).and_then(|table| table.with_column("y", Values::Numeric(y))).unwrap();
        for loss in [LossKind::Huber, LossKind::NegativeBinomial, LossKind::Tweedie] {
            let data = Dataset::new(&table, ColumnRoles { loss: Some(loss), ..ColumnRoles::new("y") }).unwrap();
            let config = Config { method: Method::Linear, ..Config::default() };
            let Fitted { model, .. } = fit(&data, &config, &Silent).unwrap();
            assert_are_the_errors(&model.covariance(&data).unwrap().unwrap(), &model);
        }
    }
}
