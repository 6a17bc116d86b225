//! Pairs of inputs that act together: the H statistic (Friedman & Popescu 2008, equation 44), after a cheap screening.

use std::ops::Range;

use super::partial::{dependence, individual};
use crate::explain::on_link_scale::Function;
use crate::matrix::Matrix;

/// A pair of inputs, by their features.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    pub a: &'a Range<usize>,
    pub b: &'a Range<usize>,
}

/// What two inputs do together, for one output.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joint {
    /// Mean square of F_ab - F_a - F_b over the rows, the numerator of H².
    pub beyond: f64,
    /// Mean square of F_ab, the denominator.
    pub joint: f64,
}

/// Variance of all interactions that hold both inputs, summed over outputs: a quarter of the mean square of
/// f(x) - f(x^a) - f(x^b) + f(x^ab), where the features of a, b or both come from another row (Liu & Owen 2006, theorem 1).
///
/// Zero only where the inputs do not act together at these rows. Four evaluations a row.
pub fn superset_importance(function: &Function, x: &Matrix, donors: &Matrix, pair: Pair) -> f64 {
    let with = |features: &[&Range<usize>]| {
        let mut x = x.clone();
        for j in features.iter().flat_map(|range| (*range).clone()) {
            x.column_mut(j).copy_from_slice(donors.column(j));
        }
        function(&x)
    };
    let (none, a, b, both) = (with(&[]), with(&[pair.a]), with(&[pair.b]), with(&[pair.a, pair.b]));
    let [none, a, b, both] = [&none, &a, &b, &both].map(Matrix::values);
    let square = |i: usize| (none[i] - a[i] - b[i] + both[i]).powi(2);
    0.25 * (0..none.len()).map(square).sum::<f64>() / x.n_rows() as f64
}

/// Variance of everything that holds the input, summed over outputs: half the mean square of f(x) - f(x^a) (Jansen 1999).
pub fn total_importance(function: &Function, x: &Matrix, donors: &Matrix, features: &Range<usize>) -> f64 {
    let mut moved = x.clone();
    features.clone().for_each(|j| moved.column_mut(j).copy_from_slice(donors.column(j)));
    let (before, after) = (function(x), function(&moved));
    let squares = before.values().iter().zip(after.values()).map(|(a, b)| (a - b).powi(2));
    0.5 * squares.sum::<f64>() / x.n_rows() as f64
}

/// Centred partial dependence on `features` at the rows themselves (K, n): n² evaluations.
pub fn at_rows(function: &Function, x: &Matrix, weight: &[f64], features: &[usize]) -> Vec<Vec<f64>> {
    let own = |i: usize| features.iter().map(|&j| x.get(i, j)).collect::<Vec<f64>>();
    let settings: Vec<Vec<f64>> = (0..x.n_rows()).map(own).collect();
    let mut curves = dependence(&individual(function, x, features, &settings), weight);
    let total: f64 = weight.iter().sum();
    for curve in &mut curves {
        let mean = curve.iter().zip(weight).map(|(v, w)| w * v).sum::<f64>() / total;
        curve.iter_mut().for_each(|v| *v -= mean);
    }
    curves
}

/// H² in two parts, from centred partial dependences at the rows: of the perturbation on the pair and on each input, and the
/// line's share of both inputs, which has no interaction but belongs to the joint effect.
pub fn joint(both: &[f64], a: &[f64], b: &[f64], line: &[f64], weight: &[f64]) -> Joint {
    let total: f64 = weight.iter().sum();
    let mean =
        |value: &dyn Fn(usize) -> f64| (0..both.len()).map(|i| weight[i] * value(i).powi(2)).sum::<f64>() / total;
    Joint { beyond: mean(&|i| both[i] - a[i] - b[i]), joint: mean(&|i| both[i] + line[i]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn rows(n: usize) -> (Matrix, Matrix) {
        let mut random = Random::simulated(3);
        (Matrix::from_fn(n, 3, |_, _| random.normal()), Matrix::from_fn(n, 3, |_, _| random.normal()))
    }

    fn of(x: &Matrix, f: impl Fn(f64, f64, f64) -> f64) -> Matrix {
        Matrix::from_fn(x.n_rows(), 1, |i, _| f(x.get(i, 0), x.get(i, 1), x.get(i, 2)))
    }

    const PAIRS: [(usize, usize); 3] = [(0, 1), (0, 2), (1, 2)];

    fn h_squared(function: &Function, x: &Matrix, (a, b): (usize, usize)) -> f64 {
        let weight = vec![1.0; x.n_rows()];
        let at = |features: &[usize]| at_rows(function, x, &weight, features).remove(0);
        let Joint { beyond, joint } = joint(&at(&[a, b]), &at(&[a]), &at(&[b]), &vec![0.0; x.n_rows()], &weight);
        beyond / joint
    }

    #[test]
    fn an_additive_function_has_none() {
        let (x, donors) = rows(60);
        let function = |x: &Matrix| of(x, |a, b, c| a.sin() + b * b + c.exp());
        for (a, b) in PAIRS {
            assert!(h_squared(&function, &x, (a, b)) < 1e-25);
            assert!(superset_importance(&function, &x, &donors, Pair { a: &(a..a + 1), b: &(b..b + 1) }) < 1e-25);
        }
    }

    #[test]
    fn a_product_is_found() {
        let (x, donors) = rows(400);
        let product = |x: &Matrix| of(x, |a, b, c| a * b + c * c);
        // The variance of the product of two independent standard normal numbers is 1, and all of it is interaction.
        let importance =
            PAIRS.map(|(a, b)| superset_importance(&product, &x, &donors, Pair { a: &(a..a + 1), b: &(b..b + 1) }));
        assert!((importance[0] - 1.0).abs() < 0.3 && importance[1] < 1e-25 && importance[2] < 1e-25, "{importance:?}");
        let h = PAIRS.map(|pair| h_squared(&product, &x, pair));
        assert!(h[0] > 0.95 && h[1] < 1e-25 && h[2] < 1e-25, "{h:?}");
        let total = [0, 2].map(|a| total_importance(&product, &x, &donors, &(a..a + 1)));
        assert!((total[0] - 1.0).abs() < 0.3 && (total[1] - 2.0).abs() < 0.8, "{total:?}");
    }

    #[test]
    fn agrees_with_the_double_sum() {
        let (x, _) = rows(30);
        let f = |a: f64, b: f64, c: f64| (a * b + c).sin() + a * c;
        let function = |x: &Matrix| of(x, f);
        let mean = |i: usize, own: [bool; 3]| {
            let value = |k: usize| {
                let cell = |j: usize| x.get(if own[j] { i } else { k }, j);
                f(cell(0), cell(1), cell(2))
            };
            (0..30).map(value).sum::<f64>() / 30.0
        };
        let centred = |own: [bool; 3]| {
            let values: Vec<f64> = (0..30).map(|i| mean(i, own)).collect();
            let centre = values.iter().sum::<f64>() / 30.0;
            values.into_iter().map(|v| v - centre).collect::<Vec<f64>>()
        };
        let (both, a, b) = (centred([true, true, false]), centred([true, false, false]), centred([false, true, false]));
        let beyond: f64 = (0..30).map(|i| (both[i] - a[i] - b[i]).powi(2)).sum();
        let whole: f64 = both.iter().map(|v| v * v).sum();
        assert!((h_squared(&function, &x, (0, 1)) - beyond / whole).abs() < 1e-12);
    }
}
