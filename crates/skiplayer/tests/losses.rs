//! Losses of amounts, of counts that vary much, and of numbers a few of which are wild: against R, on small tables, and with bad input.

mod common;

use std::fs;
use std::path::Path;

use serde_json::Value;
use skiplayer::encode::Task;
use skiplayer::evaluate::{EvaluationOptions, evaluate};
use skiplayer::fit::{Config, Fitted, Form, Method, Silent, fit};
use skiplayer::loss::{Huber, Loss, LossKind, NegativeBinomial, Tweedie};
use skiplayer::matrix::Matrix;
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::solve::{PathOptions, linear_path};
use skiplayer::table::{Table, Values};

use common::{agree, diabetes, exponential, numbers, poisson, standardised, uniform};

/// The target of `benchmarks/reference/losses.R` for a loss.
fn target(kind: LossKind, progression: &[f64]) -> Vec<f64> {
    let of = |(i, &y): (usize, &f64)| match kind {
        LossKind::Gamma => y,
        LossKind::Tweedie => (y - 100.0).max(0.0) / 25.0,
        LossKind::NegativeBinomial => (y / 25.0).round() + if i % 11 == 0 { 9.0 } else { 0.0 },
        LossKind::Huber => y + if i % 17 == 0 { 400.0 } else { 0.0 },
        other => panic!("no reference for {}", other.name()),
    };
    progression.iter().enumerate().map(of).collect()
}

fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/losses/diabetes.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn lines_are_those_of_r() {
    let reference = reference();
    let number = |value: &Value| value.as_f64().unwrap();
    let mut columns = diabetes();
    let progression = columns.pop().unwrap();
    let n = progression.len();
    let x = Matrix::from_columns(n, &columns.iter().map(|column| standardised(column)).collect::<Vec<_>>());
    for kind in [LossKind::Gamma, LossKind::Tweedie, LossKind::NegativeBinomial, LossKind::Huber] {
        let expected = &reference[kind.name()];
        let loss = match kind {
            LossKind::Gamma => Loss::Gamma,
            LossKind::Tweedie => Loss::Tweedie(Tweedie { power: number(&expected["power"]) }),
            LossKind::NegativeBinomial => {
                Loss::NegativeBinomial(NegativeBinomial { theta: number(&expected["theta"]) })
            }
            _ => Loss::Huber(Huber { delta: number(&expected["delta"]) }),
        };
        let y = Matrix::from_columns(n, &[target(kind, &progression)]);
        let options = PathOptions { lambdas: Some(vec![0.0]), tol: 1e-12, ..PathOptions::default() };
        let fit = linear_path(&x, &y, &vec![1.0; n], loss, &options).unwrap().remove(0);
        let found: Vec<f64> = fit.intercept.iter().chain(&fit.coef).copied().collect();
        agree(kind.name(), &found, &expected["coef"], 1e-6);
        if let Some(deviance) = expected.get("deviance") {
            let eta = |i: usize| found[0] + (0..x.n_columns()).map(|j| found[j + 1] * x.get(i, j)).sum::<f64>();
            let row = |i: usize| loss.value(&[eta(i)], &[y.get(i, 0)], &[1.0]) - loss.saturated(&[y.get(i, 0)]);
            let found = 2.0 * (0..n).map(row).sum::<f64>();
            assert!((found / number(deviance) - 1.0).abs() < 1e-8, "{}: deviance {found}", kind.name());
        }
    }
}

fn with_loss(loss: LossKind) -> ColumnRoles {
    ColumnRoles { loss: Some(loss), ..ColumnRoles::new("y") }
}

fn fitted(table: &Table, loss: LossKind, config: &Config) -> Fitted {
    fit(&Dataset::new(table, with_loss(loss)).unwrap(), config, &Silent).unwrap()
}

