//! Models that were fitted on different rows, as one.

use serde_json::Value;

use crate::run::*;

/// Two models of parts of `plain_table`, the second without the first kind.
fn two_models() -> Folder {
    let folder = Folder::with("t.csv", plain_table(90));
    let whole = folder.read("t.csv");
    let lines: Vec<&str> = whole.lines().collect();
    folder.write("a.csv", lines[..41].join("\n"));
    let others = lines[41..].iter().filter(|line| !line.contains("red")).copied();
    folder.write("b.csv", std::iter::once(lines[0]).chain(others).collect::<Vec<_>>().join("\n"));
    for name in ["a", "b"] {
        let (table, model) = (format!("{name}.csv"), format!("{name}.safetensors"));
        folder.run(&["fit", &table, "--target", "y", "--method", "linear", "-q", "-o", &model]).ok();
    }
    folder
}

fn predictions(folder: &Folder, model: &str) -> Vec<f64> {
    let told = folder.run(&["predict", model, "t.csv", "--json", "-q"]).json();
    told["prediction"].as_array().unwrap().iter().map(|p| p.as_f64().unwrap()).collect()
}

#[test]
fn a_file_of_the_mean_predicts_the_mean() {
    let folder = two_models();
    let done = folder.run(&["merge", "a.safetensors", "b.safetensors", "-o", "both.safetensors"]).ok();
    assert_eq!(done.stdout, "wrote both.safetensors, the mean of 2 models of 74 rows together\n");
    let (a, b) = (predictions(&folder, "a.safetensors"), predictions(&folder, "b.safetensors"));
    for ((a, b), both) in a.iter().zip(&b).zip(predictions(&folder, "both.safetensors")) {
        assert!((both - (40.0 * a + 34.0 * b) / 74.0).abs() < 1e-12);
    }
    let shown = folder.run(&["show", "both.safetensors"]).ok().stdout;
    assert!(
        shown.starts_with("The model is the mean of 2 models, weighted by their 40 and 34 rows; it uses 3 of 3 inputs"),
        "{shown}"
    );
    assert!(shown.contains("a.csv, 40 rows") && shown.contains("own rows"), "{shown}");
    let told: Value = folder.run(&["show", "both.safetensors", "--json"]).json();
    assert_eq!(told["provenance"]["members"][1]["data"], "b.csv");
    assert_eq!((&told["summary"]["form"], &told["summary"]["n_rows"]), (&"merged".into(), &74.into()));
    // It is a model like any other.
    folder.run(&["export", "both.safetensors", "-q"]).ok();
    folder.run(&["explain", "both.safetensors", "t.csv", "--rows", "1-3"]).ok();
    folder.run(&["merge", "both.safetensors", "a.safetensors", "-o", "again.safetensors", "-q"]).ok();
}

#[test]
fn what_is_of_each_model_alone_is_left_out_in_a_sentence() {
    let folder = two_models();
    let fit = ["fit", "a.csv", "--target", "y", "--method", "linear", "-q", "-o", "a.safetensors"];
    folder.run(&[&fit[..], &["--folds", "3", "--repeats", "1"]].concat()).ok();
    let done = folder.run(&["merge", "a.safetensors", "b.safetensors", "-o", "both.safetensors"]).ok();
    assert!(
        done.stderr.contains("evaluations of the merged models found is left out, and with it prediction intervals"),
        "{done:?}"
    );
    assert!(
        folder
            .run(&["predict", "both.safetensors", "t.csv", "--interval"])
            .refused()
            .contains("a model without intervals")
    );
}

#[test]
fn tables_that_were_read_differently_are_not_merged() {
    let folder = two_models();
    let merge = |others: &[&str]| {
        folder.run(&[&["merge", "a.safetensors"], others, &["-o", "m.safetensors"]].concat()).refused().to_owned()
    };
    let fit = |extra: &[&str]| {
        let fit = ["fit", "b.csv", "--target", "y", "--method", "linear", "-q", "-o", "c.safetensors"];
        folder.run(&[&fit[..], extra].concat()).ok();
    };
    fit(&["--missing", "none,gone"]);
    assert!(merge(&["c.safetensors"]).contains("the words `none`, `gone` for missing cells, expected the usual words"));
    let positive = csv("a,b,kind,y", 40, |i| format!("{},{},green,{}", 2.0 + noise(i, 1), noise(i, 2), noise(i, 3)));
    folder.write("b.csv", positive);
    fit(&["--log", "a"]);
    assert!(
        merge(&["c.safetensors"]).contains("column `a`: found its logarithm in c.safetensors and the cells themselves")
    );
    folder.write("b.csv", csv("a,b,y", 40, |i| format!("{} kg,{},{}", noise(i, 1), noise(i, 2), noise(i, 1))));
    fit(&[]);
    assert!(merge(&["c.safetensors"]).contains("column `a`: found numbers with the unit `kg`, expected no unit"));
    assert!(merge(&["missing.safetensors"]).contains("missing.safetensors"));
    let done = folder.run(&["merge", "a.safetensors", "b.safetensors", "-o", "a.safetensors"]);
    assert!(done.refused().contains("the model itself"), "{done:?}");
    assert!(!folder.path("m.safetensors").exists());
}
