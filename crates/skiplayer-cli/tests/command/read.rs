//! How files are read, from the command line: `inspect`, what overrules it, and what travels to `predict`.

use std::io::Write;
use std::process::Stdio;

use crate::run::*;

/// Linear in `h`, which `cell` writes.
fn table(n: usize, cell: impl Fn(usize, f64) -> String) -> String {
    csv("h,z,y", n, |i| {
        let h = 100.0 * noise(i, 1);
        format!("{},{:.3},{:.4}", cell(i, h), noise(i, 2), h / 10.0 + noise(i, 3) / 100.0)
    })
}

const LINEAR: [&str; 5] = ["--target", "y", "--method", "linear", "--json"];

fn fit(folder: &Folder, table: &str, more: &[&str]) -> serde_json::Value {
    folder.run(&[&["fit", table, "-o", "m.safetensors"], &LINEAR[..], more].concat()).json()
}

fn warnings(json: &serde_json::Value) -> Vec<&str> {
    json["warnings"].as_array().unwrap().iter().map(|warning| warning.as_str().unwrap()).collect()
}

#[test]
fn inspect_says_what_each_column_is_taken_for_before_any_fit() {
    let text =
        csv("price,kind,half,y", 60, |i| format!("\"{},{:03}\",{},{i}.5,{}", i + 1, i, ["a", "b"][i % 2], i * i));
    let folder = Folder::with("t.csv", text);
    let done = folder.run(&["inspect", "t.csv"]).ok();
    for words in ["60 rows", "numbers with thousands commas", "2 categories", "a (30), b (30)", "1000 to 60059"] {
        assert!(done.stdout.contains(words), "{words} is missing from\n{}", done.stdout);
    }
    assert!(done.stderr.contains("column `price`: 60 of 60 cells are numbers with thousands commas"));
    let json = folder.run(&["inspect", "t.csv", "--target", "y", "--categorical", "half", "--json"]).json();
    assert_eq!((json["task"].as_str(), json["n_rows"].as_u64()), (Some("regression"), Some(60)));
    assert_eq!(json["columns"][2]["kind"], "categories");
    assert_eq!(json["reading"]["spellings"]["price"]["thousands"], ",");
    assert!(folder.run(&["inspect", "none.csv"]).refused().contains("no such file"));
}

#[test]
fn a_target_of_dates_is_predicted_as_dates() {
    let text = csv("x,when", 60, |i| format!("{},2024-{:02}-{:02}", 3 * i + 1, i / 28 + 1, i % 28 + 1));
    let folder = Folder::with("t.csv", text);
    let roles = ["--target", "when", "--method", "linear", "-o", "m.safetensors"];
    let said = folder.run(&[&["fit", "t.csv"], &roles[..]].concat()).ok().stdout;
    assert!(said.contains("when, in days since 1970-01-01 (regression)"), "{said}");
    let predicted = folder.run(&["predict", "m.safetensors", "t.csv"]).ok().stdout;
    let lines: Vec<&str> = predicted.lines().collect();
    assert!(lines[0] == "prediction" && lines[15].starts_with("2024-01-1"), "{predicted}");
}

#[test]
fn inspect_shows_the_roles_that_a_fit_would_give() {
    let text = csv("id,shop,when,w,x,y", 60, |i| {
        format!("{i},s{},2024-01-{:02},{},{:.3},{i}.5", i % 12, i % 28 + 1, i % 3 + 1, noise(i, 1))
    });
    let folder = Folder::with("t.csv", text);
    let roles = ["inspect", "t.csv", "--target", "y", "--group", "shop", "--weight", "w", "--drop", "when"];
    let json = folder.run(&[&roles[..], &["--json"]].concat()).json();
    assert_eq!((json["n_groups"].as_u64(), &json["inputs"]), (Some(12), &serde_json::json!(["x"])));
    assert_eq!(json["set_aside"][0]["column"], "id");
    let text = folder.run(&roles).ok().stdout;
    assert!(text.contains("groups") && text.contains("12"), "{text}");
    // The same in a fit, which says how many groups there are.
    let fit: Vec<&str> = ["fit"].into_iter().chain(roles[1..].iter().copied()).chain(["-o", "m.safetensors"]).collect();
    let text = folder.run(&fit).ok().stdout;
    assert!(text.contains("60 rows, in 12 groups"), "{text}");
    let alone = folder.run(&["inspect", "t.csv", "--drop", "when"]);
    assert!(alone.refused().contains("--target: found no column"), "{}", alone.stderr);
}

