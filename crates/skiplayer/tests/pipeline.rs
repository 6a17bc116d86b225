//! A pipeline followed step by step with plain loops predicts what the model predicts.

use proptest::prelude::*;
use skiplayer::encode::{Encoding, OffsetColumns, Part, Standard, TargetEncoding, Task};
use skiplayer::evaluate::{FoldModel, IntervalModel};
use skiplayer::loss::{Loss, Ordinal};
use skiplayer::matrix::Matrix;
use skiplayer::net::{Activation, Architecture, GELU_BOUND, GELU_CUBIC, GELU_SCALE, Network};
use skiplayer::pipeline::{Feature, Holds, Interval, Output, Pipeline, Steps, Test};
use skiplayer::random::Random;
use skiplayer::table::dates::DAY;
use skiplayer::table::{Column, Meaning, Table, Values};
use skiplayer::{Model, prune};

/// The cell of a row as the number that the column holds; `None` where it is missing.
fn number(pipeline: &Pipeline, table: &Table, column: &str, row: usize) -> Option<f64> {
    let Values::Numeric(values) = &table.column(column).unwrap().values else { panic!("numbers") };
    assert_ne!(pipeline.holds(column), Some(Holds::Category));
    Some(values[row]).filter(|value| !value.is_nan())
}

fn days(pipeline: &Pipeline, table: &Table, column: &str, row: usize) -> Option<f64> {
    let cell = number(pipeline, table, column, row)?;
    let is_seconds = matches!(pipeline.holds(column), Some(Holds::Timestamp | Holds::Instant));
    Some(if is_seconds { cell / DAY } else { cell })
}

fn feature(pipeline: &Pipeline, feature: &Feature, table: &Table, row: usize) -> f64 {
    match feature {
        Feature::Number { column, part, mean, scale } => {
            let value = match part {
                Part::Whole => number(pipeline, table, column, row),
                part => days(pipeline, table, column, row).and_then(|day| part.of(day)),
            };
            value.map_or(feature.of_missing(), |value| (value - mean) / scale)
        }
        Feature::Offset { column } => {
            let own = pipeline.columns.iter().find(|own| own.name == *column).unwrap();
            let cell = number(pipeline, table, &own.column, row).unwrap();
            if own.logarithm { cell.ln() } else { cell }
        }
        Feature::Indicator { column, test, yes, no, part } => {
            let values = &table.column(column).unwrap().values;
            let passes = match test {
                Test::Missing => values.is_missing(row),
                Test::AnyOf(texts) => !values.is_missing(row) && texts.contains(&values.text(row)),
                Test::NoneOf(texts) => !values.is_missing(row) && !texts.contains(&values.text(row)),
                Test::At(place) => {
                    days(pipeline, table, column, row).and_then(|day| part.of(day)) == Some(*place as f64)
                }
            };
            if passes { *yes } else { *no }
        }
    }
}

fn activate(activation: Activation, a: f64) -> f64 {
    let bounded = a.clamp(-GELU_BOUND, GELU_BOUND);
    match activation {
        Activation::Tanh => a.tanh(),
        Activation::Relu => a.max(0.0),
        Activation::Gelu => 0.5 * a * (1.0 + (GELU_SCALE * bounded * (1.0 + GELU_CUBIC * bounded * bounded)).tanh()),
    }
}

fn times(matrix: &[Vec<f64>], x: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum()).collect()
}

