//! `predict`.

use std::process::Stdio;

use crate::run::*;

fn fitted(table: &str, args: &[&str]) -> Folder {
    let folder = Folder::with("t.csv", table);
    folder.run(&[&["fit", "t.csv", "--method", "linear", "-q", "-o", "m.safetensors"], args].concat()).ok();
    folder
}

#[test]
fn to_stdout_to_a_file_and_as_json() {
    let folder = fitted(&plain_table(60), &["--target", "y"]);
    let text = folder.run(&["predict", "m.safetensors", "t.csv"]).ok().stdout;
    let done = folder.run(&["predict", "m.safetensors", "t.csv", "-o", "p.csv"]).ok();
    assert_eq!(folder.read("p.csv"), text);
    assert_eq!(done.stdout, "wrote 60 predictions to p.csv\n");
    let json = folder.run(&["predict", "m.safetensors", "t.csv", "--json"]).json();
    let numbers: Vec<f64> = text.lines().skip(1).map(|line| line.parse().unwrap()).collect();
    assert_eq!(json["prediction"], serde_json::json!(numbers));
    assert_eq!(json["n_rows"], 60);
    let quiet = folder.run(&["predict", "m.safetensors", "t.csv", "-o", "p.csv", "--quiet"]).ok();
    assert_eq!(quiet.stdout, "");
}

#[test]
fn classes_have_labels_and_probabilities() {
    for classes in [&["no", "yes"][..], &["a", "b", "c"]] {
        let table = csv("x,label", 60, |i| {
            format!("{},{}", (i % classes.len()) as f64 + noise(i, 1), classes[i % classes.len()])
        });
        let folder = fitted(&table, &["--target", "label"]);
        let text = folder.run(&["predict", "m.safetensors", "t.csv"]).ok().stdout;
        let header: Vec<String> = classes.iter().map(|class| format!("p_{class}")).collect();
        assert_eq!(text.lines().next().unwrap(), format!("prediction,{}", header.join(",")));
        for line in text.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            assert!(classes.contains(&cells[0]));
            let sum: f64 = cells[1..].iter().map(|p| p.parse::<f64>().unwrap()).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{line}");
        }
    }
}

#[test]
fn the_target_is_not_needed_and_columns_may_move() {
    let folder = fitted(&plain_table(60), &["--target", "y"]);
    let old = folder.run(&["predict", "m.safetensors", "t.csv"]).ok().stdout;
    let moved: Vec<String> = folder
        .read("t.csv")
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{},{},more,{}", cells[2], cells[1], cells[0])
        })
        .collect();
    folder.write("new.csv", moved.join("\n"));
    assert_eq!(folder.run(&["predict", "m.safetensors", "new.csv"]).ok().stdout, old);
}

#[test]
fn categories_that_look_like_numbers_keep_their_zeros() {
    // Told apart from 7 only as text, as in training; the new table alone looks like numbers.
    let table = csv("code,y", 60, |i| format!("{},{}", ["007", "7", "x"][i % 3], (i % 3) as f64 * 10.0 + noise(i, 1)));
    let folder = fitted(&table, &["--target", "y"]);
    folder.write("new.csv", "code\n007\n7\n");
    let done = folder.run(&["predict", "m.safetensors", "new.csv"]).ok();
    assert_eq!(done.stderr, "");
    let values: Vec<f64> = done.stdout.lines().skip(1).map(|line| line.parse().unwrap()).collect();
    assert!(values[0] < 3.0 && values[1] > 7.0, "{values:?}");
}

#[test]
fn what_is_new_in_the_table() {
    let folder = fitted(&plain_table(60), &["--target", "y"]);
    let predict = |text: &str| {
        folder.write("new.csv", text);
        folder.run(&["predict", "m.safetensors", "new.csv"])
    };
    let missing = predict("a,kind\n1,red\n");
    assert!(missing.refused().contains("column `b`: found no such column"), "{missing:?}");
    let slip = predict("a,b,knid\n1,1,red\n");
    assert!(slip.refused().contains("is it `knid` in this file?"), "{slip:?}");
    let other = predict("a,b,colour\n1,1,red\n");
    assert!(other.refused().contains("the file has `a`, `b`, `colour`"), "{other:?}");
    let unknown = predict("a,b,kind\n1,1,violet\n").ok();
    assert!(unknown.stderr.starts_with("warning: ") && unknown.stderr.contains("`violet` in row 1"), "{unknown:?}");
    assert_eq!(unknown.stdout.lines().count(), 2);
    let text = predict("a,b,kind\n1,2,red\n1,oops,red\n");
    assert!(text.refused().contains("the text `oops` in row 2"), "{text:?}");
    let gap = predict("a,b,kind\n,1,red\n").ok();
    assert!(gap.stderr.contains("missing cell") && gap.stdout.lines().count() == 2, "{gap:?}");
}

