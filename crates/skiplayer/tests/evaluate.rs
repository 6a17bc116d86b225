//! Evaluations of data whose truth is known.

use skiplayer::evaluate::{
    Evaluation, EvaluationOptions, IntervalModel, OuterFold, SplitKind, VerdictCode, curvature, evaluate,
    evaluate_fold, evaluate_from, n_outer_folds,
};
use skiplayer::fit::{Config, Method, Silent};
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::table::{Table, Values};

/// Nearly normal numbers, different for every seed: sums of twelve outputs of splitmix64.
fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed << 40;
    let mut uniform = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    };
    (0..n).map(|_| (0..12).map(|_| uniform()).sum::<f64>() - 6.0).collect()
}

fn table(n: usize, truth: impl Fn(&[f64]) -> f64) -> Table {
    let x: Vec<Vec<f64>> = (0..3).map(|j| noise(n, 10 + j)).collect();
    let error = noise(n, 99);
    let y = (0..n).map(|i| truth(&[x[0][i], x[1][i], x[2][i]]) + 0.5 * error[i]).collect();
    Table::from_columns(x).unwrap().with_column("y", Values::Numeric(y)).unwrap()
}

fn quick() -> (Config, EvaluationOptions) {
    let config = Config { n_units: Some(4), n_starts: 2, ..Config::default() };
    (config, EvaluationOptions { folds: 5, repeats: Some(1), ..EvaluationOptions::default() })
}

fn run(table: &Table, target: &ColumnRoles) -> (Evaluation, Option<IntervalModel>) {
    let (config, options) = quick();
    evaluate(&Dataset::new(table, target.clone()).unwrap(), &config, &options, &Silent).unwrap()
}

#[test]
fn a_line_is_called_linear() {
    let (found, intervals) = run(&table(300, |x| 2.0 * x[0] - x[1]), &ColumnRoles::new("y"));
    assert_eq!(found.verdict.code, VerdictCode::Linear, "{:?}", found.verdict);
    let names: Vec<&str> = found.contenders.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["mean", "linear", "network without skip", "skip-layer network"]);
    assert!((found.contenders[1].mean - 0.5).abs() < 0.06, "{}", found.contenders[1].mean);
    assert!(found.linear_share > 0.9 && found.nonlinear_share.abs() < 0.02);
    let summary = found.intervals.expect("intervals");
    assert!((0.84..=0.96).contains(&summary.coverage), "{}", summary.coverage);
    assert!(matches!(intervals, Some(IntervalModel::CvPlus { folds, .. }) if folds.len() == 5));
    assert_eq!(found.rows.len(), 300);
}

#[test]
fn a_product_is_worth_its_units() {
    let (found, _) = run(&table(300, |x| 2.0 * x[0] - x[1] + 1.5 * x[0] * x[1]), &ColumnRoles::new("y"));
    assert_eq!(found.verdict.code, VerdictCode::LinearPlusUnits, "{:?}", found.verdict);
    let gain = found.gain.expect("a gain");
    assert!(gain.mean > 0.4 && gain.p_better > 0.95, "{gain:?}");
    assert!(found.nonlinear_share > 0.2);
}

#[test]
fn the_curvature_test_alone_is_that_of_an_evaluation() {
    for bend in [0.0, 1.5] {
        let table = table(150, |x| 2.0 * x[0] + bend * x[1] * x[1]);
        let (found, _) = run(&table, &ColumnRoles::new("y"));
        let alone = curvature(&Dataset::new(&table, ColumnRoles::new("y")).unwrap(), quick().0.seed).unwrap();
        assert_eq!(alone, found.curvature);
        assert_eq!(alone.p_value.unwrap() < 0.01, bend > 0.0, "{alone:?}");
    }
}

#[test]
fn noise_is_no_signal() {
    let (found, _) = run(&table(200, |_| 0.0), &ColumnRoles::new("y"));
    assert!(matches!(found.verdict.code, VerdictCode::NoSignal | VerdictCode::Linear), "{:?}", found.verdict);
}