#[test]
fn a_target_in_percent_or_with_thousands_is_a_number() {
    for cell in [|y: usize| format!("{y}%"), |y: usize| format!("\"{},{:03}\"", y + 1, y)] {
        let folder = Folder::with("t.csv", csv("x,y", 80, |i| format!("{:.3},{}", noise(i, 1), cell(i % 60))));
        let found = fit(&folder, "t.csv", &[]);
        assert_eq!(found["task"], "regression", "{found}");
    }
}

#[test]
fn one_stray_word_costs_one_row_and_no_more() {
    let text =
        csv("x,y", 200, |i| format!("{:.3},{}", noise(i, 1), if i == 83 { "-".into() } else { format!("{i}.5") }));
    let folder = Folder::with("t.csv", text);
    let found = fit(&folder, "t.csv", &[]);
    assert_eq!((found["task"].as_str(), found["n_rows"].as_u64()), (Some("regression"), Some(199)));
    assert!(warnings(&found).iter().any(|text| text.contains("`-` in row 84 (line 85)")), "{found}");
}

#[test]
fn an_error_counts_the_rows_that_a_missing_word_took() {
    let text = csv("x,alley", 60, |i| format!("{:.3},{}", noise(i, 1), if i % 2 == 0 { "Grvl" } else { "None" }));
    let folder = Folder::with("t.csv", text);
    let done = folder.run(&["fit", "t.csv", "--target", "alley"]);
    assert!(done.refused().contains("30 rows without a target left out, the first is row 2 (line 3)"), "{done:?}");
    assert!(done.stderr.contains("`None` in 30 rows, the first is row 2 (line 3), is read as missing"), "{done:?}");
    let told =
        folder.run(&["fit", "t.csv", "--target", "alley", "--missing", "NA", "--method", "linear", "--json"]).json();
    assert_eq!(told["task"], "binary");
}

#[test]
fn lines_are_right_after_blank_lines() {
    let text = "x,y\n1,2\n2,3\n3,5\n4,4\n\n\n5,6\n6,7\n7,8\n8,\n9,10\n";
    let folder = Folder::with("t.csv", text);
    let found = fit(&folder, "t.csv", &[]);
    assert!(warnings(&found).iter().any(|text| text.contains("the first is row 8 (line 11)")), "{found}");
}

#[test]
fn a_header_of_numbers_is_known_by_the_target() {
    let text = csv("label,0,1", 40, |i| format!("{},{:.3},{:.3}", ["a", "b"][i % 2], noise(i, 1), noise(i, 2)));
    let folder = Folder::with("t.csv", text);
    let found = folder.run(&["fit", "t.csv", "--target", "label", "--method", "linear", "--json"]).json();
    assert_eq!(found["n_rows"], 40);
}

#[test]
fn new_tables_are_read_by_the_rules_of_the_training_table() {
    let percent = table(60, |_, h| format!("{h:.2}%"));
    let folder = Folder::with("t.csv", &percent);
    fit(&folder, "t.csv", &[]);
    let known = folder.run(&["predict", "m.safetensors", "t.csv"]).ok().stdout;
    // Without its unit a number is another number.
    folder.write("plain.csv", percent.replace('%', ""));
    let done = folder.run(&["predict", "m.safetensors", "plain.csv"]);
    assert!(done.refused().contains("column `h`: found numbers with no unit, expected the unit `%`"), "{done:?}");
    // A word that says "no number" is a missing cell, also where it is one of two.
    let two: Vec<&str> = percent.lines().take(3).collect();
    folder.write("two.csv", format!("{}\n{}\n-,0.1,1\n", two[0], two[1]));
    let done = folder.run(&["predict", "m.safetensors", "two.csv"]).ok();
    assert_eq!(done.stdout.lines().nth(1), known.lines().nth(1));
    assert!(done.stderr.contains("`-` in row 2 (line 3)"), "{done:?}");
}

