//! Offsets and exposures: what is added to a linear predictor with coefficient 1.

mod common;

use std::fs;
use std::path::Path;

use serde_json::Value;
use skiplayer::encode::OffsetColumns;
use skiplayer::evaluate::{EvaluationOptions, evaluate};
use skiplayer::fit::{Config, Fitted, Form, Method, Silent, fit};
use skiplayer::linear_part::{LinearPart, Responses};
use skiplayer::loss::{Loss, LossKind, NegativeBinomial, RowTerms, Tweedie};
use skiplayer::matrix::Matrix;
use skiplayer::pipeline::{Feature, Pipeline};
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::solve::{PathOptions, linear_path};
use skiplayer::table::{Table, Values};

use common::{agree, diabetes, exponential, numbers, poisson, standardised, uniform};

const KINDS: [LossKind; 6] = [
    LossKind::Squared,
    LossKind::Logistic,
    LossKind::Poisson,
    LossKind::NegativeBinomial,
    LossKind::Gamma,
    LossKind::Tweedie,
];

fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/losses/offsets.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Inputs, response and offset of `benchmarks/reference/offsets.R`.
fn of_r(kind: LossKind) -> (Matrix, Matrix, Vec<f64>) {
    let mut columns = diabetes();
    let progression = columns.pop().unwrap();
    let n = progression.len();
    let exposure: Vec<f64> = (0..n).map(|i| 1.0 + (i % 7) as f64 / 2.0).collect();
    let of = |i: usize| {
        let (y, exposure) = (progression[i], exposure[i]);
        // Halves go to the even number in R.
        let count = (y * exposure / 50.0).round_ties_even();
        match kind {
            LossKind::Squared => y / 100.0,
            LossKind::Logistic => f64::from(u8::from(y > 150.0)),
            LossKind::Poisson => count,
            LossKind::NegativeBinomial => count + if i.is_multiple_of(11) { 9.0 } else { 0.0 },
            LossKind::Gamma => y * exposure,
            _ => (y - 100.0).max(0.0) * exposure / 25.0,
        }
    };
    let columns: Vec<Vec<f64>> = columns.iter().map(|column| standardised(column)).collect();
    let y = Matrix::from_columns(n, &[(0..n).map(of).collect()]);
    (Matrix::from_columns(n, &columns), y, exposure.into_iter().map(f64::ln).collect())
}

fn loss_of_r(kind: LossKind, reference: &Value) -> Loss {
    let number = |name: &str| reference[kind.name()][name].as_f64().unwrap();
    match kind {
        LossKind::Squared => Loss::Squared,
        LossKind::Logistic => Loss::Logistic,
        LossKind::Poisson => Loss::Poisson,
        LossKind::NegativeBinomial => Loss::NegativeBinomial(NegativeBinomial { theta: number("theta") }),
        LossKind::Gamma => Loss::Gamma,
        _ => Loss::Tweedie(Tweedie { power: number("power") }),
    }
}

#[test]
fn lines_beside_an_offset_and_their_errors_are_those_of_r() {
    let reference = reference();
    for kind in KINDS {
        let (x, y, offset) = of_r(kind);
        let (n, p) = (x.n_rows(), x.n_columns());
        let (loss, weight) = (loss_of_r(kind, &reference), vec![1.0; n]);
        let terms = RowTerms { weight: &weight, offset: &offset };
        let options = PathOptions { lambdas: Some(vec![0.0]), tol: 1e-12, ..PathOptions::default() };
        let fit = linear_path(&x, &y, terms, loss, &options).unwrap().remove(0);
        let found: Vec<f64> = fit.intercept.iter().chain(&fit.coef).copied().collect();
        let expected = &reference[kind.name()];
        agree(&format!("{} coef", kind.name()), &found, &expected["coef"], 1e-6);
        // Of squared error the offset is taken off the response before anything else.
        if kind == LossKind::Squared {
            continue;
        }
        let null = loss.constant_fit(y.values(), terms)[0];
        let of_null = expected["null"].as_f64().unwrap();
        assert!((null - of_null).abs() < 1e-7, "{}: {null}, R has {of_null}", kind.name());
        let part = LinearPart {
            intercept: fit.intercept.clone(),
            coef: fit.coef.clone(),
            unit_lines: None,
            rank: p,
            n_used: p,
            converged: true,
        };
        let responses =
            Responses { x: &x, y: &y, weight: &weight, offset: &offset, loss, groups: None, durations: None };
        let used: Vec<usize> = (0..p).collect();
        let errors = responses.covariance(&part, &used).unwrap();
        let errors: Vec<f64> = (0..=p).map(|j| errors.get(j, j).sqrt()).collect();
        agree(&format!("{} hc3", kind.name()), &errors, &expected["hc3"], 1e-6);
    }
}

