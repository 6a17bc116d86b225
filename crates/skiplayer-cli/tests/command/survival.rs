//! Durations, some of them censored.

use crate::run::*;

/// 120 rows: events come sooner where `a` is large, and every fourth row is censored.
fn table(event: impl Fn(usize) -> String, time: impl Fn(usize, f64) -> f64) -> String {
    let row = |i: usize| {
        let number = |k: usize| ((i * k + k) as f64 * 0.618_033_988_749_895).fract();
        let a = 2.0 * number(7) - 1.0;
        let end = -(1.0 - number(11)).ln() * (-1.5 * a).exp();
        let centre = if i.is_multiple_of(2) { "north" } else { "south" };
        format!("{a:.3},{:.3},{centre},{:.2},{}\n", number(5), time(i, 10.0 * end), event(i))
    };
    "a,b,centre,days,died\n".to_owned() + &(0..120).map(row).collect::<String>()
}

fn truth(i: usize) -> String {
    (if i % 4 == 3 { "false" } else { "true" }).to_owned()
}

fn number(i: usize) -> String {
    (if i % 4 == 3 { "0" } else { "1" }).to_owned()
}

const FIT: [&str; 8] = ["fit", "t.csv", "--target", "days", "--event", "died", "-o", "m.safetensors"];

#[test]
fn fit_show_and_predict() {
    let folder = Folder::with("t.csv", table(truth, |_, end| end));
    let fit = [&FIT[..], &["--strata", "centre", "--method", "linear", "--folds", "3", "--repeats", "1"]].concat();
    let told = folder.run(&fit).ok().stdout;
    for words in [
        "days until died, strata by centre (survival: Cox, Efron's ties)",
        "coefficients are of the log hazard",
        "se: of the partial likelihood",
        "C is Harrell's concordance",
        "thirds of the held-out rows",
        "test that no coefficient changes with time",
    ] {
        assert!(told.split_whitespace().collect::<Vec<_>>().join(" ").contains(words), "{words}: {told}");
    }
    let predicted = folder.run(&["predict", "m.safetensors", "t.csv", "--times", "5,10,1e6", "--json", "-q"]).json();
    let column = |name: &str| predicted[name].as_array().unwrap().clone();
    assert_eq!(column("survival_1000000").len(), 120);
    assert!(column("survival_1000000").iter().all(|cell| cell.is_null()));
    for (i, hazard) in column("log_hazard").iter().enumerate() {
        let ratio = column("hazard_ratio")[i].as_f64().unwrap();
        assert!((hazard.as_f64().unwrap().exp() - ratio).abs() < 1e-12 * ratio);
        assert!(column("survival_5")[i].as_f64() >= column("survival_10")[i].as_f64());
    }
    folder.run(&["show", "m.safetensors"]).ok();
    folder.run(&["explain", "m.safetensors", "t.csv", "--rows", "1-3"]).ok();
    folder.run(&["export", "m.safetensors", "--to", "sql", "-q"]).ok();
    folder.run(&[&fit[..], &["--report", "r.html", "-q"]].concat()).ok();
    let page = folder.read("r.html");
    assert!(page.contains("Kaplan-Meier by predicted hazard") && page.contains("Survival model of "));
}

/// Zeros and ones are the same events as truth values, and the order of the rows changes nothing but rounding.
#[test]
fn events_are_numbers_or_truth_values() {
    let of = |event: fn(usize) -> String| {
        let folder = Folder::with("t.csv", table(event, |_, end| end));
        folder.run(&[&FIT[..], &["--method", "linear", "--no-evaluate", "-q", "--drop", "centre"]].concat()).ok();
        folder.run(&["predict", "m.safetensors", "t.csv", "-q"]).ok().stdout
    };
    assert_eq!(of(truth), of(number));
}

#[test]
fn what_cannot_be_meant_is_named_with_its_first_row() {
    let refused = |text: String, more: &[&str]| {
        let folder = Folder::with("t.csv", text);
        let done = folder.run(&[&FIT[..], &["--no-evaluate", "-q"], more].concat());
        done.refused().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let plain = || table(number, |_, end| end);
    let negative = refused(table(number, |i, end| if i == 4 { -2.0 } else { end }), &[]);
    assert!(negative.contains("target `days`: found -2 in row 5 (line 6), expected durations"), "{negative}");
    let censored = refused(table(|_| "0".into(), |_, end| end), &[]);
    assert!(
        censored.contains("event `died`: found 0 in all 120 rows from row 1 (line 2) on: all are censored"),
        "{censored}"
    );
    let three = refused(table(|i| if i == 7 { "2".into() } else { number(i) }, |_, end| end), &[]);
    assert!(three.contains("event `died`: found `2` in row 8 (line 9), expected 1 or true"), "{three}");
    assert!(three.contains("has 3 values"), "{three}");
    let other = refused(plain(), &["--task", "regression"]);
    assert!(other.contains("--event: found `died` beside a target of the task regression"), "{other}");
    let exposure = refused(plain(), &["--exposure", "b"]);
    assert!(exposure.contains("--exposure: found `b` beside a target of the task survival"), "{exposure}");
    let folder = Folder::with("t.csv", plain());
    let alone = folder.run(&["fit", "t.csv", "--target", "days", "--loss", "cox", "-q"]).refused().to_owned();
    assert!(alone.contains("no column of events"), "{alone}");
    let strata = folder.run(&["fit", "t.csv", "--target", "days", "--strata", "centre", "-q"]).refused().to_owned();
    assert!(strata.contains("`centre` without a column of events"), "{strata}");
    folder.run(&[&FIT[..], &["--method", "linear", "--no-evaluate", "-q", "--strata", "centre"]].concat()).ok();
    let interval = folder.run(&["predict", "m.safetensors", "t.csv", "--interval"]).refused().to_owned();
    assert!(interval.contains("a model without intervals"), "{interval}");
    folder.write("n.csv", plain().replace("south", "west"));
    let west = folder.run(&["predict", "m.safetensors", "n.csv"]).refused().to_owned();
    assert!(west.contains("strata `centre`: found `west` in row 2, expected one of those of training"), "{west}");
    let twice = folder.run(&["merge", "m.safetensors", "m.safetensors", "-o", "b.safetensors"]).refused().to_owned();
    assert!(twice.contains("baseline hazards of different rows have no mean"), "{twice}");
}

#[test]
fn an_evaluated_model_predicts_times_that_most_rows_exceed() {
    let folder = Folder::with("t.csv", table(number, |_, end| end));
    let fit = folder.run(&[&FIT[..], &["--method", "linear", "--folds", "4"]].concat()).ok().stdout;
    assert!(fit.contains("lower bounds by weights at 90.0%"), "{fit}");
    let rows = folder.run(&["predict", "m.safetensors", "t.csv", "--interval", "0.8", "-q"]).ok().stdout;
    assert!(rows.starts_with("log_hazard,hazard_ratio,median,lower\n"), "{rows}");
    let export = folder.run(&["export", "m.safetensors", "-o", "m.json", "--interval", "0.8"]).refused().to_owned();
    assert!(export.contains("none for durations"), "{export}");
}
