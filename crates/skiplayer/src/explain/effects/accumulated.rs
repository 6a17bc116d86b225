//! Accumulated local effects (Apley & Zhu 2020): what a function does along one input where the data are.
//!
//! Each row moves only between the two grid points around it, so that unlikely combinations of inputs are never asked for; the mean
//! differences of all intervals, added up, are the effect (equation 16 there, with intervals between quantiles).

use super::grid::{Grid, interpolate};
use crate::explain::on_link_scale::Function;
use crate::matrix::Matrix;

/// The first-order effect of `function` along a numeric input: a curve over its grid for each output (K, n_points).
///
/// Centred: the weighted mean over the rows, between grid points in proportion, is zero. Two evaluations a row.
pub fn accumulated(function: &Function, x: &Matrix, weight: &[f64], grid: &Grid) -> Vec<Vec<f64>> {
    let at = grid.of_rows(x);
    let rows: Vec<usize> = (0..x.n_rows()).filter(|&i| at[i].is_some()).collect();
    let at: Vec<f64> = at.into_iter().flatten().collect();
    let last = grid.settings.len() - 1;
    // A row that lies on a place belongs to the interval below it.
    let interval: Vec<usize> = at.iter().map(|p| (p.ceil() as usize).clamp(1, last) - 1).collect();
    let moved = |to: usize| {
        let mut x = x.select_rows(&rows);
        let column = x.column_mut(grid.features.start);
        column.iter_mut().zip(&interval).for_each(|(cell, k)| *cell = grid.settings[k + to][0]);
        function(&x)
    };
    let (below, above) = (moved(0), moved(1));
    let weight: Vec<f64> = rows.iter().map(|&i| weight[i]).collect();
    let curve = |o: usize| {
        let mut sums = vec![(0.0, 0.0); last];
        for (r, &k) in interval.iter().enumerate() {
            sums[k].0 += weight[r] * (above.get(r, o) - below.get(r, o));
            sums[k].1 += weight[r];
        }
        let steps = sums.iter().map(|(sum, total)| if *total > 0.0 { sum / total } else { 0.0 });
        let mut height = 0.0;
        let heights = steps.map(|step| {
            height += step;
            height
        });
        let mut curve: Vec<f64> = std::iter::once(0.0).chain(heights).collect();
        centre(&mut curve, &at, &weight);
        curve
    };
    (0..below.n_columns()).map(curve).collect()
}

/// Subtracts the weighted mean of `curve` over rows that lie `at` its grid points.
pub fn centre(curve: &mut [f64], at: &[f64], weight: &[f64]) {
    let total: f64 = weight.iter().sum();
    let mean = at.iter().zip(weight).map(|(p, w)| w * interpolate(curve, *p)).sum::<f64>() / total;
    curve.iter_mut().for_each(|value| *value -= mean);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::Encoding;
    use crate::random::Random;
    use crate::table::{Table, Values};

    /// Two correlated numbers, one of them with gaps.
    fn data(n: usize) -> (Encoding, Matrix, Vec<f64>) {
        let mut random = Random::simulated(9);
        let a: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let b = a.iter().map(|a| if random.uniform() < 0.1 { f64::NAN } else { a + random.normal() }).collect();
        let table = Table::from_columns(vec![a]).and_then(|t| t.with_column("b", Values::Numeric(b))).unwrap();
        let rows: Vec<usize> = (0..n).collect();
        let weight: Vec<f64> = (0..n).map(|_| 0.2 + random.uniform()).collect();
        let (encoding, _) = Encoding::learn(&table, &["x1".into(), "b".into()], &rows, &weight).unwrap();
        let (x, _) = encoding.apply(&table, &rows).unwrap();
        (encoding, x, weight)
    }

    fn of(x: &Matrix, f: impl Fn(f64, f64) -> f64) -> Matrix {
        Matrix::from_fn(x.n_rows(), 1, |i, _| f(x.get(i, 0), x.get(i, 1)))
    }

    #[test]
    fn components_of_an_additive_function() {
        let (encoding, x, weight) = data(200);
        let components: [fn(f64) -> f64; 2] = [|a| (2.0 * a).sin() + a * a, |b| b.exp()];
        let function = |x: &Matrix| of(x, |a, b| components[0](a) + components[1](b));
        for (input, grid) in Grid::all(&encoding, &x, 500).into_iter().flatten().enumerate() {
            let curve = accumulated(&function, &x, &weight, &grid).remove(0);
            // With a place at each row's own value, nothing is interpolated.
            let present: Vec<usize> = (0..200).filter(|&i| input == 0 || grid.of_rows(&x)[i].is_some()).collect();
            let value = |i: usize| components[input](x.get(i, input));
            let total: f64 = present.iter().map(|&i| weight[i]).sum();
            let mean = present.iter().map(|&i| weight[i] * value(i)).sum::<f64>() / total;
            assert_eq!(curve.len(), present.len());
            for (height, setting) in curve.iter().zip(&grid.settings) {
                assert!((height - (components[input](setting[0]) - mean)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn agrees_with_loops_over_intervals() {
        let (encoding, x, weight) = data(150);
        let f = |a: f64, b: f64| (a * b).sin() + a * a * b;
        let grid = Grid::all(&encoding, &x, 12).remove(0).unwrap();
        let curve = accumulated(&|x: &Matrix| of(x, f), &x, &weight, &grid).remove(0);
        let edges: Vec<f64> = grid.settings.iter().map(|s| s[0]).collect();
        let mut height = 0.0;
        for k in 1..edges.len() {
            let (mut sum, mut total) = (0.0, 0.0);
            for i in 0..150 {
                let (a, b) = (x.get(i, 0), x.get(i, 1));
                if (a > edges[k - 1] || k == 1) && a <= edges[k] {
                    sum += weight[i] * (f(edges[k], b) - f(edges[k - 1], b));
                    total += weight[i];
                }
            }
            assert!(total > 0.0, "every interval holds a row");
            height += sum / total;
            assert!((curve[k] - curve[0] - height).abs() < 1e-12, "at {k}");
        }
    }
}
