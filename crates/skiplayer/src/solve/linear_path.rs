//! The linear member of the contenders, exactly: OLS, ridge, lasso and elastic net of every loss, along a path of lambdas.
//!
//! minimise (1/W) sum_i w_i loss_i(b + A x_i) + lambda (r |A|_1 + (1 - r)/2 |A|_2^2), W the sum of weights, intercepts free.
//!
//! Half the squared error is the loss of a row, so this is the scaling of scikit-learn's `Lasso` and `ElasticNet`; glmnet
//! standardises y, so that its ridge part uses lambda / sd(y). Squared error: coordinate descent (`coordinate_descent`);
//! other losses: the proximal Newton method on a network without units, whose curvature is exact for these links.

use super::coordinate_descent::Gaussian;
use super::objective::{NetworkObjective, Prices, Smooth};
use super::prox_newton::{ProxNewton, StopRule};
use super::{Reason, Termination};
use crate::data::Matrix;
use crate::loss::Loss;
use crate::net::kernel::{Design, Pass};
use crate::net::{Architecture, Layout, Role};
use crate::{Error, Result};

/// Which lambdas, how exactly.
#[derive(Debug, Clone, PartialEq)]
pub struct PathOptions {
    /// 1 is the lasso, 0 ridge.
    pub l1_ratio: f64,
    pub n_lambda: usize,
    /// Smallest lambda over the largest; `None`: 1e-3, or 1e-2 where there are more inputs than rows.
    pub lambda_ratio: Option<f64>,
    /// These lambdas instead, in this order; 0 is allowed where the solution is unique.
    pub lambdas: Option<Vec<f64>>,
    /// Largest violation of the optimality conditions, relative to the smallest lambda of an empty lasso.
    pub tol: f64,
    pub max_iter: usize,
}

impl Default for PathOptions {
    fn default() -> Self {
        Self { l1_ratio: 1.0, n_lambda: 100, lambda_ratio: None, lambdas: None, tol: 1e-9, max_iter: 100_000 }
    }
}

/// The solution at one lambda.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearFit {
    pub lambda: f64,
    /// (K)
    pub intercept: Vec<f64>,
    /// (K, p) row-major
    pub coef: Vec<f64>,
    /// `kkt` is relative as in [`PathOptions::tol`].
    pub termination: Termination,
}

/// The smallest lambda at which the lasso part is empty: the largest gradient at the constant fit, over `l1_ratio`.
pub fn lambda_max(x: &Matrix, y: &Matrix, weight: &[f64], loss: Loss, l1_ratio: f64) -> f64 {
    let constant = loss.constant_fit(y.values(), weight);
    let n = x.n_rows();
    let eta: Vec<f64> = constant.iter().flat_map(|b| std::iter::repeat_n(*b, n)).collect();
    let mut gradient = vec![0.0; eta.len()];
    loss.value_gradient::<false>(&eta, y.values(), weight, &mut gradient);
    let total: f64 = weight.iter().sum();
    let slope = |j: usize, o: usize| {
        let column = x.column(j);
        let mean = column.iter().zip(weight).map(|(x, w)| x * w).sum::<f64>() / total;
        column.iter().zip(&gradient[o * n..]).map(|(x, g)| (x - mean) * g).sum::<f64>().abs()
    };
    let slopes = (0..x.n_columns()).flat_map(|j| (0..y.n_columns()).map(move |o| slope(j, o)));
    slopes.fold(0.0, f64::max) / total / l1_ratio.max(1e-3)
}

