//! The door for arrays gives what a table gives, and refuses what does not fit together.

use skiplayer::encode::Task;
use skiplayer::fit::{Config, Method, Silent, fit};
use skiplayer::matrix::Matrix;
use skiplayer::schema::{ColumnRoles, Dataset};
use skiplayer::table::{Table, Values};
use skiplayer::{Result, SkipLayer};

const N: usize = 60;

fn rows() -> Vec<[f64; 2]> {
    (0..N).map(|i| [(i * 37 % N) as f64, (i * 11 % N) as f64 / 7.0]).collect()
}

fn response([a, b]: &[f64; 2]) -> f64 {
    2.0 * a - b + (a * b).sin()
}

fn linear() -> SkipLayer {
    SkipLayer::regression().method(Method::Linear)
}

#[test]
fn every_kind_of_array_gives_the_bits_of_the_table() -> Result<()> {
    let rows = rows();
    let y: Vec<f64> = rows.iter().map(response).collect();
    let columns = [0, 1].map(|j| rows.iter().map(|row| row[j]).collect::<Vec<f64>>());
    let table = Table::from_columns(columns.to_vec())?.with_column("y", Values::Numeric(y.clone()))?;
    let config = Config { method: Method::Linear, ..Config::default() };
    let roles = ColumnRoles { keep: vec!["x1".into(), "x2".into()], ..ColumnRoles::new("y") };
    let expected = fit(&Dataset::new(&table, roles)?, &config, &Silent)?;

    let faer = faer::Mat::from_fn(N, 2, |i, j| rows[i][j]);
    let nested: Vec<Vec<f64>> = rows.iter().map(|row| row.to_vec()).collect();
    assert_eq!(linear().fit(&rows, &y)?, expected);
    assert_eq!(linear().fit(&nested, &y[..])?, expected);
    assert_eq!(linear().fit(&Matrix::from_columns(N, &columns), &y)?, expected);
    assert_eq!(linear().fit(&faer, &y)?, expected);
    assert_eq!(linear().fit(&faer.as_ref(), &faer::Mat::from_fn(N, 1, |i, _| y[i]))?, expected);
    assert_eq!(linear().sample_weight(&[3.0; N]).fit(&rows, &y)?.model.network, expected.model.network);

    let of_table = expected.model.predict(&table)?;
    assert_eq!(expected.predict(&rows)?, of_table);
    assert_eq!(expected.predict(&faer)?, of_table);
    Ok(())
}

#[test]
fn classes_are_words_truth_values_and_whole_numbers() -> Result<()> {
    let rows = rows();
    let model = SkipLayer::classification().method(Method::Linear);
    let code = |row: &[f64; 2]| usize::from(row[0] > 20.0) + usize::from(row[0] > 40.0);
    let codes: Vec<usize> = rows.iter().map(code).collect();
    let by_code = model.fit(&rows, &codes)?;
    assert_eq!(by_code.summary.task, Task::Multiclass);
    let predicted = by_code.predict(&rows)?;
    assert_eq!(predicted.outputs, ["0", "1", "2"]);
    let labels = predicted.labels().unwrap();
    let right = labels.iter().zip(&codes).filter(|(label, code)| **label == code.to_string()).count();
    assert!(right > N * 9 / 10, "{right}");

    let words: Vec<&str> = codes.iter().map(|code| ["0", "1", "2"][*code]).collect();
    let numbers: Vec<f64> = codes.iter().map(|code| *code as f64).collect();
    assert_eq!(model.fit(&rows, &words)?.model, by_code.model);
    assert_eq!(model.fit(&rows, &numbers)?.model, by_code.model);
    let flags: Vec<bool> = codes.iter().map(|code| *code == 0).collect();
    assert_eq!(model.fit(&rows, &flags)?.predict(&rows)?.outputs, ["false", "true"]);
    Ok(())
}

#[test]
fn several_targets_and_counts() -> Result<()> {
    let rows = rows();
    let both = Matrix::from_columns(N, &[rows.iter().map(response).collect(), rows.iter().map(|r| r[1]).collect()]);
    assert_eq!(linear().fit(&rows, &both)?.predict(&rows)?.outputs, ["y1", "y2"]);
    let counts: Vec<f64> = rows.iter().map(|row| (0.05 * row[0]).exp().round()).collect();
    let fitted = SkipLayer::counts().method(Method::Linear).fit(&rows, &counts)?;
    assert_eq!(fitted.summary.task, Task::Count);
    Ok(())
}

#[test]
fn arrays_that_do_not_fit_together_are_refused() {
    let refused = |result: Result<skiplayer::fit::Fitted>| result.unwrap_err().to_string();
    let y = vec![1.0; 3];
    let ragged = vec![vec![1.0, 2.0], vec![3.0], vec![4.0, 5.0]];
    assert_eq!(refused(linear().fit(&ragged, &y)), "x, row 2: found 1 cells, expected 2, as in the first row");
    let rows = rows();
    assert_eq!(refused(linear().fit(&rows, &y)), "y: found 3 responses, expected 60, one for each row of the inputs");
    let y: Vec<f64> = rows.iter().map(response).collect();
    let weighted = linear().sample_weight(&[1.0]).fit(&rows, &y);
    assert_eq!(refused(weighted), "sample_weight: found 1 weights, expected 60, one for each row");
    let none: Vec<Vec<f64>> = Vec::new();
    assert!(refused(linear().fit(&none, &Vec::<f64>::new())).contains("expected"));
}
