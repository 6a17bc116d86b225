//! What a fit promises, on small tables made here.

use std::sync::Mutex;

use skiplayer::encode::Task;
use skiplayer::evaluate::{EvaluationOptions, evaluate};
use skiplayer::fit::{
    Config, Event, Fitted, Form, Inference, LambdaChoice, Method, Observer, PathStart, Penalty, Silent, fit,
};
use skiplayer::net::Activation;
use skiplayer::net::prune;
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::table::{Table, Values};

/// Repeatable numbers that look normal.
fn noise(i: usize, stream: usize) -> f64 {
    let mut h = (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (stream as u64).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mut sum = 0.0;
    for _ in 0..12 {
        h ^= h >> 33;
        h = h.wrapping_mul(0xff51_afd7_ed55_8ccd);
        h ^= h >> 33;
        sum += (h >> 11) as f64 / (1u64 << 53) as f64;
    }
    sum - 6.0
}

fn table(n: usize, p: usize, target: impl Fn(&[f64], f64) -> f64) -> Table {
    let columns: Vec<Vec<f64>> = (0..p).map(|j| (0..n).map(|i| noise(i, j)).collect()).collect();
    let y = (0..n)
        .map(|i| {
            let row: Vec<f64> = columns.iter().map(|c| c[i]).collect();
            target(&row, noise(i, 1000))
        })
        .collect();
    Table::from_columns(columns).unwrap().with_column("y", Values::Numeric(y)).unwrap()
}

fn run(table: &Table, config: &Config) -> Fitted {
    fit(&Dataset::new(table, ColumnRoles::new("y")).unwrap(), config, &Silent).unwrap()
}

fn linear_table() -> Table {
    table(400, 8, |x, e| 2.0 * x[0] - x[1] + 0.5 * x[2] + 0.5 * e)
}

fn quick() -> Config {
    Config { n_units: Some(4), n_starts: 2, inner_folds: 3, ..Config::default() }
}

#[test]
fn a_linear_problem_comes_out_linear_and_says_so() {
    let fitted = run(&linear_table(), &Config { n_units: Some(10), ..Config::default() });
    let summary = &fitted.summary;
    assert_eq!((summary.n_units, summary.form), (0, Form::Linear));
    assert_eq!(summary.inputs_used, ["x1", "x2", "x3"]);
    assert!(summary.headline.contains("The fitted model is linear"), "{}", summary.headline);
    assert!(summary.converged);
}

/// Of many weak inputs a price on all keeps more than the evidence does.
#[test]
fn many_weak_inputs_are_a_point_of_a_path() {
    let table = table(120, 30, |x, e| 0.22 * x.iter().sum::<f64>() + e);
    let fitted = run(&table, &quick());
    let summary = &fitted.summary;
    assert!(matches!(summary.form, Form::Lasso | Form::ElasticNet), "{:?}", summary.contenders);
    assert!(summary.inputs_used.len() > 15, "{:?}", summary.inputs_used);
    assert!(
        summary.contenders.iter().any(|contender| contender.form == Form::Linear && contender.gain_over_linear < 0.0)
    );
    assert_optimal(&table, &fitted);
}

/// Inputs that tell the same share the weight: thirty measurements of three things.
#[test]
fn inputs_that_go_together_are_an_elastic_net() {
    let plain = table(100, 33, |x, e| x[0] + x[1] - x[2] + 1.5 * e);
    let mut table = Table::new(vec![]).unwrap();
    for j in 0..30 {
        let [thing, noise] = [1 + j % 3, 4 + j].map(|k| numbers(&plain, &format!("x{k}")));
        let cells = thing.iter().zip(&noise).map(|(thing, noise)| thing + 0.7 * noise).collect();
        table = table.with_column(format!("x{}", j + 1), Values::Numeric(cells)).unwrap();
    }
    let table = table.with_column("y", Values::Numeric(numbers(&plain, "y"))).unwrap();
    let fitted = run(&table, &quick());
    let summary = &fitted.summary;
    assert_eq!(summary.form, Form::ElasticNet, "{:?}", summary.contenders);
    assert!(summary.l1_ratio.is_some_and(|ratio| ratio < 1.0) && summary.inputs_used.len() > 15);
    assert_optimal(&table, &fitted);
}

fn numbers(table: &Table, name: &str) -> Vec<f64> {
    match &table.column(name).unwrap().values {
        Values::Numeric(values) => values.clone(),
        Values::Categorical { .. } => unreachable!("numeric tables only"),
    }
}

/// The optimality conditions of a line on a path, in standardised units: x'r/n is lambda times the sign of a weight for the share that is L1
/// (Tibshirani 1996), and lambda times the weight for the rest (Zou & Hastie 2005).
fn assert_optimal(table: &Table, fitted: &Fitted) {
    let summary = &fitted.summary;
    assert!(summary.converged && summary.n_units == 0);
    let y = numbers(table, "y");
    let n = y.len();
    let standard = |values: &[f64]| {
        let mean = values.iter().sum::<f64>() / n as f64;
        let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64).sqrt();
        (values.iter().map(|v| (v - mean) / deviation).collect::<Vec<f64>>(), deviation)
    };
    let predicted = fitted.model.predict(table).unwrap();
    let (_, of_y) = standard(&y);
    let residual: Vec<f64> = (0..n).map(|i| (y[i] - predicted.mean.get(i, 0)) / of_y).collect();
    let (lambda, l1) = (summary.lambda.unwrap(), summary.l1_ratio.unwrap_or(1.0));
    for j in 1..=summary.n_inputs {
        let name = format!("x{j}");
        let (x, of_x) = standard(&numbers(table, &name));
        let along = x.iter().zip(&residual).map(|(x, r)| x * r).sum::<f64>() / n as f64;
        let weight = summary.coefficients.iter().find(|c| c.input == name).map_or(0.0, |c| c.value * of_x / of_y);
        if weight == 0.0 {
            assert!(along.abs() < l1 * lambda * 1.001, "{name}: {along}, expected at most {}", l1 * lambda);
        } else {
            let slope = lambda * (l1 * weight.signum() + (1.0 - l1) * weight);
            assert!((along - slope).abs() < 1e-3 * lambda, "{name}: {along}, expected {slope} for {weight}");
        }
    }
}

