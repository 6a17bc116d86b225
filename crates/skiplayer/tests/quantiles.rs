//! Quantiles: lines against R's quantreg, levels that do not cross, evaluation by level, and bad input.

#[expect(dead_code, reason = "counts are tested elsewhere")]
mod common;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;
use skiplayer::evaluate::{EvaluationOptions, evaluate};
use skiplayer::fit::{Config, Fitted, Form, Method, Silent, fit};
use skiplayer::loss::{Loss, LossKind, Quantile};
use skiplayer::matrix::Matrix;
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::solve::{PathOptions, linear_path};
use skiplayer::table::{Table, Values};

use common::{diabetes, exponential, numbers, standardised, uniform};

fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/losses/quantiles.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// Intercept and coefficients without a penalty, of a response that is brought to unit scale for it.
fn line(x: &Matrix, y: &[f64], weight: &[f64], level: f64) -> Vec<f64> {
    let n = y.len();
    let mean = y.iter().sum::<f64>() / n as f64;
    let scale = (y.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
    let response = Matrix::from_columns(n, &[y.iter().map(|y| (y - mean) / scale).collect()]);
    let options = PathOptions { lambdas: Some(vec![0.0]), tol: 1e-6, ..PathOptions::default() };
    let loss = Loss::Quantile(Quantile::new(&[level]).unwrap());
    let fit = linear_path(x, &response, &weight.to_vec(), loss, &options).unwrap().remove(0);
    assert!(fit.termination.converged(), "{:?}", fit.termination);
    std::iter::once(mean + scale * fit.intercept[0]).chain(fit.coef.iter().map(|b| scale * b)).collect()
}

fn assert_close(found: &[f64], expected: &[f64], what: &str) {
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{what}: {found}, R has {expected}");
    }
}

#[test]
fn lines_are_those_of_quantreg() {
    let reference = reference();
    let mut columns = diabetes();
    let y = columns.pop().unwrap();
    let n = y.len();
    let x = Matrix::from_columns(n, &columns.iter().map(|column| standardised(column)).collect::<Vec<_>>());
    let weight: Vec<f64> = (0..n).map(|i| 1.0 + (i % 3) as f64).collect();
    let (income, food) = (list(&reference["engel"]["income"]), list(&reference["engel"]["foodexp"]));
    let engel = Matrix::from_columns(income.len(), std::slice::from_ref(&income));
    for expected in reference["levels"].as_array().unwrap() {
        let level = expected["level"].as_f64().unwrap();
        assert_close(&line(&x, &y, &vec![1.0; n], level), &list(&expected["coef"]), "diabetes");
        assert_close(&line(&x, &y, &weight, level), &list(&expected["weighted"]), "weighted");
        assert_close(&line(&engel, &food, &vec![1.0; food.len()], level), &list(&expected["engel"]), "engel");
    }
}

fn roles(levels: &[f64]) -> ColumnRoles {
    ColumnRoles { loss: Some(LossKind::Quantile), quantiles: levels.to_vec(), ..ColumnRoles::new("y") }
}

fn fitted(table: &Table, levels: &[f64], config: &Config) -> Fitted {
    fit(&Dataset::new(table, roles(levels)).unwrap(), config, &Silent).unwrap()
}

/// Three inputs; the noise of y grows with the first, and `bend` times the square of the second is added.
fn table(n: usize, bend: f64) -> Table {
    let x = |i: usize, j: usize| 3.4 * (uniform(i, j) - 0.5);
    let noise = |i: usize| exponential(i, 30) - exponential(i, 31);
    let y = |i: usize| 10.0 + 2.0 * x(i, 0) + bend * x(i, 1) * x(i, 1) + (1.0 + 0.3 * x(i, 0)) * noise(i);
    let columns = (0..3).map(|j| (0..n).map(|i| x(i, j)).collect()).collect();
    Table::from_columns(columns).unwrap().with_column("y", Values::Numeric((0..n).map(y).collect())).unwrap()
}

const LEVELS: [f64; 3] = [0.1, 0.5, 0.9];

