//! `fit` and `show`.

use crate::run::*;

#[test]
fn diabetes_from_table_to_predictions() {
    let folder = Folder::new();
    let table = data("diabetes.csv");
    let done = folder.run(&["fit", &table, "--target", "progression", "--method", "linear"]).ok();
    assert!(done.stdout.contains("diabetes.safetensors") && done.stdout.contains("bmi"), "{}", done.stdout);
    assert_eq!(done.stderr, "");
    let shown = folder.run(&["show", "diabetes.safetensors"]).ok().stdout;
    assert!(shown.contains("progression = ") && shown.contains("diabetes.csv, 442 rows"), "{shown}");
    let predicted = folder.run(&["predict", "diabetes.safetensors", &table]).ok().stdout;
    assert_eq!(predicted.lines().count(), 443);
    assert_eq!(predicted.lines().next(), Some("prediction"));
}

#[test]
fn json_has_the_whole_summary() {
    let folder = Folder::with("t.csv", plain_table(60));
    let result = folder.run(&["fit", "t.csv", "--target", "y", "--method", "linear", "--json"]).json();
    for key in [
        "task",
        "n_rows",
        "n_inputs",
        "method",
        "n_units",
        "inputs_used",
        "n_weights",
        "train_loss",
        "evidence",
        "lambda",
        "converged",
        "kkt",
        "linear_share_in_sample",
        "nonlinear_share_in_sample",
        "coefficients",
        "intercept",
        "seconds",
        "warnings",
        "model",
        "members",
        "inner_contenders",
        "path",
        "headline",
        "form",
        "formulas",
        "fingerprint",
    ] {
        assert!(result.get(key).is_some(), "{key} is missing from {result}");
    }
    assert_eq!((result["task"].as_str(), result["method"].as_str()), (Some("regression"), Some("linear")));
    assert_eq!((result["n_rows"].as_u64(), result["n_inputs"].as_u64()), (Some(60), Some(3)));
    assert!(result["intercept"].is_number());
    assert_eq!(result["model"], "t.safetensors");
    assert_eq!(result["warnings"], serde_json::json!([]));
    let a = result["coefficients"].as_array().unwrap().iter().find(|c| c["input"] == "a").unwrap();
    assert!((a["value"].as_f64().unwrap() - 2.0).abs() < 0.1, "{a}");

    let shown = folder.run(&["show", "t.safetensors", "--json"]).json();
    assert_eq!(shown["summary"]["n_rows"], 60);
    assert_eq!(shown["provenance"]["data"], "t.csv");
    assert_eq!(shown["explanation"]["coefficients"], result["coefficients"]);
}

#[test]
fn several_targets_have_several_intercepts() {
    let folder = Folder::with("t.csv", plain_table(60));
    let result = folder.run(&["fit", "t.csv", "--target", "y,b", "--method", "linear", "--json"]).json();
    assert_eq!(result["intercept"].as_array().unwrap().len(), 2);
    let predicted = folder.run(&["predict", "t.safetensors", "t.csv"]).ok().stdout;
    assert_eq!(predicted.lines().next(), Some("prediction_y,prediction_b"));
    let repeated =
        folder.run(&["fit", "t.csv", "--target", "y", "--target", "b", "--method", "linear", "--json"]).json();
    assert_eq!(repeated["coefficients"], result["coefficients"]);
}

#[test]
fn networks_are_saved_and_told_about() {
    let curved = csv("x,z,y", 80, |i| {
        let x = 4.0 * noise(i, 1);
        format!("{x},{},{}", noise(i, 2), x * x + 0.05 * noise(i, 3))
    });
    let folder = Folder::with("t.csv", curved);
    let fit =
        ["fit", "t.csv", "--target", "y", "--method", "evidence", "--units", "3", "--starts", "2", "-q", "--json"];
    let result = folder.run(&fit).json();
    assert!(result["n_units"].as_u64().unwrap() > 0, "{result}");
    assert_eq!(folder.run(&fit).json()["coefficients"], result["coefficients"], "the same seed, the same model");
    let shown = folder.run(&["show", "t.safetensors"]).ok().stdout;
    assert!(shown.contains("h1 = tanh("), "{shown}");
    assert!(shown.contains("Linear part"), "{shown}");
}

#[test]
fn threads_seeds_and_limits_are_taken() {
    let folder = Folder::with("t.csv", plain_table(40));
    let args = ["fit", "t.csv", "--target", "y", "--method", "evidence", "--units", "2", "--starts", "1"];
    let more =
        ["--threads", "1", "--max-seconds", "0.001", "--seed", "18446744073709551615", "--no-evaluate", "--quiet"];
    let done = folder.run(&[&args[..], &more[..]].concat()).ok();
    assert_eq!((done.stdout, done.stderr), (String::new(), String::new()));
    let shown = folder.run(&["show", "t.safetensors", "--json"]).json();
    assert_eq!(shown["provenance"]["seed"].as_u64(), Some(u64::MAX));
}

#[test]
fn columns_can_be_named_whatever_they_are_called() {
    let table = csv("\"a (MPa, dry)\",b,\"y, really\",id", 40, |i| {
        format!("{},{},{},{}", noise(i, 1), i % 4, noise(i, 1) + noise(i, 2), 10_000 + (i * 7919) % 40_009)
    });
    let folder = Folder::with("t.csv", table);
    let args =
        ["fit", "t.csv", "--target", "\"y, really\"", "--drop", "id", "--categorical", "b", "--method", "linear"];
    let result = folder.run(&[&args[..], &["--json"]].concat()).json();
    assert_eq!(result["n_inputs"], 2);
    assert!(result["inputs_used"].as_array().unwrap().contains(&"a (MPa, dry)".into()));
}

