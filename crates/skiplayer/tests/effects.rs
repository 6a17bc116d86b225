//! Effects of inputs against what they must be.

use skiplayer::Model;
use skiplayer::explain::{Curve, Effect, Effects, EffectsOptions};
use skiplayer::fit::{Config, Method, Silent, fit};
use skiplayer::net::{Activation, Architecture, Network};
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::table::{Table, Values};

const N: usize = 300;

/// Uniform numbers from -0.5 to 0.5, the same every time (SplitMix64).
fn noise(i: usize, stream: usize) -> f64 {
    let mut z = ((i as u64) << 20 | stream as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64 - 0.5
}

/// Three numbers, the first in units of `unit`, a category and a target.
fn table(unit: f64) -> Table {
    let column = |j: usize, scale: f64| (0..N).map(|i| scale * noise(i, j) + 3.0 * scale).collect::<Vec<f64>>();
    let kind = (0..N).map(|i| Some(["red", "green", "red", "blue"][i % 4]));
    let y = (0..N).map(|i| noise(i, 1) + 0.5 * noise(i, 2) + (i % 4) as f64 + 0.1 * noise(i, 9)).collect();
    Table::from_columns(vec![column(1, unit), column(2, 1.0), column(3, 1.0)])
        .and_then(|t| t.with_column("kind", Values::from_text(kind)))
        .and_then(|t| t.with_column("y", Values::Numeric(y)))
        .unwrap()
}

/// The linear model of the table.
fn linear(table: &Table) -> Model {
    let config = Config { method: Method::Linear, ..Config::default() };
    fit(&Dataset::new(table, ColumnRoles::new("y")).unwrap(), &config, &Silent).unwrap().model
}

/// The same with hidden units: each a bias, weights of the features x1, x2, x3, kind=blue, kind=green, and its output weight.
fn with_units(mut model: Model, units: &[(f64, [f64; 5], f64)]) -> Model {
    let architecture =
        Architecture { hidden: vec![units.len()], activation: Activation::Tanh, ..model.network.architecture.clone() };
    let parameters = model.network.parameters.iter().copied();
    let parameters = parameters
        .chain(units.iter().flat_map(|unit| unit.1))
        .chain(units.iter().map(|unit| unit.0))
        .chain(units.iter().map(|unit| unit.2));
    model.network = Network::new(architecture, parameters.collect());
    model.linear_part = None;
    model
}

fn effects(model: &Model, table: &Table, options: EffectsOptions) -> Effects {
    let rows: Vec<usize> = (0..N).collect();
    Effects::compute(model, table, &rows, &[1.0; N], &options).unwrap()
}

fn of<'a>(effects: &'a Effects, input: &str) -> &'a Effect {
    effects.inputs.iter().find(|effect| effect.input == input).unwrap_or_else(|| panic!("{input} has no effect"))
}

fn close(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < tolerance)
}

#[test]
fn a_linear_model_is_its_line_and_nothing_else() {
    let table = table(1.0);
    let model = linear(&table);
    let effects = effects(&model, &table, EffectsOptions::default());
    assert!(effects.interactions.is_empty());
    let slope = |input: &str| model.explanation.coefficients.iter().find(|c| c.input == input).unwrap().value;
    for effect in &effects.inputs {
        assert_eq!(effect.nonlinear_size, 0.0, "{}", effect.input);
        match &effect.curve {
            Curve::Numeric { at, line, accumulated, partial, individual, .. } => {
                assert!(line == accumulated && line == partial && individual.iter().all(|own| own == line));
                let Values::Numeric(x) = &table.column(&effect.input).unwrap().values else { panic!() };
                let mean = x.iter().sum::<f64>() / N as f64;
                let true_line: Vec<f64> = at.iter().map(|x| slope(&effect.input) * (x - mean)).collect();
                // Between places the mean of a line is the mean at the rows.
                assert!(close(line, &true_line, 1e-12), "{}", effect.input);
            }
            Curve::Levels { levels, counts, line, partial } => {
                assert_eq!(
                    (levels.as_slice(), counts.as_slice()),
                    (&["red", "blue", "green"].map(String::from)[..], &[150, 75, 75][..])
                );
                assert_eq!(line, partial);
                assert!((line[1] - line[0] - slope("kind=blue")).abs() < 1e-12);
                assert!((2.0 * line[0] + line[1] + line[2]).abs() < 1e-12, "centred over the rows");
            }
        }
    }
    let sizes: Vec<f64> = effects.inputs.iter().map(|effect| effect.linear_size).collect();
    assert!(sizes.is_sorted_by(|a, b| a >= b), "strongest first");
}

