//! The evaluation behind `fit`, and the intervals that it leaves in the model.

use serde_json::Value;

use crate::run::*;

const QUICK: [&str; 6] = ["--folds", "3", "--repeats", "1", "--units", "2"];

/// A linear model and a quick evaluation of it.
fn linear_fit() -> Vec<&'static str> {
    [&["fit", "t.csv", "--target", "y", "--method", "linear"], &QUICK[..4]].concat()
}

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

/// The object has these fields, each of the kind that is named.
#[track_caller]
fn has(value: &Value, place: &str, fields: &[(&str, Kind)]) {
    for (field, kind) in fields {
        let found = &value[*field];
        let is_right = match kind {
            Kind::Text => found.is_string(),
            Kind::Number => found.is_number(),
            Kind::Optional => found.is_number() || found.is_null(),
            Kind::List => found.is_array(),
            Kind::Object => found.is_object(),
        };
        assert!(is_right && value.get(field).is_some(), "{place}.{field}: {found}");
    }
}

enum Kind {
    Text,
    Number,
    /// A number, or null where it cannot be had.
    Optional,
    List,
    Object,
}

#[test]
fn the_fields_that_programs_read() {
    use Kind::{List, Number, Object, Optional, Text};
    let folder = Folder::with("t.csv", plain_table(90));
    let args: Vec<&str> =
        ["fit", "t.csv", "--target", "y", "--json", "--quiet"].iter().chain(&QUICK).copied().collect();
    let result = folder.run(&args).json();
    has(
        &result,
        "",
        &[
            ("verdict", Object),
            ("curvature", Object),
            ("gain", Object),
            ("linear_share", Number),
            ("nonlinear_share", Number),
            ("contenders", List),
            ("comparisons", List),
            ("linearity_tests", List),
            ("warnings", List),
            ("intervals", Object),
        ],
    );
    has(&result["verdict"], "verdict", &[("code", Text), ("text", Text), ("reasons", List)]);
    let codes = ["linear", "linear_plus_units", "nonlinear", "no_signal", "undecided"];
    assert!(codes.contains(&result["verdict"]["code"].as_str().unwrap()), "{}", result["verdict"]);
    has(&result["curvature"], "curvature", &[("p_value", Number), ("tests", List)]);
    let test = [("name", Text), ("statistic", Number), ("p_value", Number)];
    let each = |list: &Value, place: &str, fields: &[(&str, Kind)]| {
        let list = list.as_array().unwrap();
        assert!(!list.is_empty(), "{place}");
        list.iter().for_each(|one| has(one, place, fields));
    };
    each(&result["curvature"]["tests"], "curvature.tests", &test);
    each(&result["linearity_tests"], "linearity_tests", &test);
    let gain = [
        ("mean", Number),
        ("lo", Number),
        ("hi", Number),
        ("p_better", Number),
        ("p_equal", Number),
        ("p_worse", Number),
    ];
    has(&result["gain"], "gain", &gain);
    let contender = [("name", Text), ("metric", Text), ("mean", Number), ("se", Number), ("folds", List)];
    each(&result["contenders"], "contenders", &contender);
    assert!(result["contenders"][0]["folds"].as_array().unwrap().iter().all(Value::is_number));
    let comparison = [("a", Text), ("b", Text), ("gain", Object), ("t", Optional), ("p_value", Optional)];
    each(&result["comparisons"], "comparisons", &comparison);
    let intervals = [("method", Text), ("level", Number), ("coverage", Number), ("mean_width", Number)];
    has(&result["intervals"], "intervals", &intervals);
}

#[test]
fn a_learning_curve_where_it_is_asked_for() {
    let folder = Folder::with("t.csv", plain_table(90));
    let fit = [linear_fit(), vec!["--learning-curve"]].concat();
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
    folder.run(&linear_fit()).ok();
    let predicted = folder.run(&["predict", "t.safetensors", "t.csv", "--interval", "0.8"]).ok().stdout;
    let mut lines = predicted.lines();
    assert_eq!(lines.next(), Some("prediction,lower,upper"));
    for line in lines {
        let cells: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        assert!(cells[1] <= cells[0] && cells[0] <= cells[2], "{line}");
    }
    // 90 rows vouch for 0.989 at most.
    let high = folder.run(&["predict", "t.safetensors", "t.csv", "--interval", "0.995"]).ok();
    assert!(high.stderr.contains("the ends of the intervals are infinite; ask for 0.989 or less"), "{}", high.stderr);
    let bad = folder.run(&["predict", "t.safetensors", "t.csv", "--interval", "90"]);
    assert_eq!(bad.code, 2);
    folder.run(&["fit", "t.csv", "--target", "y", "--method", "linear", "-o", "plain.safetensors"]).ok();
    let without = folder.run(&["predict", "plain.safetensors", "t.csv", "--interval"]);
    assert!(without.code == 2 && without.stderr.contains("--no-evaluate"), "{}", without.stderr);
}

