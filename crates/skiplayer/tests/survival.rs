//! Durations: lines, errors, curves and scores as those of R's survival.

#[expect(dead_code, reason = "counts are tested elsewhere")]
mod common;

use std::fs;
use std::path::Path;

use std::ops::Range;

use serde_json::Value;
use skiplayer::evaluate::{EvaluationOptions, PredictedIntervals, evaluate};
use skiplayer::fit::{Config, Fitted, Method, Silent, fit};
use skiplayer::linear_part::{LinearPart, Responses};
use skiplayer::loss::{Cox, Loss, RowTerms, Ties};
use skiplayer::matrix::Matrix;
use skiplayer::schema::{ColumnRoles, ColumnRules, Dataset};
use skiplayer::solve::{PathOptions, linear_path};
use skiplayer::survival::{
    Baseline, Durations, Horizon, KaplanMeier, RiskSets, concordance, partial_line, proportionality,
};
use skiplayer::table::{Table, Values};

use common::{diabetes, exponential, standardised, uniform};

fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/losses/survival.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()
}

fn agree(what: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{what} {at}: {found}, R has {expected}");
    }
}

/// The rows of `benchmarks/reference/survival.R`.
struct OfR {
    x: Matrix,
    time: Vec<f64>,
    event: Vec<f64>,
    weight: Vec<f64>,
    offset: Vec<f64>,
    sex: Vec<usize>,
    group: Vec<usize>,
}

fn of_r() -> OfR {
    let mut columns = diabetes();
    let progression = columns.pop().unwrap();
    let n = progression.len();
    let sex = columns.remove(1).into_iter().map(|sex| sex as usize - 1).collect();
    let columns: Vec<Vec<f64>> = columns.iter().map(|column| standardised(column)).collect();
    OfR {
        x: Matrix::from_columns(n, &columns),
        // Halves go to the even number in R.
        time: progression.iter().map(|y| (y / 10.0).round_ties_even()).collect(),
        event: (0..n).map(|i| f64::from(u8::from(i % 3 != 0))).collect(),
        weight: (0..n).map(|i| 1.0 + (i % 4) as f64 / 2.0).collect(),
        offset: (0..n).map(|i| ((i % 5) as f64 - 2.0) / 4.0).collect(),
        sex,
        group: (0..n).map(|i| i % 50).collect(),
    }
}

const TIES: [Ties; 2] = [Ties::Efron, Ties::Breslow];

/// Coefficients and standard errors of the line.
fn line(
    rows: &OfR,
    durations: &Durations,
    weight: &[f64],
    ties: Ties,
    groups: Option<&[usize]>,
) -> (Vec<f64>, Vec<f64>) {
    let sets = RiskSets::new(durations, &rows.event, weight, ties);
    let coef = partial_line(&sets, &rows.x, &rows.event, &durations.offset, 0.0).coef;
    let p = coef.len();
    let part =
        LinearPart { intercept: vec![0.0], coef: coef.clone(), unit_lines: None, rank: p, n_used: p, converged: true };
    let y = Matrix::from_columns(rows.event.len(), std::slice::from_ref(&rows.event));
    let loss = Loss::Cox(Cox { ties });
    let (x, offset) = (&rows.x, &durations.offset[..]);
    let responses = Responses { x, y: &y, weight, offset, loss, groups, durations: Some(durations) };
    let used: Vec<usize> = (0..p).collect();
    let covariance = responses.covariance(&part, &used).unwrap();
    (coef, (1..=p).map(|j| covariance.get(j, j).sqrt()).collect())
}