#[test]
fn groups_stay_together_and_time_runs_forward() {
    let n = 120;
    let patients: Vec<f64> = (0..n).map(|i| f64::from(i % 12)).collect();
    let days: Vec<f64> = (0..n).map(|i| f64::from(i * 7 % n)).collect();
    let table = table(n as usize, |x| x[0])
        .with_column("patient", Values::Numeric(patients))
        .and_then(|t| t.with_column("day", Values::Numeric(days.clone())))
        .unwrap();
    let drop = |name: &str| vec![name.to_owned()];
    let grouped = ColumnRoles { group: Some("patient".into()), drop: drop("day"), ..ColumnRoles::new("y") };
    let (found, _) = run(&table, &grouped);
    assert_eq!((found.design.split, found.design.column.as_deref()), (SplitKind::Grouped, Some("patient")));
    let fold_of = |row: usize| found.rows.iter().find(|r| r.row == row).expect("every row is tested").fold;
    (0..120).for_each(|row| assert_eq!(fold_of(row), fold_of(row % 12)));

    let timed = ColumnRoles { time: Some("day".into()), drop: drop("patient"), ..ColumnRoles::new("y") };
    let (found, intervals) = run(&table, &timed);
    assert_eq!(found.design.split, SplitKind::ForwardInTime);
    assert!(found.comparisons.iter().all(|c| c.t.is_none()), "training sets grow: no t test");
    assert!(matches!(intervals, Some(IntervalModel::SplitInTime { .. })));
    let first = days.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(found.rows.iter().all(|r| days[r.row] > first), "nothing predicts the first stretch");
}

#[test]
fn an_evaluation_does_not_depend_on_the_number_of_threads() {
    let table = table(80, |x| x[0] + x[1] * x[1]);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&table, &ColumnRoles::new("y")))
    };
    assert_eq!(on(1), on(3));
}

/// Noise that doubles over the series: residuals of long ago would say too little.
#[test]
fn intervals_in_time_follow_what_came_last() {
    let n = 300;
    let (x, error) = (noise(n, 1), noise(n, 2));
    let y = (0..n).map(|i| 2.0 * x[i] + 2f64.powf(i as f64 / 300.0) * error[i]).collect();
    let time = (0..n).map(|i| i as f64).collect();
    let table = Table::from_columns(vec![x]).unwrap().with_column("time", Values::Numeric(time)).unwrap();
    let table = table.with_column("y", Values::Numeric(y)).unwrap();
    let target = ColumnRoles { time: Some("time".into()), ..ColumnRoles::new("y") };
    let (config, options) = quick();
    let config = Config { method: Method::Linear, ..config };
    let (found, intervals) =
        evaluate(&Dataset::new(&table, target.clone()).unwrap(), &config, &options, &Silent).unwrap();
    let Some(IntervalModel::SplitInTime { residuals, weights, .. }) = intervals else { panic!("{intervals:?}") };
    assert!(residuals[0].len() == 250 && weights.len() == 250, "all rows after the first stretch");
    assert!(weights.is_sorted() && weights[249] == 1.0 && weights[0] < 0.5);
    // Noise that grows is covered less than noise that stays.
    let coverage = found.intervals.unwrap().coverage;
    assert!((0.75..0.9).contains(&coverage), "{coverage}");
}

