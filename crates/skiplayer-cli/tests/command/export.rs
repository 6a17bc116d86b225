//! Models for other programs. What these predict is tested with the programs themselves, in the tests of the Python package.

use serde_json::Value;

use crate::run::*;

/// A linear model of `plain_table` as `m.safetensors`.
fn fitted() -> Folder {
    let folder = Folder::with("t.csv", plain_table(90));
    folder.run(&["fit", "t.csv", "--target", "y", "--method", "linear", "-q", "-o", "m.safetensors"]).ok();
    folder
}

#[test]
fn the_ending_says_the_format_unless_an_option_does() {
    let folder = fitted();
    assert_eq!(folder.run(&["export", "m.safetensors"]).ok().stdout, "wrote m.onnx\n");
    assert_eq!(folder.run(&["export", "m.safetensors", "-o", "other.sql", "-q"]).ok().stdout, "");
    assert!(folder.read("other.sql").starts_with("WITH skiplayer_cells AS (\n  SELECT\n"));
    folder.run(&["export", "m.safetensors", "--to", "json", "-o", "steps.onnx", "-q"]).ok();
    let steps: Value = serde_json::from_str(&folder.read("steps.onnx")).unwrap();
    assert_eq!((&steps["format"], &steps["schema"]), (&"skiplayer-pipeline".into(), &1.into()));
    let onnx = std::fs::read(folder.path("m.onnx")).unwrap();
    assert_eq!(onnx[..2], [8, 8], "the first field is the version of the format, 8");
}

#[test]
fn queries_name_what_was_asked_for() {
    let folder = fitted();
    let query = |args: &[&str]| folder.run(&[&["export", "m.safetensors", "--to", "sql"], args].concat()).ok().stdout;
    let plain = query(&[]);
    assert!(plain.contains("FROM input AS t") && plain.contains("CAST(t.\"a\" AS DOUBLE)"), "{plain}");
    assert!(plain.trim_end().ends_with(';') && plain.matches(';').count() == 1);
    let other = query(&["--dialect", "postgres", "--table", "lab.runs", "--key", "id,\"a, b\""]);
    assert!(other.contains("FROM lab.runs AS t") && other.contains("t.\"id\",\n    t.\"a, b\""), "{other}");
    assert!(other.contains("DOUBLE PRECISION") && other.contains(" IN ('green')"), "{other}");
    assert!(query(&["--dialect", "sqlite"]).contains("json_valid(t.\"a\")"));
}

#[test]
fn what_does_not_go_together_is_refused() {
    let folder = fitted();
    let refused = |args: &[&str]| folder.run(&[&["export"], args].concat()).refused().to_owned();
    assert_eq!(
        refused(&["m.safetensors", "--key", "id", "-o", "m.onnx"]),
        "--key: found an export to onnx, expected a query, with `--to sql`"
    );
    assert!(refused(&["m.safetensors", "-o", "m.safetensors"]).contains("the model itself"));
    assert!(refused(&["m.safetensors", "--interval"]).contains("--interval: found a model without intervals"));
    assert!(refused(&["m.safetensors", "--to", "sql", "--key", "prediction"]).contains("the name of an output"));
    assert!(refused(&["t.csv"]).contains("not in the safetensors format"));
    std::fs::create_dir(folder.path("d.onnx")).unwrap();
    assert!(refused(&["m.safetensors", "-o", "d.onnx"]).contains("a folder"));
    assert!(refused(&["m.safetensors", "-o", "no/m.onnx"]).contains("no such folder"));
}

#[test]
fn intervals_that_a_query_cannot_express_are_named() {
    let folder = Folder::with("t.csv", plain_table(90));
    let fit = ["fit", "t.csv", "--target", "y", "--method", "linear", "-q", "-o", "m.safetensors"];
    folder.run(&[&fit[..], &["--folds", "3", "--repeats", "1"]].concat()).ok();
    let done = folder.run(&["export", "m.safetensors", "--to", "sql", "--interval", "-o", "m.sql"]);
    assert!(done.refused().contains("CV+ intervals, which rest on 3 more models"), "{done:?}");
    assert!(done.refused().contains("try `--to onnx`"), "{done:?}");
    assert!(!folder.path("m.sql").exists());
    folder.run(&["export", "m.safetensors", "--interval", "0.8", "-o", "m.onnx"]).ok();
    assert!(folder.run(&["export", "m.safetensors", "--interval", "0.999"]).refused().contains("0.989 or less"));
}

#[test]
fn logarithms_are_taken_of_the_columns_of_the_table() {
    let table =
        csv("size,y", 60, |i| format!("{},{}", 1.5 + noise(i, 1), (1.5 + noise(i, 1)).ln() + 0.1 * noise(i, 2)));
    let folder = Folder::with("t.csv", table);
    folder
        .run(&["fit", "t.csv", "--target", "y", "--log", "size", "--method", "linear", "-q", "-o", "m.safetensors"])
        .ok();
    let query = folder.run(&["export", "m.safetensors", "--to", "sql"]).ok().stdout;
    assert!(query.contains("LN(NULLIF(CAST(t.\"size\" AS DOUBLE)"), "{query}");
    let steps = folder.run(&["export", "m.safetensors", "--to", "json"]).json();
    let column = &steps["columns"][0];
    assert_eq!((&column["column"], &column["logarithm"]), (&"size".into(), &true.into()));
    assert_eq!(column["name"], steps["model"]["features"][0]["column"]);
    folder.run(&["export", "m.safetensors", "-o", "m.onnx"]).ok();
    let graph = String::from_utf8_lossy(&std::fs::read(folder.path("m.onnx")).unwrap()).into_owned();
    assert!(graph.contains("size") && graph.contains("Log"));
}
