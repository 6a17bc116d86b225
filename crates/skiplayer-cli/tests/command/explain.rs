//! `explain`.

use crate::run::*;

fn fitted(table: &str, more: &[&str]) -> Folder {
    let folder = Folder::with("t.csv", table);
    folder.run(&[&["fit", "t.csv", "--target", "y", "-q", "-o", "m.safetensors"], more].concat()).ok();
    folder
}

/// A bend in x, another input, and a category.
fn bent(n: usize) -> String {
    csv("x,z,kind,y", n, |i| {
        let x = 4.0 * noise(i, 1);
        format!("{x},{},{},{}", noise(i, 2), ["red", "green"][i % 2], x * x + noise(i, 2) + 0.05 * noise(i, 3))
    })
}

const UNITS: [&str; 6] = ["--method", "evidence", "--units", "3", "--starts", "2"];

#[test]
fn the_first_rows_for_people() {
    let folder = fitted(&bent(80), &UNITS);
    let text = folder.run(&["explain", "m.safetensors", "t.csv"]).ok().stdout;
    for words in ["Row 1: y = ", "Row 3: y = ", "baseline", "contribution", "\n  h1", "sum", "skiplayer show"] {
        assert!(text.contains(words), "{words} is missing from {text}");
    }
    assert!(!text.contains("Row 4"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    let one = folder.run(&["explain", "m.safetensors", "t.csv", "--rows", "7"]).ok().stdout;
    assert!(one.contains("Row 7: ") && !one.contains("Row 1:"), "{one}");
}

#[test]
fn every_row_in_a_file_adds_up() {
    let folder = fitted(&bent(80), &UNITS);
    let done = folder.run(&["explain", "m.safetensors", "t.csv", "-o", "c.csv"]).ok();
    assert_eq!(done.stdout, "wrote the contributions of 80 rows to c.csv\n");
    let text = folder.read("c.csv");
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    assert_eq!(header[..4], ["row", "prediction", "linear_predictor", "baseline"]);
    assert!(header.contains(&"contribution_x") && header.contains(&"unit_h1"), "{header:?}");
    assert_eq!(header.last(), Some(&"outside"));
    let predicted = folder.run(&["predict", "m.safetensors", "t.csv"]).ok().stdout;
    let predicted: Vec<f64> = predicted.lines().skip(1).map(|line| line.parse().unwrap()).collect();
    assert_eq!(text.lines().count(), 81);
    for (line, prediction) in text.lines().skip(1).zip(predicted) {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap_or(0.0)).collect();
        let sum: f64 = cells[3..cells.len() - 1].iter().sum();
        assert!((sum - cells[2]).abs() < 1e-11 && (cells[1] - prediction).abs() < 1e-12, "{line}");
    }
    assert_eq!(folder.run(&["explain", "m.safetensors", "t.csv", "--out", "d.csv", "-q"]).ok().stdout, "");
    assert_eq!(folder.read("d.csv"), text);
}

#[test]
fn json_has_the_parts_of_each_output() {
    let table =
        csv("x,b,y", 90, |i| format!("{},{},{}", (i % 3) as f64 + noise(i, 1), noise(i, 2), ["u", "v", "w"][i % 3]));
    let folder = fitted(&table, &["--method", "linear"]);
    let found = folder.run(&["explain", "m.safetensors", "t.csv", "--json", "--rows", "2,4-5"]).json();
    assert_eq!(found["rows"], serde_json::json!([2, 4, 5]));
    let outputs = found["outputs"].as_array().unwrap();
    assert_eq!(outputs.len(), 3);
    for i in 0..3 {
        let number = |value: &serde_json::Value| value[i].as_f64().unwrap();
        let total: f64 = outputs.iter().map(|output| number(&output["prediction"])).sum();
        assert!((total - 1.0).abs() < 1e-12);
        for output in outputs {
            let parts = output["inputs"].as_array().unwrap().iter().map(|part| number(&part["values"]));
            let sum = output["baseline"].as_f64().unwrap() + parts.sum::<f64>();
            assert!((sum - number(&output["linear_predictor"])).abs() < 1e-12, "{output}");
        }
    }
    folder.run(&["explain", "m.safetensors", "t.csv", "-o", "c.csv"]).ok();
    let text = folder.read("c.csv");
    assert!(text.starts_with("row,output,prediction,"), "{text}");
    assert_eq!(text.lines().count(), 1 + 3 * 90, "a line for each class");
}

#[test]
fn rows_outside_training_are_flagged() {
    let folder = fitted(&plain_table(60), &["--method", "linear"]);
    folder.write("new.csv", "a,b,kind\n99,0,red\n0,0,violet\n0,0,green\n");
    let done = folder.run(&["explain", "m.safetensors", "new.csv"]).ok();
    assert!(done.stdout.contains("outside training: a is 99, training had -0.4"), "{}", done.stdout);
    assert!(done.stdout.contains("outside training: kind is violet"), "{}", done.stdout);
    assert_eq!(done.stdout.matches("outside training").count(), 2);
    let found = folder.run(&["explain", "m.safetensors", "new.csv", "--json"]).json();
    assert_eq!(found["outside"][0]["row"], 1);
    assert_eq!(
        (found["outside"][0]["kind"].as_str(), found["outside"][1]["kind"].as_str()),
        (Some("range"), Some("category"))
    );
    folder.run(&["explain", "m.safetensors", "new.csv", "-o", "c.csv"]).ok();
    assert!(folder.read("c.csv").lines().nth(3).unwrap().ends_with(','), "nothing to flag in the third row");
}

#[test]
fn rows_and_files_that_cannot_be() {
    let folder = fitted(&plain_table(60), &["--method", "linear"]);
    let run = |more: &[&str]| folder.run(&[&["explain", "m.safetensors", "t.csv"], more].concat());
    assert!(run(&["--rows", "61"]).refused().contains("rows from 1 to 60"));
    assert_eq!(run(&["--rows", "0"]).code, 2);
    assert!(run(&["-o", "t.csv"]).refused().contains("itself"));
    assert!(folder.run(&["explain", "t.csv", "t.csv"]).refused().contains("safetensors"));
}