#[test]
fn noise_alone_is_a_constant() {
    for n in [60, 150] {
        let summary = run(&table(n, 12, |_, e| e), &quick()).summary;
        assert_eq!(summary.form, Form::Constant, "{:?}", summary.contenders);
    }
}

/// A product of two columns, and a third that has nothing to do with it.
#[test]
fn columns_that_determine_the_target_are_named() {
    let product = table(300, 3, |x, _| (3.0 + x[0]) * (3.0 + x[1]));
    let fitted = run(&product, &Config { n_units: Some(8), n_starts: 2, inner_folds: 3, ..Config::default() });
    let said = |warning: &&skiplayer::error::Message| warning.to_string().contains("nearly determined");
    let text = fitted.summary.warnings.iter().find(said).expect("a warning").to_string();
    assert!(text.contains("`x1`") && text.contains("`x2`") && !text.contains("`x3`"), "{text}");
    let noisy = table(300, 3, |x, e| (3.0 + x[0]) * (3.0 + x[1]) + 0.5 * e);
    let fitted = run(&noisy, &Config { n_units: Some(8), n_starts: 2, inner_folds: 3, ..Config::default() });
    assert!(!fitted.summary.warnings.iter().any(|warning| said(&warning)));
}

#[test]
fn a_bend_is_found() {
    let bends: [fn(&[f64]) -> f64; 3] =
        [|x| 2.0 * x[0] + 0.3 * x[0] * x[1], |x| (2.0 * x[0]).tanh(), |x| 2.0 * x[0] + 0.5 * (3.0 * x[2]).sin()];
    for bend in bends {
        let table = table(2000, 4, |x, e| bend(x) - x[1] + 0.5 * x[2] + 0.5 * e);
        let fitted = run(&table, &quick());
        assert!(fitted.summary.n_units > 0, "{:?}", fitted.summary.contenders);
        assert!(fitted.summary.nonlinear_share_in_sample > 0.0);
    }
}

/// Where units have to work together the network that is grown one by one is far behind after two folds, and runs in no other.
#[test]
fn a_contender_that_is_far_behind_is_given_up_and_not_chosen() {
    let table = table(400, 3, |x, e| (2.0 * x[0]).sin() * x[1] + 0.5 * x[2] + 0.2 * e);
    let summary = run(&table, &Config { n_starts: 2, ..Config::default() }).summary;
    let of = |form: Form| summary.contenders.iter().find(|c| c.form == form).unwrap();
    let (sparse, dense) = (of(Form::Sparse), of(Form::Dense));
    assert_eq!((sparse.given_up_after, sparse.chosen), (Some(2), false), "{:?}", summary.contenders);
    assert_eq!((dense.given_up_after, dense.chosen), (None, true), "{:?}", summary.contenders);
    assert!(sparse.cv_loss > dense.cv_loss && sparse.remark() == "given up after 2 folds");
    // The forms that networks have to beat run everywhere.
    assert!(of(Form::Constant).given_up_after.is_none() && of(Form::Linear).given_up_after.is_none());
}

