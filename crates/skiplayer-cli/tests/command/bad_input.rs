//! Every bad input gives exit code 2 and one clear paragraph, or a sensible result; never a panic.

use crate::run::*;

fn fit(table: impl AsRef<[u8]>, more: &[&str]) -> Done {
    let folder = Folder::with("t.csv", table);
    folder.run(&[&["fit", "t.csv", "--target", "y", "--method", "linear"], more].concat())
}

#[track_caller]
fn refused(table: impl AsRef<[u8]>, more: &[&str], words: &str) {
    let done = fit(table, more);
    let message = done.refused();
    assert!(message.contains(words), "`{words}` is missing from: {message}");
}

#[test]
fn files_that_hold_no_table() {
    refused("", &[], "t.csv: found an empty file");
    refused("a,y\n", &[], "the names of the columns and nothing below them");
    refused([0x00, 0x9f, 0x92, 0x96, 0xff, 0x00], &[], "t.csv: found binary data");
    refused("a,a,y\n1,2,3\n", &[], "`a` for both column 1 and column 2");
    refused("a,y\n1,2\n3\n", &[], "t.csv, line 3: found 1 cell");
    let folder = Folder::new();
    assert!(folder.run(&["fit", "no.csv", "--target", "y"]).refused().contains("no such file"));
    assert!(folder.run(&["fit", ".", "--target", "y"]).refused().contains("a folder"));
}

#[test]
fn too_little_to_fit() {
    refused("a,y\n1,2\n", &[], "rows: found 1 of 1 usable");
    refused(csv("a,y", 30, |i| format!("{},4", noise(i, 1))), &[], "target `y`: found the value 4 in all 30 rows");
    refused(csv("a,y", 30, |i| format!(",{}", noise(i, 1))), &[], "no usable column besides the target");
    refused(csv("y", 30, |i| noise(i, 1).to_string()), &[], "no usable column besides the target");
    refused(csv("a,y", 30, |i| format!("{},", noise(i, 1))), &[], "rows: found 0 of 30 usable");
}

#[test]
fn a_column_of_missing_cells_is_set_aside() {
    let done = fit(csv("a,b,y", 30, |i| format!("{},NA,{}", noise(i, 1), noise(i, 2))), &[]).ok();
    assert_eq!(done.stderr, "warning: column `b` is set aside: all its cells are missing\n");
}

#[test]
fn targets_that_are_something_else() {
    let text = csv("a,y", 30, |i| format!("{},{}", noise(i, 1), ["low", "high"][i % 2]));
    refused(&text, &["--task", "regression"], "the text `low` in row 1 (line 2)");
    let numbers = csv("a,y", 30, |i| format!("{},{}", noise(i, 1), noise(i, 2)));
    refused(&numbers, &["--task", "count"], "expected counts");
    refused(&numbers, &["--task", "binary"], "30 classes");
}

#[test]
fn names_that_are_not_there() {
    let table = csv("age,strength,y", 30, |i| format!("{},{},{}", noise(i, 1), noise(i, 2), noise(i, 3)));
    let folder = Folder::with("t.csv", table);
    let run = |args: &[&str]| folder.run(&[&["fit", "t.csv", "--method", "linear"], args].concat());
    assert!(run(&["--target", "strenght"]).refused().contains("did you mean `strength`?"));
    assert!(run(&["--target", "y", "--drop", "agee"]).refused().contains("did you mean `age`?"));
    assert!(run(&["--target", "y", "--categorical", "agee"]).refused().contains("did you mean `age`?"));
    assert!(run(&["--target", "y", "--weight", "agee"]).refused().contains("did you mean `age`?"));
    assert!(run(&["--target", "y,y"]).refused().contains("`y` twice"));
    assert!(run(&["--target", "y", "--weight", "age,strength"]).refused().contains("one column"));
}

