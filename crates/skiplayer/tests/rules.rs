//! What is asked of single columns holds everywhere, not at the rows alone.

use proptest::prelude::*;
use skiplayer::fit::{Config, Fitted, Method, Silent, fit};
use skiplayer::schema::{ColumnRoles, ColumnRules, Dataset, Direction};
use skiplayer::table::{Table, Values};

/// Numbers in (-1, 1) without any pattern that matters here.
fn noise(i: usize, k: usize) -> f64 {
    let mixed = (i as u64 * 4 + k as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((mixed ^ (mixed >> 29)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// The target rises in `a`, but for a dent, is bent in `b`, has their product, and does not depend on `c`; `d` says a little.
fn table(n: usize) -> Table {
    let column = |k: usize| -> Vec<f64> { (0..n).map(|i| 2.0 * noise(i, k)).collect() };
    let (a, b, c) = (column(0), column(1), column(2));
    let d: Vec<f64> = (0..n).map(|i| a[i] + 0.5 * noise(i, 7)).collect();
    let y =
        (0..n).map(|i| 0.8 * a[i] + (2.5 * a[i]).sin() + b[i] * b[i] + 0.7 * a[i] * b[i] + 0.3 * noise(i, 9)).collect();
    let columns = [("a", a), ("b", b), ("c", c), ("d", d), ("y", y)];
    columns.into_iter().fold(Table::new(vec![]).unwrap(), |table, (name, values)| {
        table.with_column(name, Values::Numeric(values)).unwrap()
    })
}

fn fitted(table: &Table, rules: ColumnRules, config: &Config) -> skiplayer::Result<Fitted> {
    fit(&Dataset::new(table, ColumnRoles { rules, ..ColumnRoles::new("y") })?, config, &Silent)
}

fn rising(names: &[&str]) -> ColumnRules {
    ColumnRules {
        monotone: names.iter().map(|name| ((*name).to_owned(), Direction::Up)).collect(),
        ..ColumnRules::default()
    }
}

/// Predictions at points (a, b, c, d).
fn predictions(fitted: &Fitted, points: &[[f64; 4]]) -> Vec<f64> {
    let table = ["a", "b", "c", "d"].into_iter().enumerate().fold(Table::new(vec![]).unwrap(), |table, (k, name)| {
        table.with_column(name, Values::Numeric(points.iter().map(|point| point[k]).collect())).unwrap()
    });
    fitted.model.predict(&table).unwrap().mean.column(0).to_vec()
}

/// Steps along `a` from far below to far above the rows, the other inputs as they are.
fn along_a([b, c, d]: [f64; 3]) -> Vec<[f64; 4]> {
    (0..200).map(|step| [-6.0 + 0.06 * f64::from(step), b, c, d]).collect()
}

fn largest_fall(values: &[f64]) -> f64 {
    values.windows(2).map(|pair| pair[0] - pair[1]).fold(0.0, f64::max)
}

/// Networks of all kinds of fit.
fn configs() -> [Config; 3] {
    let quick = Config { n_units: Some(6), n_starts: 3, inner_folds: 3, ..Config::default() };
    let evidence = Config { method: Method::Evidence, ..quick.clone() };
    [quick.clone(), evidence, Config { stochastic_above: 1000, ..quick }]
}

#[test]
fn predictions_never_fall_in_a_column_that_may_not_and_would_otherwise() {
    let table = table(1_100);
    let lines: Vec<[f64; 3]> = (0..60).map(|i| [4.0 * noise(i, 1), 4.0 * noise(i, 2), 4.0 * noise(i, 3)]).collect();
    for config in configs() {
        let free = fitted(&table, ColumnRules::default(), &config).unwrap();
        let kept = fitted(&table, rising(&["a"]), &config).unwrap();
        assert!(kept.model.network.n_units() > 0, "{:?}", kept.summary.headline);
        let fall = |fitted: &Fitted| {
            lines.iter().map(|line| largest_fall(&predictions(fitted, &along_a(*line)))).fold(0.0, f64::max)
        };
        assert!(fall(&free) > 0.01, "{}", fall(&free));
        assert!(fall(&kept) < 1e-12, "{}", fall(&kept));
    }
}

#[test]
fn units_of_columns_that_may_not_interact_add_up() {
    let table = table(1_100);
    let none = ColumnRules { interactions: Some(Vec::new()), ..ColumnRules::default() };
    let together = vec!["a".to_owned(), "b".to_owned()];
    let pair = ColumnRules { interactions: Some(vec![together]), ..ColumnRules::default() };
    // f(s, t) - f(s, t') - f(s', t) + f(s', t') is zero for all s and t if and only if the two add up.
    let interaction = |fitted: &Fitted, first: usize, second: usize| {
        (0..100)
            .map(|i| {
                let at = |k: usize| 3.0 * noise(i, k);
                let mut corners = [[at(0), at(1), at(2), at(3)]; 4];
                corners[1][second] = at(4);
                corners[2][first] = at(5);
                (corners[3][first], corners[3][second]) = (at(5), at(4));
                let f = predictions(fitted, &corners);
                (f[0] - f[1] - f[2] + f[3]).abs()
            })
            .fold(0.0, f64::max)
    };
    for config in configs() {
        let fits = [&ColumnRules::default(), &none, &pair].map(|rules| fitted(&table, rules.clone(), &config).unwrap());
        assert!(fits.iter().all(|fitted| fitted.model.network.n_units() > 0));
        let found = fits.each_ref().map(|fitted| interaction(fitted, 0, 1));
        assert!(found[0] > 0.1 && found[1] < 1e-10 && found[2] > 0.1, "{found:?}");
        for (first, second) in [(0, 2), (1, 2), (1, 3), (2, 3)] {
            assert!(interaction(&fits[1], first, second) < 1e-10 && interaction(&fits[2], first, second) < 1e-10);
        }
    }
}

#[test]
fn a_line_without_a_penalty_is_least_squares() {
    let table = table(200);
    let config = Config { n_units: Some(0), ..Config::default() };
    let all = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let rules = ColumnRules { unpenalized: all.clone(), ..ColumnRules::default() };
    let free = fitted(&table, rules, &config).unwrap();
    assert_eq!(free.summary.inputs_used, all, "none is left out, whatever it is worth");
    // Residuals of least squares are at right angles to every input, to the tolerance of the solver; a penalty would leave 1 and more.
    let column = |name: &str| match &table.column(name).unwrap().values {
        Values::Numeric(values) => values.clone(),
        Values::Categorical { .. } => unreachable!(),
    };
    let fit = free.model.predict(&table).unwrap().mean.column(0).to_vec();
    let residual: Vec<f64> = column("y").iter().zip(&fit).map(|(y, f)| y - f).collect();
    for name in &all {
        let along: f64 = column(name).iter().zip(&residual).map(|(x, r)| x * r).sum();
        assert!(along.abs() < 0.01, "{name}: {along}");
    }
    let usual = fitted(&table, ColumnRules::default(), &config).unwrap();
    assert!(!usual.summary.inputs_used.contains(&"d".to_owned()), "{:?}", usual.summary.inputs_used);
}

#[test]
fn a_dear_column_leaves_its_place_to_a_cheap_one() {
    let table = table(200);
    let config = Config { n_units: Some(0), ..Config::default() };
    let used = |factor: f64| {
        let rules = ColumnRules { penalty_factor: vec![("a".to_owned(), factor)], ..ColumnRules::default() };
        fitted(&table, rules, &config).unwrap().summary.coefficients
    };
    let slope = |factor: f64| used(factor).iter().find(|c| c.input == "a").map_or(0.0, |c| c.value);
    assert!(slope(1.0) > 0.5 && slope(1e4).abs() < 0.05, "{} {}", slope(1.0), slope(1e4));
}

#[test]
fn a_slope_that_may_not_have_its_sign_is_zero() {
    let table = table(200);
    let config = Config { n_units: Some(0), ..Config::default() };
    let falling = ColumnRules { monotone: vec![("a".to_owned(), Direction::Down)], ..ColumnRules::default() };
    let line = fitted(&table, falling, &config).unwrap();
    assert!(
        line.summary.coefficients.iter().all(|c| c.input != "a" || c.value <= 0.0),
        "{:?}",
        line.summary.coefficients
    );
    assert_eq!(
        fitted(&table, rising(&["a"]), &config).unwrap().summary.coefficients,
        fitted(&table, ColumnRules::default(), &config).unwrap().summary.coefficients,
        "a bound that does not bind changes nothing"
    );
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let table = table(60).with_column("hue", Values::from_text((0..60).map(|i| Some(["red", "blue"][i % 2])))).unwrap();
    let refusal = |rules: ColumnRules, config: Config| fitted(&table, rules, &config).unwrap_err().to_string();
    let quick = Config::default;
    let text = refusal(rising(&["aa"]), quick());
    assert!(text.contains("aa") && text.contains("did you mean `a`?"), "{text}");
    assert!(refusal(rising(&["hue"]), quick()).contains("categories"));
    assert!(refusal(rising(&["y"]), quick()).contains("no input"));
    assert!(refusal(rising(&["a", "a"]), quick()).contains("two directions"));
    assert!(refusal(rising(&["a"]), Config { depth: 2, ..quick() }).contains("depth"));
    assert!(refusal(rising(&["a"]), Config { method: Method::Path, ..quick() }).contains("path"));
    let gelu = Config { activation: skiplayer::net::Activation::Gelu, ..quick() };
    assert!(refusal(rising(&["a"]), gelu).contains("gelu"));
    let factor = |factor: f64| ColumnRules { penalty_factor: vec![("a".to_owned(), factor)], ..ColumnRules::default() };
    assert!(refusal(factor(0.0), quick()).contains("above 0") && refusal(factor(f64::NAN), quick()).contains("NaN"));
    let alone = ColumnRules { interactions: Some(vec![vec!["a".to_owned()]]), ..ColumnRules::default() };
    assert!(refusal(alone, quick()).contains("group of one"));
    let both = ColumnRules { unpenalized: vec!["a".to_owned()], ..factor(2.0) };
    assert!(refusal(both, quick()).contains("one of the two"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever the table: columns of any shape, gaps, few rows.
    #[test]
    fn whatever_the_rows_predictions_keep_their_directions(
        rows in prop::collection::vec((-3.0..3.0f64, prop::option::of(-3.0..3.0f64), -3.0..3.0f64), 30..60),
        up in any::<bool>(),
    ) {
        let gap = |x: Option<f64>| x.unwrap_or(f64::NAN);
        let table = Table::new(vec![])
            .and_then(|t| t.with_column("a", Values::Numeric(rows.iter().map(|r| r.0).collect())))
            .and_then(|t| t.with_column("b", Values::Numeric(rows.iter().map(|r| gap(r.1)).collect())))
            .and_then(|t| t.with_column("y", Values::Numeric(rows.iter().map(|r| r.2 + (2.0 * r.0).cos()).collect())))
            .unwrap();
        let way = if up { Direction::Up } else { Direction::Down };
        let rules = ColumnRules { monotone: vec![("a".to_owned(), way), ("b".to_owned(), way)], ..ColumnRules::default() };
        let config = Config { method: Method::Evidence, n_units: Some(4), n_starts: 2, ..Config::default() };
        let kept = fitted(&table, rules, &config).unwrap();
        let values = |a: &dyn Fn(f64) -> f64, b: &dyn Fn(f64) -> f64| {
            let steps = || (0..80).map(|step| -8.0 + 0.2 * f64::from(step));
            let points = Table::new(vec![])
                .and_then(|t| t.with_column("a", Values::Numeric(steps().map(a).collect())))
                .and_then(|t| t.with_column("b", Values::Numeric(steps().map(b).collect())))
                .unwrap();
            let mut values = kept.model.predict(&points).unwrap().mean.column(0).to_vec();
            values.iter_mut().for_each(|v| *v *= way.sign());
            values
        };
        for at in [-2.0, 0.0, 1.5] {
            prop_assert!(largest_fall(&values(&|s| s, &|_| at)) < 1e-12);
            prop_assert!(largest_fall(&values(&|_| at, &|s| s)) < 1e-12);
            prop_assert!(largest_fall(&values(&|s| s, &|_| f64::NAN)) < 1e-12);
        }
    }
}