/// Two inputs, an exposure from 0.5 to 4.5, and a target whose mean is `exposure` e^(0.6 x1), bent by `bend` x2 squared.
fn table(kind: LossKind, n: usize, bend: f64) -> Table {
    let x = |i: usize, j: usize| 3.4 * (uniform(i, j) - 0.5);
    let exposure: Vec<f64> = (0..n).map(|i| 0.5 + 4.0 * uniform(i, 9)).collect();
    let y = (0..n)
        .map(|i| {
            let eta = 0.6 * x(i, 0) + bend * x(i, 1) * x(i, 1);
            let mean = exposure[i] * eta.exp();
            match kind {
                LossKind::Logistic => f64::from(u8::from(uniform(i, 40) < 1.0 / (1.0 + 1.0 / mean))),
                LossKind::Poisson => poisson(mean, i, 300),
                LossKind::NegativeBinomial => poisson(mean * 0.5 * (exponential(i, 20) + exponential(i, 21)), i, 300),
                LossKind::Gamma => mean * 0.5 * (exponential(i, 20) + exponential(i, 21)),
                LossKind::Tweedie => {
                    let events = poisson(1.5 * mean, i, 300);
                    (0..events as usize).map(|event| exponential(i, 600 + event)).sum()
                }
                _ => exposure[i].ln() + eta + exponential(i, 30) - 1.0,
            }
        })
        .collect();
    let logarithm = exposure.iter().map(|e| e.ln()).collect();
    let inputs = (0..2).map(|j| (0..n).map(|i| x(i, j)).collect()).collect();
    let with = |table: Table, name: &str, values| table.with_column(name, Values::Numeric(values)).unwrap();
    let table = with(Table::from_columns(inputs).unwrap(), "exposure", exposure);
    with(with(table, "logarithm", logarithm), "y", y)
}

fn roles(kind: LossKind, offset: OffsetColumns) -> ColumnRoles {
    let drop = ["exposure", "logarithm"].map(str::to_owned).to_vec();
    let drop = drop.into_iter().filter(|name| !offset.names().any(|own| own == name)).collect();
    ColumnRoles { loss: Some(kind), offset, drop, ..ColumnRoles::new("y") }
}

fn exposure() -> OffsetColumns {
    OffsetColumns { exposure: Some("exposure".to_owned()), offset: None }
}

fn offset() -> OffsetColumns {
    OffsetColumns { offset: Some("logarithm".to_owned()), exposure: None }
}

fn fitted(table: &Table, roles: ColumnRoles, config: &Config) -> Fitted {
    fit(&Dataset::new(table, roles).unwrap(), config, &Silent).unwrap()
}

fn small() -> Config {
    Config { n_units: Some(3), n_starts: 2, inner_folds: 3, ..Config::default() }
}

#[test]
fn an_exposure_is_the_offset_of_its_logarithm() {
    for kind in [LossKind::Poisson, LossKind::NegativeBinomial, LossKind::Gamma, LossKind::Tweedie] {
        let table = table(kind, 500, 0.4);
        let (a, b) = (
            fitted(&table, roles(kind, exposure()), &small()).model,
            fitted(&table, roles(kind, offset()), &small()).model,
        );
        assert_eq!(a.network, b.network, "{}", kind.name());
        assert!(a.network.n_units() > 0, "{}", kind.name());
        assert_eq!(a.predict(&table).unwrap().mean, b.predict(&table).unwrap().mean);
    }
}

