//! Successes out of trials: against R, against the trials one by one, and with bad input.

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use std::fs;
use std::path::Path;

use serde_json::Value;
use skiplayer::encode::{OffsetColumns, Task};
use skiplayer::evaluate::{EvaluationOptions, evaluate};
use skiplayer::fit::{Config, Fitted, Form, Method, Silent, Summary, fit};
use skiplayer::linear_part::{LinearPart, Responses};
use skiplayer::loss::{Loss, LossKind, RowTerms};
use skiplayer::matrix::Matrix;
use skiplayer::pipeline::{Output, Pipeline};
use skiplayer::schema::{ColumnRoles, ColumnRules, Dataset};
use skiplayer::solve::{PathOptions, linear_path};
use skiplayer::table::{Table, Values};

use common::{agree, diabetes, numbers, standardised, uniform};

fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/losses/trials.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Inputs, successes, trials, weights and offset of `benchmarks/reference/trials.R`.
struct OfR {
    x: Vec<Vec<f64>>,
    successes: Vec<f64>,
    trials: Vec<f64>,
    weight: Vec<f64>,
    offset: Vec<f64>,
}

fn of_r() -> OfR {
    let mut columns = diabetes();
    let progression = columns.pop().unwrap();
    let n = progression.len();
    let of = |f: &dyn Fn(usize) -> f64| (0..n).map(f).collect::<Vec<f64>>();
    let trials = of(&|i| 1.0 + (i % 9) as f64);
    let count = |i: usize| (trials[i] * progression[i] / 347.0 + ((7 * i) % 10) as f64 / 10.0).floor();
    OfR {
        x: columns.iter().map(|column| standardised(column)).collect(),
        successes: of(&|i| count(i).min(trials[i])),
        weight: of(&|i| 1.0 + (i % 4) as f64 / 2.0),
        offset: of(&|i| ((i % 5) as f64 - 2.0) / 4.0),
        trials,
    }
}

#[test]
fn lines_their_errors_and_their_deviances_are_those_of_r() {
    let (reference, OfR { x, successes, trials, weight, offset }) = (reference(), of_r());
    let (n, p) = (trials.len(), x.len());
    let x = Matrix::from_columns(n, &x);
    let share: Vec<f64> = successes.iter().zip(&trials).map(|(s, t)| s / t).collect();
    let y = Matrix::from_columns(n, std::slice::from_ref(&share));
    let loss = Loss::Binomial;
    let whole: Vec<f64> = trials.iter().zip(&weight).map(|(t, w)| t * w).collect();
    let factor = trials.iter().sum::<f64>() / whole.iter().sum::<f64>();
    let weighted: Vec<f64> = whole.iter().map(|w| factor * w).collect();
    for (name, weight, offset) in
        [("plain", &trials, &[][..]), ("weighted", &weighted, &[][..]), ("offset", &trials, &offset[..])]
    {
        let terms = RowTerms { weight, offset };
        let options = PathOptions { lambdas: Some(vec![0.0]), tol: 1e-12, ..PathOptions::default() };
        let fit = linear_path(&x, &y, terms, loss, &options).unwrap().remove(0);
        let found: Vec<f64> = fit.intercept.iter().chain(&fit.coef).copied().collect();
        agree(name, &found, &reference[name]["coef"], 1e-6);

        let beside = |i: usize| offset.get(i).copied().unwrap_or(0.0);
        let eta: Vec<f64> =
            (0..n).map(|i| found[0] + (0..p).map(|j| found[j + 1] * x.get(i, j)).sum::<f64>() + beside(i)).collect();
        let perfect: f64 = (0..n).map(|i| weight[i] * loss.saturated(&[share[i]])).sum();
        let deviance = |eta: &[f64]| 2.0 * (loss.value(eta, &share, weight) - perfect);
        agree(name, &[deviance(&eta)], &reference[name]["deviance"], 1e-6);
        let null = loss.constant_fit(&share, terms)[0];
        let of_null: Vec<f64> = (0..n).map(|i| null + beside(i)).collect();
        agree(name, &[deviance(&of_null)], &reference[name]["null_deviance"], 1e-6);
        let mut mean = eta;
        loss.mean_in_place(&mut mean, n);
        let pearson = |i: usize| weight[i] * (share[i] - mean[i]).powi(2) / loss.variance(mean[i]);
        agree(name, &[(0..n).map(pearson).sum()], &reference[name]["pearson"], 1e-6);

        let part = LinearPart {
            intercept: fit.intercept.clone(),
            coef: fit.coef.clone(),
            unit_lines: None,
            rank: p,
            n_used: p,
            converged: true,
        };
        let responses = Responses { x: &x, y: &y, weight, offset, loss, groups: None, durations: None };
        let errors = responses.covariance(&part, &(0..p).collect::<Vec<_>>()).unwrap();
        agree(name, &(0..=p).map(|j| errors.get(j, j).sqrt()).collect::<Vec<_>>(), &reference[name]["hc3"], 1e-6);
    }
    let lambda = reference["lasso"]["lambda"].as_f64().unwrap();
    let options = PathOptions { lambdas: Some(vec![lambda]), tol: 1e-12, ..PathOptions::default() };
    let fit = linear_path(&x, &y, &trials, loss, &options).unwrap().remove(0);
    let found: Vec<f64> = fit.intercept.iter().chain(&fit.coef).copied().collect();
    agree("lasso", &found, &reference["lasso"]["coef"], 1e-6);
}

