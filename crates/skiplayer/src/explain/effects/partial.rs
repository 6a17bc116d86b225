//! Partial dependence (Friedman 2001, section 8.2) and individual conditional expectation (Goldstein et al. 2015).

use crate::explain::on_link_scale::Function;
use crate::matrix::Matrix;

/// `function` at every row with `features` set to each of `settings` in turn: (n_points) matrices (n, K).
pub fn individual(function: &Function, x: &Matrix, features: &[usize], settings: &[Vec<f64>]) -> Vec<Matrix> {
    let mut x = x.clone();
    let at = |setting: &Vec<f64>| {
        features.iter().zip(setting).for_each(|(&j, value)| x.column_mut(j).fill(*value));
        function(&x)
    };
    settings.iter().map(at).collect()
}

/// The weighted mean over the rows of each of `individual`: a curve over the grid for each output (K, n_points).
pub fn dependence(individual: &[Matrix], weight: &[f64]) -> Vec<Vec<f64>> {
    let total: f64 = weight.iter().sum();
    let mean = |m: &Matrix, o: usize| m.column(o).iter().zip(weight).map(|(v, w)| w * v).sum::<f64>() / total;
    let n_outputs = individual.first().map_or(0, Matrix::n_columns);
    (0..n_outputs).map(|o| individual.iter().map(|m| mean(m, o)).collect()).collect()
}