fn sum(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// Numbers, counts, or the probability of each class.
fn follow(pipeline: &Pipeline, steps: &Steps, table: &Table, row: usize) -> Vec<f64> {
    let x: Vec<f64> = steps.features.iter().map(|f| feature(pipeline, f, table, row)).collect();
    let layers = &steps.layers;
    let mut eta = sum(&layers.bias, &times(&layers.skip, &x));
    if let Some(hidden) = &layers.hidden {
        let act = |a: Vec<f64>| a.into_iter().map(|a| activate(hidden.activation, a)).collect::<Vec<f64>>();
        let mut h = act(sum(&times(&hidden.input, &x), &hidden.bias));
        for block in &hidden.blocks {
            h = sum(&h, &times(&block.output, &act(sum(&times(&block.input, &h), &block.bias))));
        }
        eta = sum(&eta, &times(&hidden.head, &h));
    }
    match &steps.output {
        Output::Numbers { targets } => eta.iter().zip(targets).map(|(eta, of)| of.mean + of.scale * eta).collect(),
        Output::Count { largest, .. } | Output::HazardRatio { largest, .. } => vec![eta[0].min(*largest).exp()],
        Output::Amount { largest, scale, .. } => vec![scale * eta[0].min(*largest).exp()],
        Output::Share { .. } => vec![1.0 / (1.0 + (-eta[0]).exp())],
        Output::TwoClasses { .. } => {
            let event = 1.0 / (1.0 + (-eta[0]).exp());
            vec![1.0 - event, event]
        }
        Output::Ordered { thresholds, .. } => {
            let below = |c: usize| 1.0 / (1.0 + (eta[0] - thresholds[c]).exp());
            let last = thresholds.len();
            let of = |k: usize| if k == last { 1.0 } else { below(k) } - if k == 0 { 0.0 } else { below(k - 1) };
            (0..=last).map(of).collect()
        }
        Output::Classes { .. } => {
            let largest = eta.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let powers: Vec<f64> = eta.iter().map(|eta| (eta - largest).exp()).collect();
            let total: f64 = powers.iter().sum();
            powers.into_iter().map(|power| power / total).collect()
        }
    }
}

/// Columns of every kind, with gaps.
fn table(n: usize, seed: u64) -> Table {
    let mut random = Random::simulated(seed);
    let mut gaps = |value: f64| if random.uniform() < 0.15 { f64::NAN } else { value };
    let dates: Vec<f64> = (0..n).map(|i| gaps(18_000.0 + 11.0 * i as f64)).collect();
    let stamps: Vec<f64> = (0..n).map(|i| gaps(1.6e9 + 7919.0 * 60.0 * i as f64)).collect();
    let clock: Vec<f64> = (0..n).map(|i| gaps(f64::from(i as u32 * 977 % 86_400))).collect();
    let sizes: Vec<f64> = (0..n).map(|i| gaps(((i * 37) % 101) as f64 - 20.0)).collect();
    let mut pick = |words: &[&'static str]| -> Values {
        let cells: Vec<Option<&str>> = (0..n)
            .map(|_| if random.uniform() < 0.1 { None } else { Some(words[random.below(words.len())]) })
            .collect();
        Values::from_text(cells)
    };
    let columns = vec![
        Column::new("size", Values::Numeric(sizes)),
        Column::new("day", Values::Numeric(dates)).meaning(Meaning::Date { written: None }),
        Column::new("seen", Values::Numeric(stamps)).meaning(Meaning::Timestamp { zone: None, written: None }),
        Column::new("clock", Values::Numeric(clock)).meaning(Meaning::TimeOfDay),
        Column::new("town", pick(&["A", "B", "C"])),
        Column::new("member", pick(&["false", "true"])),
        Column::new("code", pick(&["1", "2", "03"])),
    ];
    Table::new(columns).unwrap()
}

fn model(table: &Table, task: Task, hidden: Vec<usize>, activation: Activation, random: &mut Random) -> Model {
    let n = table.n_rows();
    let names: Vec<String> = table.columns().iter().map(|column| column.name.clone()).collect();
    let rows: Vec<usize> = (0..n).collect();
    let (encoding, _) = Encoding::learn(table, &names, &rows, &vec![1.0; n]).unwrap();
    let (classes, n_outputs) = match task {
        Task::Regression => (vec![], 1),
        Task::Count | Task::Amount | Task::Successes | Task::Survival => (vec![], 1),
        Task::Binary => (vec!["no".to_owned(), "yes".to_owned()], 1),
        Task::Ordinal => (["x", "y", "z"].map(str::to_owned).to_vec(), 1),
        Task::Multiclass => (["x", "y", "z"].map(str::to_owned).to_vec(), 3),
    };
    let target = TargetEncoding {
        loss: (task == Task::Ordinal).then(|| Loss::Ordinal(Ordinal::new(&[-0.4, 1.1]).unwrap())),
        task,
        names: vec!["target".to_owned()],
        classes,
        standard: vec![Standard { mean: if task == Task::Amount { 0.0 } else { 5.0 }, scale: 2.0 }],
        meanings: vec![],
        offset: OffsetColumns::default(),
        trials: None,
        survival: None,
    };
    let architecture = Architecture { n_inputs: encoding.n_features(), n_outputs, hidden, activation };
    let mut network = Network::zeros(architecture);
    let mut weight = || if random.uniform() < 0.3 { 0.0 } else { 0.4 * random.normal() };
    network.parameters.fill_with(&mut weight);
    let network = prune(&network);
    Model { task, encoding, target, network, explanation: Default::default(), linear_part: None }
}

const TASKS: [Task; 7] =
    [Task::Regression, Task::Count, Task::Amount, Task::Successes, Task::Binary, Task::Ordinal, Task::Multiclass];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_steps_lead_to_the_predictions(
        which in 0usize..TASKS.len(),
        hidden in prop::collection::vec(1usize..5, 0..4),
        activation in prop::sample::select(vec![Activation::Tanh, Activation::Relu, Activation::Gelu]),
        seed: u64,
    ) {
        let mut random = Random::simulated(seed);
        let model = model(&table(150, seed), TASKS[which], hidden, activation, &mut random);
        let pipeline = Pipeline::new(&model, None).unwrap();
        // Other rows, and a level that training did not have.
        let new = table(40, seed.wrapping_add(1));
        let predicted = model.predict(&new).unwrap().mean;
        for row in 0..40 {
            for (o, value) in follow(&pipeline, &pipeline.model, &new, row).into_iter().enumerate() {
                let expected = predicted.get(row, o);
                prop_assert!((value - expected).abs() <= 1e-12 * (1.0 + expected.abs()), "{value}, expected {expected}");
            }
        }
        serde_json::to_string(&pipeline).unwrap();
    }
}