/// The whole way from a table to a model whose columns are all kept.
#[test]
fn a_fit_without_a_penalty_has_the_likelihood_of_r() {
    let (reference, OfR { x, successes, trials, weight, .. }) = (reference(), of_r());
    let names: Vec<String> = (1..=x.len()).map(|j| format!("x{j}")).collect();
    let table = Table::from_columns(x)
        .and_then(|table| table.with_column("y", Values::Numeric(successes)))
        .and_then(|table| table.with_column("n", Values::Numeric(trials)))
        .and_then(|table| table.with_column("w", Values::Numeric(weight)))
        .unwrap();
    let rules = ColumnRules { unpenalized: names, ..ColumnRules::default() };
    let linear = without_units();
    for (name, weight) in [("plain", None), ("weighted", Some("w".to_owned()))] {
        let drop = if weight.is_none() { vec!["w".to_owned()] } else { Vec::new() };
        let roles = ColumnRoles { rules: rules.clone(), drop, weight, ..roles() };
        let data = Dataset::new(&table, roles).unwrap();
        let Fitted { model, summary } = fit(&data, &linear, &Silent).unwrap();
        let coef: Vec<f64> = summary.coefficients.iter().map(|c| c.value).collect();
        let errors: Vec<f64> = summary.coefficients.iter().map(|c| c.standard_error.unwrap()).collect();
        let all: Vec<f64> = summary.intercept.iter().chain(&coef).copied().collect();
        // Nearly collinear inputs: the fit stops where steps no longer gain anything.
        agree(name, &all, &reference[name]["coef"], 1e-3);
        let expected: Vec<Value> = reference[name]["hc3"].as_array().unwrap()[1..].to_vec();
        agree(name, &errors, &Value::Array(expected), 1e-3);
        if name == "plain" {
            let found = model.log_likelihood(&data).unwrap();
            agree(name, &[found.value], &reference[name]["log_likelihood"], 1e-6);
            let aic = 2.0 * found.degrees_of_freedom as f64 - 2.0 * found.value;
            agree(name, &[aic], &reference[name]["aic"], 1e-6);
            assert_eq!((found.n_rows, found.degrees_of_freedom), (442, 11));
        }
    }
}

/// Columns that are not penalised are all of the line.
fn without_units() -> Config {
    Config { method: Method::Evidence, n_units: Some(0), ..Config::default() }
}

fn roles() -> ColumnRoles {
    ColumnRoles { trials: Some("n".to_owned()), ..ColumnRoles::new("y") }
}

