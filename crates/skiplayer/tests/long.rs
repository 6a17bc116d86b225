//! What a fit of many rows promises.

use std::borrow::Cow;
use std::ops::Range;

use skiplayer::Result;
use skiplayer::fit::{Config, Fitted, Form, Silent, fit_source};
use skiplayer::random::Random;
use skiplayer::schema::ColumnRoles;
use skiplayer::table::{Column, Table, TableSource, Values};

const ROWS: usize = 12_000;

/// y = x1 + tanh(2 x2) + hue + noise, sorted by x1; a cell of x3 in fifty is missing, and so is a target in a hundred.
fn table() -> Table {
    let mut random = Random::simulated(11);
    let hues = ["red", "green", "blue"];
    let mut rows: Vec<([f64; 3], usize, f64)> = (0..ROWS)
        .map(|_| {
            let x = [random.normal(), random.normal(), random.normal()];
            let hue = random.below(3);
            let y = x[0] + (2.0 * x[1]).tanh() + 0.5 * hue as f64 + 0.3 * random.normal();
            (x, hue, y)
        })
        .collect();
    rows.sort_by(|a, b| a.0[0].total_cmp(&b.0[0]));
    let column = |j: usize| {
        Values::Numeric(
            rows.iter().enumerate().map(|(i, row)| if j == 2 && i % 50 == 3 { f64::NAN } else { row.0[j] }).collect(),
        )
    };
    let y = rows.iter().enumerate().map(|(i, row)| if i % 100 == 7 { f64::NAN } else { row.2 }).collect();
    Table::new(vec![])
        .and_then(|t| t.with_column("x1", column(0)))
        .and_then(|t| t.with_column("x2", column(1)))
        .and_then(|t| t.with_column("x3", column(2)))
        .and_then(|t| t.with_column("hue", Values::from_text(rows.iter().map(|row| Some(hues[row.1])))))
        .and_then(|t| t.with_column("w", Values::Numeric((0..ROWS).map(|i| 0.5 + (i % 3) as f64).collect())))
        .and_then(|t| t.with_column("y", Values::Numeric(y)))
        .unwrap()
}

fn config() -> Config {
    Config { stochastic_above: 5_000, n_units: Some(4), n_starts: 2, ..Config::default() }
}

fn spec() -> ColumnRoles {
    ColumnRoles { weight: Some("w".into()), ..ColumnRoles::new("y") }
}

fn run(table: &dyn TableSource) -> Fitted {
    fit_source(table, &spec(), &config(), &Silent).unwrap()
}

/// Hands out copies only, and chunks whose levels are numbered by themselves.
struct Elsewhere(Table);

impl TableSource for Elsewhere {
    fn n_rows(&self) -> usize {
        self.0.n_rows()
    }

    fn names(&self) -> Vec<&str> {
        self.0.columns().iter().map(|column| column.name.as_str()).collect()
    }

    fn column_at(&self, at: usize) -> Result<Cow<'_, Column>> {
        Ok(Cow::Owned(self.0.columns()[at].clone()))
    }

    fn rows(&self, rows: Range<usize>, wanted: &dyn Fn(&str) -> bool) -> Result<Cow<'_, Table>> {
        let part = TableSource::rows(&self.0, rows, wanted)?;
        let columns = part.columns().iter().map(|column| match &column.values {
            Values::Numeric(_) => column.clone(),
            Values::Categorical { codes, levels } => {
                let text = codes.iter().map(|&code| levels.get(code as usize).map(String::as_str));
                Column::new(column.name.clone(), Values::from_text(text))
            }
        });
        Table::new(columns.collect()).map(Cow::Owned)
    }
}

#[test]
fn a_table_in_parts_is_fitted_as_one_in_memory() {
    let whole = run(&table());
    let parts = run(&Elsewhere(table()));
    assert_eq!(whole, parts);
    assert_eq!(whole.summary.form, Form::Stochastic);
    assert_eq!(whole.summary.n_rows, ROWS - ROWS / 100);
    assert!(whole.summary.nonlinear_share_in_sample > 0.05);
    // Of a variance of about 2.2 the noise is .09, and half the squared error is the loss.
    assert!(whole.summary.train_loss < 0.5 * 0.06, "{}", whole.summary.train_loss);
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let table = table();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&table))
    };
    assert_eq!(on(1), on(3));
}

/// Where rows are so many that a gain of nothing is certain, it is still nothing.
#[test]
fn a_linear_problem_of_many_rows_comes_out_linear() {
    let mut random = Random::simulated(12);
    let x: Vec<f64> = (0..60_000).map(|_| random.normal()).collect();
    let y = x.iter().map(|x| x + random.normal()).collect();
    let table = Table::from_columns(vec![x]).unwrap().with_column("y", Values::Numeric(y)).unwrap();
    let config = Config { n_starts: 2, n_units: Some(6), ..Config::default() };
    let Fitted { summary, .. } = fit_source(&table, &ColumnRoles::new("y"), &config, &Silent).unwrap();
    assert_eq!((summary.form, summary.n_units), (Form::Linear, 0));
}

/// The height of a planar arm of five joints is smooth, hardly noisy, and needs many units.
#[test]
fn the_width_is_chosen_on_rows_that_are_held_out() {
    let mut random = Random::simulated(13);
    let n = 8_000;
    let angles: Vec<Vec<f64>> = (0..5).map(|_| (0..n).map(|_| 3.0 * random.uniform() - 1.5).collect()).collect();
    let height = |i: usize| {
        let directions = angles.iter().scan(0.0, |angle, joint| {
            *angle += joint[i];
            Some(f64::cos(*angle))
        });
        directions.sum::<f64>()
    };
    let y: Vec<f64> = (0..n).map(|i| height(i) + 0.02 * random.normal()).collect();
    let table = Table::from_columns(angles).unwrap().with_column("y", Values::Numeric(y)).unwrap();
    let summary = |n_units| {
        let config = Config { stochastic_above: 5_000, n_starts: 1, n_units, ..Config::default() };
        fit_source(&table, &ColumnRoles::new("y"), &config, &Silent).unwrap().summary
    };
    let (chosen, narrow) = (summary(None), summary(Some(20)));
    assert_eq!((chosen.n_units_offered, narrow.n_units_offered), (64, 20));
    assert!(chosen.train_loss < narrow.train_loss, "{} instead of {}", chosen.train_loss, narrow.train_loss);
}
