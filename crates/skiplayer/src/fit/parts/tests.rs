//! Parts of a table with any number of workers in this process: one result, which is that of the whole table.

use std::sync::Mutex;

use super::{Shard, Shards, fit_parts, reads_rows};
use crate::Result;
use crate::encode::{InputEncoding, Task};
use crate::fit::{Config, Fitted, Form, Silent, fit_source};
use crate::loss::LossKind;
use crate::random::Random;
use crate::schema::ColumnRoles;
use crate::table::{Column, Table, TableSource, Values};

/// Workers that hold runs of parts, as tables of their own.
struct Workers {
    parts: Vec<(usize, Table)>,
    shards: Vec<Mutex<Shard>>,
}

impl Workers {
    fn new(table: &Table, part_rows: usize, n_workers: usize) -> Self {
        let parts = (0..table.n_rows())
            .step_by(part_rows)
            .map(|start| {
                let rows = start..table.n_rows().min(start + part_rows);
                (start, (table as &dyn TableSource).rows(rows, &|_| true).unwrap().into_owned())
            })
            .collect();
        Self { parts, shards: (0..n_workers).map(|_| Mutex::default()).collect() }
    }
}

impl Shards for Workers {
    fn pass(&self, request: &[u8]) -> Result<Vec<Vec<u8>>> {
        let n_each = self.parts.len().div_ceil(self.shards.len());
        let mut answers = vec![Vec::new(); self.parts.len()];
        // The last worker is the first to answer.
        for (worker, shard) in self.shards.iter().enumerate().rev() {
            let (first, mut shard) = (worker * n_each, shard.lock().unwrap());
            let own = first.min(self.parts.len())..self.parts.len().min(first + n_each);
            if reads_rows(request)? {
                for number in own {
                    let (start, table) = &self.parts[number];
                    answers[number] = shard.read(request, number, *start, table)?;
                }
            } else {
                shard.answer(request)?.into_iter().zip(own).for_each(|(answer, number)| answers[number] = answer);
            }
        }
        Ok(answers)
    }
}

const HUES: [&str; 3] = ["blue", "green", "red"];

/// Numbers with gaps, categories of which one is in the last rows only, and a target of each kind.
fn table(n: usize, bend: f64) -> Table {
    let mut random = Random::simulated(8);
    let mut draw = || f64::from(random.normal() as f32);
    let a: Vec<f64> = (0..n).map(|_| 5.0 + 2.0 * draw()).collect();
    let b: Vec<f64> = (0..n).map(|i| if i % 50 == 3 { f64::NAN } else { draw() }).collect();
    let hue: Vec<&str> = (0..n).map(|i| if i + 20 > n { "violet" } else { HUES[i * i % 3] }).collect();
    let mean = |i: usize| {
        let b = if b[i].is_nan() { 0.4 } else { b[i] };
        0.5 * (a[i] - 5.0) - 0.3 * b + if hue[i] == "blue" { 0.5 } else { 0.0 } + bend * (2.0 * b).sin()
    };
    let noisy: Vec<f64> = (0..n).map(|i| mean(i) + 0.3 * draw()).collect();
    let numbers = |of: &dyn Fn(usize) -> f64| Values::Numeric((0..n).map(of).collect());
    let columns = [
        ("a", Values::Numeric(a.clone())),
        ("b", Values::Numeric(b.clone())),
        ("hue", Values::from_text(hue.iter().map(|hue| Some(*hue)))),
        ("w", numbers(&|i| [1.0, 0.5, 2.0, 0.0][i % 4])),
        ("y", numbers(&|i| if i % 97 == 5 { f64::NAN } else { 10.0 + 3.0 * noisy[i] })),
        ("count", numbers(&|i| (0.5 * noisy[i]).exp().round())),
        ("class", Values::from_text((0..n).map(|i| Some(if noisy[i] > 0.2 { "yes" } else { "no" })))),
    ];
    Table::new(columns.into_iter().map(|(name, values)| Column::new(name, values)).collect()).unwrap()
}

