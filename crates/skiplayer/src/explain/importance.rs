//! How much each input matters to the outputs, alone and together with others.

use super::effects::draw;
use crate::random::{Purpose, Random};
use crate::schema::Dataset;
use crate::table::{Table, Values};
use crate::{Model, Result};

/// Rows that are looked at; drawn, the same every time, where there are more.
const MAX_ROWS: usize = 1000;
/// Where there are fewer rows, each is compared with others until there are about so many pairs.
const PAIRS: usize = 1000;

/// [`importances`] over the rows of `data` that count: all of them, or those with a weight above zero.
///
/// # Errors
/// Those of [`importances`].
pub fn importances_of(model: &Model, data: &Dataset) -> Result<Vec<f64>> {
    let table = data.table();
    let roles = data.roles();
    if roles.class_weight.is_some() {
        return importances(model, table, &data.schema().rows, &data.schema().weight);
    }
    let weight = roles.weight.as_deref().and_then(|name| table.column(name)).map(|column| &column.values);
    let (rows, weight): (Vec<usize>, Vec<f64>) = match weight {
        Some(Values::Numeric(weight)) => weight.iter().enumerate().filter(|(_, weight)| **weight > 0.0).unzip(),
        _ => ((0..table.n_rows()).collect(), vec![1.0; table.n_rows()]),
    };
    importances(model, table, &rows, &weight)
}

/// The share of each column in the variance of the linear predictor over `rows` with their `weight`, in the order of
/// [`Encoding::columns`](crate::encode::Encoding::columns): total Sobol indices, which count what a column does alone and with
/// others, scaled to sum to 1. The parts of a date are one column. All zero where the model is a constant.
///
/// Jansen's estimator: half the mean squared difference that the input of another row makes. The sum over outputs is in network
/// units, in which regression targets count alike.
///
/// Jansen (1999), Analysis of variance designs for model output, Computer Physics Communications 117.
///
/// # Errors
/// Those of [`Encoding::apply`](crate::encode::Encoding::apply), and rows that the table does not have.
///
/// # Complexity
/// One pass of the network over at most about 2,000 rows for each column in use.
pub fn importances(model: &Model, table: &Table, rows: &[usize], weight: &[f64]) -> Result<Vec<f64>> {
    table.check_rows(rows)?;
    let column_of = model.encoding.column_of_feature();
    let mut total = vec![0.0; model.encoding.columns().len()];
    let mut used: Vec<usize> = model.network.inputs_in_use().iter().map(|&j| column_of[j]).collect();
    used.dedup();
    let chosen = draw(rows.len(), MAX_ROWS);
    let n = chosen.len();
    if used.is_empty() || n < 2 {
        return Ok(total);
    }
    let weight: Vec<f64> = chosen.iter().map(|&i| weight[i]).collect();
    let chosen: Vec<usize> = chosen.into_iter().map(|i| rows[i]).collect();
    let (x, _) = model.encoding.apply(table, &chosen)?;
    let own = model.network.forward(&x);
    // In a random circle of the rows each is compared with those that come some places later, and so never with itself.
    let circle = Random::of(0, Purpose::Importance, 0).permutation(n);
    let n_shifts = (PAIRS / n).clamp(1, n - 1);
    for &own_column in &used {
        for shift in 1..=n_shifts {
            let mut mixed = x.clone();
            for feature in (0..x.n_columns()).filter(|&j| column_of[j] == own_column) {
                let column = mixed.column_mut(feature);
                for (place, &row) in circle.iter().enumerate() {
                    column[row] = x.get(circle[(place + shift) % n], feature);
                }
            }
            let other = model.network.forward(&mixed);
            for o in 0..own.n_columns() {
                let pairs = own.column(o).iter().zip(other.column(o)).zip(&weight);
                total[own_column] += pairs.map(|((own, other), weight)| weight * (own - other).powi(2)).sum::<f64>();
            }
        }
    }
    let sum: f64 = total.iter().sum();
    if sum > 0.0 {
        total.iter_mut().for_each(|share| *share /= sum);
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{Config, Method, Silent, fit};
    use crate::schema::{ColumnRoles, Dataset};
    use crate::table::Values;

    fn normals(n: usize, p: usize) -> Vec<Vec<f64>> {
        let mut random = Random::simulated(3);
        (0..p).map(|_| (0..n).map(|_| random.normal()).collect()).collect()
    }

    fn importances_of(columns: &[Vec<f64>], y: Vec<f64>, config: &Config) -> Vec<f64> {
        let n = y.len();
        let table = Table::from_columns(columns.to_vec()).and_then(|t| t.with_column("y", Values::Numeric(y))).unwrap();
        let model = fit(&Dataset::new(&table, ColumnRoles::new("y")).unwrap(), config, &Silent).unwrap().model;
        importances(&model, &table, &(0..n).collect::<Vec<_>>(), &vec![1.0; n]).unwrap()
    }

    #[test]
    fn of_a_line_they_are_its_shares_of_the_variance() {
        let x = normals(800, 3);
        let y = (0..800).map(|i| 2.0 * x[0][i] - x[1][i]).collect();
        let found = importances_of(&x, y, &Config { method: Method::Linear, ..Config::default() });
        for (found, truth) in found.iter().zip([0.8, 0.2, 0.0]) {
            assert!((found - truth).abs() < 0.05, "{found} is not {truth}");
        }
    }

    #[test]
    fn an_input_that_only_bends_or_only_acts_with_another_counts() {
        let x = normals(600, 3);
        let y = (0..600).map(|i| x[0][i] * x[1][i]).collect();
        let found = importances_of(&x, y, &Config { n_units: Some(6), n_starts: 2, ..Config::default() });
        assert!(found[0] > 0.3 && found[1] > 0.3 && found[2] < 0.1, "{found:?}");
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