/// What is taken off the target is added to its predictions.
#[test]
fn an_offset_of_numbers_is_taken_off_and_added_again() {
    for kind in [LossKind::Squared, LossKind::Huber] {
        let whole = table(kind, 400, 0.5);
        let known = numbers(&whole, "logarithm");
        let less = numbers(&whole, "y").iter().zip(&known).map(|(y, o)| y - o).collect();
        let rest = Table::from_columns(vec![numbers(&whole, "x1"), numbers(&whole, "x2")])
            .and_then(|table| table.with_column("y", Values::Numeric(less)))
            .unwrap();
        let plain = ColumnRoles { loss: Some(kind), ..ColumnRoles::new("y") };
        let (a, b) = (fitted(&whole, roles(kind, offset()), &small()).model, fitted(&rest, plain, &small()).model);
        assert_eq!(a.network, b.network);
        let means = a.predict(&whole).unwrap().mean;
        for (i, expected) in b.predict(&rest).unwrap().mean.values().iter().enumerate() {
            assert_eq!(means.get(i, 0), expected + known[i]);
        }
    }
}

#[test]
fn means_are_proportional_to_the_exposure_and_rows_add_up() {
    let kind = LossKind::Poisson;
    let table = table(kind, 500, 0.4);
    let model = fitted(&table, roles(kind, exposure()), &small()).model;
    let twice = numbers(&table, "exposure").iter().map(|e| 2.0 * e).collect();
    let longer = Table::from_columns(vec![numbers(&table, "x1"), numbers(&table, "x2")])
        .and_then(|table| table.with_column("exposure", Values::Numeric(twice)))
        .unwrap();
    let (own, other) = (model.predict(&table).unwrap().mean, model.predict(&longer).unwrap().mean);
    assert!(own.values().iter().zip(other.values()).all(|(own, other)| (other / own - 2.0).abs() < 1e-12));

    let rows = [3, 77];
    let told = model.explain(&table, &rows).unwrap();
    let parts = &told.outputs[0];
    let predictor = model.linear_predictor(&table).unwrap();
    for (i, &row) in rows.iter().enumerate() {
        let all = parts.inputs.iter().chain(&parts.units).map(|part| part.values[i]).sum::<f64>() + parts.baseline;
        assert!((all - parts.linear_predictor[i]).abs() < 1e-12 && (all - predictor.get(row, 0)).abs() < 1e-12);
        assert!((parts.prediction[i] / all.exp() - 1.0).abs() < 1e-12);
    }
    assert_eq!(parts.inputs.last().unwrap().name, "log(exposure)");
    assert!(model.explanation.formulas[0].ends_with(" + log(exposure)"), "{:?}", model.explanation.formulas);

    let pipeline = Pipeline::new(&model, None).unwrap();
    let last = pipeline.columns.last().unwrap();
    assert_eq!((last.column.as_str(), last.logarithm), ("exposure", true));
    assert_eq!(pipeline.model.features.last(), Some(&Feature::Offset { column: last.name.clone() }));
}

/// Longer exposure means more events, which is nothing that inputs would have to explain.
#[test]
fn what_the_exposure_explains_is_no_signal_and_no_curvature() {
    let options = EvaluationOptions { folds: 4, ..EvaluationOptions::default() };
    for kind in [LossKind::Poisson, LossKind::NegativeBinomial, LossKind::Gamma, LossKind::Logistic] {
        for (bend, is_linear) in [(0.0, true), (0.6, false)] {
            let known = if kind == LossKind::Logistic { offset() } else { exposure() };
            let table = table(kind, 700, bend);
            let data = Dataset::new(&table, roles(kind, known)).unwrap();
            let fitted = fit(&data, &small(), &Silent).unwrap();
            // A bend of log odds takes more rows to be worth its units.
            if is_linear || kind != LossKind::Logistic {
                let is_line = matches!(fitted.summary.form, Form::Linear | Form::Lasso | Form::ElasticNet);
                assert_eq!(is_line, is_linear, "{}: {:?}", kind.name(), fitted.summary.contenders);
            }
            let (evaluation, _) = evaluate(&data, &small(), &options, &Silent).unwrap();
            let p = evaluation.curvature.p_value.unwrap();
            assert_eq!(p > 0.05, is_linear, "{}: p = {p}, {}", kind.name(), evaluation.verdict.text);
            assert!(is_linear || !evaluation.verdict.text.starts_with("Linear:"), "{}", evaluation.verdict.text);
        }
    }
}

