//! Classes in order.

use crate::run::*;

const GRADES: [&str; 4] = ["poor", "fair", "good", "best"];

/// 200 rows: the larger `a`, the better the grade, which `word` writes.
fn table(word: impl Fn(usize, usize) -> String) -> String {
    let row = |i: usize| {
        let number = |k: usize| ((i * k + k) as f64 * 0.618_033_988_749_895).fract();
        let (a, u) = (4.0 * number(7) - 2.0, number(11));
        let level = 1.2 * a + (u / (1.0 - u)).ln();
        let grade = [-1.5, 0.0, 1.5].iter().filter(|threshold| level > **threshold).count();
        format!("{a:.3},{:.3},{}\n", number(5), word(i, grade))
    };
    "a,b,grade\n".to_owned() + &(0..200).map(row).collect::<String>()
}

fn plain(_: usize, grade: usize) -> String {
    GRADES[grade].to_owned()
}

const FIT: [&str; 10] = [
    "fit",
    "t.csv",
    "--target",
    "grade",
    "--task",
    "ordinal",
    "--classes",
    "poor,fair,good,best",
    "-o",
    "m.safetensors",
];

#[test]
fn fit_show_and_predict() {
    let folder = Folder::with("t.csv", table(plain));
    let told = folder.run(&[&FIT[..], &["--folds", "3", "--repeats", "1", "--report", "r.html"]].concat()).ok().stdout;
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "grade: 4 ordered classes, poor, fair, good, best",
        "one more is one more in the log odds of every higher class",
        "with the thresholds poor|fair ",
        "log loss",
        "RPS",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let predicted = folder.run(&["predict", "m.safetensors", "t.csv", "--interval", "0.9", "--json", "-q"]).json();
    let classes = predicted["prediction"].as_array().unwrap();
    for (i, class) in classes.iter().enumerate() {
        let of = |grade: &str| predicted[&format!("p_{grade}")][i].as_f64().unwrap();
        let shares = GRADES.map(of);
        assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!(shares.iter().all(|p| *p <= of(class.as_str().unwrap())));
        assert!(predicted["set"][i].as_str().unwrap().contains(class.as_str().unwrap()));
    }
    let shown = folder.run(&["show", "m.safetensors"]).ok().stdout;
    assert!(shown.contains("score(grade) ="), "{shown}");
    let row = folder.run(&["explain", "m.safetensors", "t.csv", "--rows", "1"]).ok().stdout;
    assert!(row.contains("mean place of grade among its classes, from 0 for poor on"), "{row}");
    folder.run(&["export", "m.safetensors", "--to", "sql", "-q"]).ok();
    assert!(folder.read("r.html").contains("Classification in order"));
}

#[test]
fn orders_that_are_missing_or_wrong_are_named() {
    let stderr = |word: fn(usize, usize) -> String, options: &[&str]| {
        let folder = Folder::with("t.csv", table(word));
        let fit = ["fit", "t.csv", "--target", "grade", "--loss", "ordinal", "--no-evaluate"];
        folder.run(&[&fit[..], options].concat()).refused().to_owned()
    };
    for (word, classes, expected) in [
        (plain as fn(usize, usize) -> String, "", "without an order"),
        (plain, "", "--classes"),
        (plain, "poor,fair,good", "the class `best` in row "),
        (plain, "poor,fair,good,best,superb", "no row of the class `superb`"),
        (plain, "poor,fair,fair,good,best", "the class `fair` twice"),
        (|_, _| "poor".into(), "poor,fair", "poor"),
        (|_, grade| format!("{}", grade as f64 / 2.0), "", "0.5 in row "),
    ] {
        let options = ["--classes", classes];
        let told = stderr(word, if classes.is_empty() { &[] } else { &options });
        assert!(told.contains(expected) && told.contains("grade"), "{expected}: {told}");
    }
    let folder = Folder::with("t.csv", table(plain));
    let fit = ["fit", "t.csv", "--target", "grade,a", "--loss", "ordinal", "--classes", "poor,fair,good,best"];
    let told = folder.run(&fit).refused().to_owned();
    assert!(told.contains("found 2 columns for `--loss ordinal`"), "{told}");
    let told = folder.run(&["fit", "t.csv", "--target", "a", "--classes", "poor,fair"]).refused().to_owned();
    assert!(told.contains("--classes poor,fair") && told.contains("a target of classes"), "{told}");
}