fn roles(target: &str, task: Task, loss: Option<LossKind>) -> ColumnRoles {
    let drop = ["y", "count", "class"].into_iter().filter(|name| *name != target).map(str::to_owned).collect();
    ColumnRoles { task: Some(task), loss, weight: Some("w".into()), drop, ..ColumnRoles::new(target) }
}

fn config() -> Config {
    Config { n_units: Some(4), n_starts: 2, stochastic_above: 1000, ..Config::default() }
}

fn in_parts(table: &Table, roles: &ColumnRoles, part_rows: usize, n_workers: usize) -> Fitted {
    fit_parts(&Workers::new(table, part_rows, n_workers), roles, &config(), &Silent).unwrap()
}

#[test]
fn any_number_of_workers_gives_the_same_bits() {
    let table = table(9_000, 1.0);
    for roles in [roles("y", Task::Regression, None), roles("class", Task::Binary, None)] {
        let one = in_parts(&table, &roles, 2_000, 1);
        assert_eq!(one.summary.form, Form::Stochastic);
        for n_workers in [2, 5] {
            assert_eq!(format!("{:?}", in_parts(&table, &roles, 2_000, n_workers)), format!("{one:?}"));
        }
    }
}

#[test]
fn a_line_is_that_of_the_whole_table() {
    let table = table(6_000, 0.0);
    for (target, task, loss) in [
        ("y", Task::Regression, None),
        ("y", Task::Regression, Some(LossKind::Huber)),
        ("count", Task::Count, None),
        ("class", Task::Binary, None),
    ] {
        let roles = roles(target, task, loss);
        let whole = fit_source(&table, &roles, &config(), &Silent).unwrap();
        let parts = in_parts(&table, &roles, 1_100, 3);
        assert_eq!((whole.summary.form, parts.summary.form), (Form::Linear, Form::Linear), "{target}");
        assert_eq!(whole.summary.n_rows, parts.summary.n_rows);
        let pairs = |fitted: &Fitted| -> Vec<(String, f64)> {
            fitted.summary.coefficients.iter().map(|own| (own.input.clone(), own.value)).collect()
        };
        for (own, expected) in pairs(&parts).iter().zip(pairs(&whole)) {
            assert_eq!(own.0, expected.0);
            assert!((own.1 - expected.1).abs() < 1e-6, "{target}: {own:?}, expected {expected:?}");
        }
        assert!((parts.summary.train_loss - whole.summary.train_loss).abs() < 1e-6);
    }
}

#[test]
fn encodings_are_those_of_the_whole_table() {
    let table = table(3_000, 0.0);
    let roles = roles("y", Task::Regression, None);
    let whole = fit_source(&table, &roles, &config(), &Silent).unwrap();
    let parts = in_parts(&table, &roles, 700, 2);
    let warnings = |fitted: &Fitted| -> Vec<String> {
        fitted.summary.warnings.iter().map(ToString::to_string).filter(|text| text.contains("row")).collect()
    };
    assert_eq!(warnings(&whole)[..2], warnings(&parts)[..2]);
    assert_eq!(whole.model.encoding.feature_names(), parts.model.encoding.feature_names());
    for (own, expected) in parts.model.encoding.inputs.iter().zip(&whole.model.encoding.inputs) {
        assert_eq!(own.name(), expected.name());
        assert_eq!(own.source(), expected.source());
        for (own, expected) in own.scales().iter().zip(expected.scales()) {
            assert!((own.mean - expected.mean).abs() < 1e-12 && (own.scale - expected.scale).abs() < 1e-12);
        }
        if let (InputEncoding::Numeric { range: own, .. }, InputEncoding::Numeric { range, .. }) = (own, expected) {
            assert_eq!(own, range);
        }
    }
    let (own, expected) = (parts.model.target.standard[0], whole.model.target.standard[0]);
    assert!((own.mean - expected.mean).abs() < 1e-12 && (own.scale - expected.scale).abs() < 1e-12);
}