#[test]
fn intervals_follow_from_the_steps_of_the_fold_models() {
    let (train, new) = (table(120, 3), table(30, 4));
    let mut random = Random::simulated(5);
    let whole = model(&train, Task::Regression, vec![2], Activation::Tanh, &mut random);
    let folds: Vec<FoldModel> = (0..5)
        .map(|_| {
            let Model { encoding, target, network, .. } =
                model(&train, Task::Regression, vec![2], Activation::Tanh, &mut random);
            FoldModel { encoding, target, network }
        })
        .collect();
    let residuals = vec![(0..5).map(|_| (0..20).map(|_| random.normal().abs()).collect()).collect()];
    let intervals = IntervalModel::CvPlus { folds, residuals, lowest: Some(0.5) };
    for level in [0.5, 0.9, 0.95] {
        let pipeline = Pipeline::new(&whole, Some((&intervals, level))).unwrap();
        let Some(Interval::CvPlus { rank, folds, residuals, lowest, .. }) = &pipeline.interval else { panic!("CV+") };
        let rows: Vec<usize> = (0..30).collect();
        let bounds = intervals.bounds(&new, &rows, &Matrix::zeros(30, 1), level).unwrap().unwrap();
        for row in 0..30 {
            let ends = |sign: f64| -> Vec<f64> {
                let of_fold = |(steps, residuals): (&Steps, &Vec<f64>)| -> Vec<f64> {
                    let prediction = follow(&pipeline, steps, &new, row)[0];
                    residuals.iter().map(|residual| sign * prediction + residual).collect()
                };
                let mut ends: Vec<f64> = folds.iter().zip(&residuals[0]).flat_map(of_fold).collect();
                ends.sort_by(|a, b| b.total_cmp(a));
                ends
            };
            let (upper, lower) = (ends(1.0)[rank - 1], (-ends(-1.0)[rank - 1]).max(lowest.unwrap()));
            assert!((upper - bounds.upper.get(row, 0)).abs() < 1e-12, "{upper}, {}", bounds.upper.get(row, 0));
            assert!((lower - bounds.lower.get(row, 0)).abs() < 1e-12, "{lower}, {}", bounds.lower.get(row, 0));
        }
    }
    let beyond = Pipeline::new(&whole, Some((&intervals, 0.999))).unwrap_err().to_string();
    assert!(beyond.contains("0.999, expected 0.99 or less"), "{beyond}");
    assert!(Pipeline::new(&whole, Some((&intervals, 1.5))).is_err());
}

#[test]
fn what_is_not_used_is_left_out() {
    let train = table(120, 3);
    let mut model = model(&train, Task::Regression, vec![], Activation::Tanh, &mut Random::simulated(1));
    let columns_of =
        |pipeline: &Pipeline| pipeline.columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>();
    model.network.parameters.fill(0.0);
    let constant = Pipeline::new(&model, None).unwrap();
    assert_eq!(columns_of(&constant), ["size"], "a constant needs to know how many rows there are");
    let names = model.encoding.feature_names();
    let at = names.iter().position(|name| name == "town=B" || name == "town=C").unwrap();
    model.network.weights_mut().skip.row_mut(0)[at] = 2.0;
    let one = Pipeline::new(&model, None).unwrap();
    assert_eq!((columns_of(&one), one.model.features.len()), (vec!["town".to_owned()], 1));
}