#[test]
fn lines_and_their_errors_are_those_of_coxph() {
    let (reference, rows) = (reference(), of_r());
    let n = rows.event.len();
    for ties in TIES {
        let own = &reference[ties.name()];
        let durations = Durations { time: rows.time.clone(), stratum: Vec::new(), offset: Vec::new() };
        let one = vec![1.0; n];
        let of = |what: &str, durations: &Durations, weight: &[f64]| {
            let (coef, errors) = line(&rows, durations, weight, ties, None);
            agree(what, &coef, &numbers(&own[what]["coef"]));
            agree(what, &errors, &numbers(&own[what]["se"]));
            let sets = RiskSets::new(durations, &rows.event, weight, ties);
            let eta = partial_line(&sets, &rows.x, &rows.event, &durations.offset, 0.0).eta;
            let expected = own[what]["log_likelihood"].as_f64().unwrap();
            assert!((sets.log_likelihood(&eta) - expected).abs() < 1e-7, "{what}");
        };
        of("plain", &durations, &one);
        of("weighted", &durations, &rows.weight);
        of("offset", &Durations { offset: rows.offset.clone(), ..durations.clone() }, &one);
        of("strata", &Durations { stratum: rows.sex.clone(), ..durations.clone() }, &one);
        let (_, errors) = line(&rows, &durations, &one, ties, Some(&rows.group));
        agree("robust", &errors, &numbers(&own["robust"]));
    }
}

/// The Poisson form with the exposures of the line has the line as its optimum (Johansen 1983).
#[test]
fn the_line_is_a_fixed_point_of_the_poisson_form() {
    let rows = of_r();
    for ties in TIES {
        let durations = Durations { time: rows.time.clone(), stratum: rows.sex.clone(), offset: rows.offset.clone() };
        let sets = RiskSets::new(&durations, &rows.event, &rows.weight, ties);
        let line = partial_line(&sets, &rows.x, &rows.event, &durations.offset, 0.0);
        let exposure = sets.exposures(&line.eta);
        let offset: Vec<f64> = exposure.iter().zip(&rows.offset).map(|(e, o)| e.max(1e-17).ln() + o).collect();
        let y = Matrix::from_columns(rows.event.len(), std::slice::from_ref(&rows.event));
        let options = PathOptions { lambdas: Some(vec![0.0]), tol: 1e-11, ..PathOptions::default() };
        let terms = RowTerms { weight: &rows.weight, offset: &offset };
        let fit = linear_path(&rows.x, &y, terms, Loss::Cox(Cox { ties }), &options).unwrap().remove(0);
        assert!(fit.intercept[0].abs() < 1e-7, "{ties:?} {}", fit.intercept[0]);
        for (poisson, partial) in fit.coef.iter().zip(&line.coef) {
            assert!((poisson - partial).abs() < 1e-6, "{ties:?} {poisson} {partial}");
        }
    }
}

#[test]
fn baselines_and_curves_are_those_of_survfit() {
    let (reference, rows) = (reference(), of_r());
    for ties in TIES {
        let own = &reference[ties.name()];
        let durations = Durations { time: rows.time.clone(), stratum: Vec::new(), offset: Vec::new() };
        let sets = RiskSets::new(&durations, &rows.event, &vec![1.0; rows.event.len()], ties);
        let eta = partial_line(&sets, &rows.x, &rows.event, &[], 0.0).eta;
        agree("log hazards", &eta, &numbers(&own["log_hazard"]));
        let baseline = Baseline::estimate(&sets, &rows.time, &eta);
        let steps = &baseline.strata[0];
        agree("times", &steps.time, &numbers(&own["baseline"]["time"]));
        agree("hazards", &steps.hazard, &numbers(&own["baseline"]["hazard"]));
        for (t, time) in [5.0, 10.0, 20.0].into_iter().enumerate() {
            let found: Vec<f64> = (0..4).map(|i| baseline.survival(0, eta[i], time).unwrap()).collect();
            agree("survival", &found, &numbers(&own["survival"][t]));
        }
        for i in 0..4 {
            assert_eq!(baseline.median(0, eta[i]), own["median"][i][0].as_f64(), "{ties:?} {i}");
        }
        let residuals: Vec<f64> =
            sets.exposures(&eta).iter().zip(&eta).zip(&rows.event).map(|((e, eta), d)| d - e * eta.exp()).collect();
        agree("martingale residuals", &residuals, &numbers(&own["martingale"]));
    }
}