#[test]
fn theta_is_that_of_glm_nb_and_delta_that_of_rlm() {
    let reference = reference();
    let mut columns = diabetes();
    let progression = columns.pop().unwrap();
    let linear = Config { method: Method::Linear, ..Config::default() };
    // `rlm` divides by 0.6745, the fourth digit of the median of a normal variate's distance; we by all of them.
    for (kind, parameter, tolerance) in [(LossKind::NegativeBinomial, "theta", 1e-6), (LossKind::Huber, "delta", 1e-4)]
    {
        let y = Values::Numeric(target(kind, &progression));
        let table = Table::from_columns(columns.clone()).unwrap().with_column("y", y).unwrap();
        let model = fitted(&table, kind, &linear).model;
        let unit = model.target.unit(0).scale;
        let found = model.target.loss().parameter().unwrap() * if kind == LossKind::Huber { unit } else { 1.0 };
        let expected = reference[kind.name()][parameter].as_f64().unwrap();
        assert!((found / expected - 1.0).abs() < tolerance, "{parameter} {found}, R has {expected}");
    }
}

/// Four inputs, and a target whose mean has the linear predictor 0.5 x1 - 0.3 x2, with `bend` times x3 squared.
fn table(kind: LossKind, n: usize, bend: f64) -> Table {
    let x = |i: usize, j: usize| 3.4 * (uniform(i, j) - 0.5);
    let y = (0..n)
        .map(|i| {
            let eta = 0.5 * x(i, 0) - 0.3 * x(i, 1) + bend * x(i, 2) * x(i, 2);
            let mixed = 0.5 * (exponential(i, 20) + exponential(i, 21));
            match kind {
                LossKind::Gamma => 100.0 * eta.exp() * mixed,
                LossKind::Tweedie => {
                    let events = poisson(1.5 * eta.exp(), i, 300);
                    (0..events as usize).map(|event| exponential(i, 600 + event)).sum()
                }
                LossKind::NegativeBinomial => poisson(3.0 * eta.exp() * mixed, i, 300),
                _ => 10.0 + 3.0 * eta + exponential(i, 30) - exponential(i, 31) + if i % 23 == 0 { 60.0 } else { 0.0 },
            }
        })
        .collect();
    let columns = (0..4).map(|j| (0..n).map(|i| x(i, j)).collect()).collect();
    Table::from_columns(columns).unwrap().with_column("y", Values::Numeric(y)).unwrap()
}

const NEW: [LossKind; 4] = [LossKind::Gamma, LossKind::Tweedie, LossKind::NegativeBinomial, LossKind::Huber];

#[test]
fn a_linear_problem_is_linear_and_a_bend_is_found_under_every_loss() {
    let config = Config { n_units: Some(4), n_starts: 2, inner_folds: 3, ..Config::default() };
    for kind in NEW {
        let linear = fitted(&table(kind, 600, 0.0), kind, &config);
        assert_eq!((linear.summary.form, linear.summary.n_units), (Form::Linear, 0), "{}", kind.name());
        assert!(linear.summary.converged, "{}: {:?}", kind.name(), linear.summary.termination);
        let slopes: Vec<f64> = linear.summary.coefficients.iter().map(|c| c.value).collect();
        let unit = if kind == LossKind::Huber { 3.0 } else { 1.0 };
        assert!((slopes[0] / unit - 0.5).abs() < 0.15 && (slopes[1] / unit + 0.3).abs() < 0.15, "{slopes:?}");
        let bent = fitted(&table(kind, 900, 0.6), kind, &config);
        assert!(bent.summary.n_units > 0, "{}: {:?}", kind.name(), bent.summary.contenders);
        assert_eq!(bent.model.target.loss().kind(), kind);
    }
}

