//! `docs/reference/json.md` names every field that the commands print.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::pages::workspace;

/// Objects whose keys are names of the user's.
const FREE_KEYS: [&str; 2] = ["spellings", "options"];

/// Fields that the commands for tables print and the page does not name in backticks.
pub fn unknown() -> BTreeSet<String> {
    let page = fs::read_to_string(workspace().join("docs/reference/json.md")).expect("docs/reference/json.md");
    let named: BTreeSet<&str> = page.split('`').skip(1).step_by(2).collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = |name: &str| workspace().join("data").join(name).display().to_string();
    let (diabetes, visits, cancer) = (data("diabetes.csv"), data("visits.csv"), data("breast_cancer.csv"));
    let quick = ["--folds", "3", "--repeats", "1", "--starts", "1", "--inner-folds", "2"];
    let evaluated = [&["fit", &diabetes, "--target", "progression", "-o", "d"][..], &quick].concat();
    let classes =
        [&["fit", &cancer, "--target", "diagnosis", "--method", "linear", "-o", "c"][..], &quick[..4]].concat();
    let commands: [&[&str]; 8] = [
        &evaluated,
        &classes,
        &["fit", &visits, "--target", "pressure", "--drop", "date,patient", "--no-evaluate", "-o", "v"],
        &["predict", "d", &diabetes, "--interval", "0.9"],
        &["predict", "c", &cancer, "--interval", "0.9"],
        &["explain", "v", &visits, "--rows", "1-2"],
        &["show", "v"],
        &["inspect", &visits, "--target", "pressure"],
    ];
    let mut found = BTreeSet::new();
    for command in commands {
        let done = Command::new(env!("CARGO_BIN_EXE_skiplayer"))
            .args(command)
            .arg("--json")
            .current_dir(folder.path())
            .output()
            .expect("the command starts");
        assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
        keys(&serde_json::from_slice(&done.stdout).expect("one JSON object"), &mut found);
    }
    // Columns that are called after classes.
    found.retain(|key| !named.contains(key.as_str()) && !key.ends_with("_benign") && !key.ends_with("_malignant"));
    found
}

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                found.insert(key.clone());
                if !FREE_KEYS.contains(&key.as_str()) {
                    keys(inner, found);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|inner| keys(inner, found)),
        _ => {}
    }
}

/// Records of benchmarks that do not say with which command, of which commit and when they were made.
pub fn records_without_provenance() -> Vec<String> {
    let folder = workspace().join("benchmarks/records");
    let mut missing = Vec::new();
    for entry in fs::read_dir(folder).expect("benchmarks/records") {
        let path = entry.expect("a readable folder").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a readable record");
        let record: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for field in ["command", "commit", "date"] {
            if record[field].as_str().is_none_or(str::is_empty) {
                missing.push(format!("{} has no `{field}`", path.display()));
            }
        }
    }
    missing
}