#[test]
fn models_that_are_none() {
    let folder = fitted(&plain_table(60), &["--target", "y"]);
    let bytes = std::fs::read(folder.path("m.safetensors")).unwrap();
    folder.write("cut.safetensors", &bytes[..bytes.len() - 3]);
    folder.write("stump.safetensors", &bytes[..5]);
    let foreign = b"\x08\0\0\0\0\0\0\0{}      ";
    folder.write("foreign.safetensors", foreign);
    for command in ["predict", "show"] {
        let run = |model: &str| {
            let table: &[&str] = if command == "predict" { &["t.csv"] } else { &[] };
            let done = folder.run(&[&[command, model], table].concat());
            done.refused().to_owned()
        };
        assert!(run("cut.safetensors").contains("cut short"));
        assert!(run("stump.safetensors").contains("not in the safetensors format"));
        assert!(run("foreign.safetensors").contains("another program"));
        assert!(run("t.csv").contains("not in the safetensors format"));
        assert!(run("no.safetensors").contains("no such file"));
        assert!(run(".").contains("a folder"));
    }
}

#[test]
fn inputs_are_not_overwritten() {
    let folder = fitted(&plain_table(60), &["--target", "y"]);
    let before = folder.read("t.csv");
    for out in ["t.csv", "./m.safetensors"] {
        assert!(folder.run(&["predict", "m.safetensors", "t.csv", "-o", out]).refused().contains("itself"));
    }
    assert_eq!(folder.read("t.csv"), before);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let folder = fitted(&plain_table(60), &["--target", "y"]);
    folder.write("long.csv", csv("a,b,kind", 50_000, |i| format!("{},{},red", noise(i, 1), noise(i, 2))));
    let args = ["predict", "m.safetensors", "long.csv"];
    let mut child = folder.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let done = Done::from(child.wait_with_output().unwrap(), &args);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
}

#[test]
fn a_long_table_is_predicted_part_by_part() {
    let folder = fitted(&plain_table(60), &["--target", "y"]);
    let n = 70_000;
    // New in parts that are not the first, and in more than one.
    let kind = |i: usize| if [100, 66_000, 66_001].contains(&i) { "violet" } else { "red" };
    let a = |i: usize| if i == 69_000 { String::new() } else { format!("{}", noise(i % 500, 1)) };
    folder.write("long.csv", csv("a,b,kind", n, |i| format!("{},{},{}", a(i), noise(i % 500, 2), kind(i))));
    let done = folder.run(&["predict", "m.safetensors", "long.csv"]).ok();
    assert!(
        done.stderr.contains("3 rows with a category that training did not have, the first is `violet` in row 101")
    );
    assert!(done.stderr.contains("1 missing cell, the first in row 69001"), "{}", done.stderr);
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert_eq!((lines.len(), lines[0]), (n + 1, "prediction"));
    assert_eq!(lines[1 + 7], lines[1 + 66_507], "the same cells in another part");
    let json = folder.run(&["predict", "m.safetensors", "long.csv", "--json"]).json();
    assert_eq!(json["prediction"].as_array().unwrap().len(), n);
    folder.write("stray.csv", csv("a,b,kind", n, |i| format!("{},1,red", if i == 68_000 { "oops" } else { "1" })));
    let done = folder.run(&["predict", "m.safetensors", "stray.csv"]).ok();
    assert!(
        done.stderr.contains("1 cell is no number and read as missing among 69999: `oops` in row 68001"),
        "{done:?}"
    );
    folder.write("bad.csv", csv("a,b,kind", n, |i| format!("1,1,red{}", if i == 68_000 { ",more" } else { "" })));
    assert!(folder.run(&["predict", "m.safetensors", "bad.csv", "-o", "p.csv"]).refused().contains("line 68002"));
    assert!(!folder.path("p.csv").exists());
}