#[test]
fn copies_are_tested_together_and_told() {
    let (x, error) = (noise(60, 1), noise(60, 2));
    let twice = |values: Vec<f64>| values.iter().chain(&values).copied().collect::<Vec<f64>>();
    let y = x.iter().zip(&error).map(|(x, e)| x + e).collect();
    let table = Table::from_columns(vec![twice(x)]).unwrap().with_column("y", Values::Numeric(twice(y))).unwrap();
    // As many different rows as copies: a table made of copies is divided row by row.
    let (config, options) = quick();
    let config = Config { method: Method::Linear, ..config };
    let fold_of = |found: &Evaluation, row: usize| found.rows.iter().find(|r| r.row == row).unwrap().fold;
    let (found, _) =
        evaluate(&Dataset::new(&table, ColumnRoles::new("y")).unwrap(), &config, &options, &Silent).unwrap();
    assert!(found.warnings[0].contains("60 of 120 rows are exact copies"), "{:?}", found.warnings);
    assert!((0..60).any(|row| fold_of(&found, row) != fold_of(&found, row + 60)));
    // Some copies among many rows stay together.
    let rows: Vec<usize> = (0..60).chain(0..20).collect();
    let pick = |name: &str| match &table.column(name).unwrap().values {
        Values::Numeric(values) => rows.iter().map(|&i| values[i]).collect::<Vec<f64>>(),
        Values::Categorical { .. } => unreachable!(),
    };
    let some = Table::from_columns(vec![pick("x1")]).unwrap().with_column("y", Values::Numeric(pick("y"))).unwrap();
    let (found, _) =
        evaluate(&Dataset::new(&some, ColumnRoles::new("y")).unwrap(), &config, &options, &Silent).unwrap();
    assert!(found.warnings[0].contains("20 of 80 rows are exact copies"), "{:?}", found.warnings);
    (0..20).for_each(|row| assert_eq!(fold_of(&found, row), fold_of(&found, row + 60)));
}

#[test]
fn the_verdict_is_asked_again_for_the_logarithm() {
    let n = 150;
    let (x, error) = (noise(n, 1), noise(n, 2));
    let y = (0..n).map(|i| (1.2 * x[i] + 0.2 * error[i]).exp()).collect();
    let table = Table::from_columns(vec![x]).unwrap().with_column("y", Values::Numeric(y)).unwrap();
    let (found, _) = run(&table, &ColumnRoles::new("y"));
    let conditions: Vec<&str> = found.sensitivity.iter().map(|s| s.condition.as_str()).collect();
    assert_eq!(conditions[0], "without the 1% of rows with the highest leverage");
    assert!(matches!(found.verdict.code, VerdictCode::Nonlinear | VerdictCode::LinearPlusUnits), "{:?}", found.verdict);
    let logarithm =
        found.sensitivity.iter().find(|s| s.condition == "for the logarithm of the target").expect("asked again");
    // Where another scale makes a line enough, that comes first.
    assert!(
        found.verdict.text.starts_with("A linear model is enough on another scale: for the logarithm of the target")
    );
    assert_eq!(logarithm.verdict, Some(VerdictCode::Linear), "{logarithm:?}");
    assert!(logarithm.text.contains("would be linear") && logarithm.gain.is_some());
}

#[test]
fn a_totals_row_is_named_and_left_out() {
    let (x, error) = (noise(41, 1), noise(41, 2));
    let y = (0..41).map(|i| if i == 40 { 40.0 } else { x[i] + 0.3 * error[i] }).collect();
    let table = Table::from_columns(vec![x]).unwrap().with_column("y", Values::Numeric(y)).unwrap();
    let (found, _) = run(&table, &ColumnRoles::new("y"));
    let without =
        found.sensitivity.iter().find(|s| s.condition.starts_with("without row 41")).expect("the row is named");
    assert!(without.verdict.is_some(), "{without:?}");
}