/// tanh of x1 alone, and a pair of x2 and x3.
fn bent(table: &Table) -> Model {
    let units = [(0.3, [1.5, 0.0, 0.0, 0.0, 0.0], 0.4), (0.1, [0.0, 1.0, -1.2, 0.0, 0.0], 0.5)];
    with_units(linear(table), &units)
}

#[test]
fn the_network_along_an_input_that_acts_alone() {
    let table = table(1.0);
    let model = bent(&table);
    let effects = effects(&model, &table, EffectsOptions { n_points: N, n_curves: N, n_rows: N });
    let Curve::Numeric { at, accumulated, partial, individual, .. } = &of(&effects, "x1").curve else { panic!() };
    // The model itself along x1, everything else as in the first row.
    let along = |row: usize| {
        let columns = table.columns().iter().map(|column| {
            let mut column = column.clone();
            column.values = match column.values {
                Values::Numeric(_) if column.name == "x1" => Values::Numeric(at.clone()),
                Values::Numeric(v) => Values::Numeric(vec![v[row]; at.len()]),
                Values::Categorical { codes, levels } => {
                    Values::Categorical { codes: vec![codes[row]; at.len()], levels }
                }
            };
            column
        });
        let moved = Table::new(columns.collect()).unwrap();
        let predictions = model.predict(&moved).unwrap();
        let values = predictions.mean.column(0);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|v| v - mean).collect::<Vec<f64>>()
    };
    // Every row has its own place, so the mean over places is that over rows.
    assert_eq!(at.len(), N);
    let truth = along(0);
    assert!(close(accumulated, &truth, 1e-10) && close(partial, &truth, 1e-10));
    assert!(individual.iter().all(|own| close(own, &truth, 1e-10)));
    assert!(of(&effects, "x1").nonlinear_size > 0.0);

    // Along x2 rows differ, and their mean is the partial dependence.
    let Curve::Numeric { partial, individual, .. } = &of(&effects, "x2").curve else { panic!() };
    assert_eq!(individual.len(), N);
    let mean: Vec<f64> = (0..N).map(|k| individual.iter().map(|own| own[k]).sum::<f64>() / N as f64).collect();
    assert!(close(partial, &mean, 1e-12));
    assert!(individual.iter().any(|own| !close(own, partial, 1e-3)));
}

#[test]
fn pairs_that_share_a_unit_come_first() {
    let table = table(1.0);
    let found = effects(&bent(&table), &table, EffectsOptions::default()).interactions;
    assert_eq!(found.len(), 1, "others are zero but for rounding: {found:?}");
    assert_eq!((found[0].a.as_str(), found[0].b.as_str()), ("x2", "x3"));
    assert!(found[0].size > 0.0 && found[0].share > 0.0 && (0.0..=1.0).contains(&found[0].h_squared), "{found:?}");
    let alone = [(0.3, [1.5, 0.0, 0.0, 0.0, 0.0], 0.4), (0.1, [0.0, 1.0, 0.0, 0.0, 0.0], 0.5)];
    let additive = with_units(linear(&table), &alone);
    assert_eq!(effects(&additive, &table, EffectsOptions::default()).interactions, []);
}

#[test]
fn units_of_an_input_only_move_its_scale() {
    let (small, large) = (table(1.0), table(1000.0));
    let options = EffectsOptions::default();
    let (a, b) = (effects(&bent(&small), &small, options), effects(&bent(&large), &large, options));
    assert_eq!(a.inputs.len(), b.inputs.len());
    for (a, b) in a.inputs.iter().zip(&b.inputs) {
        assert!((a.linear_size - b.linear_size).abs() + (a.nonlinear_size - b.nonlinear_size).abs() < 1e-7, "{a:?}");
        let (Curve::Numeric { at, accumulated, .. }, Curve::Numeric { at: other, accumulated: again, .. }) =
            (&a.curve, &b.curve)
        else {
            continue;
        };
        assert!(close(accumulated, again, 1e-7));
        let unit = if a.input == "x1" { 1000.0 } else { 1.0 };
        assert!(at.iter().zip(other).all(|(a, b)| (a * unit - b).abs() < 1e-9 * unit));
    }
    assert_eq!(a.interactions.len(), b.interactions.len());
    assert!((a.interactions[0].size - b.interactions[0].size).abs() < 1e-7);
}

