use proptest::prelude::*;
use rand::{RngExt, SeedableRng};

use super::*;
use crate::loss::{Huber, NegativeBinomial, Ordinal, Quantile, Tweedie};

fn losses() -> [Loss; 12] {
    [
        Loss::Squared,
        Loss::Logistic,
        Loss::Binomial,
        Loss::Ordinal(Ordinal::even(3)),
        Loss::Softmax,
        Loss::Poisson,
        Loss::Cox(Default::default()),
        Loss::Gamma,
        Loss::Tweedie(Tweedie { power: 1.4 }),
        Loss::NegativeBinomial(NegativeBinomial { theta: 2.3 }),
        Loss::Huber(Huber { delta: 0.9 }),
        Loss::Quantile(Quantile::default()),
    ]
}

/// x (n, p) of any scale and centre, y, weights.
fn problem(loss: Loss, n: usize, p: usize, seed: u64) -> (Matrix, Matrix, Vec<f64>) {
    let mut random = rand_pcg::Pcg64::seed_from_u64(seed);
    let mut noise = || (0..6).map(|_| random.random::<f64>()).sum::<f64>() - 3.0;
    let shared: Vec<f64> = (0..n).map(|_| noise()).collect();
    let x = Matrix::from_fn(n, p, |i, j| (0.3 + j as f64 / p as f64) * (noise() + shared[i]) + (j % 3) as f64);
    let linear: Vec<f64> = (0..n).map(|i| x.get(i, 0) - 0.7 * x.get(i, p - 1) + 0.5 * noise()).collect();
    let k = if matches!(loss, Loss::Softmax | Loss::Squared | Loss::Quantile(_)) { 3 } else { 1 };
    let y = Matrix::from_fn(n, k, |i, k| match loss {
        Loss::Squared => 10.0 + (1.0 + k as f64) * linear[i] + noise(),
        Loss::Logistic | Loss::Cox(_) => f64::from(u8::from(linear[i] + noise() > 0.0)),
        Loss::Ordinal(_) => f64::from(u8::from(linear[i] > -0.4) + u8::from(linear[i] + noise() > 0.4)),
        Loss::Binomial => f64::from(u8::from(linear[i] > -0.4) + u8::from(linear[i] + noise() > 0.4)) / 2.0,
        Loss::Softmax => {
            let class = if i < 3 { i } else { usize::from(linear[i] > -0.4) + usize::from(linear[i] > 0.4) };
            f64::from(u8::from(class == k))
        }
        Loss::Quantile(_) => linear[i] + ((7 * i + 3) % 11) as f64 / 11.0,
        Loss::Huber(_) => linear[i] + if i % 11 == 0 { 20.0 } else { noise() },
        Loss::Gamma => (0.6 * linear[i] + 0.5 * noise()).exp(),
        Loss::Poisson | Loss::NegativeBinomial(_) | Loss::Tweedie(_) => (0.6 * linear[i]).exp().round().min(50.0),
    });
    let weight = (0..n).map(|i| 0.5 + (i % 4) as f64).collect();
    (x, y, weight)
}

/// The largest violation of the optimality conditions, from their definition and inputs as given.
fn violation(x: &Matrix, y: &Matrix, weight: &[f64], loss: Loss, l1_ratio: f64, fit: &LinearFit) -> f64 {
    let (n, p, k) = (x.n_rows(), x.n_columns(), y.n_columns());
    let mut eta = vec![0.0; n * k];
    for (at, eta) in eta.iter_mut().enumerate() {
        *eta = fit.intercept[at / n] + (0..p).map(|j| fit.coef[at / n * p + j] * x.get(at % n, j)).sum::<f64>();
    }
    let mut gradient = vec![0.0; n * k];
    loss.value_gradient::<f64, pulp::Scalar>(&eta, y.values(), weight, &mut gradient);
    let total: f64 = weight.iter().sum();
    let penalty = ElasticNet::new(fit.lambda, l1_ratio);
    let mut worst: f64 = 0.0;
    for l in 0..k {
        let rows = &gradient[l * n..][..n];
        worst = worst.max((rows.iter().sum::<f64>() / total).abs());
        for j in 0..p {
            let slope = -x.column(j).iter().zip(rows).map(|(x, g)| x * g).sum::<f64>() / total;
            worst = worst.max(penalty.violation(fit.coef[l * p + j], slope));
        }
    }
    worst
}

