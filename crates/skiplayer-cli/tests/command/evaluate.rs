//! The evaluation behind `fit`, and the intervals that it leaves in the model.

use crate::run::*;

const QUICK: [&str; 6] = ["--folds", "3", "--repeats", "1", "--hidden", "2"];

#[test]
fn the_verdict_in_words_and_in_json() {
    let folder = Folder::with("t.csv", plain_table(90));
    let fit = |more: &[&str]| {
        let args: Vec<&str> = ["fit", "t.csv", "--target", "y"].iter().chain(&QUICK).chain(more).copied().collect();
        folder.run(&args)
    };
    let shown = fit(&[]).ok().stdout;
    for part in ["Verdict: ", "skip-layer network", "network without skip", "curvature", "intervals"] {
        assert!(shown.contains(part), "{part} is missing from {shown}");
    }
    let again = folder.run(&["show", "t.safetensors"]).ok().stdout;
    assert!(again.contains("Verdict: ") && again.contains("Comparisons"), "{again}");
    let result = fit(&["--json", "--report", "t.html"]).json();
    let page = folder.read("t.html");
    assert!(page.contains("--report t.html") && page.contains("skip-layer network") && page.contains("<svg"));
    for key in [
        "verdict",
        "curvature",
        "gain",
        "linear_share",
        "nonlinear_share",
        "contenders",
        "comparisons",
        "linearity_tests",
        "intervals",
        "sensitivity",
        "inner_contenders",
    ] {
        assert!(!result[key].is_null(), "{key} is missing from {result}");
    }
    assert!(result["verdict"]["code"].is_string() && result["verdict"]["text"].is_string());
    assert_eq!(result["contenders"].as_array().unwrap().len(), 4);
}

#[test]
fn a_learning_curve_where_it_is_asked_for() {
    let folder = Folder::with("t.csv", plain_table(90));
    let fit: Vec<&str> = ["fit", "t.csv", "--target", "y", "--method", "linear", "--learning-curve"]
        .into_iter()
        .chain(QUICK[..4].iter().copied())
        .collect();
    let shown = folder.run(&fit).ok().stdout;
    assert!(shown.contains("by training rows"), "{shown}");
    let with_json: Vec<&str> = fit.iter().copied().chain(["--json"]).collect();
    let curve = folder.run(&with_json).json()["learning_curve"].clone();
    // Five folds of 90 rows: 72 to train on, halved once.
    assert_eq!(curve["n_train"], serde_json::json!([36, 72]));
    assert_eq!(curve["contenders"][1]["mean"].as_array().unwrap().len(), 2);
    let alone = folder.run(&["fit", "t.csv", "--target", "y", "--no-evaluate", "--learning-curve"]);
    assert!(alone.code == 2 && alone.stderr.contains("--no-evaluate"), "{}", alone.stderr);
}

#[test]
fn intervals_come_from_an_evaluated_model() {
    let folder = Folder::with("t.csv", plain_table(90));
    let args: Vec<&str> =
        ["fit", "t.csv", "--target", "y", "--method", "linear"].iter().chain(&QUICK[..4]).copied().collect();
    folder.run(&args).ok();
    let predicted = folder.run(&["predict", "t.safetensors", "t.csv", "--interval", "0.8"]).ok().stdout;
    let mut lines = predicted.lines();
    assert_eq!(lines.next(), Some("prediction,lower,upper"));
    for line in lines {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        assert!(cells[1] <= cells[0] && cells[0] <= cells[2], "{line}");
    }
    let bad = folder.run(&["predict", "t.safetensors", "t.csv", "--interval", "90"]);
    assert_eq!(bad.code, 2);
    folder.run(&["fit", "t.csv", "--target", "y", "--method", "linear", "-o", "plain.safetensors"]).ok();
    let without = folder.run(&["predict", "plain.safetensors", "t.csv", "--interval"]);
    assert!(without.code == 2 && without.stderr.contains("--no-evaluate"), "{}", without.stderr);
}

#[test]
fn groups_and_times_that_cannot_be() {
    let mut text = String::from("who,when,x,y\n");
    for i in 0..40 {
        text += &format!("p{},soon,{},{}\n", i, f64::from(i).sin(), f64::from(i).cos());
    }
    let folder = Folder::with("t.csv", text);
    let bad = |option: &str, column: &str| folder.run(&["fit", "t.csv", "--target", "y", option, column]);
    let singles = bad("--group", "who");
    assert!(singles.code == 2 && singles.stderr.contains("a different group in every row"), "{}", singles.stderr);
    let soon = bad("--time", "when");
    assert!(soon.code == 2 && soon.stderr.contains("`soon`"), "{}", soon.stderr);
    assert_eq!(bad("--group", "whom").code, 2);
}