#[test]
fn a_long_table_has_offsets_too() {
    let kind = LossKind::Poisson;
    let table = table(kind, 6000, 0.0);
    let linear = Config { method: Method::Linear, ..Config::default() };
    let long = Config { stochastic_above: 2000, n_units: Some(3), ..Config::default() };
    let slope = |config: &Config| fitted(&table, roles(kind, exposure()), config).summary.coefficients[0].value;
    let (a, b) = (slope(&linear), slope(&long));
    assert!((a - 0.6).abs() < 0.03 && (b - a).abs() < 0.02, "{a} {b}");
}

#[test]
fn covariances_of_a_line_beside_an_exposure_have_its_standard_errors() {
    for kind in [LossKind::Poisson, LossKind::NegativeBinomial] {
        let table = table(kind, 500, 0.0);
        let linear = Config { method: Method::Linear, ..Config::default() };
        let data = Dataset::new(&table, roles(kind, exposure())).unwrap();
        let fitted = fit(&data, &linear, &Silent).unwrap();
        let covariance = fitted.model.covariance(&data).unwrap().unwrap();
        for coefficient in &fitted.summary.coefficients {
            let at = covariance.terms.iter().position(|(_, name)| name.as_ref() == Some(&coefficient.input)).unwrap();
            let (found, expected) = (covariance.values.get(at, at).sqrt(), coefficient.standard_error.unwrap());
            assert!((found / expected - 1.0).abs() < 1e-9, "{}: {found} {expected}", kind.name());
        }
    }
}

#[test]
fn offsets_that_cannot_be_are_named() {
    let kind = LossKind::Poisson;
    let with = |name: &str, at: usize, cell: f64| {
        let mut table = table(kind, 60, 0.0);
        let mut values = numbers(&table, name);
        values[at] = cell;
        let others = ["x1", "x2", "exposure", "logarithm", "y"].into_iter().filter(|other| *other != name);
        let columns: Vec<(&str, Vec<f64>)> = others.map(|other| (other, numbers(&table, other))).collect();
        table = Table::new(vec![]).unwrap();
        for (name, values) in columns.into_iter().chain([(name, values)]) {
            table = table.with_column(name, Values::Numeric(values)).unwrap();
        }
        table
    };
    let error = |table: Table, roles: ColumnRoles| Dataset::new(table, roles).unwrap_err().to_string();
    for (cell, found) in [(0.0, "0 in row 5"), (-1.5, "-1.5 in row 5"), (f64::NAN, "missing cell in row 5")] {
        let text = error(with("exposure", 4, cell), roles(kind, exposure()));
        assert!(text.contains("`exposure`") && text.contains(found), "{text}");
    }
    let text = error(with("logarithm", 4, f64::INFINITY), roles(kind, offset()));
    assert!(text.contains("`logarithm`") && text.contains("inf in row 5"), "{text}");
    let text = error(table(LossKind::Squared, 60, 0.0), roles(LossKind::Squared, exposure()));
    assert!(text.contains("counts or amounts"), "{text}");
    let misspelt = OffsetColumns { exposure: Some("exposur".to_owned()), offset: None };
    let text = error(table(kind, 60, 0.0), roles(kind, misspelt));
    assert!(text.contains("did you mean `exposure`?"), "{text}");
    let target = OffsetColumns { exposure: Some("y".to_owned()), offset: None };
    let text = error(table(kind, 60, 0.0), roles(kind, target));
    assert!(text.contains("which is the target"), "{text}");

    let model = fitted(&table(kind, 60, 0.0), roles(kind, exposure()), &small()).model;
    let without = Table::from_columns(vec![vec![0.1], vec![0.2]]).unwrap();
    let text = model.predict(&without).unwrap_err().to_string();
    assert!(text.contains("exposure `exposure`") && text.contains("no such column"), "{text}");
    let zero = without.with_column("exposure", Values::Numeric(vec![0.0])).unwrap();
    let text = model.predict(&zero).unwrap_err().to_string();
    assert!(text.contains("0 in row 1") && text.contains("above 0"), "{text}");
}