/// Three inputs and successes with the log odds 0.8 x1 + `bend` x2 squared, less its mean, out of 4 to 12 trials.
///
/// Trials of a row share a probability that is `mixed` with another one.
fn table(n: usize, bend: f64, mixed: f64) -> Table {
    let x = |i: usize, j: usize| 3.4 * (uniform(i, j) - 0.5);
    let trials: Vec<f64> = (0..n).map(|i| 4.0 + (9.0 * uniform(i, 9)).floor()).collect();
    let successes = (0..n).map(|i| {
        let eta: f64 = 0.8 * x(i, 0) + bend * (x(i, 1) * x(i, 1) - 0.96);
        let p = 1.0 / (1.0 + (-eta).exp());
        let p = if uniform(i, 10) < mixed { if uniform(i, 11) < p { 1.0 } else { 0.0 } } else { p };
        (0..trials[i] as usize).filter(|t| uniform(i, 20 + t) < p).count() as f64
    });
    let successes = successes.collect();
    Table::from_columns((0..3).map(|j| (0..n).map(|i| x(i, j)).collect()).collect())
        .and_then(|table| table.with_column("y", Values::Numeric(successes)))
        .and_then(|table| table.with_column("n", Values::Numeric(trials)))
        .unwrap()
}

fn fitted(table: &Table, config: &Config) -> Fitted {
    fit(&Dataset::new(table, roles()).unwrap(), config, &Silent).unwrap()
}

fn small() -> Config {
    Config { n_units: Some(3), n_starts: 2, inner_folds: 3, ..Config::default() }
}

/// Each trial is an observation: rows of two classes, one a trial, have the same line.
#[test]
fn the_line_is_that_of_the_trials_one_by_one() {
    let table = table(150, 0.0, 0.0);
    let (successes, trials) = (numbers(&table, "y"), numbers(&table, "n"));
    let row_of: Vec<usize> = trials.iter().enumerate().flat_map(|(i, t)| std::iter::repeat_n(i, *t as usize)).collect();
    let mut seen = vec![0.0; trials.len()];
    let class = row_of.iter().map(|&i| {
        seen[i] += 1.0;
        f64::from(u8::from(seen[i] <= successes[i]))
    });
    let class: Vec<f64> = class.collect();
    let pick = |name: &str| row_of.iter().map(|&i| numbers(&table, name)[i]).collect::<Vec<f64>>();
    let single = Table::from_columns(vec![pick("x1"), pick("x2"), pick("x3")])
        .and_then(|table| table.with_column("y", Values::Numeric(class)))
        .unwrap();
    let names = ["x1", "x2", "x3"].map(str::to_owned).to_vec();
    let rules = ColumnRules { unpenalized: names, ..ColumnRules::default() };
    let linear = without_units();
    let line = |table: &Table, roles: ColumnRoles| {
        let data = Dataset::new(table, ColumnRoles { rules: rules.clone(), ..roles }).unwrap();
        let fitted = fit(&data, &linear, &Silent).unwrap();
        let coefficients = fitted.summary.coefficients.iter().map(|c| c.value);
        fitted.summary.intercept.iter().copied().chain(coefficients).collect::<Vec<f64>>()
    };
    let binary = ColumnRoles { task: Some(Task::Binary), ..ColumnRoles::new("y") };
    for (a, b) in line(&table, roles()).iter().zip(line(&single, binary)) {
        assert!((a - b).abs() < 1e-8, "{a} {b}");
    }
}

