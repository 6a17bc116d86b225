//! Ordered classes: against R, on small tables, and with bad input.

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use std::fs;
use std::path::Path;

use serde_json::Value;
use skiplayer::encode::Task;
use skiplayer::evaluate::{EvaluationOptions, evaluate};
use skiplayer::fit::{Config, Fitted, Form, Method, Silent, fit};
use skiplayer::loss::{Loss, LossKind, Ordinal};
use skiplayer::pipeline::{Output, Pipeline};
use skiplayer::schema::{ColumnRoles, ColumnRules, Dataset};
use skiplayer::table::{Column, Meaning, Table, Values};

use common::{agree, diabetes, numbers, standardised, uniform};

fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/losses/ordinal.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The table of `benchmarks/reference/ordinal.R`.
fn of_r() -> (Table, Vec<String>) {
    let mut columns = diabetes();
    let progression = columns.pop().unwrap();
    let n = progression.len();
    let class = |y: &f64| [80.0, 110.0, 150.0, 220.0].iter().filter(|limit| y > limit).count() as f64;
    let of = |f: &dyn Fn(usize) -> f64| Values::Numeric((0..n).map(f).collect());
    let names: Vec<String> = (1..=columns.len()).map(|j| format!("x{j}")).collect();
    let table = Table::from_columns(columns.iter().map(|column| standardised(column)).collect())
        .and_then(|table| table.with_column("y", Values::Numeric(progression.iter().map(class).collect())))
        .and_then(|table| table.with_column("w", of(&|i| 1.0 + (i % 4) as f64 / 2.0)))
        .and_then(|table| table.with_column("known", of(&|i| ((i % 5) as f64 - 2.0) / 4.0)))
        .unwrap();
    (table, names)
}

#[test]
fn the_line_its_thresholds_and_their_errors_are_those_of_r() {
    let (reference, (table, names)) = (reference(), of_r());
    let linear = line();
    for name in ["plain", "weighted", "offset"] {
        let mut roles =
            ColumnRoles { rules: ColumnRules { unpenalized: names.clone(), ..ColumnRules::default() }, ..roles() };
        roles.weight = (name == "weighted").then(|| "w".to_owned());
        roles.offset.offset = (name == "offset").then(|| "known".to_owned());
        roles.drop = [("weighted", "w"), ("offset", "known")]
            .into_iter()
            .filter(|(other, _)| *other != name)
            .map(|(_, column)| column.to_owned())
            .collect();
        let data = Dataset::new(&table, roles).unwrap();
        let Fitted { model, summary } = fit(&data, &linear, &Silent).unwrap();
        let expected = &reference[name];
        let coef: Vec<f64> = summary.coefficients.iter().map(|c| c.value).collect();
        agree(name, &coef, &expected["coef"], 1e-6);
        // R's thresholds are those of predictors without a constant.
        let thresholds: Vec<f64> =
            model.target.thresholds().iter().map(|threshold| threshold - summary.intercept[0]).collect();
        agree(name, &thresholds, &expected["thresholds"], 1e-6);
        let errors: Vec<f64> = summary.coefficients.iter().map(|c| c.standard_error.unwrap()).collect();
        agree(name, &errors, &expected["hc3"], 1e-6);
        if name == "weighted" {
            // R takes weights for numbers of rows, here only their ratios matter: no likelihood is the same.
            continue;
        }
        let found = model.log_likelihood(&data).unwrap();
        agree(name, &[-2.0 * found.value], &expected["deviance"], 1e-9);
        assert_eq!(found.degrees_of_freedom as u64, expected["df"].as_u64().unwrap());
        let predicted = model.predict(&table).unwrap();
        for (i, row) in expected["probabilities"].as_array().unwrap().iter().enumerate() {
            let own: Vec<f64> = (0..5).map(|k| predicted.mean.get(i, k)).collect();
            agree(name, &own, row, 1e-6);
        }
        if name == "plain" {
            agree("polr", &coef, &reference["polr"]["coef"], 1e-6);
            let explained = 1.0 - expected["deviance"].as_f64().unwrap() / reference["null_deviance"].as_f64().unwrap();
            assert!((summary.linear_share_in_sample - explained).abs() < 1e-6, "{}", summary.linear_share_in_sample);
        }
    }
}

fn roles() -> ColumnRoles {
    ColumnRoles { loss: Some(LossKind::Ordinal), ..ColumnRoles::new("y") }
}