#[test]
fn curves_without_a_model_are_those_of_survfit() {
    let (reference, rows) = (reference(), of_r());
    let curve = KaplanMeier::of_events(&rows.time, &rows.event, &vec![1.0; rows.event.len()]);
    let own = &reference["kaplan_meier"];
    agree("times", &curve.time, &numbers(&own["time"]));
    agree("survival", &curve.survival, &numbers(&own["survival"]));
    // Where the curve ends at 0 Greenwood's error is 0 over 0.
    let some = |values: &[f64]| values[..curve.time.len() - 1].to_vec();
    agree("errors", &some(&curve.error), &some(&numbers(&own["se"])));
}

#[test]
fn scores_and_tests_of_proportional_hazards_are_those_of_survival() {
    let (reference, rows) = (reference(), of_r());
    let weight = vec![1.0; rows.event.len()];
    let durations = Durations { time: rows.time.clone(), stratum: Vec::new(), offset: Vec::new() };
    let horizon = Horizon { end: 20.0, ..Horizon::new(&durations, &rows.event, &weight) };
    for ties in TIES {
        let sets = RiskSets::new(&durations, &rows.event, &weight, ties);
        let eta = partial_line(&sets, &rows.x, &rows.event, &[], 0.0).eta;
        let found = proportionality(&durations, &rows.event, &weight, &sets, &rows.x, &eta).unwrap();
        let own = &reference[ties.name()]["zph_km"];
        let both = |of: fn(&(f64, f64)) -> f64| found.each.iter().chain([&found.all]).map(of).collect::<Vec<f64>>();
        agree("chi-squared", &both(|test| test.0), &numbers(&own["chi_square"]));
        agree("p-values", &both(|test| test.1), &numbers(&own["p"]));
        if ties == Ties::Breslow {
            continue;
        }
        let harrell = concordance(&durations, &rows.event, &weight, &eta, |_| 1.0).unwrap();
        let own = &reference["harrell"];
        agree("Harrell's C", &[harrell.share], &[own["concordance"].as_f64().unwrap()]);
        let error = harrell.influence.iter().map(|v| v * v).sum::<f64>().sqrt();
        agree("its error", &[error], &[own["se"].as_f64().unwrap()]);
        let uno = concordance(&durations, &rows.event, &weight, &eta, |time| horizon.of_event(time)).unwrap();
        agree("Uno's C", &[uno.share], &[reference["uno"]["concordance"].as_f64().unwrap()]);
        let baseline = Baseline::estimate(&sets, &rows.time, &eta);
        let n = rows.event.len();
        let brier = |t: f64| {
            let error = |i: usize| {
                let survival = baseline.survival(0, eta[i], t).unwrap();
                horizon.squared_error(rows.time[i], rows.event[i], t, survival)
            };
            (0..n).map(error).sum::<f64>() / n as f64
        };
        let times = numbers(&reference["brier"]["time"]);
        agree("Brier", &times.into_iter().map(brier).collect::<Vec<f64>>(), &numbers(&reference["brier"]["score"]));
    }
}

/// Some rows, and when they would have had their events.
struct Rows {
    table: Table,
    duration: Vec<f64>,
}

/// Exponential durations with the log hazard 0.7 x1 + `bend` x2 squared, in two strata, censored after an exponential time.
fn rows(of: Range<usize>, bend: f64) -> Rows {
    let x = |i: usize, j: usize| 3.4 * (uniform(i, j) - 0.5);
    let rate =
        |i: usize| (0.7 * x(i, 0) + bend * x(i, 1) * x(i, 1)).exp() * if i.is_multiple_of(2) { 1.0 } else { 3.0 };
    let ends: Vec<(f64, f64)> = of.clone().map(|i| (exponential(i, 20) / rate(i), 1.5 * exponential(i, 21))).collect();
    let inputs = (0..2).map(|j| of.clone().map(|i| x(i, j)).collect()).collect();
    let with = |table: Table, name: &str, values| table.with_column(name, Values::Numeric(values)).unwrap();
    let table = Table::from_columns(inputs).unwrap();
    let table = with(table, "time", ends.iter().map(|(t, c)| (100.0 * t.min(*c)).ceil() / 100.0).collect());
    let table = with(table, "died", ends.iter().map(|(t, c)| f64::from(u8::from(t <= c))).collect());
    let table = with(table, "centre", of.map(|i| (i % 2) as f64).collect());
    Rows { table, duration: ends.into_iter().map(|(t, _)| (100.0 * t).ceil() / 100.0).collect() }
}