#[test]
fn missing_words_and_the_decimal_mark_travel_with_the_model() {
    let text = table(60, |i, h| if i % 6 == 0 { "-999".into() } else { format!("{h:.2}") });
    let folder = Folder::with("t.csv", &text);
    fit(&folder, "t.csv", &["--missing", "-999"]);
    folder.write("gap.csv", "h,z\n,0.1\n");
    folder.write("word.csv", "h,z\n-999,0.1\n");
    let predict = |name: &str| folder.run(&["predict", "m.safetensors", name]).ok().stdout;
    assert_eq!(predict("gap.csv"), predict("word.csv"));
    let commas = text.replace("-999", "").replace(',', ";").replace('.', ",");
    folder.write("commas.csv", &commas);
    fit(&folder, "commas.csv", &[]);
    folder.write("one.csv", "h;z\n1,250;0\n");
    folder.write("same.csv", "h;z\n1,25;0\n");
    assert_eq!(predict("one.csv"), predict("same.csv"));
}

#[test]
fn several_files_and_standard_input_are_tables() {
    let text = table(60, |_, h| format!("{h:.2}"));
    let lines: Vec<&str> = text.lines().collect();
    let folder = Folder::with("whole.csv", &text);
    folder.write("a.csv", lines[..31].join("\n"));
    folder.write("b.csv", [&lines[..1], &lines[31..]].concat().join("\n"));
    let whole = fit(&folder, "whole.csv", &[]);
    let parts = fit(&folder, "a.csv", &["b.csv"]);
    assert_eq!((&whole["coefficients"], &whole["n_rows"]), (&parts["coefficients"], &parts["n_rows"]));
    let mut child = folder
        .command(&["predict", "m.safetensors", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let done = Done::from(child.wait_with_output().unwrap(), &["predict", "-"]).ok();
    assert_eq!(done.stdout, folder.run(&["predict", "m.safetensors", "whole.csv"]).ok().stdout);
}

#[test]
fn inspect_says_which_columns_name_the_rows() {
    let text = csv("\"\",x,y", 30, |i| format!("\"{}\",{:.3},{i}.5", 3 * i + 1, noise(i, 1)));
    let folder = Folder::with("t.csv", text);
    let done = folder.run(&["inspect", "t.csv"]).ok();
    assert!(done.stdout.contains("x1: it has no name and names the rows"), "{}", done.stdout);
    assert!(done.stderr.is_empty(), "{}", done.stderr);
    let json = folder.run(&["inspect", "t.csv", "--json"]).json();
    assert_eq!(json["set_aside"][0]["column"], "x1");
}

#[test]
fn names_of_several_lines_break_no_table() {
    let text = csv("\"x\n(m)\",g,y", 60, |i| {
        let g = ["a\nb", "c"][i % 2];
        format!("{:.3},\"{g}\",{:.3}", noise(i, 1), noise(i, 1) * 2.0 + (i % 2) as f64 + noise(i, 2) / 9.0)
    });
    let folder = Folder::with("t.csv", text);
    let fit = folder.run(&["fit", "t.csv", "--target", "y", "--method", "linear", "-o", "m.safetensors"]).ok().stdout;
    let show = folder.run(&["show", "m.safetensors"]).ok().stdout;
    let inspect = folder.run(&["inspect", "t.csv"]).ok().stdout;
    for page in [fit, show, inspect] {
        assert!(page.contains("x\\n(m)   "), "{page}");
        assert!(!page.lines().any(|line| line.starts_with("(m)")), "{page}");
    }
}

#[test]
fn a_name_of_one_letter_is_no_slip_for_another() {
    let text = csv("k,x,y", 40, |i| format!("{},{:.3},{:.3}", i % 4, noise(i, 1), noise(i, 1) + (i % 4) as f64));
    let folder = Folder::with("t.csv", text);
    fit(&folder, "t.csv", &[]);
    folder.write("new.csv", "k,y\n1,2\n2,3\n");
    let said = folder.run(&["predict", "m.safetensors", "new.csv"]).refused().to_owned();
    assert!(said.contains("column `x`: found no such column") && !said.contains("Rename"), "{said}");
}
