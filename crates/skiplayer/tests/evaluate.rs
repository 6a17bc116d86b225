//! Evaluations of data whose truth is known.

use skiplayer::data::{Table, TargetSpec, Values};
use skiplayer::evaluate::{Evaluation, EvaluationOptions, IntervalModel, SplitKind, VerdictCode, evaluate};
use skiplayer::fit::{Config, Silent};

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
    let config = Config { hidden: Some(4), ensemble: 2, ..Config::default() };
    (config, EvaluationOptions { folds: 5, repeats: Some(1), ..EvaluationOptions::default() })
}

fn run(table: &Table, target: &TargetSpec) -> (Evaluation, Option<IntervalModel>) {
    let (config, options) = quick();
    evaluate(table, target, &config, &options, &Silent).unwrap()
}

#[test]
fn a_line_is_called_linear() {
    let (found, intervals) = run(&table(300, |x| 2.0 * x[0] - x[1]), &TargetSpec::new("y"));
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
    let (found, _) = run(&table(300, |x| 2.0 * x[0] - x[1] + 1.5 * x[0] * x[1]), &TargetSpec::new("y"));
    assert_eq!(found.verdict.code, VerdictCode::LinearPlusUnits, "{:?}", found.verdict);
    let gain = found.gain.expect("a gain");
    assert!(gain.mean > 0.4 && gain.p_better > 0.95, "{gain:?}");
    assert!(found.nonlinear_share > 0.2);
}

#[test]
fn noise_is_no_signal() {
    let (found, _) = run(&table(200, |_| 0.0), &TargetSpec::new("y"));
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
    let grouped = TargetSpec { group: Some("patient".into()), drop: drop("day"), ..TargetSpec::new("y") };
    let (found, _) = run(&table, &grouped);
    assert_eq!((found.design.split, found.design.column.as_deref()), (SplitKind::Grouped, Some("patient")));
    let fold_of = |row: usize| found.rows.iter().find(|r| r.row == row).expect("every row is tested").fold;
    (0..120).for_each(|row| assert_eq!(fold_of(row), fold_of(row % 12)));

    let timed = TargetSpec { time: Some("day".into()), drop: drop("patient"), ..TargetSpec::new("y") };
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
        pool.install(|| run(&table, &TargetSpec::new("y")))
    };
    assert_eq!(on(1), on(3));
}