#[test]
fn rows_that_cannot_be_are_refused() {
    let table = table(1.0);
    let model = linear(&table);
    let message = |rows: &[usize], weight: &[f64]| {
        Effects::compute(&model, &table, rows, weight, &EffectsOptions::default()).unwrap_err().to_string()
    };
    assert!(message(&[N], &[1.0]).contains("rows from 1 to 300"));
    assert!(message(&[], &[]).contains("at least one row"));
    assert!(message(&[0, 1], &[1.0]).contains("found 2 rows, 1 weights"));
    assert!(message(&[0, 1], &[1.0, f64::NAN]).contains("a weight above zero"));
}

#[test]
fn levels_agree_with_predictions_of_a_changed_table() {
    let table = table(1.0);
    let unit = (0.2, [0.7, 0.0, 0.0, 0.9, -0.6], 0.8);
    let model = with_units(linear(&table), &[unit]);
    let effects = effects(&model, &table, EffectsOptions::default());
    let Curve::Levels { levels, counts, line, partial } = &of(&effects, "kind").curve else { panic!() };
    let mean_with = |level: &str| {
        let columns = table.columns().iter().filter(|column| column.name != "kind").cloned();
        let all = Values::from_text((0..N).map(|_| Some(level)));
        let changed = Table::new(columns.collect()).and_then(|t| t.with_column("kind", all)).unwrap();
        let predictions = model.predict(&changed).unwrap();
        let values = predictions.mean.column(0);
        values.iter().sum::<f64>() / N as f64
    };
    let means: Vec<f64> = levels.iter().map(|level| mean_with(level)).collect();
    let centre = means.iter().zip(counts).map(|(mean, count)| mean * *count as f64).sum::<f64>() / N as f64;
    let truth: Vec<f64> = means.iter().map(|mean| mean - centre).collect();
    assert!(close(partial, &truth, 1e-10), "{partial:?}, expected {truth:?}");
    assert!(!close(partial, line, 1e-3), "the unit bends it");
}

#[test]
fn scores_of_classes_are_centred() {
    let numbers = table(1.0);
    let class = (0..N).map(|i| {
        let score = noise(i, 1) * noise(i, 2) + 0.05 * noise(i, 8);
        Some(if score < -0.02 {
            "low"
        } else if score < 0.02 {
            "middle"
        } else {
            "high"
        })
    });
    let columns = numbers.columns().iter().filter(|column| column.name != "y").cloned();
    let table = Table::new(columns.collect()).and_then(|t| t.with_column("y", Values::from_text(class))).unwrap();
    let config = Config { method: Method::Evidence, n_units: Some(4), n_starts: 2, ..Config::default() };
    let model = fit(&Dataset::new(&table, ColumnRoles::new("y")).unwrap(), &config, &Silent).unwrap().model;
    assert!(model.network.n_units() > 0);
    let effects = effects(&model, &table, EffectsOptions::default());
    let of_x1: Vec<&Effect> = effects.inputs.iter().filter(|effect| effect.input == "x1").collect();
    let outputs: Vec<Option<&str>> = of_x1.iter().map(|effect| effect.output.as_deref()).collect();
    assert_eq!(outputs, [Some("high"), Some("low"), Some("middle")]);
    let curve = |o: usize| match &of_x1[o].curve {
        Curve::Numeric { line, accumulated, partial, .. } => [line.clone(), accumulated.clone(), partial.clone()],
        Curve::Levels { .. } => panic!("x1 is a number"),
    };
    for (k, low) in curve(0).iter().enumerate() {
        let sums: Vec<f64> = (0..low.len()).map(|at| (0..3).map(|o| curve(o)[k][at]).sum()).collect();
        assert!(close(&sums, &vec![0.0; low.len()], 1e-9), "{sums:?}");
    }
    let first = &effects.interactions[0];
    assert_eq!((first.a.as_str(), first.b.as_str()), ("x1", "x2"), "{:?}", effects.interactions);
}