#[test]
fn the_verdict_tells_a_line_from_a_bend_under_every_loss() {
    let config = Config { n_units: Some(3), n_starts: 2, inner_folds: 3, ..Config::default() };
    let options = EvaluationOptions { folds: 4, ..EvaluationOptions::default() };
    for kind in NEW {
        for (bend, is_linear) in [(0.0, true), (0.6, false)] {
            let table = table(kind, 500, bend);
            let data = Dataset::new(&table, with_loss(kind)).unwrap();
            let (evaluation, _) = evaluate(&data, &config, &options, &Silent).unwrap();
            let p = evaluation.curvature.p_value.unwrap();
            assert_eq!(p > 0.05, is_linear, "{}: p = {p}, {}", kind.name(), evaluation.verdict.text);
            let text = &evaluation.verdict.text;
            assert_eq!(text.starts_with("Linear:"), is_linear, "{}: {text}", kind.name());
        }
    }
}

/// A few wild rows move the line of squared error and leave Huber's where it is.
#[test]
fn wild_rows_do_not_move_the_line_of_huber() {
    let table = table(LossKind::Huber, 400, 0.0);
    let linear = Config { method: Method::Linear, ..Config::default() };
    let intercept = |kind| fitted(&table, kind, &linear).summary.intercept[0];
    assert!((intercept(LossKind::Huber) - 10.0).abs() < 0.4, "{}", intercept(LossKind::Huber));
    assert!((intercept(LossKind::Squared) - 12.6).abs() < 0.4, "{}", intercept(LossKind::Squared));
}

/// Amounts in another currency: the same shape, predictions in it.
#[test]
fn units_of_amounts_do_not_matter() {
    let dollars = table(LossKind::Gamma, 300, 0.6);
    let columns: Vec<Vec<f64>> = ["x1", "x2", "x3", "x4", "y"].map(|name| numbers(&dollars, name)).to_vec();
    let in_yen = columns[4].iter().map(|y| 128.0 * y).collect();
    let yen = Table::from_columns(columns[..4].to_vec()).unwrap().with_column("y", Values::Numeric(in_yen)).unwrap();
    let config = Config { n_units: Some(3), n_starts: 2, inner_folds: 3, ..Config::default() };
    let means =
        |table: &Table| fitted(table, LossKind::Gamma, &config).model.predict(table).unwrap().mean.values().to_vec();
    for (own, other) in means(&dollars).iter().zip(means(&yen)) {
        assert!((other / own / 128.0 - 1.0).abs() < 1e-12, "{own} {other}");
    }
}

#[test]
fn targets_that_a_loss_cannot_have_are_named() {
    let with = |y: f64| {
        let mut values: Vec<f64> = (0..40).map(|i| 1.0 + (i % 7) as f64).collect();
        values[5] = y;
        let x = (0..40).map(|i| (i as f64).sin()).collect();
        Table::from_columns(vec![x]).unwrap().with_column("y", Values::Numeric(values)).unwrap()
    };
    let error = |y: f64, roles: ColumnRoles| Dataset::new(with(y), roles).unwrap_err().to_string();
    for (y, kind, parts) in [
        (0.0, LossKind::Gamma, ["`y`", "row 6"]),
        (-2.0, LossKind::Gamma, ["`y`", "-2 in row 6"]),
        (-2.5, LossKind::Tweedie, ["`y`", "-2.5 in row 6"]),
        (1.5, LossKind::NegativeBinomial, ["`y`", "1.5 in row 6"]),
    ] {
        let text = error(y, with_loss(kind));
        assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    }
    let text = error(0.0, with_loss(LossKind::Gamma));
    assert!(text.contains("tweedie"), "{text}");
    let text = error(3.0, ColumnRoles { power: Some(1.2), ..with_loss(LossKind::Gamma) });
    assert!(text.contains("power"), "{text}");
    let text = error(3.0, ColumnRoles { task: Some(Task::Count), ..with_loss(LossKind::Gamma) });
    assert!(text.contains("count") && text.contains("gamma"), "{text}");
    for power in [1.0, 2.0, f64::NAN] {
        let text = error(3.0, ColumnRoles { power: Some(power), ..with_loss(LossKind::Tweedie) });
        assert!(text.contains("power"), "{text}");
    }
}