#[test]
fn numbers_out_of_all_proportion() {
    refused(
        csv("a,y", 30, |i| format!("{},{}", if i == 7 { "inf".into() } else { noise(i, 1).to_string() }, i)),
        &[],
        "the infinite number `inf`",
    );
    // Huge values are finite: a model, or a reason why not.
    let huge = csv("a,b,y", 30, |i| format!("{},{},{}", noise(i, 1) * 1e300, noise(i, 2), noise(i, 1)));
    let done = fit(&huge, &["--json"]);
    assert_eq!(done.json()["n_rows"], 30);
    let huge = csv("a,b,y", 30, |i| format!("{},{},{}", noise(i, 1), noise(i, 2), noise(i, 1) * 1e300));
    let done = fit(&huge, &[]);
    if done.code != 0 {
        done.refused();
    }
}

#[test]
fn many_categories() {
    let row = |i: usize| format!("c{},{},{}", i % 10_000, noise(i, 1), noise(i, 1) + noise(i, 2));
    let done = fit(csv("c,a,y", 10_050, row), &[]).ok();
    assert!(done.stderr.contains("column `c` has 10000 categories"), "{done:?}");
    refused(csv("a,y", 300, |i| format!("{},c{}", noise(i, 1), i % 150)), &[], "150 classes");
}

#[test]
fn more_inputs_than_rows() {
    let p = 60;
    let names: Vec<String> = (0..p).map(|j| format!("x{j}")).collect();
    let header = format!("{},y", names.join(","));
    let table = csv(&header, 20, |i| {
        let x: Vec<f64> = (0..p).map(|j| noise(i, j)).collect();
        format!("{},{}", x.iter().map(f64::to_string).collect::<Vec<_>>().join(","), 3.0 * x[0] + 0.1 * noise(i, p))
    });
    let result = fit(&table, &["--json"]).json();
    assert_eq!(result["n_inputs"].as_u64(), Some(p as u64));
}

#[test]
fn options_that_cannot_be_meant() {
    let table = plain_table(30);
    refused(&table, &["--units", "100000"], "--units: found 100000");
    refused(&table, &["--inner-folds", "1"], "--inner-folds: found 1");
    refused(&table, &["--no-skip"], "--no-skip");
    refused(&table, &["--penalty", "group"], "--penalty");
    for args in [
        &["--threads", "0"][..],
        &["--max-seconds", "-1"],
        &["--max-seconds", "1e300"],
        &["--seed", "-1"],
        &["--method", "magic"],
        &["--header", "--no-header"],
        &["--drop", "a,,b"],
        &["--unknown"],
    ] {
        let done = fit(&table, args);
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{args:?}: {done:?}");
        assert!(done.stderr.starts_with("error: "), "{done:?}");
    }
    assert_eq!(Folder::new().run(&[]).code, 2);
    assert_eq!(Folder::new().run(&["fit", "t.csv"]).code, 2);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with("t.csv", plain_table(30));
    let path = folder.path("t.csv");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_ok() {
        return; // Nothing is forbidden to the superuser.
    }
    assert!(folder.run(&["fit", "t.csv", "--target", "y"]).refused().contains("permission"));
}

#[test]
fn former_names_of_options_are_understood_with_a_note() {
    let table = plain_table(30);
    let done = fit(&table, &["--hidden", "2", "--ensemble", "1"]);
    assert_eq!(done.code, 0, "{done:?}");
    for note in ["warning: `--hidden` is now called `--units`", "warning: `--ensemble` is now called `--starts`"] {
        assert!(done.stderr.contains(note), "{done:?}");
    }
    assert_eq!(fit(&table, &["--hidden", "2", "--units", "2"]).code, 2);
}

#[test]
fn advice_is_written_as_it_is_typed() {
    let text = csv("row,x,two words,y", 40, |i| format!("{i},{},{},{}", noise(i, 1), i % 2, noise(i, 2)));
    refused(&text, &["--keep", "tow words"], "--keep 'tow words': found no such column");
    let done = fit(&text, &[]);
    assert!(done.stderr.contains("like an identifier (`--keep row`)"), "{done:?}");
}
