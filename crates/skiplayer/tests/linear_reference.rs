//! The linear path against scikit-learn, NumPy and glmnet: every case of `tests/fixtures` (see `benchmarks/reference`).
//!
//! Inputs standardised by column (mean 0, population standard deviation, no weights), target as it is. The loss is a weighted
//! mean, squared error halved: lambda is scikit-learn's `alpha` of `Lasso` and `ElasticNet`, its `alpha`/n of `Ridge`,
//! 1/(n C) of `LogisticRegression`, and glmnet's lambda.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use skiplayer::loss::Loss;
use skiplayer::matrix::Matrix;
use skiplayer::solve::{PathOptions, linear_path};

const TOLERANCE: f64 = 1e-6;

fn folder(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// The columns of a plain comma-separated file with a header.
fn read_csv(path: &Path) -> HashMap<String, Vec<String>> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut lines = text.lines();
    let names: Vec<String> = lines.next().unwrap().split(',').map(String::from).collect();
    let mut columns = vec![Vec::new(); names.len()];
    for line in lines {
        columns.iter_mut().zip(line.split(',')).for_each(|(column, cell)| column.push(cell.to_string()));
    }
    names.into_iter().zip(columns).collect()
}

fn numbers(cells: &[String]) -> Vec<f64> {
    cells.iter().map(|cell| cell.parse().unwrap()).collect()
}

fn standardised(values: &[f64]) -> Vec<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
    values.iter().map(|v| (v - mean) / deviation).collect()
}

/// All numbers of nested lists, in order.
fn flat(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(flat).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

/// Loss and response of a case, from what the file says about its target.
fn response(case: &Value, table: &HashMap<String, Vec<String>>) -> (Loss, Matrix) {
    let name = case["case"].as_str().unwrap();
    if name.contains("logistic") {
        let y = table["diagnosis"].iter().map(|d| f64::from(u8::from(d == "malignant"))).collect();
        return (Loss::Logistic, Matrix::from_columns(table["diagnosis"].len(), &[y]));
    }
    let progression = numbers(&table["progression"]);
    let n = progression.len();
    if name.contains("poisson") {
        let counts: Vec<f64> = progression.iter().map(|v| (v / 25.0).round()).collect();
        assert_eq!(counts.iter().sum::<f64>(), case["target_sum"].as_f64().unwrap());
        (Loss::Poisson, Matrix::from_columns(n, &[counts]))
    } else if name.contains("softmax") {
        let quantiles = flat(&case["quantiles"]);
        let class = |i: usize| quantiles.iter().filter(|q| progression[i] > **q).count();
        (Loss::Softmax, Matrix::from_fn(n, 3, |i, k| f64::from(u8::from(class(i) == k))))
    } else {
        (Loss::Squared, Matrix::from_columns(n, &[progression]))
    }
}

#[test]
fn coefficients_agree_with_scikit_learn_and_glmnet() {
    let mut cases: Vec<PathBuf> =
        fs::read_dir(folder("tests/fixtures")).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    cases.sort();
    assert!(!cases.is_empty());
    for path in cases {
        let case: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let name = case["case"].as_str().unwrap();
        let table = read_csv(&folder("../../data").join(case["data"].as_str().unwrap()));
        let inputs = case["inputs"].as_array().unwrap().iter();
        let columns: Vec<Vec<f64>> =
            inputs.map(|name| standardised(&numbers(&table[name.as_str().unwrap()]))).collect();
        let (loss, y) = response(&case, &table);
        let x = Matrix::from_columns(y.n_rows(), &columns);
        let weighted = case.get("weights_rule").is_some();
        let weight: Vec<f64> = (0..y.n_rows()).map(|i| if weighted { 1.0 + (i % 3) as f64 } else { 1.0 }).collect();
        let lambdas = flat(&case["lambdas"]);
        let options = PathOptions {
            l1_ratio: case["l1_ratio"].as_f64().unwrap(),
            lambdas: Some(lambdas),
            ..PathOptions::default()
        };
        let fits = linear_path(&x, &y, &weight, loss, &options).unwrap();
        let objectives = flat(&case["objective_value"]);
        for (at, fit) in fits.iter().enumerate() {
            assert!(fit.termination.converged(), "{name}, lambda {}: {:?}", fit.lambda, fit.termination);
            let objective = fit.termination.objective;
            assert!((objective - objectives[at]).abs() < 1e-9 * objectives[at].abs(), "{name}: objective {objective}");
            for (key, found) in [("coef", &fit.coef), ("intercept", &fit.intercept)] {
                let expected = flat(&case[key][at]);
                assert_eq!(expected.len(), found.len(), "{name}: {key}");
                for (expected, found) in expected.iter().zip(found) {
                    assert!(
                        (expected - found).abs() <= TOLERANCE * expected.abs().max(1.0),
                        "{name}, lambda {}, {key}: {found} instead of {expected}",
                        fit.lambda
                    );
                }
            }
        }
    }
}