/// Ordinary least squares by the normal equations, constant last.
fn least_squares(table: &Table, p: usize) -> Vec<f64> {
    let column = |name: &str| match &table.column(name).unwrap().values {
        Values::Numeric(v) => v.clone(),
        Values::Categorical { .. } => unreachable!("numeric tables only"),
    };
    let mut x: Vec<Vec<f64>> = (0..p).map(|j| column(&format!("x{}", j + 1))).collect();
    x.push(vec![1.0; table.n_rows()]);
    let y = column("y");
    let m = p + 1;
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut a: Vec<Vec<f64>> =
        (0..m).map(|i| (0..m).map(|j| dot(&x[i], &x[j])).chain([dot(&x[i], &y)]).collect()).collect();
    for c in 0..m {
        for r in 0..m {
            if r != c {
                let f = a[r][c] / a[c][c];
                let above = a[c].clone();
                a[r].iter_mut().zip(above).for_each(|(a, above)| *a -= f * above);
            }
        }
    }
    (0..m).map(|i| a[i][m] / a[i][i]).collect()
}

#[test]
fn projected_coefficients_of_a_relaxed_path_are_least_squares() {
    let table = table(500, 2, |x, e| x[0] + (2.0 * x[1]).tanh() + 0.3 * e);
    let config = Config { method: Method::Path, ..quick() };
    let fitted = run(&table, &config);
    assert!(fitted.summary.n_units > 0);
    assert_eq!(fitted.summary.inputs_used.len(), 2);
    let expected = least_squares(&table, 2);
    for (c, expected) in fitted.summary.coefficients.iter().zip(&expected) {
        // The refit has a ridge of 1e-6 on standardised weights.
        assert!((c.value - expected).abs() < 1e-4, "{}: {} and {expected}", c.input, c.value);
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let table = table(300, 3, |x, e| x[0] + (2.0 * x[1]).tanh() + 0.3 * e);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&table, &quick()))
    };
    let (one, three) = (on(1), on(3));
    assert_eq!(one.model.network, three.model.network);
    assert_eq!(one.summary, three.summary);
}

#[test]
fn units_of_measurement_do_not_matter() {
    let plain = run(&linear_table(), &quick());
    let scaled = table(400, 8, |x, e| 1e9 * (2.0 * x[0] - x[1] + 0.5 * x[2] + 0.5 * e) + 1e12);
    let scaled = run(&scaled, &quick());
    assert_eq!(plain.summary.inputs_used, scaled.summary.inputs_used);
    for (a, b) in plain.summary.coefficients.iter().zip(&scaled.summary.coefficients) {
        assert!((b.value / 1e9 / a.value - 1.0).abs() < 1e-4);
    }
}