fn table(n: usize, bend: f64) -> Table {
    rows(0..n, bend).table
}

fn roles() -> ColumnRoles {
    ColumnRoles { event: Some("died".into()), strata: Some("centre".into()), ..ColumnRoles::new("time") }
}

fn small() -> Config {
    Config { n_units: Some(3), n_starts: 2, inner_folds: 3, ..Config::default() }
}

fn fitted(table: &Table, config: &Config) -> Fitted {
    fit(&Dataset::new(table, roles()).unwrap(), config, &Silent).unwrap()
}

#[test]
fn a_line_is_found_and_no_more() {
    let table = table(600, 0.0);
    let Fitted { model, summary } = fitted(&table, &small());
    assert_eq!(summary.n_units, 0, "{}", summary.headline);
    let slope = summary.coefficients.iter().find(|c| c.input == "x1").unwrap();
    assert!((slope.value - 0.7).abs() < 4.0 * slope.standard_error.unwrap(), "{slope:?}");
    assert_eq!(model.explanation.standard_errors.as_deref(), Some("partial likelihood"));
    let told = model.predict_survival(&table, &[0.1, 0.5, 1.0]).unwrap().survival.unwrap();
    let mean = told.log_hazard.iter().sum::<f64>() / 600.0;
    assert!(mean.abs() < 1e-12, "{mean}");
    for i in 0..600 {
        let curve: Vec<f64> = (0..3).map(|t| told.survival.get(i, t)).collect();
        assert!(curve[0] >= curve[1] && curve[1] >= curve[2] && (0.0..=1.0).contains(&curve[2]));
        // The median is where the curve falls to a half.
        assert_eq!(told.median[i] <= 0.5, curve[1] <= 0.5, "{i}");
    }
    // In the second stratum events come three times as fast.
    let at_half = |stratum: usize| model.target.survival.as_ref().unwrap().baseline.strata[stratum].at(0.5);
    assert!((at_half(1) / at_half(0) - 3.0).abs() < 0.8, "{}", at_half(1) / at_half(0));
}

#[test]
fn a_bend_is_found_and_told_apart_on_other_rows() {
    let table = table(800, 0.8);
    let Fitted { summary, .. } = fitted(&table, &small());
    assert!(summary.n_units > 0, "{}", summary.headline);
    let data = Dataset::new(&table, roles()).unwrap();
    let options = EvaluationOptions { folds: 4, ..EvaluationOptions::default() };
    let (evaluation, intervals) = evaluate(&data, &small(), &options, &Silent).unwrap();
    assert!(evaluation.gain.unwrap().p_better > 0.95, "{:?}", evaluation.verdict);
    let score = |at: usize, metric: &str| {
        evaluation.contenders[at].scores.iter().find(|score| score.metric == metric).unwrap().mean
    };
    let last = evaluation.contenders.len() - 1;
    // Constant, line, network.
    assert!((score(0, "C") - 0.5).abs() < 1e-12);
    for metric in ["C", "Uno's C"] {
        assert!(score(1, metric) > 0.6 && score(last, metric) > score(1, metric) + 0.03, "{metric}");
    }
    assert!(score(last, "IBS") < score(1, "IBS") && score(1, "IBS") < score(0, "IBS"));

    // Bounds of rows whose durations nobody censored.
    let model = fit(&data, &small(), &Silent).unwrap().model;
    let new = 1_000..3_000;
    let told = evaluation.intervals.unwrap();
    assert_eq!(told.mean_width, None);
    assert!((told.coverage - 0.9).abs() < 0.04, "{told:?}");
    for level in [0.8, 0.9] {
        let rows = self::rows(new.clone(), 0.8);
        let found = intervals.as_ref().unwrap().predict(&model, &rows.table, level).unwrap();
        let Some(PredictedIntervals::LowerBounds { lower }) = found else { panic!("no bounds") };
        let covered = lower.iter().zip(&rows.duration).filter(|(lower, own)| lower <= own).count() as f64 / 2_000.0;
        assert!((covered - level).abs() < 0.04, "{covered} at {level}");
        assert!(lower.iter().all(|bound| *bound > 0.0));
    }
}

