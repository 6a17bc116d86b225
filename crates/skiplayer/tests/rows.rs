//! Predictions of single rows, taken apart: everything adds up.

use skiplayer::Model;
use skiplayer::encode::{Task, Unlike};
use skiplayer::explain::RowExplanations;
use skiplayer::fit::{Config, Method, Silent, fit};
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::table::{Table, Values};

/// Uniform numbers from -0.5 to 0.5, the same every time (SplitMix64).
fn noise(i: usize, stream: usize) -> f64 {
    let mut z = ((i as u64) << 20 | stream as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 - 0.5
}

const N: usize = 240;

/// A bend in `a` far from zero, a category, a number with gaps, and a target of each kind made of the same signal.
fn table(target: impl Fn(f64, usize) -> Values) -> Table {
    let a = |i: usize| 6.0 * noise(i, 1);
    let signal = |i: usize| 0.4 * a(i) * a(i) - 1.2 + 0.2 * a(i) + noise(i, 2) + if i % 3 == 1 { 0.7 } else { 0.0 };
    let signals: Vec<Values> = (0..N).map(|i| target(signal(i), i)).collect();
    let gaps = (0..N).map(|i| if i % 11 == 0 { f64::NAN } else { noise(i, 2) });
    let kind = (0..N).map(|i| Some(["red", "green", "red"][i % 3]));
    let y = match &signals[0] {
        Values::Numeric(_) => {
            Values::Numeric(signals.iter().map(|v| if let Values::Numeric(v) = v { v[0] } else { f64::NAN }).collect())
        }
        Values::Categorical { .. } => {
            let text =
                |v: &Values| if let Values::Categorical { levels, .. } = v { levels[0].clone() } else { "".into() };
            let texts: Vec<String> = signals.iter().map(text).collect();
            Values::from_text(texts.iter().map(|t| Some(t.as_str())))
        }
    };
    Table::new(vec![])
        .and_then(|t| t.with_column("a", Values::Numeric((0..N).map(|i| a(i) + 100.0).collect())))
        .and_then(|t| t.with_column("b", Values::Numeric(gaps.collect())))
        .and_then(|t| t.with_column("kind", Values::from_text(kind)))
        .and_then(|t| t.with_column("y", y))
        .unwrap()
}

fn of_task(task: Task) -> Table {
    let class = |names: &[&str], at: usize| Values::from_text([Some(names[at])]);
    let table = table(|signal, i| match task {
        Task::Regression => Values::Numeric(vec![50.0 + 10.0 * signal + noise(i, 5)]),
        Task::Count => Values::Numeric(vec![(signal + 1.0 + 2.0 * noise(i, 5)).exp().round()]),
        Task::Amount | Task::Survival => Values::Numeric(vec![1000.0 * (signal + 0.4 * noise(i, 5)).exp()]),
        Task::Successes => Values::Numeric(vec![if signal + noise(i, 5) > 0.2 { 4.0 } else { 1.0 + (i % 2) as f64 }]),
        Task::Ordinal => {
            let s = signal + 1.5 * noise(i, 5);
            Values::Numeric(vec![[-0.8, 0.0, 0.7].iter().filter(|threshold| s > **threshold).count() as f64])
        }
        Task::Binary => class(&["no", "yes"], usize::from(signal + noise(i, 5) > 0.2)),
        Task::Multiclass => {
            let s = signal + 1.5 * noise(i, 5);
            class(
                &["high", "low", "middle"],
                if s < -0.4 {
                    1
                } else if s < 0.6 {
                    2
                } else {
                    0
                },
            )
        }
    });
    if task == Task::Successes { table.with_column("n", Values::Numeric(vec![4.0; N])).unwrap() } else { table }
}

fn fitted(table: &Table, task: Task, depth: usize) -> Model {
    let config = Config { method: Method::Evidence, n_units: Some(3), n_starts: 2, depth, ..Config::default() };
    let trials = (task == Task::Successes).then(|| "n".to_owned());
    let spec = ColumnRoles { task: Some(task), trials, ..ColumnRoles::new("y") };
    fit(&Dataset::new(table, spec.clone()).unwrap(), &config, &Silent).unwrap().model
}

/// Baseline and contributions against the linear predictor, relative to the sizes of what is added.
fn gap(found: &RowExplanations) -> f64 {
    let mut worst: f64 = 0.0;
    for output in &found.outputs {
        for i in 0..found.rows.len() {
            let parts: Vec<f64> = output.inputs.iter().chain(&output.units).map(|part| part.values[i]).collect();
            let sum = output.baseline + parts.iter().sum::<f64>();
            let size = output.baseline.abs() + parts.iter().map(|v| v.abs()).sum::<f64>();
            worst = worst.max((sum - output.linear_predictor[i]).abs() / size);
        }
    }
    worst
}

#[test]
fn contributions_add_up_for_every_task() {
    let rows: Vec<usize> = (0..N).collect();
    for (task, depth) in [
        (Task::Regression, 1),
        (Task::Regression, 2),
        (Task::Binary, 1),
        (Task::Count, 1),
        (Task::Amount, 1),
        (Task::Successes, 1),
        (Task::Ordinal, 1),
        (Task::Multiclass, 1),
    ] {
        let table = of_task(task);
        let model = fitted(&table, task, depth);
        assert!(model.network.n_units() > 0, "{task:?}: nothing to take apart");
        let found = model.explain(&table, &rows).unwrap();
        assert_eq!(found.outside, [], "{task:?}");
        assert!(gap(&found) < 1e-12, "{task:?}: {}", gap(&found));
        let names: Vec<&str> = found.outputs[0].units.iter().map(|unit| unit.name.as_str()).collect();
        match task {
            Task::Multiclass => assert_eq!(names, ["hidden units"]),
            _ => assert!(names[0].starts_with('h') && names[0] != "hidden units", "{task:?}: {names:?}"),
        }
        for (o, output) in found.outputs.iter().enumerate() {
            let inverse_link = |i: usize| match task {
                Task::Regression => output.linear_predictor[i],
                Task::Binary | Task::Successes => 1.0 / (1.0 + (-output.linear_predictor[i]).exp()),
                Task::Count | Task::Amount | Task::Survival => output.linear_predictor[i].exp(),
                Task::Ordinal => {
                    let above = |threshold: &f64| 1.0 / (1.0 + (threshold - output.linear_predictor[i]).exp());
                    model.target.thresholds().iter().map(above).sum()
                }
                Task::Multiclass => {
                    let e = |o: usize| found.outputs[o].linear_predictor[i].exp();
                    e(o) / (0..3).map(e).sum::<f64>()
                }
            };
            for i in 0..N {
                assert!((output.prediction[i] / inverse_link(i) - 1.0).abs() < 1e-9, "{task:?}, row {i}");
            }
            // What the units add has nothing in common with the line, over the training rows (identity link).
            for part in output.units.iter().filter(|_| task == Task::Regression) {
                let size = part.values.iter().map(|v| v.abs()).fold(0.0, f64::max);
                assert!(part.values.iter().sum::<f64>().abs() < 1e-9 * size * N as f64);
            }
        }
    }
}

#[test]
fn several_targets_share_units_and_add_up() {
    let one = of_task(Task::Regression);
    let Values::Numeric(y) = &one.column("y").unwrap().values else { panic!() };
    let second = Values::Numeric((0..N).map(|i| 0.01 * y[i] * y[i] - noise(i, 2)).collect());
    let table = one.clone().with_column("second", second).unwrap();
    let config = Config { method: Method::Evidence, n_units: Some(3), n_starts: 2, ..Config::default() };
    let spec = ColumnRoles { columns: vec!["y".into(), "second".into()], ..ColumnRoles::default() };
    let model = fit(&Dataset::new(&table, spec.clone()).unwrap(), &config, &Silent).unwrap().model;
    assert!(model.network.n_units() > 0);
    let found = model.explain(&table, &[3, 1, 4, 1, 5]).unwrap();
    assert!(gap(&found) < 1e-12, "{}", gap(&found));
    let names: Vec<Option<&str>> = found.outputs.iter().map(|output| output.output.as_deref()).collect();
    assert_eq!(names, [Some("y"), Some("second")]);
    let error = model.explain(&table, &[0, N]).unwrap_err().to_string();
    assert_eq!(error, "rows: found row 241, expected rows from 1 to 240");
}

#[test]
fn new_rows_add_up_and_say_where_they_are_outside() {
    let table = of_task(Task::Regression);
    let model = fitted(&table, Task::Regression, 1);
    let new = Table::new(vec![])
        .and_then(|t| t.with_column("a", Values::Numeric(vec![1e6, 100.0, f64::NAN])))
        .and_then(|t| t.with_column("b", Values::Numeric(vec![f64::NAN, 0.1, -0.2])))
        .and_then(|t| t.with_column("kind", Values::from_text([Some("red"), Some("violet"), Some("green")])))
        .unwrap();
    let found = model.explain(&new, &[2, 0, 1]).unwrap();
    assert!(gap(&found) < 1e-12, "{}", gap(&found));
    let flagged: Vec<(usize, &str)> = found.outside.iter().map(|cell| (cell.row, cell.input.as_str())).collect();
    assert_eq!(flagged, [(2, "a"), (0, "a"), (1, "kind")]);
    let Unlike::Range { value, low, high } = found.outside[1].what else { panic!("{found:?}") };
    let Values::Numeric(a) = &table.column("a").unwrap().values else { panic!() };
    assert_eq!(value, 1e6);
    assert_eq!(low, a.iter().copied().fold(f64::INFINITY, f64::min));
    assert_eq!(high, a.iter().copied().fold(f64::NEG_INFINITY, f64::max));
}

#[test]
fn without_a_stored_projection_the_formula_is_taken_apart() {
    let table = of_task(Task::Binary);
    let model = Model { linear_part: None, ..fitted(&table, Task::Binary, 1) };
    let found = model.explain(&table, &[0, 5]).unwrap();
    assert!(gap(&found) < 1e-12 && found.notes.iter().any(|note| note.contains("older version")), "{found:?}");
}

#[test]
fn the_baseline_of_a_line_is_the_prediction_at_the_means() {
    let table = of_task(Task::Regression);
    let config = Config { method: Method::Linear, ..Config::default() };
    let model = fit(&Dataset::new(&table, ColumnRoles::new("y")).unwrap(), &config, &Silent).unwrap().model;
    let rows: Vec<usize> = (0..N).collect();
    let found = model.explain(&table, &rows).unwrap();
    let output = &found.outputs[0];
    assert!(output.units.is_empty() && gap(&found) < 1e-12);
    let mean = output.prediction.iter().sum::<f64>() / N as f64;
    assert!((output.baseline - mean).abs() < 1e-10 * mean);
    for input in &output.inputs {
        assert!(input.values.iter().sum::<f64>().abs() < 1e-9 * N as f64, "centred: {}", input.name);
    }
}