#[test]
fn a_linear_problem_is_linear_and_a_bend_is_found() {
    let options = EvaluationOptions { folds: 4, ..EvaluationOptions::default() };
    for (bend, is_linear) in [(0.0, true), (0.7, false)] {
        let table = table(400, bend, 0.0);
        let data = Dataset::new(&table, roles()).unwrap();
        let fitted = fit(&data, &small(), &Silent).unwrap();
        assert_eq!(fitted.summary.form == Form::Linear, is_linear, "{:?}", fitted.summary.contenders);
        assert!(fitted.summary.converged);
        let slope = fitted.summary.coefficients[0].value;
        assert!((slope - 0.8).abs() < 0.15, "{slope}");
        let (evaluation, _) = evaluate(&data, &small(), &options, &Silent).unwrap();
        let p = evaluation.curvature.p_value.unwrap();
        assert_eq!(p > 0.05, is_linear, "p = {p}, {}", evaluation.verdict.text);
        assert_eq!(evaluation.verdict.text.starts_with("Linear:"), is_linear, "{}", evaluation.verdict.text);
        let metrics: Vec<&str> = evaluation.contenders[0].scores.iter().map(|score| score.metric.as_str()).collect();
        assert_eq!(metrics, ["deviance", "log loss", "MAE"]);
        let linear = evaluation.contenders.iter().find(|own| own.name.contains("linear")).unwrap();
        assert!(!is_linear || (linear.mean - 1.1).abs() < 0.25, "a deviance of {} for each row", linear.mean);
        assert!((linear.calibration.unwrap().slope - 1.0).abs() < 0.15);
        let intervals = evaluation.intervals.unwrap();
        assert!(intervals.coverage > 0.85 && intervals.mean_width.unwrap() < 1.0, "{intervals:?}");
    }
}

#[test]
fn trials_with_something_in_common_are_said_to_vary_more() {
    let said = |mixed: f64| {
        let messages = fitted(&table(400, 0.0, mixed), &small()).summary.warnings;
        messages.iter().any(|message| message.contains("times as much as the binomial's"))
    };
    assert!(!said(0.0) && said(0.5));
}

#[test]
fn the_probability_is_predicted_and_the_count_where_trials_are_known() {
    let table = table(300, 0.7, 0.0);
    let model = fitted(&table, &small()).model;
    let found = model.predict(&table).unwrap();
    let (trials, p) = (numbers(&table, "n"), found.mean.column(0));
    assert!(p.iter().all(|p| *p > 0.0 && *p < 1.0));
    let expected = found.expected.clone().unwrap();
    assert!((0..300).all(|i| expected[i] == trials[i] * p[i]));
    let names: Vec<String> = found.columns().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["prediction", "expected"]);

    let inputs = ["x1", "x2", "x3"].map(|name| numbers(&table, name)[..2].to_vec());
    let without = Table::from_columns(inputs.to_vec()).unwrap();
    let found = model.predict(&without).unwrap();
    assert_eq!((found.expected.clone(), found.mean.column(0)), (None, &p[..2]));
    let with =
        |cells: [f64; 2]| model.predict(&without.clone().with_column("n", Values::Numeric(cells.to_vec())).unwrap());
    let some = with([f64::NAN, 3.0]).unwrap().expected.unwrap();
    assert!(some[0].is_nan() && some[1] == 3.0 * p[1]);
    let text = with([2.0, 1.5]).unwrap_err().to_string();
    assert!(text.contains("trials `n`") && text.contains("1.5 in row 2"), "{text}");

    let explained = model.explain(&table, &[5]).unwrap().outputs.remove(0);
    assert_eq!((explained.prediction[0], explained.unit.as_str()), (p[5], "log odds of y"));
    assert!(model.explanation.formulas[0].starts_with("logit(y / n) = "), "{:?}", model.explanation.formulas);
    assert_eq!(Pipeline::new(&model, None).unwrap().model.output, Output::Share { target: "y".to_owned() });
}

#[test]
fn a_long_table_has_trials_too() {
    let table = table(6000, 0.0, 0.0);
    let linear = Config { method: Method::Linear, ..Config::default() };
    let long = Config { stochastic_above: 2000, n_units: Some(3), ..Config::default() };
    let of = |config: &Config| fitted(&table, config).summary;
    let (a, b) = (of(&linear), of(&long));
    let slope = |summary: &Summary| summary.coefficients[0].value;
    assert!((slope(&a) - 0.8).abs() < 0.03 && (slope(&b) - slope(&a)).abs() < 0.02, "{} {}", slope(&a), slope(&b));
    assert!((b.train_loss / a.train_loss - 1.0).abs() < 1e-3, "{} {}", a.train_loss, b.train_loss);
    let error = |summary: &Summary| summary.coefficients[0].standard_error.unwrap();
    assert!((error(&b) / error(&a) - 1.0).abs() < 0.05, "{} {}", error(&a), error(&b));
}