#[test]
fn the_lasso_and_paths_take_durations() {
    let table = table(300, 0.0);
    for method in [Method::Linear, Method::Path] {
        let config = Config { method, n_units: Some(2), inner_folds: 3, ..Config::default() };
        let Fitted { summary, .. } = fitted(&table, &config);
        let slope = summary.coefficients.iter().find(|c| c.input == "x1").unwrap().value;
        assert!((slope - 0.7).abs() < 0.25, "{method:?} {slope}");
    }
}

#[test]
fn steps_by_a_few_rows_know_no_risk_sets() {
    let data = table(1_010, 0.0);
    let config = Config { stochastic_above: 1_000, ..small() };
    let refused = fit(&Dataset::new(&data, roles()).unwrap(), &config, &Silent).unwrap_err();
    assert!(refused.to_string().contains("1010 rows"), "{refused}");
}

/// Under the network's own expectations the best line has the slopes of the truth, whatever the bend takes.
#[test]
fn the_linear_part_of_a_bend_is_a_line_of_its_own() {
    let Fitted { model, summary } = fitted(&table(1_200, 0.8), &small());
    let slope = summary.coefficients.iter().find(|c| c.input == "x1").unwrap();
    assert!(summary.n_units > 0 && slope.value > 0.35, "{slope:?}");
    assert!(summary.linear_share_in_sample > 0.0 && summary.nonlinear_share_in_sample > 0.05, "{}", summary.headline);
    assert!(model.linear_part.is_some());
}

/// A fit of which no input is penalised is the line of largest partial likelihood, to the last step of its solver.
#[test]
fn a_fit_without_a_penalty_is_the_line() {
    let rows = of_r();
    let names: Vec<String> = (0..rows.x.n_columns()).map(|j| format!("x{}", j + 1)).collect();
    let table = Table::from_columns((0..rows.x.n_columns()).map(|j| rows.x.column(j).to_vec()).collect()).unwrap();
    let table = table.with_column("time", Values::Numeric(rows.time.clone())).unwrap();
    let table = table.with_column("event", Values::Numeric(rows.event.clone())).unwrap();
    let rules = ColumnRules { unpenalized: names, ..ColumnRules::default() };
    let roles = ColumnRoles { event: Some("event".into()), rules, ..ColumnRoles::new("time") };
    let data = Dataset::new(&table, roles).unwrap();
    let config = Config { method: Method::Evidence, n_units: Some(0), ..Config::default() };
    let Fitted { model, .. } = fit(&data, &config, &Silent).unwrap();
    let durations = Durations { time: rows.time.clone(), stratum: Vec::new(), offset: Vec::new() };
    let sets = RiskSets::new(&durations, &rows.event, &vec![1.0; rows.event.len()], Ties::Efron);
    let line = partial_line(&sets, &rows.x, &rows.event, &[], 0.0);
    let mean = line.eta.iter().sum::<f64>() / line.eta.len() as f64;
    let eta = model.linear_predictor(&table).unwrap();
    for (own, expected) in eta.column(0).iter().zip(&line.eta) {
        assert!((own - (expected - mean)).abs() < 1e-7, "{own} {expected}");
    }
    let likelihood = model.log_likelihood(&data).unwrap();
    assert!((likelihood.value - sets.log_likelihood(&line.eta)).abs() < 1e-7);
    assert_eq!(likelihood.degrees_of_freedom, rows.x.n_columns());
}