fn close(a: &[LinearFit], b: &[LinearFit], tol: f64) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        for (u, v) in a.coef.iter().chain(&a.intercept).zip(b.coef.iter().chain(&b.intercept)) {
            assert!((u - v).abs() <= tol * u.abs().max(1.0), "lambda {}: {u} and {v}\n{a:?}\n{b:?}", a.lambda);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_optimality_conditions_hold_at_every_solution(
        loss in 0usize..losses().len(), n in 15usize..60, p in 1usize..30, l1_ratio in prop_oneof![Just(0.0), Just(1.0), 0.05..1.0], seed: u64,
    ) {
        let loss = losses()[loss];
        let (x, y, weight) = problem(loss, n, p, seed);
        let options = PathOptions { l1_ratio, n_lambda: 12, ..PathOptions::default() };
        let scale = lambda_max(&x, &y, &weight, loss, 1.0);
        prop_assume!(scale > 1e-6);
        for fit in linear_path(&x, &y, &weight, loss, &options).unwrap() {
            prop_assert!(fit.termination.converged(), "{loss:?} {fit:?}");
            prop_assert!(fit.termination.kkt <= options.tol);
            let worst = violation(&x, &y, &weight, loss, l1_ratio, &fit);
            prop_assert!(worst <= 1e-8 * scale.max(1.0), "{loss:?}: {worst:e} of {scale:e} {fit:?}");
        }
    }
}

#[test]
fn the_model_is_empty_at_lambda_max_and_not_below() {
    for loss in losses() {
        for l1_ratio in [1.0, 0.5] {
            let (x, y, weight) = problem(loss, 40, 8, 3);
            let top = lambda_max(&x, &y, &weight, loss, l1_ratio);
            let lambdas = Some(vec![2.0 * top, top, 0.999 * top]);
            let options = PathOptions { l1_ratio, lambdas, ..PathOptions::default() };
            let fits = linear_path(&x, &y, &weight, loss, &options).unwrap();
            assert!(fits[..2].iter().all(|fit| fit.coef.iter().all(|c| *c == 0.0)), "{loss:?}");
            assert!(fits[2].coef.iter().any(|c| *c != 0.0), "{loss:?}");
        }
    }
}

#[test]
fn a_warm_start_changes_nothing() {
    for loss in losses() {
        let (x, y, weight) = problem(loss, 50, 12, 11);
        for l1_ratio in [1.0, 0.3, 0.0] {
            let options = PathOptions { l1_ratio, n_lambda: 10, tol: 1e-12, ..PathOptions::default() };
            let warm = linear_path(&x, &y, &weight, loss, &options).unwrap();
            let cold: Vec<LinearFit> = warm
                .iter()
                .flat_map(|fit| {
                    let options = PathOptions { lambdas: Some(vec![fit.lambda]), ..options.clone() };
                    linear_path(&x, &y, &weight, loss, &options).unwrap()
                })
                .collect();
            close(&warm, &cold, 1e-8);
            let lambdas: Vec<f64> = warm.iter().rev().map(|fit| fit.lambda).collect();
            let upward = PathOptions { lambdas: Some(lambdas), ..options.clone() };
            let mut upward = linear_path(&x, &y, &weight, loss, &upward).unwrap();
            upward.reverse();
            close(&warm, &upward, 1e-8);
        }
    }
}

#[test]
fn weights_are_repeated_rows() {
    for loss in losses() {
        let (x, y, _) = problem(loss, 40, 6, 5);
        let weight: Vec<f64> = (0..40).map(|i| (i % 4) as f64).collect();
        let rows: Vec<usize> = (0..40).flat_map(|i| std::iter::repeat_n(i, i % 4)).collect();
        let options = PathOptions { n_lambda: 8, tol: 1e-12, ..PathOptions::default() };
        let weighted = linear_path(&x, &y, &weight, loss, &options).unwrap();
        let ones = vec![1.0; rows.len()];
        let repeated = linear_path(&x.select_rows(&rows), &y.select_rows(&rows), &ones, loss, &options).unwrap();
        close(&weighted, &repeated, 1e-8);
    }
}

#[test]
fn residual_updates_agree_with_the_gram_matrix() {
    for loss in losses() {
        for (n, p) in [(50, 10), (25, 40)] {
            let (x, y, weight) = problem(loss, n, p, 17);
            let options = PathOptions { l1_ratio: 0.7, n_lambda: 8, tol: 1e-11, ..PathOptions::default() };
            let gram = path(&x, &y, (&weight).into(), loss, &options, GRAM_LIMIT).unwrap();
            let residuals = path(&x, &y, (&weight).into(), loss, &options, 0).unwrap();
            assert!(residuals.iter().all(|fit| fit.termination.converged()), "{loss:?}");
            close(&gram, &residuals, 1e-7);
        }
    }
}