/// Solutions along a path, warm-started from each to the next.
///
/// `x` (n, p), `y` (n, K) in network units, `weight` (n). Columns that do not vary get coefficient 0.
///
/// # Errors
/// Shapes that do not agree, or options out of range.
pub fn linear_path(
    x: &Matrix,
    y: &Matrix,
    weight: &[f64],
    loss: Loss,
    options: &PathOptions,
) -> Result<Vec<LinearFit>> {
    if !(0.0..=1.0).contains(&options.l1_ratio) {
        return Err(Error::input("l1_ratio", options.l1_ratio.to_string()).expected("0 to 1"));
    }
    if y.n_rows() != x.n_rows() || weight.len() != x.n_rows() {
        return Err(Error::input("x, y and weight", "different numbers of rows").expected("the same"));
    }
    let largest = lambda_max(x, y, weight, loss, options.l1_ratio);
    let lambdas = options.lambdas.clone().unwrap_or_else(|| {
        let ratio = options.lambda_ratio.unwrap_or(if x.n_rows() > x.n_columns() { 1e-3 } else { 1e-2 });
        let steps = (options.n_lambda.max(2) - 1) as f64;
        (0..options.n_lambda).map(|i| largest * ratio.powf(i as f64 / steps)).collect()
    });
    // With a response that nothing correlates with any tolerance would do.
    let scale = if largest > 0.0 { largest * options.l1_ratio.max(1e-3) } else { 1.0 };
    match loss {
        Loss::Squared => Ok(squared(x, y, weight, &lambdas, scale, options)),
        _ => Ok(likelihood(x, y, weight, loss, &lambdas, scale, options)),
    }
}

fn squared(
    x: &Matrix,
    y: &Matrix,
    weight: &[f64],
    lambdas: &[f64],
    scale: f64,
    options: &PathOptions,
) -> Vec<LinearFit> {
    let k = y.n_columns();
    let total: f64 = weight.iter().sum();
    let mut outputs: Vec<Gaussian> = (0..k).map(|o| Gaussian::new(x, y.column(o), weight)).collect();
    let mut fits = Vec::new();
    for &lambda in lambdas {
        let (mut iterations, mut worst) = (0, 0.0f64);
        for output in &mut outputs {
            let scale = output.largest_correlation().max(1e-3 * scale);
            let (sweeps, violation) = output.solve(lambda, options.l1_ratio, options.tol * scale, options.max_iter);
            iterations += sweeps;
            worst = worst.max(violation / scale);
        }
        let intercept: Vec<f64> = outputs.iter().map(Gaussian::intercept).collect();
        let coef: Vec<f64> = outputs.iter().flat_map(|o| o.beta.iter().copied()).collect();
        let data: f64 = (0..k)
            .map(|o| {
                let mut eta = vec![intercept[o]; x.n_rows()];
                for (j, b) in coef[o * x.n_columns()..][..x.n_columns()].iter().enumerate().filter(|(_, b)| **b != 0.0)
                {
                    eta.iter_mut().zip(x.column(j)).for_each(|(e, x)| *e += b * x);
                }
                Loss::Squared.value(&eta, y.column(o), weight)
            })
            .sum();
        let price: f64 = coef.iter().map(|b| options.l1_ratio * b.abs() + 0.5 * (1.0 - options.l1_ratio) * b * b).sum();
        let reason = if worst <= options.tol { Reason::Converged } else { Reason::IterationLimit };
        let termination = Termination { reason, iterations, objective: data / total + lambda * price, kkt: worst };
        fits.push(LinearFit { lambda, intercept, coef, termination });
    }
    fits
}