#[test]
fn classes_counts_and_several_targets() {
    let n = 400;
    let eta = |i: usize| 1.5 * noise(i, 0) - noise(i, 1);
    let base = Table::from_columns((0..3).map(|j| (0..n).map(|i| noise(i, j)).collect()).collect()).unwrap();
    let label = |i: usize| if eta(i) + noise(i, 7) > 0.0 { "yes" } else { "no" };
    let grade = |i: usize| ["a", "b", "c"][(eta(i) + 0.5 * noise(i, 8) > -0.7) as usize + (eta(i) > 0.9) as usize];
    let table = base
        .with_column("label", Values::from_text((0..n).map(|i| Some(label(i)))))
        .and_then(|t| t.with_column("grade", Values::from_text((0..n).map(|i| Some(grade(i))))))
        .and_then(|t| t.with_column("count", Values::Numeric((0..n).map(|i| (0.5 * eta(i)).exp().round()).collect())))
        .and_then(|t| t.with_column("u", Values::Numeric((0..n).map(|i| eta(i) + 0.1 * noise(i, 9)).collect())))
        .unwrap();
    let spec = |columns: &[&str], task| {
        let all = ["label", "grade", "count", "u"];
        let drop = all.iter().filter(|c| !columns.contains(c)).map(|c| (*c).to_owned()).collect();
        ColumnRoles { columns: columns.iter().map(|c| (*c).to_owned()).collect(), task, drop, ..ColumnRoles::default() }
    };
    for (columns, task) in [
        (vec!["label"], Task::Binary),
        (vec!["grade"], Task::Multiclass),
        (vec!["count"], Task::Count),
        (vec!["u", "count"], Task::Regression),
    ] {
        let asked = matches!(task, Task::Count | Task::Regression).then_some(task);
        let fitted = fit(&Dataset::new(&table, spec(&columns, asked)).unwrap(), &quick(), &Silent).unwrap();
        assert_eq!(fitted.summary.task, task);
        assert!(fitted.summary.linear_share_in_sample > 0.2, "{task:?}: {}", fitted.summary.headline);
        let predictions = fitted.model.predict(&table).unwrap();
        assert_eq!(predictions.class.is_some(), task.is_classification());
        for i in (0..n).filter(|_| task.is_classification()) {
            let sum: f64 = (0..predictions.outputs.len()).map(|class| predictions.mean.get(i, class)).sum();
            assert!((sum - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn every_way_of_fitting_ends_with_a_usable_model() {
    let table = table(250, 3, |x, e| x[0] + (2.0 * x[1]).tanh() + 0.3 * e);
    let path = Config { method: Method::Path, ..quick() };
    let configs = [
        Config { method: Method::Evidence, ..quick() },
        Config { skip: false, ..quick() },
        Config { depth: 2, n_units: Some(3), ..quick() },
        Config { activation: Activation::Relu, ..quick() },
        Config { activation: Activation::Gelu, ..quick() },
        Config { n_units: Some(0), ..Config::default() },
        Config { method: Method::Linear, lambda_choice: LambdaChoice::OneStandardError, ..Config::default() },
        Config { path_start: PathStart::Linear, ..path.clone() },
        Config { penalty: Penalty::Group, ..path.clone() },
        Config { penalty: Penalty::Hierarchical, ..path },
    ];
    for config in configs {
        let fitted = run(&table, &config);
        let summary = &fitted.summary;
        assert!(summary.linear_share_in_sample > 0.3, "{config:?}: {}", summary.headline);
        assert_eq!(prune(&fitted.model.network).n_units(), summary.n_units, "{config:?}");
        assert!(config.n_units != Some(0) || summary.n_units == 0);
        let predictions = fitted.model.predict(&table).unwrap();
        assert!(predictions.remarks.is_empty());
        assert!(predictions.mean.values().iter().all(|v| v.is_finite()));
    }
}

#[test]
fn many_rows_are_fitted_by_stochastic_steps() {
    let table = table(21_000, 2, |x, e| x[0] + (2.0 * x[1]).tanh() + 0.3 * e);
    let fitted = run(&table, &Config { n_units: Some(4), n_starts: 1, ..Config::default() });
    assert_eq!(fitted.summary.form, Form::Stochastic);
    assert!(fitted.summary.nonlinear_share_in_sample > 0.0);
    // The noise is .09 of a variance of about 1.9, and half the squared error is the loss.
    assert!(fitted.summary.train_loss < 0.5 * 0.06, "{}", fitted.summary.train_loss);
}

struct Impatient;

impl Observer for Impatient {
    fn event(&self, _: Event) {}

    fn interrupted(&self) -> bool {
        true
    }
}

#[test]
fn an_interrupted_fit_is_the_linear_model() {
    let table = table(250, 3, |x, e| x[0] + (2.0 * x[1]).tanh() + 0.3 * e);
    let fitted = fit(&Dataset::new(&table, ColumnRoles::new("y")).unwrap(), &quick(), &Impatient).unwrap();
    assert_eq!(fitted.summary.form, Form::Linear);
    assert!(fitted.summary.warnings.iter().any(|w| w.contains("stopped early")));
}

/// Keeps what it hears, but for steps.
#[derive(Default)]
struct Heard(Mutex<Vec<Event>>);

impl Observer for Heard {
    fn event(&self, event: Event) {
        if event != Event::Step {
            self.0.lock().unwrap().push(event);
        }
    }
}

#[test]
fn how_long_a_fit_is_likely_to_take_is_heard_before_it_begins() {
    let table = table(300, 2, |x, e| x[0] + 0.3 * e);
    let data = Dataset::new(&table, ColumnRoles::new("y")).unwrap();
    let announced = |run: &dyn Fn(&Heard)| {
        let heard = Heard::default();
        run(&heard);
        let events = heard.0.into_inner().unwrap();
        let stage = events.iter().position(|event| matches!(event, Event::Stage { .. })).unwrap();
        match events[..stage].iter().find(|event| matches!(event, Event::Expected(_))) {
            Some(Event::Expected(outlook)) => outlook.most,
            _ => panic!("{events:?}"),
        }
    };
    let short = announced(&|heard| drop(fit(&data, &quick(), heard).unwrap()));
    let evaluation = EvaluationOptions { folds: 2, repeats: Some(1), ..EvaluationOptions::default() };
    let evaluated = announced(&|heard| drop(evaluate(&data, &quick(), &evaluation, heard).unwrap()));
    let table = self::table(1_100, 2, |x, e| x[0] + 0.3 * e);
    let data = Dataset::new(&table, ColumnRoles::new("y")).unwrap();
    let stochastic = Config { stochastic_above: 1_000, n_starts: 1, ..quick() };
    let long = announced(&|heard| drop(fit(&data, &stochastic, heard).unwrap()));
    assert!(0.0 < short && short < evaluated && short < long, "{short} {evaluated} {long}");
}

#[test]
fn more_inputs_than_rows() {
    let table = table(40, 60, |x, e| 3.0 * x[0] + 0.3 * e);
    let fitted = run(&table, &quick());
    assert!(fitted.summary.inputs_used.contains(&"x1".to_owned()));
    let lasso = run(&table, &Config { method: Method::Linear, ..Config::default() });
    assert!(lasso.summary.linear_share_in_sample > 0.5);
}

/// Growth towards a limit, 35 rows: a dense start with a skip keeps the line and one without finds the bend.
#[test]
fn a_smooth_bend_in_few_rows_is_deployed() {
    let x: Vec<f64> = (0..35).map(|i| f64::from(i % 7) * 0.25).collect();
    let y =
        x.iter().enumerate().map(|(i, x)| (1.0 - (-2.5 * x).exp()) + 0.05 * f64::from((i * 7 % 5) as u32)).collect();
    let table = Table::from_columns(vec![x]).unwrap().with_column("y", Values::Numeric(y)).unwrap();
    let fitted = run(&table, &Config::default());
    assert!(fitted.summary.n_units > 0, "{:?}", fitted.summary.contenders);
}

/// Two effects among ten inputs: what half of the rows chooses, the other half estimates with errors that keep their promise.
#[test]
fn split_rows_give_errors_that_are_honest_after_the_choice() {
    const EFFECTS: [f64; 2] = [0.8, -0.6];
    let config =
        Config { method: Method::Evidence, n_units: Some(0), inference: Inference::Split, ..Config::default() };
    let (mut covered, mut all) = (0, 0);
    for run_at in 0..150 {
        let stream = |j: usize| 10_000 + 50 * run_at + j;
        let columns: Vec<Vec<f64>> = (0..10).map(|j| (0..60).map(|i| noise(i, stream(j))).collect()).collect();
        let y = (0..60).map(|i| 0.8 * columns[0][i] - 0.6 * columns[1][i] + noise(i, stream(20))).collect();
        let table = Table::from_columns(columns).unwrap().with_column("y", Values::Numeric(y)).unwrap();
        let fitted = run(&table, &config);
        let split = fitted.model.explanation.split.expect("asked for");
        assert_eq!((split.n_selection, split.n_estimation), (30, 30));
        for c in &split.coefficients {
            let j: usize = c.input[1..].parse().unwrap();
            let truth = EFFECTS.get(j - 1).copied().unwrap_or(0.0);
            all += 1;
            // Student's t with about 27 degrees of freedom.
            covered += usize::from((c.value - truth).abs() < 2.05 * c.standard_error.unwrap());
        }
    }
    let share = f64::from(u32::try_from(covered).unwrap()) / f64::from(u32::try_from(all).unwrap());
    assert!(all > 150, "{all} coefficients");
    assert!((0.92..0.985).contains(&share), "{share} of {all}");
}

#[test]
fn split_rows_keep_groups_whole_and_need_a_table_in_double_precision() {
    let data = |n: usize, groups: usize| {
        let group = Values::Numeric((0..n).map(|i| (i % groups) as f64).collect());
        let table = table(n, 2, |x, e| x[0] + 0.3 * e).with_column("shop", group).unwrap();
        Dataset::new(table, ColumnRoles { group: Some("shop".into()), ..ColumnRoles::new("y") }).unwrap()
    };
    let config =
        Config { inference: Inference::Split, n_units: Some(0), method: Method::Evidence, ..Config::default() };
    let split = fit(&data(90, 9), &config, &Silent).unwrap().model.explanation.split.unwrap();
    assert_eq!(split.standard_errors.as_deref(), Some("CR3"));
    assert_eq!(split.n_selection % 10 + split.n_estimation % 10, 0);
    let many = Config { n_units: Some(2), stochastic_above: 1000, ..config };
    let error = fit(&data(1001, 9), &many, &Silent).unwrap_err().to_string();
    assert!(error.contains("1001 rows, which are fitted by stochastic steps"), "{error}");
}