#[test]
fn classes_have_sets_and_calibrated_probabilities() {
    let mut text = String::from("x,y\n");
    for i in 0..90 {
        let x = f64::from(i * 37 % 90) / 45.0 - 1.0;
        text += &format!("{x},{}\n", if x + (f64::from(i) * 1.7).sin() > 0.0 { "up" } else { "down" });
    }
    let folder = Folder::with("t.csv", &text);
    folder.run(&linear_fit()).ok();
    let predicted = folder.run(&["predict", "t.safetensors", "t.csv", "--interval", "0.9"]).ok().stdout;
    let mut lines = predicted.lines();
    assert_eq!(lines.next(), Some("prediction,p_down,p_up,set,calibrated_down,calibrated_up"));
    for cells in lines.map(|line| line.split(',').collect::<Vec<&str>>()) {
        let number = |at: usize| cells[at].parse::<f64>().unwrap();
        assert!((number(4) + number(5) - 1.0).abs() < 1e-9, "{cells:?}");
        assert!((number(1) > number(2)) == (number(4) > number(5)), "{cells:?}");
    }
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

/// Evaluated with few folds and few units, in every way that a table can be too small or too odd for it: a verdict, or a warning
/// that says why there is none; never a panic, and always a model.
fn evaluated(table: String, more: &[&str]) -> Done {
    let folder = Folder::with("t.csv", table);
    let fixed = ["fit", "t.csv", "--target", "y", "--units", "2", "--starts", "2", "--inner-folds", "2"];
    let args: Vec<&str> = fixed.iter().chain(more).copied().collect();
    let done = folder.run(&args).ok();
    assert!(folder.path("t.safetensors").exists(), "{done:?}");
    done
}

#[test]
fn fewer_rows_than_folds() {
    let few = csv("a,b,y", 8, |i| format!("{},{},{}", noise(i, 1), noise(i, 2), noise(i, 1) + noise(i, 3)));
    let result = evaluated(few, &["--folds", "10", "--json", "--quiet"]).json();
    assert_eq!(result["design"]["folds"], 8, "one row a fold");
    assert!(result["verdict"]["code"].is_string() && result["curvature"]["p_value"].is_null());
    let fewer = csv("a,y", 5, |i| format!("{},{}", noise(i, 1), noise(i, 2)));
    let done = evaluated(fewer, &["--folds", "10"]);
    assert!(done.stderr.contains("no evaluation") && done.stderr.contains("more rows"), "{done:?}");
}

#[test]
fn groups_with_one_member() {
    // Twenty rows alone, and two pairs.
    let group = |i: usize| if i < 20 { i } else { 20 + (i - 20) / 2 };
    let row = |i: usize| format!("g{},{},{}", group(i), noise(i, 1), noise(i, 1) + 0.1 * noise(i, 2));
    let result = evaluated(csv("g,a,y", 24, row), &["--folds", "4", "--group", "g", "--json", "--quiet"]).json();
    assert_eq!(result["design"]["split"], "grouped");
    assert!(result["verdict"]["code"].is_string());
}

#[test]
fn a_class_that_one_fold_alone_has() {
    // Two rows of the third class: at most two folds test it, and some train on one row of it.
    let class = |i: usize| if i % 30 == 7 { "rare" } else { ["low", "high"][usize::from(noise(i, 1) > 0.0)] };
    let table = csv("a,b,y", 60, |i| format!("{},{},{}", noise(i, 1), noise(i, 2), class(i)));
    let result = evaluated(table.clone(), &["--folds", "5", "--json", "--quiet"]).json();
    assert_eq!(result["design"]["split"], "stratified");
    assert!(result["contenders"][3]["mean"].is_number(), "{}", result["contenders"]);
    // By groups the whole class is in one fold, and the models of that fold have never seen it.
    let table = csv("g,a,b,y", 60, |i| {
        let (group, class) = if i % 12 == 0 { (0, "rare") } else { (i % 12, class(i)) };
        format!("g{group},{},{},{class}", noise(i, 1), noise(i, 2))
    });
    let result = evaluated(table, &["--folds", "4", "--group", "g", "--json", "--quiet"]).json();
    assert!(result["contenders"][3]["mean"].is_number(), "{}", result["contenders"]);
}

#[test]
fn a_target_that_does_not_vary_in_some_folds() {
    // Zero but for the last stretch: the first models forward in time are trained on a constant.
    let row = |i: usize| format!("{i},{},{}", noise(i, 1), if i < 30 { 0.0 } else { noise(i, 1) + noise(i, 2) });
    let table = csv("t,a,y", 40, row);
    let result = evaluated(table, &["--folds", "4", "--time", "t", "--json", "--quiet"]).json();
    assert_eq!(result["design"]["split"], "forward_in_time");
    assert!(result["verdict"]["code"].is_string() && result["contenders"][1]["mean"].is_number());
}

#[test]
fn contenders_that_are_all_equal() {
    // Inputs that say nothing, and few rows: everything is the mean.
    let table = csv("a,b,y", 40, |i| format!("{},{},{}", noise(i, 1), noise(i, 2), noise(i, 3)));
    let done = evaluated(table, &["--folds", "4"]);
    assert!(done.stdout.contains("Verdict: "), "{done:?}");
    assert!(!done.stdout.contains("NaN") && !done.stdout.contains("inf"), "{done:?}");
}