/// `y = 3 x^0.7`, times noise.
fn power_law(n: usize) -> String {
    csv("x,g,y", n, |i| {
        let x = (1.0 + 6.0 * noise(i, 1)).exp();
        format!("{x},{},{}", ["a", "b"][i % 2], 3.0 * x.powf(0.7) * (0.1 * noise(i, 2)).exp())
    })
}

#[test]
fn logarithms_are_taken_as_in_training_and_the_target_comes_back_in_its_own_units() {
    let folder = fitted(&power_law(80), &["--target", "y", "--log", "x,y"]);
    let shown = folder.run(&["show", "m.safetensors", "--json"]).json();
    let coefficient = &shown["explanation"]["coefficients"][0];
    assert_eq!(coefficient["input"], "log(x)");
    assert!((coefficient["value"].as_f64().unwrap() - 0.7).abs() < 0.05, "{coefficient}");
    // The target need not be there.
    folder.write("new.csv", "g,x\na,2.5\nb,7\n");
    let text = folder.run(&["predict", "m.safetensors", "new.csv"]).ok().stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "prediction,y");
    for line in &lines[1..] {
        let (log, own) = line.split_once(',').unwrap();
        assert_eq!(log.parse::<f64>().unwrap().exp(), own.parse::<f64>().unwrap());
    }
    // Whoever takes the logarithms beforehand has the same model.
    let before = csv("log(x),g,log(y)", 80, |i| {
        let table = power_law(80);
        let cells: Vec<&str> = table.lines().nth(i + 1).unwrap().split(',').collect();
        let ln = |cell: &str| cell.parse::<f64>().unwrap().ln();
        format!("{},{},{}", ln(cells[0]), cells[1], ln(cells[2]))
    });
    let other = fitted(&before, &["--target", "log(y)"]);
    let column = |folder: &Folder, name: &str| {
        let done = folder.run(&["predict", "m.safetensors", name, "--json"]).json();
        done["prediction"].clone()
    };
    assert_eq!(column(&folder, "t.csv"), column(&other, "t.csv"));
}

#[test]
fn numbers_without_a_logarithm_are_named() {
    let table = "x,g,y\n1,a,2\n0,b,3\n2,a,4\n5,b,6\n3,a,2\n4,a,3\n";
    let folder = Folder::with("t.csv", table);
    let error = |args: &[&str]| folder.run(&[&["fit", "t.csv", "--target", "y"], args].concat()).refused().to_owned();
    let found = error(&["--log", "x"]);
    assert!(
        found.contains("t.csv, column `x`: found 0 in row 2 (line 3), expected a column of positive numbers"),
        "{found}"
    );
    assert!(error(&["--log", "z"]).contains("column `z`: found no such column"));
    let numbers = Folder::with("t.csv", power_law(40).replace("x,g", "width,g"));
    let done = numbers.run(&["fit", "t.csv", "--target", "y", "--log", "widht"]);
    assert!(done.refused().contains("did you mean `width`?"), "{done:?}");
    assert!(error(&["--log", "g"]).contains("column `g`: found"));
    let folder = fitted(&power_law(40), &["--target", "y", "--log", "x"]);
    folder.write("new.csv", "g,x\na,1\nb,-7\n");
    let done = folder.run(&["predict", "m.safetensors", "new.csv"]);
    let found = done.refused();
    assert!(found.contains("new.csv, column `x`: found -7 in row 2 (line 3)"), "{found}");
}

#[test]
fn where_a_line_on_logarithms_is_enough_the_command_for_it_is_printed() {
    let folder = Folder::with("t.csv", power_law(80));
    let args = ["fit", "t.csv", "--target", "y", "--drop", "g", "--folds", "5", "--repeats", "1"];
    let text = folder.run(&args).ok().stdout;
    assert!(text.contains("A linear model is enough on another scale"), "{text}");
    assert!(text.contains("the same again with --log y,x") || text.contains("the same again with --log y"), "{text}");
}