/// Three inputs, and classes 1 to 4 between the thresholds -1.5, 0 and 1 of the latent number 1.2 x1 + `bend` (x2 squared - 1) + logistic noise.
fn latent(n: usize, bend: f64) -> (Vec<Vec<f64>>, Vec<f64>) {
    let x = |i: usize, j: usize| 3.4 * (uniform(i, j) - 0.5);
    let class = |i: usize| {
        let u = uniform(i, 40);
        let y = 1.2 * x(i, 0) + bend * (x(i, 1) * x(i, 1) - 0.96) + (u / (1.0 - u)).ln();
        1.0 + [-1.5, 0.0, 1.0].iter().filter(|threshold| y > **threshold).count() as f64
    };
    ((0..3).map(|j| (0..n).map(|i| x(i, j)).collect()).collect(), (0..n).map(class).collect())
}

fn table(n: usize, bend: f64) -> Table {
    let (x, y) = latent(n, bend);
    Table::from_columns(x).unwrap().with_column("y", Values::Numeric(y)).unwrap()
}

fn fitted(table: &Table, roles: ColumnRoles, config: &Config) -> Fitted {
    fit(&Dataset::new(table, roles).unwrap(), config, &Silent).unwrap()
}

/// The line on the inputs that are not penalised.
fn line() -> Config {
    Config { method: Method::Evidence, n_units: Some(0), ..Config::default() }
}

fn small() -> Config {
    Config { n_units: Some(3), n_starts: 2, inner_folds: 3, ..Config::default() }
}

#[test]
fn a_linear_problem_is_linear_and_a_bend_is_found() {
    let options = EvaluationOptions { folds: 4, ..EvaluationOptions::default() };
    for (bend, is_linear) in [(0.0, true), (1.2, false)] {
        let table = table(600, bend);
        let data = Dataset::new(&table, roles()).unwrap();
        let fitted = fit(&data, &small(), &Silent).unwrap();
        assert_eq!(fitted.summary.form == Form::Linear, is_linear, "{:?}", fitted.summary.contenders);
        assert!(fitted.summary.converged, "{:?}", fitted.summary.termination);
        let slope = fitted.summary.coefficients[0].value;
        assert!((slope - 1.2).abs() < 0.3, "{slope}");
        let (evaluation, _) = evaluate(&data, &small(), &options, &Silent).unwrap();
        let p = evaluation.curvature.p_value.unwrap();
        assert_eq!(p > 0.05, is_linear, "p = {p}, {}", evaluation.verdict.text);
        assert_eq!(evaluation.verdict.text.starts_with("Linear:"), is_linear, "{}", evaluation.verdict.text);
        let metrics: Vec<&str> = evaluation.contenders[0].scores.iter().map(|score| score.metric.as_str()).collect();
        assert_eq!(metrics, ["log loss", "accuracy", "Brier", "RPS", "MAE"]);
        // A constant has the shares of the classes, not thresholds of the line.
        let mean = &evaluation.contenders[0];
        let entropy = (1..=4).map(|class| {
            let share = numbers(&table, "y").iter().filter(|y| **y == f64::from(class)).count() as f64 / 600.0;
            -share * share.ln()
        });
        assert!((mean.mean - entropy.sum::<f64>()).abs() < 0.02, "{}: {}", mean.name, mean.mean);
        let intervals = evaluation.intervals.unwrap();
        assert!((intervals.coverage - 0.9).abs() < 0.05, "{intervals:?}");
    }
}

/// Of two classes the odds are those of logistic regression.
#[test]
fn two_ordered_classes_are_those_of_logistic_regression() {
    let whole = table(300, 0.0);
    let two = numbers(&whole, "y").iter().map(|y| f64::from(u8::from(*y > 2.0))).collect();
    let columns = ["x1", "x2", "x3"].map(|name| numbers(&whole, name)).to_vec();
    let table = Table::from_columns(columns).unwrap().with_column("y", Values::Numeric(two)).unwrap();
    let names = ["x1", "x2", "x3"].map(str::to_owned).to_vec();
    let of = |loss| {
        let rules = ColumnRules { unpenalized: names.clone(), ..ColumnRules::default() };
        let roles = ColumnRoles { loss: Some(loss), rules, ..ColumnRoles::new("y") };
        let Fitted { model, summary } = fitted(&table, roles, &line());
        let errors: Vec<f64> = summary.coefficients.iter().map(|c| c.standard_error.unwrap()).collect();
        (model.predict(&table).unwrap().mean, errors)
    };
    let ((a, errors), (b, of_logistic)) = (of(LossKind::Ordinal), of(LossKind::Logistic));
    assert!(a.values().iter().zip(b.values()).all(|(a, b)| (a - b).abs() < 1e-5));
    for (a, b) in errors.iter().zip(&of_logistic) {
        assert!((a - b).abs() < 1e-4 * b, "{errors:?} {of_logistic:?}");
    }
}