fn error(edit: impl Fn(usize, &str, f64) -> f64, roles: ColumnRoles) -> String {
    let whole = table(40, 0.0, 0.0);
    let mut edited = Table::new(vec![]).unwrap();
    for name in ["x1", "x2", "x3", "y", "n"] {
        let cells = numbers(&whole, name).iter().enumerate().map(|(i, v)| edit(i, name, *v)).collect();
        edited = edited.with_column(name, Values::Numeric(cells)).unwrap();
    }
    Dataset::new(edited, roles).unwrap_err().to_string()
}

#[test]
fn counts_that_cannot_be_are_named() {
    let at_row_6 =
        |column: &'static str, cell: f64| error(|i, name, v| if i == 5 && name == column { cell } else { v }, roles());
    for (column, cell, parts) in [
        ("y", 50.0, ["target `y`", "50 of", "row 6"]),
        ("y", 0.25, ["target `y`", "0.25 in row 6", "the share times the number of trials"]),
        ("y", -1.0, ["target `y`", "-1 in row 6", "0, 1, 2, …"]),
        ("n", 0.0, ["trials `n`", "0 in row 6", "leave it out"]),
        ("n", 2.5, ["trials `n`", "2.5 in row 6", "1, 2, 3, …"]),
        ("n", -3.0, ["trials `n`", "-3 in row 6", "1, 2, 3, …"]),
        ("n", f64::INFINITY, ["trials `n`", "inf in row 6", "1, 2, 3, …"]),
    ] {
        let text = at_row_6(column, cell);
        assert!(parts.iter().all(|part| text.contains(part)), "{column} {cell}: {text}");
    }
    let text = error(|_, name, v| if name == "y" { 0.0 } else { v }, roles());
    assert!(text.contains("a share of 0 of the trials in all 40 rows"), "{text}");
    let text = error(|_, _, v| v, ColumnRoles { trials: Some("N".to_owned()), ..roles() });
    assert!(text.contains("did you mean `n`?"), "{text}");
    let text = error(|_, _, v| v, ColumnRoles { trials: Some("y".to_owned()), ..roles() });
    assert!(text.contains("which is the target"), "{text}");
    let text = error(|_, _, v| v, ColumnRoles { loss: Some(LossKind::Poisson), ..roles() });
    assert!(text.contains("`n` beside a target of the task count") && text.contains("binomial"), "{text}");
    let text = error(|_, _, v| v, ColumnRoles { loss: Some(LossKind::Binomial), ..ColumnRoles::new("y") });
    assert!(text.contains("no column of trials") && text.contains("ColumnRoles::trials"), "{text}");
    let exposure = OffsetColumns { exposure: Some("x1".to_owned()), offset: None };
    let text = error(|_, _, v| v, ColumnRoles { offset: exposure, ..roles() });
    assert!(text.contains("counts or amounts"), "{text}");
}

#[test]
fn rows_without_trials_are_left_out() {
    let whole = table(60, 0.0, 0.0);
    let mut trials = numbers(&whole, "n");
    trials[7] = f64::NAN;
    let columns = ["x1", "x2", "x3"].map(|name| numbers(&whole, name)).to_vec();
    let table = Table::from_columns(columns)
        .and_then(|table| table.with_column("y", Values::Numeric(numbers(&whole, "y"))))
        .and_then(|table| table.with_column("n", Values::Numeric(trials)))
        .unwrap();
    let data = Dataset::new(table, roles()).unwrap();
    assert_eq!((data.n_rows(), data.schema().task), (59, Task::Successes));
    let said = data.schema().messages[0].to_string();
    assert!(said.contains("1 row without a count of successes or of trials left out, the first is row 8"), "{said}");
    assert_eq!(data.schema().inputs, ["x1", "x2", "x3"]);
}