#[test]
fn a_line_stays_a_line_and_a_bend_is_found() {
    let config = Config { n_units: Some(3), n_starts: 2, inner_folds: 3, ..Config::default() };
    let linear = fitted(&table(500, 0.0), &LEVELS, &config);
    assert_eq!((linear.summary.form, linear.summary.n_units), (Form::Linear, 0), "{:?}", linear.summary.contenders);
    assert!(linear.summary.converged, "{:?}", linear.summary.termination);
    // Quantiles of the difference of two exponential variates are -ln 5, 0 and ln 5.
    let slope_of_first = |o: usize| {
        let name = format!("y q{}", LEVELS[o]);
        let of = |c: &&skiplayer::linear_part::Coefficient| c.input == "x1" && c.output.as_deref() == Some(&name[..]);
        linear.summary.coefficients.iter().find(of).map_or(0.0, |c| c.value)
    };
    for (o, truth) in [2.0 - 0.3 * 5.0_f64.ln(), 2.0, 2.0 + 0.3 * 5.0_f64.ln()].iter().enumerate() {
        assert!((slope_of_first(o) - truth).abs() < 0.3, "{o}: {}, expected {truth}", slope_of_first(o));
    }
    let bent = fitted(&table(700, 1.2), &LEVELS, &config);
    assert!(bent.summary.n_units > 0, "{:?}", bent.summary.contenders);
    let table = table(700, 1.2);
    let predicted = bent.model.predict(&table).unwrap();
    assert_eq!(predicted.outputs, ["y q0.1", "y q0.5", "y q0.9"]);
    let y = numbers(&table, "y");
    for (o, level) in LEVELS.iter().enumerate() {
        let below = (0..700).filter(|&i| y[i] <= predicted.mean.get(i, o)).count() as f64 / 700.0;
        assert!((below - level).abs() < 0.02, "{below} at {level}");
    }
    // Far from the data too.
    proptest!(|(rows in prop::collection::vec([-1e6..1e6_f64, -50.0..50.0_f64, -2.0..2.0_f64], 1..20))| {
        let columns = (0..3).map(|j| rows.iter().map(|row| row[j]).collect()).collect();
        let far = bent.model.predict(&Table::from_columns(columns).unwrap()).unwrap();
        prop_assert!((0..rows.len()).all(|i| (1..3).all(|o| far.mean.get(i, o - 1) <= far.mean.get(i, o))));
    });
}

#[test]
fn constants_hold_their_share_of_the_rows() {
    let table = table(300, 0.0);
    let config = Config { method: Method::Linear, ..Config::default() };
    for levels in [&[0.25][..], &[0.2, 0.4, 0.6, 0.8]] {
        let model = fitted(&table, levels, &config).model;
        let predicted = model.predict(&table).unwrap();
        let y = numbers(&table, "y");
        for (o, level) in levels.iter().enumerate() {
            let below = (0..300).filter(|&i| y[i] <= predicted.mean.get(i, o) + 1e-9).count() as f64;
            assert!((below - level * 300.0).abs() <= 6.0, "{below} rows at {level}");
        }
    }
}

#[test]
fn an_evaluation_tells_of_each_level() {
    let config = Config { n_units: Some(2), n_starts: 2, inner_folds: 3, ..Config::default() };
    let options = EvaluationOptions { folds: 4, ..EvaluationOptions::default() };
    let table = table(400, 0.0);
    let data = Dataset::new(&table, roles(&LEVELS)).unwrap();
    let (evaluation, intervals) = evaluate(&data, &config, &options, &Silent).unwrap();
    let network = evaluation.contenders.last().unwrap();
    assert_eq!(network.metric, "pinball");
    let scores = network.quantiles.as_ref().unwrap();
    let mean = scores.levels.iter().map(|of| of.pinball).sum::<f64>() / 3.0;
    assert!((mean - network.mean).abs() < 1e-9, "{mean} {}", network.mean);
    for of in &scores.levels {
        assert!((of.below - of.level).abs() < 4.0 * of.below_se + 0.01, "{of:?}");
    }
    let between = scores.between.unwrap();
    assert!((between.coverage - 0.8).abs() < 0.07, "{between:?}");
    let summary = evaluation.intervals.unwrap();
    assert!((summary.coverage - summary.level).abs() < 0.05, "{summary:?}");
    let bounds = intervals.unwrap().bounds(&table, &[0, 1, 2], &Matrix::zeros(3, 3), 0.9).unwrap().unwrap();
    assert_eq!(bounds.lower.n_columns(), 1);
    assert!((0..3).all(|i| bounds.lower.get(i, 0) < bounds.upper.get(i, 0)));
}

#[test]
fn levels_that_cannot_be_are_refused() {
    let table = table(60, 0.0);
    let error = |roles: ColumnRoles| Dataset::new(&table, roles).unwrap_err().to_string();
    for wrong in [&[0.0, 0.5][..], &[0.5, 1.0], &[0.9, 0.1], &[0.5, 0.5], &[90.0], &[0.05; 10]] {
        let text = error(roles(wrong));
        assert!(text.contains("quantile") && text.contains("above 0 and below 1"), "{text}");
    }
    let text = error(ColumnRoles { loss: Some(LossKind::Huber), ..roles(&LEVELS) });
    assert!(text.contains("huber") && text.contains("quantile"), "{text}");
    let text = error(ColumnRoles { columns: vec!["y".into(), "x1".into()], ..roles(&LEVELS) });
    assert!(text.contains("2 columns"), "{text}");
}