#[test]
fn probabilities_follow_from_the_score_and_the_thresholds() {
    let table = table(500, 1.2);
    let model = fitted(&table, roles(), &small()).model;
    let predicted = model.predict(&table).unwrap();
    let (score, thresholds) = (model.linear_predictor(&table).unwrap(), model.target.thresholds());
    assert_eq!(predicted.outputs, ["1", "2", "3", "4"]);
    for i in 0..500 {
        let mut below = 0.0;
        for (k, threshold) in thresholds.iter().enumerate() {
            below += predicted.mean.get(i, k);
            assert!((below - 1.0 / (1.0 + (score.get(i, 0) - threshold).exp())).abs() < 1e-12);
        }
        assert!((below + predicted.mean.get(i, 3) - 1.0).abs() < 1e-12);
    }
    assert!((score.column(0).iter().sum::<f64>() / 500.0).abs() < 1e-9, "the score is 0 on average");

    let told = model.explain(&table, &[7]).unwrap().outputs.remove(0);
    let all = told.inputs.iter().chain(&told.units).map(|part| part.values[0]).sum::<f64>() + told.baseline;
    assert!((all - score.get(7, 0)).abs() < 1e-9);
    let expected: f64 = (0..4).map(|k| k as f64 * predicted.mean.get(7, k)).sum();
    assert!((told.prediction[0] - expected).abs() < 1e-12);
    let reading = model.explanation.reading.join("; ");
    assert!(reading.contains("with the thresholds 1|2 ") && reading.contains("3|4 "), "{reading}");
    let Output::Ordered { thresholds: exported, .. } = Pipeline::new(&model, None).unwrap().model.output else {
        panic!()
    };
    assert_eq!(exported, thresholds);
}

/// Far out and between thresholds that are close, where differences of cumulative probabilities have no digits left.
#[test]
fn small_probabilities_keep_their_digits() {
    let close = |a: f64, b: f64| assert!((a / b - 1.0).abs() < 1e-12, "{a} {b}");
    let own = Ordinal::new(&[-1.0, 0.5]).unwrap();
    let (low, high) = (own.probabilities(60.0), own.probabilities(-60.0));
    close(low[0], (-61.0f64).exp());
    close(low[1], (-59.5f64).exp() - (-61.0f64).exp());
    close(high[2], (-60.5f64).exp());
    close(high[1], (-59.0f64).exp() - (-60.5f64).exp());
    let loss = Loss::Ordinal(own);
    for (eta, class, expected) in [(1e6, 0.0, 1e6 + 1.0), (-1e6, 2.0, 1e6 + 0.5), (1e6, 1.0, 1e6 - 0.5)] {
        assert!((loss.value(&[eta], &[class], &[1.0]) - expected).abs() < 0.3, "{eta}");
    }
    // F(u) (1 - F(u)) times their distance.
    let narrow = Ordinal::new(&[1.0, 1.0 + 1e-9]).unwrap();
    let f = |u: f64| (-u).exp() / (1.0 + (-u).exp()).powi(2);
    let distance = (1.0f64 + 1e-9) - 1.0;
    for eta in [-3.0, 0.2, 4.0] {
        assert!((narrow.probabilities(eta)[1] / (f(1.0 - eta) * distance) - 1.0).abs() < 1e-8, "{eta}");
    }
}

#[test]
fn a_long_table_has_ordered_classes_too() {
    let table = table(6000, 0.0);
    let linear = Config { method: Method::Linear, ..Config::default() };
    let long = Config { stochastic_above: 2000, n_units: Some(3), ..Config::default() };
    let of = |config: &Config| fitted(&table, roles(), config);
    let (a, b) = (of(&linear), of(&long));
    let slope = |fitted: &Fitted| fitted.summary.coefficients[0].value;
    assert!((slope(&a) - 1.2).abs() < 0.08 && (slope(&b) - slope(&a)).abs() < 0.05, "{} {}", slope(&a), slope(&b));
    for (a, b) in a.model.target.thresholds().iter().zip(b.model.target.thresholds()) {
        assert!((a - b).abs() < 0.05, "{a} {b}");
    }
}

