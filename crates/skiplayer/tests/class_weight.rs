//! Weights of classes are weights of rows.

use skiplayer::encode::Task;
use skiplayer::fit::{Config, Fitted, Silent, fit};
use skiplayer::schema::{ClassWeight, ColumnRoles, Dataset};
use skiplayer::table::{Table, Values};

/// Three rows of `no` for each of `yes`.
fn table() -> Table {
    let x: Vec<f64> = (0..80).map(|i| f64::from(i * 37 % 80) / 10.0).collect();
    let is_yes = |i: usize| i % 4 == 1;
    let y: Vec<Option<&str>> = (0..80).map(|i| Some(if is_yes(i) { "yes" } else { "no" })).collect();
    let x: Vec<f64> = x.iter().enumerate().map(|(i, x)| x + if is_yes(i) { 2.0 } else { 0.0 }).collect();
    let weight = (0..80).map(|i| if is_yes(i) { 3.0 } else { 1.0 }).collect();
    Table::from_columns(vec![x])
        .and_then(|t| t.with_column("y", Values::from_text(y)))
        .and_then(|t| t.with_column("w", Values::Numeric(weight)))
        .unwrap()
}

fn fitted(roles: ColumnRoles) -> skiplayer::Result<Fitted> {
    let config = Config { n_units: Some(0), ..Config::default() };
    fit(&Dataset::new(table(), roles)?, &config, &Silent)
}

fn weighted(class_weight: ClassWeight) -> ColumnRoles {
    ColumnRoles { class_weight: Some(class_weight), drop: vec!["w".into()], ..ColumnRoles::new("y") }
}

#[test]
fn classes_with_weights_are_rows_with_weights() {
    let by_rows = fitted(ColumnRoles { weight: Some("w".into()), ..ColumnRoles::new("y") }).unwrap();
    let given = vec![("yes".to_owned(), 3.0)];
    for class_weight in [ClassWeight::Balanced, ClassWeight::Given(given)] {
        let by_class = fitted(weighted(class_weight)).unwrap();
        let pairs = by_class.model.network.parameters.iter().zip(&by_rows.model.network.parameters);
        pairs.for_each(|(a, b)| assert!((a - b).abs() < 1e-9, "{a} {b}"));
    }
    let plain = fitted(ColumnRoles { drop: vec!["w".into()], ..ColumnRoles::new("y") }).unwrap();
    let share = |fitted: &Fitted| {
        let mean = fitted.model.predict(&table()).unwrap().mean;
        mean.column(mean.n_columns() - 1).iter().sum::<f64>() / 80.0
    };
    // The mean probability of a model with an intercept is the share in its own population.
    assert!((share(&plain) - 0.25).abs() < 0.01 && share(&by_rows) > 0.4, "{} {}", share(&plain), share(&by_rows));
}

#[test]
fn what_cannot_be_weighed_is_refused() {
    let refusal = |roles| fitted(roles).unwrap_err().to_string();
    let given = |name: &str, factor: f64| weighted(ClassWeight::Given(vec![(name.to_owned(), factor)]));
    assert!(refusal(given("yess", 2.0)).contains("did you mean `yes`?"));
    assert!(refusal(given("yes", 0.0)).contains("above 0"));
    assert!(refusal(given("yes", f64::NAN)).contains("above 0"));
    let twice = ClassWeight::Given(vec![("yes".to_owned(), 1.0), ("yes".to_owned(), 2.0)]);
    assert!(refusal(weighted(twice)).contains("two weights"));
    let numbers = ColumnRoles { columns: vec!["x1".into()], drop: Vec::new(), ..weighted(ClassWeight::Balanced) };
    let text = refusal(ColumnRoles { task: Some(Task::Regression), ..numbers });
    assert!(text.contains("not the task regression"), "{text}");
}