fn likelihood(
    x: &Matrix,
    y: &Matrix,
    weight: &[f64],
    loss: Loss,
    lambdas: &[f64],
    scale: f64,
    options: &PathOptions,
) -> Vec<LinearFit> {
    let layout = Layout::new(&Architecture::linear(x.n_columns(), y.n_columns()));
    let roles = layout.roles();
    let total: f64 = weight.iter().sum();
    let design = Design::new(x, y, weight);
    let ones = vec![1.0; y.n_columns()];
    let pass = Pass { layout: &layout, design: &design, loss, precision: &ones };
    let varies: Vec<bool> = (0..x.n_columns()).map(|j| x.column(j).iter().any(|v| *v != x.get(0, j))).collect();
    let live: Vec<usize> = (0..roles.len())
        .filter(|&i| roles[i] != Role::Skip || varies[(i - layout.skip.start) % x.n_columns().max(1)])
        .collect();
    let mut theta = vec![0.0; layout.n_parameters()];
    theta[layout.output_bias.clone()].copy_from_slice(&loss.constant_fit(y.values(), weight));
    let mut fits = Vec::new();
    for &lambda in lambdas {
        let mut objective = NetworkObjective::new(pass);
        for (ridge, role) in objective.ridge.iter_mut().zip(&roles) {
            *ridge = if *role == Role::Skip { total * lambda * (1.0 - options.l1_ratio) } else { 0.0 };
        }
        let l1 = total * lambda * options.l1_ratio;
        let price = roles.iter().map(|role| if *role == Role::Skip { l1 } else { 0.0 }).collect();
        let prices = Prices { price, live: live.clone() };
        // The solver measures violations of the sum over rows, relative to a price of at least 1.
        let unit = total * scale / l1.max(1.0);
        let rule = StopRule { tolerance: options.tol * unit, max_iterations: options.max_iter.min(500) };
        let mut newton = ProxNewton::new(&objective, &prices, theta);
        let mut termination = newton.run(&objective, &prices, rule, &|| false);
        termination.kkt /= unit;
        termination.objective = (objective.value(&newton.theta) + prices.value(&newton.theta)) / total;
        theta = newton.theta;
        if loss == Loss::Softmax {
            // Only differences of constants matter; without a price on them their sum is free.
            let centre = theta[layout.output_bias.clone()].iter().sum::<f64>() / y.n_columns() as f64;
            theta[layout.output_bias.clone()].iter_mut().for_each(|b| *b -= centre);
        }
        fits.push(LinearFit {
            lambda,
            intercept: theta[layout.output_bias.clone()].to_vec(),
            coef: theta[layout.skip.clone()].to_vec(),
            termination,
        });
    }
    fits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::Random;

    fn problem(loss: Loss, n: usize, p: usize, seed: u64) -> (Matrix, Matrix, Vec<f64>) {
        let mut random = Random::new(seed, 0);
        let k = if loss == Loss::Softmax { 3 } else { 1 };
        let x = Matrix::from_fn(n, p, |_, _| random.normal());
        let weight: Vec<f64> = (0..n).map(|_| 0.2 + random.uniform()).collect();
        let response: Vec<Vec<f64>> = (0..n)
            .map(|i| {
                let eta = x.get(i, 0) - 0.5 * x.get(i, p - 1) + 0.8 * random.normal();
                match loss {
                    Loss::Squared => vec![eta],
                    Loss::Logistic => vec![f64::from(u8::from(eta > 0.0))],
                    Loss::Poisson => vec![eta.exp().round()],
                    Loss::Softmax => {
                        let class = if eta < -0.5 { 0 } else { 1 + usize::from(eta > 0.7) };
                        (0..3).map(|o| f64::from(u8::from(o == class))).collect()
                    }
                }
            })
            .collect();
        (x, Matrix::from_fn(n, k, |i, o| response[i][o]), weight)
    }

    /// Largest violation of the optimality conditions, from the definition.
    fn violation(x: &Matrix, y: &Matrix, weight: &[f64], loss: Loss, r: f64, fit: &LinearFit) -> f64 {
        let (n, p, k) = (x.n_rows(), x.n_columns(), y.n_columns());
        let eta: Vec<f64> = (0..k)
            .flat_map(|o| (0..n).map(move |i| (o, i)))
            .map(|(o, i)| fit.intercept[o] + (0..p).map(|j| fit.coef[o * p + j] * x.get(i, j)).sum::<f64>())
            .collect();
        let mut gradient = vec![0.0; n * k];
        loss.value_gradient::<false>(&eta, y.values(), weight, &mut gradient);
        let total: f64 = weight.iter().sum();
        let mut worst: f64 = 0.0;
        for o in 0..k {
            worst = worst.max(gradient[o * n..][..n].iter().sum::<f64>().abs() / total);
            for j in 0..p {
                let b = fit.coef[o * p + j];
                let g =
                    (0..n).map(|i| gradient[o * n + i] * x.get(i, j)).sum::<f64>() / total + fit.lambda * (1.0 - r) * b;
                let l1 = fit.lambda * r;
                worst = worst.max(if b == 0.0 { (g.abs() - l1).max(0.0) } else { (g + l1 * b.signum()).abs() });
            }
        }
        worst
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn optimality_conditions_hold_along_the_path(
            n in 20usize..120, p in 1usize..12, which in 0usize..4, r in 0.3f64..1.0, seed: u64,
        ) {
            let loss = [Loss::Squared, Loss::Logistic, Loss::Softmax, Loss::Poisson][which];
            let (x, y, weight) = problem(loss, n, p, seed);
            let options = PathOptions { l1_ratio: r, n_lambda: 8, lambda_ratio: Some(0.03), tol: 1e-8, ..PathOptions::default() };
            for fit in linear_path(&x, &y, &weight, loss, &options).unwrap() {
                let worst = violation(&x, &y, &weight, loss, r, &fit);
                let scale = lambda_max(&x, &y, &weight, loss, r).max(1.0);
                prop_assert!(worst <= 1e-6 * scale, "{loss:?} lambda {}: {worst} {:?}", fit.lambda, fit.termination);
            }
        }
    }

    #[test]
    fn lambda_max_is_where_the_first_input_enters() {
        for loss in [Loss::Squared, Loss::Logistic, Loss::Softmax, Loss::Poisson] {
            let (x, y, weight) = problem(loss, 80, 5, 3);
            let top = lambda_max(&x, &y, &weight, loss, 1.0);
            let options = PathOptions { lambdas: Some(vec![top * 1.0001, top * 0.99]), ..PathOptions::default() };
            let fits = linear_path(&x, &y, &weight, loss, &options).unwrap();
            assert!(fits[0].coef.iter().all(|c| *c == 0.0), "{loss:?}");
            assert!(fits[1].coef.iter().any(|c| *c != 0.0), "{loss:?}");
        }
    }

    #[test]
    fn a_weight_of_two_is_a_row_twice() {
        for loss in [Loss::Squared, Loss::Logistic] {
            let (x, y, _) = problem(loss, 50, 4, 8);
            let weight: Vec<f64> = (0..50).map(|i| 1.0 + f64::from(i % 3 == 0)).collect();
            let twice: Vec<usize> = (0..50).flat_map(|i| std::iter::repeat_n(i, weight[i] as usize)).collect();
            let options = PathOptions { lambdas: Some(vec![0.05]), l1_ratio: 0.7, ..PathOptions::default() };
            let a = linear_path(&x, &y, &weight, loss, &options).unwrap();
            let ones = vec![1.0; twice.len()];
            let b = linear_path(&x.select_rows(&twice), &y.select_rows(&twice), &ones, loss, &options).unwrap();
            for (a, b) in a[0].coef.iter().zip(&b[0].coef) {
                assert!((a - b).abs() < 1e-7, "{loss:?}: {a} and {b}");
            }
        }
    }

    #[test]
    fn separable_classes_and_more_inputs_than_rows_end_quietly() {
        let (x, _, weight) = problem(Loss::Logistic, 30, 60, 5);
        let y = Matrix::from_fn(30, 1, |i, _| f64::from(u8::from(x.get(i, 0) > 0.0)));
        let options = PathOptions { lambdas: Some(vec![0.0]), ..PathOptions::default() };
        for loss in [Loss::Logistic, Loss::Squared, Loss::Poisson] {
            let fit = &linear_path(&x, &y, &weight, loss, &options).unwrap()[0];
            assert!(fit.coef.iter().all(|c| c.is_finite()), "{loss:?}");
        }
    }
}