#[test]
fn few_groups_and_a_bend_are_undecided_with_what_is_missing() {
    // Five runs of an exclusive or.
    let sign = |i: usize, step: usize| if (i / step).is_multiple_of(2) { 1.0 } else { -1.0 };
    let error = noise(40, 5);
    let x: Vec<Vec<f64>> =
        [1, 2].map(|step| (0..40).map(|i| sign(i, step) + 0.1 * error[i * step % 40]).collect()).to_vec();
    let y = (0..40).map(|i| 2.5 * sign(i, 1) * sign(i, 2) + 0.2 * error[i]).collect();
    let runs = Values::Numeric((0..40).map(|i| f64::from(i / 8)).collect());
    let table = Table::from_columns(x).unwrap().with_column("y", Values::Numeric(y)).unwrap();
    let table = table.with_column("run", runs).unwrap();
    let (found, _) = run(&table, &ColumnRoles { group: Some("run".into()), ..ColumnRoles::new("y") });
    assert_eq!(found.verdict.code, VerdictCode::Undecided, "{:?}", found.verdict);
    let text = &found.verdict.text;
    assert!(text.contains("could not be tested (5 groups"), "{text}");
    assert!(found.gain.expect("a gain").mean > 0.3, "{:?}", found.gain);
    assert!(!text.contains("probability of 80%"), "{text}");
}

#[test]
fn one_factor_is_linear_by_design() {
    let error = noise(60, 3);
    let level = ["a", "b", "c", "d"];
    let text: Vec<Option<&str>> = (0..60).map(|i| Some(level[i % 4])).collect();
    let y = (0..60).map(|i| (i % 4) as f64 + 0.5 * error[i]).collect();
    let table = Table::from_columns(vec![y]).unwrap().with_column("g", Values::from_text(text)).unwrap();
    let (found, _) = run(&table, &ColumnRoles::new("x1"));
    assert_eq!(found.verdict.code, VerdictCode::Linear);
    assert!(found.verdict.text.starts_with("Linear by design"), "{}", found.verdict.text);
}

#[test]
fn outer_folds_that_were_run_elsewhere_are_the_evaluation_to_the_bit() {
    let x: Vec<f64> = (0..90).map(|i| f64::from(i * 37 % 90) / 15.0).collect();
    let y = x.iter().enumerate().map(|(i, x)| x + (2.0 * x).sin() + 0.3 * (i as f64 * 1.7).sin()).collect();
    let group = Values::Numeric((0..90).map(|i| f64::from(i % 18)).collect());
    let table = Table::from_columns(vec![x])
        .and_then(|t| t.with_column("y", Values::Numeric(y)))
        .and_then(|t| t.with_column("g", group))
        .unwrap();
    let config = Config { n_units: Some(3), n_starts: 2, inner_folds: 2, ..Config::default() };
    let options = EvaluationOptions { folds: 3, repeats: Some(2), ..EvaluationOptions::default() };
    let drop = ColumnRoles { drop: vec!["g".into()], ..ColumnRoles::new("y") };
    let grouped = ColumnRoles { group: Some("g".into()), ..ColumnRoles::new("y") };
    for roles in [drop, grouped] {
        let data = Dataset::new(&table, roles).unwrap();
        let n = n_outer_folds(&data, &config, &options).unwrap();
        assert_eq!(n, 6);
        let sent = |fold: usize| -> OuterFold {
            let run = evaluate_fold(&data, &config, &options, fold, &Silent).unwrap();
            serde_json::from_str(&serde_json::to_string(&run).unwrap()).unwrap()
        };
        let folds: Vec<OuterFold> = (0..n).rev().map(sent).collect();
        let together = evaluate_from(&data, &config, &options, &folds, &Silent).unwrap();
        let at_once = evaluate(&data, &config, &options, &Silent).unwrap();
        assert_eq!(together, at_once);

        let refused = |folds: &[OuterFold], options: &EvaluationOptions| {
            evaluate_from(&data, &config, options, folds, &Silent).unwrap_err().to_string()
        };
        assert!(refused(&folds[1..], &options).contains("outer fold 6: found none"));
        let twice: Vec<OuterFold> = folds.iter().chain(&folds[..1]).cloned().collect();
        assert!(refused(&twice, &options).contains("more than one"));
        let other_rows = EvaluationOptions { folds: 2, repeats: Some(3), ..options.clone() };
        assert!(refused(&folds, &other_rows).contains("one of other rows or options"));
        assert!(evaluate_fold(&data, &config, &options, n, &Silent).unwrap_err().to_string().contains("0 to 5"));
    }
}