#[test]
fn a_network_predicts_as_well_as_that_of_the_whole_table() {
    let table = table(9_000, 1.0);
    let roles = roles("y", Task::Regression, None);
    let whole = fit_source(&table, &roles, &config(), &Silent).unwrap();
    let parts = in_parts(&table, &roles, 2_000, 2);
    assert_eq!(whole.summary.form, Form::Stochastic);
    let (own, expected) = (parts.summary.train_loss, whole.summary.train_loss);
    assert!(own < 1.02 * expected, "{own}, expected about {expected}");
}

fn refused(table: &Table, roles: &ColumnRoles, config: &Config) -> String {
    fit_parts(&Workers::new(table, 500, 2), roles, config, &Silent).unwrap_err().to_string()
}

#[test]
fn what_cannot_be_fitted_is_said() {
    let table = table(2_000, 0.0);
    let y = roles("y", Task::Regression, None);
    let said = |roles: &ColumnRoles| refused(&table, roles, &config());
    assert!(said(&ColumnRoles { columns: vec!["yy".into()], ..y.clone() }).contains("did you mean `y`?"));
    assert!(said(&ColumnRoles { weight: Some("ww".into()), ..y.clone() }).contains("did you mean `w`?"));
    assert!(said(&roles("class", Task::Regression, None)).contains("text such as `no`"));
    assert!(said(&roles("y", Task::Count, None)).contains("in row"));
    let group = ColumnRoles { group: Some("hue".into()), ..y.clone() };
    assert!(said(&group).contains("expected targets and weights only"), "{}", said(&group));
    let few = Config { stochastic_above: 5_000, ..config() };
    assert!(refused(&table, &y, &few).contains("usable, expected more than"));
    let path = Config { method: crate::fit::Method::Path, ..config() };
    assert!(refused(&table, &y, &path).contains("rows in parts"));
    let infinite =
        table.clone().with_column("far", Values::Numeric((0..2_000).map(|i| 1.0 / (i as f64 - 1700.0)).collect()));
    assert!(refused(&infinite.unwrap(), &y, &config()).contains("column `far`: found inf in row 1701"));
}

#[test]
fn parts_of_another_kind_are_told_apart() {
    let table = table(2_000, 0.0);
    let y = roles("y", Task::Regression, None);
    let mut workers = Workers::new(&table, 500, 1);
    let text = Values::from_text((0..500).map(|i| Some(if i % 2 == 0 { "one" } else { "two" })));
    let columns = workers.parts[2].1.columns().iter().cloned();
    let with = |columns: Vec<Column>| Table::new(columns).unwrap();
    let changed = columns.clone().map(|own| if own.name == "a" { Column::new("a", text.clone()) } else { own });
    let mut reordered: Vec<Column> = columns.collect();
    reordered.swap(0, 1);
    workers.parts[2].1 = with(changed.collect());
    let said = |workers: &Workers| fit_parts(workers, &y, &config(), &Silent).unwrap_err().to_string();
    let text = said(&workers);
    assert!(text.contains("column `a`: found text or categories from row 1001 on, expected numbers"), "{text}");
    workers.parts[2].1 = with(reordered);
    assert!(said(&workers).contains("found column `b` in its place from row 1001 on"), "{}", said(&workers));
}

#[test]
fn a_part_without_targets_is_left_out() {
    let cells = |i: usize, value: f64| if (500..1000).contains(&i) { f64::NAN } else { value };
    let whole = table(2_500, 0.0);
    let Values::Numeric(y) = &whole.column("y").unwrap().values else { panic!("numbers") };
    let y: Vec<f64> = y.iter().enumerate().map(|(i, value)| cells(i, *value)).collect();
    let table = whole.clone().with_column("target", Values::Numeric(y)).unwrap();
    let mut roles = roles("target", Task::Regression, None);
    roles.drop.push("y".into());
    let fitted = in_parts(&table, &roles, 500, 2);
    let warnings = fitted.summary.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    assert!(warnings.contains("rows without a target left out, the first is row 6"), "{warnings}");
    assert!((fitted.summary.coefficients[0].value - 1.5).abs() < 0.05);
}