#[test]
fn the_first_line_may_be_data() {
    let folder = Folder::with("t.csv", plain_table(40).lines().skip(1).map(|l| format!("{l}\n")).collect::<String>());
    let result = folder.run(&["fit", "t.csv", "--no-header", "--target", "x4", "--method", "linear", "--json"]).json();
    assert_eq!(result["n_rows"], 40);
    let predicted = folder.run(&["predict", "t.safetensors", "t.csv", "--no-header"]).ok().stdout;
    assert_eq!(predicted.lines().count(), 41);
}

#[test]
fn weights_and_counts() {
    let table = csv("x,w,n", 60, |i| format!("{},{},{}", noise(i, 1), 1 + i % 3, (i * 7919) % 5));
    let folder = Folder::with("t.csv", table);
    let args = ["fit", "t.csv", "--target", "n", "--task", "count", "--weight", "w", "--method", "linear", "--json"];
    let result = folder.run(&args).json();
    assert_eq!((result["task"].as_str(), result["n_inputs"].as_u64()), (Some("count"), Some(1)));
}

#[test]
fn other_files_are_not_overwritten() {
    let folder = Folder::with("t.csv", plain_table(40));
    folder.write("notes.txt", "important");
    let fit = |model: &str| folder.run(&["fit", "t.csv", "--target", "y", "--method", "linear", "-o", model]);
    for model in ["notes.txt", "t.csv"] {
        assert!(fit(model).refused().contains("a file that is not a skiplayer model"));
    }
    assert_eq!(folder.read("notes.txt"), "important");
    assert!(fit("missing/m.safetensors").refused().contains("no such folder"));
    fit("m.safetensors").ok();
    fit("m.safetensors").ok();
}

#[test]
fn notes_of_the_reader_are_warnings_once() {
    let cell = |i: usize| if i == 9 { "oops".to_owned() } else { (i % 4).to_string() };
    let table = csv("a,b,y", 40, |i| format!("{},{},{}", noise(i, 1), cell(i), noise(i, 2)));
    let folder = Folder::with("t.csv", table);
    let args = ["fit", "t.csv", "--target", "y", "--method", "linear"];
    let note = "column `b`: 1 cell is no number and read as missing among 39: `oops` in row 10 (line 11)";
    let filled =
        "fewer than 5 missing cells in `b`: filled with the mean or the most frequent category, without an indicator";
    assert_eq!(folder.run(&args).ok().stderr, format!("warning: {note}\nwarning: {filled}\n"));
    let result = folder.run(&[&args[..], &["--json"]].concat()).json();
    assert_eq!(result["warnings"], serde_json::json!([note, filled]));
    assert_eq!(folder.run(&[&args[..], &["-q"]].concat()).ok().stderr, "");
}

#[test]
fn effects_and_standard_errors_are_told() {
    let curved = csv("x,z,who,y", 80, |i| {
        let x = 4.0 * noise(i, 1);
        format!("{x},{},g{},{}", noise(i, 2), i % 9, x * x + noise(i, 2) + 0.05 * noise(i, 3))
    });
    let folder = Folder::with("t.csv", curved);
    let fit = ["fit", "t.csv", "--target", "y", "--method", "evidence", "--units", "3", "--starts", "2"];
    let result = folder.run(&[&fit[..], &["--json", "--drop", "who", "--report", "r.html"]].concat()).json();
    let x = result["effects"]["inputs"].as_array().unwrap().iter().find(|effect| effect["input"] == "x").unwrap();
    assert!(x["nonlinear_size"].as_f64().unwrap() > 0.5, "{x}");
    let of = |name: &str| x["curve"][name].as_array().unwrap();
    assert_eq!(of("at").len(), of("accumulated").len());
    assert_eq!(of("individual").len(), 0, "curves of single rows are for the report");
    assert!(result["coefficients"].as_array().unwrap().iter().all(|c| c["standard_error"].as_f64().unwrap() > 0.0));
    let page = folder.read("r.html");
    assert!(page.contains("What each input does") && page.contains("Standard errors are HC3"));
    let alone = folder.run(&[&fit[..], &["--drop", "who"]].concat()).ok().stdout;
    assert!(alone.contains("± se") && alone.contains("se: HC3"), "{alone}");
    folder.run(&[&fit[..], &["--group", "who", "-q"]].concat()).ok();
    let grouped = folder.run(&["show", "t.safetensors"]).ok().stdout;
    assert!(grouped.contains("se: CR3"), "{grouped}");
}

#[test]
fn the_time_that_a_fit_is_likely_to_take_is_told() {
    let folder = Folder::with("t.csv", plain_table(120));
    let expected = |more: &[&str]| {
        let fit = ["fit", "t.csv", "--target", "y", "-o", "m.safetensors", "--json", "-q", "--threads", "1"];
        folder.run(&[&fit[..], more].concat()).json()["expected_seconds"].clone()
    };
    let range = |more: &[&str]| {
        let range = expected(more);
        let [least, most] = [0, 1].map(|at| range[at].as_f64().unwrap());
        assert!(0.0 < least && least < most, "{range}");
        most
    };
    let alone = range(&["--no-evaluate"]);
    assert!(range(&["--folds", "3", "--repeats", "1"]) > alone);
    assert!(range(&["--no-evaluate", "--method", "linear"]) < alone);
    assert!(expected(&["--no-evaluate", "--method", "path", "--units", "2"]).is_null());
}