fn with_words(words: [&str; 4], ordered: Option<[&str; 4]>) -> Table {
    let (x, y) = latent(200, 0.0);
    let values = match ordered {
        None => Values::from_text(y.iter().map(|y| Some(words[*y as usize - 1]))),
        Some(levels) => Values::Categorical {
            codes: y.iter().map(|y| levels.iter().position(|l| *l == words[*y as usize - 1]).unwrap() as u32).collect(),
            levels: levels.map(String::from).to_vec(),
        },
    };
    let mut column =
        Column { meaning: Meaning::Category { is_ordered: ordered.is_some() }, ..Column::new("y", values) };
    column.name = "y".to_owned();
    let inputs = Table::from_columns(x).unwrap();
    Table::new(inputs.columns().iter().cloned().chain([column]).collect()).unwrap()
}

#[test]
fn classes_have_an_order_or_are_asked_for_one() {
    let words = ["poor", "fair", "good", "best"];
    let order = |table: Table, classes: &[&str]| {
        let classes = classes.iter().map(|class| class.to_string()).collect();
        Dataset::new(table, ColumnRoles { classes, ..roles() }).map(|data| data.schema().classes.clone())
    };
    assert_eq!(order(table(200, 0.0), &[]).unwrap(), ["1", "2", "3", "4"]);
    assert_eq!(order(with_words(words, Some(words)), &[]).unwrap(), words);
    assert_eq!(order(with_words(words, None), &words).unwrap(), words);
    assert_eq!(order(with_words(["9", "10", "11", "100"], None), &[]).unwrap(), ["9", "10", "11", "100"]);
    let text = order(with_words(words, None), &[]).unwrap_err().to_string();
    assert!(text.contains("the classes `best`, `fair`, `good`, `poor` without an order"), "{text}");
    assert!(text.contains("ColumnRoles::classes"), "{text}");
    let text = order(with_words(words, None), &["poor", "fair", "good"]).unwrap_err().to_string();
    assert!(text.contains("the class `best`"), "{text}");
    let text = order(with_words(words, None), &["poor", "fair", "good", "best", "superb"]).unwrap_err().to_string();
    assert!(text.contains("no row of the class `superb`"), "{text}");
    let halves = Table::from_columns(vec![numbers(&table(60, 0.0), "x1")])
        .and_then(|own| own.with_column("y", Values::Numeric((0..60).map(|i| (i % 4) as f64 / 2.0).collect())))
        .unwrap();
    let text = order(halves, &[]).unwrap_err().to_string();
    assert!(text.contains("0.5 in row 2") && text.contains("squared"), "{text}");
    let many = Table::from_columns(vec![(0..200).map(|i| (i as f64).sin()).collect()])
        .and_then(|own| own.with_column("y", Values::Numeric((0..200).map(|i| (i % 25) as f64).collect())))
        .unwrap();
    let text = order(many, &[]).unwrap_err().to_string();
    assert!(text.contains("25 ordered classes") && text.contains("at most 20"), "{text}");

    // The order of the target is used, and nothing says that it is not.
    let data = Dataset::new(with_words(words, Some(words)), roles()).unwrap();
    assert!(data.schema().messages.is_empty() && data.schema().task == Task::Ordinal, "{:?}", data.schema().messages);
}

#[test]
fn groups_have_errors_of_their_own() {
    let whole = table(300, 0.0);
    let twice = |name: &str| [numbers(&whole, name), numbers(&whole, name)].concat();
    let group: Vec<f64> = (0..600).map(|i| (i % 300) as f64).collect();
    let doubled = Table::from_columns(["x1", "x2", "x3"].map(twice).to_vec())
        .and_then(|table| table.with_column("y", Values::Numeric(twice("y"))))
        .and_then(|table| table.with_column("g", Values::Numeric(group)))
        .unwrap();
    let linear = Config { method: Method::Linear, ..Config::default() };
    let error = |table: &Table, group: Option<&str>| {
        let drop = if group.is_none() && table.column("g").is_some() { vec!["g".to_owned()] } else { Vec::new() };
        let roles = ColumnRoles { group: group.map(str::to_owned), drop, ..roles() };
        fitted(table, roles, &linear).summary.coefficients[0].standard_error.unwrap()
    };
    // Each row twice is no more information, which groups know.
    let (once, by_group, by_rows) = (error(&whole, None), error(&doubled, Some("g")), error(&doubled, None));
    assert!((by_group / once - 1.0).abs() < 0.2 && by_rows < 0.8 * once, "{once} {by_group} {by_rows}");
}