#[test]
fn the_rotation_of_ridge_agrees_with_descent_on_all_inputs() {
    for loss in losses() {
        let (x, y, weight) = problem(loss, 20, 30, 23);
        let lambdas = Some(vec![1.0, 0.3]);
        let options = PathOptions { l1_ratio: 0.0, lambdas, tol: 1e-11, ..PathOptions::default() };
        let rotated = linear_path(&x, &y, &weight, loss, &options).unwrap();
        let barely_lasso = PathOptions { l1_ratio: f64::MIN_POSITIVE, ..options };
        let direct = linear_path(&x, &y, &weight, loss, &barely_lasso).unwrap();
        close(&rotated, &direct, 1e-8);
    }
}

#[test]
fn constant_and_duplicate_columns_are_harmless() {
    for loss in losses() {
        let (x, y, weight) = problem(loss, 40, 4, 9);
        let mut columns: Vec<Vec<f64>> = (0..4).map(|j| x.column(j).to_vec()).collect();
        columns.push(vec![0.1; 40]);
        columns.push(x.column(0).to_vec());
        let x = Matrix::from_columns(40, &columns);
        for l1_ratio in [1.0, 0.5, 0.0] {
            let lambdas = Some(vec![0.1, 0.01, 0.0]);
            let options = PathOptions { l1_ratio, lambdas, ..PathOptions::default() };
            for fit in linear_path(&x, &y, &weight, loss, &options).unwrap() {
                assert!(fit.termination.converged(), "{loss:?} {fit:?}");
                assert!(fit.coef.chunks(6).all(|c| c[4] == 0.0), "{loss:?} {fit:?}");
            }
        }
    }
}

#[test]
fn separable_classes_stop_without_a_solution() {
    let x = Matrix::from_fn(30, 2, |i, j| if j == 0 { i as f64 / 10.0 - 1.45 } else { ((i * 7) % 11) as f64 });
    let logistic = Matrix::from_fn(30, 1, |i, _| f64::from(u8::from(i >= 15)));
    let softmax = Matrix::from_fn(30, 3, |i, k| f64::from(u8::from(i / 10 == k)));
    // Class 1 wherever the first input is above 0, both classes below: only one coefficient runs away.
    let half = Matrix::from_fn(30, 1, |i, _| f64::from(u8::from(i >= 15 || i % 3 == 0)));
    let indicator = Matrix::from_fn(30, 1, |i, _| f64::from(u8::from(i >= 15)));
    for (x, y, loss) in
        [(&x, &logistic, Loss::Logistic), (&x, &softmax, Loss::Softmax), (&indicator, &half, Loss::Logistic)]
    {
        let options = PathOptions { lambdas: Some(vec![0.0]), ..PathOptions::default() };
        let fit = &linear_path(x, y, &[1.0; 30], loss, &options).unwrap()[0];
        assert!(!fit.termination.converged(), "{fit:?}");
        assert!(fit.coef.iter().chain(&fit.intercept).all(|c| c.is_finite()), "{fit:?}");
        assert!(fit.termination.objective.is_finite() && fit.termination.kkt.is_finite(), "{fit:?}");
    }
}

#[test]
fn responses_without_variation_give_finite_models() {
    for (loss, value) in [(Loss::Squared, 0.1), (Loss::Logistic, 1.0), (Loss::Poisson, 0.0), (Loss::Poisson, 3.0)] {
        let (x, _, weight) = problem(loss, 20, 3, 2);
        let y = Matrix::from_fn(20, 1, |_, _| value);
        let options = PathOptions { n_lambda: 4, ..PathOptions::default() };
        for fit in linear_path(&x, &y, &weight, loss, &options).unwrap() {
            assert!(fit.coef.iter().chain(&fit.intercept).all(|c| c.is_finite()), "{loss:?} {fit:?}");
        }
    }
}

#[test]
fn unusable_input_is_named() {
    let (x, y, weight) = problem(Loss::Logistic, 10, 12, 1);
    let message = |x: &Matrix, y: &Matrix, weight: &[f64], loss, options: &PathOptions| {
        linear_path(x, y, weight, loss, options).unwrap_err().to_string()
    };
    let default = PathOptions::default();
    assert!(message(&x, &y, &weight[1..], Loss::Logistic, &default).contains("weight: found 9 rows"));
    assert!(message(&x, &y, &weight, Loss::Softmax, &default).contains("found 1 columns"));
    let zero = PathOptions { lambdas: Some(vec![0.0]), ..default.clone() };
    assert!(message(&x, &y, &weight, Loss::Logistic, &zero).contains("more rows than inputs"));
    let mut broken = x.clone();
    broken.column_mut(2)[3] = f64::NAN;
    assert!(message(&broken, &y, &weight, Loss::Logistic, &default).contains("x, row 3, column 2"));
}
