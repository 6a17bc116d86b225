//! A merged model predicts the weighted mean of what its members predict, whatever they were fitted on.

use proptest::prelude::*;
use skiplayer::encode::{Encoding, InputEncoding, Task};
use skiplayer::fit::{Config, Fitted, Form, Method, Silent, fit};
use skiplayer::linear_part::LinearPart;
use skiplayer::matrix::Matrix;
use skiplayer::merge::{Member, merge};
use skiplayer::net::{Activation, Architecture, Network};
use skiplayer::random::Random;
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::table::{Column, Meaning, Table, Values};
use skiplayer::{Model, Result};

/// Rows whose classes are given, so that every table holds all classes.
const FIXED: usize = 6;

/// Columns of every kind; which levels and gaps there are is a matter of `site`.
fn table(n: usize, site: usize, seed: u64) -> Table {
    let mut random = Random::simulated(seed);
    let numbers = |random: &mut Random, centre: f64, gaps: f64| -> Vec<f64> {
        (0..n).map(|_| if random.uniform() < gaps { f64::NAN } else { centre + random.normal() }).collect()
    };
    let gaps = if site == 0 { 0.2 } else { 0.0 };
    let size = numbers(&mut random, 10.0 * site as f64, gaps);
    let age = numbers(&mut random, 40.0, 0.1);
    let flat = if site == 1 { vec![3.0; n] } else { numbers(&mut random, 3.0, 0.0) };
    let first = 18_000.0 + 500.0 * site as f64;
    let days: Vec<f64> = (0..n).map(|i| if i % 13 == site { f64::NAN } else { first + 9.0 * i as f64 }).collect();
    let words: &[&'static str] = [&["A", "B", "C"][..], &["B", "C", "C", "D"], &["1", "2", "A"]][site % 3];
    let towns: Vec<Option<&str>> =
        (0..n).map(|i| (site != 1 || i % 7 > 0).then(|| words[random.below(words.len())])).collect();
    let y: Vec<f64> = (0..n)
        .map(|i| {
            let x = if size[i].is_nan() { 0.0 } else { size[i] - 10.0 * site as f64 };
            x + f64::from(u8::from(towns[i] == Some("B"))) + 0.3 * random.normal()
        })
        .collect();
    Table::new(vec![
        Column::new("size", Values::Numeric(size)),
        Column::new("age", Values::Numeric(age)),
        Column::new("flat", Values::Numeric(flat)),
        Column::new("day", Values::Numeric(days)).meaning(Meaning::Date { written: None }),
        Column::new("town", Values::from_text(towns)),
        Column::new(
            "class",
            Values::from_text(y.iter().enumerate().map(|(i, y)| {
                let is_high = if i < FIXED { i % 2 == 0 } else { *y > 0.3 };
                Some(if is_high { "high" } else { "low" })
            })),
        ),
        Column::new("count", Values::Numeric(y.iter().map(|y| (0.5 * y).exp().clamp(0.0, 50.0).floor()).collect())),
        Column::new(
            "grade",
            Values::from_text(y.iter().enumerate().map(|(i, y)| {
                let grade = if i < FIXED { i } else { y.abs() as usize };
                Some(["a", "b", "c"][grade % 3])
            })),
        ),
        Column::new("y", Values::Numeric(y)),
    ])
    .unwrap()
}

/// All cells of `tables`, one below the other.
fn stacked(tables: &[Table]) -> Table {
    let columns = tables[0].columns().iter().enumerate().map(|(at, column)| {
        let values = match &column.values {
            Values::Numeric(_) => Values::Numeric(
                tables
                    .iter()
                    .flat_map(|t| match &t.columns()[at].values {
                        Values::Numeric(values) => values.clone(),
                        Values::Categorical { .. } => panic!("numbers"),
                    })
                    .collect(),
            ),
            Values::Categorical { .. } => {
                let of = |t: &Table| -> Vec<Option<String>> {
                    let values = &t.columns()[at].values;
                    (0..t.n_rows()).map(|i| (!values.is_missing(i)).then(|| values.text(i))).collect()
                };
                let cells: Vec<Option<String>> = tables.iter().flat_map(of).collect();
                Values::from_text(cells.iter().map(|cell| cell.as_deref()))
            }
        };
        Column::new(&column.name, values).meaning(column.meaning.clone())
    });
    Table::new(columns.collect()).unwrap()
}

fn fitted(table: &Table, target: &str, config: &Config) -> Fitted {
    let mut roles = ColumnRoles::new(target);
    roles.drop = ["y", "class", "count", "grade"].iter().filter(|n| **n != target).map(|n| n.to_string()).collect();
    roles.task = (target == "count").then_some(Task::Count);
    fit(&Dataset::new(table, roles).unwrap(), config, &Silent).unwrap()
}

fn linear() -> Config {
    Config { method: Method::Linear, ..Config::default() }
}

/// `fitted` with a network of random weights in the place of its own.
fn with_network(fitted: Fitted, hidden: Vec<usize>, random: &mut Random) -> Fitted {
    let Fitted { mut model, summary } = fitted;
    let n_inputs = model.encoding.n_features();
    let architecture =
        Architecture { n_inputs, n_outputs: model.target.n_outputs(), hidden, activation: Activation::Gelu };
    model.network = Network::zeros(architecture);
    model.network.parameters.fill_with(|| 0.5 * random.normal());
    model.linear_part = Some(LinearPart::of_the_skip(&model.network));
    Fitted { model, summary }
}

fn merged(members: &[Fitted]) -> Result<Fitted> {
    let names: Vec<String> = (0..members.len()).map(|i| format!("{i}.safetensors")).collect();
    let members: Vec<Member> = members
        .iter()
        .zip(&names)
        .map(|(fitted, name)| Member { name, model: &fitted.model, summary: &fitted.summary })
        .collect();
    merge(&members)
}

/// Linear predictors in the units of the target.
fn eta(model: &Model, table: &Table) -> Matrix {
    let rows: Vec<usize> = (0..table.n_rows()).collect();
    let eta = model.network.forward(&model.encoding.apply(table, &rows).unwrap().0);
    let standard = |o: usize| model.target.standard.get(o).copied();
    Matrix::from_fn(eta.n_rows(), eta.n_columns(), |i, o| {
        standard(o).map_or(eta.get(i, o), |standard| standard.invert(eta.get(i, o)))
    })
}

fn has_indicator(input: &InputEncoding) -> bool {
    match input {
        InputEncoding::Numeric { missing, .. } | InputEncoding::Categorical { missing, .. } => missing.is_some(),
    }
}

/// `table` with the numbers in place of missing cells that no member tells apart: the merged model takes the mean of all rows, where each
/// member alone would take its own.
fn filled(whole: &Fitted, table: &Table) -> Table {
    let columns = table.columns().iter().map(|column| {
        let of_column = |input: &&InputEncoding| input.name() == column.name && !has_indicator(input);
        match (whole.model.encoding.inputs.iter().find(of_column), &column.values) {
            (Some(InputEncoding::Numeric { standard, .. }), Values::Numeric(cells)) => {
                let full = cells.iter().map(|cell| if cell.is_nan() { standard.mean } else { *cell }).collect();
                Column::new(&column.name, Values::Numeric(full)).meaning(column.meaning.clone())
            }
            _ => column.clone(),
        }
    });
    Table::new(columns.collect()).unwrap()
}

fn assert_is_the_mean(whole: &Fitted, members: &[Fitted], table: &Table) {
    let total: f64 = members.iter().map(|member| member.summary.n_rows as f64).sum();
    let full = filled(whole, table);
    let parts: Vec<Matrix> = members.iter().map(|member| eta(&member.model, &full)).collect();
    let found = eta(&whole.model, table);
    for (i, o) in (0..found.n_rows()).flat_map(|i| (0..found.n_columns()).map(move |o| (i, o))) {
        let terms = parts.iter().zip(members).map(|(eta, m)| m.summary.n_rows as f64 / total * eta.get(i, o));
        let (expected, size) = terms.fold((0.0, 1.0f64), |(sum, size), term| (sum + term, size.max(term.abs())));
        let found = found.get(i, o);
        assert!((found - expected).abs() < 1e-12 * size, "row {i}, output {o}: {found}, expected {expected}");
    }
}

#[test]
fn of_every_task_it_predicts_the_weighted_mean_over_the_rows_of_all_members() {
    for target in ["y", "class", "count", "grade"] {
        let tables = [table(90, 0, 1), table(150, 1, 2), table(60, 2, 3)];
        let members: Vec<Fitted> = tables.iter().map(|table| fitted(table, target, &linear())).collect();
        let whole = merged(&members).unwrap();
        assert_is_the_mean(&whole, &members, &stacked(&tables));
        assert_eq!((whole.summary.n_rows, whole.summary.form), (300, Form::Merged));
        assert_eq!(whole.model.network.n_units(), 0);
    }
}

#[test]
fn coefficients_of_numbers_are_the_weighted_means() {
    let tables = [table(90, 2, 1), table(150, 2, 2)];
    let members: Vec<Fitted> = tables.iter().map(|table| fitted(table, "y", &linear())).collect();
    let whole = merged(&members).unwrap();
    let value = |fitted: &Fitted, name: &str| {
        let of = |c: &&skiplayer::linear_part::Coefficient| c.input == name;
        fitted.summary.coefficients.iter().find(of).map_or(0.0, |c| c.value)
    };
    for name in ["size", "age", "flat"] {
        let expected = (90.0 * value(&members[0], name) + 150.0 * value(&members[1], name)) / 240.0;
        assert!((value(&whole, name) - expected).abs() < 1e-12, "{name}");
    }
    assert!(value(&whole, "size") > 0.9);
}

#[test]
fn merging_merged_models_is_merging_all_of_them() {
    let tables = [table(90, 0, 1), table(150, 1, 2), table(60, 2, 3)];
    let [a, b, c] = tables.each_ref().map(|table| fitted(table, "y", &linear()));
    let at_once = merged(&[a.clone(), b.clone(), c.clone()]).unwrap();
    let one_by_one = merged(&[merged(&[a, b]).unwrap(), c]).unwrap();
    let all = stacked(&tables);
    let (found, expected) = (eta(&one_by_one.model, &all), eta(&at_once.model, &all));
    for (found, expected) in found.values().iter().zip(expected.values()) {
        assert!((found - expected).abs() < 1e-11, "{found}, expected {expected}");
    }
}

#[test]
fn explanations_add_up_to_the_predictions_of_the_mean() {
    let tables = [table(90, 0, 1), table(150, 1, 2)];
    let mut random = Random::simulated(7);
    let networks: Vec<Fitted> = tables
        .iter()
        .zip([vec![3, 2], vec![2]])
        .map(|(table, hidden)| with_network(fitted(table, "y", &linear()), hidden, &mut random))
        .collect();
    let whole = merged(&networks).unwrap();
    assert_eq!(whole.model.network.n_units(), 7);
    let all = stacked(&tables);
    let rows: Vec<usize> = (0..all.n_rows()).collect();
    let told = whole.model.explain(&all, &rows).unwrap();
    let expected = eta(&whole.model, &all);
    for i in rows {
        let output = &told.outputs[0];
        let parts = output.inputs.iter().chain(&output.units).map(|part| part.values[i]).sum::<f64>();
        assert!((output.baseline + parts - expected.get(i, 0)).abs() < 1e-9);
    }
}

/// A member that knows a column, a level or gaps which the others do not know.
#[test]
fn what_one_member_alone_knows_stays_what_it_was() {
    let (with, mut without) = (table(90, 0, 1), table(120, 2, 2));
    without = Table::new(without.columns().iter().filter(|c| c.name != "age").cloned().collect()).unwrap();
    let members = [fitted(&with, "y", &linear()), fitted(&without, "y", &linear())];
    let whole = merged(&members).unwrap();
    assert!(whole.summary.warnings.iter().any(|w| w.contains("`age` is no input of 1.safetensors")));
    assert_is_the_mean(&whole, &members, &with);
    let InputEncoding::Categorical { levels, missing, .. } =
        whole.model.encoding.inputs.iter().find(|input| input.name() == "town").unwrap()
    else {
        panic!("a category")
    };
    assert_eq!((levels.len(), missing.is_some()), (4, false), "A, B, C, 1 and 2, one of them the reference");
}

#[test]
fn members_that_do_not_go_together_are_refused() {
    let plain = table(90, 0, 1);
    let of = |target: &str| fitted(&plain, target, &linear());
    let refused = |members: &[Fitted]| merged(members).unwrap_err().to_string();
    let y = of("y");
    assert_eq!(refused(std::slice::from_ref(&y)), "models to merge: found 1, expected two or more");
    assert_eq!(
        refused(&[y.clone(), of("count")]),
        "the model 1.safetensors: found a model of the target `count`, expected the target `y`, as in 0.safetensors"
    );
    let mut count = of("count");
    count.model.target.names = vec!["y".to_owned()];
    let said = refused(&[y.clone(), count]);
    assert!(
        said.contains("found the task count") && said.contains("as in 0.safetensors: a mean is of one loss"),
        "{said}"
    );
    let mut other = of("class");
    other.model.target.classes = vec!["low".into(), "medium".into()];
    assert!(
        refused(&[of("class"), other])
            .contains("found the task binary of `low`, `medium`, expected binary of `high`, `low`")
    );

    // The same column, of another kind.
    let columns = plain.columns().iter().map(|column| {
        if column.name == "age" {
            Column::new("age", Values::from_text((0..90).map(|i| Some(["young", "old"][i % 2]))))
        } else {
            column.clone()
        }
    });
    let kinds = fitted(&Table::new(columns.collect()).unwrap(), "y", &linear());
    assert_eq!(
        refused(&[y.clone(), kinds]),
        "column `age`: found numbers in 0.safetensors and categories in 1.safetensors, expected one meaning in all models that are \
         merged; fit one of them again, with the column read as in the other"
    );
    let columns = plain
        .columns()
        .iter()
        .map(|column| if column.name == "age" { column.clone().meaning(Meaning::Duration) } else { column.clone() });
    let durations = fitted(&Table::new(columns.collect()).unwrap(), "y", &linear());
    assert!(refused(&[y.clone(), durations]).contains("numbers in 0.safetensors and durations in 1.safetensors"));

    let mut random = Random::simulated(1);
    let network = with_network(y.clone(), vec![2], &mut random);
    let mut relu = network.clone();
    relu.model.network.architecture.activation = Activation::Relu;
    assert!(refused(&[network.clone(), relu]).contains("hidden units of relu, expected gelu, as in 0.safetensors"));
    assert!(merged(&[y, network]).is_ok(), "a linear model goes with every activation");
}

/// New tables have cells that no member was trained with.
#[test]
fn what_no_member_knows_is_remarked_on() {
    let tables = [table(90, 1, 1), table(150, 2, 2)];
    let members: Vec<Fitted> = tables.iter().map(|table| fitted(table, "y", &linear())).collect();
    let whole = merged(&members).unwrap().model;
    let mut columns = tables[1].columns().to_vec();
    columns[0] = Column::new("size", Values::Numeric(vec![f64::NAN; 150]));
    columns[4] = Column::new("town", Values::from_text((0..150).map(|i| Some(if i == 0 { "Z" } else { "A" }))));
    let (_, remarks) = whole.encoding.apply(&Table::new(columns).unwrap(), &[0, 1]).unwrap();
    assert!(
        remarks.iter().any(|r| r.contains("`size`: 2 missing cells") && r.contains("taken as the mean")),
        "{remarks:?}"
    );
    assert!(remarks.iter().any(|r| r.contains("`Z` in row 1; taken as `A`")), "{remarks:?}");
}

fn sizes() -> impl Strategy<Value = Vec<Vec<usize>>> {
    prop::collection::vec(prop::collection::vec(1usize..4, 0..4), 2..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn networks_of_any_depth_merge_to_the_mean(shapes in sizes(), seed in 0u64..1000, task in 0usize..4) {
        let target = ["y", "class", "count", "grade"][task];
        let mut random = Random::simulated(seed);
        let tables: Vec<Table> =
            (0..shapes.len()).map(|site| table(60 + 7 * site, site, seed + site as u64)).collect();
        let members: Vec<Fitted> = tables
            .iter()
            .zip(shapes)
            .map(|(table, hidden)| with_network(fitted(table, target, &linear()), hidden, &mut random))
            .collect();
        let whole = merged(&members).unwrap();
        let all = stacked(&tables);
        assert_is_the_mean(&whole, &members, &all);
        // The means of all rows, which is what a fit on them would have learned.
        let names: Vec<String> = ["size", "age"].map(String::from).to_vec();
        let rows: Vec<usize> = (0..all.n_rows()).collect();
        let (learned, _) = Encoding::learn(&all, &names, &rows, &vec![1.0; all.n_rows()]).unwrap();
        for (j, (own, expected)) in learned.inputs.iter().zip(&whole.model.encoding.inputs).enumerate() {
            let counts = |(member, table): (&Fitted, &Table)| {
                let input = &member.model.encoding.inputs[j];
                let column = table.columns().iter().find(|column| column.name == input.name()).unwrap();
                has_indicator(input) || !(0..table.n_rows()).any(|i| column.values.is_missing(i))
            };
            // A member with fewer than five missing cells does not know how many it had.
            if !members.iter().zip(&tables).all(counts) {
                continue;
            }
            let (own, expected) = (own.scales(), expected.scales());
            prop_assert!((own[0].mean - expected[0].mean).abs() < 1e-9 * (1.0 + own[0].mean.abs()), "{own:?} {expected:?}");
            prop_assert!((own[0].scale / expected[0].scale - 1.0).abs() < 1e-9);
        }
    }
}
